"""The rendered description: its services and containers, checked for their structure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dirg.errors import DescriptionError, Mistake, Place, all_of, mistake
from dirg.names import NAME, NETWORK_NAME, reserved
from dirg.networks import PREDEFINED
from dirg.nodes import Nodes, duplicates
from dirg.records import dataclass
from dirg.trees import Map, Node
from dirg.values import Items, Mark, Text, Value, each
from dirg.values import kind as kind_of

if TYPE_CHECKING:
    from dirg.origins import Rendered

_Made = TypeVar("_Made")

# What nobody writes by hand, and nobody would wait for.
_MOST = 100_000
_PREDEFINED = {"network": (*PREDEFINED, "default")}


@dataclass(frozen=True)
class Service:
    """A name for a group of containers; ``members`` are names of containers or of services."""

    name: str
    place: Place
    members: tuple[Text, ...]


@dataclass(frozen=True)
class Property:
    """A property of a container: its name as written, and its value; None where that is wrong."""

    name: Text
    value: Value | None


@dataclass(frozen=True)
class Container:
    """A container definition; ``properties`` are keyed by their name with ``_`` for ``-``."""

    name: str
    place: Place
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Resource:
    """A network or a volume to be made: ``kind`` says which, ``properties`` as of a container."""

    kind: str
    name: str
    place: Place
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Description:
    """A service description, as far as it could be read.

    ``directory``: what its relative paths are relative to.
    ``service_names``, ``container_names``: also of those that could not be read.
    ``mistakes``: what could not be read. ``warnings``: what may not be what was meant.
    """

    services: Mapping[str, Service]
    containers: Mapping[str, Container]
    directory: str
    service_names: tuple[str, ...] = ()
    container_names: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    resources: tuple[Resource, ...] = ()


def parse(rendered: Rendered, directory: str) -> Description:
    """Read services, containers, networks and volumes from the rendered text.

    Raises DescriptionError when there is nothing to read, as with wrong syntax.
    """
    reader = _Reader(Nodes(rendered, _MOST))
    services, containers, *more = reader.documents()
    known_services = dict(reader.named(services, reader.service))
    known_containers = dict(reader.named(containers, reader.container))
    resources = [each for kind, node in _flat(more) for each in reader.resources(kind, node)]
    return Description(
        known_services,
        known_containers,
        directory,
        tuple(name.text for name, _ in services),
        tuple(name.text for name, _ in containers),
        tuple(reader.mistakes),
        tuple(reader.nodes.warnings),
        tuple(resources),
    )


_Entries = list[tuple[Text, Node]]
# The kinds of what the third document has, by its keys.
_KINDS = {"networks": "network", "volumes": "volume"}


def _flat(documents: Iterable[_Entries]) -> Iterator[tuple[Text, Node]]:
    return (entry for entries in documents for entry in entries)


class _Reader:
    """Reads services and containers, and collects what is wrong with them."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.mistakes: list[Mistake] = []

    def documents(self) -> list[_Entries]:
        nodes = self.nodes.documents()
        if len(nodes) < 2:
            raise mistake(
                Mark(self.nodes.rendered, 0),
                "needs two YAML documents separated by ---, services and containers; "
                f"found {len(nodes)}; write both",
            )
        if len(nodes) > 3:
            text = "takes three YAML documents: services, containers, and networks with volumes"
            raise mistake(nodes[3].place, f"{text}; leave out the rest")
        found = all_of(self._document, nodes)
        # What was told as a mistake needs no warning.
        self.nodes.warnings.clear()
        return found

    def _document(self, node: Node) -> _Entries:
        if isinstance(node, Text) and kind_of(self.nodes.value(node)) == "nothing":
            return []
        if not isinstance(node, Map):
            what = f"this document takes a map of names, not {kind_of(self.nodes.value(node))}"
            raise mistake(node.place, f"{what}; write NAME: and below it what it is")
        for key, first in duplicates(node):
            there = first.place.source()
            text = f"{key.text} is defined twice, here and at {there}; rename one"
            self.mistakes.append(Mistake(key.place, text))
        return self.nodes.entries(node)

    def named(
        self, entries: _Entries, make: Callable[[Text, Node], _Made]
    ) -> Iterator[tuple[str, _Made]]:
        for name, node in entries:
            try:
                yield name.text, make(name, node)
            except DescriptionError as error:
                self.mistakes += error.mistakes

    def service(self, name: Text, node: Node) -> Service:
        members = all_of(lambda value: _member(name, value), each(self.nodes.value(node)))
        return Service(name.text, name.place, tuple(members))

    def container(self, name: Text, node: Node) -> Container:
        self._check_name(name, "container")
        if reserved(name.text):
            text = f"{name.text!r} is a name that dirg update uses; choose another one"
            self.mistakes.append(Mistake(name.place, text))
        if not isinstance(node, Map):
            given = kind_of(self.nodes.value(node))
            text = f"container {name.text} takes a map of properties, not {given}"
            raise mistake(node.place, f"{text}; write {name.text}: {{image: NAME}}")
        return Container(name.text, name.place, self._properties(node))

    def _check_name(self, name: Text, kind: str) -> None:
        network = kind == "network"
        if not (NETWORK_NAME if network else NAME).fullmatch(name.text):
            who, several = ("dirg", "") if network else ("docker", "two or more of ")
            text = (
                f"{name.text!r} is no {kind} name; {who} takes {several}"
                "a-z A-Z 0-9 _ . - and no _ . - at the start"
            )
            self.mistakes.append(Mistake(name.place, text))

    def resources(self, key: Text, node: Node) -> Iterator[Resource]:
        """The networks, or the volumes, of the third document."""
        if key.text not in _KINDS:
            text = f"{key.text!r} is unknown; the third document takes networks and volumes"
            self.mistakes.append(Mistake(key.place, text))
            return
        kind = _KINDS[key.text]
        warned = len(self.nodes.warnings)
        try:
            entries = self._document(node)
            # As above.
            del self.nodes.warnings[warned:]
        except DescriptionError as error:
            self.mistakes += error.mistakes
            return
        for _, resource in self.named(entries, partial(self._resource, kind)):
            yield resource

    def _resource(self, kind: str, name: Text, node: Node) -> Resource:
        self._check_name(name, kind)
        if name.text in _PREDEFINED.get(kind, ()):
            text = f"docker has a {kind} {name.text} of its own; choose another name"
            self.mistakes.append(Mistake(name.place, text))
        if isinstance(node, Text) and kind_of(self.nodes.value(node)) == "nothing":
            return Resource(kind, name.text, name.place, {})
        if not isinstance(node, Map):
            given = kind_of(self.nodes.value(node))
            text = f"{kind} {name.text} takes a map of properties, not {given}"
            raise mistake(node.place, f"{text}; write {name.text}: {{driver: NAME}}")
        return Resource(kind, name.text, name.place, self._properties(node))

    def _properties(self, node: Map) -> dict[str, Property]:
        properties: dict[str, Property] = {}
        for key, item in self.nodes.entries(node):
            property_name = key.text.replace("-", "_")
            if property_name in properties:
                before = properties[property_name].name.place.source()
                text = f"{key.text} is written twice; this one counts, not the one at {before}"
                self.nodes.warnings.append(Mistake(key.place, text))
            properties[property_name] = Property(key, self._value(item))
        return properties

    def _value(self, node: Node) -> Value | None:
        try:
            return self.nodes.value(node)
        except DescriptionError as error:
            self.mistakes += error.mistakes
            return None


def _member(service: Text, value: Value) -> Text:
    if not isinstance(value, Text) or value.null:
        takes = "names" if isinstance(value, Items) else "a list of names"
        what = f"service {service.text} takes {takes}, not {kind_of(value)}"
        raise mistake(value.place, f"{what}; write {service.text}: [NAME, NAME]")
    return value
