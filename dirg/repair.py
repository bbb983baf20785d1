"""Finishes or takes back what an update has left half done, by the names that it used.

An update that was killed leaves the new container under its temporary name, or the old one, or
both: which, says how far it came. Containers are told by their ids here, so that two who repair the
same thing can't undo each other's work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from dirg.defaults import GRACE, PATIENCE
from dirg.leftovers import Leftover, leftover
from dirg.names import NEW
from dirg.replace import retired, settled
from dirg.state import RESTARTING, Difference
from dirg.steps import Action, Deployment, Plan, States, Step
from dirg.who import Mark

if TYPE_CHECKING:
    from dirg.command import Command
    from dirg.state import HostState
    from dirg.waiting import Wait

# What the old container may have been when its service was there.
_UP = ("running", RESTARTING, "paused", "")
FINISHED, TAKEN_BACK = "interrupted update finished", "interrupted update taken back"


def repairs(
    deployments: Sequence[Deployment],
    everything: Sequence[Deployment],
    states: States,
    unwell: Collection[str] = (),
    patience: float = PATIENCE,
    grace: float = GRACE,
) -> Plan:
    """The steps that finish or take back what was left of some containers.

    What was replaced together is treated alike. ``everything``: the containers of the whole
    description. ``unwell``: those whose new container is known not to stay up.
    """
    steps: list[Step] = []
    done: set[str] = set()
    for each in deployments:
        there = states[each.host]
        if each.name in done or each.name in there.busy or not there.leftovers(each.name):
            continue
        group = _together(leftover(each, there), everything, there)
        done.update(member.name for member in group)
        # What is strange whoever plans what comes next says himself.
        left = [member for member in group if member.new or member.old]
        if not all(member.strange for member in left):
            steps.append(_repair(group, there, unwell, patience, grace))
    return Plan(tuple(steps))


def _together(
    first: Leftover, everything: Sequence[Deployment], there: HostState
) -> list[Leftover]:
    """A leftover with those of the same update, in the order they were replaced in."""
    names = first.mark.members if first.mark else ()
    known = {each.name: each for each in everything if each.host == first.deployment.host}
    others = [leftover(known[name], there) for name in names if name in known]
    same = [
        each
        for each in others
        if (each.mark and _same(each.mark, first.mark))
        or _ended(each, first)
        or _made_with(each, first.mark)
    ]
    return same if any(each.name == first.name for each in same) else [first]


def _ended(each: Leftover, first: Leftover) -> bool:
    """Whether a container is one that has come back, and nothing is left to do for it.

    Then it says nothing of the rollback that has brought it back; that it is another one does.
    """
    mark = first.mark
    if mark is None or each.new or each.old or each.current is None:
        return False
    old = mark.replaced.get(each.name, "")
    return bool(mark.back and old) and not each.current.id.startswith(old)


def _made_with(each: Leftover, mark: Mark | None) -> bool:
    """Whether a container was created together with those that were replaced: nobody marks it."""
    if mark is None or each.current is None or each.new or each.old:
        return False
    new = mark.replaced.get(each.name) == ""
    return new and each.current.definition == each.deployment.definition.digest


def _same(one: Mark, other: Mark | None) -> bool:
    return other is not None and one.update == other.update


def _repair(
    group: Sequence[Leftover],
    there: HostState,
    unwell: Collection[str],
    patience: float,
    grace: float,
) -> Step:
    host, name = group[0].deployment.host, ", ".join(each.name for each in group)
    left = [each for each in group if each.new or each.old]
    for each in left:
        if each.strange:
            return Step(name, host, "", problem=each.in_the_way)
    mark = next((each.mark for each in left if each.mark), None)
    anew = [each for each in group if _made_with(each, mark)]
    ended = any(each.done or not (each.new or each.old) for each in group if each not in anew)
    names = {each.name for each in group}
    whole = _needed(mark, there) <= names
    reached = whole and all(each.replaced for each in left) and names.isdisjoint(unwell)
    if not reached and not (ended and any(each.replaced or each.done for each in left)):
        back = (*_removed(anew), *_taken_back(left))
        why = _interrupted(left, "old")
        return Step(name, host, TAKEN_BACK, back, action="take back", reasons=why)
    cleanup = tuple(command for each in reversed(left) for command in _tidied(each))
    going_on = () if ended else (*_started(anew), *_gone_on(left, patience, grace))
    actions, why = (*_stopped(left), *going_on), _interrupted(left, "new")
    return Step(name, host, FINISHED, actions, cleanup, action="finish", reasons=why)


def _interrupted(left: Sequence[Leftover], stays: str) -> tuple[Difference, ...]:
    """What was found, and whether the old or the new containers are to be there in the end."""
    found = (live for each in left for live in (each.old, each.current, each.new) if live)
    said = ", ".join(f"{live.name} {live.state}" for live in found)
    return (Difference("interrupted update", said, f"the {stays} one"),)


def _stopped(left: Sequence[Leftover]) -> Iterator[Action]:
    """Stop the old ones, also one that is about to stop, or that its engine has started again."""
    for each in reversed(left):
        if each.old and each.old.state == "paused":
            yield Action(each.command("unpause", each.old.id))
        if each.old and each.old.running:
            yield Action(each.command("stop", each.old.id))


def _needed(mark: Mark | None, there: HostState) -> set[str]:
    """Those that were replaced together; who was created with them and is there needs no repair."""
    if mark is None:
        return set()
    new = {name for name, old in mark.replaced.items() if not old and name in there.containers}
    return {*mark.members} - new


def _started(anew: Sequence[Leftover]) -> Iterator[Action]:
    for each in anew:
        if each.current and not each.current.running:
            yield Action(each.command("start", each.current.id))


def _removed(anew: Sequence[Leftover]) -> Iterator[Action]:
    """Stop and remove what was created together with others: it may have a port of theirs."""
    for each in reversed(anew):
        if each.current and each.current.running:
            yield Action(each.command("stop", each.current.id), gone_is_done=True)
        if each.current:
            yield Action(each.command("rm", "-v", each.current.id), gone_is_done=True)


def _gone_on(left: Sequence[Leftover], patience: float, grace: float) -> Iterator[Action | Wait]:
    """Start the new ones that do not run yet, and wait until they are well."""
    marks = [(each, each.mark or Mark("", "")) for each in left]
    started = [(each, mark) for each, mark in marks if mark.starts and each.replaced]
    for each, mark in started:
        if each.back and mark.restart:
            yield Action(each.command("update", "--restart", mark.restart, each.name))
        if each.replaced and not each.replaced.running:
            yield Action(each.command("start", each.replaced.id))
    for each, mark in started:
        yield settled(each.deployment, mark.was in _UP, patience, grace)


def _tidied(each: Leftover) -> Iterator[Command]:
    keep = each.mark.keep if each.mark else 0
    if each.old:
        yield from retired(each.deployment, each.old.id, each.kept, each.kept_as, keep)
    if each.new:
        yield each.command("rm", "-v", each.new.id)


def _taken_back(left: Sequence[Leftover]) -> Iterator[Action]:
    """The old containers run again before anything else is put right."""
    for each in reversed(left):
        if each.back and each.replaced:
            yield Action(each.command("update", "--restart", "no", each.replaced.id))
        if each.replaced and each.replaced.running:
            yield Action(each.command("stop", each.replaced.id), gone_is_done=True)
    # An engine that was started anew meanwhile links by name, and so to the new one: that link can
    # only go, with the new one.
    together = len(left) > 1
    for each in left:
        yield from _started_again(each, tried=together)
    for each in reversed(left):
        yield from _renamed_back(each)
    for each in left if together else ():
        yield from _started_again(each)


def _started_again(each: Leftover, tried: bool = False) -> Iterator[Action]:
    was = each.mark.was if each.mark else "running"
    # One that was restarting is stopped while it still has its own name.
    old = each.current if was == RESTARTING and not each.old else each.old
    if not old or was not in _UP:
        return
    if not old.running:
        yield Action(each.command("start", old.id), tried=tried)
    if was == "paused" and old.state != "paused" and not tried:
        yield Action(each.command("pause", old.id))


def _renamed_back(each: Leftover) -> Iterator[Action]:
    """Until the old container has its name, the new one is there to say what was done."""
    removed = each.new
    if each.replaced:
        taken = each.back or each.name + NEW
        yield Action(each.command("rename", each.replaced.id, taken), gone_is_done=True)
        removed = each.new if each.back else each.replaced
    if each.old:
        yield Action(each.command("rename", each.old.id, each.name))
    if removed:
        # Where the old one has gone, the new one may be the last that has its volumes.
        flags = ("-v",) if each.old or each.current else ()
        yield Action(each.command("rm", *flags, removed.id), gone_is_done=True)
