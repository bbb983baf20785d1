"""Lines of several containers, as they come, each with the name of its container before it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable


class Lines:
    """Writes whole lines, one at a time, however many write at once.

    ``names``: of the containers. ``closed``: called once when nobody reads the lines any more.
    """

    def __init__(self, names: Iterable[str], closed: Callable[[], None]) -> None:
        self._width = max(map(len, names), default=0)
        self._closed = closed
        self._lock = threading.RLock()
        self._error: BrokenPipeError | None = None

    def write(self, name: str, stream: str, line: str) -> None:
        """Write a line to ``out`` or to ``err``."""
        target = sys.stdout if stream == "out" else sys.stderr
        with self._lock:
            if self._error:
                return
            try:
                target.write(f"{name:<{self._width}} | {line}\n")
                target.flush()
            except BrokenPipeError as error:
                # This is a thread of sh's: raising here would end nothing. Once is enough: docker
                # takes a third signal for impatience, and says so.
                self._error = error
                self._closed()

    def between(self, tell: Callable[[], None]) -> None:
        """Tell something between the lines, unless nobody reads them any more."""
        with self._lock:
            if not self._error:
                tell()

    def end(self) -> None:
        """Raises BrokenPipeError when nobody has read the lines to their end."""
        if self._error:
            raise self._error
