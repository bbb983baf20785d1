"""Definitions as a person or a program is shown them: as written, but for secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dirg.secret import told
from dirg.values import MASK, Items, Pairs, Text, Value

if TYPE_CHECKING:
    from dirg.definitions import Container, Resource


class _Dumper(yaml.SafeDumper):
    """Writes a value that is used twice twice, rather than as an anchor and an alias."""

    def anchor_node(self, node: Node) -> None:
        self.anchors[node] = None
        for child in node.value if isinstance(node, SequenceNode) else ():
            self.anchor_node(child)
        for key, value in node.value if isinstance(node, MappingNode) else ():
            self.anchor_node(key)
            self.anchor_node(value)


def definition(container: Container) -> str:
    """A container definition as YAML that could be fed back, secrets masked."""
    properties = Pairs(tuple(_shown(container)), container.place)
    name = Text(container.name, container.place)
    tree = Pairs(((name, properties),), container.place)
    return yaml.serialize(_node(tree), Dumper=_Dumper, indent=4, width=10**6, allow_unicode=True)


def plain(definition: Container | Resource) -> Mapping[str, Any]:
    """A definition as JSON has it: every scalar is text, as written."""
    return {name.text: _plain(value) for name, value in _shown(definition)}


def _shown(container: Container | Resource) -> Iterator[tuple[Text, Value]]:
    for name, written in container.properties.items():
        if written.value is not None:
            masked = _masked(written.value) if name == "secret_env" else written.value
            yield written.name, masked


def _plain(value: Value) -> object:
    if isinstance(value, Text):
        return None if value.null else value.text
    if isinstance(value, Items):
        return [_plain(item) for item in value.items]
    return {key.text: _plain(item) for key, item in value.pairs}


def _masked(value: Value) -> Value:
    if isinstance(value, Items):
        return Items(tuple(_masked(item) for item in value.items), value.place)
    if isinstance(value, Pairs):
        pairs = ((Text(_key(key.text), key.place), _hidden(item)) for key, item in value.pairs)
        return Pairs(tuple(pairs), value.place)
    return Text(_key(value.text), value.place, value.tag)


def _key(written: str) -> str:
    """A key; what follows an = by mistake is a secret too."""
    key, equals, _ = written.partition("=")
    return f"{key}={MASK}" if equals else key


def _hidden(value: Value) -> Value:
    plain = told(value) or (isinstance(value, Text) and value.null)
    return value if plain else Text(MASK, value.place)


def _node(value: Value) -> Node:
    if isinstance(value, Text):
        # YAML would fold these line ends, but for double quotes, where they are escaped.
        ends = any(end in value.text for end in "\x85\u2028\u2029")
        style = '"' if ends else value.style if value.style in ("|", ">") else None
        return ScalarNode(value.tag, value.text, style=style)
    if isinstance(value, Items):
        tag = "tag:yaml.org,2002:python/tuple" if value.pair else "tag:yaml.org,2002:seq"
        return SequenceNode(tag, [_node(item) for item in value.items], flow_style=value.pair)
    pairs = [(_node(key), _node(item)) for key, item in value.pairs]
    return MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
