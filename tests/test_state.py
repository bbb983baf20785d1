"""What docker's answers say of hosts and containers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dirg import names, queries
from dirg.command import Command, Result
from dirg.host import Host
from dirg.state import Difference, HostState, LiveContainer
from tests.helpers import DATA

HOST = Host("tcp://h:2375", ("-H", "tcp://h:2375"))
QUERY = Command(HOST, ("ls",))
HEX = "0123456789abcdef" * 4


def answer(output: str, status: int | None = 0, error: str = "") -> Result:
    return Result(QUERY, status, output, error)


def live(state: str = "running") -> LiveContainer:
    return LiveContainer("web", id=HEX, image="busybox", status="Up", state=state)


def test_the_queries_are_commands() -> None:
    assert queries.ls(HOST).argv == (
        *("docker", "-H", "tcp://h:2375", "container", "ls", "--all", "--no-trunc", "--format"),
        '{"id":{{json .ID}},"names":{{json .Names}},"image":{{json .Image}},'
        '"state":{{json .State}},"status":{{json .Status}},"ports":{{json .Ports}},'
        '"definition":{{json (.Label "dirg.definition")}},"mark":{{json (.Label "dirg.update")}},'
        '"created":{{json .CreatedAt}}}',
    )
    assert queries.inspect(HOST, [live(), LiveContainer("db", id="2")]).argv == (
        *("docker", "-H", "tcp://h:2375", "container", "inspect", "--format"),
        '{"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Image}},'
        '"config":{{json .Config}},"host_config":{{json .HostConfig}},'
        '"networks":{{json .NetworkSettings.Networks}},"mounts":{{json .Mounts}},'
        '"restarts":{{json .RestartCount}},"state":{{json .State.Status}}}',
        *(HEX, "2"),
    )
    assert queries.images(HOST, ["busybox", "sha256:1"]).argv == (
        *("docker", "-H", "tcp://h:2375", "image", "inspect", "--format"),
        '{"id":{{json .Id}},"config":{{json .Config}}}',
        *("busybox", "sha256:1"),
    )
    assert queries.clock(HOST).argv == (
        *("docker", "-H", "tcp://h:2375", "info", "--format", "{{json .SystemTime}}"),
    )
    assert queries.stats(HOST, ["web", "db"]).argv == (
        *("docker", "-H", "tcp://h:2375", "stats", "--no-stream", "--no-trunc"),
        *("--format", "{{json .}}", "web", "db"),
    )


def test_what_docker_lists() -> None:
    lines = (DATA / "docker" / "ls.jsonl").read_text().splitlines()
    answers = [{"mark": "", "created": "", **json.loads(line)} for line in lines]
    found = queries.listed(answer("\n".join(map(json.dumps, answers))))
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
    assert queries.listed(answer(output)) == HostState()


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
    assert queries.listed(result) == HostState(error=error)


GARBAGE = ["json", "{}", '{"id":', "[]", "null", '"text"', "1", "\x00"]


@pytest.mark.parametrize("output", GARBAGE)
def test_an_answer_that_is_not_understood(output: str) -> None:
    misunderstood = HostState(error="docker gave an answer that is not understood")
    assert queries.listed(answer(output)) == misunderstood
    assert queries.inspected(HostState({"web": live()}), answer(output)) == misunderstood


def test_a_container_that_lacks_what_was_asked_for() -> None:
    lacking = json.dumps({"id": HEX})
    assert queries.listed(answer(lacking)).error == "docker gave an answer that is not understood"
    inspected = queries.inspected(HostState({"web": live()}), answer(lacking))
    assert inspected.error == "docker gave an answer that is not understood"


def line(**change: str) -> str:
    """What docker lists of a container."""
    keys = (
        *("id", "names", "image", "state", "status", "ports"),
        *("definition", "mark", "created"),
    )
    return json.dumps({**dict.fromkeys(keys, "x"), **change})


@pytest.mark.parametrize("names", ["", "web/database"])
def test_a_container_without_a_name_hides_no_other(names: str) -> None:
    found = queries.listed(answer(f"{line(names=names)}\n{line(names='db')}\n"))
    assert found.error == ""
    assert "db" in found.containers


@pytest.mark.parametrize("names", ["db,web/database", "web/database,db", "a/b,db,c/d"])
def test_the_aliases_of_links_are_no_names(names: str) -> None:
    found = queries.listed(answer(line(names=names))).containers
    assert list(found) == ["db"]
    users = [name.partition("/")[0] for name in names.split(",") if "/" in name]
    assert found["db"].linked_by == tuple(users)


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


def mounts(*each: dict[str, str], name: str = "web", number: str = HEX, **settings: object) -> str:
    """What docker inspects of a container; ``settings``: its HostConfig."""
    labels = {"dirg.previous": "sha256:0 always:0", "dirg.update": settings.pop("update", "")}
    facts = {
        "id": number,
        "name": f"/{name}",
        "image": "sha256:1",
        "config": {
            "Image": "i",
            "Labels": labels,
            "StopTimeout": settings.pop("StopTimeout", None),
        },
        "host_config": settings,
        "networks": {},
    }
    return json.dumps({**facts, "mounts": each})


def inspected(**settings: object) -> LiveContainer:
    result = answer(mounts(**settings))  # type: ignore[arg-type]
    return queries.inspected(HostState({"web": live()}), result).containers["web"]


@pytest.mark.parametrize("auto_remove", [True, False])
def test_whether_a_container_goes_when_it_stops(auto_remove: bool) -> None:
    assert inspected(AutoRemove=auto_remove).auto_remove is auto_remove


@pytest.mark.parametrize(
    ("policy", "restart"),
    [
        (None, "no:0"),
        ({"Name": ""}, "no:0"),
        ({"Name": "always", "MaximumRetryCount": 0}, "always:0"),
        ({"Name": "on-failure", "MaximumRetryCount": 3}, "on-failure:3"),
    ],
)
def test_the_restart_policy(policy: object, restart: str) -> None:
    web = inspected(RestartPolicy=policy)
    assert (web.restart, web.previous) == (restart, "sha256:0 always:0")


@pytest.mark.parametrize(("timeout", "seconds"), [(None, 10), (0, 0), (60, 60)])
def test_how_long_a_container_may_take_to_stop(timeout: int | None, seconds: int) -> None:
    assert inspected(StopTimeout=timeout).stop_timeout == seconds


OTHER = "fedcba9876543210" * 4
VOLUME = {"Type": "volume", "Name": HEX, "Destination": "/anonymous"}


@pytest.mark.parametrize(
    "settings",
    [
        {"Binds": [f"{HEX}:/anonymous"]},
        {"Mounts": [{"Type": "volume", "Source": HEX, "Target": "/anonymous"}]},
    ],
)
def test_a_volume_that_was_handed_on_by_name(settings: dict[str, object]) -> None:
    """docker takes it for a named one, which does not go with its container."""
    for mark, handed_on in [
        (f"by=a at=b process=1.2.3 volumes={HEX},{OTHER}", True),
        ("by=a at=b", True),
        # Somebody has mounted it by its name.
        ("by=a at=b process=1.2.3", False),
        ("", False),
    ]:
        result = answer(mounts(VOLUME, update=mark, **settings))  # type: ignore[arg-type]
        web = queries.inspected(HostState({"web": live()}), result).containers["web"]
        expected = (((HEX, "/anonymous"),), (HEX,)) if handed_on else ((), ())
        assert (web.volumes, web.handed_on) == expected, mark


@pytest.mark.parametrize("source", ["data", "data:ro", OTHER])
def test_the_volumes_of_another_container_are_not_its_own(source: str) -> None:
    data = LiveContainer("data", id=OTHER)
    lines = mounts(VOLUME, VolumesFrom=[source]), mounts(VOLUME, name="data", number=OTHER)
    asked = queries.inspect(HOST, [live(), data])
    found = queries.inspected(
        HostState({"web": live(), "data": data}), Result(asked, 0, "\n".join(lines), "")
    )
    assert found.containers["web"].volumes == ()
    assert found.containers["data"].volumes == ((HEX, "/anonymous"),)


@pytest.mark.parametrize("source", ["web", "gone"])
def test_volumes_from_itself_or_from_nobody_are_its_own(source: str) -> None:
    result = answer(mounts(VOLUME, VolumesFrom=[source]))
    web = queries.inspected(HostState({"web": live()}), result).containers["web"]
    assert (web.volumes, web.handed_on) == (((HEX, "/anonymous"),), ())


def test_what_images_give() -> None:
    told = answer('{"id":"sha256:1","config":{"Env":["A=1"]}}\n{"id":"sha256:2","config":null}\n')
    assert queries.imaged(told) == [("sha256:1", {"Env": ["A=1"]}), ("sha256:2", {})]
    assert queries.imaged(answer("garbage")) == []


@pytest.mark.parametrize(
    ("created", "now", "age"),
    [
        ("2026-01-02 03:04:05 +0000 UTC", '"2026-01-02T03:04:15.123456789Z"', 10),
        ("2026-01-02 04:04:05 +0100 CET", '"2026-01-02T03:05:05Z"', 60),
        ("2026-01-02 03:04:05 +0000 UTC", '"2026-01-02T04:04:06.1+01:00"', 1),
        ("2026-01-02 03:04:05 +0000 UTC", "", None),
        ("2026-01-02 03:04:05 +0000 UTC", '"soon"', None),
        ("2026-01-02 03:04:05 +0000 UTC", "3", None),
        ("", '"2026-01-02T03:04:15Z"', None),
    ],
)
def test_the_age_by_the_clock_of_the_engine(created: str, now: str, age: float | None) -> None:
    assert queries.age(LiveContainer("web", created=created), answer(now)) == age


NAMES = ("web", "web.dirg-new", "web.dirg-old", "web.dirg-kept-9", "web.dirg-kept-10", "webs")


def test_what_updates_leave_under_other_names() -> None:
    everything = (*NAMES, "other.dirg-kept-3", "web.dirg-kept-x")
    found = HostState(
        {name: LiveContainer(name, state="exited", definition="x") for name in everything}
    )
    assert [each.name for each in found.leftovers("web")] == ["web.dirg-new", "web.dirg-old"]
    assert [each.name for each in found.kept("web")] == ["web.dirg-kept-10", "web.dirg-kept-9"]
    assert (found.leftovers("db"), found.kept("db")) == ((), ())
    assert [names.reserved(name) for name in NAMES] == [False, True, True, True, True, False]
    assert names.next_kept("web", NAMES) == "web.dirg-kept-11"
    assert names.next_kept("db", NAMES) == "db.dirg-kept-1"
    assert (found.next_kept("web"), found.next_kept("db")) == ("web.dirg-kept-11", "db.dirg-kept-1")


def test_what_inspect_tells_of_volumes() -> None:
    found = queries.inspected(
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


def test_an_answer_that_lacks_a_container_is_not_understood() -> None:
    asked = [live(), LiveContainer("other", id="2")]
    result = Result(queries.inspect(HOST, asked), 0, mounts(), "")
    found = queries.inspected(HostState({each.name: each for each in asked}), result)
    assert found == HostState(error="docker gave an answer that is not understood")


def test_what_was_not_asked_for_stays_as_it_was() -> None:
    other = LiveContainer("other", id="2")
    result = Result(queries.inspect(HOST, [live()]), 0, mounts(), "")
    found = queries.inspected(HostState({"web": live(), "other": other}), result)
    assert found.containers["other"] == other


@pytest.mark.parametrize(
    ("told", "expected"), [("exited", "exited"), ("nonsense", "running"), (None, "running")]
)
def test_what_inspect_tells_of_the_state_counts(told: str | None, expected: str) -> None:
    found = json.loads(mounts()) | {"state": told}
    there = queries.inspected(HostState({"web": live()}), answer(json.dumps(found)))
    assert there.containers["web"].state == expected


def test_a_container_that_went_before_inspect_is_left_out() -> None:
    asked = [live(), LiveContainer("other", id="2")]
    error = "Error: No such container: 2"
    result = Result(queries.inspect(HOST, asked), 1, mounts(), error)
    found = queries.inspected(HostState({each.name: each for each in asked}), result)
    assert list(found.containers) == ["web"]
    assert found.error == ""


@pytest.mark.parametrize(
    ("status", "error"), [(None, "no answer within 10 s"), (1, "Cannot connect to X.")]
)
def test_an_engine_that_dies_before_inspect_is_dead(status: int | None, error: str) -> None:
    found = queries.inspected(HostState({"web": live()}), answer("", status, error))
    assert found.error == error


def test_which_containers_run() -> None:
    found = HostState({"web": live(), "db": live(state="exited"), "mq": live(state="paused")})
    assert queries.running(found, ["db", "web", "absent"]) == ["web"]


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
    used = queries.used(result)
    assert (None if used is None else list(used)) == names


READERS: list[Callable[[Result], object]] = [
    queries.listed,
    lambda result: queries.inspected(HostState({"web": live()}), result),
]


@pytest.mark.parametrize("reader", READERS)
def test_bytes_that_are_no_text_do_no_harm(reader: Callable[[Result], object]) -> None:
    assert isinstance(reader(answer("\ufffd\ufffd")), HostState)


@pytest.mark.parametrize(
    ("found", "wanted", "line"),
    [
        ("a", "b", "env: a -> b"),
        ("", "b", "env: (not set) -> b"),
        ("a", "", "env: a -> (not set)"),
        ("", "", "env"),
    ],
)
def test_a_difference_in_a_line(found: str, wanted: str, line: str) -> None:
    assert Difference("env", found, wanted).line() == line


def test_a_difference_of_hashes() -> None:
    line = Difference("definition", "ab", "cd").line()
    assert line == "definition: changed in something that docker does not tell"


def test_containers_by_name_and_by_id() -> None:
    web, db = LiveContainer("web", id="1"), LiveContainer("db", id="db")
    there = HostState({"web": web, "db": db})
    assert [*map(there.called, ("web", "1", "db", "x"))] == [[web], [web], [db], ()]
