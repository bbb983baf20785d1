"""YAML's nodes as values: nothing is constructed but text, lists and maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dirg.errors import DescriptionError, Mistake, all_of, mistake
from dirg.values import Items, Mark, Pairs, Text, Value

if TYPE_CHECKING:
    from dirg.origins import Rendered

_TAG = "tag:yaml.org,2002:"
_SCALARS = ("null", "bool", "int", "float", "str", "timestamp", "value", "merge")
_MERGE = _TAG + "merge"
_TUPLE = _TAG + "python/tuple"
# What libyaml says of it as of PyYAML 6.0.4, which limits it; older ones run out of stack.
_TOO_DEEP = "exceeded maximum nesting depth"
_LESS = "nested too deeply; write less levels"
_PLAIN_TAGS = {
    ScalarNode: {_TAG + name for name in _SCALARS},
    SequenceNode: {_TAG + "seq", _TUPLE},
    MappingNode: {_TAG + "map"},
}
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Nodes:
    """The YAML documents of a rendered text.

    ``warnings``: the keys that are written twice, found while values are read.
    """

    def __init__(self, rendered: Rendered) -> None:
        self.rendered = rendered
        self.warnings: list[Mistake] = []
        self._values: dict[int, Value] = {}
        self._open: set[int] = set()
        self._flat: set[int] = set()
        self._last = Mark(rendered, 0)

    def documents(self) -> list[Node]:
        """The root of each document. Raises DescriptionError for wrong syntax."""
        try:
            return list(yaml.compose_all(self.rendered.text, Loader=_Loader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = error.problem or error.context or "not YAML"
            index = mark.index if mark else 0
            if problem == _TOO_DEEP:
                raise mistake(Mark(self.rendered, index), _LESS) from error
            if self.rendered.text[index : index + 1] == "\t":
                problem = "a tab, which YAML does not take here; indent with spaces"
            advice = "" if ";" in problem else "; correct what stands here or before"
            raise mistake(Mark(self.rendered, index), f"YAML syntax: {problem}{advice}") from error
        except yaml.reader.ReaderError as error:
            # libyaml counts bytes here, and characters everywhere else.
            before = self.rendered.text.encode()[: error.position].decode(errors="ignore")
            place = Mark(self.rendered, len(before))
            raise mistake(place, f"YAML syntax: {error.reason}; leave it out") from error
        except UnicodeEncodeError as error:
            place = Mark(self.rendered, error.start)
            raise mistake(place, "a character that is not UTF-8; leave it out") from error
        except RecursionError as error:
            raise mistake(self._last, _LESS) from error

    def mark(self, node: Node) -> Mark:
        """Where a node begins."""
        return Mark(self.rendered, node.start_mark.index)

    def value(self, node: Node) -> Value:
        """The value of a node. Raises DescriptionError with every mistake in it."""
        try:
            return self._value(node)
        except RecursionError as error:
            # Only here there is room enough to find out where it was.
            raise mistake(self._last, _LESS) from error

    def entries(self, node: MappingNode) -> list[tuple[Text, Node]]:
        """The keys of a map with the nodes of their values, merge keys resolved.

        Raises DescriptionError when a key is no text.
        """
        self._check_tag(node)
        self._flatten(node)
        return all_of(lambda pair: (self._key(pair[0]), pair[1]), node.value)

    def _key(self, node: Node) -> Text:
        key = self._value(node) if isinstance(node, ScalarNode) else None
        if not isinstance(key, Text):
            raise mistake(self.mark(node), "the key of a map must be text; quote it")
        return key

    def _value(self, node: Node) -> Value:
        # An alias gives the same value, made once.
        if id(node) not in self._values:
            if id(node) in self._open:
                raise mistake(self.mark(node), "contains itself by an alias; write it out")
            self._open.add(id(node))
            self._last = self.mark(node)
            try:
                self._values[id(node)] = self._convert(node)
            finally:
                self._open.discard(id(node))
        return self._values[id(node)]

    def _convert(self, node: Node) -> Value:
        place = self.mark(node)
        self._check_tag(node)
        if isinstance(node, ScalarNode):
            self._check_text(node.value, place)
            return Text(node.value, place, node.tag, node.style)
        if isinstance(node, SequenceNode):
            items = all_of(self._value, node.value)
            return Items(tuple(items), place, pair=node.tag == _TUPLE)
        assert isinstance(node, MappingNode)
        pairs = all_of(lambda entry: (entry[0], self._value(entry[1])), self.entries(node))
        return Pairs(tuple(pairs), place)

    def _check_text(self, text: str, place: Mark) -> None:
        found = [
            Mistake(Mark(self.rendered, self._index(token, place), unset.name), unset.reason)
            for token, unset in self.rendered.unset.items()
            if token in text
        ]
        if "\0" in text:
            found.append(Mistake(place, "holds a NUL character, which no program takes; remove it"))
        if found:
            raise DescriptionError(found)

    def _index(self, token: str, place: Mark) -> int:
        """Where a token stands; the place of its scalar, where that holds it in another form."""
        found = self.rendered.text.find(token, place.index)
        return place.index if found < 0 else found

    def _check_tag(self, node: Node) -> None:
        if node.tag not in _PLAIN_TAGS[type(node)]:
            tag = node.tag.replace(_TAG, "!!")
            what = f"tag {tag} is not accepted; write plain data or !!python/tuple [A, B]"
            raise mistake(self.mark(node), what)

    def _flatten(self, node: MappingNode) -> None:
        """Put merged keys in the place of merge keys, and keep the last of equal keys."""
        if id(node) in self._flat:
            return
        self._flat.add(id(node))
        for key, first in duplicates(node):
            text = f"{key.value} is written twice; this one counts, not the one at"
            where = self.mark(first).source()
            self.warnings.append(Mistake(self.mark(key), f"{text} {where}"))
        pairs: list[tuple[Node, Node]] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                # Of several that are merged by one key, YAML lets the first count.
                for source in reversed(self._sources(node, value)):
                    pairs += source.value
        pairs += [pair for pair in node.value if pair[0].tag != _MERGE]
        last = {
            key.value if isinstance(key, ScalarNode) else id(key): (key, value)
            for key, value in pairs
        }
        node.value = list(last.values())

    def _sources(self, node: MappingNode, value: Node) -> list[MappingNode]:
        """The maps that a map merges by a key, themselves without merge keys by now.

        PyYAML's own way differs from version to version: 6.0.4 lets the last of several count.
        """
        sources = value.value if isinstance(value, SequenceNode) else [value]
        listed = "a mapping" if isinstance(value, SequenceNode) else "a mapping or list of mappings"
        for source in sources:
            if not isinstance(source, MappingNode):
                found = "scalar" if isinstance(source, ScalarNode) else "sequence"
                problem = f"expected {listed} for merging, but found {found}"
                raise mistake(self.mark(node), f"YAML merge: {problem}; write <<: *ALIAS")
            if source is node:
                raise mistake(self.mark(node), "merges itself; leave that out")
            self._flatten(source)
        return list(sources)


def duplicates(node: Node) -> Iterator[tuple[Node, Node]]:
    """The keys of a map that were there before, each with the one before it."""
    seen: dict[str, Node] = {}
    for key, _ in node.value if isinstance(node, MappingNode) else ():
        if not isinstance(key, ScalarNode) or key.tag == _MERGE:
            continue
        if key.value in seen:
            yield key, seen[key.value]
        seen[key.value] = key
