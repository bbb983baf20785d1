"""Looks again and again at something, on a terminal."""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import NoReturn

from dirg.visible import visible

# To the upper left corner; what is left of a line, and of the screen, goes (ECMA-48).
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_CLEAR = "\x1b[2J"


def watched(look: Callable[[], object], interval: float) -> NoReturn:
    """Show what each look prints in the place of what was there, until Ctrl-C.

    ``interval``: how long it takes until the next look, in seconds.
    """
    sys.stdout.write(_CLEAR)
    while True:
        text = io.StringIO()
        with redirect_stdout(text), redirect_stderr(text):
            look()
        size = shutil.get_terminal_size()
        told = visible(text.getvalue()).rstrip("\n").split("\n")
        lines = fitting(told, size.columns, size.lines - 1)
        shown = "".join(f"{line}{_REST_OF_LINE}\n" for line in lines)
        sys.stdout.write(f"{_HOME}{shown}{_REST_OF_SCREEN}")
        sys.stdout.flush()
        time.sleep(interval)


def fitting(lines: list[str], columns: int, rows: int) -> Iterator[str]:
    """As many lines as there is room for; long ones take several rows, and none is cut."""
    left = rows
    for number, line in enumerate(lines):
        needed = max(1, -(-len(line) // columns))
        last = number == len(lines) - 1
        if needed > left - (0 if last else 1):
            yield f"… {len(lines) - number} more lines"
            return
        left -= needed
        yield line
