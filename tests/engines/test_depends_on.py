"""What waits for others, on other hosts, until they are healthy, have completed or are running."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest

from tests.engines.lab import IMAGE, PATIENCE, Engine, Project, at_once, wait_until

DESCRIPTION = """
{}
---
db:
    image: busybox
    init: true
    docker_host: "{{h1}}"
    command: [sh, -c, '{{db}}']
    health_cmd: '{{health}}'
    health_interval: 300ms
    health_retries: '{{retries}}'
migration:
    image: busybox
    docker_host: "{{h2}}"
    command: [sh, -c, '{{migration}}']
    depends_on: {db: healthy}
web:
    image: busybox
    init: true
    docker_host: "{{h3}}"
    command: sleep 3600
    depends_on: {migration: completed, cache: running}
cache: { {{idle}}, docker_host: "{{h1}}" }
"""
# Each takes a while to become what others wait for.
DEFAULTS = {
    "db": "echo starting; usleep 500000; touch /ready; sleep 3600",
    "health": 'test -e /ready || { echo "not ready"; exit 1; }',
    "retries": "999",
    "migration": "usleep 500000; echo migrated",
}
NEVER = 'echo "not ready"; exit 1'

States = dict[str, dict[str, Any]]


def _describe(project: Project, **changes: str) -> None:
    project.describe(DESCRIPTION, **DEFAULTS | changes)


def _places(project: Project) -> dict[str, Engine]:
    h1, h2, h3 = project.lab.engines
    return {"db": h1, "migration": h2, "web": h3, "cache": h1}


def _inspected(project: Project) -> States:
    places = _places(project)
    found = at_once(lambda name: places[name].inspect(name), places)
    return dict(zip(places, found, strict=True))


def _statuses(project: Project) -> dict[str, str]:
    places = _places(project)
    found = at_once(lambda name: places[name].state(name), places)
    return dict(zip(places, found, strict=True))


def _moment(written: str) -> datetime:
    """A time as docker writes it, to the microsecond."""
    return datetime.fromisoformat(written[:26].rstrip("Z").ljust(26, "0") + "+00:00")


def _healthy_at(project: Project, since: float) -> datetime:
    """When the engine first found the database healthy."""
    words = ["--since", f"{since:.9f}", "--until", f"{time.time():.9f}"]
    words += ["--filter", "event=health_status", "--filter", "container=db"]
    (line,) = project.lab.plain.docker("events", *words, "--format", "{{.TimeNano}}").split()
    return datetime.fromisoformat(
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(line) // 10**9))
        + f".{int(line) % 10**9 // 1000:06}+00:00"
    )


ALL_UP = {"db": "running", "migration": "exited", "web": "running", "cache": "running"}


def _assert_in_order(project: Project, since: float) -> None:
    """Each was begun after what it waits for, by the engines' own account."""
    assert _statuses(project) == ALL_UP
    states = {name: each["State"] for name, each in _inspected(project).items()}
    migration = states["migration"]
    started = _moment(states["web"]["StartedAt"])
    assert _healthy_at(project, since) < _moment(migration["StartedAt"])
    assert _moment(migration["FinishedAt"]) < started
    assert _moment(states["cache"]["StartedAt"]) < started
    assert migration["ExitCode"] == 0


def test_across_hosts(project: Project) -> None:
    _describe(project)
    since = time.time()
    project.done("run")
    _assert_in_order(project, since)
    assert _events_of_a_run(project) == [[], [], []]
    by_dirg = _inspected(project)

    # Events are recorded at all.
    project.lab.ssh_host.docker("rm", "--force", "web")
    first, second, third = _events_of_a_run(project)
    assert (first, second) == ([], [])
    assert "container start web" in third

    # What is printed waits as well, and makes the same.
    project.lab.clean()
    script = project.done("run", "-n").output
    since = time.time()
    printed = project.shell(f"set -e\n{script}")
    assert (printed.status, printed.error) == (0, "")
    _assert_in_order(project, since)
    by_shell = _inspected(project)
    assert {name: _comparable(each) for name, each in by_shell.items()} == {
        name: _comparable(each) for name, each in by_dirg.items()
    }


def _events_of_a_run(project: Project) -> list[list[str]]:
    """What happens on each engine but for health checks, which go on by themselves."""
    first, second, third = project.lab.engines
    with (
        first.recorded_events() as one,
        second.recorded_events() as two,
        third.recorded_events() as three,
    ):
        project.done("run")
    return [[each for each in events if " exec_" not in each] for events in (one, two, three)]


def _comparable(inspected: dict[str, Any]) -> dict[str, Any]:
    """What does not differ from one container to the next of the same definition."""
    state = {key: inspected["State"][key] for key in ("Status", "ExitCode")}
    return {key: inspected[key] for key in ("Name", "Config", "HostConfig", "Image")} | state


