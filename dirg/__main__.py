"""``python -m dirg`` is the same as ``dirg``."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn


def _interrupted(number: int, _: object) -> None:
    os.write(2, b"dirg: interrupted\n")
    os._exit(128 + number)


def _told(text: str) -> int:
    """Print a line; the exit status, which tells whether it could be."""
    try:
        print(text, flush=True)
    except OSError:
        return 1
    return 0


def main() -> None:
    """Run dirg and exit.

    Reading in the modules takes a while, in which an interruption is to give no traceback. Nothing
    that is made until the first docker command is garbage, so nobody looks for it before: that
    takes one twentieth of a small ``dirg run -n``, and more of a large one (measured).
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    if sys.argv[0].rpartition(os.sep)[2].startswith("docker-"):
        from dirg import plugin

        about = plugin.metadata(sys.argv[1:])
        if about:
            _leave(_told(about))
        sys.argv[1:] = plugin.translated(sys.argv[1:], os.environ)
    from dirg import cli

    _leave(cli.main())


def _leave(status: int) -> NoReturn:
    """Exit without taking everything apart first: that takes a tenth of a short call (measured)."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):
            stream.flush()
    if sys.gettrace() or sys.getprofile():
        # Who looks on wants to write down what it saw.
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    main()
