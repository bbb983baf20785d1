"""Names on the command line: services, containers, and globs over both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
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
    known = list(dict.fromkeys([*description.services, *description.containers, EVERYTHING]))
    missing = [name for name in names if not any(fnmatchcase(each, name) for each in known)]
    if missing:
        raise UsageError("; ".join(unknown(name, known) for name in missing))
    chosen = [
        container
        for name in names or [EVERYTHING]
        for match in _matches(description, name)
        for container in members(description.services, match)
    ]
    return tuple(dict.fromkeys(chosen))


def _matches(description: Description, name: str) -> Iterator[str]:
    if name == EVERYTHING and EVERYTHING not in description.services:
        yield from description.containers
        return
    for known in [*description.services, *description.containers]:
        if fnmatchcase(known, name):
            yield known


def members(services: Mapping[str, Service], name: str) -> Iterator[str]:
    """The containers of a service, through the services it lists; of a container, itself.

    A service may have the name of a container that it lists.
    """
    opened: set[str] = set()
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
    known = [*description.container_names, *description.service_names]
    for service in description.services.values():
        for member in service.members:
            if member.text not in known:
                text = unknown(member.text, known)
                yield Mistake(member.place, f"service {service.name}: {text}")


def _endless_services(description: Description) -> Iterator[Mistake]:
    services, containers = description.services, description.container_names
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
                del path[node]
            elif following in path:
                nodes = list(path)
                yield [*nodes[nodes.index(following) :], following]
            else:
                path[following] = iter(edges.get(following, ()))


def unknown(name: str, known: Sequence[str]) -> str:
    """What to say of an unknown name: the nearest known ones."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    return f"unknown name {name!r}: {hint}"
