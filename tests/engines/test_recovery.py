"""An update that ends in the middle, in any place: nothing is lost, and the next one puts it right.

Every docker command that an update executes is a place to end in: after it, which for the engine is
before the next one. Each place has a container of its own, or two that are linked, so that many are
tried at once.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engines.lab import Engine, Project, at_once, fault, wait_until

if TYPE_CHECKING:
    from tests.helpers import Answer

# VERSION makes another definition of all of them.
DESCRIPTION = """
{% set version = env['VERSION'] or '1' %}
{% set hosts = [h1, h2, h3] %}
{% macro app(n) %}
    image: busybox
    command: sleep 3600
    init: true
    docker_host: "{{hosts[(n - 1) % spread | int]}}"
    env: {VERSION: "{{version}}"}
    restart: always
{% endmacro %}
{% set numbers = range(1, count | int + 1) %}
{% for n in numbers %}
service{{n}}: [web{{n}}{% if linked %}, db{{n}}{% endif %}]
{% endfor %}
---
{% for n in numbers %}
web{{n}}:
{{ app(n) }}
    volumes: [/anonymous, "named{{n}}:/named"]
    port_bindings: {80: "{{18000 + n}}"}
{% if linked %}
    links: {db{{n}}: db}
db{{n}}:
{{ app(n) }}
    volumes: [/anonymous]
{% endif %}
{% endfor %}
"""
ONE = ("create", "rename", "rename", "stop", "start", "rm")
TWO = (*ONE[:3], *ONE[:3], "stop", "stop", "start", "start", "rm", "rm")
VERSION_2 = {"VERSION": "2"}
UPDATE = ("update", "--no-pull", "--grace", "0", "--wait-timeout", "30")
# dirg is gone at once, and with it what it was about to do.
KILL = "kill -9 $PPID; exit 1"
# What changes nothing is no place of its own.
QUESTIONS = ("container", "image", "version", "logs", "info")
SINCE = r"replaces it, since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ \(process \d+ of this machine\)"
Place = tuple[int, str]


def places(commands: Sequence[str]) -> list[Place]:
    """Before the first command, and after each one."""
    return [(1, "before"), *((number, "after") for number in range(1, len(commands) + 1))]


def until(file: Path) -> str:
    """What waits for a file, for a shell that docker's place is taken by; not longer than dirg."""
    return f"until test -e {file} || ! kill -0 $PPID; do sleep 0.2; done"


