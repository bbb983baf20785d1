"""Which steps one docker command does together: docker stops several containers at once.

So it does with ``kill``, ``pause`` and ``rm``, while it starts one after another. A command for
each would cost its process, and by ssh its connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dirg.steps import Action, Step

if TYPE_CHECKING:
    from dirg.host import Host

_TOGETHER = {("stop",), ("kill",), ("pause",), ("rm", "-v")}


class Batches:
    """The batches of a plan, and which of their steps may begin already.

    All of a batch have the same host, the same commands but for the names, and as many steps before
    them, on the same hosts: a host that does not answer holds up nothing of others. ``most``: how
    many steps a batch has at most.
    """

    def __init__(self, steps: Sequence[Step], most: int) -> None:
        self._of: dict[int, _Batch] = {}
        for numbers in _grouped(steps, most):
            self._of.update(dict.fromkeys(numbers, _Batch(numbers)))

    def ready(self, number: int) -> tuple[int, ...]:
        """A step may begin: those that begin now, none where others of its batch are missing."""
        batch = self._of.get(number)
        return batch.settled(number, True) if batch else (number,)

    def skipped(self, number: int) -> tuple[int, ...]:
        """A step does not begin: those that begin now, since they waited for it."""
        batch = self._of.get(number)
        return batch.settled(number, False) if batch else ()

    def clear(self) -> list[int]:
        """Take those that wait for others of their batch."""
        return sorted({number for batch in {*self._of.values()} for number in batch.clear()})


class _Batch:
    def __init__(self, numbers: Sequence[int]) -> None:
        self._missing = {*numbers}
        self._ready: list[int] = []

    def settled(self, number: int, begins: bool) -> tuple[int, ...]:
        self._missing.discard(number)
        self._ready += [number] if begins else []
        return () if self._missing else tuple(sorted(self.clear()))

    def clear(self) -> list[int]:
        found, self._ready = self._ready, []
        return found


def _grouped(steps: Sequence[Step], most: int) -> Iterator[list[int]]:
    """The numbers of the steps of each batch of several."""
    alike: dict[tuple[object, ...], list[int]] = {}
    shapes = {number: shape for number, step in enumerate(steps) if (shape := _shape(step))}
    if len(shapes) < 2:
        return
    before = _before(steps)
    for number, shape in shapes.items():
        alike.setdefault((steps[number].host, shape, *before[number]), []).append(number)
    for numbers in alike.values():
        chunks = (numbers[at : at + most] for at in range(0, len(numbers), most))
        yield from (chunk for chunk in chunks if len(chunk) > 1)


def _shape(step: Step) -> tuple[tuple[str, ...], ...]:
    """The commands of a step without the names; nothing where it can't be done with others."""
    shape = []
    for action in step.actions:
        if not isinstance(action, Action) or action.undo or action.command.secrets:
            return ()
        words = action.command.arguments[:-1]
        if words not in _TOGETHER:
            return ()
        shape.append(words)
    return () if step.cleanup or step.problem else tuple(shape)


def _before(steps: Sequence[Step]) -> dict[int, tuple[int, frozenset[Host]]]:
    """How many steps come before each in a row at most, and on which hosts."""
    from graphlib import TopologicalSorter

    found: dict[int, tuple[int, frozenset[Host]]] = {}
    order = TopologicalSorter({number: step.after for number, step in enumerate(steps)})
    for number in order.static_order():
        earlier = [(steps[each].host, *found[each]) for each in steps[number].after]
        depth = max((depth + 1 for _, depth, _ in earlier), default=0)
        hosts = {host for host, _, _ in earlier}
        found[number] = depth, frozenset(hosts.union(*(known for _, _, known in earlier)))
    return found
