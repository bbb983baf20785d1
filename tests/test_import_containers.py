"""Containers of engines as a description."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dirg import arguments, definitions, drift
from dirg.host import FORMS, Host
from dirg.imports import containers
from dirg.imports.containers import Source
from dirg.imports.described import Imported, plain, written
from dirg.state import HostState, LiveContainer
from tests.helpers import Engine, dirg
from tests.inspected import CAPTURED

EVERY = [(version, name) for version, found in CAPTURED.items() for name in found["containers"]]
HERE = Host("default")


def container(name: str, /, *, id: str = "", **settings: Any) -> Mapping[str, Any]:
    """What docker says of a container of busybox; settings by the keys of its answer."""
    config = {
        "Hostname": (id or f"id-{name}")[:12],
        "Image": "busybox",
        **settings.get("config", {}),
    }
    return {
        "id": id or f"id-{name}",
        "name": f"/{name}",
        "image": "sha256:busybox",
        "config": config,
        "host_config": {"NetworkMode": "default", **settings.get("host_config", {})},
        "networks": settings.get("networks", {"bridge": {}}),
        "mounts": settings.get("mounts", []),
    }


def source(
    *answers: Mapping[str, Any],
    host: Host = HERE,
    place: Mapping[str, str] | None = None,
    made: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
    images: Mapping[str, Any] | None = None,
) -> Source:
    there = {}
    for answer in answers:
        name = answer["name"].removeprefix("/")
        there[name] = LiveContainer(name, id=answer["id"], image_id=answer["image"], found=answer)
    configs = images if images is not None else {"sha256:busybox": {}}
    # Names stand for the images that containers were made from.
    named = {it["config"]["Image"]: it["image"] for it in answers if it["image"] in configs}
    state = HostState(there, named, configs)
    return Source(host, place or {}, state, made or {})


@pytest.mark.parametrize(("version", "name"), EVERY)
def test_what_is_written_fits_what_there_is(version: str, name: str) -> None:
    """Of every flag of docker run, as two engines tell of it."""
    found = CAPTURED[version]
    told = copy.deepcopy(found["containers"][name])
    answer = {"mounts": [], **told["answer"]}
    # Whoever made it, it was not dirg.
    answer["config"]["Labels"].pop("dirg.definition")
    there = source(answer, images={answer["image"]: told["image"]})
    others = {each: LiveContainer(each, id=id) for id, each in found["names"].items()}
    there = replace(
        there, state=replace(there.state, containers={**others, **there.state.containers})
    )
    result = containers.imported([there], [name])
    assert [note for note in result.notes if not note.endswith(KNOWN)] == []
    read = definitions.parse(plain(result), "/")
    definition = arguments.define(read.containers[name], "/")
    names = found["names"]
    left = drift.differences(definition, answer, told["image"], names)
    assert len(left) == len(result.notes)


KNOWN = "instead of seccomp=FILE"


def test_what_images_and_docker_give_is_left_out() -> None:
    image = {"Env": ["PATH=/bin", "A=1"], "Cmd": ["sh"], "WorkingDir": "/srv", "Labels": {"a": "b"}}
    config = {**image, "Env": ["PATH=/bin", "A=2", "B=3"], "Cmd": ["sh"]}
    there = source(container("web", config=config), images={"sha256:busybox": image})
    assert containers.imported([there], []) == Imported(
        {"web": {"image": "busybox", "env": {"A": "2", "B": "3"}}}
    )


@pytest.mark.parametrize(
    ("config", "written"),
    [
        ({"Cmd": ["a", "b"]}, {"command": ["a", "b"]}),
        ({"Entrypoint": ["a"], "Cmd": ["b"]}, {"command": ["b"], "entrypoint": "a"}),
        ({"Entrypoint": ["a"]}, {"entrypoint": "a"}),
        ({"Hostname": "id-web"}, {}),
        ({"Hostname": "web"}, {}),
        ({"Hostname": "other"}, {"hostname": "other"}),
    ],
)
def test_properties(config: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    found = containers.imported([source(container("web", config=config))], [])
    assert found == Imported({"web": {"image": "busybox", **written}})


def test_an_entrypoint_of_several_words() -> None:
    config = {"Entrypoint": ["a", "b"], "Cmd": ["c"]}
    found = containers.imported([source(container("web", config=config))], [])
    assert found.containers["web"] == {
        "image": "busybox",
        "command": ["b", "c"],
        "entrypoint": "a",
    }
    # It is one line in the end.
    assert found.notes == []


def test_where_containers_are_and_which_are_left_out() -> None:
    far = Host("far", ("-H", "tcp://far:1"))
    found = containers.imported(
        [
            source(container("web"), container("db.dirg-old")),
            source(container("web"), container("db"), host=far, place={"docker_host": "far:1"}),
        ],
        ["*"],
    )
    assert found.containers == {
        "web": {"image": "busybox"},
        "db": {"image": "busybox", "docker_host": "far:1"},
    }
    assert found.notes == [
        "db.dirg-old on default is left out: an update of it is under way, or was kept for a "
        "rollback",
        "web on far is left out: there is one of that name on default; import it by itself",
    ]


def test_a_container_whose_image_is_gone() -> None:
    found = containers.imported([source(container("web", config={"Cmd": ["x"]}), images={})], [])
    assert found.containers == {"web": {"image": "busybox", "command": ["x"]}}
    assert found.notes == [
        "web: its image is gone, so that what it had of it is written too",
        "web: busybox is another image by now, or none; dirg update makes it of that",
    ]


@pytest.mark.parametrize(
    ("state", "config", "notes"),
    [
        ("exited", {}, ["does not run; dirg run starts it"]),
        ("paused", {}, ["is paused; dirg run lets it go on"]),
        (
            "running",
            {"Healthcheck": {"Test": ["CMD", "curl", "-f", "a b"]}},
            ["its health check calls no shell; the one that is written calls one"],
        ),
        ("running", {"Healthcheck": {"Test": ["CMD-SHELL", "true"]}}, []),
    ],
)
def test_what_a_person_may_not_expect(
    state: str, config: Mapping[str, Any], notes: list[str]
) -> None:
    there = source(container("web", config=config))
    live = replace(there.state.containers["web"], state=state)
    there = replace(there, state=replace(there.state, containers={"web": live}))
    assert containers.imported([there], ["web"]).notes == [f"web: {note}" for note in notes]


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\ufeff", "😀", "\x7f", "é", "\t", "\n"])
def test_any_character_comes_back(character: str) -> None:
    """Some of them end a line for YAML, or for Python; some JSON writes as two."""
    value = f"a{character}b"
    found = containers.imported([source(container("web", config={"Env": [f"A={value}"]}))], [])
    assert found == Imported({"web": {"image": "busybox", "env": {"A": value}}})
    (document,) = yaml.safe_load_all(written(found, "-").partition("---")[2])
    assert document == found.containers


NETWORK = {
    "Name": "back",
    "Scope": "local",
    "Driver": "bridge",
    "Internal": True,
    "Attachable": False,
    "EnableIPv6": False,
    "IPAM": {
        "Driver": "default",
        "Options": {},
        "Config": [{"Subnet": "10.1.0.0/16", "Gateway": "10.1.0.1"}],
    },
    "Options": {"a": "b"},
    "Labels": {},
}
VOLUME = {
    "Name": "data",
    "Driver": "local",
    "Options": None,
    "Labels": {"x": "1"},
    "Scope": "local",
}
MADE: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("network", "back"): NETWORK,
    ("volume", "data"): VOLUME,
}
MOUNT = {"Type": "volume", "Name": "data", "Destination": "/data"}
ANONYMOUS = {"Type": "volume", "Name": "0" * 64, "Destination": "/own"}


@pytest.mark.parametrize(
    ("at", "pools"),
    [
        ({}, {}),
        ({"IPAMConfig": {}}, {}),
        (
            {"IPAMConfig": {"IPv4Address": "10.1.0.9"}},
            {"subnet": ["10.1.0.0/16"], "gateway": ["10.1.0.1"]},
        ),
    ],
)
def test_networks_and_volumes(at: Mapping[str, Any], pools: Mapping[str, Any]) -> None:
    """The subnet is written only where an address depends on it."""
    web = container(
        "web",
        host_config={"NetworkMode": "back", "Binds": ["data:/data"]},
        networks={"back": at},
        mounts=[MOUNT, ANONYMOUS],
    )
    found = containers.imported([source(web, made=MADE)], [])
    assert found.networks == {"back": {"internal": True, **pools, "opt": {"a": "b"}}}
    assert found.volumes == {"data": {"label": {"x": "1"}}}
    assert found.containers["web"]["net"] == "back"
    assert found.containers["web"]["volume_bindings"] == {"data": {"bind": "/data"}}
    assert containers.needed(source(web).state, ["web"]) == [
        ("network", "back"),
        ("volume", "data"),
    ]


def test_two_networks_of_one_name() -> None:
    web, db = (
        container(name, host_config={"NetworkMode": "back"}, networks={"back": {}})
        for name in ("web", "db")
    )
    swarm = {**NETWORK, "Driver": "overlay", "Scope": "swarm"}
    far = source(db, host=Host("far"), made={("network", "back"): swarm})
    found = containers.imported([source(web, made={("network", "back"): NETWORK}), far], [])
    assert found.networks == {"back": {"internal": True, "opt": {"a": "b"}}}
    assert found.notes == [
        "network back is another one on far; only the first is written",
        "network back is one of a swarm; make it by hand",
    ]


@pytest.mark.parametrize(
    ("names", "stopped", "expected"),
    [
        ([], False, ["aa", "cc"]),
        ([], True, ["aa", "bb", "cc"]),
        (["b*"], False, ["bb"]),
        (["cc", "aa"], False, ["aa", "cc"]),
    ],
)
def test_which_are_chosen(names: list[str], stopped: bool, expected: list[str]) -> None:
    states = {"aa": "running", "bb": "exited", "cc": "paused"}
    state = HostState({name: LiveContainer(name, state=it) for name, it in states.items()})
    assert containers.chosen(state, names, stopped) == expected


LISTED = [
    {"id": "id-web", "names": "web", "state": "running"},
    {"id": "id-off", "names": "off", "state": "exited"},
]


@pytest.fixture
def answering(engine: Engine) -> Engine:
    """A host with a container that has a secret, and with one that is stopped."""
    rest = {
        "image": "busybox",
        "status": "Up",
        "ports": "",
        "definition": "",
        "mark": "",
        "created": "",
    }
    lines = [json.dumps({**it, **rest}) for it in LISTED]
    env = ["DB_PASSWORD=it is", "A=1"]
    web = json.dumps(container("web", config={"Env": env}, mounts=[MOUNT],
                               host_config={"Binds": ["data:/data"]}))  # fmt: skip
    engine.answer(
        {
            "*container ls*": "".join(f"echo '{line}'; " for line in lines),
            "*id-off*": f"echo '{web}'; echo '{json.dumps(container('off'))}'",
            "*container inspect*": f"echo '{web}'",
            "*image inspect*": """for word; do case $word in sha256:*|busybox)
                echo '{"id": "sha256:busybox", "config": {}}';; esac; done""",
            "*volume inspect*": f"echo '{json.dumps(VOLUME)}'",
        }
    )
    return engine


WRITTEN = """\
# Imported from the containers of default.
{}
---
web:
    image: busybox
    env:
        A: 1
    volume_bindings:
        data:
            bind: /data
    secret_env:
        DB_PASSWORD: {{env['DB_PASSWORD']|tojson}}
