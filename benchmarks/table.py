"""Rows as a table for people, for a page of documentation, or for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from benchmarks.measure import Cost
from benchmarks.rows import Reach, Row

HEADINGS = (
    "What",
    "dirg s",
    "CPU s",
    "MiB",
    "Yardstick",
    "its s",
    "CPU s",
    "MiB",
    "Ratio",
    "Reach",
    "Met",
)
# Which columns hold words; the others hold numbers.
_WORDS = (0, 4)
# What means something in reStructuredText.
_SPECIAL = re.compile(r"([\\*`|_])")


def cells(row: Row) -> tuple[str, ...]:
    """What a row says, column by column."""
    if row.note and row.ours == Cost():
        return (row.what, "", "", "", f"{row.yardstick}: {row.note}".lstrip(": "), *[""] * 6)
    met = {True: "yes", False: "NO", None: ""}[row.met]
    found = "" if row.ratio is None else f"{row.ratio:.2f}"
    reach = "" if row.reach is None else str(row.reach)
    return (row.what, *_figures(row.ours), row.yardstick, *_figures(row.theirs), found, reach, met)


def _figures(cost: Cost) -> tuple[str, str, str]:
    """Seconds, seconds and MiB; a number that was counted stands in place of the first."""
    if cost.count is not None:
        return f"{cost.count:g}", "", ""
    return seconds(cost.wall), seconds(cost.cpu), "" if not cost.memory else f"{cost.memory:.0f}"


def seconds(number: float | None) -> str:
    """Three digits that count, and no more than four behind the point."""
    if number is None:
        return ""
    return f"{number:.{4 if number < 0.01 else 3 if number < 1 else 2}f}"


def text(rows: Sequence[Row]) -> str:
    """A table for a terminal, with a line above the rows of each section."""
    table = [HEADINGS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    lines = [_line(HEADINGS, widths)]
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", f"[{section}]"]
        lines.append(_line(cells(row), widths))
    return "\n".join(lines) + "\n"


def _line(words: Sequence[str], widths: Sequence[int]) -> str:
    each = enumerate(zip(words, widths, strict=True))
    padded = [word.ljust(to) if at in _WORDS else word.rjust(to) for at, (word, to) in each]
    return "  ".join(padded).rstrip()


def rst(rows: Sequence[Row]) -> str:
    """A table in reStructuredText for each section, under its name."""
    sections = dict.fromkeys(row.section for row in rows)
    return "\n".join(
        _rst_of(name, [row for row in rows if row.section == name]) for name in sections
    )


def _rst_of(section: str, rows: Sequence[Row]) -> str:
    lines = [f".. list-table:: {section}", "   :header-rows: 1", ""]
    for line in [HEADINGS, *map(cells, rows)]:
        first, *others = (_SPECIAL.sub(r"\\\1", cell) for cell in line)
        lines += [f"   * - {first}", *(f"     - {each}".rstrip() for each in others)]
    return "\n".join(lines) + "\n"


def dump(facts: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Everything as JSON: what is known of the machine, and the rows."""
    told = [{**asdict(row), "met": row.met} for row in rows]
    return json.dumps({**facts, "rows": told}, indent=2) + "\n"


def load(saved: str) -> tuple[dict[str, Any], list[Row]]:
    """What ``dump`` has written."""
    facts = json.loads(saved)
    return facts, [_loaded(each) for each in facts.pop("rows")]


def _loaded(told: dict[str, Any]) -> Row:
    del told["met"]
    row = Row(**{**told, "ours": Cost(**told["ours"]), "theirs": Cost(**told["theirs"])})
    return replace(row, reach=Reach(**told["reach"])) if told["reach"] else row
