"""Who may connect to a host now: sshd turns away those who come in crowds."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dirg.host import Host

# How many connect to a host at once, and in how many seconds they are taken for connected at least.
_ENTERING = 4
_TAKEN_FOR_IN = 1.0


class Doors:
    """Keeps too many from connecting to a host at the same time; who is in does not count.

    sshd turns away who comes while ten others are still saying who they are. ``took``: how long
    each host has taken to answer, in seconds.
    """

    def __init__(self, took: Mapping[Host, float]) -> None:
        self._took = took
        self._doors: defaultdict[Host, threading.Semaphore] = defaultdict(
            lambda: threading.Semaphore(_ENTERING)
        )
        self._lock = threading.Lock()

    @contextmanager
    def entering(self, host: Host) -> Iterator[Callable[[], None]]:
        """Waits for a turn; what it gives is to be called when the host has let it in.

        Who does not know so of itself, since a container says nothing, is taken for in after a
        while.
        """
        with self._lock:
            door = self._doors[host]
        door.acquire()
        once = threading.Lock()

        def entered() -> None:
            if once.acquire(blocking=False):
                door.release()

        timer = threading.Timer(max(_TAKEN_FOR_IN, 4 * self._took.get(host, 0)), entered)
        timer.daemon = True
        timer.start()
        try:
            yield entered
        finally:
            timer.cancel()
            entered()
