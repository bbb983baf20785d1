"""Several things at once, while signals are still heeded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

# Python can miss to wake a thread that waits for a lock when a signal comes just before it does.
_HEED_SIGNALS = 0.1


def each_of(
    function: Callable[[_Item], _Made], items: Iterable[_Item], at_once: int
) -> list[_Made]:
    """What a function makes of each item, in their order; ``at_once`` bounds how many at a time."""
    with ThreadPoolExecutor(max_workers=max(at_once, 1)) as pool:
        futures = [pool.submit(function, item) for item in items]
        for future in futures:
            finished([future])
        return [future.result() for future in futures]


def finished(futures: Collection[Future[_Made]]) -> set[Future[_Made]]:
    """Those of some futures that are done, as soon as one is."""
    while True:
        done = wait(futures, timeout=_HEED_SIGNALS, return_when=FIRST_COMPLETED).done
        if done:
            return done
