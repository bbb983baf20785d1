"""The networks and volumes of a description: which containers need which, and their arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dirg import definitions, mounts, networks, options
from dirg.errors import DescriptionError
from dirg.properties import Properties
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.definitions import Description
    from dirg.options import Option

NETWORK, VOLUME = "network", "volume"
FLAGS: Mapping[str, Mapping[str, Option]] = {NETWORK: options.NETWORK, VOLUME: options.VOLUME}


@dataclass(frozen=True)
class Resource:
    """A network or a volume: its kind, its name, and the flags that docker makes it with."""

    kind: str
    name: str
    options: tuple[str, ...] = ()

    def create(self) -> tuple[str, ...]:
        """The arguments of docker that make it."""
        return (self.kind, "create", *self.options, self.name)

    def remove(self) -> tuple[str, ...]:
        """The arguments of docker that remove it."""
        return (self.kind, "rm", self.name)


def define(resource: definitions.Resource, directory: str) -> Resource:
    """What docker is to make of a definition; relative paths begin at ``directory``.

    Raises DescriptionError with every mistake of it.
    """
    flags = FLAGS[resource.kind]
    properties = Properties(resource.properties, directory, flags)
    arguments = []
    for name, written in resource.properties.items():
        if name in flags:
            arguments += properties.option(name, flags[name])
        else:
            properties.unknown(written, flags, options.COMPOSE_RESOURCES)
    if properties.mistakes:
        raise DescriptionError(properties.mistakes)
    return Resource(resource.kind, resource.name, tuple(arguments))


Known = Mapping[tuple[str, str], tuple[int, Resource]]


def by_name(resources: Iterable[Resource]) -> Known:
    """Networks and volumes by kind and name, numbered in their order."""
    return {(each.kind, each.name): (number, each) for number, each in enumerate(resources)}


def needed(definition: Definition, known: Known) -> tuple[Resource, ...]:
    """Those of some networks and volumes that a container is made with, in their order."""
    used = {*_used(definition)} if known else set()
    found = dict(known[each] for each in used if each in known)
    return tuple(found[number] for number in sorted(found))


def _used(definition: Definition) -> Iterator[tuple[str, str]]:
    from dirg.wanted import said

    spoken = said(definition)
    for endpoint in networks.written(spoken.get("net", ())):
        yield NETWORK, endpoint.name
    for binding in spoken.get("volume_bindings", ()):
        yield VOLUME, binding.partition(":")[0]
    for word in spoken.get("mount", ()):
        fields = dict(mounts.fields(word))
        if fields.get("type", "volume") == "volume":
            yield VOLUME, fields.get("source", "")


def read(description: Description) -> tuple[list[Resource], list[DescriptionError]]:
    """The networks and volumes of a description, and what is wrong with others."""
    found, errors = [], []
    for each in description.resources:
        try:
            found.append(define(each, description.directory))
        except DescriptionError as error:
            errors.append(error)
    return found, errors
