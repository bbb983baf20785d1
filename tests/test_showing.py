"""dirg show --format compose and --format sh, as a person calls them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.helpers import describe, dirg, undigested

DESCRIPTION = """
all: [web, db]
---
db: { image: pg, net: back, volumes: ['data:/data'], secret_env: {PW: hidden}, cidfile: /id }
web: { image: nginx, net: back, depends_on: [db], env: {A: $x} }
far: { image: nginx, docker_host: h:1 }
---
networks: { back: {internal: true}, unused: }
volumes: { data: {label: {a: b}} }
"""
NOTE = "db: cidfile: Compose writes no file with the id; docker compose ps -q tells it"


def test_a_compose_file() -> None:
    folder = Path("my shop")
    folder.mkdir()
    describe(DESCRIPTION)
    Path("dirg-services.yml").rename(folder / "dirg-services.yml")
    Path("dirg.cfg").write_text("[DEFAULT]\ndirg_services = my shop/dirg-services.yml\n")
    found = dirg("show", "--format", "compose")
    assert (found.status, found.error) == (0, f"dirg: {NOTE}\n")
    assert found.lines[0] == f"# {NOTE}"
    assert yaml.safe_load(found.output) == {
        "name": "myshop",
        "services": {
            "web": {
                "container_name": "web",
                "image": "nginx",
                "hostname": "web",
                "environment": {"A": "$$x"},
                "networks": {"back": None},
                "depends_on": ["db"],
            },
            "db": {
                "container_name": "db",
                "image": "pg",
                "hostname": "db",
                "environment": {"PW": "${PW?PW must be set}"},
                "networks": {"back": None},
                "volumes": ["data:/data"],
            },
        },
        "networks": {"back": {"name": "back", "internal": True}},
        "volumes": {"data": {"name": "data", "labels": {"a": "b"}}},
    }


def test_a_script() -> None:
    describe(DESCRIPTION)
    found = dirg("show", "--format", "sh", "web", "db", "far")
    assert (found.status, found.error) == (0, "")
    lines = undigested(found.output).splitlines()
    assert lines[0] == "#!/bin/sh"
    assert ': "${PW?must be set}"; export PW' in lines
    assert "  docker network create --internal back" in lines
    assert "docker -H tcp://h:1 run -d \\" in lines
    assert "hidden" not in found.output


def test_two_secrets_of_one_name() -> None:
    describe(
        "{}\n---\nweb: {image: i, secret_env: {PW: one, X: x}}\n"
        "web-2: {image: i, secret_env: {PW: two, X: x}}\n"
    )
    services = yaml.safe_load(dirg("show", "--format", "compose").output)["services"]
    assert {name: its["environment"] for name, its in services.items()} == {
        "web": {"PW": "${WEB_PW?WEB_PW must be set}", "X": "${X?X must be set}"},
        "web-2": {"PW": "${WEB_2_PW?WEB_2_PW must be set}", "X": "${X?X must be set}"},
    }
    lines = dirg("show", "--format", "sh").lines
    assert [line for line in lines if "must be set" in line] == [
        ': "${WEB_PW?must be set}"; export WEB_PW',
        ': "${X?must be set}"; export X',
        ': "${WEB_2_PW?must be set}"; export WEB_2_PW',
    ]
    assert 'PW="$WEB_PW" docker run -d \\' in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--format", "compose", "*"),
            "a Compose file is for one host, but there are default, h:1; choose by --host",
        ),
        (
            ("--format", "sh", "--live"),
            "--format sh shows what is defined; leave out the other option; see dirg show --help",
        ),
    ],
)
def test_mistakes(words: tuple[str, ...], said: str) -> None:
    describe(DESCRIPTION)
    found = dirg("show", *words)
    assert (found.status, found.output, found.error) == (2, "", f"dirg: {said}\n")
    assert dirg("show", "--format", "compose", "--host", "h", "*").status == 0
