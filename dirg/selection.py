"""Names on the command line: services, containers, and globs over both."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import translate
from typing import TYPE_CHECKING

from dirg.errors import Mistake, UsageError

if TYPE_CHECKING:
    from dirg.definitions import Description, Service

EVERYTHING = "all"


def select(description: Description, names: Sequence[str]) -> tuple[str, ...]:
    """The names of the containers that names stand for, each once, in the order written.

    No name stands for the service ``all``, or every container where there is no such service.
    Raises UsageError that tells every unknown name with the nearest known ones.
    """
    known = dict.fromkeys([*description.services, *description.containers, EVERYTHING])
    missing = [name for name in names if not any(_fitting(known, name))]
    if missing:
        raise UsageError("; ".join(unknown(name, [*known]) for name in missing))
    # What a service has needs not be looked for again where another one lists it.
    opened: set[str] = set()
    chosen = [
        container
        for name in names or [EVERYTHING]
        for match in _matches(description, name)
        for container in _members(description.services, match, opened)
    ]
    return tuple(dict.fromkeys(chosen))


def _matches(description: Description, name: str) -> Iterator[str]:
    if name == EVERYTHING and EVERYTHING not in description.services:
        yield from description.containers
        return
    yield from _fitting(description.services, name)
    yield from _fitting(description.containers, name)


def _fitting(known: Collection[str], name: str) -> Iterator[str]:
    """Those of some names that a glob fits."""
    if not any(sign in name for sign in "*?["):
        yield from [name] if name in known else []
        return
    fits = re.compile(translate(name)).match
    yield from (each for each in known if fits(each))


def members(services: Mapping[str, Service], name: str) -> Iterator[str]:
    """The containers of a service, through the services it lists; of a container, itself.

    A service may have the name of a container that it lists.
    """
    return _members(services, name, set())


def _members(services: Mapping[str, Service], name: str, opened: set[str]) -> Iterator[str]:
    """The same, but for what the services have that are ``opened`` already."""
    waiting = [(name, "")]
    while waiting:
        member, service = waiting.pop()
        if member not in services or member == service:
            yield member
        elif member not in opened:
            opened.add(member)
            waiting += [(each.text, member) for each in reversed(services[member].members)]


def services_of(description: Description) -> dict[str, tuple[str, ...]]:
    """For each container the services it belongs to; ``all`` only where it has no other."""
    found: dict[str, list[str]] = {name: [] for name in description.containers}
    for service in description.services:
        for container in dict.fromkeys(members(description.services, service)):
            found[container].append(service)
    return {
        name: tuple(each for each in services if each != EVERYTHING or len(services) == 1)
        for name, services in found.items()
    }


def mistakes(description: Description) -> Iterator[Mistake]:
    """Every service that lists nothing, what is not there, or itself."""
    for service in description.services.values():
        if not service.members:
            text = f"service {service.name} lists nothing; list its containers, or leave it out"
            yield Mistake(service.place, text)
    yield from _unknown_members(description)
    yield from _endless_services(description)


def _unknown_members(description: Description) -> Iterator[Mistake]:
    known = Known([*description.container_names, *description.service_names])
    for service in description.services.values():
        for member in service.members:
            if member.text not in known:
                text = known.unknown(member.text)
                yield Mistake(member.place, f"service {service.name}: {text}")


def _endless_services(description: Description) -> Iterator[Mistake]:
    services, containers = description.services, {*description.container_names}
    edges = {
        name: [
            member.text
            for member in service.members
            if member.text in services and not (member.text == name and name in containers)
        ]
        for name, service in services.items()
    }
    for circle in cycles(edges):
        text = (
            f"services list each other without end: {' -> '.join(circle)}; leave out one of these"
        )
        yield Mistake(services[circle[0]].place, text)


def cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Cycles in a graph, each with its first node again at its end; every one there is, once."""
    finished: set[str] = set()
    for start in edges:
        # The way from the start, with what is still to be followed from each node.
        path = {start: iter(edges[start])} if start not in finished else {}
        while path:
            node = next(reversed(path))
            following = next((each for each in path[node] if each not in finished), None)
            if following is None:
                finished.add(node)
                path.popitem()
            elif following in path:
                nodes = list(path)
                yield [*nodes[nodes.index(following) :], following]
            else:
                path[following] = iter(edges.get(following, ()))


class Known:
    """Names that many others are looked for in, of which the same ones may be unknown again."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._all = {*names}
        self._said: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def unknown(self, name: str) -> str:
        """What to say of an unknown name: the nearest known ones."""
        if name not in self._said:
            self._said[name] = unknown(name, self._names)
        return self._said[name]


def unknown(name: str, known: Sequence[str]) -> str:
    """What to say of an unknown name: the nearest known ones."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    return f"unknown name {name!r}: {hint}"
