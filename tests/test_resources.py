"""Networks and volumes of a description: made where they are missing, removed on request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from tests.helpers import Engine, describe, dirg, inspection, listing, undigested

DESCRIPTION = """
all: [web, db, far]
---
web: { image: i, net: back, volumes: ['data:/data', '/srv:/srv', /own] }
db:
    image: i
    network: [{name: back, alias: x}, other]
    mount: ["type=volume,source=logs,dst=/l"]
far: { image: i, docker_host: h:1, net: back, volume_bindings: {data: /data} }
lone: { image: i }
---
networks:
    back: { driver: overlay, subnet: [10.1.0.0/16, 10.2.0.0/16], internal: true, opt: {a: b} }
    unused: {}
volumes:
    data:
    logs: { driver: local, label: [x=1] }
"""
BACK = (
    "network create --driver overlay --subnet 10.1.0.0/16 --subnet 10.2.0.0/16 --internal "
    "--opt a=b back"
)
LOGS = "volume create --driver local --label x=1 logs"


def resources(text: str) -> list[str]:
    """The lines on networks and volumes among printed commands."""
    return [line for line in text.splitlines() if " create " in line and "--name" not in line]


@pytest.fixture(autouse=True)
def _described() -> None:
    describe(DESCRIPTION)


def test_run_makes_each_once_on_each_host_before_what_needs_it() -> None:
    lines = undigested(dirg("run", "-n").commands).splitlines()
    assert [line.split(" --hostname")[0] for line in lines] == [
        f"docker {BACK}",
        "docker volume create data",
        "docker run -d --name web",
        f"docker {LOGS}",
        "docker create --name db",
        "docker network connect other db &&",
        "docker start db",
        f"docker -H tcp://h:1 {BACK}",
        "docker -H tcp://h:1 volume create data",
        "docker -H tcp://h:1 run -d --name far",
    ]


def test_only_what_selected_containers_need() -> None:
    assert dirg("run", "-n", "lone").commands.count("\n") == 1
    assert resources(dirg("run", "-n", "db").commands) == [f"docker {BACK}", f"docker {LOGS}"]


def test_an_update_takes_them_for_there() -> None:
    assert not any("create back" in line for line in dirg("update", "-n").lines)


@pytest.mark.parametrize(
    ("options", "names", "expected"),
    [
        ((), (), []),
        (("--networks",), ("lone",), []),
        (("--networks",), ("web",), []),
        (("--volumes",), ("web",), ["docker volume rm data"]),
        (
            ("--networks", "--volumes"),
            (),
            [
                "docker network rm back",
                "docker volume rm data",
                "docker volume rm logs",
                "docker -H tcp://h:1 network rm back",
                "docker -H tcp://h:1 volume rm data",
            ],
        ),
    ],
)
def test_rm_removes_what_nothing_else_needs(
    options: tuple[str, ...], names: tuple[str, ...], expected: list[str]
) -> None:
    lines = dirg("rm", "-n", *options, *names).commands.splitlines()
    assert [line for line in lines if "network rm" in line or "volume rm" in line] == expected


ANSWERS = {
    "container ls*": f"echo '{listing('db')}'",
    "container inspect*": f"echo '{inspection('db')}'",
    "network ls*": """echo '"bridge"'; echo '"back"'""",
    "volume ls*": """echo '"logs"'""",
}


def answered(engine: Engine, **more: str) -> None:
    engine.answer({**{key.replace("_", " ") + "*": body for key, body in more.items()}, **ANSWERS})


def test_run_makes_what_is_missing(engine: Engine) -> None:
    describe(DESCRIPTION.replace("docker_host: h:1,", ""))
    answered(engine)
    found = dirg("run", "-j1", "web", "far")
    assert (found.status, found.error) == (0, "")
    acted = [call.split(" --")[0] for call in engine.calls if " ls" not in call[:14]]
    assert acted == ["volume create data", "run -d", "run -d"]
    assert found.lines[0].split()[:4] == ["data", "default", "volume", "created"]


def test_what_somebody_else_has_made_meanwhile_is_no_failure(engine: Engine) -> None:
    said = "Error response from daemon: network with name back already exists"
    making = f"echo '{said}' >&2; exit 1"
    engine.answer({**ANSWERS, "network ls*": "", "network create*": making})
    assert dirg("run", "--host", "default", "web").status == 0
    assert any(call.startswith("network create") for call in engine.calls)


def test_what_needs_a_missing_one_is_skipped_and_nothing_else(engine: Engine) -> None:
    answered(engine, volume_create="echo no space >&2; exit 1")
    found = dirg("run", "--host", "default", "web", "lone")
    assert found.status == 1
    assert [call for call in engine.calls if call.startswith("run")] == [
        next(call for call in engine.calls if "--name lone" in call)
    ]
    assert found.error.splitlines() == [
        "dirg: 2 of 3 failed:",
        "  data on default: no space",
        "    to repeat it: docker volume create data",
        "  web on default: skipped, since it needs data",
    ]


def test_an_update_touches_nothing_where_one_can_t_be_made(engine: Engine) -> None:
    engine.answer(
        {
            **ANSWERS,
            "volume create*": "echo no space >&2; exit 1",
            "image inspect*": """echo '{"id": "sha256:new", "config": {}}'""",
        }
    )
    found = dirg("update", "--host", "default", "web")
    assert found.status == 1
    assert found.error.splitlines()[0] == (
        "dirg: no container was touched, since not every network and volume is there"
    )
    assert not any(call.startswith(("create", "run")) for call in engine.calls)


def test_an_update_makes_what_is_missing_first(engine: Engine) -> None:
    answers = {**ANSWERS, "image inspect*": """echo '{"id": "sha256:new", "config": {}}'"""}
    engine.answer({**answers, "container ls*": ""})
    assert dirg("update", "--host", "default", "web").status == 0
    made = [call.split(" --")[0] for call in engine.calls]
    assert made.index("volume create data") < made.index("run -d")


def planned(*words: str) -> list[Mapping[str, str]]:
    found = dirg("plan", "--format", "json", *words)
    assert found.status == 0
    return list(json.loads(found.output))


@pytest.mark.parametrize("verb", ["run", "update"])
def test_plan_tells_what_is_missing(engine: Engine, verb: str) -> None:
    engine.answer({**ANSWERS, "image inspect*": """echo '{"id": "sha256:new", "config": {}}'"""})
    rows = planned(verb, "--host", "default", "web")
    assert [(row["kind"], row["container"], row["action"], row["because"]) for row in rows] == [
        ("volume", "data", "create volume", "missing"),
        ("container", "web", "create", "missing"),
    ]


def test_an_engine_that_does_not_tell_is_unreachable(engine: Engine) -> None:
    engine.answer({**ANSWERS, "volume ls*": "echo nonsense"})
    found = dirg("run", "--host", "default", "web")
    assert (found.status, found.lines) == (1, [])
    assert found.error.startswith("dirg: default is unreachable: docker gave an answer that is not")


def test_rm_leaves_what_others_of_the_description_need(engine: Engine) -> None:
    describe(DESCRIPTION.replace("docker_host: h:1,", ""))
    answered(engine)
    found = dirg("rm", "--networks", "--volumes", "db")
    assert (found.status, found.error) == (0, "")
    assert [re.sub(r"[0-9.]+s$", "Ns", " ".join(line.split())) for line in found.lines[1:]] == [
        "back default network left, since web, far may need it",
        "logs default volume removed Ns",
    ]


def test_rm_leaves_what_others_have_from_those_that_go() -> None:
    describe(
        "{}\n---\nweb: {image: i, volumes: ['data:/d']}\nuser: {image: i, volumes_from: [web]}\n"
        "---\nvolumes: {data: }\n"
    )
    assert "volume rm" not in dirg("rm", "-n", "--volumes", "web").output
    assert "volume rm data" in dirg("rm", "-n", "--volumes").output


def test_rm_leaves_those_of_what_could_not_be_removed(engine: Engine) -> None:
    engine.answer({**ANSWERS, "rm -v*": "echo no >&2; exit 1"})
    assert dirg("rm", "--volumes", "db").status == 1
    assert not any(call.startswith("volume rm") for call in engine.calls)


def test_a_volume_that_strangers_use_stays_and_that_is_told(engine: Engine) -> None:
    body = "echo 'Error response from daemon: remove logs: volume is in use - [x]' >&2; exit 1"
    engine.answer({**ANSWERS, "volume rm*": body})
    found = dirg("rm", "--volumes", "db")
    assert found.status == 1
    assert "  logs on default: Error response from daemon: remove logs: volume is in use - [x]" in (
        found.error.splitlines()
    )
