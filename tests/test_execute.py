"""Graphs of steps as they are walked: the order, the bounds, failures and interruptions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.command import Command, Result
from dirg.execute import execute
from dirg.host import Host
from dirg.perform import Outcome, perform
from dirg.steps import Action, Plan, Step
from dirg.together import Bounds
from dirg.waiting import Verdict, Wait
from tests.helpers import PATIENCE

ONE, TWO = Host("one"), Host("two")
ALONE = Bounds(total=1)
AT_ONCE = Bounds(total=1, threads=False)
REACHED, PENDING, FAILED = Verdict.REACHED, Verdict.PENDING, Verdict.FAILED


@pytest.fixture(autouse=True, scope="module")
def _impatient() -> Iterator[None]:
    """Looks again at once, so that no test takes its time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("dirg.perform.SOON", 0.001)
        patched.setattr("dirg.perform.LATER", 0.002)
        yield


def command(*words: str) -> Command:
    return Command(ONE, words)


def step(name: str, *after: int, host: Host = ONE) -> Step:
    action = Action(Command(host, ("start", name)))
    return Step(name, host, "started", (action,), after=frozenset(after))


def until(name: str, *after: int, limit: float = 5, host: Host = ONE) -> Step:
    wait = Wait(host, name, "healthy", limit)
    return Step(name, host, "healthy", wait=wait, after=frozenset(after))


@dataclass
class Runner:
    """Answers commands with the results it was told, and counts how many run at once.

    ``verdicts``: what is found each time somebody looks after a container; the last one stays.
    """

    results: Mapping[str, tuple[int, str, str]] = field(default_factory=dict)
    takes: float = 0
    verdicts: Mapping[str, Iterable[Verdict]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    who: str = ""
    looked: Counter[str] = field(default_factory=Counter)
    busy: Counter[Host] = field(default_factory=Counter)
    most: Counter[Host] = field(default_factory=Counter)
    most_at_all: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, command: Command) -> Result:
        line = " ".join(command.arguments)
        with self.at_work(command.host):
            self.lines.append(line)
            if self.takes:
                threading.Event().wait(self.takes)
        status, output, error = self.results.get(line, (0, "", ""))
        return Result(command, status, output, error)

    def look(self, wait: Wait) -> tuple[Verdict, str]:
        with self.at_work(wait.host):
            verdicts = [*self.verdicts.get(wait.name, [REACHED])]
            verdict = verdicts[min(self.looked[wait.name], len(verdicts) - 1)]
            self.looked[wait.name] += 1
        return verdict, "" if verdict is REACHED else f"is {verdict.value}"

    def explain(self, wait: Wait) -> tuple[str, ...]:
        return (f"log: of {wait.name}",)

    def rival(self, questions: Sequence[Command]) -> str:
        self.lines += [f"who is {' '.join(each.arguments)}" for each in questions]
        return self.who

    @contextmanager
    def at_work(self, host: Host) -> Iterator[None]:
        with self.lock:
            self.busy[host] += 1
            self.most[host] = max(self.most[host], self.busy[host])
            self.most_at_all = max(self.most_at_all, self.busy.total())
        yield
        with self.lock:
            self.busy[host] -= 1


def never() -> bool:
    return False


def done(
    plan: Plan,
    runner: Runner,
    bounds: Bounds = ALONE,
    halt: bool = False,
    interrupted: Callable[[], bool] = never,
) -> list[str]:
    """What became of each step, in a word."""
    told: list[Outcome] = []
    outcomes = execute(plan, runner, told.append, bounds, halt, interrupted)
    assert sorted(each.step.name for each in told) == sorted(each.name for each in plan.steps)
    assert [each.step for each in outcomes] == [*plan.steps]
    return [
        "ok" if each.ok else each.problem if each.skipped else f"failed: {each.problem}"
        for each in outcomes
    ]


FAILS = (1, "", "Error: broken\n")
BROKEN = (1, "", "Error: x\n")
REFUSED = (1, "", "Error response from daemon: no\n")
CHAIN = Plan((step("a"), step("b", 0), step("c", 1), step("d")))


@pytest.mark.parametrize("bounds", [ALONE, AT_ONCE, Bounds()])
def test_what_a_failed_step_is_needed_for_is_skipped(bounds: Bounds) -> None:
    runner = Runner({"start a": FAILS})
    assert done(CHAIN, runner, bounds) == [
        "failed: Error: broken",
        "skipped, since it needs a",
        "skipped, since it needs b",
        "ok",
    ]
    assert sorted(runner.lines) == ["start a", "start d"]


