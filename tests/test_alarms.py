"""Alarms: each rings once, in its time, unless it is dropped."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue

import pytest

from dirg.alarms import Alarms
from tests.helpers import PATIENCE

SOON, LATER, NEVER = 0.02, 0.2, 3600.0


@pytest.fixture
def rung() -> SimpleQueue[int]:
    return SimpleQueue()


def test_rings_in_the_order_of_the_times(rung: SimpleQueue[int]) -> None:
    alarms = Alarms(rung.put)
    alarms.set(1, NEVER)
    alarms.set(2, LATER)
    # One that is due before the one that the thread sleeps for.
    alarms.set(3, SOON)
    assert [rung.get(timeout=PATIENCE), rung.get(timeout=PATIENCE)] == [3, 2]


def test_what_was_dropped_does_not_ring(rung: SimpleQueue[int]) -> None:
    alarms = Alarms(rung.put)
    alarms.set(1, SOON)
    alarms.drop(1)
    alarms.drop(7)
    alarms.set(2, LATER)
    assert rung.get(timeout=PATIENCE) == 2
    with pytest.raises(Empty):
        rung.get_nowait()


def test_may_be_set_again_where_it_rings() -> None:
    times: list[int] = []
    done = threading.Event()

    def ring(number: int) -> None:
        times.append(number)
        if len(times) < 3:
            alarms.set(number, SOON)
        else:
            done.set()

    alarms = Alarms(ring)
    alarms.set(5, SOON)
    assert done.wait(PATIENCE)
    assert times == [5, 5, 5]


def test_all_have_one_thread(rung: SimpleQueue[int]) -> None:
    before = threading.active_count()
    alarms = Alarms(rung.put)
    assert threading.active_count() == before
    for number in range(50):
        alarms.set(number, NEVER)
    assert threading.active_count() == before + 1
