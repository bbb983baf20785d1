"""dirg import run and dirg import compose, as a person calls them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dirg.errors import DirgError
from dirg.imports import saving
from dirg.imports.described import Imported
from tests.helpers import SERVICES, dirg

LINE = "docker run -d --name web -p 8080:80 -e 'DB_PASSWORD=it is' nginx nginx -g 'daemon off;'"
WRITTEN = """\
# Imported from a docker run command.
{}
---
web:
    image: nginx
    port_bindings:
        80: 8080
    command: [nginx, -g, daemon off;]
    secret_env:
        DB_PASSWORD: {{env['DB_PASSWORD']|tojson}}
"""
TOLD = "dirg: set DB_PASSWORD in the shell before dirg runs; --secrets FILE writes what they were\n"


@pytest.mark.parametrize(
    "words",
    [
        (LINE,),
        (
            *("docker", "run", "-d", "--name", "web", "-p", "8080:80", "-e", "DB_PASSWORD=it is"),
            *("nginx", "nginx", "-g", "daemon off;"),
        ),
    ],
)
def test_a_command_quoted_and_as_it_is(words: tuple[str, ...]) -> None:
    found = dirg("import", "run", *words)
    assert (found.status, found.output, found.error) == (0, WRITTEN, TOLD)


def piped(text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """dirg import run with a script on its input."""
    line = [sys.executable, "-m", "dirg", "import", "run", *words]
    return subprocess.run(line, input=text, capture_output=True, text=True, check=False, timeout=20)


def test_a_script_on_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    found = piped(f"set -e\ndocker pull nginx\n{LINE}\n")
    title = (
        "# Imported from a script of docker run commands.\n# stdin:2: docker pull nginx: left out"
    )
    assert found.stdout == WRITTEN.replace("# Imported from a docker run command.", title)
    assert (found.returncode, found.stderr.splitlines()[0]) == (
        0,
        "dirg: stdin:2: docker pull nginx: left out",
    )
    binary = subprocess.run(
        [sys.executable, "-m", "dirg", "import", "run"],
        input=b"docker run \xff",
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert (binary.returncode, binary.stderr) == (
        2,
        b"dirg: stdin is not UTF-8; give the script as UTF-8\n",
    )
    wrong = piped("docker run --nme x nginx\n", "-")
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (
        2,
        "",
        "stdin:1:12: docker run has no flag --nme; did you mean --name?\n",
    )


def test_a_long_command() -> None:
    """Longer than a name of a file may be."""
    found = dirg("import", "run", f"{LINE} {'x' * 5000}")
    assert (found.status, found.error) == (0, TOLD)


def test_nothing_is_found() -> None:
    found = dirg("import", "run", "ls")
    assert found.error.splitlines() == [
        "dirg: command:1: ls: left out",
        "dirg: there is no container to import",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((LINE, "-o", "d.yml"), "options stand before the command that is quoted"),
        (("start.sh",), "start.sh is a file; write dirg import run < start.sh"),
    ],
)
def test_what_people_try(words: tuple[str, ...], said: str) -> None:
    Path("start.sh").write_text(LINE)
    found = dirg("import", "run", *words)
    assert (found.status, found.output, found.error) == (2, "", f"dirg: import run: {said}\n")


def test_help_without_more() -> None:
    found = dirg("import")
    assert found.status == 0
    assert [line.split()[0] for line in found.lines[-3:]] == ["compose", "containers", "run"]


def test_another_configuration_stays() -> None:
    Path("dirg.cfg").write_text("[DEFAULT]\ndirg_services = mine.yml\n")
    assert dirg("import", "run", "-o", "d.yml", "--no-secrets", LINE).error.splitlines() == [
        "dirg: d.yml describes 1 container",
        "dirg: dirg.cfg names another description; write dirg_services = d.yml there",
    ]


def test_files_that_are_there_stay() -> None:
    Path("s.sh").write_text("mine")
    found = dirg("import", "run", "-o", "d.yml", "--secrets", "s.sh", LINE)
    assert (found.status, found.error) == (
        2,
        "dirg: s.sh is there already; choose another name, or use --force\n",
    )
    assert not Path("d.yml").exists()
    Path("s.sh").chmod(0o644)
    assert dirg("import", "run", "-o", "d.yml", "--secrets", "s.sh", "--force", LINE).status == 0
    assert Path("s.sh").stat().st_mode & 0o777 == 0o600
    run = dirg("run", "-n", env={"DB_PASSWORD": "x"}).commands
    assert run == (
        "docker run -d --name web --hostname web -e DB_PASSWORD -p 8080:80 "
        "--label dirg.definition=DIGEST nginx nginx -g 'daemon off;'\n"
    )


@pytest.mark.parametrize("words", [("run", LINE), ("compose",)])
def test_a_dry_run(words: tuple[str, ...]) -> None:
    said = f"# dirg import {words[0]} calls no docker\n"
    assert dirg("import", words[0], "-n", *words[1:]).output == said


COMPOSE = """\
services:
  web:
    image: nginx:${TAG:-1.25}
    environment:
      DB_PASSWORD: $DB_PASSWORD
      MINE: plain
      URL: http://me:secret@host/
    scale: 2
