"""A rendered description as a person may see it: without the values of ``secret_env``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dirg.values import MASK


class _Loader(yaml.SafeLoader):
    """One to which a second anchor of a name is no mistake, as YAML has it."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


_SECRET = re.compile("secret[_-]env")
_SHORT = 3


def without_secrets(text: str) -> str:
    """A rendered text with ******** for each value of a ``secret_env``, however it is written.

    The values are masked elsewhere, too, where they stand as they are. The text is one that could
    be read as a description.
    """
    if not _SECRET.search(text):
        return text
    found = sorted({*_secrets(text)})
    values = sorted({value for _, _, value in found if value}, key=len, reverse=True)
    elsewhere = re.compile("|".join(map(_found, values)) or r"(?!)")
    parts, end = [], 0
    for begin, after, _ in found:
        if begin < end:
            continue
        parts += [elsewhere.sub(MASK, text[end:begin]), MASK]
        end = after
    return "".join([*parts, elsewhere.sub(MASK, text[end:])])


def _found(value: str) -> str:
    """A pattern for a value; a short one is a part of many words, and would be told by that."""
    word = re.escape(value)
    return word if len(value) > _SHORT else rf"(?<!\w){word}(?!\w)"


def _secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each value of a secret begins and ends in a text, and the value."""
    seen: set[int] = set()
    waiting = [*yaml.compose_all(text, Loader=_Loader)]
    while waiting:
        node = waiting.pop()
        if id(node) in seen or isinstance(node, ScalarNode | None):
            continue
        # Aliases are the same node again.
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            waiting += node.value
        if isinstance(node, MappingNode):
            for key, value in node.value:
                waiting += [key, value]
                if isinstance(key, ScalarNode) and _SECRET.fullmatch(key.value):
                    yield from _values(text, value)


def _values(text: str, node: Node) -> Iterator[tuple[int, int, str]]:
    """The values of one ``secret_env``, in whatever form; what tells them is no secret."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(value, ScalarNode):
                yield from _range(text, value)
            elif isinstance(value, SequenceNode):
                yield from (each for item in value.value for each in _values(text, item))
            if isinstance(key, ScalarNode):
                yield from _after_equals(text, key)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _values(text, item)
    elif isinstance(node, ScalarNode):
        yield from _after_equals(text, node)


def _range(text: str, node: ScalarNode) -> Iterator[tuple[int, int, str]]:
    begin = node.start_mark.index
    # A block scalar ends where something else begins.
    end = begin + len(text[begin : node.end_mark.index].rstrip())
    if begin < end and text[begin:end] not in ("~", "null", "Null", "NULL"):
        yield begin, end, node.value


def _after_equals(text: str, node: ScalarNode) -> Iterator[tuple[int, int, str]]:
    """What follows the first = of KEY=VALUE; all of what is not written plainly."""
    name, equals, value = node.value.partition("=")
    if not (equals and value):
        return
    for begin, end, _ in _range(text, node):
        plain = text.startswith(f"{name}=", begin)
        yield (begin + len(name) + 1 if plain else begin), end, value
