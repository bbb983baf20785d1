"""Runs a program of the person's that prints a secret; beside docker.py the only one to use sh.

What it prints is kept in memory alone. It gets no shell, but dirg's own standard input and error:
it may have to ask for a passphrase.
"""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import sh

from dirg.forked import as_usual, keep_to_oneself, undisturbed

# How long a program may take to end when it is asked to, in seconds.
_TIME_TO_END = 3.0
_ANY_STATUS = tuple(range(-64, 256))


def printed(words: Sequence[str], environ: Mapping[str, str]) -> tuple[int, bytes]:
    """The exit status of a program, negative for a signal, and what it wrote to standard output.

    It may take as long as it likes; what interrupts dirg ends it. Raises OSError when it can't be
    started.
    """
    try:
        program = sh.Command(words[0])
    except sh.CommandNotFound:
        raise OSError(errno.ENOENT, "there is no such program") from None
    keep_to_oneself()
    sys.stdout.flush()
    sys.stderr.flush()
    process: Any = None
    try:
        with undisturbed():
            process = _started(program, words[1:], environ)
        # A signal that came meanwhile interrupts it here.
        process.wait()
    except (sh.ForkException, ValueError) as error:
        raise OSError(errno.ENOEXEC, str(error).strip().rpartition("\n")[2]) from None
    except BaseException:
        if process is not None:
            _end(process)
        raise
    return process.exit_code, process.stdout


def _started(program: Any, arguments: Sequence[str], environ: Mapping[str, str]) -> Any:
    return program(
        *arguments,
        _env=dict(environ),
        _in=sys.stdin,
        _err=sys.stderr.buffer,
        _tty_out=False,
        _bg=True,
        _bg_exc=False,
        _return_cmd=True,
        _ok_code=_ANY_STATUS,
        _close_fds=False,
        _preexec_fn=as_usual,
    )


def _end(process: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, sh.TimeoutException):
            process.signal(number)
            process.wait(_TIME_TO_END)
            return
