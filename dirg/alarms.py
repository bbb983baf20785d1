"""Alarms for many things at once, from one thread: one for each would make every fork slower."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Alarms:
    """Calls ``ring`` with each number at its time, unless it was dropped before.

    A fork has to deal with every thread that there is: with 150 of them it takes twice as long as
    with none (measured). What takes its time when it rings needs a thread of its own all the same.
    """

    def __init__(self, ring: Callable[[int], None]) -> None:
        self._ring = ring
        self._due: dict[int, float] = {}
        self._changed = threading.Condition()
        self._wakes = 0.0
        self._thread: threading.Thread | None = None

    def set(self, number: int, seconds: float) -> None:
        """Ring for a number after so many seconds."""
        due = time.monotonic() + seconds
        with self._changed:
            self._due[number] = due
            if self._thread is None:
                self._thread = threading.Thread(target=self._wait, daemon=True)
                self._thread.start()
            elif due < self._wakes:
                self._changed.notify()

    def drop(self, number: int) -> None:
        """Do not ring for a number."""
        with self._changed:
            self._due.pop(number, None)

    def _wait(self) -> None:
        while True:
            with self._changed:
                self._sleep()
                now = time.monotonic()
                ringing = [number for number, due in self._due.items() if due <= now]
                for number in ringing:
                    del self._due[number]
            for number in ringing:
                self._ring(number)

    def _sleep(self) -> None:
        """Sleep until the first is due, or another one is set that is due before."""
        first = min(self._due.values(), default=float("inf"))
        self._wakes = first
        if first == float("inf"):
            self._changed.wait()
        else:
            self._changed.wait(max(first - time.monotonic(), 0))
