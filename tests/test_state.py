from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dirg import state
from dirg.command import Command, Result
from dirg.host import Host
from dirg.state import HostState, LiveContainer
from tests.helpers import DATA

HOST = Host("tcp://h:2375", ("-H", "tcp://h:2375"))
QUERY = Command(HOST, ("ls",))
HEX = "0123456789abcdef" * 4


def answer(output: str, status: int | None = 0, error: str = "") -> Result:
    return Result(QUERY, status, output, error)


def live(state: str = "running") -> LiveContainer:
    return LiveContainer("web", id=HEX, image="busybox", status="Up", state=state)


def test_the_queries_are_commands() -> None:
    assert state.ls(HOST).argv == (
        *("docker", "-H", "tcp://h:2375", "container", "ls", "--all", "--no-trunc", "--format"),
        '{"id":{{json .ID}},"names":{{json .Names}},"image":{{json .Image}},'
        '"state":{{json .State}},"status":{{json .Status}},"ports":{{json .Ports}},'
        '"definition":{{json (.Label "dirg.definition")}}}',
    )
    assert state.inspect(HOST, [live(), LiveContainer("db", id="2")]).argv == (
        *("docker", "-H", "tcp://h:2375", "container", "inspect", "--format"),
        '{"id":{{json .Id}},"image":{{json .Image}},"mounts":{{json .Mounts}},'
        '"auto_remove":{{json .HostConfig.AutoRemove}}}',
        *(HEX, "2"),
    )
    assert state.image_id(HOST, "busybox").argv == (
        *("docker", "-H", "tcp://h:2375", "image", "inspect", "--format", "{{.Id}}", "busybox"),
    )
    assert state.stats(HOST, ["web", "db"]).argv == (
        *("docker", "-H", "tcp://h:2375", "stats", "--no-stream", "--no-trunc"),
        *("--format", "{{json .}}", "web", "db"),
    )


def test_what_docker_lists() -> None:
    found = state.listed(answer((DATA / "docker" / "ls.jsonl").read_text()))
    assert found.error == ""
    summary = {
        name: (each.name, each.state, each.health, each.running, each.definition)
        for name, each in found.containers.items()
    }
    assert summary == {
        "web": ("web", "running", "", True, "b734f5d11c785492"),
        "checked": ("checked", "running", "healthy", True, ""),
        "begun": ("begun", "running", "starting", True, ""),
        "sick": ("sick", "running", "unhealthy", True, ""),
        "db": ("db", "exited", "", False, "4e2402284a9cede4"),
        "held": ("held", "paused", "", True, ""),
        "again": ("again", "restarting", "", True, ""),
        "made": ("made", "created", "", False, ""),
        "gone": ("gone", "dead", "", False, ""),
    }
    assert found.containers["web"] == LiveContainer(
        name="web",
        id="5f" * 32,
        image="busybox:latest",
        state="running",
        status="Up 3 minutes",
        ports="0.0.0.0:18080->80/tcp, :::18080->80/tcp, 90/tcp",
        definition="b734f5d11c785492",
    )


@pytest.mark.parametrize("output", ["", "\n", "\n\n"])
def test_an_empty_host_is_empty(output: str) -> None:
    assert state.listed(answer(output)) == HostState()


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (answer("", 1, "Cannot connect to the Docker daemon at tcp://h:2375.\n"),
         "Cannot connect to the Docker daemon at tcp://h:2375."),
        (answer("[]", 1, ""), "docker ended with status 1"),
        (answer("", None, "no answer within 10 s"), "no answer within 10 s"),
    ],
)  # fmt: skip
def test_a_dead_host_is_no_empty_host(result: Result, error: str) -> None:
    assert state.listed(result) == HostState(error=error)


GARBAGE = ["json", "{}", '{"id":', "[]", "null", '"text"', "1", "\x00"]


@pytest.mark.parametrize("output", GARBAGE)
def test_an_answer_that_is_not_understood(output: str) -> None:
    misunderstood = HostState(error="docker gave an answer that is not understood")
    assert state.listed(answer(output)) == misunderstood
    assert state.inspected(HostState({"web": live()}), answer(output)) == misunderstood


def test_a_container_that_lacks_what_was_asked_for() -> None:
    lacking = json.dumps({"id": HEX})
    assert state.listed(answer(lacking)).error == "docker gave an answer that is not understood"
    inspected = state.inspected(HostState({"web": live()}), answer(lacking))
    assert inspected.error == "docker gave an answer that is not understood"


