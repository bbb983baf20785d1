"""How many processes a program has at once, by looking again and again."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.measure import Cost, Unmeasured, Work, end, started

# In seconds: shorter than a docker command takes, and rarer than it would cost to look.
_PAUSE = 0.02


def most(work: Work, limit: float = 120) -> Cost:
    """The largest number of processes that were seen below the first one, which doesn't count."""
    work.before()
    (command,) = work.commands
    found, until = 0, time.monotonic() + limit
    with Path(os.devnull).open("wb") as nothing:
        process = started(command, work.folder, work.env, nothing.fileno())
    try:
        while process.poll() is None:
            found = max(found, len(below(process.pid)))
            if time.monotonic() > until:
                raise Unmeasured(f"no end within {limit:g} s")
            time.sleep(_PAUSE)
    finally:
        end(process)
    if process.returncode:
        raise Unmeasured(f"{' '.join(command)[:100]}: status {process.returncode}")
    return Cost(count=found)


def below(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have started."""
    children: list[int] = []
    # A thread or a process may end while it is looked at.
    with suppress(OSError):
        for thread in [*Path(f"/proc/{pid}/task").iterdir()]:
            with suppress(OSError):
                children += map(int, (thread / "children").read_text().split())
    return [*children, *(each for child in children for each in below(child))]
