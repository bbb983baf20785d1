"""YAML's nodes as values: nothing is constructed but text, lists and maps."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

import yaml

from dirg.errors import DescriptionError, Mistake, Place, all_of, mistake
from dirg.trees import TAG, Composer, List, Map, Node
from dirg.values import Items, Mark, Pairs, Text, Value

if TYPE_CHECKING:
    from dirg.origins import Rendered

_SCALARS = ("null", "bool", "int", "float", "str", "timestamp", "value", "merge")
_MERGE = TAG + "merge"
_TUPLE = TAG + "python/tuple"
# What libyaml says of it as of PyYAML 6.0.4, which limits it.
_TOO_DEEP = "exceeded maximum nesting depth"
_LESS = "nested too deeply; write less levels"
_PLAIN_TAGS = {
    Text: {TAG + name for name in _SCALARS},
    List: {TAG + "seq", _TUPLE},
    Map: {TAG + "map"},
}


class Nodes:
    """The YAML documents of a rendered text.

    ``warnings``: the keys that are written twice, found while values are read. ``most``: how many
    values a list or a map may stand for, where aliases make many of few.
    """

    def __init__(self, rendered: Rendered, most: float = inf) -> None:
        self.rendered = rendered
        self._most = most
        self.warnings: list[Mistake] = []
        self._aliased = False
        self._values: dict[int, Value] = {}
        # Of each list and map that was read in vain, why; how many values others stand for.
        self._wrong: dict[int, tuple[Mistake, ...]] = {}
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()
        self._flat: set[int] = set()
        self._last = Mark(rendered, 0)

    def documents(self) -> list[Node]:
        """The root of each document. Raises DescriptionError for wrong syntax."""
        try:
            composer = Composer(self.rendered)
            found = composer.documents()
            self._aliased = composer.aliased
            return found
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

    def value(self, node: Node) -> Value:
        """The value of a node. Raises DescriptionError with every mistake in it."""
        try:
            return self._value(node)
        except RecursionError as error:
            # Only here there is room enough to find out where it was.
            raise mistake(self._last, _LESS) from error

    def entries(self, node: Map) -> list[tuple[Text, Node]]:
        """The keys of a map with the nodes of their values, merge keys resolved.

        Raises DescriptionError when a key is no text.
        """
        self._tag(node)
        self._flatten(node)
        return all_of(lambda pair: (self._key(pair[0]), pair[1]), node.pairs)

    def _key(self, node: Node) -> Text:
        if not isinstance(node, Text):
            raise mistake(node.place, "the key of a map must be text; quote it")
        return self._text(node)

    def _value(self, node: Node) -> Value:
        if isinstance(node, Text):
            return self._text(node)
        # An alias gives the same value, made once, or the same mistakes.
        if id(node) in self._wrong:
            raise DescriptionError(self._wrong[id(node)])
        if id(node) not in self._values:
            if id(node) in self._open:
                raise mistake(node.place, "contains itself by an alias; write it out")
            self._open.add(id(node))
            self._last = node.place
            try:
                self._values[id(node)] = self._bounded(self._convert(node))
            except DescriptionError as error:
                self._wrong[id(node)] = tuple({id(each): each for each in error.mistakes}.values())
                raise DescriptionError(self._wrong[id(node)]) from error
            finally:
                self._open.discard(id(node))
        return self._values[id(node)]

    def _bounded(self, value: Items | Pairs) -> Value:
        """Raises DescriptionError where aliases of aliases make more of a value than anybody needs.

        Only what they mean is small: whoever goes through it comes to each value again and again.
        """
        if self._aliased:
            parts = value.items if isinstance(value, Items) else [item for _, item in value.pairs]
            size = 1 + sum(self._sizes.get(id(part), 1) for part in parts)
            if size > self._most:
                what = f"stands for more than {self._most:,} values by its aliases; write less"
                raise mistake(value.place, what)
            self._sizes[id(value)] = size
        return value

    def _convert(self, node: List | Map) -> Items | Pairs:
        if isinstance(node, List):
            pair = self._tag(node) == _TUPLE
            return Items(tuple(all_of(self._value, node.items)), node.place, pair)
        pairs = all_of(lambda entry: (entry[0], self._value(entry[1])), self.entries(node))
        return Pairs(tuple(pairs), node.place)

    def _text(self, node: Text) -> Text:
        tag = self._tag(node)
        if self.rendered.unset or "\0" in node.text:
            self._check_text(node.text, node.place)
        return node if tag == node.tag else Text(node.text, node.place, tag, node.style)

    def _check_text(self, text: str, place: Place) -> None:
        found = [
            Mistake(Mark(self.rendered, self._index(token, place), unset.name), unset.reason)
            for token, unset in self.rendered.lost(text)
        ]
        if "\0" in text:
            found.append(Mistake(place, "holds a NUL character, which no program takes; remove it"))
        if found:
            raise DescriptionError(found)

    def _index(self, token: str, place: Place) -> int:
        """Where a token stands; the place of its scalar, where that holds it in another form."""
        assert isinstance(place, Mark)
        found = self.rendered.text.find(token, place.index)
        return place.index if found < 0 else found

    def _tag(self, node: Node) -> str:
        """The tag of a node. Raises DescriptionError unless it means plain data."""
        if node.tag not in _PLAIN_TAGS[type(node)]:
            tag = node.tag.replace(TAG, "!!")
            what = f"tag {tag} is not accepted; write plain data or !!python/tuple [A, B]"
            raise mistake(node.place, what)
        return node.tag

    def _flatten(self, node: Map) -> None:
        """Put merged keys in the place of merge keys, and keep the last of equal keys."""
        if id(node) in self._flat:
            return
        self._flat.add(id(node))
        if _is_flat(node):
            return
        for key, first in duplicates(node):
            text = f"{key.text} is written twice; this one counts, not the one at"
            where = first.place.source()
            self.warnings.append(Mistake(key.place, f"{text} {where}"))
        pairs: list[tuple[Node, Node]] = []
        for written, value in node.pairs:
            if written.tag == _MERGE:
                # Of several that are merged by one key, YAML lets the first count.
                for source in reversed(self._sources(node, value)):
                    pairs += source.pairs
        pairs += [pair for pair in node.pairs if pair[0].tag != _MERGE]
        last = {_identity(pair[0]): pair for pair in pairs}
        node.pairs = list(last.values())

    def _sources(self, node: Map, value: Node) -> list[Map]:
        """The maps that a map merges by a key, themselves without merge keys by now.

        PyYAML's own way differs from version to version: 6.0.4 lets the last of several count.
        """
        sources = value.items if isinstance(value, List) else [value]
        listed = "a mapping" if isinstance(value, List) else "a mapping or list of mappings"
        found: list[Map] = []
        for source in sources:
            if not isinstance(source, Map):
                kind = "scalar" if isinstance(source, Text) else "sequence"
                problem = f"expected {listed} for merging, but found {kind}"
                raise mistake(node.place, f"YAML merge: {problem}; write <<: *ALIAS")
            if source is node:
                raise mistake(node.place, "merges itself; leave that out")
            self._flatten(source)
            found.append(source)
        return found


def _is_flat(node: Map) -> bool:
    """Whether the keys of a map are text, and each there once: most maps are so."""
    keys = {key.text for key, _ in node.pairs if isinstance(key, Text) and key.tag != _MERGE}
    return len(keys) == len(node.pairs)


def _identity(key: Node) -> str | int:
    return key.text if isinstance(key, Text) else id(key)


def duplicates(node: Node) -> Iterator[tuple[Text, Text]]:
    """The keys of a map that were there before, each with the one before it."""
    seen: dict[str, Text] = {}
    for key, _ in node.pairs if isinstance(node, Map) else ():
        if not isinstance(key, Text) or key.tag == _MERGE:
            continue
        if key.text in seen:
            yield key, seen[key.text]
        seen[key.text] = key
