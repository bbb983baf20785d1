"""Several things at once: the bounds, and signals in the middle."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.host import Host
from dirg.together import Bounds, Turns, each_of
from tests.helpers import PATIENCE

ONE, TWO = Host("one"), Host("two")
HOSTS = st.lists(st.sampled_from([ONE, TWO, Host("three")]), max_size=12)
BOUNDS = st.builds(Bounds, st.integers(1, 4), st.integers(1, 3))


def turns(bounds: Bounds, *hosts: Host) -> Turns:
    """The turns of things on some hosts, which are added last to first."""
    found = Turns(bounds)
    for number, host in reversed([*enumerate(hosts)]):
        found.add(number, host)
    return found


def taken(from_: Turns) -> list[int]:
    return list(iter(from_.next, None))


def test_the_lowest_number_comes_first() -> None:
    assert taken(turns(Bounds(), ONE, TWO, ONE, TWO)) == [0, 1, 2, 3]


def test_nothing_may_begin() -> None:
    assert turns(Bounds()).next() is None


@pytest.mark.parametrize(
    ("bounds", "first", "then"),
    [
        (Bounds(total=1), [0], [1]),
        (Bounds(total=3), [0, 1, 2], [3]),
        (Bounds(total=4, each_host=1), [0, 3], [1]),
        (Bounds(total=4, each_host=2), [0, 1, 3, 4], [2]),
    ],
)
def test_the_bounds(bounds: Bounds, first: list[int], then: list[int]) -> None:
    busy = turns(bounds, ONE, ONE, ONE, TWO, TWO)
    assert taken(busy) == first
    assert taken(busy) == []
    busy.done(ONE)
    assert taken(busy) == then


def test_what_is_added_later_may_come_before() -> None:
    busy = turns(Bounds(total=1), ONE, ONE, ONE)
    busy.clear()
    busy.add(5, ONE)
    busy.add(2, TWO)
    assert busy.next() == 2


def test_what_is_taken_all_at_once_is_in_order_and_begins_no_more() -> None:
    busy = turns(Bounds(total=1), TWO, ONE, TWO, ONE)
    assert busy.next() == 0
    assert busy.clear() == [1, 2, 3]
    busy.done(TWO)
    assert (busy.next(), busy.clear()) == (None, [])


def test_what_is_at_work_counts_still_when_the_rest_is_taken() -> None:
    busy = turns(Bounds(total=1), ONE)
    assert busy.next() == 0
    busy.clear()
    busy.add(1, TWO)
    assert busy.next() is None


@given(HOSTS, BOUNDS)
def test_all_have_their_turn(hosts: list[Host], bounds: Bounds) -> None:
    waiting, working, order = turns(bounds, *hosts), list[int](), list[int]()
    while working := [*working, *taken(waiting)]:
        busy = Counter(hosts[each] for each in working)
        assert busy.total() <= bounds.total
        assert max(busy.values()) <= bounds.each_host
        order.append(working.pop())
        waiting.done(hosts[order[-1]])
    assert sorted(order) == [*range(len(hosts))]


def named(host: Host) -> Host:
    return host


@given(HOSTS, BOUNDS)
def test_each_is_made_once_within_the_bounds(hosts: list[Host], bounds: Bounds) -> None:
    lock, busy, most = threading.Lock(), Counter[Host](), Counter[Host]()

    def make(number: int) -> str:
        host = hosts[number]
        with lock:
            busy[host] += 1
            most[host] = max(most[host], busy[host])
            most[Host("all")] = max(most[Host("all")], busy.total())
        with lock:
            busy[host] -= 1
        return f"{number} made"

    made = each_of(make, range(len(hosts)), bounds, lambda number: hosts[number])
    assert made == [f"{number} made" for number in range(len(hosts))]
    assert most.pop(Host("all"), 0) <= bounds.total
    assert all(count <= bounds.each_host for count in most.values())


def test_nothing_is_made_of_nothing() -> None:
    assert each_of(str, iter(()), Bounds(), lambda _: ONE) == []


def test_what_is_made_is_in_the_order_of_the_items() -> None:
    """The first ends after the last."""
    last = threading.Event()

    def make(number: int) -> int:
        if number == 0:
            assert last.wait(PATIENCE)
        elif number == 3:
            last.set()
        return -number

    assert each_of(make, range(4), Bounds(total=2), lambda _: ONE) == [0, -1, -2, -3]


def test_a_busy_host_keeps_no_other_waiting() -> None:
    """Both have to be at work at the same time, or the barrier breaks."""
    together = threading.Barrier(2, timeout=PATIENCE)
    hosts = [ONE, ONE, TWO, TWO]
    made = each_of(lambda _: together.wait(), hosts, Bounds(total=2, each_host=1), named)
    assert sorted(made) == [0, 0, 1, 1]


def test_an_exception_comes_through_when_what_had_begun_is_over() -> None:
    begun, ended = threading.Event(), list[int]()

    def make(number: int) -> None:
        if number == 0:
            assert begun.wait(PATIENCE)
            raise ValueError("no")
        begun.set()
        ended.append(number)

    with pytest.raises(ValueError, match="no"):
        each_of(make, range(9), Bounds(total=2), lambda _: ONE)
    assert 1 in ended
    assert not [each for each in threading.enumerate() if "ThreadPool" in each.name]
