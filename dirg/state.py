"""What the engines really have, as values.

A host that gives no answer is a value too (``HostState.error``), never an empty host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dirg.names import NEW, OLD, all_kept, next_kept
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.resources import Resource

# A dry run needs none of these, and compiling takes its time (measured).
_HEALTH = r"\((?:health: )?(healthy|unhealthy|starting)\)"
_EXITED = r"Exited \((\d+)\)"
# What docker knows of containers.
RESTARTING = "restarting"
STATES = ("created", "running", "paused", RESTARTING, "removing", "exited", "dead")
# The image of a container that nobody has asked about.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Difference:
    """A property of a container that is not as defined, both as text for a person.

    Empty is what is not set. Of secrets, and of variables that the definition does not have, only
    the name is told.
    """

    property: str
    found: str
    wanted: str

    def line(self) -> str:
        """How the property differs, in a line."""
        if not self.found and not self.wanted:
            return self.property
        if self.property == "definition":
            # Nobody can read anything in hashes.
            return "definition: changed in something that docker does not tell"
        found, wanted = (each or "(not set)" for each in (self.found, self.wanted))
        return f"{self.property}: {found} -> {wanted}"


@dataclass(frozen=True)
class LiveContainer:
    """A container as an engine has it.

    ``state``: created, running, paused, restarting, removing, exited or dead.
    ``status``: docker's own phrase, such as ``Up 5 minutes (healthy)``.
    ``definition``: the hash of what it was made from, empty where it was made without dirg.
    ``mark``: the label of who made it in an update; ``created``: when, by its engine's clock.
    ``linked_by``: the containers that have a link to it.
    Known after an inspect: ``image_id``; ``volumes``, its own anonymous ones, each with its path in
    the container; ``handed_on``, those of them that docker takes for named ones, since an update
    handed them on by name; ``auto_remove``, that it was made with ``--rm`` and goes when it stops;
    ``restarts``, how often docker has restarted it; ``restart``, its restart policy and how often
    that is followed; ``previous``, the label of what
    was there before the update that made it; ``stop_timeout``, how long it may take to stop, in
    seconds; ``found``, all that docker says of it; ``differences``, from what its definition makes
    of it; ``given_up``, the paths of the volumes that its definition had once and has no more.
    """

    name: str
    id: str = ""
    image: str = ""
    state: str = "running"
    status: str = ""
    ports: str = ""
    definition: str = ""
    mark: str = ""
    created: str = ""
    linked_by: tuple[str, ...] = ()
    image_id: str = ""
    volumes: tuple[tuple[str, str], ...] = ()
    handed_on: tuple[str, ...] = ()
    auto_remove: bool = False
    restarts: int | None = None
    restart: str = "no:0"
    previous: str = ""
    stop_timeout: int = 10
    differences: tuple[Difference, ...] = ()
    given_up: frozenset[str] = frozenset()
    found: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def running(self) -> bool:
        return self.state in ("running", "restarting", "paused")

    @property
    def exit_status(self) -> int | None:
        """The exit status of one that has exited, as docker's phrase has it."""
        match = re.match(_EXITED, self.status) if self.state == "exited" else None
        return int(match[1]) if match else None

    @property
    def health(self) -> str:
        """healthy, unhealthy, starting, or nothing where it has no health check."""
        match = re.search(_HEALTH, self.status)
        return match[1] if match else ""


@dataclass(frozen=True)
class HostState:
    """The containers of a host by name; or why there are none.

    ``images``: the ids of images asked for by name. ``configs``: what images give to containers,
    by their ids. ``busy``: who is at work, for each container that is being replaced by others.
    ``resources``: the networks and volumes that it has, by kind and name, where that was asked.
    """

    containers: Mapping[str, LiveContainer] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict, compare=False, repr=False
    )
    busy: Mapping[str, str] = field(default_factory=dict)
    resources: frozenset[tuple[str, str]] = frozenset()
    error: str = ""

    def has(self, resource: Resource) -> bool:
        """Whether it has a network or a volume of that kind and name."""
        return (resource.kind, resource.name) in self.resources

    def leftovers(self, name: str) -> tuple[LiveContainer, ...]:
        """What an update of a container that did not end has left, under its temporary names."""
        found = (self.containers.get(name + suffix) for suffix in (NEW, OLD))
        return tuple(each for each in found if each)

    def kept(self, name: str) -> tuple[LiveContainer, ...]:
        """The old containers that updates have kept, the newest first.

        What merely has such a name is somebody else's: it runs, or dirg knows nothing of it.
        """
        from dirg import who

        named = [self.containers[each] for each in self._all_kept.get(name, ())]
        current = self.containers.get(name)
        signed = [*named, *([current] if current else ())]
        olds = tuple(mark.old for each in signed if (mark := who.read(each.mark)) and mark.old)
        return tuple(
            each
            for each in named
            if not each.running and (each.definition or each.id.startswith(olds))
        )

    def next_kept(self, name: str) -> str:
        """The name for one more that is kept."""
        return next_kept(name, self._all_kept.get(name, ()))

    def called(self, name: str) -> Sequence[LiveContainer]:
        """The containers that have a name, or an id."""
        return self._called.get(name, ())

    @cached_property
    def _called(self) -> dict[str, list[LiveContainer]]:
        found: dict[str, list[LiveContainer]] = {}
        for each in self.containers.values():
            for name in {each.name, each.id}:
                found.setdefault(name, []).append(each)
        return found

    @cached_property
    def _all_kept(self) -> dict[str, list[str]]:
        """Each container asks, and a host may have very many."""
        return all_kept(self.containers)


def short_image(image: str) -> str:
    """An image as people know it from docker: of an id the beginning, a name as it is."""
    return image[: len("sha256:") + 12] if image.startswith("sha256:") else image
