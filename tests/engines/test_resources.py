"""Networks and volumes of a description, on engines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engines.lab import Engine, Project

DESCRIPTION = """
all: [web, db, far]
---
web: { {{idle}}, docker_host: "{{h1}}", net: back, volumes: ['data:/data'] }
db: { {{idle}}, docker_host: "{{h1}}", network: [{name: back, alias: store}], depends_on: [web] }
far:
    image: busybox
    command: sleep 3600
    init: true
    docker_host: "{{h2}}"
    net: back
    mount: [{type: volume, source: data, target: /d}]
---
networks:
    back: { subnet: 10.71.0.0/16, label: {of: dirg}, internal: true }
    unused: {}
volumes:
    data: { label: {of: dirg} }
"""


def _made(engine: Engine) -> list[str]:
    networks = engine.lines("network", "ls", "--format", "{{.Name}}")
    volumes = engine.volumes()
    return sorted({*networks} - {"bridge", "host", "none"}) + volumes


def _rows(project: Project, *words: str) -> list[tuple[Any, ...]]:
    rows = json.loads(project.done("plan", *words, "--format", "json").output)
    return [(row["kind"], row["container"], row["action"]) for row in rows]


def test_they_are_made_where_they_are_missing_and_removed_on_request(project: Project) -> None:
    here, far = project.lab.plain, project.lab.tls
    project.describe(DESCRIPTION)
    assert _rows(project, "run", "web") == [
        ("network", "back", "create network"),
        ("volume", "data", "create volume"),
        ("container", "web", "create"),
    ]
    assert _made(here) == []
    project.done("run")
    assert (_made(here), _made(far)) == (["back", "data"], ["back", "data"])
    (network,) = json.loads(here.docker("network", "inspect", "back"))
    assert network["Internal"]
    assert network["IPAM"]["Config"][0]["Subnet"] == "10.71.0.0/16"
    (volume,) = json.loads(far.docker("volume", "inspect", "data"))
    assert volume["Labels"] == {"of": "dirg"}
    here.docker(
        "exec", "web", "sh", "-c", "echo kept > /data/file; nslookup store || ping -c1 store"
    )

    with here.recorded_events() as events:
        project.done("run")
        project.done("update", "--no-pull")
    assert events == []
    assert {row[2] for row in _rows(project, "run")} == {"none"}

    project.done("rm", "db", "--networks", "--volumes")
    assert _made(here) == ["back", "data"]
    here.docker("run", "-d", "--name", "stranger", "-v", "data:/x", "busybox", "true")
    answer = project.dirg("rm", "--networks", "--volumes")
    assert answer.status == 1
    assert f"data on {here.written}: Error response from daemon: remove data: volume is in use" in (
        answer.error
    )
    assert (_made(here), _made(far)) == (["data"], [])
    project.done("run")
    assert here.docker("exec", "web", "cat", "/data/file") == "kept\n"


def test_an_update_makes_them_first(project: Project) -> None:
    here = project.lab.plain
    project.describe("{}\n---\nweb: { {{idle}}, docker_host: '{{h1}}' }\n")
    project.done("run")
    project.describe(
        "{}\n---\nweb: { {{idle}}, docker_host: '{{h1}}', net: back, volumes: ['data:/d'] }\n"
        "---\nnetworks: {back: }\nvolumes: {data: }\n"
    )
    project.done("update", "--no-pull", "--grace", "0")
    assert here.inspect("web")["HostConfig"]["NetworkMode"] == "back"
    assert _made(here) == ["back", "data"]


def test_a_printed_run_makes_them(project: Project) -> None:
    project.describe(DESCRIPTION)
    printed = project.done("run", "-n")
    assert project.shell(printed.output).status == 0
    assert (_made(project.lab.plain), _made(project.lab.tls)) == (
        ["back", "data"],
        ["back", "data"],
    )
    assert {row[2] for row in _rows(project, "run")} == {"none"}


def test_a_container_in_several_networks(project: Project) -> None:
    here = project.lab.plain
    text = """
{}
---
web:
    {{idle_web}}
    docker_host: '{{h1}}'
    network: ['name=back,alias=shop', 'name=front,alias=www,ip=10.73.0.9', side]
peer: { {{idle}}, docker_host: '{{h1}}', net: front }
---
networks:
    back: {subnet: 10.72.0.0/16}
    front: {subnet: 10.73.0.0/16}
    side:
"""
    idle = "image: busybox\n    command: sleep 3600\n    init: true"
    project.describe(text.replace("{{idle_web}}", idle))
    project.done("run")
    found = here.inspect("web")["NetworkSettings"]["Networks"]
    assert {*found} == {"back", "front", "side"}
    assert found["front"]["IPAddress"] == "10.73.0.9"
    for name in ("web", "www", "10.73.0.9"):
        here.docker("exec", "peer", "ping", "-c1", "-W5", name)
    assert {row[2] for row in _rows(project, "run")} == {"none"}

    project.describe(text.replace("{{idle_web}}", f"{idle}\n    label: {{a: b}}"))
    project.done("update", "--no-pull", "--grace", "0")
    assert {*here.inspect("web")["NetworkSettings"]["Networks"]} == {"back", "front", "side"}
    for name in ("web", "www", "10.73.0.9"):
        here.docker("exec", "peer", "ping", "-c1", "-W5", name)
    assert {row[2] for row in _rows(project, "run")} == {"none"}
    project.describe(text.replace("{{idle_web}}", idle).replace("side]", "nosuch]"))
    failed = project.dirg("update", "--no-pull", "--grace", "0")
    assert failed.status == 1
    assert "network nosuch not found" in failed.error
    assert here.names() == ["peer", "web"]
    assert here.state("web") == "running"


def test_a_run_that_was_killed_between_networks(project: Project) -> None:
    here = project.lab.plain
    project.describe(
        "{}\n---\nweb: { {{idle}}, docker_host: '{{h1}}', network: [back, front] }\n"
        "---\nnetworks: {back: , front: }\n"
    )
    environ = project.shim(
        'case " $* " in *" connect "*) kill -9 $PPID;; esac; exec "$docker" "$@"'
    )
    assert project.dirg("run", env=environ).status == -9
    assert here.state("web") == "created"
    project.done("run")
    assert {*here.inspect("web")["NetworkSettings"]["Networks"]} == {"back", "front"}
    assert here.state("web") == "running"
    assert {row[2] for row in _rows(project, "run")} == {"none"}
