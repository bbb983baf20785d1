"""That work grows with a description, and not with its square: calls are counted, no time is taken.

What loops within a single call of C is not seen by that: where it mattered, it is counted apart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from dirg import selection
from dirg.definitions import Description, Service
from dirg.errors import Mistake, SourcePlace
from dirg.host import Host
from dirg.origins import verbatim
from dirg.plan import foreseen
from dirg.steps import Plan, Step
from dirg.together import Bounds, Turns
from dirg.values import Mark, Text
from tests.helpers import describe, dirg

# Twice as much may take a little more than twice as long: sorting does, for example.
LINEAR = 2.3


def calls(function: Callable[[], object]) -> int:
    """How many functions are called, those of C included."""
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return counted


def steps(function: Callable[[], object]) -> int:
    """How many instructions of Python's are executed: takes longer to count, and misses less."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal counted
        frame.f_trace_opcodes = True
        counted += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        function()
    finally:
        sys.settrace(before)
    return counted


def grows(work: Callable[[int], int], size: int) -> float:
    """How much more work twice as much is, without what it takes anyhow."""
    # What is read in or remembered for good counts only once.
    work(1)
    least, once, twice = (work(each) for each in (1, size, 2 * size))
    return (twice - least) / (once - least)


@pytest.mark.parametrize("counted", [calls, steps])
def test_a_square_is_noticed(counted: Callable[[Callable[[], object]], int]) -> None:
    def work(size: int) -> int:
        return counted(lambda: [abs(one) for one in range(size) for _ in range(size)])

    assert grows(work, 50) > LINEAR


# What the container of a number has besides its image, where there are so many.
PROPERTIES: dict[str, Callable[[int, int], str]] = {
    "nothing": lambda number, size: "",
    "a host": lambda number, size: f"docker_host: h{number}:1",
    "a link to the one before": lambda number, size: f"links: [c{number - 1}]" if number else "",
    "a link to the next": lambda number, size: (
        f"links: [c{number + 1}]" if number + 1 < size else ""
    ),
    "waits for the one before": lambda number, size: (
        f"depends_on: {{c{number - 1}: healthy}}" if number else ""
    ),
    "waits for the first": lambda number, size: "depends_on: {c0: healthy}" if number else "",
    "volumes of the one before": lambda number, size: (
        f"volumes_from: [c{number - 1}]" if number else ""
    ),
    "a port": lambda number, size: f"port_bindings: {{80: {number + 1}}}",
    "an address": lambda number, size: f"port_bindings: {{80: '127.0.{number // 99}.{number}:1'}}",
    "a volume": lambda number, size: f"volume_bindings: ['v{number}:/data']",
    "a variable": lambda number, size: "label: '{{ number }}'",
    "an expression": lambda number, size: "label: \"{{ env['A'] or 'a' }}\"",
    "a mistake": lambda number, size: "ports: [x]",
    "an unknown property": lambda number, size: "prots: [80]",
    "an unknown link": lambda number, size: "links: [c]",
    "an unset variable": lambda number, size: "label: \"{{ env['UNSET'] }}\"",
    "another unset variable": lambda number, size: f"label: \"{{{{ env['UNSET{number}'] }}}}\"",
    "the same port": lambda number, size: "port_bindings: {80: 80}",
    "a key twice": lambda number, size: "label: {a: b, a: c}",
    "a circle": lambda number, size: f"links: [c{(number + 1) % size}]",
    "another host": lambda number, size: f"docker_host: h{number}:1\n  links: [c0]",
}


def written(named: str, size: int, chained: bool = False) -> None:
    """Describe many containers, each in a service; ``chained``: which has the next service, too."""
    lines = ["{% set number = 1 %}"]
    for number in range(size):
        following = f", s{number + 1}" if chained and number + 1 < size else ""
        lines.append(f"s{number}: [c{number}{following}]")
    lines += [f"all: [{', '.join(f'c{number}' for number in range(size))}]", "---"]
    for number in range(size):
        more = PROPERTIES[named](number, size)
        lines += [f"c{number}:", "  image: i:1", *([f"  {more}"] if more else [])]
    if named == "a volume":
        lines += ["---", "volumes:", *(f"  v{number}: {{}}" for number in range(size))]
    describe("\n".join(lines) + "\n")


