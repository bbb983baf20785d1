"""What containers wrote, from many hosts, as one text."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dirg.command import Command, Result
from dirg.plan import Deployment
from dirg.together import each_of

if TYPE_CHECKING:
    from dirg.docker import Docker


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


def show_logs(docker: Docker, deployments: Sequence[Deployment], wanted: Wanted) -> list[Result]:
    """Print the logs of containers; gives the commands that failed.

    Those of a single container come as it wrote them; those of several have its name before each
    line, in time order as far as they are there already.
    """
    if len(deployments) == 1:
        (result,) = each_of(docker.attached, [wanted.command(deployments[0])], 1)
        if result.status == -signal.SIGPIPE:
            raise BrokenPipeError
        return [] if result.ok else [result]
    if wanted.follow:
        return _follow(docker, deployments, wanted)
    results = each_of(lambda each: docker(wanted.command(each, True)), deployments, 16)
    width = max(len(each.name) for each in deployments)
    lines = [line for result in results if result.ok for line in _stamped(result)]
    for time, name, stream, text in sorted(lines, key=lambda line: line[0]):
        shown = f"{time} {text}" if wanted.timestamps else text
        (sys.stdout if stream == "out" else sys.stderr).write(f"{name:<{width}} | {shown}\n")
    return [result for result in results if not result.ok]


def _stamped(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """The lines of a container, each with its time, name and stream."""
    for stream, written in (("out", result.output), ("err", result.error)):
        for line in written.split("\n"):
            time, _, text = line.partition(" ")
            if time:
                yield time, result.command.cause, stream, text


def _follow(docker: Docker, deployments: Sequence[Deployment], wanted: Wanted) -> list[Result]:
    width = max(len(each.name) for each in deployments)
    lock = threading.Lock()
    closed: list[BrokenPipeError] = []

    def write(name: str, stream: str, line: str) -> None:
        target = sys.stdout if stream == "out" else sys.stderr
        with lock:
            if closed:
                return
            try:
                target.write(f"{name:<{width}} | {line}\n")
                target.flush()
            except BrokenPipeError as error:
                # This is a thread of sh's: raising here would end nothing. Once is enough: docker
                # takes a third signal for impatience, and says so.
                closed.append(error)
                docker.stop()

    def follow(deployment: Deployment) -> Result:
        return docker.stream(
            wanted.command(deployment), lambda stream, line: write(deployment.name, stream, line)
        )

    results = each_of(follow, deployments, len(deployments))
    for error in closed:
        raise error
    return [result for result in results if not result.ok]
