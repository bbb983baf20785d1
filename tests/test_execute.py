from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.command import Command, Result
from dirg.execute import Bounds, Outcome, execute, perform
from dirg.host import Host
from dirg.plan import Action, Plan, Step

ONE, TWO = Host("one"), Host("two")
ALONE = Bounds(total=1)


def command(*words: str) -> Command:
    return Command(ONE, words)


def step(name: str, *after: int, host: Host = ONE) -> Step:
    action = Action(Command(host, ("start", name)))
    return Step(name, host, "started", (action,), after=frozenset(after))


@dataclass
class Runner:
    """Answers commands with the results it was told, and counts how many run at once."""

    results: Mapping[str, tuple[int, str, str]] = field(default_factory=dict)
    wait: float = 0
    lines: list[str] = field(default_factory=list)
    busy: Counter[Host] = field(default_factory=Counter)
    most: Counter[Host] = field(default_factory=Counter)
    most_at_all: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, command: Command) -> Result:
        line = " ".join(command.arguments)
        with self.at_work(command.host):
            self.lines.append(line)
            if self.wait:
                threading.Event().wait(self.wait)
        status, output, error = self.results.get(line, (0, "", ""))
        return Result(command, status, output, error)

    @contextmanager
    def at_work(self, host: Host) -> Iterator[None]:
        with self.lock:
            self.busy[host] += 1
            self.most[host] = max(self.most[host], self.busy[host])
            self.most_at_all = max(self.most_at_all, self.busy.total())
        yield
        with self.lock:
            self.busy[host] -= 1


def done(plan: Plan, runner: Runner, bounds: Bounds = ALONE, halt: bool = False) -> list[str]:
    """What became of each step, in a word."""
    told: list[Outcome] = []
    outcomes = execute(plan, runner, told.append, bounds, halt)
    assert sorted(each.step.name for each in told) == sorted(each.name for each in plan.steps)
    assert [each.step for each in outcomes] == [*plan.steps]
    return [
        "ok" if each.ok else each.problem if each.skipped else f"failed: {each.problem}"
        for each in outcomes
    ]


FAILS = (1, "", "Error: broken\n")
REFUSED = (1, "", "Error response from daemon: no\n")
CHAIN = Plan((step("a"), step("b", 0), step("c", 1), step("d")))


@pytest.mark.parametrize("bounds", [ALONE, Bounds()])
def test_what_a_failed_step_is_needed_for_is_skipped(bounds: Bounds) -> None:
    runner = Runner({"start a": FAILS})
    assert done(CHAIN, runner, bounds) == [
        "failed: Error: broken",
        "skipped, since it needs a",
        "skipped, since it needs b",
        "ok",
    ]
    assert sorted(runner.lines) == ["start a", "start d"]


@pytest.mark.parametrize("bounds", [ALONE, Bounds()])
def test_a_problem_counts_as_failed_without_a_command(bounds: Bounds) -> None:
    plan = Plan((Step("a", ONE, "", problem="does not exist"), step("b", 0)))
    runner = Runner()
    assert done(plan, runner, bounds) == ["failed: does not exist", "skipped, since it needs a"]
    assert runner.lines == []


def test_all_that_is_missing_is_told() -> None:
    plan = Plan((step("a"), step("b"), step("c", 0, 1)))
    runner = Runner({"start a": FAILS, "start b": FAILS})
    assert done(plan, runner)[2] in ("skipped, since it needs a, b", "skipped, since it needs b, a")


def test_a_halt_skips_everything_that_has_not_begun() -> None:
    runner = Runner({"start b": FAILS})
    assert done(CHAIN, runner, halt=True) == [
        "ok",
        "failed: Error: broken",
        "skipped, since b failed",
        "skipped, since b failed",
    ]
    assert runner.lines == ["start a", "start b"]


def test_alone_is_one_after_another_in_the_order_of_the_plan() -> None:
    runner = Runner(wait=0.001)
    plan = Plan((step("a", 2), step("b"), step("c", host=TWO), step("d", 1, host=TWO)))
    assert done(plan, runner) == ["ok"] * 4
    assert runner.lines == ["start b", "start c", "start a", "start d"]
    assert runner.most_at_all == 1


@pytest.mark.parametrize(
    ("bounds", "total", "each_host"),
    [
        (Bounds(total=3, each_host=8), 3, 3),
        (Bounds(total=16, each_host=2), 4, 2),
        (Bounds(total=2, each_host=1), 2, 1),
    ],
)
def test_the_bounds_are_kept_and_used(bounds: Bounds, total: int, each_host: int) -> None:
    steps = [step(f"s{n}", host=ONE if n < 6 else TWO) for n in range(12)]
    runner = Runner(wait=0.01)
    assert done(Plan(tuple(steps)), runner, bounds) == ["ok"] * 12
    assert runner.most_at_all == total
    assert runner.most[ONE] == min(each_host, total)


