"""Words of a shell as values: text, and expressions of the template for the shell's variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field

from dirg.errors import SourcePlace, mistake
from dirg.imports.described import Code, Template
from dirg.imports.run.quoting import Kind, Part, Word
from dirg.records import dataclass

PWD = Code("env['PWD']")
HOME = Code("env['HOME']")

_SIMPLE = re.compile(r"env\['\w+'\]", re.ASCII)
_BLANKS = re.compile(r"[ \t\n]+")
_TILDE = re.compile(r"~(?=/|$)")
# What a shell may make names of files of, or several words.
_PATTERN = re.compile(r"[*?]|\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}|^~\w")
_DEFAULTS = {
    ":-": "{0} or {1}",
    ":=": "{0} or {1}",
    "-": "env.get({2!r}, {1})",
    "=": "env.get({2!r}, {1})",
}
_LONGEST = 100_000

Pieces = tuple[str | Code, ...]


@dataclass(frozen=True)
class Given:
    """A word as a command gets it: text, and expressions for what only the shell knows.

    ``problem``: why it can't be told, where that is so.
    """

    pieces: Pieces
    place: SourcePlace
    problem: str = ""
    bare: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "pieces", _joined(self.pieces))

    @property
    def plain(self) -> bool:
        return not any(isinstance(piece, Code) for piece in self.pieces)

    @property
    def text(self) -> str:
        """What is text of it."""
        return "".join(piece for piece in self.pieces if not isinstance(piece, Code))

    @property
    def head(self) -> str:
        """Its text before the first expression."""
        first = self.pieces[0] if self.pieces else ""
        return "" if isinstance(first, Code) else first

    def after(self, length: int) -> Given:
        """The word without so many characters of its head."""
        return Given((self.head[length:], *self.pieces[1:]), self.place, self.problem)

    def partition(self, joint: str) -> tuple[str, Given] | None:
        """What is before and after a joint; None where there is none, or an expression before."""
        key, found, _ = self.head.partition(joint)
        return (key, self.after(len(key) + len(joint))) if found else None

    def rpartition(self, joint: str) -> tuple[Given, str]:
        """What is before and after the last joint of its text, as far as that is text."""
        last = self.pieces[-1] if self.pieces else ""
        if isinstance(last, Code):
            return self, ""
        before, _, after = last.rpartition(joint)
        return Given((*self.pieces[:-1], before), self.place), after

    def value(self) -> str | Template:
        """The word as a value of the description."""
        return self.text if self.plain else Template((Code(f"{_atom(self.pieces)}|tojson"),))


def _joined(pieces: Pieces) -> Pieces:
    """The pieces, with text that is next to text in one, and no empty text."""
    found: list[str | Code] = []
    for piece in pieces:
        if isinstance(piece, Code) or not found or isinstance(found[-1], Code):
            found.append(piece)
        else:
            found[-1] += piece
    return tuple(piece for piece in found if piece)


def _expression(pieces: Pieces) -> str:
    if len(pieces) == 1 and isinstance(pieces[0], Code):
        return pieces[0].text
    return " ~ ".join(_atom((piece,)) for piece in pieces) or "''"


def _atom(pieces: Pieces) -> str:
    """An expression that a filter or an operator takes as a whole."""
    if len(pieces) == 1 and not isinstance(pieces[0], Code):
        return repr(str(pieces[0]))
    text = _expression(pieces)
    return text if _SIMPLE.fullmatch(text) or text == "''" else f"({text})"


class _Unknown(Exception):
    """What only a shell can tell; the text says what to do."""


@dataclass()
class Variables:
    """The variables that a script has set so far; ``exported``: those that its commands get."""

    known: dict[str, Pieces] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)

    def given(self) -> Mapping[str, Pieces]:
        """Those that commands get, as far as they are known."""
        return {name: self.known[name] for name in self.exported if name in self.known}

    def set(self, name: str, parts: tuple[Part, ...], place: SourcePlace, more: bool) -> None:
        """Set a variable, or add to it. Raises DescriptionError where its value can't be told."""
        before = self.known.pop(name, (Code(f"env[{name!r}]"),)) if more else ()
        self.known.pop(name, None)
        try:
            pieces = _joined((*before, *(each for each, _ in self._pieces(parts))))
        except _Unknown as unknown:
            raise mistake(place, str(unknown)) from None
        if sum(len(piece if isinstance(piece, str) else piece.text) for piece in pieces) > _LONGEST:
            raise mistake(place, f"{name} is too long; write a shorter value")
        self.known[name] = pieces

    def set_default(self, part: Part) -> None:
        """Set the variable of ``${NAME:=VALUE}``, if that is one and can be told."""
        if part.operator in ("=", ":="):
            with suppress(_Unknown):
                self.known[part.text] = self._variable(part)

    def words(self, word: Word) -> list[Given]:
        """The words that a word of the shell stands for, mostly one."""
        bare = len(word.parts) == 1 and word.parts[0].kind is Kind.VARIABLE
        bare = bare and not word.parts[0].quoted
        try:
            fields = list(self._fields(word.parts))
        except _Unknown as unknown:
            return [Given((), word.place, str(unknown))]
        return [Given(each, word.place, "", bare) for each in fields]

    def _fields(self, parts: tuple[Part, ...]) -> Iterator[Pieces]:
        """Unquoted variables are split at blanks, and stand for no word where they are empty."""
        current: list[str | Code] | None = None
        for piece, split in self._pieces(parts):
            if not split or isinstance(piece, Code):
                current = [*(current or ()), piece]
                continue
            first, *others = _BLANKS.split(piece)
            current = [*(current or ()), first] if first else current
            for chunk in others:
                if current is not None:
                    yield tuple(current)
                current = [chunk] if chunk else None
        if current is not None:
            yield tuple(current)

    def _pieces(self, parts: tuple[Part, ...]) -> Iterator[tuple[str | Code, bool]]:
        """Each piece of some parts, and whether it is split at blanks."""
        for number, part in enumerate(parts):
            if part.kind is Kind.TEXT:
                alone = len(parts) == 1 or part.text != "~"
                tilde = not (number or part.quoted) and alone and _TILDE.match(part.text)
                yield from [(HOME, False)] if tilde else []
                yield part.text[1:] if tilde else part.text, False
            elif part.kind is Kind.VARIABLE:
                yield from ((piece, not part.quoted) for piece in self._variable(part))
            else:
                yield _computed(part), False

    def _variable(self, part: Part) -> Pieces:
        known = self.known.get(part.text)
        unset: Pieces = (Code(f"env[{part.text!r}]"),)
        if part.operator in ("", "?", ":?"):
            return unset if known is None else known
        if part.operator not in _DEFAULTS:
            raise _Unknown(_advice(f"${{{part.text}{part.operator}…}}"))
        or_empty = part.operator.startswith(":")
        if known is not None and (
            not or_empty or not all(isinstance(each, Code) for each in known)
        ):
            return known
        default = _joined(tuple(piece for piece, _ in self._pieces(part.default)))
        if known == ():
            return default
        form = _DEFAULTS[part.operator]
        return (Code(form.format(_atom(known or unset), _atom(default), part.text)),)


def _computed(part: Part) -> Code:
    if part.kind is Kind.COMMAND and part.text.split() in (["pwd"], ["pwd", "-P"]):
        return PWD
    command = " ".join(part.text.split())
    raise _Unknown(_advice(f"$({command})" if part.kind is Kind.COMMAND else command))


def _advice(what: str) -> str:
    return f"only a shell can compute {what}; write what it gives, or a variable that you set to it"


def has_pattern(word: Word) -> bool:
    """Whether a shell might make something else of a word, by the files there are."""
    texts = [part for part in word.parts if part.kind is Kind.TEXT and not part.quoted]
    return any(_PATTERN.search(part.text) for part in texts)
