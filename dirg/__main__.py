"""``python -m dirg`` is the same as ``dirg``."""

from __future__ import annotations

import os
import signal
import sys


def _interrupted(number: int, _: object) -> None:
    os.write(2, b"dirg: interrupted\n")
    os._exit(128 + number)


def main() -> None:
    """Run dirg and exit.

    Reading in the modules takes a while, in which an interruption is to give no traceback.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    if sys.argv[0].rpartition(os.sep)[2].startswith("docker-"):
        from dirg import plugin

        about = plugin.metadata(sys.argv[1:])
        if about:
            sys.stdout.write(f"{about}\n")
            return
        sys.argv[1:] = plugin.translated(sys.argv[1:], os.environ)
    from dirg import cli

    cli.main()


if __name__ == "__main__":
    main()