def test_a_busy_host_does_not_keep_another_waiting() -> None:
    """Each host has to be at work at the same time, or the barrier breaks."""
    together = threading.Barrier(2, timeout=5)

    def runner(command: Command) -> Result:
        together.wait()
        return Result(command, 0, "", "")

    plan = Plan((step("a"), step("b"), step("c", host=TWO), step("d", host=TWO)))
    outcomes = execute(plan, runner, lambda outcome: None, Bounds(total=2, each_host=1))
    assert all(each.ok for each in outcomes)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A graph without cycles; its steps stand in any order."""
    count = draw(st.integers(0, 9))
    order = draw(st.permutations(range(count)))
    steps = []
    for number in range(count):
        before = [each for each in range(count) if order[each] < order[number]]
        after = draw(st.sets(st.sampled_from(before))) if before else set()
        host = draw(st.sampled_from([ONE, TWO]))
        steps.append(step(f"s{number}", *after, host=host))
    return Plan(tuple(steps))


@given(
    plans(),
    st.builds(Bounds, st.integers(1, 4), st.integers(1, 3)),
    st.sets(st.integers(0, 9)),
    st.booleans(),
)
def test_every_step_is_dealt_with_after_those_it_needs(
    plan: Plan, bounds: Bounds, failing: set[int], halt: bool
) -> None:
    runner = Runner({f"start s{number}": FAILS for number in failing})
    words = dict(
        zip((each.name for each in plan.steps), done(plan, runner, bounds, halt), strict=True)
    )
    for each in plan.steps:
        needed = [plan.steps[number].name for number in each.after]
        if f"start {each.name}" in runner.lines:
            began = runner.lines.index(f"start {each.name}")
            assert all(runner.lines.index(f"start {name}") < began for name in needed)
            assert all(words[name] == "ok" for name in needed)
        elif not halt:
            assert any(words[name] != "ok" for name in needed)
    assert len(runner.lines) == len({*runner.lines})
    assert all(count <= bounds.each_host for count in runner.most.values())
    assert runner.most_at_all <= bounds.total


def test_a_cycle_ends_nevertheless() -> None:
    plan = Plan((step("a", 1), step("b", 0)))
    assert execute(plan, Runner(), lambda outcome: None, Bounds()) == []


REPLACEMENT = Step(
    "web",
    ONE,
    "replaced",
    (
        Action(command("create"), undo=command("undo", "create")),
        Action(command("check")),
        Action(command("rename"), undo=command("undo", "rename")),
        Action(command("start"), undo=command("undo", "start")),
    ),
    cleanup=(command("clean"), command("sweep")),
)


@pytest.mark.parametrize(
    ("results", "lines", "problem", "failed"),
    [
        ({}, "create, check, rename, start, clean, sweep", "", ""),
        ({"create": REFUSED}, "create", "Error response from daemon: no", "create"),
        # What was cut off may have been carried out all the same.
        ({"create": FAILS}, "create, undo create", "Error: broken", "create"),
        ({"rename": FAILS, "undo rename": REFUSED},
         "create, check, rename, undo rename, undo create", "Error: broken", "rename"),
        ({"rename": FAILS, "undo rename": FAILS},
         "create, check, rename, undo rename, undo create",
         "Error: broken; taking it back failed too: Error: broken", "rename"),
        ({"create": (1, "id\n", "Error: half\n")}, "create, undo create", "Error: half", "create"),
        ({"check": FAILS}, "create, check, undo create", "Error: broken", "check"),
        ({"check": (1, "said\n", "Error: no\n")}, "create, check, undo create", "Error: no",
         "check"),
        ({"start": REFUSED}, "create, check, rename, start, undo rename, undo create",
         "Error response from daemon: no", "start"),
        ({"start": FAILS}, "create, check, rename, start, undo start, undo rename, undo create",
         "Error: broken", "start"),
        ({"start": REFUSED, "undo rename": (1, "", "Error: worse\n")},
         "create, check, rename, start, undo rename, undo create",
         "Error response from daemon: no; taking it back failed too: Error: worse", "start"),
        ({"clean": FAILS}, "create, check, rename, start, clean", "replaced, but Error: broken",
         "clean"),
    ],
)  # fmt: skip
def test_a_step_that_fails_is_taken_back(
    results: Mapping[str, tuple[int, str, str]], lines: str, problem: str, failed: str
) -> None:
    runner = Runner(results)
    outcome = perform(REPLACEMENT, runner)
    assert ", ".join(runner.lines) == lines
    assert outcome.problem == problem
    assert outcome.failed == (command(failed) if failed else None)
    assert not outcome.skipped


GONE = (1, "", "Error: No such container: web\n")


@pytest.mark.parametrize(
    ("results", "lines", "problem"),
    [
        ({"stop": GONE, "rm": GONE}, "stop, rm, rest", ""),
        ({"rest": GONE}, "stop, rm, rest", "Error: No such container: web"),
        ({"stop": FAILS}, "stop", "Error: broken"),
    ],
)
def test_a_container_that_goes_by_itself(
    results: Mapping[str, tuple[int, str, str]], lines: str, problem: str
) -> None:
    actions = [
        Action(command(word), gone_is_done=word != "rest") for word in ("stop", "rm", "rest")
    ]
    runner = Runner(results)
    assert perform(Step("web", ONE, "removed", tuple(actions)), runner).problem == problem
    assert ", ".join(runner.lines) == lines


def test_a_step_takes_the_time_of_its_commands() -> None:
    waiting = perform(step("a"), Runner(wait=0.02))
    assert 0.02 <= waiting.seconds < 1
    assert perform(replace(step("a"), problem="no"), Runner(wait=0.02)).seconds == 0
