"""Steps that one docker command does together, and what becomes of each of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dirg.command import Command, Result
from dirg.host import Host
from dirg.perform import perform_together
from dirg.steps import Action, Plan, Step
from dirg.together import Bounds
from tests.helpers import Engine, describe, dirg, inspection, listing
from tests.test_execute import Runner, done

ONE, TWO, THREE = Host("one"), Host("two"), Host("three")
FAILS = (1, "", "Error response from daemon: no\n")
GONE = (1, "", "Error response from daemon: No such container: b\n")
LOST = (1, "", "error during connect: no route\n")


def stop(name: str, *after: int, host: Host = ONE) -> Step:
    return step(name, *after, host=host)


def step(name: str, *after: int, host: Host = ONE, words: tuple[str, ...] = ("stop",)) -> Step:
    action = Action(Command(host, (*words, name), name))
    return Step(name, host, "done", (action,), after=frozenset(after))


def removal(name: str) -> Step:
    actions = [
        Action(Command(ONE, (*words, name), name), gone_is_done=True)
        for words in (("stop",), ("rm", "-v"))
    ]
    return Step(name, ONE, "removed", tuple(actions))


def lines(*steps: Step, names: int = 16) -> list[str]:
    runner = Runner()
    bounds = Bounds(total=1, names=names, threads=False)
    assert done(Plan(steps), runner, bounds) == ["ok"] * len(steps)
    return runner.lines


def test_those_of_a_host_are_done_by_one_command() -> None:
    assert lines(stop("a"), stop("x", host=TWO), stop("b"), stop("c")) == ["stop a b c", "stop x"]


@pytest.mark.parametrize(
    ("words", "together"),
    [
        (("stop",), True),
        (("kill",), True),
        (("pause",), True),
        (("rm", "-v"), True),
        (("start",), False),
        (("restart",), False),
        (("unpause",), False),
        (("volume", "rm"), False),
    ],
)
def test_only_what_docker_does_at_once(words: tuple[str, ...], together: bool) -> None:
    found = lines(step("a", words=words), step("b", words=words))
    said = " ".join(words)
    assert found == ([f"{said} a b"] if together else [f"{said} a", f"{said} b"])


def test_each_command_of_those_that_have_several() -> None:
    assert lines(removal("a"), stop("c"), removal("b")) == ["stop a b", "rm -v a b", "stop c"]


def test_what_can_be_taken_back_is_done_alone() -> None:
    command = Command(ONE, ("stop", "a"))
    undone = Step("a", ONE, "done", (Action(command, undo=Command(ONE, ("start", "a"))),))
    assert lines(undone, stop("b"), stop("c")) == ["stop a", "stop b c"]


def test_no_command_is_for_more_than_it_may() -> None:
    steps = [stop(name) for name in "abcde"]
    assert lines(*steps, names=2) == ["stop a b", "stop c d", "stop e"]
    assert lines(*steps, names=1) == [f"stop {name}" for name in "abcde"]


def test_what_comes_before_it_was_done_before() -> None:
    # b and d come after a and c; e after d.
    found = lines(stop("a"), stop("b", 0), stop("c"), stop("d", 2), stop("e", 3))
    assert found == ["stop a c", "stop b d", "stop e"]


def test_what_comes_before_may_stand_behind() -> None:
    assert lines(stop("a", 2), stop("b", 3), stop("c"), stop("d")) == ["stop c d", "stop a b"]


def test_a_host_holds_up_nothing_of_others() -> None:
    # b waits for a host that d has nothing to do with.
    found = lines(stop("a", host=TWO), stop("b", 0), stop("c", host=THREE), stop("d", 2))
    assert found == ["stop a", "stop b", "stop c", "stop d"]


def test_those_that_are_skipped_are_left_out() -> None:
    broken = step("a", words=("start",), host=TWO)
    fine = step("b", words=("start",), host=TWO)
    plan = Plan((broken, fine, stop("c", 0), stop("d", 1), stop("e", 1)))
    for bounds in (Bounds(total=1, threads=False), Bounds()):
        runner = Runner({"start a": FAILS})
        assert done(plan, runner, bounds) == [
            "failed: Error response from daemon: no",
            "ok",
            "skipped, since it needs a",
            "ok",
            "ok",
        ]
        assert [*runner.lines][2:] == ["stop d e"]


def test_all_of_a_batch_are_skipped() -> None:
    plan = Plan((step("a", words=("start",)), stop("b", 0), stop("c", 0)))
    runner = Runner({"start a": FAILS})
    assert done(plan, runner)[1:] == ["skipped, since it needs a"] * 2
    assert runner.lines == ["start a"]


def test_after_an_interruption_those_that_wait_for_others_are_not_begun() -> None:
    slow, fine = step("a", words=("start",)), stop("b")
    plan = Plan((slow, fine, stop("c", 0), stop("d", 1)))
    runner = Runner()
    outcomes = done(plan, runner, Bounds(total=1), interrupted=lambda: bool(runner.lines))
    assert outcomes == ["ok", "not begun", "not begun", "not begun"]


def test_one_that_fails_says_why_and_stops_no_other() -> None:
    runner = Runner(
        {"stop a b c": (1, "a\nc\n", "Error response from daemon: x\n"), "stop b": FAILS}
    )
    found = perform_together([stop("a"), stop("b"), stop("c")], runner)
    assert [each.problem for each in found] == ["", "Error response from daemon: no", ""]
    assert found[1].failed == Command(ONE, ("stop", "b"), "b")
    assert runner.lines == ["stop a b c", "stop b"]


def test_one_that_has_gone_meanwhile_is_done() -> None:
    runner = Runner({"stop a b": (1, "a\n", GONE[2]), "stop b": GONE, "rm -v b": GONE})
    found = perform_together([removal("a"), removal("b")], runner)
    assert [each.problem for each in found] == ["", ""]
    assert runner.lines == ["stop a b", "stop b", "rm -v b", "rm -v a"]


def test_a_host_that_has_died_is_not_asked_again_for_each() -> None:
    class Dying(Runner):
        def __call__(self, command: Command) -> Result:
            return replace(super().__call__(command), lost=True, seconds=1.0)

    runner = Dying({"stop a b": (1, "a\n", LOST[2]), "rm -v a": (0, "a\n", "")})
    found = perform_together([removal("a"), removal("b")], runner)
    lost = "error during connect: no route; what it did of this is not known"
    assert [each.problem for each in found] == ["", lost]
    assert runner.lines == ["stop a b", "rm -v a"]


def test_a_dry_run_prints_what_is_done(engine: Engine) -> None:
    describe(
        "all: [aa, bb, cc]\n---\naa: {image: i, links: {cc: c}}\nbb: {image: i}\ncc: {image: i}\n"
    )
    # One after those that need it, whatever the others take.
    printed = ["docker stop bb aa &&", "docker rm -v bb aa", "docker stop cc &&", "docker rm -v cc"]
    assert dirg("rm", "-n").lines == printed
    assert dirg("stop", "-n").lines == ["docker stop bb aa", "docker stop cc"]
    assert dirg("stop", "-n", "-j", "1").lines == [f"docker stop {it}" for it in ("bb", "aa", "cc")]
    there = "; ".join(f"echo '{listing(name)}'" for name in ("aa", "bb", "cc"))
    engine.answer({"container ls*": there})
    stopped = dirg("stop")
    assert (stopped.status, len(stopped.lines)) == (0, 3)
    stops = [each for each in engine.calls if "stop" in each.split()]
    assert stops == ["stop bb aa", "stop cc"]


def test_removing_inspects_only_what_an_update_has_made(engine: Engine) -> None:
    describe("all: [aa, bb]\n---\naa: {image: i}\nbb: {image: i}\n")
    made = json.loads(listing("bb")) | {"mark": "by=ops@here at=T process=1.2.3 old=x"}
    for told, asked in ((listing("bb"), []), (json.dumps(made), ["container inspect id-bb"])):
        there = f"echo '{listing('aa')}'; echo '{told}'"
        found = f"echo '{inspection('bb')}'"
        engine.answer({"container ls*": there, "container inspect*": found})
        before = len(engine.calls)
        assert dirg("rm").status == 0
        assert engine.calls[before:] == [
            "container ls --all --no-trunc",
            *asked,
            "stop bb aa",
            "rm -v bb aa",
        ]
