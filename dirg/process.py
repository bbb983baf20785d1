"""The process that dirg is: the signals it heeds, and the streams it writes to."""

from __future__ import annotations

import codecs
import io
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dirg.session import Session


def heed_signals(session: Session) -> None:
    """Have the docker processes ended first: threads that wait for them would keep dirg alive."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What runs in the background of a shell script, or by nohup, is not to hear of them.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: session.interrupt(number))
    # Who started dirg may have ignored it, and then no process could be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def open_streams() -> None:
    """Give standard streams that somebody has closed a place where nothing is and nothing goes."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # Or the next file that is opened would get the number, and be taken for the stream.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(nothing, mode, encoding="utf-8", closefd=False))
    codecs.register_error("dirg", _written)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="dirg")


def _written(error: UnicodeError) -> tuple[str | bytes, int]:
    """How what has no form in the encoding of a stream is written: bytes as they came, or escaped.

    Python itself raises for stdout, and escapes for stderr.
    """
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.backslashreplace_errors(error)