@dataclass
class Services:
    """As many services as there are places, each of one or two containers."""

    project: Project
    linked: bool
    engines: tuple[Engine, ...]
    places: Sequence[Place] = ()
    volumes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        """Where they all are, when they are not on several hosts."""
        (engine,) = self.engines
        return engine

    def engine_of(self, name: str) -> Engine:
        number = int(re.sub(r"\D", "", name))
        return self.engines[(number - 1) % len(self.engines)]

    @property
    def commands(self) -> tuple[str, ...]:
        return TWO if self.linked else ONE

    def all_places(self) -> list[Place]:
        return places(self.commands)

    def members(self, service: int) -> list[str]:
        return [f"web{service}", f"db{service}"] if self.linked else [f"web{service}"]

    def begin(self, places: Sequence[Place]) -> None:
        """Run version 1 of them, with something in each of their volumes."""
        self.places = places
        linked = "yes" if self.linked else ""
        spread = str(len(self.engines))
        count = str(len(places))
        self.project.describe(DESCRIPTION, count=count, linked=linked, spread=spread)
        self.project.done("run")
        script = 'echo "$1" >/anonymous/said; test ! -e /named || echo "$1" >/named/said'
        for name in self.names:
            self.engine_of(name).docker("exec", name, "sh", "-c", script, "sh", name)
        self.volumes = self.found_volumes()

    @property
    def names(self) -> list[str]:
        return [name for number in self.numbers for name in self.members(number)]

    @property
    def numbers(self) -> range:
        return range(1, len(self.places) + 1)

    def inspected(self, form: str) -> list[list[str]]:
        """What docker says of all containers there are, in words."""
        lines = [
            line
            for engine in self.engines
            for line in engine.lines("container", "inspect", "--format", form, *engine.names())
        ]
        return [line.lstrip("/").split() for line in lines]

    def found(self) -> dict[str, str]:
        """The version and the state of each container there is."""
        form = "{{.Name}} {{.State.Status}} {{range .Config.Env}}{{.}} {{end}}"
        return {
            name: f"{dict(each.split('=', 1) for each in environ)['VERSION']} {state}"
            for name, state, *environ in self.inspected(form)
        }

    def found_volumes(self) -> dict[str, list[str]]:
        """The volumes of each container."""
        form = "{{.Name}}{{range .Mounts}} {{.Name}}{{end}}"
        return {name: sorted(volumes) for name, *volumes in self.inspected(form)}

    def assert_all_run(self, version: str) -> None:
        """Each container runs once, in some version, with its data, and nothing is left over."""
        assert self.found() == dict.fromkeys(self.names, f"{version} running")
        assert self.found_volumes() == self.volumes
        for name in self.names:
            self.assert_data(name)
        everything = sorted({each for names in self.volumes.values() for each in names})
        left = [each for engine in self.engines for each in engine.volumes()]
        assert sorted(left) == everything

    def assert_data(self, name: str) -> None:
        folders = ["/anonymous", "/named"] if name.startswith("web") else ["/anonymous"]
        files = [f"{folder}/said" for folder in folders]
        engine = self.engine_of(name)
        assert engine.docker("exec", name, "cat", *files) == f"{name}\n" * len(files)
        if self.linked and name.startswith("web"):
            # The link is to the database that there is.
            address = engine.docker(
                *("container", "inspect", "--format", "{{.NetworkSettings.IPAddress}}"),
                name.replace("web", "db"),
            )
            hosts = engine.docker("exec", name, "cat", "/etc/hosts")
            assert f"{address.strip()}\tdb " in hosts

    def update(self, *words: str, shim: dict[str, str] | None = None) -> Answer:
        return self.project.dirg(*words, env={**VERSION_2, **(shim or {})})

    def in_all_places(self, work: Callable[[int, Place], None]) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, self.numbers, self.places))


@pytest.fixture
def alone(project: Project) -> Services:
    return Services(project, linked=False, engines=(project.lab.plain,))


@pytest.fixture(params=["alone", "linked"])
def services(request: pytest.FixtureRequest, project: Project) -> Services:
    return Services(project, request.param == "linked", (project.lab.plain,))


def ending(services: Services, place: Place, deed: str) -> dict[str, str]:
    """A docker that does a deed in some place of an update; ``$PPID`` is dirg."""
    number, moment = place
    questions = "|".join(QUESTIONS)
    before, after = (deed, ":") if moment == "before" else (":", deed)
    return services.project.shim(
        'for word; do case "$word" in -*|*://*) ;; *) break;; esac; done\n'
        f'case "$word" in {questions}) exec "$docker" "$@";; esac\n'
        'count=${0%/*}/count; echo "$word" >>"$count"\n'
        f'[ "$(wc -l <"$count")" -eq {number} ] || exec "$docker" "$@"\n'
        f'{before}\n"$docker" "$@"; status=$?\n{after}\nexit $status'
    )


def killed(services: Services) -> None:
    """Each service is updated and killed, in a place of its own, by a description of its own."""

    def kill(number: int, place: Place) -> None:
        shim = ending(services, place, KILL)
        words = (*services.project.apart(number), *UPDATE, f"service{number}")
        answer = services.update(*words, shim=shim)
        assert (answer.status, answer.error) == (-signal.SIGKILL, ""), (place, answer)

    services.in_all_places(kill)