@pytest.mark.parametrize("named", PROPERTIES)
@pytest.mark.parametrize(
    "command", ["run -n", "check", "update -n", "stop -n", "plan -n", "show -f sh"]
)
def test_twice_the_containers_are_twice_the_work(named: str, command: str) -> None:
    def work(size: int) -> int:
        written(named, size)
        return calls(lambda: dirg(*command.replace("-f", "--format").split()))

    assert grows(work, 40) < LINEAR


@pytest.mark.parametrize("names", [["s*"], ["c*"], []])
def test_twice_the_services_are_twice_the_work(names: list[str]) -> None:
    def work(size: int) -> int:
        written("nothing", size, chained=True)
        words = names or [f"c{number}" for number in range(size)]
        return calls(lambda: dirg("run", "-n", *words))

    assert grows(work, 40) < LINEAR


class Compared(str):
    """A name that counts how often names are compared."""

    times = 0
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return str.__eq__(self, other) is True

    __hash__ = str.__hash__


def test_members_of_services_are_not_looked_for_one_by_one() -> None:
    place = SourcePlace("s.yml", 1)

    def work(size: int) -> int:
        names = [f"c{number}" for number in range(size)]
        members = tuple(Text(Compared(name), place) for name in names)
        services = {"all": Service("all", place, members)}
        description = Description(services, {}, "", ("all",), tuple(map(Compared, names)))
        Compared.times = 0
        assert list(selection.mistakes(description)) == []
        return Compared.times

    assert grows(work, 100) < LINEAR


def test_a_long_chain_that_can_not_be_done() -> None:
    def work(size: int) -> int:
        host = Host("h")
        first = Step("c0", host, "", problem="broken")
        more = (Step(f"c{n}", host, "", after=frozenset([n - 1])) for n in range(1, size))
        chain = Plan((first, *more))
        counted = steps(lambda: foreseen(chain, {}))
        problems = [step.problem for step in foreseen(chain, {}).steps]
        assert problems[1:] == [f"skipped, since it needs c{n}" for n in range(size - 1)]
        return counted

    assert grows(work, 100) < LINEAR


def test_whose_turn_it_is_on_many_hosts() -> None:
    def work(size: int) -> int:
        turns = Turns(Bounds(total=1))
        hosts = [Host(f"h{number}") for number in range(size)]

        def taken() -> None:
            for number, host in enumerate(hosts):
                turns.add(number, host)
            for number in iter(turns.next, None):
                turns.done(hosts[number])

        counted = steps(taken)
        assert turns.clear() == []
        return counted

    assert grows(work, 100) < LINEAR


class Scanned(str):
    """A text that counts how many of its characters are looked at to find line ends."""

    characters = 0

    def split(self, *arguments: object) -> list[str]:
        Scanned.characters += len(self)
        return str(self).split("\n")

    def count(self, sub: str, start: Any = 0, end: Any = None) -> int:
        Scanned.characters += len(self[start:end])
        return str(self).count(sub, start, end)


def test_places_are_found_without_reading_all_that_is_before() -> None:
    def work(size: int) -> int:
        text = Scanned("".join(f"line {number}\n" for number in range(size)))
        rendered = verbatim(text, "s.yml")
        Scanned.characters = 0
        found = [Mistake(Mark(rendered, at), "wrong") for at in range(0, len(text), 7)]
        assert str(found[0]) == "s.yml:1:1: wrong"
        assert len({str(each.place.source()) for each in found}) == len(found)
        return Scanned.characters

    assert grows(work, 100) < LINEAR
