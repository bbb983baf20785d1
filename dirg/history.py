"""What docker commands were executed, by the log, for a person or for a program."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dirg import appended, linewise, shell
from dirg.errors import Mistake, SourcePlace, UsageError
from dirg.logged import Facts, Wanted, commands
from dirg.saying import echo, say, say_at

if TYPE_CHECKING:
    from dirg.linewise import Line

_COLUMNS = ("time", "user", "host", "container", "status", "took", "command")
# So many are printed at a time: their columns are aligned, and no more are held.
_AT_ONCE = 1000
# So many damaged lines are told of; more of them are counted.
_TOLD = 10


class _Damaged:
    """Tells of lines that can't be read, the first ones each."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self.count = 0

    def __call__(self, line: Line, why: str) -> None:
        self.count += 1
        if self.count <= _TOLD:
            at = self._file.tell()
            place = SourcePlace(str(self._path), linewise.number(self._file, line.at))
            self._file.seek(at)
            say_at(Mistake(place, f"no line of a log of dirg, left out: {why}"), "warning: ")

    def close(self) -> None:
        if self.count > _TOLD:
            say(f"warning: {self.count - _TOLD} more lines of {self._path} were left out")


def show(path: Path, wanted: Wanted, form: str) -> bool:
    """Print the wanted commands of a log, as a table or as JSON; whether all could be read.

    Raises UsageError when there is no such file.
    """
    with _opened(path) as file, closing(_Damaged(path, file)) as damaged:
        found = commands(file, appended.size(file.fileno()), wanted, damaged)
        for text in _as_json(found) if form == "json" else _as_table(found):
            echo(text)
        return not damaged.count


def _opened(path: Path) -> BinaryIO:
    """A log, to be read. Raises UsageError."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; no docker command was logged there yet") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise UsageError(f"{path}: only a file can be read back; name one by --log")
    return os.fdopen(file, "rb")


def names(path: Path, most: int) -> list[str]:
    """The containers of the last few commands of a log. Raises UsageError."""
    with _opened(path) as file:
        wanted = Wanted(everything=True, tail=most)
        found = commands(file, appended.size(file.fileno()), wanted, lambda *_: None)
        return [each for facts in found for each in (facts["container"] or "").split(", ") if each]


def _as_json(found: Iterable[Facts]) -> Iterator[str]:
    """An array in parts; what is no ASCII is escaped, since others have written it."""
    last = "["
    for facts in found:
        yield last
        last = f"  {json.dumps(facts, indent=2)}".replace("\n", "\n  ") + ","
    yield "[]" if last == "[" else f"{last[:-1]}\n]"


def _as_table(found: Iterable[Facts]) -> Iterator[str]:
    headings: Mapping[str, str] = {column: column.upper() for column in _COLUMNS}
    widths = [len(headings[column]) for column in _COLUMNS[:-1]]
    screen = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    rows = map(row, found)
    before: Sequence[Mapping[str, str]] = [headings]
    while part := [*before, *islice(rows, _AT_ONCE)]:
        cells = [[each[column] for column in _COLUMNS] for each in part]
        widths = [max(width, *map(len, its)) for width, *its in zip(widths, *cells, strict=False)]
        yield "\n".join(
            _cut("  ".join(map(str.ljust, line, [*widths, 0])), screen) for line in cells
        )
        before = ()


def _cut(line: str, width: int | None) -> str:
    """A line as wide as the screen at most, where there is one."""
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"


def row(facts: Facts) -> Mapping[str, str]:
    """A command as cells of a table."""
    status = facts["status"]
    return {
        **{key: visible(facts[key] or "-") for key in ("time", "user", "host", "container")},
        "status": "?" if status is None else str(status),
        "took": f"{facts['seconds']:.1f}s",
        "command": _line(facts),
    }


def _line(facts: Facts) -> str:
    """The line for a shell; for bash, zsh and ksh where it holds what can't be seen."""
    variables = (f"{name}={_word(value)}" for name, value in facts["environment"].items())
    return " ".join([*map(visible, variables), *map(_word, facts["arguments"])])


def _word(text: str) -> str:
    if text.isprintable():
        return shell.quote(text)
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{visible(quoted)}'"


def visible(text: str) -> str:
    """A text with an escape for each character that a terminal would do something else with."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":
        # It stands for a byte that is no UTF-8.
        return f"\\x{ord(character) - 0xDC00:02x}"
    code = ord(character)
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}.get(character)
    return named or (f"\\x{code:02x}" if code < 0x80 else f"\\U{code:08x}")