# What changes; what the summary says of whom, with further lines; and what is there afterwards.
CASES = {
    "one-shot": (
        {"migration": "echo migrating; echo broken >&2; exit 3"},
        ["migration: has exited with status 3", "log: migrating", "log: broken"],
        ["web: skipped, since it needs migration"],
        ALL_UP | {"web": "missing"},
    ),
    "unhealthy": (
        {"health": NEVER, "retries": "1"},
        ["db: is unhealthy", "last health check: not ready", "log: starting"],
        [
            "migration: skipped, since it needs db",
            "web: skipped, since it needs migration",
        ],
        ALL_UP | {"migration": "missing", "web": "missing"},
    ),
    "exits": (
        {"db": "echo starting; echo oops; exit 0"},
        ["db: has exited with status 0", "log: starting", "log: oops"],
        [
            "migration: skipped, since it needs db",
            "web: skipped, since it needs migration",
        ],
        ALL_UP | {"db": "exited", "migration": "missing", "web": "missing"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_in_vain_ends_at_once(project: Project, case: str) -> None:
    """Long before the 300 s that are waited for what may still come."""
    changes, why, skipped, left = CASES[case]
    _describe(project, **changes)
    began = time.monotonic()
    answer = project.dirg("run", "--wait-timeout", "300")
    assert time.monotonic() - began < 60
    assert answer.status == 1
    hosts = {name: engine.written for name, engine in _places(project).items()}

    def on_host(line: str) -> str:
        name, _, problem = line.partition(": ")
        return f"  {name} on {hosts[name]}: {problem}"

    assert answer.error.splitlines() == [
        f"dirg: {1 + len(skipped)} of {answer.error.split()[3]} failed:",
        on_host(why[0]),
        *(f"    {line}" for line in why[1:]),
        *map(on_host, skipped),
    ]
    assert _statuses(project) == left

    # The loop that a person would paste gives up as well.
    script = project.done("run", "-n").output
    project.lab.clean()
    began = time.monotonic()
    printed = project.shell(f"set -e\n{script}")
    assert time.monotonic() - began < 60
    assert printed.status != 0
    name = why[0].partition(":")[0]
    assert f"{name} is not {'completed' if name == 'migration' else 'healthy'}\n" in printed.error
    assert {name: state for name, state in _statuses(project).items() if name != "cache"} == {
        name: state for name, state in left.items() if name != "cache"
    }


def test_waiting_has_an_end(project: Project) -> None:
    _describe(project, health=NEVER)
    began = time.monotonic()
    answer = project.dirg("run", "db", "migration", "--wait-timeout", "2")
    assert 2 < time.monotonic() - began < 40
    h1, h2, _ = (engine.written for engine in project.lab.engines)
    assert answer.error == (
        f"dirg: 2 of {answer.error.split()[3]} failed:\n"
        f"  db on {h1}: is not healthy after 2 s\n"
        "    last health check: not ready\n"
        "    log: starting\n"
        f"  migration on {h2}: skipped, since it needs db\n"
    )
    assert answer.status == 1
    assert _statuses(project) == dict.fromkeys(ALL_UP, "missing") | {"db": "running"}


def test_what_is_not_selected_is_waited_for(project: Project) -> None:
    """And neither made nor touched."""
    _describe(project)
    answer = project.dirg("run", "web")
    assert answer.status == 1
    h1, h2, h3 = (engine.written for engine in project.lab.engines)
    said = answer.error.splitlines()
    assert sorted(said[1:3]) == [
        f"  cache on {h1}: does not exist; dirg run cache creates it",
        f"  migration on {h2}: does not exist; dirg run migration creates it",
    ]
    assert said[3:] == [f"  web on {h3}: skipped, since it needs migration, cache"]
    assert {*_statuses(project).values()} == {"missing"}

    places = _places(project)
    until_told = "until test -e /go; do usleep 200000; done"
    for name in ("cache", "migration"):
        words = ["--init", "--name", name, IMAGE, "sh", "-c", until_told]
        places[name].docker("run", "-d", *words)
    asked = project.folder / "asked"
    shim = project.shim(
        f'case "$*" in *inspect*" migration") touch {asked};; esac\nexec "$docker" "$@"'
    )
    with project.working("run", "web", env=shim) as process:
        wait_until(asked.exists)
        assert places["web"].names() == []
        places["migration"].docker("exec", "migration", "touch", "/go")
        _, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (0, "")
    assert _statuses(project) == ALL_UP | {"db": "missing"}
    finished = places["migration"].inspect("migration")["State"]["FinishedAt"]
    assert _moment(finished) < _moment(places["web"].inspect("web")["State"]["StartedAt"])
