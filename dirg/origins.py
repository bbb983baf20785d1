"""Where each part of a rendered template was written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from itertools import accumulate
from operator import attrgetter, itemgetter

from dirg.errors import SourcePlace
from dirg.records import dataclass


@dataclass(frozen=True)
class Unset:
    """The name of what a template should have printed, and why it could not."""

    name: str
    reason: str


@dataclass(frozen=True)
class Rendered:
    """A rendered template.

    ``text``: what was rendered, with a token in place of each value that could not be printed.
    ``unset``: these tokens, and what each should have been.
    ``locate``: finds out where the lines of the text were written; called when somebody asks.
    """

    text: str
    unset: Mapping[str, Unset]
    locate: Callable[[], Origins]

    @cached_property
    def _origins(self) -> Origins:
        return self.locate()

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins in the text."""
        return [0, *accumulate(len(line) + 1 for line in self._lines)]

    def lost(self, text: str) -> list[tuple[str, Unset]]:
        """The tokens in a text, each once and in their order, with what they should have been."""
        found = {token for token in tokens(self.unset, text) if token in self.unset}
        in_order = sorted(found, key=lambda token: int(token.split("~")[2]))
        return [(token, self.unset[token]) for token in in_order]

    def place(self, index: int, name: str = "") -> SourcePlace:
        """Where the character at an index of the text was written; there, where a name stands."""
        line = bisect_right(self._starts, index, hi=len(self._lines)) - 1
        start = self._starts[line]
        column = index - start
        found, source = self._origins.find(line, column, self._lines)
        part = self._lines[line][found.start : found.end]
        column = _source_column(source, part, column - found.start)
        named = expressions(source, name) if name else []
        if named:
            # The same name may be used several times in a line.
            before = sum(
                self.unset[token].name == name
                for token in tokens(self.unset, self.text[start:index])
                if token in self.unset
            )
            column = named[min(before, len(named) - 1)]
        return SourcePlace(found.file, found.line, column + 1, source)

    def readable(self) -> str:
        """The text as a person may read it: nothing in place of what could not be printed."""
        if not self.unset:
            return self.text
        token = _like(self.unset)
        return token.sub(lambda found: "" if found[0] in self.unset else found[0], self.text)


def tokens(unset: Collection[str], text: str) -> list[str]:
    """What looks in a text like some tokens, which are ``~DIGITS~NUMBER~`` with the same digits."""
    return _like(unset).findall(text) if unset else []


def _like(unset: Collection[str]) -> re.Pattern[str]:
    digits = next(iter(unset)).split("~")[1]
    return re.compile(rf"~{digits}~\d+~")


def verbatim(text: str, file: str) -> Rendered:
    """A file that is no template: what was rendered is what is written there."""

    def locate() -> Origins:
        lines = text.split("\n")
        parts = [[Part(0, file, number)] for number in range(1, len(lines) + 1)]
        return Origins(lines, parts, {file: lines})

    return Rendered(text, {}, locate)


@dataclass(frozen=True)
class Sources(Mapping[str, Sequence[str]]):
    """The lines of each file that took part; its text is told apart into them when one asks."""

    texts: dict[str, str] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False)

    def __getitem__(self, file: str) -> Sequence[str]:
        if file not in self._lines:
            self._lines[file] = self.texts[file].split("\n")
        return self._lines[file]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Part:
    """A part of a rendered line, and the line of a file (from 1) that it was written in."""

    start: int
    file: str
    line: int
    end: int | None = None


@dataclass(frozen=True)
class Origins:
    """Where each part of a rendered text was written.

    ``lines``: the text as it came out a second time, for finding the way in it.
    ``parts``: the parts of each of these, in their order.
    ``sources``: the lines of each file that took part.
    """

    lines: Sequence[str]
    parts: Sequence[Sequence[Part]]
    sources: Mapping[str, Sequence[str]]
    _same_lines: list[tuple[int, int]] = field(default_factory=list, init=False, repr=False)

    def find(self, number: int, column: int, lines: Sequence[str]) -> tuple[Part, str]:
        """The part that a place in the text belongs to, and the line of the file it is from."""
        parts = self.parts[min(self._same(number, lines), len(self.parts) - 1)]
        found = parts[bisect_right(parts, column, key=attrgetter("start")) - 1]
        source = self.sources.get(found.file, ())
        return found, source[found.line - 1] if found.line <= len(source) else ""

    def _same(self, number: int, lines: Sequence[str]) -> int:
        """The number this line has here: another one where a template gives no text twice."""
        if len(lines) == len(self.lines):
            return number
        if not self._same_lines:
            from difflib import SequenceMatcher

            matcher = SequenceMatcher(None, lines, self.lines, autojunk=False)
            self._same_lines.extend((each.a, each.b) for each in matcher.get_matching_blocks())
        at = bisect_right(self._same_lines, number, key=itemgetter(0))
        here, there = self._same_lines[at - 1] if at else (0, 0)
        return number - here + there


def expressions(source: str, name: str) -> list[int]:
    """Where a name is used in the expressions of a line."""
    return [
        expression.start() + used.start()
        for expression in re.finditer(r"\{\{.*?\}\}", source)
        for used in re.finditer(rf"\b{re.escape(name)}\b", expression[0])
    ]


def _source_column(source: str, rendered: str, column: int) -> int:
    """The column in the source line of a column in the line rendered from it.

    What precedes the first expression and what follows the last one stays as it was written;
    anything between belongs to where the lines begin to differ.
    """
    if source == rendered:
        return min(column, len(source))
    same = _shared(source, rendered)
    if column < same:
        return column
    tail = _shared(source[same:][::-1], rendered[same:][::-1])
    if tail and column >= len(rendered) - tail:
        return len(source) - (len(rendered) - column)
    return same


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        # Lines may be long: texts are compared as wholes, which Python does fast.
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
