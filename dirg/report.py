"""States and results as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import yaml

from dirg.command import INTERRUPTED

if TYPE_CHECKING:
    from dirg.definitions import Description
    from dirg.errors import Mistake
    from dirg.overview import Row
    from dirg.perform import Outcome
    from dirg.steps import Deployment, Step


def table(rows: Sequence[Row], columns: Sequence[str], width: int | None = None) -> str:
    """Rows as an aligned table with a line of headings; nothing is cut.

    ``width``: how wide the screen is, where somebody looks: what is too long goes on in its column.
    """
    from dirg.visible import on_a_line

    cells = [[column.upper().replace("_", " ") for column in columns]]
    cells += [[on_a_line(_cell(row[column])) for column in columns] for row in rows]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    if width is not None:
        widths = _fitted(widths, width)
    lines = (
        "  ".join(map(str.ljust, part, widths)).rstrip()
        for line in cells
        for part in zip_longest(*map(_folded, line, widths), fillvalue="")
    )
    return "\n".join(lines)


# No column gets narrower, where there is not enough room for all of them.
_NARROWEST = 9


def _fitted(widths: Sequence[int], width: int) -> list[int]:
    """The widths of columns that fit into a line, the widest made narrower first."""
    fitted = list(widths)
    while sum(fitted) + 2 * (len(fitted) - 1) > width and max(fitted) > _NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _folded(text: str, width: int) -> list[str]:
    """A text in lines that are not longer, ended at blanks and commas where there are any."""
    lines = []
    while len(text) > width:
        places = [at for at in range(width // 2, width) if text[at] in " ,;/"]
        end = places[-1] + 1 if places else width
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*lines, text]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "-"
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value)) or "-"
    return "?" if value is None else "-" if value == "" else str(value)


def as_json(value: object) -> str:
    """A value as JSON, indented."""
    from dirg.visible import in_json

    return in_json(json.dumps(value, indent=2, ensure_ascii=False))


def as_yaml(definitions: Mapping[str, Any]) -> str:
    """Definitions as YAML that could be fed back, with an empty line between."""
    return "\n".join(
        yaml.safe_dump({name: it}, indent=4, width=10**6, allow_unicode=True, sort_keys=False)
        for name, it in definitions.items()
    )


def findings(mistakes: Iterable[Mistake], warnings: Iterable[Mistake]) -> list[Row]:
    """What is wrong, or may be, as ``check --format json`` prints it."""
    found = [*(("error", each) for each in mistakes), *(("warning", each) for each in warnings)]
    places = [(severity, each, each.place.source()) for severity, each in found]
    return [
        {
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "severity": severity,
            "message": each.text,
        }
        for severity, each, place in places
    ]


def checked(description: Description, deployments: Sequence[Deployment]) -> str:
    """One line on a description without mistakes."""
    services = _count(len(description.services), "service")
    containers = _count(len(description.containers), "container")
    hosts = _count(len({each.host for each in deployments}), "host")
    selected = f"{len(deployments)} of them selected, on {hosts}"
    return f"no mistakes: {services}, {containers}, {selected}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


class Progress:
    """One line for each outcome: container, host, what happened, how long it took."""

    def __init__(self, names: Iterable[str], hosts: Iterable[str]) -> None:
        self._name = max(map(len, names), default=0)
        self._host = max(map(len, hosts), default=0)

    def line(self, outcome: Outcome) -> str:
        """The line of one outcome."""
        step = outcome.step
        said = outcome.problem or step.outcome
        failed = outcome.problem and not outcome.skipped and outcome.problem != INTERRUPTED
        said = f"failed: {said}" if failed else said
        worked = (step.actions or step.wait) and not outcome.skipped
        took = f"  {outcome.seconds:.1f}s" if worked else ""
        return self.at_work(step, f"{said}{took}")

    def at_work(self, step: Step, said: str) -> str:
        """The line of a step, with what is said of it."""
        return f"{step.name:<{self._name}}  {step.host.name:<{self._host}}  {said}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """What failed, in docker's words, and how to repeat it; empty where nothing did."""
    done, failed = _told(outcomes)
    lines = [f"{len(failed)} of {len(done) + len(failed)} failed:"] if failed else []
    return "\n".join([*lines, *_failures(failed)])


def interrupted(outcomes: Sequence[Outcome]) -> str:
    """What was done before somebody interrupted it, and what was not."""
    done, left = _told(outcomes)
    names = ", ".join(each.step.name for each in done)
    lines = [f"interrupted; done: {names or 'nothing'}", *(["not done:"] if left else [])]
    return "\n".join([*lines, *_failures(left)])


def _told(outcomes: Iterable[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """What was done and what was not; what was waited for in vain was not done."""
    told = [each for each in outcomes if each.counts]
    failed = [each for each in told if not each.ok]
    in_vain = {(each.step.name, each.step.host) for each in failed if each.step.wait}
    done = [each for each in told if each.ok and not each.step.wait]
    return [each for each in done if (each.step.name, each.step.host) not in in_vain], failed


def _failures(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        yield f"  {outcome.step.name} on {outcome.step.host.name}: {outcome.problem}"
        yield from (f"    {line}" for line in outcome.details)
        if repeating := _repeating(outcome):
            yield f"    to repeat it: {repeating}"


def _repeating(outcome: Outcome) -> str:
    """The command that does again what was not done."""
    begun = not (outcome.skipped or outcome.step.problem)
    again = outcome.step.again if begun else ""
    return again or (str(outcome.failed) if outcome.failed else "")
