"""What containers wrote, from many hosts, as one text."""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dirg.command import QUERY, Command, Result
from dirg.doors import Doors
from dirg.prefixed import Lines
from dirg.records import dataclass
from dirg.together import Bounds, each_of

if TYPE_CHECKING:
    from dirg.docker import Docker
    from dirg.host import Host
    from dirg.steps import Deployment

# How often is looked whether a container that has ended runs again, and for how long, in seconds:
# one that has ended or gone, and one that an update has made, and starts when the old one is gone.
_LOOK = 0.3
_LINGER = {"exited": 5.0, "dead": 5.0, "gone": 5.0, "removing": 5.0, "created": 330.0}
# docker keeps a line in parts of so many bytes, and puts the time before each of them; of bytes
# that are no UTF-8, as where a part ends within a character, it makes this (measured).
_PART = 16384
_REPLACED = "\ufffd".encode()
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ")


@dataclass(frozen=True)
class Wanted:
    """Which lines are wanted.

    ``tail``, ``since`` and ``until`` as docker logs takes them. ``prefix``: with the name of the
    container, where there are several. ``grep``: only lines in which this is found.
    """

    follow: bool = False
    tail: str | None = None
    since: str | None = None
    timestamps: bool = False
    until: str | None = None
    prefix: bool = True
    grep: re.Pattern[str] | None = None

    def command(self, deployment: Deployment, stamped: bool = False) -> Command:
        """The docker command; ``stamped`` asks for the times that merging and following need."""
        flags = ["--follow"] if self.follow else []
        if self.timestamps or stamped:
            flags.append("--timestamps")
        for flag, value in (
            ("--tail", self.tail),
            ("--since", self.since),
            ("--until", self.until),
        ):
            if value is not None:
                flags += [flag, value]
        return deployment.command("logs", *flags, deployment.name)

    def shown(self, stamp: bytes, text: bytes) -> bytes | None:
        """A line as it is shown, None where it is not wanted."""
        if self.grep and not self.grep.search(text.decode("utf-8", "replace")):
            return None
        return stamp + text if self.timestamps else text


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

    Those of a single container come as it wrote them, but for what a terminal may be sent; those of
    several have its name before each line, in time order unless they are followed.
    """
    prefix = wanted.prefix and len(deployments) > 1
    lines = Lines((each.name for each in deployments), docker.stop, prefix)
    if wanted.follow:
        _Following(docker, wanted, lines, Doors(took), failed)(deployments)
        return
    if len(deployments) == 1 and not wanted.grep:
        (result,) = each_of(
            lambda command: _single(docker, command, lines),
            [wanted.command(deployments[0])],
            bounds,
            _host,
        )
        lines.end()
        if not result.ok:
            failed(result)
        return
    _show_merged(
        docker,
        [wanted.command(each, stamped=True) for each in deployments],
        wanted,
        lines,
        bounds,
        failed,
    )


def _show_merged(
    docker: Docker,
    commands: Sequence[Command],
    wanted: Wanted,
    lines: Lines,
    bounds: Bounds,
    failed: Callable[[Result], None],
) -> None:
    """Print the logs of several containers, in time order."""
    recorded = each_of(docker.recorded, commands, bounds, _host)
    streams = [
        _entries(result.command.container, stream, written)
        for result, *both in recorded
        if result.ok
        for stream, written in zip(("out", "err"), both, strict=True)
    ]
    for stamp, _, name, stream, text in heapq.merge(*streams):
        shown = wanted.shown(stamp, text)
        if shown is not None:
            lines.put(name, stream, shown)
    lines.end()
    for result, *_ in recorded:
        if not result.ok:
            failed(result)


def _single(docker: Docker, command: Command, lines: Lines) -> Result:
    """Show the logs of a container as it wrote them; a terminal gets nothing that could harm."""
    if not lines.seen:
        return docker.attached(command)
    return docker.stream(
        command, lambda stream, line: lines.write("", stream, line), joined=lines.seen_as_one
    )


def _host(command: Command) -> Host:
    return command.host


_Entry = tuple[bytes, int, str, str, bytes]


def _entries(name: str, stream: str, written: bytes) -> Iterator[_Entry]:
    """The lines of a container, each with its time; never before the line that it follows."""
    latest = b""
    for number, line in enumerate(written.split(b"\n")):
        stamp, text = stamped(line)
        if stamp or text:
            # The clock of a host may have been set back.
            latest = max(latest, stamp)
            yield latest, number, name, stream, text


def stamped(line: bytes) -> tuple[bytes, bytes]:
    """The time of a line, with the blank behind it; and the line without the times of its parts."""
    match = _STAMP.match(line) or _STAMP.fullmatch(line + b" ")
    if not match:
        return b"", line
    parts, at = [], match.end()
    while again := _STAMP.search(line, at + _PART):
        part = line[at : again.start()]
        if len(part) - (len(_REPLACED) - 1) * part.count(_REPLACED) > _PART:
            break
        parts.append(part)
        at = again.end()
    return match[0], b"".join([*parts, line[at:]])


class _Following:
    """Follows the logs of containers, also when they are started again or replaced."""

    def __init__(
        self,
        docker: Docker,
        wanted: Wanted,
        lines: Lines,
        doors: Doors,
        failed: Callable[[Result], None],
    ) -> None:
        self._docker = docker
        self._wanted = wanted
        self._lines = lines
        self._doors = doors
        self._failed = failed

    def __call__(self, deployments: Sequence[Deployment]) -> None:
        # All of them at once, or some would never be shown.
        everything = Bounds(len(deployments) or 1, len(deployments))
        each_of(self._follow, deployments, everything, lambda deployment: deployment.host)
        self._lines.end()

    def _follow(self, deployment: Deployment) -> None:
        wanted, latest, run = self._wanted, b"", _Run("", "", "")
        while True:
            result, latest = self._attached(deployment, wanted, latest)
            again = self._again(deployment, run) if result.ok else result
            if isinstance(again, Result):
                self._tell(again)
                return
            if again is None:
                return
            run = again
            # Of what it had written before, nobody may have wanted to see the last line.
            since = latest.decode().strip() or run.ended
            wanted = replace(self._wanted, tail=None, since=since)

    def _tell(self, result: Result) -> None:
        self._lines.between(lambda: self._failed(result))

    def _attached(
        self, deployment: Deployment, wanted: Wanted, latest: bytes
    ) -> tuple[Result, bytes]:
        """Follow it until it ends; returns the time of its last line, too."""
        last = latest
        with self._doors.entering(deployment.host) as entered:

            def read(stream: str, line: str) -> None:
                nonlocal last
                entered()
                stamp, text = stamped(line.encode("utf-8", "surrogateescape"))
                if stamp and stamp <= latest:
                    # It was shown before.
                    return
                last = max(last, stamp)
                shown = wanted.shown(stamp, text)
                if shown is not None:
                    self._lines.put(deployment.name, stream, shown)

            result = self._docker.stream(wanted.command(deployment, stamped=True), read)
        return result, last

    def _again(self, deployment: Deployment, run: _Run) -> _Run | Result | None:
        """The next run of a container that has ended, None where there is none.

        The answer of docker where it gives none.
        """
        form = "{{.Id}} {{.State.StartedAt}} {{.State.FinishedAt}} {{.State.Status}}"
        query = deployment.command("container", "inspect", "--format", form, deployment.name)
        asked = replace(query, cause=QUERY)
        began = time.monotonic()
        while True:
            result = self._docker(asked, self._docker.patience)
            if not (result.ok or result.gone):
                return result
            *words, state = (result.output.split() if result.ok else []) or ["gone"]
            if state in ("running", "paused") and len(words) == 3:
                found = _Run(*words)
                return None if (found.id, found.began) == (run.id, run.began) else found
            if state != "restarting" and time.monotonic() - began > _LINGER.get(state, 0.0):
                return None
            if self._docker.paused(_LOOK):
                return None


@dataclass(frozen=True)
class _Run:
    """A container from its start to its end: when it began, and when the one before had ended."""

    id: str
    began: str
    ended: str
