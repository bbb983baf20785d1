"""``$X`` and ``${X:-default}`` of Compose as expressions of the template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dirg.errors import Place, mistake
from dirg.imports.compose.mixed import Known, Mixed, enclosed
from dirg.imports.hiding import has_credentials, looks_secret
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.imports.compose.book import Book

_SIGN = re.compile(r"\$(?:(?P<escaped>\$)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<brace>\{))")
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?])(.*))?", re.DOTALL)
_DEEPEST = 40


@dataclass(frozen=True)
class Variables:
    """What variables are known: those of the shell, and those of files, which the shell's override.

    ``hidden``: those that are made of secrets. ``secret``: whether all of them count as secrets.
    """

    shell: Mapping[str, str]
    files: Mapping[str, str]
    hidden: frozenset[str] = frozenset()
    secret: bool = False

    def get(self, name: str) -> str | None:
        return self.shell.get(name, self.files.get(name))

    def with_files(self, more: Mapping[str, str], hidden: Iterable[str] = ()) -> Variables:
        """These, and what further files say of other variables."""
        return replace(self, files={**more, **self.files}, hidden=self.hidden | {*hidden})

    def hides(self, name: str) -> bool:
        known = self.secret or name in self.hidden or looks_secret(name)
        return known or has_credentials(self.files.get(name, ""))


class Interpolation:
    """Interpolates one text; what has to be told of it goes to ``book``."""

    def __init__(self, variables: Variables, book: Book, place: Place) -> None:
        self.variables = variables
        self.book = book
        self.place = place

    def mixed(self, text: str, depth: int = 0) -> Mixed:
        """A text with its variables as expressions. Raises DescriptionError."""
        if depth > _DEEPEST:
            raise mistake(self.place, "has defaults within defaults too deeply; write less levels")
        return Mixed.of(*self._parts(text, depth))

    def _parts(self, text: str, depth: int) -> Iterator[str | Mixed]:
        at = 0
        while found := _SIGN.search(text, at):
            yield text[at : found.start()]
            at = found.end()
            if found["escaped"]:
                yield "$"
            elif found["name"]:
                yield self._variable(found["name"], "", "", depth)
            else:
                end = _closing(text, at)
                written = _BRACED.fullmatch(text[at:end]) if end >= 0 else None
                if not written:
                    what = "${ begins no variable; write ${NAME}, or $${ for the signs themselves"
                    raise mistake(self.place, what)
                yield self._variable(written[1], written[2] or "", written[3] or "", depth)
                at = end + 1
        yield text[at:]

    def _variable(self, name: str, operator: str, rest: str, depth: int) -> Mixed:
        if operator.endswith("+"):
            return self._alternative(name, operator, self.mixed(rest, depth + 1))
        # What an error says may be anything, but is interpolated too.
        other = self.mixed(rest, depth + 1)
        if operator.endswith("?"):
            return self._required(name, operator, other)
        return self._defaulted(name, operator, other)

    def _defaulted(self, name: str, operator: str, default: Mixed) -> Mixed:
        """``${X}``, ``${X:-d}`` and ``${X-d}``."""
        of_file = self.variables.files.get(name)
        if of_file or (of_file is not None and operator != ":-"):
            default = Mixed.of(of_file)
        now = self.variables.get(name)
        if now is None or (operator == ":-" and not now):
            now = default.now
        if self.variables.hides(name) and default.now:
            return self._secret(name, default.now, now)
        return Mixed.of(Known(_or(name, operator, default), now, default.secret))

    def _required(self, name: str, operator: str, message: Mixed) -> Mixed:
        """``${X:?error}`` and ``${X?error}``."""
        of_file, now = self.variables.files.get(name), self.variables.get(name)
        if of_file or (of_file is not None and operator == "?"):
            return self._defaulted(name, "-" if operator == "?" else "", Mixed())
        if message.now and not message.secret:
            self.book.note(self.place, f"{name} has to be set: {message.now}")
        known = now if now or operator == "?" else None
        hides = self.variables.hides(name)
        self.book.hidden |= {known} if known and hides else set()
        return Mixed.of(Known(f"env[{name!r}]", known, hides))

    def _alternative(self, name: str, operator: str, value: Mixed) -> Mixed:
        """``${X:+alternative}`` and ``${X+alternative}``."""
        of_file = self.variables.files.get(name)
        if of_file or (of_file is not None and operator == "+"):
            return value
        now = self.variables.get(name)
        there = now is not None if operator == "+" else bool(now)
        test = f"{name!r} in env" if operator == "+" else f"env[{name!r}]"
        code = f"{enclosed(value.code)} if {test} else ''"
        return Mixed.of(Known(code, value.now if there else "", value.secret))

    def _secret(self, name: str, value: str, now: str) -> Mixed:
        variable = self.book.secret([name], value, self.place)
        self.book.hidden |= {value, now}
        return Mixed.of(Known(f"env[{variable!r}]", now, secret=True))


def _or(name: str, operator: str, default: Mixed) -> str:
    """The expression of a variable with a default."""
    code = enclosed(default.code)
    if operator == "-":
        return f"env[{name!r}] if {name!r} in env else {code}"
    return f"env[{name!r}] or {code}"


def _closing(text: str, start: int) -> int:
    """Where the brace is closed that was opened before ``start``; -1 where it is not."""
    depth = 1
    for found in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.start()
    return -1