def line(**change: str) -> str:
    """What docker lists of a container."""
    keys = ("id", "names", "image", "state", "status", "ports", "definition")
    return json.dumps({**dict.fromkeys(keys, "x"), **change})


@pytest.mark.parametrize("names", ["", "web/database"])
def test_a_container_without_a_name_hides_no_other(names: str) -> None:
    found = state.listed(answer(f"{line(names=names)}\n{line(names='db')}\n"))
    assert found.error == ""
    assert "db" in found.containers


@pytest.mark.parametrize("names", ["db,web/database", "web/database,db", "a/b,db,c/d"])
def test_the_aliases_of_links_are_no_names(names: str) -> None:
    assert list(state.listed(answer(line(names=names))).containers) == ["db"]


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 5 minutes (healthy)", "healthy"),
        ("Up 5 minutes (unhealthy)", "unhealthy"),
        ("Up 2 seconds (health: starting)", "starting"),
        ("Up 5 minutes", ""),
        ("Up 5 minutes (Paused)", ""),
        ("Exited (0) 3 seconds ago", ""),
        ("Restarting (1) 2 seconds ago", ""),
    ],
)
def test_health(status: str, health: str) -> None:
    assert LiveContainer("web", status=status).health == health


def mounts(*each: dict[str, str], auto_remove: bool = False) -> str:
    """What docker inspects of a container."""
    facts = {"id": HEX, "image": "sha256:1", "auto_remove": auto_remove}
    return json.dumps({**facts, "mounts": each})


@pytest.mark.parametrize("auto_remove", [True, False])
def test_whether_a_container_goes_when_it_stops(auto_remove: bool) -> None:
    result = answer(mounts(auto_remove=auto_remove))
    web = state.inspected(HostState({"web": live()}), result).containers["web"]
    assert web.auto_remove is auto_remove


def test_what_inspect_tells_of_volumes() -> None:
    found = state.inspected(
        HostState({"web": live()}),
        answer(
            mounts(
                {"Type": "volume", "Name": HEX, "Destination": "/anonymous"},
                {"Type": "volume", "Name": "named", "Destination": "/named"},
                {"Type": "volume", "Name": HEX[:-1] + "x", "Destination": "/almost"},
                {"Type": "bind", "Source": "/srv", "Destination": "/bound"},
                {"Type": "tmpfs", "Destination": "/tmp"},
            )
        ),
    )
    web = found.containers["web"]
    assert (web.image_id, web.volumes) == ("sha256:1", ((HEX, "/anonymous"),))
    assert (web.name, web.status) == ("web", "Up")
    assert found.error == ""


def test_a_container_that_went_before_inspect_is_left_out() -> None:
    asked = [live(), LiveContainer("other", id="2")]
    error = "Error: No such container: 2"
    result = Result(state.inspect(HOST, asked), 1, mounts(), error)
    found = state.inspected(HostState({each.name: each for each in asked}), result)
    assert list(found.containers) == ["web"]
    assert found.error == ""


@pytest.mark.parametrize(
    ("status", "error"), [(None, "no answer within 10 s"), (1, "Cannot connect to X.")]
)
def test_an_engine_that_dies_before_inspect_is_dead(status: int | None, error: str) -> None:
    found = state.inspected(HostState({"web": live()}), answer("", status, error))
    assert found.error == error


def test_which_containers_run() -> None:
    found = HostState({"web": live(), "db": live(state="exited"), "mq": live(state="paused")})
    assert state.running(found, ["db", "web", "absent"]) == ["web"]


USED = '{"Name":"web","CPUPerc":"0.10%"}\n{"Name":"db","CPUPerc":"0.00%"}\n'


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (answer(USED), ["web", "db"]),
        (answer(""), []),
        (answer(USED, 1), None),
        (answer("{"), None),
        (answer("{}"), None),
        (answer("[]"), None),
        (answer("1"), None),
    ],
)
def test_what_containers_use(result: Result, names: list[str] | None) -> None:
    used = state.used(result)
    assert (None if used is None else list(used)) == names


READERS: list[Callable[[Result], object]] = [
    state.listed,
    lambda result: state.inspected(HostState({"web": live()}), result),
]


@pytest.mark.parametrize("reader", READERS)
def test_bytes_that_are_no_text_do_no_harm(reader: Callable[[Result], object]) -> None:
    assert isinstance(reader(answer("\ufffd\ufffd")), HostState)