@pytest.mark.parametrize("bounds", [ALONE, AT_ONCE, Bounds()])
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
    runner = Runner(takes=0.001)
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
    used = threading.Event()

    class Crowded(Runner):
        """The first ones wait for the last one that may be at work beside them."""

        @contextmanager
        def at_work(self, host: Host) -> Iterator[None]:
            with super().at_work(host):
                if self.most_at_all == total and self.most[ONE] == min(each_host, total):
                    used.set()
                used.wait(PATIENCE)
                yield

    runner = Crowded(takes=0.01)
    assert done(Plan(tuple(steps)), runner, bounds) == ["ok"] * 12
    assert runner.most_at_all == total
    assert runner.most[ONE] == min(each_host, total)


def test_a_busy_host_does_not_keep_another_waiting() -> None:
    """Each host has to be at work at the same time, or the barrier breaks."""
    together = threading.Barrier(2, timeout=PATIENCE)

    class Together(Runner):
        def __call__(self, command: Command) -> Result:
            together.wait()
            return super().__call__(command)

    plan = Plan((step("a"), step("b"), step("c", host=TWO), step("d", host=TWO)))
    assert done(plan, Together(), Bounds(total=2, each_host=1)) == ["ok"] * 4


@pytest.mark.parametrize("bounds", [ALONE, AT_ONCE, Bounds()])
@pytest.mark.parametrize("pending", [0, 1, 3])
def test_what_is_waited_for_comes_first(bounds: Bounds, pending: int) -> None:
    runner = Runner(verdicts={"db": [*[PENDING] * pending, REACHED]})
    assert done(Plan((until("db"), step("web", 0))), runner, bounds) == ["ok", "ok"]
    assert runner.looked == {"db": pending + 1}


@pytest.mark.parametrize("bounds", [ALONE, AT_ONCE, Bounds()])
@pytest.mark.parametrize(
    ("verdicts", "limit"), [([FAILED], 5), ([PENDING, PENDING, FAILED], 5), ([PENDING], 0)]
)
def test_a_wait_in_vain_is_explained(bounds: Bounds, verdicts: list[Verdict], limit: float) -> None:
    plan = Plan((step("db"), until("db", 0, limit=limit), step("web", 0, 1), step("mq")))
    runner = Runner(verdicts={"db": verdicts})
    outcomes = execute(plan, runner, lambda outcome: None, bounds)
    assert [(each.problem, each.skipped, each.details) for each in outcomes] == [
        ("", False, ()),
        (f"is {verdicts[-1].value}", False, ("log: of db",)),
        ("skipped, since it needs db", True, ()),
        ("", False, ()),
    ]
    assert all(each.counts for each in outcomes)
    assert runner.looked == {"db": len(verdicts)}


def test_nobody_is_told_of_a_wait_for_what_has_failed() -> None:
    plan = Plan((step("db"), until("db", 0), step("web", 0, 1)))
    runner = Runner({"start db": FAILS})
    outcomes = execute(plan, runner, lambda outcome: None, ALONE)
    assert [(each.problem, each.counts) for each in outcomes] == [
        ("Error: broken", True),
        ("skipped, since it needs db", False),
        ("skipped, since it needs db", True),
    ]
    assert runner.looked == {}


@pytest.mark.parametrize(
    ("condition", "counts"), [("running", False), ("healthy", True), ("completed", True)]
)
def test_nobody_is_told_that_what_was_started_runs(condition: str, counts: bool) -> None:
    waiting = Step("db", ONE, condition, wait=Wait(ONE, "db", condition))
    assert Outcome(waiting).counts is counts
    assert Outcome(waiting, "is exited").counts
    assert not Outcome(waiting, "not begun", skipped=True).counts


def test_a_pending_wait_holds_no_place() -> None:
    """What it waits for comes about only after all the others have had their turn."""

    class Slow(Runner):
        def look(self, wait: Wait) -> tuple[Verdict, str]:
            super().look(wait)
            return (REACHED if "start b" in self.lines else PENDING), "is pending"

    plan = Plan((until("db"), step("a"), step("web", 0), step("b", 1)))
    runner = Slow()
    assert done(plan, runner, ALONE) == ["ok"] * 4
    assert runner.lines == ["start a", "start b", "start web"]
    assert runner.most_at_all == 1


