"""Measures whole processes, from outside: wall time, processor time and memory.

Contenders take turns (A B A B, after a warm-up), so that what slows the machine for a while slows
all of them. The system accounts a process together with those that it has waited for. Memory is
the most that a single process of them has held, and never less than what a bare Python holds, which
starts them (see launch).
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")


class Unmeasured(Exception):
    """Something could not be measured; the text says why, in a line."""


@dataclass(frozen=True)
class Cost:
    """Seconds that pass, seconds of processors (user and system), and MiB at most.

    ``count`` is a number of commands or processes, where these are counted.
    """

    wall: float | None = None
    cpu: float | None = None
    memory: float | None = None
    count: float | None = None

    def of(self, measure: str) -> float | None:
        """One of the four, by its name."""
        found: float | None = getattr(self, measure)
        return found


def _nothing() -> None:
    """What is to be done before a run of most contenders."""


@dataclass(frozen=True)
class Work:
    """Commands to execute one after another, accounted together.

    ``before`` is called ahead of each run and is not measured.
    """

    commands: Sequence[Sequence[str]]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = _nothing


def run(work: Work, limit: float = 300) -> Cost:
    """What one run costs. Raises Unmeasured when a command fails or takes more seconds."""
    work.before()
    return total([spent(command, work.folder, work.env, limit) for command in work.commands])


def total(costs: Sequence[Cost]) -> Cost:
    """What several processes that run one after another cost together."""
    return Cost(
        wall=sum(each.wall or 0 for each in costs),
        cpu=sum(each.cpu or 0 for each in costs),
        memory=max(each.memory or 0 for each in costs),
    )


def spent(command: Sequence[str], folder: Path, env: Mapping[str, str], limit: float = 300) -> Cost:
    """What one process costs, with those that it waits for."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
        number = told.fileno()
        launch = [sys.executable, "-I", "-S", str(_LAUNCH), str(number), *command]
        process = started(launch, folder, env, said.fileno(), [number])
        try:
            with _limited(limit, command):
                process.wait()
        except BaseException:
            end(process)
            raise
        told.seek(0)
        figures = told.read().split()
        if len(figures) < 4 or int(figures[3]):
            status = int(figures[3]) if figures else 127
            raise Unmeasured(f"{_short(command)}: status {status}: {_last(said.fileno())}")
    wall, cpu, memory = map(float, figures[:3])
    return Cost(wall, cpu, memory / 1024)


@contextmanager
def _limited(limit: float, command: Sequence[str]) -> Iterator[None]:
    def expired(number: int, frame: object) -> None:
        raise Unmeasured(f"{_short(command)}: no end within {limit:g} s")

    signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def started(
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    error: int,
    files: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """A process with a group of its own, so that all of it can be ended.

    ``error`` is the file that it writes errors to, ``files`` are others that it inherits.
    """
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=error,
            start_new_session=True,
            pass_fds=files,
        )
    except OSError as problem:
        raise Unmeasured(f"{_short(command)}: {problem}") from None


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it has started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _short(command: Sequence[str]) -> str:
    return " ".join(command)[:100]


def _last(file: int) -> str:
    """The last line of what was written to a file."""
    os.lseek(file, 0, os.SEEK_SET)
    lines = os.read(file, 1 << 20).decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def in_turn(contenders: Mapping[str, Work], rounds: int) -> dict[str, list[Cost]]:
    """What each run of each contender costs, in rounds; the first, to warm up, is left out."""
    found: dict[str, list[Cost]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, work in contenders.items():
            cost = run(work)
            if number:
                found[name].append(cost)
    return found


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure by itself; of those that were not measured, None."""
    return Cost(
        *(_median([each.of(measure) for each in costs]) for measure in Cost.__dataclass_fields__)
    )


def _median(numbers: Sequence[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return statistics.median(known) if known else None


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost], measure: str) -> float | None:
    """The median of the ratios of one figure, pair by pair, since pairs share a time of day."""
    pairs = [(one.of(measure), other.of(measure)) for one, other in zip(ours, theirs, strict=True)]
    return _median([one / other for one, other in pairs if one is not None and other])
