"""The commands that act on containers, over hosts of every kind."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from tests.engines.lab import Engine, Project, at_once

DESCRIPTION = """
front: [web, proxy]
{{all}}
---
store: { {{idle}}, docker_host: "{{h1}}" }
web: { {{idle}}, docker_host: "{{h2}}", depends_on: [store] }
proxy: { {{idle}}, docker_host: "{{h3}}", depends_on: [web] }
other: { {{idle}}, docker_host: "{{h1}}" }
"""
ALL = "all: [front, store]"

States = dict[str, dict[str, Any]]


def _states(project: Project) -> States:
    """What tells whether a container was touched, for each that exists."""

    def ask(engine: Engine) -> States:
        return {name: _state(engine.inspect(name)) for name in engine.names()}

    return {
        name: state for found in at_once(ask, project.lab.engines) for name, state in found.items()
    }


def _state(inspected: dict[str, Any]) -> dict[str, Any]:
    state = inspected["State"]
    return {
        "id": inspected["Id"],
        "status": state["Status"],
        "started": state["StartedAt"],
        "finished": state["FinishedAt"],
        "exit": state["ExitCode"],
    }


def _said(output: str) -> list[str]:
    """What is said of each container, in the order of their names, without the times."""
    return sorted(
        re.sub(r"  +", " | ", re.sub(r"  \d+\.\ds$", "", line)) for line in output.splitlines()
    )


SELECTIONS = pytest.mark.parametrize(
    ("names", "everything", "selected"),
    [
        (["front"], ALL, ["proxy", "web"]),
        (["store"], ALL, ["store"]),
        (["st*", "*b", "f?ont"], ALL, ["proxy", "store", "web"]),
        ([], ALL, ["proxy", "store", "web"]),
        ([], "", ["other", "proxy", "store", "web"]),
    ],
    ids=["service", "container", "globs", "all", "no service all"],
)


@SELECTIONS
def test_what_is_not_selected_is_left_alone(
    project: Project, names: list[str], everything: str, selected: list[str]
) -> None:
    # Without ssh, which would make most of the time that this takes.
    project.describe(DESCRIPTION, all=everything, h3=project.lab.tls.written)
    others = sorted({"store", "web", "proxy", "other"} - {*selected})
    if others:
        project.done("run", *others)
    untouched = _states(project)
    assert sorted(untouched) == others

    for command, state in (("run", "running"), ("rm", "missing")):
        lines = project.done(command, *names).lines
        assert sorted(line.split()[0] for line in lines) == selected
        states = _states(project)
        assert {name: states.pop(name, {}).get("status", "missing") for name in selected} == (
            dict.fromkeys(selected, state)
        )
        assert states == untouched, command


SELECTED = ["proxy", "store", "web"]


def _done(project: Project, command: str) -> tuple[list[str], States]:
    return _said(project.done(command).output), _states(project)


def _all_said(project: Project, what: str) -> list[str]:
    hosts = dict(zip(["store", "web", "proxy"], project.lab.engines, strict=True))
    return [f"{name} | {hosts[name].written} | {what}" for name in SELECTED]


def test_from_run_to_rm(project: Project) -> None:
    project.describe(DESCRIPTION, all=ALL)
    done, all_said = partial(_done, project), partial(_all_said, project)
    said, ran = done("run")
    assert said == all_said("created and started")
    assert {name: state["status"] for name, state in ran.items()} == dict.fromkeys(
        SELECTED, "running"
    )

    said, states = done("run")
    assert said == all_said("running")
    assert states == ran

    said, states = done("stop")
    assert said == all_said("stopped")
    assert {name: state["status"] for name, state in states.items()} == dict.fromkeys(
        SELECTED, "exited"
    )
    # docker's init ends by the signal of a graceful stop, 128 + 15.
    assert {state["exit"] for state in states.values()} == {143}
    said, again = done("stop")
    assert said == all_said("not running")
    assert again == states

    said, states = done("start")
    assert said == all_said("started")
    assert {state["status"] for state in states.values()} == {"running"}
    said, again = done("start")
    assert said == all_said("running")
    assert again == states

    _from_restart_to_rm(project, ran, states)


def _from_restart_to_rm(project: Project, ran: States, states: States) -> None:
    """``ran``: what was there at first; ``states``: now, after a stop and a start."""
    done, all_said = partial(_done, project), partial(_all_said, project)
    said, restarted = done("restart")
    assert said == all_said("restarted")
    assert {state["status"] for state in restarted.values()} == {"running"}
    for name in SELECTED:
        assert restarted[name]["started"] > states[name]["finished"] > ran[name]["finished"]

    said, states = done("kill")
    assert said == all_said("killed")
    assert {(state["status"], state["exit"]) for state in states.values()} == {("exited", 137)}

    said, states = done("run")
    assert said == all_said("started")
    assert {name: state["id"] for name, state in states.items()} == {
        name: state["id"] for name, state in ran.items()
    }
    assert {state["status"] for state in states.values()} == {"running"}

    said, states = done("rm")
    assert said == all_said("removed")
    assert states == {}
    said, states = done("rm")
    assert said == all_said("not available")
    assert states == {}


def test_a_second_run_does_nothing_on_any_engine(project: Project) -> None:
    project.describe(DESCRIPTION, all=ALL)
    project.done("run")
    first, second, third = project.lab.engines
    with (
        first.recorded_events() as one,
        second.recorded_events() as two,
        third.recorded_events() as three,
    ):
        project.done("run")
    assert (one, two, three) == ([], [], [])
    with first.recorded_events() as one:
        project.done("restart", "store")
    # Events are recorded at all.
    assert one[0].split() == ["container", "kill", "store"]


def test_dependencies_decide_on_the_order(project: Project) -> None:
    """Also where the containers are on different hosts, and something else could go first."""
    # Without ssh, which would make most of the time that this takes.
    project.describe(DESCRIPTION, all="", h3=project.lab.plain.written)
    order = ["store", "web", "proxy"]

    def moments(key: str) -> list[datetime]:
        states = _states(project)
        return [_moment(states[name][key]) for name in order]

    project.done("run")
    started = moments("started")
    assert started == sorted(started)
    for undo, redo in (("stop", "start"), ("kill", "restart")):
        project.done(undo)
        finished = moments("finished")
        assert finished == sorted(finished, reverse=True), undo
        project.done(redo)
        started = moments("started")
        assert started == sorted(started), redo
        assert min(started) > max(finished), redo
    lines = project.done("rm").lines
    removed = [line.split()[0] for line in lines]
    assert [name for name in removed if name in order] == order[::-1]
    assert sorted(removed) == sorted([*order, "other"])


def _moment(written: str) -> datetime:
    """A time as docker writes it, to the microsecond."""
    return datetime.fromisoformat(written[:26].rstrip("Z").ljust(26, "0") + "+00:00")


def test_rm_ends_gracefully_and_keeps_named_volumes(project: Project) -> None:
    project.describe(
        """
        {}
        ---
        web:
            image: busybox
            docker_host: "{{h1}}"
            command:
                - sh
                - -c
                - trap "echo bye >/named/last; exit 0" TERM; while :; do sleep 0.1; done
            volumes: [/anonymous, "named:/named"]
        """
    )
    engine = project.lab.plain
    project.done("run")
    assert len(engine.volumes()) == 2
    project.done("rm")
    assert engine.names() == []
    assert engine.volumes() == ["named"]
    read = engine.docker("run", "--rm", "--volume", "named:/named", "busybox", "cat", "/named/last")
    assert read == "bye\n"


def test_only_the_containers_of_a_host(project: Project) -> None:
    project.describe(DESCRIPTION, all="")
    project.done("run", "--host", project.lab.tls.address)
    assert project.lab.names() == {"h1": [], "h2": ["web"], "h3": []}
    project.done("--host", "tcp://*", "run")
    assert project.lab.names() == {"h1": ["other", "store"], "h2": ["web"], "h3": []}
    project.done("rm", "--host", "tcp*")
    assert project.lab.names() == {"h1": [], "h2": ["web"], "h3": []}
    answer = project.dirg("run", "--host", "nowhere")
    hosts = ", ".join(engine.written for engine in project.lab.engines)
    assert answer.status == 2
    assert answer.error == f"dirg: --host nowhere: fits no host of the selection; hosts: {hosts}\n"
    assert project.lab.names() == {"h1": [], "h2": ["web"], "h3": []}
