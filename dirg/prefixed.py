"""Lines of several containers, as they come, each with the name of its container before it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TextIO

import click

from dirg.errors import DirgError
from dirg.visible import log_line

# Of the 256 that terminals have: they can be read on white and on black. The names tell the rest.
COLOURS = (32, 130, 64, 97, 30, 132)


class Lines:
    """Writes whole lines, one at a time, however many write at once, with the bytes they had.

    A terminal gets them as ``dirg.visible`` has them.

    ``names``: of the containers. ``closed``: called once when nobody reads the lines any more,
    or they can't be written.
    ``prefix``: whether the names are written; in colours, where somebody sees them.
    """

    def __init__(
        self, names: Iterable[str], closed: Callable[[], None] = lambda: None, prefix: bool = True
    ) -> None:
        known = list(dict.fromkeys(names)) if prefix else []
        width = max(map(len, known), default=0)
        self._before = {
            (name, stream): _prefix(f"{name:<{width}} | ", place, stream)
            for place, name in enumerate(known)
            for stream in ("out", "err")
        }
        self._seen = {stream: _target(stream).isatty() for stream in ("out", "err")}
        self._closed = closed
        self._lock = threading.RLock()
        self._error: OSError | None = None
        self._stream = ""

    @property
    def seen(self) -> bool:
        """Whether any of the lines go to a terminal."""
        return any(self._seen.values())

    @property
    def seen_as_one(self) -> bool:
        """Whether all of them do, so that nobody can tell which go where."""
        return all(self._seen.values())

    def write(self, name: str, stream: str, line: str) -> None:
        """Write a line to ``out`` or to ``err``; surrogates stand for bytes that are no UTF-8."""
        self.put(name, stream, line.encode("utf-8", "surrogateescape"))

    def put(self, name: str, stream: str, line: bytes) -> None:
        """Write the bytes of a line; on a terminal, with nothing that could harm whoever looks."""
        target = _target(stream).buffer
        line = log_line(line) if self._seen[stream] else line
        with self._lock:
            if self._error:
                return
            try:
                target.write(self._before.get((name, stream), b"") + line + b"\n")
                target.flush()
            except OSError as error:
                # Raising here would end one of several. Once is enough: docker takes a third signal
                # for impatience, and says so.
                self._error = error
                self._stream = "output" if stream == "out" else "error"
                self._closed()

    def between(self, tell: Callable[[], None]) -> None:
        """Tell something between the lines, unless nobody reads them any more."""
        with self._lock:
            if not self._error:
                tell()

    def end(self) -> None:
        """Raises BrokenPipeError when nobody has read the lines to their end.

        And DirgError where they could not be written otherwise, since the disk is full, say.
        """
        if isinstance(self._error, BrokenPipeError):
            raise self._error
        if self._error:
            raise DirgError(f"standard {self._stream}: {self._error.strerror}")


def _target(stream: str) -> TextIO:
    return sys.stdout if stream == "out" else sys.stderr


def _prefix(text: str, place: int, stream: str) -> bytes:
    coloured = _target(stream).isatty() and not os.environ.get("NO_COLOR")
    return (click.style(text, fg=COLOURS[place % len(COLOURS)]) if coloured else text).encode()
