"""What a row of the table says: two contenders, their ratio, and how far it may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Cost, median, ratio


@dataclass(frozen=True)
class Reach:
    """The most that a figure may be: the ratio of a row, or what dirg itself takes.

    ``of`` is ``ratio``, or the name of a figure of Cost.
    """

    most: float
    of: str = "ratio"

    def __str__(self) -> str:
        unit = {"ratio": " x", "wall": " s", "cpu": " s", "memory": " MiB", "count": ""}[self.of]
        return f"{self.most:g}{unit}"


_NOTHING = Cost()


@dataclass(frozen=True)
class Row:
    """What was measured, of dirg and of a yardstick; ``note`` says why something is missing."""

    section: str
    what: str
    yardstick: str = ""
    ours: Cost = _NOTHING
    theirs: Cost = _NOTHING
    ratio: float | None = None
    reach: Reach | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the figure is within its reach; None where there is none, or no figure."""
        if self.reach is None:
            return None
        found = self.ratio if self.reach.of == "ratio" else self.ours.of(self.reach.of)
        return None if found is None else found <= self.reach.most


def compared(
    what: str,
    yardstick: str,
    ours: Sequence[Cost],
    theirs: Sequence[Cost] | None = None,
    reach: Reach | None = None,
    measure: str = "wall",
) -> Row:
    """A row of medians, whose ratio is that of one figure."""
    if theirs is None:
        return Row("", what, yardstick, median(ours), reach=reach)
    found = ratio(ours, theirs, measure)
    return Row("", what, yardstick, median(ours), median(theirs), found, reach)


def missing(what: str, yardstick: str, why: str) -> Row:
    """A row of what could not be measured."""
    return Row("", what, yardstick, note=f"not measured: {why}")
