"""Walks the graph of a plan with bounded concurrency; which runner it drives it does not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from dirg.command import Command, Result
from dirg.host import Host
from dirg.plan import Action, Plan, Step
from dirg.together import finished

Runner = Callable[[Command], Result]


@dataclass(frozen=True)
class Outcome:
    """What became of a step.

    ``problem``: why it failed, empty where it was done; ``skipped`` says that it was not begun.
    ``failed``: the command that failed, to repeat it by hand. ``seconds``: how long it took.
    """

    step: Step
    problem: str = ""
    skipped: bool = False
    failed: Command | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.problem


Listener = Callable[[Outcome], None]


@dataclass(frozen=True)
class Bounds:
    """How many steps are worked on at once, in all and on each host."""

    total: int = 16
    each_host: int = 8


def execute(
    plan: Plan, runner: Runner, listener: Listener, bounds: Bounds, halt: bool = False
) -> list[Outcome]:
    """Do every step after those it needs, in the order of the plan as far as the bounds allow.

    ``listener`` is told of each outcome as it happens. A step that fails does not stop the
    others, unless ``halt`` says so; those that need it are skipped. Returns the outcomes in the
    plan's order.
    """
    walk = _Walk(plan, listener, halt)
    with ThreadPoolExecutor(max_workers=min(bounds.total, max(len(plan.steps), 1))) as pool:
        working: dict[Future[Outcome], int] = {}
        while True:
            busy = Counter(plan.steps[number].host for number in working.values())
            while len(working) < bounds.total and (number := walk.next(busy, bounds)) is not None:
                step = plan.steps[number]
                working[pool.submit(perform, step, runner)] = number
                busy[step.host] += 1
            if not working:
                return walk.in_order()
            for future in finished(working):
                walk.done(working.pop(future), future.result())


class _Walk:
    """Which steps of a plan may begin, as others are done."""

    def __init__(self, plan: Plan, listener: Listener, halt: bool) -> None:
        self.steps = plan.steps
        self.listener = listener
        self.halt = halt
        self.halted_by = ""
        self.waiting = dict.fromkeys(range(len(plan.steps)))
        self.outcomes: dict[int, Outcome] = {}

    def next(self, busy: dict[Host, int], bounds: Bounds) -> int | None:
        """Take the first step that may begin."""
        self.skip()
        for number in self.waiting:
            step = self.steps[number]
            if not step.after <= self.outcomes.keys():
                continue
            if busy.get(step.host, 0) < bounds.each_host:
                del self.waiting[number]
                return number
        return None

    def skip(self) -> None:
        """Give up the steps that cannot begin any more, and those that need them."""
        before = -1
        while before != len(self.outcomes):
            before = len(self.outcomes)
            for number in list(self.waiting):
                step = self.steps[number]
                obstacle = self.obstacle(step) if step.after <= self.outcomes.keys() else ""
                if obstacle:
                    del self.waiting[number]
                    self.done(number, Outcome(step, f"skipped, since {obstacle}", skipped=True))

    def obstacle(self, step: Step) -> str:
        """Why a step can't begin any more, if anything keeps it from that."""
        if self.halted_by:
            return f"{self.halted_by} failed"
        broken = [self.steps[each].name for each in step.after if not self.outcomes[each].ok]
        return f"it needs {', '.join(broken)}" if broken else ""

    def done(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome
        if self.halt and not outcome.ok and not outcome.skipped:
            self.halted_by = outcome.step.name
        self.listener(outcome)

    def in_order(self) -> list[Outcome]:
        return [self.outcomes[number] for number in sorted(self.outcomes)]


def perform(step: Step, runner: Runner) -> Outcome:
    """Do one step; when an action fails, take back what its step has done, the last first."""
    began = monotonic()
    if step.problem:
        return Outcome(step, step.problem)
    undo: list[Command] = []
    for action in step.actions:
        result = runner(action.command)
        if not result.ok and not (action.gone_is_done and result.gone):
            problems = [result.reason, *_take_back_half(action, result, runner)]
            problems += _take_back(undo, runner)
            return Outcome(
                step, "; ".join(problems), failed=action.command, seconds=monotonic() - began
            )
        if action.undo:
            undo.insert(0, action.undo)
    for command in step.cleanup:
        result = runner(command)
        if not result.ok:
            problem = f"{step.outcome}, but {result.reason}"
            return Outcome(step, problem, failed=command, seconds=monotonic() - began)
    return Outcome(step, seconds=monotonic() - began)


def _take_back_half(action: Action, result: Result, runner: Runner) -> list[str]:
    """Take back an action that failed, where the engine may have done it, or half of it."""
    if action.undo is None or (result.refused and not result.output.strip()):
        return []
    undone = runner(action.undo)
    # What was not done at all can't be taken back either.
    return [] if undone.ok or undone.refused else [_not_taken_back(undone)]


def _take_back(undo: list[Command], runner: Runner) -> list[str]:
    """Execute each command, also after one has failed; returns what went wrong."""
    results = [runner(command) for command in undo]
    return [_not_taken_back(result) for result in results if not result.ok]


def _not_taken_back(result: Result) -> str:
    return f"taking it back failed too: {result.reason}"
