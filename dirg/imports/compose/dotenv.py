"""Files of variables as Compose reads them: quotes, comments, export and interpolation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from dirg.errors import SourcePlace, UsageError, mistake
from dirg.imports.compose.book import Book
from dirg.imports.compose.interpolation import Interpolation, Variables
from dirg.imports.compose.mixed import Mixed
from dirg.imports.hiding import looks_secret
from dirg.records import dataclass

# In characters; a device may give them without end.
_LONGEST = 2**24
_BETWEEN = re.compile(r"(?:\s+|#[^\n]*)*")
_NAME = re.compile(r"(?:export[^\S\n]+)?(?P<name>[\w.\-\[\]]+)[^\S\n]*(?P<joint>[=:]|\n|$)")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([abfnrtv$\"\\])|0([0-7]{1,3}))")
_ESCAPED = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    '"': '"', "\\": "\\", "$": "$$",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A variable of a file; ``text`` is None where only its name is there.

    ``literal``: whether a ``$`` is nothing but that.
    """

    name: str
    text: str | None
    place: SourcePlace
    literal: bool = False


def read_text(path: Path) -> str:
    """The text of a file. Raises UsageError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read(_LONGEST)
        if len(text) == _LONGEST:
            raise UsageError(f"{path}: is too long for such a file; name another one")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise mistake(SourcePlace(str(path), line), "not UTF-8; save the file as UTF-8") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise UsageError(f"{path}: can't be read: {reason}; name another file") from error
    return text.replace("\r\n", "\n")


def entries(path: Path, raw: bool = False) -> list[Entry]:
    """The variables of a file; ``raw``: without quotes or interpolation, as docker reads them."""
    text = read_text(path)
    return list(_raw(text, str(path)) if raw else _entries(text, str(path)))


def _raw(text: str, file: str) -> Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), 1):
        name, joint, value = line.lstrip().partition("=")
        if name and not name.startswith("#"):
            place = SourcePlace(file, number)
            yield Entry(name, value if joint else None, place, literal=True)


def _entries(text: str, file: str) -> Iterator[Entry]:
    at = 0
    while at < len(text):
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at >= len(text):
            return
        place = SourcePlace(file, text.count("\n", 0, at) + 1)
        found = _NAME.match(text, at)
        if not found:
            raise mistake(place, "no variable; write NAME=VALUE")
        at = found.end()
        if found["joint"] in ("", "\n"):
            yield Entry(found["name"], None, place)
            continue
        value, literal, at = _value(text, at, place)
        yield Entry(found["name"], value, place, literal)


def _value(text: str, at: int, place: SourcePlace) -> tuple[str, bool, int]:
    """A value, whether it is literal, and where it ends."""
    while at < len(text) and text[at].isspace() and text[at] != "\n":
        at += 1
    if text[at : at + 1] in ("'", '"'):
        quoted = _QUOTED.match(text, at)
        if not quoted:
            raise mistake(place, "a quote that is not closed; close it")
        if quoted[1] is not None:
            return quoted[1].replace("\\'", "'"), True, quoted.end()
        return _ESCAPE.sub(_unescaped, quoted[2]), False, quoted.end()
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return text[at:end].partition(" #")[0].rstrip(), False, end


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED[found[1]] if found[1] else chr(int(found[2], 8) % 256)


def interpolated(
    found: list[Entry], variables: Variables, book: Book
) -> Iterator[tuple[Entry, Mixed | None]]:
    """Each variable and its value; those before count for those after."""
    before: dict[str, str] = {}
    hidden: set[str] = set()
    for entry in found:
        known = variables.with_files(before, hidden)
        value = _interpolated(entry, known, book)
        if value is not None:
            before[entry.name] = value.now
            hidden |= {entry.name} if value.secret else set()
        yield entry, value


def _interpolated(entry: Entry, variables: Variables, book: Book) -> Mixed | None:
    if entry.text is None or entry.literal:
        return None if entry.text is None else Mixed.of(entry.text)
    # The variables in what is a secret are secrets as well.
    secret = variables.secret or looks_secret(entry.name)
    return Interpolation(replace(variables, secret=secret), book, entry.place).mixed(entry.text)


def with_files(paths: Iterable[Path], variables: Variables) -> Variables:
    """Variables, and those of files such as ``.env``, of which the first one counts most."""
    for path in paths:
        variables = _with_file(path, variables)
    return variables


def _with_file(path: Path, variables: Variables) -> Variables:
    """Variables, and those of a file with their values as they are now."""
    found: dict[str, str] = {}
    hidden: set[str] = set()
    for entry, value in interpolated(entries(path), variables, Book()):
        now = variables.get(entry.name) if value is None else value.now
        if now is not None:
            found[entry.name] = now
        hidden |= {entry.name} if value is not None and value.secret else set()
    return variables.with_files(found, hidden)