def test_a_wait_in_vain_halts_what_is_to_halt() -> None:
    runner = Runner(verdicts={"db": [FAILED]})
    assert done(Plan((until("db"), step("web", 0), step("mq"))), runner, halt=True) == [
        "failed: is failed",
        "skipped, since db failed",
        "skipped, since db failed",
    ]


@pytest.mark.parametrize("bounds", [ALONE, AT_ONCE])
def test_an_interruption_begins_nothing_any_more(bounds: Bounds) -> None:
    runner = Runner()
    words = done(CHAIN, runner, bounds, interrupted=lambda: "start b" in runner.lines)
    assert words == ["ok", "ok", "not begun", "not begun"]
    assert runner.lines == ["start a", "start b"]


def test_an_interruption_ends_all_waiting() -> None:
    runner = Runner(verdicts={"db": [PENDING]})
    plan = Plan((until("db", limit=300), step("web", 0), step("mq"), until("mq", 2)))
    words = done(plan, runner, interrupted=lambda: runner.looked["mq"] > 0)
    assert words == ["not begun", "not begun", "ok", "ok"]


def test_what_was_begun_before_an_interruption_has_its_own_outcome() -> None:
    runner = Runner({"start a": FAILS})
    plan = Plan((step("b", 1), step("a"), step("c")))
    outcomes = execute(plan, runner, lambda outcome: None, ALONE, False, lambda: True)
    assert [(each.problem, each.skipped) for each in outcomes] == [
        ("not begun", True),
        ("Error: broken", False),
        ("not begun", True),
    ]


def test_an_interruption_counts_no_less_than_a_halt() -> None:
    runner = Runner({"start a": FAILS})
    words = done(CHAIN, runner, halt=True, interrupted=lambda: True)
    assert words == ["failed: Error: broken", "not begun", "not begun", "not begun"]


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
        make = draw(st.sampled_from([step, step, until]))
        steps.append(make(f"s{number}", *after, host=host))
    return Plan(tuple(steps))


def verdicts(pending: int, last: Verdict) -> list[Verdict]:
    return [*[PENDING] * pending, last]


class Noting(Runner):
    """One that notes its looks among its commands."""

    def look(self, wait: Wait) -> tuple[Verdict, str]:
        self.lines.append(f"look {wait.name}")
        return super().look(wait)


@given(
    plans(),
    st.builds(Bounds, st.integers(1, 4), st.integers(1, 3)),
    st.sets(st.integers(0, 9)),
    st.lists(st.builds(verdicts, st.integers(0, 3), st.sampled_from([REACHED, FAILED])),
             min_size=9, max_size=9),
    st.booleans(),
    st.none() | st.integers(0, 12),
)  # fmt: skip
def test_every_step_is_dealt_with_after_those_it_needs(
    plan: Plan,
    bounds: Bounds,
    failing: set[int],
    found: list[list[Verdict]],
    halt: bool,
    last: int | None,
) -> None:
    """``last``: after how many commands and looks it is interrupted."""
    runner = Noting(
        {f"start s{number}": FAILS for number in failing},
        verdicts={f"s{number}": each for number, each in enumerate(found)},
    )

    def interrupted() -> bool:
        return last is not None and len(runner.lines) >= last

    outcomes = done(plan, runner, bounds, halt, interrupted)
    words = dict(zip((each.name for each in plan.steps), outcomes, strict=True))
    ends = {line.split()[1]: place for place, line in enumerate(runner.lines)}
    begins = {line.split()[1]: -place for place, line in enumerate(reversed(runner.lines))}
    for each in plan.steps:
        needed = [plan.steps[number].name for number in each.after]
        if each.name in ends:
            began = begins[each.name] + len(runner.lines) - 1
            assert all(ends[name] < began for name in needed)
            assert all(words[name] == "ok" for name in needed)
        elif not halt and last is None:
            assert any(words[name] != "ok" for name in needed)
        else:
            assert words[each.name].startswith(("skipped, since ", "not begun"))
    if last is not None:
        # At most those that were begun since it was asked whether it is interrupted.
        assert len(runner.lines) < max(last, 1) + bounds.total
    starts = [line for line in runner.lines if line.startswith("start")]
    assert len(starts) == len({*starts})
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
        # As the CLI 20.10 says it.
        ({"create": FAILS, "undo create": (1, "", "Error: No such container: web\n")},
         "create, undo create", "Error: broken", "create"),
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
        ({"start": REFUSED, "undo rename": BROKEN, "undo create": BROKEN},
         "create, check, rename, start, undo rename, undo create",
         "Error response from daemon: no; taking it back failed too: Error: x", "start"),
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