def test_the_places_of_an_update(services: Services) -> None:
    services.begin([(1, "before")])
    log = services.project.folder / "log"
    shim = services.project.shim(f'echo "$*" >>{log}; exec "$docker" "$@"')
    answer = services.update(*UPDATE, shim=shim)
    assert (answer.status, answer.error) == (0, ""), answer
    calls = [line.split()[2] for line in log.read_text().splitlines()]
    assert tuple(call for call in calls if call not in QUESTIONS) == services.commands
    services.assert_all_run("2")


def test_an_update_that_is_killed(services: Services) -> None:
    """Killed in any place, the next update leaves one container of each, the new one."""
    services.begin(services.all_places())
    killed(services)
    answer = services.update(*UPDATE, "--batch", "9")
    assert (answer.status, answer.error) == (0, "")
    services.assert_all_run("2")


def test_run_repairs_an_update_that_is_killed(alone: Services) -> None:
    """run finishes it or takes it back; what is of the old definition then, it says."""
    alone.begin(alone.all_places())
    killed(alone)
    answer = alone.update("run")
    # Until the new one has got its name, the old one comes back.
    renamed = alone.places.index((3, "after")) + 1
    versions = {f"web{number}": "2" if number >= renamed else "1" for number in alone.numbers}
    assert alone.found() == {name: f"{each} running" for name, each in versions.items()}
    assert answer.status == 1
    refused = re.findall(r"(web\d+) on .*: its definition has changed \(env\)", answer.error)
    assert sorted(refused) == sorted(name for name, each in versions.items() if each == "1")
    assert alone.found_volumes() == alone.volumes
    for name in alone.names:
        alone.assert_data(name)
    # There is nothing more to repair.
    with alone.engine.recorded_events() as events:
        again = alone.update("run")
    assert (again.status, again.error) == (1, answer.error)
    assert [event for event in events if "exec" not in event] == []


BACK = ("create", "rename", "rename", "stop", "update", "start", "rm", "rm")


def test_a_rollback_that_is_killed(alone: Services) -> None:
    """The container that came back stays, or else goes back to where it was kept."""
    alone.begin(places(BACK))
    alone.update(*UPDATE, "--keep", "1", "--batch", "9")
    rollback = ("rollback", "--grace", "0")

    def kill(number: int, place: Place) -> None:
        shim = ending(alone, place, KILL)
        words = (*alone.project.apart(number), *rollback, f"web{number}")
        answer = alone.update(*words, shim=shim)
        assert (answer.status, answer.error) == (-signal.SIGKILL, ""), (place, answer)

    alone.in_all_places(kill)
    answer = alone.update("run")
    assert answer.status == 1
    # As soon as both have their names, it is finished.
    renamed = alone.places.index((3, "after")) + 1
    expected = {}
    for number in alone.numbers:
        back = number >= renamed
        expected[f"web{number}"] = "1 running" if back else "2 running"
        expected |= {} if back else {f"web{number}.dirg-kept-1": "1 exited"}
    assert alone.found() == expected
    for name in alone.names:
        alone.assert_data(name)
    policies = alone.inspected("{{.Name}} {{.HostConfig.RestartPolicy.Name}}")
    assert dict(policies) == {name: "no" if "kept" in name else "always" for name in expected}
    answer = alone.update(*UPDATE, "--batch", "9")
    assert (answer.status, answer.error) == (0, "")
    kept = [name for name in alone.engine.names() if "kept" in name]
    alone.engine.docker("rm", *kept)
    alone.assert_all_run("2")


