"""Hosts that die, before dirg begins and while it is at work: each fault on each kind of host."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen

import pytest

from tests.engines.lab import (
    FAULTS,
    IMAGE,
    PATIENCE,
    Engine,
    Project,
    at_once,
    call,
    children,
    fault,
    wait_until,
)
from tests.engines.scenes import STUBBORN
from tests.helpers import Answer

LIMIT = 6
# What everything but waiting for a dead host may take on a machine that is busy with other things.
OVERHEAD = 30.0
# How often dirg asks a host, in the middle of something, before it takes it for dead.
TRIES = 2

DESCRIPTION = """
{}
---
left: { {{idle}}, docker_host: "{{left}}" }
right: { {{idle}}, docker_host: "{{right}}" }
base: { {{idle}}, docker_host: "{{right}}" }
lost: { {{idle}}, docker_host: "{{dead}}", depends_on: [base] }
lost-too: { {{idle}}, docker_host: "{{dead}}" }
needy: { {{idle}}, docker_host: "{{left}}", depends_on: [lost] }
"""


@dataclass(frozen=True)
class Scene:
    """Two hosts that live, and one that is about to die."""

    project: Project
    dead: Engine
    left: Engine
    right: Engine

    @property
    def living(self) -> list[Engine]:
        return [self.left, self.right]

    @property
    def places(self) -> dict[str, Engine]:
        """The engine of each container, as described."""
        return {
            "left": self.left,
            "right": self.right,
            "base": self.right,
            "lost": self.dead,
            "lost-too": self.dead,
            "needy": self.left,
        }

    def make(self) -> None:
        """Have all containers run already."""

        def run(name: str) -> None:
            words = ["run", "-d", "--init", "--name", name, IMAGE, "sleep", "3600"]
            self.places[name].docker(*words)

        at_once(run, self.places)

    def states(self) -> dict[str, str]:
        """The state of each container on the hosts that live."""
        names = [name for name, engine in self.places.items() if engine is not self.dead]
        states = at_once(lambda name: self.places[name].state(name), names)
        return dict(zip(names, states, strict=True))

    def words(self, *words: str) -> list[str]:
        return [*words] if "--timeout" in words else [*words, "--timeout", f"{LIMIT}"]

    def dirg(self, *words: str, waits: int, env: Mapping[str, str] | None = None) -> Answer:
        """Call dirg, which may take as many time limits, and leaves no process behind."""
        began = time.monotonic()
        answer = self.project.dirg(*self.words(*words), env={**self.project.marked, **(env or {})})
        assert time.monotonic() - began < waits * LIMIT + OVERHEAD
        self.project.nothing_left()
        return answer


def scene(project: Project, kind: str) -> Scene:
    """A description over the hosts, of which the one of this kind is to die."""
    (dead,) = (engine for engine in project.lab.engines if engine.kind == kind)
    left, right = (engine for engine in project.lab.engines if engine.kind != kind)
    project.describe(DESCRIPTION, dead=dead.written, left=left.written, right=right.written)
    return Scene(project, dead, left, right)


def may_hang_by_ssh() -> bool:
    """Whether docker may where no engine listens: the CLI 20.10 does at times (measured)."""
    return " 20." in call("docker", "--version").output


def reason(kind: str, engine: Engine, said: str) -> str:
    """Why a host is unreachable that a fault has befallen; ``said``: what dirg has said of it."""
    late, ssh = f"no answer within {LIMIT} s: ", engine.kind == "ssh"
    if kind == "kill" and ssh and "no answer within" in said and may_hang_by_ssh():
        kind = "freeze"
    return {
        ("kill", False): f"connection refused: no engine listens at {engine.docker_host}",
        ("kill", True): "ssh works, but no engine answers there, or not to this user",
        ("freeze", ssh): f"{late}it takes connections, but the engine hangs",
        ("drop", False): f"{late}packets get no answer: it is down, or a firewall drops them",
        ("drop", True): f"{late}the host is down, a firewall drops packets, or the engine hangs",
        ("refuse", False): f"connection refused: no engine listens at {engine.docker_host}",
        ("refuse", True): (f"ssh: connection refused: no sshd listens at {engine.address} port 22"),
    }[kind, ssh]


def rotated(first: int) -> pytest.MarkDecorator:
    """Every fault, on the kinds of hosts in turns."""
    kinds = ["plain", "tls", "ssh"]
    pairs = [(each, kinds[(first + place) % 3]) for place, each in enumerate(FAULTS)]
    return pytest.mark.parametrize(("kind", "host"), pairs)


def failures(error: str) -> dict[str, str]:
    """What the summary says of each container that failed."""
    return dict(re.findall(r"^  (\S+) on \S+: (.*)$", error, re.MULTILINE))


def unreachable(scene: Scene, kind: str, said: str) -> str:
    return f"dirg: {scene.dead.written} is unreachable: {reason(kind, scene.dead, said)}\n"


NOTHING_CHANGED = "dirg: nothing was changed; --skip-unreachable works on the other hosts\n"


# --- before ------------------------------------------------------------------


@rotated(0)
def test_before_run(project: Project, kind: str, host: str) -> None:
    on = scene(project, host)
    before = at_once(Engine.snapshot, on.living)
    with fault(kind, on.dead) as happen:
        happen()
        answer = on.dirg("run", waits=2)
        assert answer == Answer(1, "", unreachable(on, kind, answer.error) + NOTHING_CHANGED)
        assert at_once(Engine.snapshot, on.living) == before

        answer = on.dirg("run", "--skip-unreachable", waits=2)
        assert answer.status == 1
        assert answer.error == unreachable(on, kind, answer.error) + (
            "dirg: 1 of 4 failed:\n"
            f"  needy on {on.left.written}: needs lost, whose host is unreachable\n"
        )
    assert on.states() == {
        "left": "running",
        "right": "running",
        "base": "running",
        "needy": "missing",
    }
    assert on.dead.names() == []


@rotated(1)
def test_before_stop(project: Project, kind: str, host: str) -> None:
    on = scene(project, host)
    on.make()
    before = at_once(Engine.snapshot, project.lab.engines)
    with fault(kind, on.dead) as happen:
        happen()
        answer = on.dirg("stop", waits=2)
        assert answer == Answer(1, "", unreachable(on, kind, answer.error) + NOTHING_CHANGED)
        assert at_once(Engine.snapshot, on.living) == [
            state
            for engine, state in zip(project.lab.engines, before, strict=True)
            if engine is not on.dead
        ]
        answer = on.dirg("stop", "--skip-unreachable", waits=2)
        assert (answer.status, answer.error) == (1, unreachable(on, kind, answer.error))
        assert sorted(line.split()[0] for line in answer.lines) == sorted(on.states())
    assert {*on.states().values()} == {"exited"}
    # A killed engine ends its containers when it comes back.
    expected = "exited" if kind == "kill" else "running"
    assert {on.dead.state("lost"), on.dead.state("lost-too")} == {expected}


@rotated(2)
def test_before_ps(project: Project, kind: str, host: str) -> None:
    on = scene(project, host)
    on.make()
    with fault(kind, on.dead) as happen:
        happen()
        answer = on.dirg("ps", waits=2)
    assert (answer.status, answer.error) == (1, unreachable(on, kind, answer.error))
    assert statuses(answer) == dict.fromkeys(on.states(), "Up") | dict.fromkeys(
        ["lost", "lost-too"], "unreachable"
    )


def statuses(answer: Answer) -> dict[str, str]:
    """The first word of the status of each container that ps lists."""
    rows = [line.split() for line in answer.lines[1:]]
    return {row[1]: row[3] for row in rows}


@rotated(1)
def test_before_logs(project: Project, kind: str, host: str) -> None:
    on = scene(project, host)
    on.make()
    with fault(kind, on.dead) as happen:
        happen()
        with following(on) as process:
            assert process.stderr
            told = process.stderr.readline()
            assert told == unreachable(on, kind, told)
            lines_arrive(on, process, ["left", "right", "needy"], "late")
            ended(on, process)


# --- in the middle -----------------------------------------------------------


@rotated(2)
def test_during_run(project: Project, kind: str, host: str) -> None:
    on = scene(project, host)
    with fault(kind, on.dead) as happen:
        # Both of them find it dead, whichever of them docker is told of first.
        shim = project.shim(
            'case " $* " in\n'
            f'*" run "*" --name lost "*) {happen.script}; touch happened;;\n'
            '*" run "*" --name lost-too "*) until [ -e happened ]; do sleep 0.01; done;;\n'
            'esac\nexec "$docker" "$@"'
        )
        answer = on.dirg("run", waits=1 + 1 + TRIES, env=shim)
    assert on.states() == {
        "left": "running",
        "right": "running",
        "base": "running",
        "needy": "missing",
    }
    assert on.dead.names() == []
    assert answer.status == 1
    assert answer.error.startswith("dirg: 3 of 6 failed:\n")
    said = failures(answer.error)
    assert sorted(said) == ["lost", "lost-too", "needy"]
    assert said["needy"] == "skipped, since it needs lost"
    for name in ("lost", "lost-too"):
        assert died(kind, host, said[name]), said[name]
    # What failed can be repeated, since nothing is left that would be in the way.
    for command in re.findall(r"^    to repeat it: (.*)$", answer.error, re.MULTILINE):
        repeated = project.shell(command)
        assert repeated.status == 0, repeated.error
    assert on.dead.names() == ["lost", "lost-too"]


def died(kind: str, host: str, problem: str) -> bool:
    """Whether a problem tells of a fault: a connection that failed, or waiting in vain."""
    if kind in ("freeze", "drop"):
        return problem.startswith(f"the host answers no more: no answer within {LIMIT} s")
    refused = r"(?i)connection refused|cannot connect to the docker daemon|no engine answers"
    hangs = f"the host answers no more: no answer within {LIMIT} s"
    hung = host == "ssh" and problem.startswith(hangs) and may_hang_by_ssh()
    return hung or bool(re.search(refused, problem))


@rotated(0)
def test_during_stop(project: Project, kind: str, host: str) -> None:
    """While the engine waits for a container to end, which takes its time."""
    on = scene(project, host)
    on.make()
    on.dead.docker("rm", "--force", "lost")
    # The second time it ends at once, lest the next start of the engine waits for it as well.
    words = ["--init", "--stop-timeout", "60", "--name", "lost", IMAGE, "sh", "-c", STUBBORN]
    on.dead.docker("run", "-d", *words)
    wait_until(lambda: "ready" in on.dead.docker("logs", "lost"))
    with (
        fault(kind, on.dead) as happen,
        project.working(*on.words("stop"), env=on.project.marked) as process,
    ):
        assert process.stdout
        # What does not depend on it is done meanwhile.
        lines = [process.stdout.readline() for _ in ("needy", "left", "right", "lost-too")]
        assert sorted(line.split()[0] for line in lines) == ["left", "lost-too", "needy", "right"]
        wait_until(lambda: "told" in on.dead.docker("logs", "lost"))
        began = time.monotonic()
        happen()
        _, error = process.communicate(timeout=PATIENCE)
        assert time.monotonic() - began < (1 + TRIES) * LIMIT + OVERHEAD
        on.project.nothing_left()
    assert process.returncode == 1
    assert error.startswith("dirg: 2 of 6 failed:\n")
    said = failures(error)
    assert said.pop("base") == "skipped, since it needs lost"
    assert [*said] == ["lost"]
    cut_off = "unexpected EOF|error during connect: .*EOF"
    assert died(kind, host, said["lost"]) or re.search(cut_off, said["lost"]), said["lost"]
    assert on.states() == {
        "left": "exited",
        "right": "exited",
        "base": "running",
        "needy": "exited",
    }


@rotated(1)
def test_during_ps(project: Project, kind: str, host: str) -> None:
    on = scene(project, host)
    on.make()
    with fault(kind, on.dead) as happen:
        shim = project.shim(
            'case " $* " in\n'
            f'*" {on.dead.docker_host} "*"container ls "*) {happen.script};;\n'
            'esac\nexec "$docker" "$@"'
        )
        answer = on.dirg("ps", waits=2, env=shim)
    assert (answer.status, answer.error) == (1, unreachable(on, kind, answer.error))
    assert statuses(answer) == dict.fromkeys(on.states(), "Up") | dict.fromkeys(
        ["lost", "lost-too"], "unreachable"
    )


@rotated(2)
def test_during_logs(project: Project, kind: str, host: str) -> None:
    on = scene(project, host)
    on.make()
    with fault(kind, on.dead) as happen, following(on) as process:
        lines_arrive(on, process, ["left", "lost", "lost-too", "right"], "early")
        happen()
        assert process.stderr
        while not (said := process.stderr.readline()).startswith("dirg: "):
            # What the docker CLI itself has to say comes like what containers wrote.
            assert re.match("lost(-too)? +[|] ", said), said
        assert on.dead.written in said
        if kind in ("freeze", "drop"):
            told = f"dirg: {on.dead.written}: the host answers no more: no answer within {LIMIT} s"
            assert said.startswith(told)
        lines_arrive(on, process, ["left", "right", "needy"], "late")
        # How a connection ends that is not used, nobody knows: so each of them may be told of.
        ended(on, process, once=kind in ("freeze", "drop"))


def test_an_engine_that_dies_while_logs_are_followed_is_told_of_once(project: Project) -> None:
    on = scene(project, "plain")
    on.make()
    with fault("kill", on.dead) as happen, following(on) as process:
        lines_arrive(on, process, ["lost", "lost-too"], "early")
        happen()
        assert process.stderr
        told = process.stderr.readline()
        why = reason("kill", on.dead, told)
        assert told == f"dirg: {on.dead.written}: the host answers no more: {why}\n"
        ended(on, process)


@pytest.mark.parametrize("kind", ["kill", "refuse"])
def test_the_reason_in_the_middle_is_in_plain_words(project: Project, kind: str) -> None:
    on = scene(project, "ssh")
    with fault(kind, on.dead) as happen:
        shim = project.shim(
            f'case " $* " in *" run "*" --name lost "*) {happen.script};; esac\nexec "$docker" "$@"'
        )
        # The host says no at once, but by ssh that takes a busy machine its time.
        words = ["run", "lost", "base", "--timeout", "20"]
        answer = on.dirg(*words, waits=20, env=shim)
    said = failures(answer.error)["lost"]
    assert reason(kind, on.dead, said).replace(f"{LIMIT} s", "20 s") in said
    assert "docker.example.com" not in said
    assert "taking it back failed too" not in said


@contextmanager
def following(on: Scene) -> Iterator[Popen[str]]:
    with on.project.working(*on.words("logs", "-f"), env=on.project.marked) as process:
        yield process


def lines_arrive(on: Scene, process: Popen[str], names: Sequence[str], line: str) -> None:
    """Whether what containers write is shown."""
    at_once(lambda name: on.places[name].write_log(name, line), names)
    assert process.stdout
    found = sorted(re.sub(" +", " ", process.stdout.readline()) for _ in names)
    assert found == sorted(f"{name} | {line}\n" for name in names)


def ended(on: Scene, process: Popen[str], once: bool = True) -> None:
    """End the followed logs: nothing more is said, and no process is left."""
    pids = children(process.pid)
    assert len(pids) >= 4
    process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (130, "")
    assert error == "\ndirg: interrupted\n" if once else error.endswith("\ndirg: interrupted\n")
    on.project.nothing_left()
