"""Whether hosts still answer: who is asked, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from dirg.command import Command, Result
from dirg.host import Host
from dirg.watch import Watch, probe
from tests.helpers import PATIENCE

ONE, TWO = Host("one", ("-H", "one")), Host("two", ("-H", "two"))
DEAD = "the host answers no more: no answer within 10 s"


class Engines:
    """Answer probes as they are told: of each host, whether it answers, in turn."""

    def __init__(self, **answers: list[bool]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, command: Command) -> Result:
        self.asked.append(command.host.name)
        alive = self.answers.get(command.host.name, [])
        if alive.pop(0) if alive else True:
            return Result(command, 0, "28.2.2\n", "")
        return Result(command, None, "", "no answer within 10 s")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("dirg.watch.time", SimpleNamespace(monotonic=clock))
    return clock


def test_the_probe() -> None:
    assert str(probe(ONE)) == "docker -H one version --format '{{.Server.Version}}'"


def test_nobody_is_asked_before_somebody_wants_to_know() -> None:
    engines = Engines(one=[False])
    assert Watch(engines, 10, {}).trouble(ONE) == ""
    assert engines.asked == []


def test_a_host_is_asked_once_in_a_while(clock: Clock) -> None:
    engines = Engines()
    watch = Watch(engines, 10, {})
    asked = []
    for seconds in (0, 3, 6.9, 0.1, 5, 5):
        clock.now += seconds
        assert watch.check(ONE) == ""
        asked.append(len(engines.asked))
    assert asked == [1, 1, 1, 2, 2, 3]


def test_each_host_has_its_own_while(clock: Clock) -> None:
    engines = Engines()
    watch = Watch(engines, 10, {})
    for host in (ONE, TWO, ONE, TWO):
        watch.check(host)
    assert engines.asked == ["one", "two"]


def test_one_question_without_an_answer_may_have_been_bad_luck(clock: Clock) -> None:
    engines = Engines(one=[False, True, True, False, True])
    watch = Watch(engines, 10, {})
    for asked in (2, 3, 5):
        assert watch.check(ONE) == ""
        assert len(engines.asked) == asked
        clock.now += 10


def test_a_dead_host_stays_dead(clock: Clock) -> None:
    engines = Engines(one=[True, False, False, True])
    watch = Watch(engines, 10, {})
    assert watch.check(ONE) == ""
    clock.now += 10
    assert (watch.check(ONE), watch.trouble(ONE)) == (DEAD, DEAD)
    clock.now += 1000
    assert (watch.check(ONE), watch.trouble(ONE)) == (DEAD, DEAD)
    assert (watch.check(TWO), watch.trouble(TWO)) == ("", "")
    assert engines.asked == ["one", "one", "one", "two"]


def all_at_once(count: int, function: Callable[[], str]) -> list[str]:
    together = threading.Barrier(count, timeout=PATIENCE)

    def call() -> str:
        together.wait()
        return function()

    with ThreadPoolExecutor(count) as pool:
        return [each.result() for each in [pool.submit(call) for _ in range(count)]]


@pytest.mark.parametrize(("answers", "found", "asked"), [([], "", 1), ([False] * 2, DEAD, 2)])
def test_many_who_want_to_know_share_an_answer(answers: list[bool], found: str, asked: int) -> None:
    engines = Engines(one=answers)
    watch = Watch(engines, 60, {})
    assert all_at_once(20, lambda: watch.trouble(ONE)) == [""] * 20
    assert all_at_once(20, lambda: watch.check(ONE)) == [found] * 20
    assert engines.asked == ["one"] * asked


def test_who_asks_for_one_host_keeps_nobody_from_asking_for_another() -> None:
    """Each has to be asked at the same time, or the barrier breaks."""
    together = threading.Barrier(2, timeout=PATIENCE)

    def ask(command: Command) -> Result:
        together.wait()
        return Result(command, 0, "", "")

    watch = Watch(ask, 60, {})
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(watch.check, (ONE, TWO))) == ["", ""]


def test_what_is_known_is_told_while_somebody_is_asked() -> None:
    watch: Watch

    def ask(command: Command) -> Result:
        assert watch.trouble(command.host) == ""
        return Result(command, 1, "", "no")

    watch = Watch(ask, 60, {})
    assert watch.check(ONE) == "the host answers no more: no"
