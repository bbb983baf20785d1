"""Several things at once, within bounds, while signals are still heeded."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, TypeVar

from dirg.records import dataclass

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dirg.host import Host

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

# Python can miss to wake a thread that waits for a lock when a signal comes just before it does.
_HEED_SIGNALS = 0.1


@dataclass(frozen=True)
class Bounds:
    """How many things are worked on at once, in all and on each host.

    sshd takes ten connections that have not said who they are, by its default, before it begins to
    turn some away; an engine gains little from more than four at once, and nothing from more than
    eight (measured). ``names``: how many containers one command is for at most. ``threads``:
    whether they are done in threads; what takes no time, and can't be interrupted, is done at once.
    """

    total: int = 16
    each_host: int = 8
    names: int = 16
    threads: bool = True


class Turns:
    """Whose turn it is among numbered things: the lowest number whose host is not too busy."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._ready: dict[Host, list[int]] = {}
        self._busy: Counter[Host] = Counter()

    def add(self, number: int, host: Host) -> None:
        """Something may begin, on a host."""
        heapq.heappush(self._ready.setdefault(host, []), number)

    def next(self) -> int | None:
        """Take what begins now, if anything may; ``done`` tells of its end."""
        if self._busy.total() >= self._bounds.total:
            return None
        free = [
            (numbers[0], host)
            for host, numbers in self._ready.items()
            if numbers and self._busy[host] < self._bounds.each_host
        ]
        if not free:
            return None
        number, host = min(free, key=lambda each: each[0])
        heapq.heappop(self._ready[host])
        self._busy[host] += 1
        return number

    def done(self, host: Host) -> None:
        """Something on a host has ended."""
        self._busy[host] -= 1

    def clear(self) -> list[int]:
        """Take everything that may begin."""
        waiting = sorted(number for numbers in self._ready.values() for number in numbers)
        self._ready.clear()
        return waiting


def each_of(
    function: Callable[[_Item], _Made],
    items: Iterable[_Item],
    bounds: Bounds,
    host: Callable[[_Item], Host],
) -> list[_Made]:
    """What a function makes of each item, in their order, as many at a time as the bounds allow."""
    from concurrent.futures import ThreadPoolExecutor

    everything = list(items)
    turns = Turns(bounds)
    for place, item in enumerate(everything):
        turns.add(place, host(item))
    made: dict[int, _Made] = {}
    with ThreadPoolExecutor(max_workers=min(bounds.total, len(everything) or 1)) as pool:
        working: dict[Future[_Made], int] = {}
        while len(made) < len(everything):
            while (number := turns.next()) is not None:
                working[pool.submit(function, everything[number])] = number
            for future in finished(working):
                ended = working.pop(future)
                turns.done(host(everything[ended]))
                made[ended] = future.result()
    return [made[place] for place in range(len(everything))]


def finished(futures: Collection[Future[_Made]]) -> set[Future[_Made]]:
    """Those of some futures that are done; none after a while in which none was."""
    from concurrent.futures import FIRST_COMPLETED, wait

    return wait(futures, timeout=_HEED_SIGNALS, return_when=FIRST_COMPLETED).done
