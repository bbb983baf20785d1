"""What containers wrote, from many hosts, as one text."""

from __future__ import annotations

import signal
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dirg.command import Command, Result
from dirg.host import Host
from dirg.prefixed import Lines
from dirg.steps import Deployment
from dirg.together import Bounds, each_of

if TYPE_CHECKING:
    from dirg.docker import Docker

# How many connect to a host at once, and in how many seconds they are taken for connected at least.
_ENTERING = 4
_TAKEN_FOR_IN = 1.0


@dataclass(frozen=True)
class Wanted:
    """Which lines are wanted: ``tail`` and ``since`` as docker logs takes them."""

    follow: bool = False
    tail: str | None = None
    since: str | None = None
    timestamps: bool = False

    def command(self, deployment: Deployment, merged: bool = False) -> Command:
        """The docker command; ``merged`` asks for the times that merging needs."""
        flags = ["--follow"] if self.follow else []
        if self.timestamps or (merged and not self.follow):
            flags.append("--timestamps")
        for flag, value in (("--tail", self.tail), ("--since", self.since)):
            if value is not None:
                flags += [flag, value]
        return deployment.command("logs", *flags, deployment.name)


def show_logs(
    docker: Docker,
    deployments: Sequence[Deployment],
    wanted: Wanted,
    bounds: Bounds,
    took: Mapping[Host, float],
    failed: Callable[[Result], None],
) -> None:
    """Print the logs of containers; ``failed`` is told of each command that fails, when it does.

    ``took``: how long each host has taken to answer, in seconds.

    Those of a single container come as it wrote them; those of several have its name before each
    line, in time order as far as they are there already.
    """
    if len(deployments) == 1:
        (result,) = each_of(docker.attached, [wanted.command(deployments[0])], bounds, _host)
        if result.status == -signal.SIGPIPE:
            raise BrokenPipeError
        if not result.ok:
            failed(result)
        return
    if wanted.follow:
        _follow(docker, deployments, wanted, took, failed)
        return
    commands = [wanted.command(each, True) for each in deployments]
    results = each_of(docker, commands, bounds, _host)
    width = max((len(each.name) for each in deployments), default=0)
    lines = [line for result in results if result.ok for line in _stamped(result)]
    for time, name, stream, text in sorted(lines, key=lambda line: line[0]):
        shown = f"{time} {text}" if wanted.timestamps else text
        (sys.stdout if stream == "out" else sys.stderr).write(f"{name:<{width}} | {shown}\n")
    for result in results:
        if not result.ok:
            failed(result)


def _host(command: Command) -> Host:
    return command.host


def _stamped(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """The lines of a container, each with its time, name and stream."""
    for stream, written in (("out", result.output), ("err", result.error)):
        for line in written.split("\n"):
            time, _, text = line.partition(" ")
            if time:
                yield time, result.command.cause, stream, text


def _follow(
    docker: Docker,
    deployments: Sequence[Deployment],
    wanted: Wanted,
    took: Mapping[Host, float],
    failed: Callable[[Result], None],
) -> None:
    lines = Lines((each.name for each in deployments), docker.stop)
    doors = _Doors(took)

    def follow(command: Command) -> None:
        with doors.entering(command.host) as entered:

            def read(stream: str, line: str) -> None:
                entered()
                lines.write(command.cause, stream, line)

            result = docker.stream(command, read)
        if not result.ok:
            lines.between(lambda: failed(result))

    # All of them at once, or some would never be shown.
    everything = Bounds(len(deployments) or 1, len(deployments))
    commands = [wanted.command(each) for each in deployments]
    each_of(follow, commands, everything, _host)
    lines.end()


class _Doors:
    """Keeps too many from connecting to a host at the same time; who is in does not count.

    sshd turns away who comes while ten others are still saying who they are.
    """

    def __init__(self, took: Mapping[Host, float]) -> None:
        self._took = took
        self._doors: defaultdict[Host, threading.Semaphore] = defaultdict(
            lambda: threading.Semaphore(_ENTERING)
        )
        self._lock = threading.Lock()

    @contextmanager
    def entering(self, host: Host) -> Iterator[Callable[[], None]]:
        """Waits for a turn; what it gives is to be called when the host has let it in.

        Who does not know so of itself, since a container says nothing, is taken for in after a
        while.
        """
        with self._lock:
            door = self._doors[host]
        door.acquire()
        once = threading.Lock()

        def entered() -> None:
            if once.acquire(blocking=False):
                door.release()

        timer = threading.Timer(max(_TAKEN_FOR_IN, 4 * self._took.get(host, 0)), entered)
        timer.daemon = True
        timer.start()
        try:
            yield entered
        finally:
            timer.cancel()
            entered()
