"""Several things at once, within bounds, while signals are still heeded."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, TypeVar

from dirg.defaults import PARALLEL
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

    total: int = PARALLEL
    each_host: int = 8
    names: int = PARALLEL
    threads: bool = True


class Turns:
    """Whose turn it is among numbered things: the lowest number whose host is not too busy."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._ready: dict[Host, list[int]] = {}
        self._busy: Counter[Host] = Counter()
        self._working = 0
        # The first of each host that is not too busy; there may be others that no longer are that.
        self._first: list[int] = []
        self._hosts: dict[int, Host] = {}

    def add(self, number: int, host: Host) -> None:
        """Something may begin, on a host."""
        waiting = self._ready.setdefault(host, [])
        heapq.heappush(waiting, number)
        self._hosts[number] = host
        if waiting[0] == number:
            self._offer(host)

    def _offer(self, host: Host) -> None:
        """Let the first of a host begin, where there is one and the host is not too busy."""
        waiting = self._ready.get(host)
        if waiting and self._busy[host] < self._bounds.each_host:
            heapq.heappush(self._first, waiting[0])

    def next(self) -> int | None:
        """Take what begins now, if anything may; ``done`` tells of its end."""
        if self._working >= self._bounds.total:
            return None
        while self._first:
            number = heapq.heappop(self._first)
            host = self._hosts.get(number)
            # It may have been taken already, or its host be too busy by now.
            if host is None or self._busy[host] >= self._bounds.each_host:
                continue
            waiting = self._ready[host]
            if waiting[0] == number:
                heapq.heappop(waiting)
                del self._hosts[number]
                self._busy[host] += 1
                self._working += 1
                self._offer(host)
                return number
        return None

    def done(self, host: Host) -> None:
        """Something on a host has ended."""
        self._busy[host] -= 1
        self._working -= 1
        self._offer(host)

    def clear(self) -> list[int]:
        """Take everything that may begin."""
        waiting = sorted(self._hosts)
        for each in (self._ready, self._first, self._hosts):
            each.clear()
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
    ended = {each for each in futures if each.done()}
    if ended:
        return ended
    from concurrent.futures import FIRST_COMPLETED, wait

    return wait(futures, timeout=_HEED_SIGNALS, return_when=FIRST_COMPLETED).done
