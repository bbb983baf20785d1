"""What a process writes, line by line as it comes, and to its end.

``sh`` hands over lines, too, but stops two seconds after the process has ended, whatever is left in
the pipe then: so the end would be missing where whoever reads takes his time, as with ``| less``.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Sequence

# How much is read at once, in bytes: what a pipe holds on Linux.
_CHUNK = 65536
# How often is looked whether a process has ended, and how long something else may keep its output
# open after that while nothing comes, in seconds.
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

    def take(self) -> bool:
        """Hand over what is there, in lines, each with its newline; False where it has ended."""
        chunk = os.read(self._read, _CHUNK)
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            self._hand_over(line + b"\n")
        if rest:
            self._begun.append(rest)
        if not chunk and self._begun:
            self._hand_over(b"")
        return bool(chunk)

    def _hand_over(self, line: bytes) -> None:
        text = b"".join([*self._begun, line])
        self._begun.clear()
        self._reader(text.decode("utf-8", "surrogateescape"))


def read_all(pipes: Sequence[Piped], alive: Callable[[], bool]) -> None:
    """Hand over all that a process writes, however long that takes.

    ``alive``: whether the process is at work yet. Others that it has started may keep its output
    open for ever: they are not waited for.
    """
    poller = select.poll()
    open_ = {pipe.end: pipe for pipe in pipes}
    for pipe in pipes:
        pipe.leave_to_others()
        poller.register(pipe.end, select.POLLIN)
    ended = float("inf")
    while open_ and time.monotonic() - ended < _LINGER:
        ready = poller.poll(_LOOK * 1000)
        for number, _ in ready:
            if not open_[number].take():
                poller.unregister(number)
                del open_[number]
        if ready:
            ended = float("inf")
        elif ended == float("inf") and not alive():
            ended = time.monotonic()
