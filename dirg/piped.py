"""What a process writes, line by line as it comes, and to its end.

``sh`` hands over lines, too, but stops two seconds after the process has ended, whatever is left in
the pipe then: so the end would be missing where whoever reads takes his time, as with ``| less``.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
import termios
import time
from collections.abc import Callable, Sequence

# How much is read at once, in bytes: what a pipe holds on Linux.
_CHUNK = 65536
# How often is looked whether a process has ended, and how long something else may write to its
# output after that, in seconds.
_LOOK = 0.5
_LINGER = 2.0


class Piped:
    """The output of a process: give it to that as a file, and call ``read_all``."""

    def __init__(self, reader: Callable[[str], None]) -> None:
        self._reader = reader
        self._read, self._write = os.pipe()
        self._begun: list[bytes] = []

    def __enter__(self) -> Piped:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave_to_others()
        os.close(self._read)

    def fileno(self) -> int:
        """Where the process writes to."""
        return self._write

    @property
    def end(self) -> int:
        """Where it is read."""
        return self._read

    def leave_to_others(self) -> None:
        """Write nothing to it here: it ends as soon as no other process can."""
        if self._write >= 0:
            os.close(self._write)
            self._write = -1

    def take(self) -> int:
        """Hand over what is there, in lines, each with its newline; its bytes, 0 at the end."""
        chunk = os.read(self._read, _CHUNK)
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            self._hand_over(line + b"\n")
        if rest:
            self._begun.append(rest)
        if not chunk and self._begun:
            self._hand_over(b"")
        return len(chunk)

    def take_left(self) -> None:
        """Hand over all that has been written so far."""
        told = fcntl.ioctl(self._read, termios.FIONREAD, bytes(4))
        left = int.from_bytes(told, sys.byteorder)
        while left > 0:
            left -= self.take()

    def _hand_over(self, line: bytes) -> None:
        text = b"".join([*self._begun, line])
        self._begun.clear()
        self._reader(text.decode("utf-8", "surrogateescape"))


def read_all(pipes: Sequence[Piped], alive: Callable[[], bool]) -> None:
    """Hand over all that a process writes, however long that takes.

    ``alive``: whether the process is at work yet. Others that it has started may keep its output
    open for ever, and write to it: they are not waited for.
    """
    for pipe in pipes:
        pipe.leave_to_others()
    open_ = [*pipes]
    looked = time.monotonic()
    while open_:
        came = _take(open_)
        if not came or time.monotonic() - looked > _LOOK:
            if not alive():
                break
            looked = time.monotonic()
    # What it has written itself is all there when it has ended.
    for pipe in open_:
        pipe.take_left()
    until = time.monotonic() + _LINGER
    while open_ and time.monotonic() < until:
        _take(open_)


def _take(pipes: list[Piped]) -> bool:
    """Hand over what comes next, and leave out pipes that have ended; False where nothing comes."""
    poller = select.poll()
    for pipe in pipes:
        poller.register(pipe.end, select.POLLIN)
    ready = {number for number, _ in poller.poll(_LOOK * 1000)}
    pipes[:] = [pipe for pipe in pipes if pipe.end not in ready or pipe.take()]
    return bool(ready)
