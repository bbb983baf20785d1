"""The lines of a large file, from its begin or from its end, of which little is held at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from dirg.records import dataclass

# Linux takes arguments of 2 MiB, unless somebody allows larger stacks (execve(2)); JSON may need
# six characters for a byte.
LONGEST = 16 * 2**20
_BLOCK = 2**16


@dataclass(frozen=True)
class Line:
    """A line without its end: the byte where it begins; ``text`` is None for one over LONGEST."""

    at: int
    text: bytes | None


def forwards(file: BinaryIO, end: int) -> Iterator[Line]:
    """The lines of a file, up to a byte of it; those without anything in them as well."""
    file.seek(0)
    at = 0
    while at < end and (text := file.readline(min(LONGEST + 1, end - at))):
        long = len(text) > LONGEST and not text.endswith(b"\n")
        yield Line(at, None if long else text.removesuffix(b"\n"))
        at += len(text)
        while long and at < end and (text := file.readline(min(_BLOCK, end - at))):
            at += len(text)
            long = not text.endswith(b"\n")


def backwards(file: BinaryIO, end: int) -> Iterator[Line]:
    """The same lines, the last first; what follows the last line end is one too, even if empty."""
    rest = _Rest()
    while end > 0:
        begin = max(end - _BLOCK, 0)
        file.seek(begin)
        first, *parts = file.read(end - begin).split(b"\n")
        for part in reversed(parts):
            rest.put(part)
            end -= len(part)
            yield Line(end, rest.take())
            end -= 1
        rest.put(first)
        end = begin
    yield Line(0, rest.take())


class _Rest:
    """The end of a line whose begin is still to come."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def put(self, part: bytes) -> None:
        """What stands before it."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > LONGEST:
            self._parts.clear()

    def take(self) -> bytes | None:
        """The whole of it, None where that is too long."""
        text = b"".join(reversed(self._parts)) if self._size <= LONGEST else None
        self._parts, self._size = [], 0
        return text


def number(file: BinaryIO, at: int) -> int:
    """The number of the line that begins at a byte, counted from 1."""
    file.seek(0)
    ends = 0
    while at > 0 and (block := file.read(min(_BLOCK, at))):
        ends += block.count(b"\n")
        at -= len(block)
    return ends + 1