@dataclass
class Dying(Runner):
    """A host that dies in the middle of a command; those that come after it are not begun."""

    dies: str = ""
    dead: bool = False

    def __call__(self, command: Command) -> Result:
        result = super().__call__(command)
        if self.lines[-1] != self.dies and not self.dead:
            return result
        seconds = 0.0 if self.dead else 20.0
        self.dead = True
        return Result(command, None, "", "the host answers no more", seconds, lost=True)


@pytest.mark.parametrize("dies", ["create", "check", "rename", "start"])
def test_nobody_knows_what_became_of_what_was_begun_on_a_host_that_died(dies: str) -> None:
    runner = Dying(dies=dies)
    outcome = perform(REPLACEMENT, runner)
    assert outcome.problem == "the host answers no more; what it did of this is not known"
    assert outcome.failed == command(dies)
    assert f"undo {dies}" not in runner.lines


def test_what_is_not_begun_on_a_dead_host_did_nothing() -> None:
    outcome = perform(REPLACEMENT, Dying(dead=True))
    assert outcome.problem == "the host answers no more"


@pytest.mark.parametrize("dies", ["undo rename", "undo create"])
def test_what_could_not_be_taken_back_is_not_told_to_be_as_it_was(dies: str) -> None:
    runner = Dying({"start": REFUSED}, dies=dies)
    outcome = perform(replace(REPLACEMENT, as_before="web is as it was before"), runner)
    assert outcome.problem == "Error response from daemon: no"
    assert outcome.details == (
        "its host was gone before all was taken back; the next dirg run or update does that",
    )


UP = Wait(ONE, "web", "up", 5)
WAITING = replace(REPLACEMENT, actions=(*REPLACEMENT.actions, UP))
STEADY = Verdict.STEADY


@pytest.mark.parametrize("verdicts", [[REACHED], [PENDING, REACHED], [STEADY], [PENDING, STEADY]])
def test_a_step_waits_before_it_tidies_up(verdicts: list[Verdict]) -> None:
    runner = Runner(verdicts={"web": verdicts})
    assert perform(WAITING, runner).ok
    assert runner.lines == ["create", "check", "rename", "start", "clean", "sweep"]
    assert runner.looked["web"] == len(verdicts)


@pytest.mark.parametrize("verdicts", [[FAILED], [PENDING, STEADY, FAILED]])
def test_a_step_whose_wait_is_in_vain_is_taken_back(verdicts: list[Verdict]) -> None:
    runner = Runner(verdicts={"web": verdicts})
    patient = replace(WAITING, actions=(*REPLACEMENT.actions, replace(UP, grace=9)))
    outcome = perform(patient, runner)
    assert runner.lines[4:] == ["undo start", "undo rename", "undo create"]
    assert (outcome.problem, outcome.failed) == ("is failed", None)
    assert outcome.details == ("log: of web",)


def test_what_does_not_become_healthy_in_time_is_taken_back() -> None:
    runner = Runner(verdicts={"web": [PENDING]})
    hasty = replace(WAITING, actions=(*REPLACEMENT.actions, replace(UP, limit=0)))
    assert perform(hasty, runner).problem == "is pending"
    assert runner.lines[4:] == ["undo start", "undo rename", "undo create"]


def test_an_interrupted_wait_is_taken_back_without_a_word() -> None:
    class Interrupted(Runner):
        def look(self, wait: Wait) -> tuple[Verdict, str]:
            return FAILED, "interrupted"

    runner = Interrupted()
    outcome = perform(WAITING, runner)
    assert (outcome.problem, outcome.details) == ("interrupted", ())
    assert runner.lines[4:] == ["undo start", "undo rename", "undo create"]


def test_several_stay_up_at_the_same_time() -> None:
    """The second one has been up for as long as the first one was waited for."""
    waits = tuple(Wait(ONE, name, "up", 5, grace=0.05) for name in ("a", "b", "c"))
    runner = Runner(verdicts={name: [STEADY] for name in "abc"})
    outcome = perform(Step("a, b, c", ONE, "replaced", waits), runner)
    assert outcome.ok
    assert outcome.seconds >= 0.05
    assert (runner.looked["b"], runner.looked["c"]) == (1, 1)


