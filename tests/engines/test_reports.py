"""The commands that only look: ps, stats, show and info."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.engines.lab import Project, wait_until

DESCRIPTION = """
front: [web, proxy]
everything: [front, store]
---
store:
    { {{idle}}, docker_host: "{{h1}}", health_cmd: 'true', health_interval: 100ms }
web:
    image: busybox
    command: sleep 3600
    init: true
    docker_host: "{{h2}}"
    port_bindings: {80: 8080}
    env: {VERSION: "{{env['VERSION'] or 1}}"}
proxy: { {{idle}}, docker_host: "{{h3}}" }
missing: { docker_host: "{{h1}}", image: 'nowhere:1' }
"""


def _up(project: Project) -> None:
    """A container in good health, one that has changed, one that is stopped, and one missing."""
    project.describe(DESCRIPTION)
    project.done("run", "everything")
    project.done("stop", "proxy")
    wait_until(lambda: project.lab.plain.inspect("store")["State"]["Health"]["Status"] == "healthy")


def _without_times(output: str) -> str:
    return re.sub(r"(Up|Exited \(\d+\)) .*?(?=  |\"| \(healthy\)|$)", r"\1 SOMETIME", output)


STATES = {
    "store": ("Up SOMETIME (healthy)", "running", "healthy", "busybox:latest"),
    "web": ("Up SOMETIME", "running", "", "busybox"),
    "proxy": ("Exited (143) SOMETIME", "exited", "", "busybox:latest"),
    "missing": ("not available", "", "", "nowhere:1"),
}
SERVICES = {"store": ["everything"], "missing": []}


def _expected(name: str, host: str, ports: str) -> dict[str, Any]:
    status, state, health, image = STATES[name]
    return {
        "service": SERVICES.get(name, ["front", "everything"]),
        "container": name,
        "host": host,
        "status": status,
        "state": state,
        "health": health,
        "restarts": None,
        "image": image,
        "ports": ports if name == "web" else "",
        "changed": name == "web",
    }


def test_ps(project: Project) -> None:
    _up(project)
    h1, h2, h3 = (engine.written for engine in project.lab.engines)
    # Whether it is published for IPv6, too, depends on the machine.
    ports = project.lab.tls.docker("ps", "--format", "{{.Ports}}").strip()
    assert ports.startswith("0.0.0.0:8080->80/tcp")
    answer = project.done("ps", "--format", "json", env={"VERSION": "2"})
    assert json.loads(_without_times(answer.output)) == [
        _expected(name, host, ports) for name, host in zip(STATES, (h1, h2, h3, h1), strict=True)
    ]
    table = project.done("ps", "front", env={"VERSION": "2"})
    assert _rows(_without_times(table.output)) == [
        ["SERVICE", "CONTAINER", "HOST", "STATUS", "HEALTH", "IMAGE", "PORTS", "CHANGED"],
        ["front,everything", "web", h2, "Up SOMETIME", "-", "busybox", ports, "yes"],
        ["front,everything", "proxy", h3, "Exited (143) SOMETIME", "-", "busybox:latest", "-", "-"],
    ]


def _rows(table: str) -> list[list[str]]:
    return [re.split(r"  +", line) for line in table.splitlines()]


@pytest.mark.parametrize("frozen", [False, True], ids=["no engine", "frozen engine"])
def test_ps_when_a_host_is_down(project: Project, frozen: bool) -> None:
    lab = project.lab
    down = lab.tls.written if frozen else f"tcp://{lab.tls.address}:9"
    project.describe(
        """
        {}
        ---
        store: { {{idle}}, docker_host: "{{h1}}" }
        web: { {{idle}}, docker_host: "{{down}}" }
        """,
        down=down,
    )
    project.done("run", "store")
    if frozen:
        os.kill(lab.tls.engine, signal.SIGSTOP)
    try:
        answer = project.dirg("ps", "--timeout", "2")
    finally:
        os.kill(lab.tls.engine, signal.SIGCONT)
    reason = (
        "no answer within 2 s: it takes connections, but the engine hangs"
        if frozen
        else f"connection refused: no engine listens at {down}"
    )
    assert answer.error == f"dirg: {down} is unreachable: {reason}\n"
    assert answer.status == 1
    assert _rows(_without_times(answer.output))[1:] == [
        ["-", "store", lab.plain.written, "Up SOMETIME", "-", "busybox:latest", "-", "-"],
        ["-", "web", down, "unreachable", "-", "busybox:latest", "-", "?"],
    ]


def test_stats(project: Project) -> None:
    _up(project)
    h1, h2, h3 = (engine.written for engine in project.lab.engines)
    answer = project.done("stats", "--format", "json")
    rows = json.loads(answer.output)
    assert [(row["container"], row["host"]) for row in rows] == [
        ("store", h1),
        ("web", h2),
        ("proxy", h3),
        ("missing", h1),
    ]
    columns = ["container", "host", "cpu", "memory", "memory_percent", "network", "block", "pids"]
    assert {tuple(row) for row in rows} == {tuple(columns)}
    for row in rows[:2]:
        assert re.fullmatch(r"\d+\.\d+%", row["cpu"])
        assert re.fullmatch(r"[\d.]+[KM]iB / [\d.]+[MGT]iB", row["memory"])
        assert re.fullmatch(r"\d+\.\d+%", row["memory_percent"])
        assert re.fullmatch(r"[\d.]+[kM]?B / [\d.]+[kM]?B", row["network"])
        assert re.fullmatch(r"[\d.]+[kM]?B / [\d.]+[kM]?B", row["block"])
        assert int(row["pids"]) >= 2
    for row in rows[2:]:
        assert {row[column] for column in columns[2:]} == {""}

    # As each host was asked once, and all at the same time, this is one call of docker stats.
    table = _rows(project.done("stats", "front").output)
    assert table[0] == [column.upper().replace("_", " ") for column in columns]
    assert table[1][:2] == ["web", h2]
    assert len(table[1]) == len(columns)
    assert table[2:] == [["proxy", h3, *["-"] * 6]]


def test_show_needs_no_engine(project: Project) -> None:
    project.describe(
        """
        {% set image = "busybox:latest" %}
        {}
        ---
        web:
            image: {{image}}
            docker_host: https://nowhere.invalid:2376
            env: {VERSION: 1.10}
            secret_env: {PASSWORD: hidden}
            ports: [!!python/tuple [53, udp]]
        """
    )
    assert project.done("show", env={"PATH": ""}).output == (
        "web:\n"
        "    image: busybox:latest\n"
        "    docker_host: https://nowhere.invalid:2376\n"
        "    env:\n"
        "        VERSION: 1.10\n"
        "    secret_env:\n"
        "        PASSWORD: '********'\n"
        "    ports:\n"
        "    - !!python/tuple [53, udp]\n"
    )


def test_info_without_a_configuration(project: Project) -> None:
    engine = project.lab.plain
    environ = {"DOCKER_HOST": engine.docker_host}
    answer = project.done("info", "--format", "json", env=environ)
    found = json.loads(answer.output)
    server = json.loads(engine.docker("version", "--format", "{{json .Server}}"))
    assert found["configuration"] == []
    assert found["hosts"] == [
        {
            "host": engine.docker_host,
            "reachable": True,
            "engine": server["Version"],
            "api": server["ApiVersion"],
            "containers": 0,
            "running": 0,
            "error": "",
        }
    ]
    lines = project.done("info", env=environ).lines
    assert lines[-1] == (
        f"host {engine.docker_host}: engine {server['Version']}, API {server['ApiVersion']}, "
        "0 containers, 0 of them running"
    )


def test_info_with_a_configuration(project: Project) -> None:
    lab = project.lab
    down = f"tcp://{lab.plain.address}:9"
    project.describe(
        """
        {}
        ---
        store: { {{idle}}, docker_host: "{{h1}}" }
        web: { {{idle}}, docker_host: "{{h2}}" }
        proxy: { {{idle}}, docker_host: "{{h3}}" }
        again: { {{idle}}, docker_host: "{{h3}}" }
        lost: { {{idle}}, docker_host: "{{down}}" }
        """,
        down=down,
    )
    answer = project.dirg("info", "--format", "json")
    found = json.loads(answer.output)
    assert answer.error == ""
    assert found["docker"] == lab.plain.docker("--version").strip()
    assert [Path(file).name for file in found["configuration"]] == ["dirg.cfg"]
    assert Path(found["services"]).name == "dirg-services.yml"
    assert found["problem"] == ""
    assert found["environment"]["DOCKER_CERT_PATH"] == str(lab.certificates)
    server = json.loads(lab.plain.docker("version", "--format", "{{json .Server}}"))
    answers = {
        "reachable": True,
        "engine": server["Version"],
        "api": server["ApiVersion"],
        "containers": 0,
        "running": 0,
        "error": "",
    }
    lost = {"reachable": False, "engine": "", "api": "", "containers": None, "running": None}
    reason = f"connection refused: no engine listens at {down}"
    assert found["hosts"] == [
        *({"host": engine.written, **answers} for engine in lab.engines),
        {"host": down, **lost, "error": reason},
    ]