"""
FROM_COMPOSE = """\
# Imported from the Compose file compose.yml.
# compose.yml:7: URL looks like a secret; set the variable URL to its value
# compose.yml:8: services.web.scale: 2 containers can't have one name; write one for each; left out
{}
---
web:
    image: "nginx:{{env['TAG'] or '1.25'}}"
    net: shop_default
    env:
        MINE: plain
    secret_env:
        DB_PASSWORD: {{env['DB_PASSWORD']|tojson}}
        URL: {{env['URL']|tojson}}
---
networks:
    shop_default: {}
"""


def test_a_compose_file() -> None:
    folder = Path("shop")
    folder.mkdir()
    (folder / "compose.yml").write_text(COMPOSE)
    (folder / ".env").write_text("DB_PASSWORD='it is'\n")
    os.chdir(folder)
    found = dirg("import", "compose")
    assert found.status == 0
    assert [line for line in found.lines if "DB_PASSWORD looks" not in line] == (
        FROM_COMPOSE.splitlines()
    )
    assert found.error.splitlines()[-1] == (
        "dirg: set DB_PASSWORD, URL in the shell before dirg runs; --secrets FILE writes what "
        "they were"
    )
    open_ones = dirg("import", "compose", "compose.yml", "--no-secrets").output
    assert "secret_env" not in open_ones
    assert "looks like" not in open_ones
    mine = dirg("import", "compose", "--secret", "mine", "-o", "d.yml", "--secrets", "s.sh")
    assert mine.status == 0
    assert Path("s.sh").read_text().splitlines() == [
        "export DB_PASSWORD='it is'",
        "export MINE=plain",
        "export URL=http://me:secret@host/",
    ]


def test_what_compose_itself_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("docker-compose.yml").write_text("name: shop\nservices: {web: {image: a, env_file: e}}\n")
    Path("docker-compose.override.yml").write_text("services: {web: {image: b, privileged: true}}")
    Path("e").write_text("A=1\n")
    both = dirg("import", "compose")
    assert (both.status, both.error) == (0, "")
    assert both.lines[0] == (
        "# Imported from the Compose files docker-compose.yml, docker-compose.override.yml."
    )
    assert "    image: b" in both.lines
    assert "    privileged: true" in both.lines
    assert "    image: a" in dirg("import", "compose", "docker-compose.yml").lines
    Path("more.yml").write_text("services: {web: {image: c}}")
    three = dirg("import", "compose", "docker-compose.yml", "more.yml")
    assert "    image: c" in three.lines
    monkeypatch.setenv("COMPOSE_FILE", "docker-compose.yml:more.yml")
    assert dirg("import", "compose").output == three.output


@pytest.mark.parametrize(
    ("written", "shell", "images", "in_sub"),
    # What Compose 2.40 makes of the same.
    [
        ("COMPOSE_FILE=a.yml:sub/c.yml\nV=1", {}, ["a-1-no", "c-1-no"], False),
        (
            "COMPOSE_FILE=a.yml;sub/c.yml\nCOMPOSE_PATH_SEPARATOR=;",
            {},
            ["a-no-no", "c-no-no"],
            False,
        ),
        ("X=sub/c\nCOMPOSE_FILE=${X}.yml\nV=1", {}, ["c-1-sub"], True),
        (
            "COMPOSE_FILE=a.yml\nV=1",
            {"COMPOSE_FILE": "sub/c.yml:a.yml"},
            ["a-1-sub", "c-1-sub"],
            True,
        ),
        ("V=1", {"COMPOSE_FILE": "sub/c.yml"}, ["c-1-sub"], True),
    ],
)
def test_the_files_that_compose_takes_from_variables(
    written: str, shell: dict[str, str], images: list[str], in_sub: bool
) -> None:
    Path("sub").mkdir()
    for path in (Path("a.yml"), Path("sub/c.yml")):
        image = f"{path.stem}-${{V-no}}-${{W-no}}"
        path.write_text(f"services: {{{path.stem * 2}: {{image: '{image}'}}}}\n")
    Path("sub/.env").write_text("V=sub\nW=sub\n")
    Path(".env").write_text(f"{written}\n")
    assert dirg("import", "compose", "-o", SERVICES, env=shell).status == 0
    printed = dirg("run", "-n").commands
    assert sorted(re.findall(r"^docker run .* (\S+)$", printed, re.MULTILINE)) == images
    assert ("sub_default" in printed) == in_sub


def test_a_compose_file_in_a_folder_above(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("compose.yml").write_text("services: {web: {image: 'i:${V}-${W}', volumes: ['./d:/d']}}\n")
    Path("docker-compose.override.yml").write_text("services: {web: {privileged: true}}\n")
    Path(".env").write_text("V=above\nW=above\n")
    Path("a/b").mkdir(parents=True)
    monkeypatch.chdir("a/b")
    Path(".env").write_text("V=here\n")
    found = dirg("import", "compose")
    assert found.status == 0
    files = "../../compose.yml, ../../docker-compose.override.yml"
    assert found.lines[0] == f"# Imported from the Compose files {files}."
    assert "    privileged: true" in found.lines
    assert "image: \"i:{{env['V'] or 'here'}}-{{env['W'] or 'above'}}\"" in found.output
    assert "../../d" in found.output


def test_no_compose_file_where_there_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path("../gone").rmdir()
    found = dirg("import", "compose")
    told = "dirg: this folder: No such file or directory; give a FILE\n"
    assert (found.status, found.error) == (2, told)


def test_no_compose_file() -> None:
    found = dirg("import", "compose")
    assert (found.status, found.error) == (
        2,
        "dirg: no compose.yaml, compose.yml, docker-compose.yaml, docker-compose.yml in this "
        "folder, or above it; give a FILE\n",
    )
    assert dirg("import", "compose", "nosuch.yml").status == 2


def test_a_name_of_a_variable_is_no_command_of_the_shell() -> None:
    name = "A;touch there;B_PASSWORD"
    text = f"services: {{1web: {{image: i, environment: {{'{name}': secret}}}}}}\n"
    Path("compose.yml").write_text(text)
    assert dirg("import", "compose", "-o", "d.yml", "--secrets", "s.sh").status == 0
    subprocess.run(["sh", "-eu", "s.sh"], check=True)
    assert not Path("there").exists()
    assert Path("s.sh").read_text() == "export _1WEB_A_TOUCH_THERE_B_PASSWORD=secret\n"
    env = {"_1WEB_A_TOUCH_THERE_B_PASSWORD": "secret"}
    assert f"-e '{name}'" in dirg("run", "-n", env=env).output


def test_no_other_name_gets_into_a_script() -> None:
    found = Imported(secrets={"A;id": "x"})
    with pytest.raises(DirgError, match="no shell takes 'A;id' for a variable"):
        list(saving.save(found, "", None, "s.sh", force=False))
    assert not Path("s.sh").exists()
