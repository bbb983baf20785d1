"""Walks the graph of a plan with bounded concurrency; who runs its commands it does not know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from time import monotonic, sleep
from typing import TYPE_CHECKING

from dirg.batches import Batches
from dirg.command import INTERRUPTED
from dirg.perform import LATER, SOON, Outcome, Runner, advance, perform_together
from dirg.together import Bounds, Turns, finished

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dirg.steps import Plan, Step

Listener = Callable[[Outcome], None]


def execute(
    plan: Plan,
    runner: Runner,
    listener: Listener,
    bounds: Bounds,
    halt: bool = False,
    interrupted: Callable[[], bool] = lambda: False,
    begun: Callable[[Step], None] = lambda step: None,
) -> list[Outcome]:
    """Do every step after those it needs, in the order of the plan as far as the bounds allow.

    ``listener`` is told of each outcome as it happens, ``begun`` of each step when it begins. A
    step that fails does not stop the others, unless ``halt`` says so; those that need it are
    skipped. Once it is ``interrupted``, nothing is begun any more. Returns the outcomes in the
    plan's order.
    """
    walk = _Walk(plan, listener, bounds, halt)
    if not bounds.threads:
        return _at_once(walk, runner, interrupted, begun)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(bounds.total, max(len(plan.steps), 1))) as pool:
        working: dict[Future[list[Outcome]], int] = {}
        while True:
            while (number := walk.next()) is not None:
                working[pool.submit(_advanced, walk.begin(number, begun), runner)] = number
            if not working and not walk.asleep:
                return walk.in_order()
            ended = finished(working)
            if interrupted():
                walk.stop(INTERRUPTED)
            for future in ended:
                walk.advanced(working.pop(future), future.result())
            if not working:
                walk.rest()


def _at_once(
    walk: _Walk, runner: Runner, interrupted: Callable[[], bool], begun: Callable[[Step], None]
) -> list[Outcome]:
    """Do every step in this very thread."""
    while True:
        while (number := walk.next()) is not None:
            outcomes = _advanced(walk.begin(number, begun), runner)
            if interrupted():
                walk.stop(INTERRUPTED)
            walk.advanced(number, outcomes)
        if not walk.asleep:
            return walk.in_order()
        walk.rest()


def _advanced(steps: Sequence[tuple[Step, float]], runner: Runner) -> list[Outcome]:
    """Work on a step, or several together; nothing where what it waits for is still to come."""
    if len(steps) > 1:
        return perform_together([step for step, _ in steps], runner)
    outcome = advance(*steps[0], runner)
    return [outcome] if outcome else []


class _Walk:
    """Which steps of a plan may begin, as others are done."""

    def __init__(self, plan: Plan, listener: Listener, bounds: Bounds, halt: bool) -> None:
        self.steps = plan.steps
        self.outcomes: dict[int, Outcome] = {}
        # When to look again at the steps that wait for something, a heap.
        self.asleep: list[tuple[float, int]] = []
        self.began: dict[int, float] = {}
        self._listener = listener
        self._halt = halt
        self._stopped_by = ""
        self._turns = Turns(bounds)
        self._batches = Batches(plan.steps, bounds.names)
        # Those that are done together, by the first of them.
        self._together: dict[int, tuple[int, ...]] = {}
        self._missing = {number: set(step.after) for number, step in enumerate(self.steps)}
        self._needed_by: dict[int, list[int]] = {}
        for number, step in enumerate(self.steps):
            for needed in step.after:
                self._needed_by.setdefault(needed, []).append(number)
        for number, step in enumerate(self.steps):
            if not step.after:
                self._offer(self._batches.ready(number))

    def _offer(self, numbers: tuple[int, ...]) -> None:
        """Let steps begin, together, as soon as it is their turn."""
        if numbers:
            self._together[numbers[0]] = numbers
            self._turns.add(numbers[0], self.steps[numbers[0]].host)

    def begin(self, number: int, begun: Callable[[Step], None]) -> list[tuple[Step, float]]:
        """The steps that begin with one, each with the time when it began; tells of them."""
        found = [self.steps[each] for each in self._together[number]]
        for step in found:
            begun(step)
        return [(step, self.began[number]) for step in found]

    def next(self) -> int | None:
        """Take the first step that may begin."""
        now = monotonic()
        while self.asleep and self.asleep[0][0] <= now:
            _, each = heappop(self.asleep)
            self._turns.add(each, self.steps[each].host)
        number = self._turns.next()
        if number is not None:
            self.began.setdefault(number, now)
        return number

    def advanced(self, number: int, outcomes: list[Outcome]) -> None:
        """Steps were worked on: they are done, or one has to be looked at again later."""
        self._turns.done(self.steps[number].host)
        if outcomes:
            for each, outcome in zip(self._together[number], outcomes, strict=True):
                self._done(each, outcome)
        elif self._stopped_by:
            self._skip(number)
        else:
            waited = monotonic() - self.began[number]
            heappush(self.asleep, (monotonic() + min(max(waited, SOON), LATER), number))

    def rest(self) -> None:
        """Wait a moment where nothing else is to be done."""
        if self.asleep:
            due = self.asleep[0][0] - monotonic()
            sleep(min(max(due, 0), SOON))

    def stop(self, by: str) -> None:
        """Begin nothing any more."""
        self._stopped_by = self._stopped_by or by
        begins = [each for number in self._turns.clear() for each in self._together[number]]
        asleep = [number for _, number in self.asleep]
        self.asleep.clear()
        for number in [*begins, *self._batches.clear(), *asleep]:
            self._skip(number)

    def _done(self, number: int, outcome: Outcome) -> None:
        """Note an outcome, and those that follow from it."""
        # What can't be done was known before, and says nothing of the others.
        begun = not (outcome.ok or outcome.skipped or outcome.step.problem)
        fatal = self._halt and begun and not self._stopped_by
        if fatal:
            self._stopped_by = f"{outcome.step.name} failed"
        news = [(number, outcome)]
        for each, what in news:
            self.outcomes[each] = what
            self._listener(what)
            if what.skipped:
                self._offer(self._batches.skipped(each))
            for following in self._needed_by.get(each, ()):
                self._missing[following].discard(each)
                if not self._missing[following]:
                    news += self._released(following)
        if fatal:
            self.stop(self._stopped_by)

    def _released(self, number: int) -> list[tuple[int, Outcome]]:
        """All that a step needs is settled: it may begin, or never will."""
        step = self.steps[number]
        broken = [
            self.steps[each].name for each in sorted(step.after) if not self.outcomes[each].ok
        ]
        if self._stopped_by or broken:
            return [(number, self._skipped(step, dict.fromkeys(broken)))]
        self._offer(self._batches.ready(number))
        return []

    def _skip(self, number: int) -> None:
        self._done(number, self._skipped(self.steps[number], {}))

    def _skipped(self, step: Step, broken: dict[str, None]) -> Outcome:
        why = self._stopped_by or f"it needs {', '.join(broken)}"
        said = "not begun" if why == INTERRUPTED else f"skipped, since {why}"
        return Outcome(step, said, skipped=True)

    def in_order(self) -> list[Outcome]:
        return [self.outcomes[number] for number in sorted(self.outcomes)]
