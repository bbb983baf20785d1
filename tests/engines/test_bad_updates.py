"""Updates to what does not work leave the old container as it was, whatever is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.engines.lab import Engine, Project, at_once

if TYPE_CHECKING:
    from tests.helpers import Answer

DESCRIPTION = """
{}
---
{% set new = env['NEW'] %}
{% macro app(good=false) %}
    docker_host: "{{h1}}"
    volumes: [/anonymous, "named:/named"]
{% if not new or good %}
    image: busybox
    command: sleep 3600
    init: true
{% endif %}
{% endmacro %}
missing:
{{ app() }}
{% if new %}
    image: no-such-image:1
{% endif %}
not-found:
{{ app() }}
{% if new %}
    image: busybox
    command: /no/such/command
{% endif %}
exits:
{{ app() }}
{% if new %}
    image: busybox
    command: [sh, -c, "echo first words; echo last words >&2; exit 3"]
{% endif %}
ends:
{{ app() }}
{% if new %}
    image: busybox
    command: "true"
{% endif %}
goes:
{{ app() }}
{% if new %}
    image: busybox
    command: "false"
    rm: true
{% endif %}
restarts:
{{ app() }}
{% if new %}
    image: busybox
    command: [sh, -c, "echo again; exit 4"]
    restart: always
{% endif %}
unhealthy:
{{ app(true) }}
{% if new %}
    health_cmd: echo feeling bad; false
    health_interval: 200ms
    health_retries: 1
{% endif %}
slow:
{{ app(true) }}
{% if new %}
    health_cmd: "false"
    health_interval: 1h
{% endif %}
port-taken:
{{ app(true) }}
{% if new %}
    port_bindings: {80: "18099"}
{% endif %}
refused:
{{ app(true) }}
{% if new %}
    memory: 1m
{% endif %}
no-network:
{{ app(true) }}
{% if new %}
    net: no-such-network
{% endif %}
"""
# What is said of each, and what else a person is told.
SAID = {
    "missing": ("no-such-image:1: Error.*: No such image: no-such-image:1", ()),
    "not-found": (".*OCI runtime create failed: .*/no/such/command.*", ()),
    "exits": (
        "the new exits has exited with status 3",
        ("    log: first words", "    log: last words"),
    ),
    "ends": ("the new ends has exited with status 0", ()),
    "goes": ("the new goes has ended and is gone, since it is made with rm", ()),
    "restarts": (
        "the new restarts (?:ends with status 4, and docker restarts it"
        "|has ended, and docker has restarted it)",
        ("    log: again",),
    ),
    "unhealthy": ("the new unhealthy is unhealthy", ("    last health check: feeling bad",)),
    "slow": ("the new slow is not healthy after 3 s", ()),
    "port-taken": (".*18099.*port is already allocated.*", ()),
    "refused": (".*[Mm]inimum memory limit.*", ()),
    "no-network": (".*network no-such-network not found.*", ()),
}
NEW = {"NEW": "yes"}
Facts = dict[str, tuple[str, str, str, list[str]]]


@dataclass
class Broken:
    """Containers that run, each with a new definition that does not work."""

    project: Project

    @property
    def engine(self) -> Engine:
        return self.project.lab.plain

    def facts(self) -> Facts:
        """Id, state, what is in the volumes, and which these are, of each container."""
        found = {}
        for name in self.engine.names():
            inspected = self.engine.inspect(name)
            said = self.engine.call("exec", name, "cat", "/anonymous/said", "/named/said").output
            volumes = sorted(mount["Name"] for mount in inspected["Mounts"])
            found[name] = (inspected["Id"], inspected["State"]["Status"], said, volumes)
        return found

    def volumes(self) -> list[str]:
        return self.engine.volumes()

    def update(self, *names: str) -> Answer:
        apart = self.project.apart(names[0])
        words = (*apart, "update", "--no-pull", "--grace", "2", "--wait-timeout", "3")
        return self.project.dirg(*words, *names, env=NEW)


@pytest.fixture
def broken(project: Project) -> Broken:
    project.describe(DESCRIPTION)
    project.done("run")
    found = Broken(project)
    taker = ["--name", "taker", "-p", "18099:80", "busybox", "sleep", "3600"]
    found.engine.docker("run", "-d", *taker)
    for name in SAID:
        script = 'echo "$1" | tee /anonymous/said >/named/said'
        found.engine.docker("exec", name, "sh", "-c", script, "sh", name)
    return found


def test_the_old_container_stays(broken: Broken) -> None:
    facts, volumes = broken.facts(), broken.volumes()
    answers = dict(zip(SAID, at_once(broken.update, SAID), strict=True))
    for name, (said, details) in SAID.items():
        answer = answers[name]
        assert answer.status == 1, (name, answer)
        assert "taking it back" not in answer.error
        lines = [line for line in answer.error.splitlines() if "to repeat it:" not in line]
        if name == "missing":
            host = re.escape(broken.engine.written)
            assert re.fullmatch(f"dirg: {host}: {said}; no container was touched", lines[0])
            continue
        assert lines[0] == "dirg: 1 of 1 failed:"
        assert re.fullmatch(rf"  {name} on \S+: {said}", lines[1]), (name, answer.error)
        for line in details:
            assert line in lines[2:], (name, answer.error)
    assert broken.facts() == facts
    assert broken.volumes() == volumes


def test_nothing_is_touched_where_an_image_cannot_be_pulled(broken: Broken) -> None:
    facts = broken.facts()
    with broken.engine.recorded_events() as events:
        answer = broken.project.dirg("update", "missing", "exits", env=NEW)
    assert answer.status == 1
    assert answer.error.splitlines()[0] == (
        "dirg: no container was touched, since not every image is there"
    )
    assert events == []
    assert broken.facts() == facts


def test_the_roll_out_stops_where_an_update_fails(broken: Broken) -> None:
    facts = broken.facts()
    answer = broken.update("exits", "ends", "slow")
    told = re.sub(r"  [\d.]+s$", "", answer.output, flags=re.MULTILINE).splitlines()
    assert [line.split(maxsplit=2)[2] for line in told] == [
        "failed: the new exits has exited with status 3",
        "skipped, since exits failed",
        "skipped, since exits failed",
    ]
    assert broken.facts() == facts