def test_a_rollback_of_two_that_is_killed(project: Project) -> None:
    """Both go the same way, also where one of them is done already."""
    services = Services(project, linked=True, engines=(project.lab.plain,))
    # Six commands, until both have their names; six, until both run; and four to tidy up.
    services.begin([(number, "after") for number in (5, 6, 8, 10, 12, 13, 14, 15, 16)])
    services.update(*UPDATE, "--keep", "1", "--batch", "9")
    rollback = ("rollback", "--grace", "0")

    def kill(number: int, place: Place) -> None:
        shim = ending(services, place, KILL)
        words = (*services.project.apart(number), *rollback, f"service{number}")
        answer = services.update(*words, shim=shim)
        assert (answer.status, answer.error) == (-signal.SIGKILL, ""), (place, answer)

    services.in_all_places(kill)
    services.update("run")
    expected = {}
    for number, place in zip(services.numbers, services.places, strict=True):
        for name in services.members(number):
            expected[name] = "1 running" if place > (5, "after") else "2 running"
            if place == (5, "after"):
                expected[f"{name}.dirg-kept-1"] = "1 exited"
    assert services.found() == expected
    for name in services.names:
        services.assert_data(name)


@pytest.mark.parametrize("linked", [False, True], ids=["alone", "linked"])
def test_an_engine_that_is_killed(project: Project, linked: bool) -> None:
    """Its containers die as well, and those come back that docker restarts."""
    services = Services(project, linked, project.lab.engines)
    # Where two are linked, every other place.
    services.begin(services.all_places()[linked :: 1 + linked])

    def killed_on(engine: Engine) -> None:
        for number, place in enumerate(services.places, 1):
            if services.engine_of(f"web{number}") != engine:
                continue
            with fault("kill", engine) as kill:
                words = ("--timeout", "5", *UPDATE, f"service{number}")
                answer = services.update(*words, shim=ending(services, place, kill.script))
            assert "Traceback" not in answer.error
            last = place == (len(services.commands), "after")
            assert answer.status == 1 or (last and answer.status == 0), (place, answer)

    at_once(killed_on, services.engines)
    answer = services.update(*UPDATE, "--batch", "9")
    assert (answer.status, answer.error) == (0, "")
    services.assert_all_run("2")


def test_two_updates_at_once(services: Services) -> None:
    """Exactly one proceeds, wherever it is when the other one comes.

    They have the containers in two descriptions, so that nothing on this machine keeps them apart.
    """
    # Before its first command, nobody can know of it, nor when it has executed its last one.
    services.begin(services.all_places()[1:-1])
    folder = services.project.folder
    with ExitStack() as stack:
        first = []
        for number, place in enumerate(services.places, 1):
            deed = f"touch {folder}/at{number}; {until(folder / 'go')}"
            env = {**VERSION_2, **ending(services, place, deed)}
            words = (*services.project.apart(number), *UPDATE, f"service{number}")
            first.append(stack.enter_context(services.project.working(*words, env=env)))
        for number in services.numbers:
            wait_until((folder / f"at{number}").exists)
        before = services.found()

        def second(number: int, place: Place) -> None:
            words = (*services.project.apart(f"again{number}"), *UPDATE, f"service{number}")
            answer = services.update(*words)
            assert answer.status == 1, (place, answer)
            told = re.findall(rf"^  \w+ on \S+: \S+@\S+ {SINCE}", answer.error, re.MULTILINE)
            assert len(told) == len(services.members(number)), (place, answer)

        services.in_all_places(second)
        told = re.findall(rf"^  (\w+) on \S+: \S+ {SINCE}", services.update("run").error, re.M)
        assert sorted(told) == sorted(services.names)
        assert services.found() == before
        (folder / "go").touch()
        for process, place in zip(first, services.places, strict=True):
            assert_done(process, place)
    services.assert_all_run("2")


def assert_done(process: subprocess.Popen[str], place: Place) -> None:
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (0, ""), place


