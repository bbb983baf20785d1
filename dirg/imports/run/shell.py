"""Splits a script of the shell into its commands, and these into words that know their places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dirg.imports.run.quoting import Word, Words, match_at
from dirg.records import dataclass

_OPERATOR = re.compile(r"&&|\|\||;;|\|&|[;&|()\n]")
_REDIRECTION = re.compile(r"\d*(?:<<<|<<-?|>>|>\||>&|<&|<>|[<>])|&>>?")
_BLANK = re.compile(r"(?:[ \t]|\\(?:\n|\Z)|(?<![^\s;&|()])#[^\n]*)*")
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Command:
    """The words of a command. ``before``: the operator that it follows, ``after``: the next one.

    ``redirections``: what of its input and output goes elsewhere.
    """

    words: tuple[Word, ...]
    before: str
    after: str
    redirections: tuple[Word, ...] = ()


def commands(text: str, source: str, first: int = 1) -> list[Command]:
    """The commands of a script.

    ``first``: the number of its first line. Raises DescriptionError where a quote or a bracket has
    no end.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    script = _Script(text, source, first)
    odd = _NO_TEXT.search(text)
    if odd:
        raise script.wrong(odd.start(), "a character that no text has; leave it out")
    return list(script.commands())


class _Script(Words):
    def __init__(self, text: str, source: str, first: int) -> None:
        super().__init__(text, source, first)
        # Texts that begin after the end of this line, by what ends each.
        self.heredocs: list[tuple[str, bool]] = []

    def commands(self) -> Iterator[Command]:
        words: list[Word] = []
        redirections: list[Word] = []
        before = ""
        while self._blank():
            redirection = _REDIRECTION.match(self.text, self.index)
            operator = _OPERATOR.match(self.text, self.index)
            if redirection:
                redirections.append(self._redirection(redirection))
            elif operator:
                after = self._operator(operator, words)
                if words or redirections:
                    yield Command(tuple(words), before, after, tuple(redirections))
                    words, redirections, before = [], [], after
                elif after != "\n":
                    before = after
            else:
                words.append(self.word())
        if words or redirections:
            yield Command(tuple(words), before, "", tuple(redirections))

    def _blank(self) -> bool:
        """Skip what stands between words, and comments; whether there is more."""
        self.index = match_at(_BLANK, self.text, self.index).end()
        return self.index < len(self.text)

    def _operator(self, operator: re.Match[str], words: list[Word]) -> str:
        if operator[0] == "(" and words:
            what = "a function or an array of the shell can't be read; write its contents out"
            raise self.wrong(self.index, what)
        self.index = operator.end()
        if operator[0] == "\n":
            self._skip_heredocs()
        return operator[0]

    def _redirection(self, match: re.Match[str]) -> Word:
        start, self.index = self.index, match.end()
        if not self._blank() or self.text[self.index] in "\n;&|()<>":
            what = f"{match[0]} needs the name of a file; write that, or leave this out"
            raise self.wrong(start, what)
        target = self.word()
        operator = match[0].lstrip("0123456789")
        if operator == ">" and target.text.startswith("-"):
            what = "> before a flag is what a shell shows at the start of a line; remove it"
            raise self.wrong(start, what)
        if operator in ("<<", "<<-"):
            end = "".join(part.text for part in target.parts)
            self.heredocs.append((end, operator == "<<-"))
        return Word(target.parts, self.place(start), self.text[start : self.index])

    def _skip_heredocs(self) -> None:
        for end, tabs in self.heredocs:
            line = None
            while line != end and self.index < len(self.text):
                until = self.text.find("\n", self.index) + 1 or len(self.text)
                line = self.text[self.index : until].removesuffix("\n")
                line = line.lstrip("\t") if tabs else line
                self.index = until
        self.heredocs = []
