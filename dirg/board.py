"""What is at work at the moment, below what has been done: on a terminal only."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dirg.saying import echo

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from dirg.session import Session
    from dirg.steps import Step

_DOING = {
    "create": "creating",
    "start": "starting",
    "stop": "stopping",
    "restart": "restarting",
    "pause": "pausing",
    "unpause": "unpausing",
    "kill": "killing",
    "remove": "removing",
    "replace": "replacing",
    "pull": "pulling",
    "build": "building",
    "finish": "finishing an interrupted update",
    "take back": "taking back an interrupted update",
}


class Board:
    """Shows nothing of what is at work, and what is done as it is."""

    def begin(self, step: Step) -> None:
        """A step is at work from now on."""

    def end(self, step: Step) -> None:
        """It is no more."""

    def echo(self, text: str) -> None:
        """Print a line that stays."""
        echo(text)


class LiveBoard(Board):
    """Shows a line for each step at work, with how long it has been so, in seconds.

    ``line``: how a step is shown, by what it does.
    """

    def __init__(self, console: Console, line: Callable[[Step, str], str]) -> None:
        self._console = console
        self._line = line
        self._lock = threading.Lock()
        self._at_work: dict[int, tuple[Step, float]] = {}

    def begin(self, step: Step) -> None:
        with self._lock:
            self._at_work.setdefault(id(step), (step, time.monotonic()))

    def end(self, step: Step) -> None:
        with self._lock:
            self._at_work.pop(id(step), None)

    def echo(self, text: str) -> None:
        from rich.text import Text

        from dirg.visible import visible

        # Nothing is cut, nor broken but by the terminal.
        self._console.print(Text(visible(text)), soft_wrap=True)

    def text(self) -> Text:
        """The lines of all that is at work."""
        from rich.text import Text

        from dirg.visible import visible

        now = time.monotonic()
        with self._lock:
            known = list(self._at_work.values())
        lines = [self._line(step, f"{doing(step)}  {now - began:.0f}s") for step, began in known]
        return Text(visible("\n".join(lines)), no_wrap=True, overflow="ellipsis")


def doing(step: Step) -> str:
    """What a step does, as long as it does."""
    return f"waiting until {step.outcome}" if step.wait else _DOING.get(step.action, step.action)


@contextmanager
def board(session: Session, line: Callable[[Step, str], str]) -> Iterator[Board]:
    """The board of a command that acts, as long as it does."""
    options = session.options
    wanted = not (options.dry_run or options.quiet or options.debug)
    if not (wanted and sys.stdout.isatty()) or os.environ.get("TERM") in (None, "", "dumb"):
        yield Board()
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=sys.stdout, markup=False, emoji=False, highlight=False)
    shown = LiveBoard(console, line)
    with Live(
        get_renderable=shown.text,
        console=console,
        refresh_per_second=4,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield shown