TAKEN = (1, "", 'Error response from daemon: Conflict. The container name "/web.dirg-new" is '
         'already in use by container "12". You have to remove that container\n')  # fmt: skip


@pytest.mark.parametrize("who", ["ops@far replaces it, since then", ""])
def test_who_else_is_at_it_is_said_where_a_name_is_taken(who: str) -> None:
    action = Action(command("create"), command("undo"), rivals=(command("a"), command("b")))
    runner = Runner({"create": TAKEN}, who=who)
    outcome = perform(Step("web", ONE, "replaced", (action,)), runner)
    assert runner.lines == ["create", "who is a", "who is b"]
    assert outcome.problem == (who or TAKEN[2].strip())


def test_nobody_is_asked_where_something_else_is_wrong() -> None:
    action = Action(command("create"), rivals=(command("a"),))
    runner = Runner({"create": REFUSED})
    perform(Step("web", ONE, "replaced", (action,)), runner)
    assert runner.lines == ["create"]


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        ((1, "", "interrupted"), ["stop", "stop", "start"]),
        (REFUSED, ["stop"]),
    ],
)
def test_what_an_engine_goes_on_with_ends_before_it_is_undone(
    result: tuple[int, str, str], lines: list[str]
) -> None:
    action = Action(command("stop"), command("start"), lasting=True)
    runner = Runner({"stop": result})
    assert not perform(Step("web", ONE, "replaced", (action,)), runner).ok
    assert runner.lines == lines


def test_what_is_only_tried_may_fail() -> None:
    actions = (Action(command("start"), tried=True), Action(command("rename")))
    runner = Runner({"start": REFUSED})
    assert perform(Step("web", ONE, "repaired", actions), runner).ok
    # But not when nobody knows what became of it.
    unclear = Runner({"start": FAILS})
    assert not perform(Step("web", ONE, "repaired", actions), unclear).ok
    assert unclear.lines == ["start"]


def test_where_what_was_to_come_back_has_gone_the_rest_stays() -> None:
    """The new container may have the last of the volumes."""
    vital = Action(command("rename"), undo=command("undo", "rename"), vital=True)
    step = replace(REPLACEMENT, actions=(*REPLACEMENT.actions[:2], vital, REPLACEMENT.actions[3]))
    runner = Runner({"start": REFUSED, "undo rename": GONE})
    assert perform(step, runner).problem == (
        "Error response from daemon: no; taking it back failed too: Error: No such container: web"
    )
    assert runner.lines[4:] == ["undo rename"]


def test_what_has_gone_needs_not_be_taken_back() -> None:
    runner = Runner({"start": REFUSED, "undo rename": GONE})
    assert perform(REPLACEMENT, runner).problem == "Error response from daemon: no"
    assert runner.lines[4:] == ["undo rename", "undo create"]


GONE = (1, "", "Error: No such container: web\n")
IN_USE = (1, "", "Error response from daemon: remove a1: volume is in use - [b2]\n")


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


THERE = (1, "", "Error response from daemon: network with name back already exists\n")


@pytest.mark.parametrize(
    ("result", "action", "problem"),
    [
        (IN_USE, Action(command("rm"), gone_is_done=True), IN_USE[2].strip()),
        (IN_USE, Action(command("rm"), in_use_is_done=True), ""),
        (THERE, Action(command("rm"), there_is_done=True), ""),
        (THERE, Action(command("rm")), THERE[2].strip()),
        (GONE, Action(command("rm"), there_is_done=True), GONE[2].strip()),
        ((1, "", "Error: No such network: back\n"), Action(command("rm"), gone_is_done=True), ""),
        (
            (1, "", "Error response from daemon: network back not found\n"),
            Action(command("rm"), gone_is_done=True),
            "",
        ),
        (
            (1, "", "Error response from daemon: exec: x: executable file not found\n"),
            Action(command("rm"), gone_is_done=True),
            "Error response from daemon: exec: x: executable file not found",
        ),
    ],
)
def test_failures_that_leave_nothing_to_do(
    result: tuple[int, str, str], action: Action, problem: str
) -> None:
    runner = Runner({"rm": result})
    assert perform(Step("back", ONE, "removed", (action,)), runner).problem == problem


def test_a_step_takes_the_time_of_its_commands() -> None:
    waiting = perform(step("a"), Runner(takes=0.02))
    assert waiting.seconds >= 0.02
    assert perform(replace(step("a"), problem="no"), Runner(takes=0.02)).seconds == 0
