"""A process between its fork and docker: the signals it gets, and what it has open."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps signals from the process that is about to become docker, while it is still Python.

    There, dirg's own handlers would run, and it would go on as a second dirg.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def as_usual() -> None:
    """Give docker the signals that programs get from a shell.

    sh makes background processes deaf to the end of the terminal, and undisturbed to the others.
    """
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def keep_to_oneself() -> None:
    """Let no process inherit what somebody has left open for dirg; Python opens nothing so."""
    with suppress(OSError):
        for name in (each.name for each in Path("/dev/fd").iterdir()):
            if int(name) > 2:
                with suppress(OSError):
                    os.set_inheritable(int(name), False)


def apart() -> None:
    """Keep the Ctrl-C of a terminal, which is meant for dirg, from what puts something back."""
    os.setpgid(0, 0)
    as_usual()
