"""Walks the graph of a plan with bounded concurrency; who runs its commands it does not know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from time import monotonic, sleep
from typing import TYPE_CHECKING, Protocol

from dirg.command import INTERRUPTED, Command, Result
from dirg.records import dataclass
from dirg.steps import Action, Plan, Step
from dirg.together import Bounds, Turns, finished
from dirg.waiting import CONDITIONS, Verdict, Wait

if TYPE_CHECKING:
    from concurrent.futures import Future

# How long it takes until a container is looked at again, in seconds: first and at most.
_SOON, _LATER = 0.1, 1.0


class Runner(Protocol):
    """Who runs the commands of a plan."""

    def __call__(self, command: Command) -> Result:
        """Run a command, however long it takes."""

    def look(self, wait: Wait) -> tuple[Verdict, str]:
        """How far what is waited for is, and why it is given up if it is."""

    def explain(self, wait: Wait) -> tuple[str, ...]:
        """What a person has to know of a wait that was in vain, in lines."""

    def rival(self, questions: Sequence[Command]) -> str:
        """Who else is at work, where a name is taken; empty where nobody knows."""


@dataclass(frozen=True)
class Outcome:
    """What became of a step.

    ``problem``: why it failed, empty where it was done; ``skipped`` says that it was not begun.
    ``failed``: the command that failed, to repeat it by hand. ``seconds``: how long it took.
    ``details``: more lines on why it failed.
    """

    step: Step
    problem: str = ""
    skipped: bool = False
    failed: Command | None = None
    seconds: float = 0.0
    details: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problem

    @property
    def counts(self) -> bool:
        """Whether a person is told of it: of waiting only when there was something to wait for."""
        wait = self.step.wait
        return wait is None or not (self.skipped or (self.ok and wait.condition == "running"))


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
        return _at_once(walk, runner, begun)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(bounds.total, max(len(plan.steps), 1))) as pool:
        working: dict[Future[Outcome | None], int] = {}
        while True:
            while (number := walk.next()) is not None:
                begun(plan.steps[number])
                future = pool.submit(_advance, plan.steps[number], runner, walk.began[number])
                working[future] = number
            if not working and not walk.asleep:
                return walk.in_order()
            ended = finished(working)
            if interrupted():
                walk.stop(INTERRUPTED)
            for future in ended:
                walk.advanced(working.pop(future), future.result())
            if not working:
                walk.rest()


def _at_once(walk: _Walk, runner: Runner, begun: Callable[[Step], None]) -> list[Outcome]:
    """Do every step in this very thread."""
    while True:
        while (number := walk.next()) is not None:
            begun(walk.steps[number])
            walk.advanced(number, _advance(walk.steps[number], runner, walk.began[number]))
        if not walk.asleep:
            return walk.in_order()
        walk.rest()


class _Walk:
    """Which steps of a plan may begin, as others are done."""

    def __init__(self, plan: Plan, listener: Listener, bounds: Bounds, halt: bool) -> None:
        self.steps = plan.steps
        self.outcomes: dict[int, Outcome] = {}
        # The steps that wait for something, with the time to look again.
        self.asleep: dict[int, float] = {}
        self._alarms: list[tuple[float, int]] = []
        self.began: dict[int, float] = {}
        self._listener = listener
        self._halt = halt
        self._stopped_by = ""
        self._turns = Turns(bounds)
        self._missing = {number: set(step.after) for number, step in enumerate(self.steps)}
        self._needed_by: dict[int, list[int]] = {}
        for number, step in enumerate(self.steps):
            for needed in step.after:
                self._needed_by.setdefault(needed, []).append(number)
        for number, step in enumerate(self.steps):
            if not step.after:
                self._turns.add(number, step.host)

    def next(self) -> int | None:
        """Take the first step that may begin."""
        now = monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            _, each = heappop(self._alarms)
            del self.asleep[each]
            self._turns.add(each, self.steps[each].host)
        number = self._turns.next()
        if number is not None:
            self.began.setdefault(number, now)
        return number

    def advanced(self, number: int, outcome: Outcome | None) -> None:
        """A step was worked on: it is done, or has to be looked at again later."""
        self._turns.done(self.steps[number].host)
        if outcome is not None:
            self._done(number, outcome)
        elif self._stopped_by:
            self._skip(number)
        else:
            waited = monotonic() - self.began[number]
            self.asleep[number] = monotonic() + min(max(waited, _SOON), _LATER)
            heappush(self._alarms, (self.asleep[number], number))

    def rest(self) -> None:
        """Wait a moment where nothing else is to be done."""
        if self.asleep:
            due = self._alarms[0][0] - monotonic()
            sleep(min(max(due, 0), _SOON))

    def stop(self, by: str) -> None:
        """Begin nothing any more."""
        self._stopped_by = self._stopped_by or by
        for number in [*self._turns.clear(), *self.asleep]:
            self._skip(number)
        self.asleep.clear()
        self._alarms.clear()

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
        self._turns.add(number, step.host)
        return []

    def _skip(self, number: int) -> None:
        self._done(number, self._skipped(self.steps[number], {}))

    def _skipped(self, step: Step, broken: dict[str, None]) -> Outcome:
        why = self._stopped_by or f"it needs {', '.join(broken)}"
        said = "not begun" if why == INTERRUPTED else f"skipped, since {why}"
        return Outcome(step, said, skipped=True)

    def in_order(self) -> list[Outcome]:
        return [self.outcomes[number] for number in sorted(self.outcomes)]


def _advance(step: Step, runner: Runner, began: float) -> Outcome | None:
    """Work on a step; None where what it waits for is still to come."""
    if step.wait is None:
        return perform(step, runner)
    found = _looked(step.wait, runner, began)
    if found is None:
        return None
    seconds = monotonic() - began
    problem, details = found
    return Outcome(step, problem, problem == INTERRUPTED, seconds=seconds, details=details)


def _looked(wait: Wait, runner: Runner, began: float) -> tuple[str, tuple[str, ...]] | None:
    """Why what is waited for is given up, and more lines on it; None where it is still to come."""
    verdict, problem = runner.look(wait)
    seconds = monotonic() - began
    if verdict is Verdict.REACHED or (verdict is Verdict.STEADY and seconds >= wait.grace):
        return "", ()
    if verdict is Verdict.STEADY or (verdict is Verdict.PENDING and seconds < wait.limit):
        return None
    return problem, () if problem == INTERRUPTED else runner.explain(wait)


def _awaited(wait: Wait, runner: Runner, began: float) -> tuple[str, tuple[str, ...]]:
    """Wait for something in the middle of a step; ``began``: since when."""
    while True:
        found = _looked(wait, runner, began)
        if found is not None:
            return found
        sleep(min(max(monotonic() - began, _SOON), _LATER))


def perform(step: Step, runner: Runner) -> Outcome:
    """Do one step; when an action fails, take back what its step has done, the last first."""
    began = monotonic()
    if step.problem:
        return Outcome(step, step.problem)
    done_before: list[Action] = []
    # Several that are waited for one after another stay up at the same time.
    acted = began
    for action in step.actions:
        if isinstance(action, Wait):
            problem, details = _awaited(action, runner, acted)
            half: list[str] = []
        else:
            result = runner(action.command)
            acted = monotonic()
            done = result.ok or _as_good(action, result)
            done = done or (action.tried and result.refused)
            problem, details = "" if done else _why(action, result, runner), ()
            half = [] if done else _take_back_half(action, result, runner)
        if problem:
            left = [*half, *_take_back(done_before, runner)]
            failed = None if isinstance(action, Wait) else action.command
            seconds = monotonic() - began
            if step.as_before and not left:
                details = (*details, step.as_before)
            problems = "; ".join([_within(step, action, problem), *left])
            return Outcome(step, problems, failed=failed, seconds=seconds, details=details)
        if isinstance(action, Action):
            done_before.append(action)
    return _tidied(step, runner, began)


def _within(step: Step, action: Action | Wait, problem: str) -> str:
    """What went wrong, with the name of what it is about where that is one of several."""
    if not isinstance(action, Wait) or len(step.names) == 1 or problem == INTERRUPTED:
        return problem
    return f"{action.name} {problem}" if action.condition in CONDITIONS else problem


def _tidied(step: Step, runner: Runner, began: float) -> Outcome:
    """What is left to do when all is done."""
    for command in step.cleanup:
        result = runner(command)
        if not result.ok:
            problem = f"{step.outcome}, but {result.reason}"
            return Outcome(step, problem, failed=command, seconds=monotonic() - began)
    return Outcome(step, seconds=monotonic() - began)


def _as_good(action: Action, result: Result) -> bool:
    """Whether what failed has nothing left to do."""
    return (
        (action.gone_is_done and result.gone)
        or (action.in_use_is_done and result.in_use)
        or (action.there_is_done and result.there)
    )


def _why(action: Action, result: Result, runner: Runner) -> str:
    """Why an action failed: who was faster, where its name is taken."""
    return (action.rivals and result.taken and runner.rival(action.rivals)) or result.reason


def _take_back_half(action: Action, result: Result, runner: Runner) -> list[str]:
    """Take back an action that failed, where the engine may have done it, or half of it."""
    if result.lost:
        return ["what it did of this is not known"] if result.seconds else []
    if action.undo is None or (result.refused and not result.output.strip()):
        return []
    if action.lasting:
        runner(replace(action.command, essential=True))
    undone = runner(action.undo)
    if undone.runs:
        return ["it runs nevertheless"]
    # What was not done at all can't be taken back either.
    return [] if undone.ok or undone.refused else [_not_taken_back(undone)]


def _take_back(done: list[Action], runner: Runner) -> list[str]:
    """Undo what was done, the last first, also after one undo has failed; tells what went wrong."""
    problems: list[str] = []
    for action in reversed(done):
        if action.undo is None:
            continue
        result = runner(action.undo)
        if action.vital and result.gone:
            return [*problems, _not_taken_back(result)]
        if not (result.ok or result.lost or result.gone):
            problems.append(_not_taken_back(result))
    return problems


def _not_taken_back(result: Result) -> str:
    return f"taking it back failed too: {result.reason}"
