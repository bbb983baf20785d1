"""Compose files as values that know their file: its folder, and the variables known to it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from dirg.errors import DescriptionError, Mistake, mistake
from dirg.imports.compose.dotenv import read_text
from dirg.imports.compose.interpolation import Interpolation, Variables
from dirg.nodes import Nodes
from dirg.origins import Rendered, verbatim
from dirg.records import dataclass
from dirg.trees import TAG, List, Map, Node
from dirg.values import Mark, Pairs, Text, Value

if TYPE_CHECKING:
    from dirg.imports.compose.book import Book
    from dirg.imports.compose.mixed import Mixed

RESET, OVERRIDE = "!reset", "!override"
_PLAIN = {Map: "map", List: "seq", Text: "str"}
_READ = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, eq=False)
class Source(Rendered):
    """A Compose file.

    ``path``: as it was named. ``directory``: where its relative paths begin. ``variables``: what
    its values are interpolated with. ``tags``: those of merging, by where they stand.
    """

    path: Path
    directory: Path
    variables: Variables
    book: Book
    tags: dict[int, str] = field(default_factory=dict)


def load(path: Path, directory: Path, variables: Variables, book: Book) -> list[Pairs]:
    """The documents of a file that hold something.

    Raises UsageError when it can't be read, DescriptionError when it is no Compose file.
    """
    text = read_text(path)
    book.read.update(_READ.findall(text))
    locate = verbatim(text, str(path)).locate
    source = Source(text, {}, locate, path, directory, variables, book)
    nodes = _Nodes(source)
    values = [nodes.value(node) for node in nodes.documents()]
    if nodes.warnings:
        raise DescriptionError([_twice(warning) for warning in nodes.warnings])
    return [found for value in values if (found := _map(value))]


def _twice(warning: Mistake) -> Mistake:
    text = warning.text.replace("; this one counts, not the one at", ", here and at")
    return Mistake(warning.place, f"{text}; Compose takes no key twice: remove one")


def _map(value: Value) -> Pairs | None:
    if isinstance(value, Text) and value.null:
        return None
    if isinstance(value, Pairs):
        return value
    raise mistake(value.place, "is no Compose file, which is a map; write services: and below it")


class _Nodes(Nodes):
    """Nodes with the tags that Compose knows."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.source = source

    def _tag(self, node: Node) -> str:
        if node.tag in (RESET, OVERRIDE):
            assert isinstance(node.place, Mark)
            self.source.tags[node.place.index] = node.tag
            null = isinstance(node, Text) and not node.style and node.text in _NULLS
            return TAG + ("null" if null else _PLAIN[type(node)])
        try:
            return super()._tag(node)
        except DescriptionError:
            what = f"tag {node.tag.replace(TAG, '!!')} is none of Compose; leave it out"
            raise mistake(node.place, what) from None


def absolute(path: Path) -> str:
    """A path in full, with the symbolic links that it is written with."""
    return os.path.normpath(Path.cwd() / path)


def source(value: Value) -> Source:
    """The file that a value was written in."""
    assert isinstance(value.place, Mark)
    assert isinstance(value.place.rendered, Source)
    return value.place.rendered


def tag(value: Value) -> str:
    """How a value is to be merged: RESET, OVERRIDE or nothing."""
    assert isinstance(value.place, Mark)
    return source(value).tags.get(value.place.index, "")


def interpolated(value: Text, secret: bool = False) -> Mixed:
    """A scalar with its variables as expressions; ``secret``: all of these are secrets."""
    file = source(value)
    known = file.variables
    variables = Variables(known.shell, known.files, known.hidden, secret or known.secret)
    return Interpolation(variables, file.book, value.place).mixed(value.text)


def keys(pairs: Pairs) -> Mapping[str, Value]:
    """The values of a map by their keys."""
    return {key.text: value for key, value in pairs.pairs}


def items(pairs: Pairs) -> Iterator[tuple[Text, Value]]:
    """The pairs of a map but for extensions."""
    return (pair for pair in pairs.pairs if not pair[0].text.startswith("x-"))
