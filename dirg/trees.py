"""YAML as trees, from the events of its parser: PyYAML's own nodes weigh several times as much."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.composer import ComposerError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode

from dirg.records import dataclass
from dirg.values import Mark, Text

if TYPE_CHECKING:
    from dirg.origins import Rendered

TAG = "tag:yaml.org,2002:"
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(eq=False, slots=True)
class List:
    """A list, as it is written."""

    tag: str
    place: Mark
    items: list[Node] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Map:
    """A map, as it is written: with merge keys, and with keys that are there twice."""

    tag: str
    place: Mark
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


Node = Text | List | Map


class Composer:
    """Makes the tree of each YAML document of a rendered text; an alias is the node it means.

    ``aliased``: whether there is any that means a list or a map.
    """

    def __init__(self, rendered: Rendered) -> None:
        self.aliased = False
        self._rendered = rendered
        self._loader = _Loader(rendered.text)
        self._anchors: dict[str, tuple[Node, Any]] = {}
        # What is open, with what is in it so far: keys and values of a map take turns.
        self._open: list[tuple[List | Map, list[Node]]] = []
        # Plain scalars by their text, each with its tag: most are there many times.
        self._known: dict[str, tuple[str, str]] = {}

    def documents(self) -> list[Node]:
        """The root of each document. Raises YAMLError for wrong syntax."""
        roots: list[Node] = []
        inside = roots
        for event in iter(self._loader.get_event, None):
            if isinstance(event, ScalarEvent):
                inside.append(self._scalar(event))
            elif isinstance(event, AliasEvent):
                inside.append(self._meant(event))
            elif isinstance(event, CollectionStartEvent):
                node, children = self._begin(event)
                inside.append(node)
                inside = children
            elif isinstance(event, CollectionEndEvent):
                self._end()
                inside = self._open[-1][1] if self._open else roots
            elif isinstance(event, DocumentStartEvent):
                self._anchors.clear()
        return roots

    def _scalar(self, event: ScalarEvent) -> Text:
        text, tag = event.value, event.tag
        if tag is None or tag == "!":
            if not event.implicit[0]:
                tag = self._loader.DEFAULT_SCALAR_TAG
            elif text in self._known:
                text, tag = self._known[text]
            else:
                tag = self._loader.resolve(ScalarNode, text, event.implicit)
                self._known[text] = text, tag
        node = Text(text, self._place(event), tag, event.style)
        if event.anchor is not None:
            self._anchored(event, node)
        return node

    def _place(self, event: NodeEvent) -> Mark:
        begin: Any = event.start_mark
        return Mark(self._rendered, begin.index)

    def _begin(self, event: CollectionStartEvent) -> tuple[Node, list[Node]]:
        place = self._place(event)
        tag = None if event.tag == "!" else event.tag
        children: list[Node] = []
        node: List | Map
        if isinstance(event, SequenceStartEvent):
            node = List(tag or self._loader.DEFAULT_SEQUENCE_TAG, place, children)
        else:
            node = Map(tag or self._loader.DEFAULT_MAPPING_TAG, place)
        if event.anchor is not None:
            self._anchored(event, node)
        self._open.append((node, children))
        return node, children

    def _end(self) -> None:
        node, children = self._open.pop()
        if isinstance(node, Map):
            node.pairs = list(zip(children[::2], children[1::2], strict=True))

    def _anchored(self, event: NodeEvent, node: Node) -> None:
        """From now on aliases can mean a node, by its anchor."""
        anchor = event.anchor or ""
        here: Any = event.start_mark
        if anchor in self._anchors:
            context, first = "found duplicate anchor; first occurrence", self._anchors[anchor][1]
            raise ComposerError(context, first, "second occurrence", here)
        self._anchors[anchor] = node, here

    def _meant(self, event: AliasEvent) -> Node:
        if event.anchor not in self._anchors:
            here: Any = event.start_mark
            raise ComposerError(None, None, "found undefined alias", here)
        node = self._anchors[event.anchor][0]
        self.aliased = self.aliased or not isinstance(node, Text)
        return node
