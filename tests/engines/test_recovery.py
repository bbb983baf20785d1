"""An update that ends in the middle, in any place: nothing is lost, and the next one puts it right.

Every docker command that an update executes is a place to end in: before it, and after it.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engines.lab import Engine, Project, fault, wait_until
from tests.helpers import Answer

DESCRIPTION = """
{}
---
web:
    {{idle_lines}}
    docker_host: "{{h1}}"
    env: {VERSION: "{{env['VERSION'] or 1}}"}
    volumes: [/anonymous, "named:/named"]
    port_bindings: {80: 18080}
    restart: always
"""
LINKED = """
    links: [db]
db:
    {{idle_lines}}
    docker_host: "{{h1}}"
    env: {VERSION: "{{env['VERSION'] or 1}}"}
    volumes: [/anonymous]
"""
VERSION_2 = {"VERSION": "2"}
UPDATE = ("update", "--no-pull", "--grace", "0")
# dirg is gone at once, and with it what it was about to do.
KILL = "kill -9 $PPID; exit 1"
# What changes nothing is no place of its own.
_QUESTIONS = ("container", "image", "version", "logs", "info")


@dataclass
class Service:
    """One or two containers that run, with something in their volumes."""

    project: Project
    names: tuple[str, ...]

    @property
    def engine(self) -> Engine:
        return self.project.lab.plain

    def begin(self) -> None:
        """Make it new, as version 1."""
        self.engine.clean()
        self.project.done("run")
        for name in self.names:
            self.engine.docker("exec", name, "sh", "-c", f"echo {name} >/anonymous/said")
        self.engine.docker("exec", "web", "sh", "-c", "echo named >/named/said")

    @property
    def volumes(self) -> list[str]:
        return sorted(self.engine.lines("volume", "ls", "--quiet"))

    @property
    def versions(self) -> dict[str, str]:
        """The version of each container there is, by its name, and its state."""
        found = {}
        for name in self.engine.names():
            inspected = self.engine.inspect(name)
            environ = dict(word.partition("=")[::2] for word in inspected["Config"]["Env"])
            found[name] = f"{environ['VERSION']} {inspected['State']['Status']}"
        return found

    def assert_runs(self, version: str, volumes: list[str]) -> None:
        """Each container runs once, in some version, with its data, and nothing is left over."""
        assert self.versions == dict.fromkeys(self.names, f"{version} running")
        for name in self.names:
            assert self.engine.docker("exec", name, "cat", "/anonymous/said") == f"{name}\n"
        assert self.engine.docker("exec", "web", "cat", "/named/said") == "named\n"
        assert self.volumes == volumes
        if "db" in self.names:
            # The link is to the database that there is.
            assert self.engine.docker("exec", "web", "ping", "-c", "1", "-W", "5", "db")

    def assert_data_is_there(self) -> None:
        """Whatever is the case with containers, the volumes have not lost anything."""
        mounts = {
            mount["Source"]
            for name in self.engine.names()
            for mount in self.engine.inspect(name)["Mounts"]
        }
        assert len(mounts) >= len(self.names) + 1

    def update(self, *words: str, shim: dict[str, str] | None = None) -> Answer:
        return self.project.dirg(*(words or UPDATE), env={**VERSION_2, **(shim or {})})


@pytest.fixture(params=["alone", "linked"])
def service(request: pytest.FixtureRequest, project: Project) -> Service:
    linked = request.param == "linked"
    lines = "image: busybox\n    command: sleep 3600\n    init: true"
    project.describe(DESCRIPTION.rstrip() + (LINKED if linked else "\n"), idle_lines="{idle_lines}")
    text = (project.folder / "dirg-services.yml").read_text().replace("{{idle_lines}}", lines)
    (project.folder / "dirg-services.yml").write_text(text)
    return Service(project, ("web", "db") if linked else ("web",))


def changing(service: Service) -> list[str]:
    """The commands that an update executes and that change something, in their order."""
    service.begin()
    log = service.project.folder / "log"
    shim = service.project.shim(f'echo "$*" >>{log}; exec "$docker" "$@"')
    answer = service.update(shim=shim)
    assert (answer.status, answer.error) == (0, ""), answer
    calls = [line.split()[2:] for line in log.read_text().splitlines()]
    return [call[0] for call in calls if call[0] not in _QUESTIONS]


def ending(project: Project, number: int, moment: str, deed: str) -> dict[str, str]:
    """A docker that does a deed before or after the command of some number that changes things.

    ``$PPID`` is dirg.
    """
    count = project.folder / f"count-{number}-{moment}"
    questions = "|".join(_QUESTIONS)
    before, after = (deed, ":") if moment == "before" else (":", deed)
    return project.shim(
        f'case "$3" in {questions}) exec "$docker" "$@";; esac\n'
        f"echo >>{count}\n"
        f'[ "$(wc -l <{count})" -eq {number} ] || exec "$docker" "$@"\n'
        f'{before}\n"$docker" "$@"; status=$?\n{after}\nexit $status'
    )


def places(calls: list[str]) -> Iterator[tuple[int, str]]:
    for number in range(1, len(calls) + 1):
        yield number, "before"
        yield number, "after"


def test_an_update_that_is_killed(service: Service) -> None:
    """Killed in any place, the next update leaves one container of each, the new one."""
    calls = changing(service)
    alone = ["create", "rename", "rename", "stop", "start", "rm"]
    both = [*alone[:3], *alone[:3], "stop", "stop", "start", "start", "rm", "rm"]
    assert calls == (alone if len(service.names) == 1 else both)
    for number, moment in places(calls):
        service.begin()
        volumes = service.volumes
        killed = service.update(shim=ending(service.project, number, moment, KILL))
        assert killed.status == -signal.SIGKILL, (number, moment, killed)
        service.assert_data_is_there()
        answer = service.update()
        assert (answer.status, answer.error) == (0, ""), (number, moment, answer)
        service.assert_runs("2", volumes)


def test_run_repairs_an_update_that_is_killed(service: Service) -> None:
    """run finishes it or takes it back; what is still of the old definition, it says."""
    calls = changing(service)
    for number, moment in [*places(calls)][:: len(service.names)]:
        service.begin()
        volumes = service.volumes
        service.update(shim=ending(service.project, number, moment, KILL))
        answer = service.update("run")
        version = {found.split()[0] for found in service.versions.values()}
        assert len(version) == 1, (number, moment, answer)
        assert answer.status == (0 if version == {"2"} else 1)
        service.assert_runs(version.pop(), volumes)
        # There is nothing more to repair.
        with service.engine.recorded_events() as events:
            again = service.update("run")
        assert again.status == answer.status
        assert events == []


def test_an_engine_that_is_killed(service: Service) -> None:
    """Its containers die as well, and those come back that docker restarts."""
    calls = changing(service)
    for number, moment in places(calls):
        service.begin()
        volumes = service.volumes
        with fault("kill", service.engine) as kill:
            answer = service.update(
                "--timeout", "2", *UPDATE, shim=ending(service.project, number, moment, kill.script)
            )
        assert answer.status == 1 or (number, moment) == (len(calls), "after"), (number, moment)
        assert "Traceback" not in answer.error
        wait_until(lambda: service.engine.call("ps").status == 0)
        service.assert_data_is_there()
        answer = service.update()
        assert (answer.status, answer.error) == (0, ""), (number, moment, answer)
        service.assert_runs("2", volumes)


def test_two_updates_at_once(service: Service) -> None:
    """Exactly one proceeds, wherever it is when the other one comes."""
    calls = changing(service)
    waits = "until test -e {go}; do sleep 0.01; done"
    for number, moment in places(calls):
        service.begin()
        volumes = service.volumes
        go, here = (service.project.folder / f"{word}-{number}-{moment}" for word in ("go", "at"))
        deed = f"touch {here}; {waits.format(go=go)}"
        shim = ending(service.project, number, moment, deed)
        with service.project.working(*UPDATE, env={**VERSION_2, **shim}) as first:
            wait_until(here.exists)
            before = service.versions
            second = service.update()
            begun = (number, moment) > (1, "before") and (number, moment) != (len(calls), "after")
            if begun:
                said = f"replaces it, since {_NOW}"
                assert re.search(said, second.error), (number, moment, second)
                assert second.status == 1
                assert service.versions == before
            go.touch()
            output, error = first.communicate(timeout=60)
        if begun:
            assert (first.returncode, error) == (0, ""), (number, moment, output)
        assert sorted([first.returncode == 0, second.status == 0]) in ([False, True], [True, True])
        service.assert_runs("2", volumes)


_NOW = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_an_update_on_another_machine(service: Service) -> None:
    """Whether it is still at work nobody sees from here: until its time is over, it is."""
    service.begin()
    volumes = service.volumes
    machine = Path("/proc/sys/kernel/random/boot_id").read_text()
    shim = ending(service.project, 2, "before", KILL)
    service.update(shim=shim)
    engine = service.engine
    new = next(name for name in engine.names() if name.endswith(".dirg-new"))
    label = engine.inspect(new)["Config"]["Labels"]["dirg.update"]
    assert machine.replace("-", "")[:12] in label
    for within, status in ((600, 1), (0, 0)):
        foreign = re.sub(r"(boot|machine)=\w+", r"\1=elsewhere", label)
        foreign = re.sub(r"within=\d+", f"within={within}" if within else "", foreign)
        engine.docker("rm", "-v", new)
        engine.docker(
            *("create", "--name", new, "--label", f"dirg.update={foreign}", "busybox", "true")
        )
        answer = service.update("run", *service.names, shim={"VERSION": "1"})
        assert answer.status == status, answer
        if status:
            assert f"replaces it, since {label.split('at=')[1][:20]}" in answer.error
            assert "--take-over goes on in its place" in answer.error
            assert new in engine.names()
    service.assert_runs("1", volumes)


def test_somebody_who_is_dead_can_be_taken_over_from(service: Service) -> None:
    service.begin()
    volumes = service.volumes
    service.engine.docker(
        *("create", "--name", "web.dirg-new", "--label"),
        "dirg.update=by=ops@far at=2026-01-01T00:00:00Z within=600 boot=x machine=y",
        *("busybox", "true"),
    )
    refused = service.update()
    assert refused.status == 1
    assert "web: ops@far replaces it, since 2026-01-01T00:00:00Z" in re.sub(
        r" on tcp://\S+:", ":", refused.error
    )
    answer = service.update(*UPDATE, "--take-over")
    assert (answer.status, answer.error) == (0, "")
    service.assert_runs("2", volumes)
