"""What -n prints is what dirg does, and printing it does nothing."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engines.inspecting import differences, everything_of, remove_containers
from tests.engines.lab import DATA, SH, Project, at_once

if TYPE_CHECKING:
    from tests.helpers import Answer

# Everything that means something to a shell.
NASTY = (
    "-a  b\t'c' \"d\" $HOME $(id) `id` \\ \\n\nsecond line; id && id | id > x < y & "
    "# * ? [a] ~ !! {a,b} ü€🐳 %s \\"
)
NASTY_NAME = '-it\'s "one" $HOME $(id) `id` ; && # * ~ ! ü🐳'
# As nasty as docker lets the key of a label be.
NASTY_KEY = '-it\'s"one"$HOME$(id)`id`;&&|#*~!ü🐳'
ENVIRON = {"FROM_SHELL": NASTY, "TOKEN": NASTY, "EMPTY_TOKEN": ""}


def test_the_printed_commands_make_the_same_containers(project: Project, tmp_path: Path) -> None:
    lab = project.lab
    _describe_everything(project, tmp_path)
    at_once(lambda engine: engine.docker("network", "create", "lan"), lab.engines)

    script = project.done("run", "-n", env=ENVIRON)
    assert Path(SH).resolve().name == "dash", "what is to be shown is that POSIX is enough"
    printed = project.shell(script.output, env=ENVIRON)
    assert (printed.status, printed.error) == (0, "")
    by_shell = everything_of(lab)
    assert {name: [*found] for name, found in by_shell.items()} == {
        "h1": ["borrower", "built", "db", "plain", "published"],
        "h2": ["flags", "lists", "on-host"],
        "h3": ["health", "networked", "texts"],
    }

    at_once(remove_containers, lab.engines)
    project.done("run", env=ENVIRON)
    assert differences(by_shell, everything_of(lab)) == {}


def _describe_everything(project: Project, tmp_path: Path) -> None:
    (tmp_path / NASTY_NAME).mkdir()
    (tmp_path / NASTY_NAME / "env").write_text("IN_FILE=1\n")
    (project.folder / "image").mkdir()
    (project.folder / "image" / "Dockerfile").write_text("FROM busybox\nENV BUILT=yes\n")
    text = (DATA / "everything.yml").read_text(encoding="utf-8")
    folder = tmp_path / NASTY_NAME
    texts = {
        "NASTY_KEY": NASTY_KEY,
        "NASTY_ROOT": f"/{NASTY_NAME}",
        "NASTY_BIND": f"{folder}:/a",
        "NASTY_ENV_FILE": f"{folder}/env",
        "NASTY_FOLDER": str(folder),
        "NASTY": NASTY,
    }
    # What JSON calls a string is one in YAML as well.
    words = re.compile("|".join(rf"\b{name}\b" for name in texts))
    text = words.sub(lambda match: json.dumps(texts[match[0]], ensure_ascii=False), text)
    project.describe(text)
    project.lab.plain.docker("build", "--tag", "built:1", project.folder / "image")


def test_nothing_but_commands_and_comments_is_printed(project: Project, tmp_path: Path) -> None:
    _describe_everything(project, tmp_path)
    script = project.done("run", "-n", env=ENVIRON).output
    folder = tmp_path / "only-docker"
    folder.mkdir()
    # The fake docker can't use a program to write a list down, so it has the shell do it. What is
    # waited for is there.
    fake = (
        '#!/bin/sh\ncase "$*" in *"container inspect "*) echo running 0 none; exit;; esac\n'
        'for word; do printf "%s\\0" "$word" >>"$CALLS"; done; echo >>"$CALLS"\n'
    )
    (folder / "docker").write_text(fake)
    (folder / "docker").chmod(0o755)
    calls = tmp_path / "calls"
    environ = {**ENVIRON, "PATH": str(folder), "CALLS": str(calls)}
    answer = project.shell(script, env=environ)
    assert (answer.status, answer.output, answer.error) == (0, "", "")
    words = calls.read_text(encoding="utf-8").split("\0\n")
    names = [call.split("\0--name\0")[1].split("\0")[0] for call in words if call]
    described = project.done("show", "--format", "json", env=ENVIRON)
    assert sorted(names) == sorted(json.loads(described.output))


COMMANDS = [
    ["run"],
    ["start"],
    ["stop"],
    ["restart"],
    ["kill"],
    ["rm"],
    ["build"],
    ["pull"],
    ["update"],
    ["update", "--force"],
    ["ps"],
    ["logs"],
    ["logs", "-f"],
    ["stats"],
    ["show"],
    ["info"],
]


def test_no_command_touches_anything(project: Project, tmp_path: Path) -> None:
    lab = project.lab
    project.describe(
        """
        {}
        ---
        running: { {{idle}}, docker_host: "{{h1}}", volumes: [/anonymous, "named:/named"] }
        stopped: { {{idle}}, docker_host: "{{h2}}" }
        missing: { {{idle}}, docker_host: "{{h3}}", secret_env: {PASSWORD: hidden} }
        changed: { {{idle}}, docker_host: "{{h1}}", env: {A: '{{env['CHANGED'] or 1}}'} }
        built: { image: "built:1", docker_host: "{{h1}}", path: image }
        """
    )
    (project.folder / "image").mkdir()
    (project.folder / "image" / "Dockerfile").write_text("FROM busybox\n")
    project.done("run", "running", "stopped", "changed")
    project.done("stop", "stopped")
    before = lab.snapshots()

    record = tmp_path / "record"
    forbidden = {**project.shim(f'echo "$*" >>{record}; exit 1'), "CHANGED": "2"}
    empty = tmp_path / "empty"
    empty.mkdir()
    nothing = {"PATH": str(empty), "CHANGED": "2"}
    for words in COMMANDS:
        # Nor is a docker needed, and what is printed does not depend on it.
        answer, without = at_once(partial(_printed, project, words), [forbidden, nothing])
        assert not record.exists(), f"{words} called docker: {record.read_text()}"
        assert answer.output, words
        assert "hidden" not in answer.output
        assert without == answer
        assert lab.snapshots() == before, words


def _printed(project: Project, words: list[str], env: dict[str, str]) -> Answer:
    return project.done("-n", *words, env=env)


def test_the_script_makes_the_same_containers(project: Project, tmp_path: Path) -> None:
    lab = project.lab
    _describe_everything(project, tmp_path)
    at_once(lambda engine: engine.docker("network", "create", "lan"), lab.engines)
    script = project.done("show", "--format", "sh", env=ENVIRON)
    ran = project.shell(script.output, env=ENVIRON)
    assert ran.status == 0, ran.error
    by_script = everything_of(lab)
    at_once(remove_containers, lab.engines)
    project.done("run", env=ENVIRON)
    assert differences(by_script, everything_of(lab)) == {}
