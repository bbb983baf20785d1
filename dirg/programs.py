"""Runs programs that print secrets.

What they print is kept in memory alone. They get no shell, but dirg's own standard input and error:
they may have to ask for a passphrase.
"""

from __future__ import annotations

import errno
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from dirg import launch
from dirg.forked import as_usual, keep_to_oneself, undisturbed
from dirg.piped import Piped

# How long a program may take to end when it is asked to, in seconds.
_TIME_TO_END = 3.0


class Programs:
    """Runs one program after another; ``end`` is for another thread, when dirg is interrupted."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._process: Any = None
        self._ended = False

    def printed(self, words: Sequence[str]) -> tuple[int, bytes]:
        """The exit status of a program, negative for a signal, and what it wrote to its output.

        It may take as long as it likes. Raises OSError when it can't be started, and
        KeyboardInterrupt when nothing is to be begun any more.
        """
        try:
            program = launch.find(words[0])
        except FileNotFoundError:
            raise OSError(errno.ENOENT, "there is no such program") from None
        keep_to_oneself()
        sys.stdout.flush()
        sys.stderr.flush()
        said: list[str] = []
        try:
            with Piped(said.append) as output:
                with self._lock, undisturbed():
                    if self._ended:
                        raise KeyboardInterrupt
                    streams = sys.stdin, output, sys.stderr.buffer
                    self._process = launch.start(
                        program, words[1:], self._environ, *streams, preexec=as_usual
                    )
                status = launch.end_of(self._process, output)
        except launch.NotStarted as error:
            raise OSError(errno.ENOEXEC, str(error)) from None
        if self._ended:
            raise KeyboardInterrupt
        return status, "".join(said).encode("utf-8", "surrogateescape")

    def end(self) -> None:
        """End the program that is at work, and begin no more."""
        with self._lock:
            self._ended = True
        # Whether it is true, sh answers when it has ended.
        started = self._process is not None
        for number in (signal.SIGTERM, signal.SIGKILL) if started else ():
            launch.send(self._process, number)
            if launch.wait(self._process, _TIME_TO_END):
                return