def test_two_updates_that_begin_at_the_same_time(alone: Services) -> None:
    """Both have seen that nobody is at it; the engine gives the name to one of them."""
    alone.begin([(1, "before")])
    folder = alone.project.folder
    late = alone.project.shim(
        f'case "$3" in create) touch {folder}/at; {until(folder / "go")};; esac\n'
        'exec "$docker" "$@"'
    )
    apart = alone.project.apart("late")
    with alone.project.working(*apart, *UPDATE, env={**VERSION_2, **late}) as second:
        wait_until((folder / "at").exists)
        deed = f"touch {folder}/held; {until(folder / 'end')}"
        held = ending(alone, (2, "before"), deed)
        with alone.project.working(*UPDATE, env={**VERSION_2, **held}) as first:
            wait_until((folder / "held").exists)
            (folder / "go").touch()
            _, error = second.communicate(timeout=60)
            assert second.returncode == 1
            assert re.search(rf"^  web1 on \S+: \S+@\S+ {SINCE}$", error, re.MULTILINE), error
            (folder / "end").touch()
            assert_done(first, (2, "before"))
    alone.assert_all_run("2")


def leave_mark(engine: Engine, **words: str) -> None:
    """Leave what an update on another machine would have left when it had begun."""
    mark = {"by": "ops@far", "at": "2026-01-02T03:04:05Z", **words}
    label = " ".join(f"{key}={value}" for key, value in mark.items())
    engine.docker(
        *("create", "--name", "web1.dirg-new", "--label", f"dirg.update={label}", "busybox", "true")
    )


ELSEWHERE = {"process": "1.2.3", "boot": "elsewhere", "machine": "another"}


def test_an_update_on_another_machine(alone: Services) -> None:
    """Whether it is still at work nobody sees from here; it is until its time is over."""
    alone.begin([(1, "before")])
    engine = alone.engine
    leave_mark(engine, within="600", **ELSEWHERE)
    refused = alone.update(*UPDATE)
    assert refused.status == 1
    assert refused.error == (
        "dirg: 1 of 1 failed:\n"
        f"  web1 on {engine.written}: ops@far replaces it, since 2026-01-02T03:04:05Z, "
        "for 600 s at most; dirg run --take-over web1 ends that, if they are dead\n"
    )
    assert sorted(engine.names()) == ["web1", "web1.dirg-new"]
    engine.docker("rm", "web1.dirg-new")
    leave_mark(engine, within="0", **ELSEWHERE)
    answer = alone.update("run")
    assert re.sub(r"  [\d.]+s$", "", answer.lines[0]) == (
        f"web1  {engine.written}  interrupted update taken back"
    )
    alone.assert_all_run("1")


def test_somebody_can_be_taken_over_from(alone: Services) -> None:
    alone.begin([(1, "before")])
    leave_mark(alone.engine, within="600", **ELSEWHERE)
    answer = alone.update(*UPDATE, "--take-over")
    assert (answer.status, answer.error) == (0, "")
    alone.assert_all_run("2")


def test_an_update_before_the_machine_was_started_anew(alone: Services) -> None:
    alone.begin([(1, "before")])
    shim = ending(alone, (1, "after"), KILL)
    alone.update(*UPDATE, shim=shim)
    label = alone.engine.inspect("web1.dirg-new")["Config"]["Labels"]["dirg.update"]
    known = dict(word.split("=") for word in label.split())
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().replace("-", "")[:12]
    assert known["boot"] == boot
    alone.engine.docker("rm", "web1.dirg-new")
    leave_mark(alone.engine, within="600", **{**ELSEWHERE, "machine": known["machine"]})
    answer = alone.update(*UPDATE)
    assert (answer.status, answer.error) == (0, "")
    alone.assert_all_run("2")


def everything_left(services: Services) -> Iterator[str]:
    yield from services.engine.lines("container", "ls", "--all", "--quiet")
    yield from services.engine.volumes()


def test_rm_removes_what_an_update_has_left(alone: Services) -> None:
    alone.begin(alone.all_places())
    killed(alone)
    answer = alone.update("rm")
    assert (answer.status, answer.error) == (0, "")
    named = [f"named{number}" for number in alone.numbers]
    assert sorted(everything_left(alone)) == sorted(named)
