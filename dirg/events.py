"""What happens to containers, from many hosts, as one stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from dirg import shapes
from dirg.command import Command, Result
from dirg.prefixed import Lines
from dirg.records import dataclass
from dirg.steps import by_host
from dirg.together import Bounds, each_of
from dirg.visible import in_json, on_a_line

if TYPE_CHECKING:
    from dirg.docker import Docker
    from dirg.host import Host
    from dirg.steps import Deployment

# The end of the year 9999, in nanoseconds: Python has no later dates.
_NO_DATE = 253402300800 * 10**9


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted: ``since`` and ``until`` as docker events takes them."""

    since: str | None = None
    until: str | None = None

    def commands(self, deployments: Sequence[Deployment]) -> Iterator[Command]:
        """The docker command of each host."""
        times = [
            f"--{name}={value}"
            for name, value in (("since", self.since), ("until", self.until))
            if value is not None
        ]
        for host, here in by_host(deployments).items():
            names = (f"--filter=container={each.name}" for each in here)
            flags = (*times, "--filter=type=container", *names)
            yield Command(host, ("events", *flags, "--format", "{{json .}}"))


@dataclass(frozen=True)
class Event:
    """Something that happened to a container; ``time`` in nanoseconds since 1970."""

    time: int
    host: str
    container: str
    action: str
    attributes: Mapping[str, str]

    @property
    def when(self) -> str:
        """The time in UTC, as docker logs tells it."""
        seconds, rest = divmod(self.time, 10**9)
        moment = datetime.fromtimestamp(seconds, timezone.utc)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09}Z"

    def as_json(self) -> str:
        """The event as one line for a program."""
        event = {
            "time": self.when,
            "host": self.host,
            "container": self.container,
            "action": self.action,
            "attributes": self.attributes,
        }
        return in_json(json.dumps(event, ensure_ascii=False))

    def as_text(self, names: int, hosts: int) -> str:
        """The event as a line for a person; the widths of names and hosts."""
        status = self.attributes.get("exitCode", "")
        told = f"{self.action} (status {status})" if self.action == "die" else self.action
        line = f"{self.when}  {self.container:<{names}}  {self.host:<{hosts}}  {told}"
        return on_a_line(line)


def read(host: Host, line: str) -> Event | None:
    """An event, by a line of docker; None for what is none."""
    try:
        answer: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not (shapes.fits(answer, shapes.EVENT) and answer and 0 <= answer["timeNano"] < _NO_DATE):
        return None
    attributes = {**(answer["Actor"] or {}).get("Attributes", {})}
    name = attributes.pop("name", "")
    return Event(answer["timeNano"], host.name, name, answer["Action"], attributes)


def show_events(
    docker: Docker,
    deployments: Sequence[Deployment],
    wanted: Wanted,
    as_json: bool,
    failed: Callable[[Result], None],
) -> None:
    """Print what happens as it does; where it ends some time, in the order of time."""
    names = max((len(each.name) for each in deployments), default=0)
    hosts = max((len(each.host.name) for each in deployments), default=0)
    known: list[Event] = []
    lines = Lines((), docker.stop)

    def tell(event: Event) -> None:
        lines.write("", "out", event.as_json() if as_json else event.as_text(names, hosts))

    def listen(command: Command) -> Result:
        said = ""

        def heard(stream: str, line: str) -> None:
            nonlocal said
            event = read(command.host, line) if stream == "out" else None
            if event:
                known.append(event) if wanted.until else tell(event)
            elif stream == "err":
                said = line

        result = docker.stream(command, heard)
        return result if result.ok else replace(result, error=result.error or said)

    commands = list(wanted.commands(deployments))
    everything = Bounds(len(commands) or 1, len(commands))
    results = each_of(listen, commands, everything, lambda command: command.host)
    for event in sorted(known, key=lambda event: event.time):
        tell(event)
    lines.end()
    for result in results:
        if not result.ok:
            failed(result)
