"""dirg that is interrupted while engines are at work leaves nothing half done."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path

import pytest

from tests.engines.lab import PATIENCE, Project, wait_until

DESCRIPTION = """
{}
---
store: { {{idle}}, docker_host: "{{h1}}" }
web: { {{idle}}, docker_host: "{{h2}}", depends_on: [store] }
proxy: { {{idle}}, docker_host: "{{h3}}", depends_on: [web] }
"""

# How far docker has come when it is interrupted.
BEFORE = ":"
CREATED = (
    "for word do shift; case $word in -d) continue;; run) word=create;; esac; "
    'set -- "$@" "$word"; done; "$docker" "$@"'
)
STARTED = '"$docker" "$@"'


def _held(project: Project, done: str, trap: str = "") -> tuple[dict[str, str], Path]:
    """An environment whose docker does some of its work for web, then hangs; the file says so."""
    file = project.folder / "held"
    shim = project.shim(
        f'case " $* " in *" run "*" --name web "*)\n'
        f"    {done}\n    {trap}\n    touch {file}\n"
        "    while :; do sleep 0.2; done;;\n"
        'esac\nexec "$docker" "$@"'
    )
    return {**shim, **project.marked}, file


@pytest.mark.parametrize("done", [BEFORE, CREATED, STARTED], ids=["before", "created", "started"])
def test_interrupted_once(project: Project, done: str) -> None:
    project.describe(DESCRIPTION)
    environ, held = _held(project, done)
    with project.working("run", env=environ) as process:
        wait_until(held.exists)
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=PATIENCE)
    project.nothing_left()
    _, h2, h3 = (engine.written for engine in project.lab.engines)
    assert process.returncode == 130
    assert [line.split()[0] for line in output.splitlines()] == ["store", "web", "proxy"]
    said = error.splitlines()
    assert said[:2] == ["dirg: interrupted; done: store", "not done:"]
    runs = "; it runs nevertheless" if done == STARTED else ""
    assert said[2] in (f"  web on {h2}: interrupted", f"  web on {h2}: interrupted{runs}")
    assert said[-1] == f"  proxy on {h3}: not begun"
    # Where nothing was left to do, nothing needs to be taken back.
    left = {"missing", "running"} if done == STARTED else {"missing"}
    assert project.lab.tls.state("web") in left
    assert project.lab.plain.state("store") == "running"
    assert project.lab.ssh_host.names() == []
    # It goes on where it was interrupted.
    project.done("run")
    assert project.lab.names() == {"h1": ["store"], "h2": ["web"], "h3": ["proxy"]}


def test_interrupted_twice(project: Project) -> None:
    """For whom the first time does not help."""
    project.describe(DESCRIPTION)
    told = project.folder / "told"
    environ, held = _held(project, BEFORE, f'trap "touch {told}" TERM')
    with project.working("run", env=environ) as process:
        wait_until(held.exists)
        process.send_signal(signal.SIGINT)
        wait_until(told.exists)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert error == "dirg: interrupted again: what was begun may be half done\n"
    project.nothing_left()
    assert project.lab.names() == {"h1": ["store"], "h2": [], "h3": []}


def test_terminated(project: Project) -> None:
    project.describe(DESCRIPTION)
    environ, held = _held(project, BEFORE)
    with project.working("run", env=environ) as process:
        wait_until(held.exists)
        process.terminate()
        _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143
    assert error.startswith("dirg: interrupted; done: store\nnot done:\n")
    project.nothing_left()
    assert project.lab.names() == {"h1": ["store"], "h2": [], "h3": []}


def test_without_a_standard_input(project: Project) -> None:
    project.describe(DESCRIPTION)
    for words in (["run"], ["ps"], ["logs"], ["logs", "web"], ["rm"]):
        line = shlex.join(project.command(*words))
        answer = project.shell(f"{line} <&-", env=project.marked)
        assert (answer.status, answer.error) == (0, ""), words
    project.nothing_left()
    assert project.lab.names() == {"h1": [], "h2": [], "h3": []}
