"""Text with expressions of the template in it, of which is known what they give now."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable

from dirg.imports.described import Code, Template
from dirg.records import dataclass

Written = str | Template
# A quote in what a shell has in quotes.
_QUOTE = "'\"'\"'"
_TOKEN = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True)
class Known:
    """An expression of the template, and what it gives now; ``secret``: nobody may see that.

    ``now`` is None where a variable has to be set first.
    """

    code: str
    now: str | None
    secret: bool = False

    def quoted(self) -> Known:
        """The same within quotes of a shell."""
        now = None if self.now is None else self.now.replace("'", _QUOTE)
        code = f"{enclosed(self.code)}|replace({chr(34)}'{chr(34)}, {_QUOTE!r})"
        return Known(code, now, self.secret)


@dataclass(frozen=True)
class Mixed:
    """Plain text and expressions, one after the other."""

    parts: tuple[str | Known, ...] = ()

    @staticmethod
    def of(*parts: str | Known | Mixed) -> Mixed:
        """Parts put together, with texts that follow each other as one."""
        joined: list[str | Known] = []
        for part in parts:
            for each in part.parts if isinstance(part, Mixed) else (part,):
                if isinstance(each, str) and joined and isinstance(joined[-1], str):
                    joined[-1] += each
                elif each != "":
                    joined.append(each)
        return Mixed(tuple(joined))

    @property
    def expressions(self) -> list[Known]:
        return [part for part in self.parts if isinstance(part, Known)]

    @property
    def plain(self) -> bool:
        """Whether it has no expressions."""
        return not self.expressions

    @property
    def now(self) -> str:
        """What it is now; nothing in the place of what has to be set first."""
        return "".join(part if isinstance(part, str) else part.now or "" for part in self.parts)

    @property
    def secret(self) -> bool:
        return any(each.secret for each in self.expressions)

    @property
    def unknown(self) -> bool:
        """Whether a variable has to be set before it can be told what this is."""
        return any(each.now is None for each in self.expressions)

    @property
    def code(self) -> str:
        """It all as one expression."""
        codes = [literal(each) if isinstance(each, str) else each.code for each in self.parts]
        if len(codes) == 1:
            return codes[0]
        return " ~ ".join(enclosed(code) for code in codes) or "''"

    def short(self) -> Written:
        """As people write it: for what never has a quote or other signs of YAML in it."""
        if self.plain:
            return self.now
        parts = [each if isinstance(each, str) else Code(each.code) for each in self.parts]
        return Template(tuple(parts))

    def free(self) -> Written:
        """As it can be written whatever the variables hold."""
        return self.now if self.plain else Template((Code(f"{enclosed(self.code)}|tojson"),))

    def settled(self) -> Mixed:
        """What it is now, without expressions."""
        return Mixed.of(self.now)

    def split(self, separator: str, limit: int = -1) -> list[Mixed]:
        """Its parts between separators, which count in the plain text only."""
        return self._apart(lambda text: text.split(separator, limit))

    def rsplit(self, separator: str, limit: int = -1) -> list[Mixed]:
        return self._apart(lambda text: text.rsplit(separator, limit))

    def words(self) -> list[Mixed]:
        """Its words, as a shell tells them. Raises ValueError."""
        return self._apart(shlex.split)

    def quoted(self) -> Mixed:
        """It as one word of a shell."""
        if self.plain:
            return Mixed.of(shlex.quote(self.now))
        parts = [
            each.replace("'", _QUOTE) if isinstance(each, str) else each.quoted()
            for each in self.parts
        ]
        return Mixed.of("'", *parts, "'")

    def _apart(self, apart: Callable[[str], list[str]]) -> list[Mixed]:
        known = self.expressions
        numbers = iter(range(len(known)))
        text = "".join(
            each if isinstance(each, str) else f"\ue000{next(numbers)}\ue001" for each in self.parts
        )
        return [_restored(part, known) for part in apart(text)]


def _restored(text: str, known: list[Known]) -> Mixed:
    if not known:
        return Mixed.of(text)
    # split() gives the text between the tokens, and the number in each.
    parts = _TOKEN.split(text)
    restored = [
        known[int(part)] if at % 2 and int(part) < len(known) else part
        for at, part in enumerate(parts)
    ]
    return Mixed.of(*restored)


def joined(parts: Iterable[Mixed], joint: str) -> Mixed:
    """Several with a text between them."""
    between: list[str | Mixed] = []
    for part in parts:
        between += [joint, part] if between else [part]
    return Mixed.of(*between)


def literal(text: str) -> str:
    """A text as an expression of the template."""
    return repr(text)


def enclosed(code: str) -> str:
    """An expression as a part of another one."""
    simple = re.fullmatch(r"env\['\w+'\]|'(?:[^'\\]|\\.)*'", code)
    return code if simple else f"({code})"
