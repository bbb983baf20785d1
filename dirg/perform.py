"""Does a step of a plan: its commands in turn, taken back where one of them fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic, sleep
from typing import Protocol

from dirg.command import INTERRUPTED, UNDO, Command, Result
from dirg.records import dataclass
from dirg.steps import Action, Step
from dirg.waiting import CONDITIONS, Verdict, Wait

# How long it takes until a container is looked at again, in seconds: first and at most.
SOON, LATER = 0.1, 1.0
_HALF_DONE = "its host was gone before all was taken back; the next dirg run or update does that"


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


def advance(step: Step, began: float, runner: Runner) -> Outcome | None:
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
        sleep(min(max(monotonic() - began, SOON), LATER))


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
            result = runner(step.caused(action.command))
            acted = monotonic()
            done = result.ok or _as_good(action, result)
            done = done or (action.tried and result.refused)
            problem, details = "" if done else _why(action, result, runner), ()
            half = [] if done else _take_back_half(action, result, runner)
        if problem:
            problems, all_undone = _take_back(done_before, runner)
            left = [*half, *problems]
            failed = None if isinstance(action, Wait) else action.command
            seconds = monotonic() - began
            if step.as_before and not left:
                details = (*details, step.as_before if all_undone else _HALF_DONE)
            # Where docker is gone, everything fails for the same reason.
            told = "; ".join(dict.fromkeys([_within(step, action, problem), *left]))
            return Outcome(step, told, failed=failed, seconds=seconds, details=details)
        if isinstance(action, Action):
            done_before.append(action)
    return _tidied(step, runner, began)


def perform_together(steps: Sequence[Step], runner: Runner) -> list[Outcome]:
    """Do steps of a host that have the same commands but for the names, by one command for all.

    docker prints the name of each that it has done, and goes on where one fails: what it has not
    told is done again alone, to hear why.
    """
    began = monotonic()
    found: dict[int, Outcome] = {}
    left = dict(enumerate(steps))
    for at in range(len(steps[0].actions)):
        result = runner(_merged([_command(step, at) for step in left.values()]))
        told = {*result.output.split()}
        for number, step in [*left.items()]:
            if not result.ok and _command(step, at).arguments[-1] not in told:
                del left[number]
                found[number] = _alone(step, at, result, runner)
        if not left:
            break
    seconds = monotonic() - began
    outcomes = [found.get(number, Outcome(step)) for number, step in enumerate(steps)]
    return [replace(each, seconds=seconds) for each in outcomes]


def _command(step: Step, at: int) -> Command:
    action = step.actions[at]
    assert isinstance(action, Action)
    return step.caused(action.command)


def _merged(commands: Sequence[Command]) -> Command:
    """The command that does for several containers what single ones do for each."""
    names = tuple(each.arguments[-1] for each in commands)
    whole = ", ".join(dict.fromkeys(each.container for each in commands))
    return replace(commands[0], arguments=(*commands[0].arguments[:-1], *names), container=whole)


def _alone(step: Step, at: int, result: Result, runner: Runner) -> Outcome:
    """What becomes of a step that a command for several has not done."""
    action = step.actions[at]
    if isinstance(action, Action) and (result.lost or result.reason == INTERRUPTED):
        problem = "; ".join([result.reason, *_take_back_half(action, result, runner)])
        return Outcome(step, problem, failed=action.command)
    rest = replace(step, actions=step.actions[at:])
    return replace(perform(rest, runner), step=step)


def _within(step: Step, action: Action | Wait, problem: str) -> str:
    """What went wrong, with the name of what it is about where that is one of several."""
    if not isinstance(action, Wait) or len(step.names) == 1 or problem == INTERRUPTED:
        return problem
    return f"{action.name} {problem}" if action.condition in CONDITIONS else problem


def _tidied(step: Step, runner: Runner, began: float) -> Outcome:
    """What is left to do when all is done."""
    for command in step.cleanup:
        result = runner(step.caused(command))
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
        runner(replace(action.command, essential=True, cause=UNDO))
    undone = runner(action.undo)
    if undone.runs:
        return ["it runs nevertheless"]
    # What was not done at all can't be taken back either.
    nothing_left = undone.ok or undone.refused or undone.gone
    return [] if nothing_left else [_not_taken_back(undone)]


def _take_back(done: list[Action], runner: Runner) -> tuple[list[str], bool]:
    """Undo what was done, the last first, also after one undo has failed.

    What went wrong, and whether the host was there for all of it.
    """
    problems: list[str] = []
    there = True
    for action in reversed(done):
        if action.undo is None:
            continue
        result = runner(action.undo)
        there = there and not result.lost
        if action.vital and result.gone:
            return [*problems, _not_taken_back(result)], there
        if not (result.ok or result.lost or result.gone):
            problems.append(_not_taken_back(result))
    return problems, there


def _not_taken_back(result: Result) -> str:
    return f"taking it back failed too: {result.reason}"
