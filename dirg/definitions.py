"""The rendered description: its services and containers, checked for their structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dirg.errors import DescriptionError, Mistake, Place, mistake
from dirg.template import Rendered
from dirg.values import Items, Mark, Pairs, Text, Value, each, kind, text

_Made = TypeVar("_Made")

_TAG = "tag:yaml.org,2002:"
_SCALARS = ("null", "bool", "int", "float", "str", "timestamp", "value", "merge")
_TUPLE = _TAG + "python/tuple"
_PLAIN_TAGS = {
    ScalarNode: {_TAG + name for name in _SCALARS},
    SequenceNode: {_TAG + "seq", _TUPLE},
    MappingNode: {_TAG + "map"},
}
_CONTAINER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Service:
    """A name for a group of containers; ``members`` are names of containers or of services."""

    name: str
    place: Place
    members: tuple[Text, ...]


@dataclass(frozen=True)
class Property:
    """A property of a container: its name as written, and its value."""

    name: Text
    value: Value


@dataclass(frozen=True)
class Container:
    """A container definition; ``properties`` are keyed by their name with ``_`` for ``-``."""

    name: str
    place: Place
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Description:
    """A service description, as far as it could be read.

    ``directory``: what its relative paths are relative to.
    ``names``: of all services and containers, also of those that could not be read.
    ``mistakes``: what could not be read. ``warnings``: what may not be what was meant.
    """

    services: Mapping[str, Service]
    containers: Mapping[str, Container]
    directory: Path
    names: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()


def parse(rendered: Rendered, directory: Path) -> Description:
    """Read services and containers from the rendered text.

    Raises DescriptionError when there is nothing to read, as with wrong syntax.
    """
    reader = _Reader(rendered)
    services, containers = reader.documents()
    known_services = dict(reader.named(services, reader.service))
    known_containers = dict(reader.named(containers, reader.container))
    return Description(
        known_services,
        known_containers,
        directory,
        tuple(name.text for name, _ in (*services.pairs, *containers.pairs)),
        tuple(reader.mistakes),
        tuple(reader.warnings),
    )


class _Reader:
    """Turns YAML's nodes into values, and collects what is wrong with them."""

    def __init__(self, rendered: Rendered) -> None:
        self.rendered = rendered
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []
        self._constructor = yaml.constructor.SafeConstructor()
        self._values: dict[int, Value] = {}
        self._open: set[int] = set()
        self._documents: set[int] = set()
        self._last = Mark(rendered, 0)

    def documents(self) -> tuple[Pairs, Pairs]:
        nodes = self._compose()
        if len(nodes) != 2:
            raise mistake(
                Mark(self.rendered, 0),
                f"needs two YAML documents separated by ---, services and containers; "
                f"found {len(nodes)}",
            )
        services, containers = (self._document(node) for node in nodes)
        return services, containers

    def _compose(self) -> list[Node]:
        try:
            return list(yaml.compose_all(self.rendered.text, Loader=_Loader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Mark(self.rendered, mark.index) if mark else None
            problem = error.problem or error.context or "not YAML"
            raise mistake(place or Mark(self.rendered, 0), f"YAML syntax: {problem}") from error
        except yaml.reader.ReaderError as error:
            # libyaml counts bytes here, and characters everywhere else.
            before = self.rendered.text.encode()[: error.position].decode(errors="ignore")
            place = Mark(self.rendered, len(before))
            raise mistake(place, f"YAML syntax: {error.reason}") from error
        except UnicodeEncodeError as error:
            place = Mark(self.rendered, error.start)
            raise mistake(place, "a character that is not UTF-8") from error
        except RecursionError as error:
            raise mistake(Mark(self.rendered, 0), "YAML is nested too deeply") from error

    def _document(self, node: Node) -> Pairs:
        for key, first in _duplicates(node):
            first_place = self._mark(first).source()
            text = f"{key.value} is defined twice, here and at {first_place}; rename one"
            self.mistakes.append(Mistake(self._mark(key), text))
        self._documents.add(id(node))
        try:
            value = self.value(node)
        except RecursionError as error:
            # Only here there is room enough to find out where it was.
            raise mistake(self._last, "nested too deeply") from error
        if isinstance(value, Text) and value.null:
            return Pairs((), value.place)
        if not isinstance(value, Pairs):
            what = f"this document takes a map of names, not {kind(value)}"
            raise mistake(value.place, f"{what}; write NAME: and below it what it is")
        return value

    def named(
        self, pairs: Pairs, make: Callable[[Text, Value], _Made]
    ) -> Iterator[tuple[str, _Made]]:
        for name, value in pairs.pairs:
            try:
                yield name.text, make(name, value)
            except DescriptionError as error:
                self.mistakes += error.mistakes

    def service(self, name: Text, value: Value) -> Service:
        members = []
        for member in each(value):
            text(member, "a list of container names")
            assert isinstance(member, Text)
            members.append(member)
        return Service(name.text, name.place, tuple(members))

    def container(self, name: Text, value: Value) -> Container:
        if not _CONTAINER_NAME.fullmatch(name.text):
            self.mistakes.append(
                Mistake(
                    name.place,
                    f"{name.text!r} is no container name; docker takes two or more of "
                    "a-z A-Z 0-9 _ . - and no _ . - at the start",
                )
            )
        if not isinstance(value, Pairs):
            text = f"container {name.text} takes a map of properties, not {kind(value)}"
            raise mistake(value.place, f"{text}; write {name.text}: {{image: NAME}}")
        properties: dict[str, Property] = {}
        for key, item in value.pairs:
            property_name = key.text.replace("-", "_")
            if property_name in properties:
                self._warn(key.text, key.place, properties[property_name].name.place)
            properties[property_name] = Property(key, item)
        return Container(name.text, name.place, properties)

    def _mark(self, node: Node) -> Mark:
        return Mark(self.rendered, node.start_mark.index)

    def value(self, node: Node) -> Value:
        """The value of a node. An alias gives the same value, made once."""
        known = self._values.get(id(node))
        if known is not None:
            return known
        if id(node) in self._open:
            raise mistake(self._mark(node), "contains itself by an alias")
        self._open.add(id(node))
        self._last = self._mark(node)
        try:
            value = self._convert(node)
        finally:
            self._open.discard(id(node))
        self._values[id(node)] = value
        return value

    def _convert(self, node: Node) -> Value:
        place = self._mark(node)
        if node.tag not in _PLAIN_TAGS[type(node)]:
            raise mistake(
                place,
                f"tag {node.tag.replace(_TAG, '!!')} is not accepted; "
                "only plain data and !!python/tuple are",
            )
        if isinstance(node, ScalarNode):
            self._check_text(node.value, place)
            return Text(node.value, place, node.tag, node.style)
        if isinstance(node, SequenceNode):
            items = tuple(self.value(item) for item in node.value)
            return Items(items, place, pair=node.tag == _TUPLE)
        assert isinstance(node, MappingNode)
        return self._pairs(node, place)

    def _check_text(self, text: str, place: Mark) -> None:
        if "\0" in text:
            self.mistakes.append(
                Mistake(place, "holds a NUL character, which no program can be given")
            )
        for token, unset in self.rendered.unset.items():
            if token in text:
                named = Mark(self.rendered, place.index, unset.name)
                self.mistakes.append(Mistake(named, unset.reason))

    def _pairs(self, node: MappingNode, place: Mark) -> Pairs:
        merged = [value for key, value in node.value if key.tag == _TAG + "merge"]
        for source in merged:
            # Sources first, so that what they merge is merged once, however often it is used.
            self.value(source)
        if id(node) not in self._documents:
            for key, first in _duplicates(node):
                self._warn(key.value, self._mark(key), self._mark(first))
        try:
            self._constructor.flatten_mapping(node)
        except yaml.constructor.ConstructorError as error:
            problem = error.problem or "wrong merge key"
            raise mistake(place, f"YAML merge: {problem}") from error
        last = {key.value: (key, value) for key, value in node.value if isinstance(key, ScalarNode)}
        for key, _ in node.value:
            if not isinstance(key, ScalarNode):
                raise mistake(self._mark(key), "the key of a map must be text; quote it")
        node.value = list(last.values())
        pairs = []
        for key, value in node.value:
            try:
                name = self.value(key)
                assert isinstance(name, Text)
                pairs.append((name, self.value(value)))
            except DescriptionError as error:
                self.mistakes += error.mistakes
        return Pairs(tuple(pairs), place)

    def _warn(self, name: str, place: Place, before: Place) -> None:
        text = f"{name} is written twice; this one counts, not the one at {before.source()}"
        self.warnings.append(Mistake(place, text))


def _duplicates(node: Node) -> Iterator[tuple[Node, Node]]:
    """The keys of a map that were there before, each with the one before it."""
    seen: dict[str, Node] = {}
    for key, _ in node.value if isinstance(node, MappingNode) else ():
        if not isinstance(key, ScalarNode) or key.tag == _TAG + "merge":
            continue
        if key.value in seen:
            yield key, seen[key.value]
        seen[key.value] = key
