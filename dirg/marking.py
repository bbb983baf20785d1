"""Marks in a template that tell where each line of what is rendered was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from dirg.origins import Origins, Part


class LineMarks(Extension):
    """Writes at the beginning of each line of a template, and of each part, where it stands.

    These marks survive loops, macros and includes, and are taken out of what was rendered. A
    template can notice them (by ``trim``, by comparing a block), so that what is rendered with
    marks tells places only. They are digits, since filters would change other characters.
    """

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        marks: Marks = self.environment.dirg_marks  # type: ignore[attr-defined]
        file = marks.number(stream.filename or stream.name or "")
        for token in stream:
            if token.type == "data":
                token = Token(token.lineno, "data", marks.marked(file, token.lineno, token.value))
            yield token


class Marks:
    def __init__(self, nonce: str) -> None:
        self.nonce = nonce
        self.files: list[str] = []

    def number(self, file: str) -> int:
        if file not in self.files:
            self.files.append(file)
        return self.files.index(file)

    def marked(self, file: int, line: int, text: str) -> str:
        parts = enumerate(text.split("\n"), line)
        return "\n".join(f"~{self.nonce}~{file}~{number}~{part}" for number, part in parts)

    def origins(self, text: str, sources: Mapping[str, Sequence[str]], name: str) -> Origins:
        """The lines of a marked text without the marks, and where each part was written."""
        mark = re.compile(f"~{self.nonce}~(\\d+)~(\\d+)~")
        origin = (name, 1)
        lines, parts = [], []
        for marked in text.split("\n"):
            # split() gives the text between the marks, and each mark's two groups.
            line, *rest = mark.split(marked)
            # What comes before any mark came out of an expression on a line before.
            found = [Part(0, *origin)]
            for file, number, part in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
                if origin != (self.files[int(file)], int(number)):
                    origin = (self.files[int(file)], int(number))
                    found[-1] = replace(found[-1], end=len(line))
                    found.append(Part(len(line), *origin))
                line += part
            lines.append(line)
            parts.append(found)
        return Origins(lines, parts, sources)