---
volumes:
    data:
        label:
            x: 1
"""


def test_the_command(answering: Engine) -> None:
    found = dirg("import", "containers")
    assert (found.status, found.output) == (0, WRITTEN)
    said = "set DB_PASSWORD in the shell before dirg runs; --secrets FILE writes what they were"
    assert found.error == f"dirg: {said}\n"
    assert [" ".join(call.split()[:2]) for call in answering.calls] == [
        "container ls",
        "container inspect",
        "image inspect",
        "volume inspect",
    ]


def test_files(answering: Engine) -> None:
    words = ("import", "containers", "-o", "d.yml", "--secrets", "s.sh")
    found = dirg(*words)
    assert (found.status, found.output) == (0, "")
    assert found.error.splitlines() == [
        "dirg: s.sh has the values of DB_PASSWORD: read it in by . ./s.sh",
        "dirg: d.yml describes 1 container",
        "dirg: dirg.cfg names it",
    ]
    assert Path("d.yml").read_text() == WRITTEN
    assert Path("dirg.cfg").read_text() == "[DEFAULT]\ndirg_services = d.yml\n"
    assert Path("s.sh").read_text() == "export DB_PASSWORD='it is'\n"
    assert Path("s.sh").stat().st_mode & 0o777 == 0o600
    assert dirg("check", env={"DB_PASSWORD": "x"}).status == 0
    again = dirg(*words)
    assert (again.status, again.error) == (
        2,
        "dirg: d.yml is there already; choose another name, or use --force\n",
    )
    assert dirg(*words, "--force").error.splitlines()[-1] == "dirg: d.yml describes 1 container"


def test_after_an_import_there_is_nothing_to_do(answering: Engine) -> None:
    assert dirg("import", "containers", "-o", "d.yml").status == 0
    for verb in ("run", "update"):
        found = dirg("plan", verb, "--exit-code", env={"DB_PASSWORD": "it is"})
        assert (found.status, found.error) == (0, "")
        assert found.lines[1].split()[2] == "none"


@pytest.mark.parametrize(
    ("options", "env", "secret_env"),
    [
        (("--no-secrets",), ["A: 1", "DB_PASSWORD: it is"], []),
        (("--secret", "a"), [], ["A", "DB_PASSWORD"]),
    ],
)
def test_which_variables_are_secrets(
    answering: Engine, options: tuple[str, ...], env: list[str], secret_env: list[str]
) -> None:
    lines = dirg("import", "containers", *options).lines
    assert [line.strip() for line in lines if line.strip() in env] == env
    names = [line.split(":")[0].strip() for line in lines if "env[" in line]
    assert names == secret_env


def test_hosts_contexts_and_dead_ones(answering: Engine) -> None:
    said = "Cannot connect to the Docker daemon at tcp://far:1. Is the docker daemon running?"
    program = answering.folder / "docker"
    dead = f'case "$*" in *-H\\ tcp://far:1*) echo "{said}" >&2; exit 1;;'
    program.write_text(program.read_text().replace('case "$*" in', dead))
    words = ("--host", "near:1", "--host", "tcp://far:1", "--context", "one")
    none = dirg("import", "containers", *words, "-o", "d.yml")
    assert (none.status, Path("d.yml").exists()) == (1, False)
    assert none.error.endswith(
        "dirg: nothing was written; --skip-unreachable imports from the other hosts\n"
    )
    found = dirg("import", "containers", *words, "--skip-unreachable")
    assert found.status == 1
    assert found.lines[0] == (
        "# Imported from the containers of near:1, one; tcp://far:1 gave no answer."
    )
    assert "    docker_host: near:1" in found.lines
    assert "dirg: tcp://far:1 is unreachable: connection refused: no engine listens" in found.error


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (("nosuch",), 2, "dirg: no container nosuch on any host; there are: off, web\n"),
        (("--host", "x y"), 2, f"dirg: --host: 'x y' is no address; write {FORMS}\n"),
        (("-o", "no/where"), 2, "dirg: no/where: there is no such folder; make it, or choose "
         "another one\n"),
        (("-o", "one", "--secrets", "./one", "--force"), 2, "dirg: one can't be the description "
         "and the secrets; choose two names\n"),
    ],
)  # fmt: skip
def test_mistakes(answering: Engine, words: tuple[str, ...], status: int, error: str) -> None:
    found = dirg("import", "containers", *words)
    assert (found.status, found.output, found.error.splitlines(keepends=True)[-1]) == (
        status,
        "",
        error,
    )


def test_a_dry_run_asks_nothing() -> None:
    found = dirg("import", "containers", "-n", "--host", "near:1")
    assert found.status == 0
    assert found.lines[0].startswith("docker -H tcp://near:1 container ls")
    assert found.lines[1].startswith("# then it inspects")
