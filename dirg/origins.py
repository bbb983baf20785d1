"""Where each part of a rendered template was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

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

    def place(self, index: int, name: str = "") -> SourcePlace:
        """Where the character at an index of the text was written; there, where a name stands."""
        line = self.text.count("\n", 0, index)
        column = index - self.text.rfind("\n", 0, index) - 1
        found, source = self._origins.find(line, column, self._lines)
        part = self._lines[line][found.start : found.end]
        column = _source_column(source, part, column - found.start)
        named = expressions(source, name) if name else []
        if named:
            # The same name may be used several times in a line.
            start = self.text.rfind("\n", 0, index) + 1
            before = sum(
                self.text.count(token, start, index)
                for token, unset in self.unset.items()
                if unset.name == name
            )
            column = named[min(before, len(named) - 1)]
        return SourcePlace(found.file, found.line, column + 1, source)

    def readable(self) -> str:
        """The text as a person may read it: nothing in place of what could not be printed."""
        text = self.text
        for token in self.unset:
            text = text.replace(token, "")
        return text


def verbatim(text: str, file: str) -> Rendered:
    """A file that is no template: what was rendered is what is written there."""

    def locate() -> Origins:
        lines = text.split("\n")
        parts = [[Part(0, file, number)] for number in range(1, len(lines) + 1)]
        return Origins(lines, parts, {file: lines})

    return Rendered(text, {}, locate)


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

    def find(self, number: int, column: int, lines: Sequence[str]) -> tuple[Part, str]:
        """The part that a place in the text belongs to, and the line of the file it is from."""
        parts = self.parts[min(self._same(number, lines), len(self.parts) - 1)]
        found = [part for part in parts if part.start <= column][-1]
        source = self.sources.get(found.file, ())
        return found, source[found.line - 1] if found.line <= len(source) else ""

    def _same(self, number: int, lines: Sequence[str]) -> int:
        """The number this line has here: another one where a template gives no text twice."""
        if len(lines) == len(self.lines):
            return number
        from difflib import SequenceMatcher

        blocks = SequenceMatcher(None, lines, self.lines, autojunk=False).get_matching_blocks()
        before = [block for block in blocks if block.a <= number]
        return number - before[-1].a + before[-1].b if before else number


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
    same = _shared(source, rendered)
    if column < same or source == rendered:
        return min(column, len(source))
    tail = _shared(source[same:][::-1], rendered[same:][::-1])
    if tail and column >= len(rendered) - tail:
        return len(source) - (len(rendered) - column)
    return same


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
