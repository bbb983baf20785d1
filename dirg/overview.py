"""What ``ps``, ``plan`` and ``stats`` tell of each container, as rows of a table or of JSON."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dirg.state import HostState, short_image

if TYPE_CHECKING:
    from dirg.steps import Deployment, Plan, Step

NOT_AVAILABLE = "not available"
UNREACHABLE = "unreachable"

Row = Mapping[str, Any]

PS_COLUMNS = (
    *("service", "container", "host", "status", "health", "restarts", "image", "ports", "changed"),
)


def ps(
    deployments: Iterable[Deployment],
    states: Mapping[Any, HostState],
    services: Mapping[str, Sequence[str]],
) -> list[Row]:
    """A row for each container, also for those that are not there or can't be asked for.

    Those of a service stand together.
    """
    found: dict[str, list[Row]] = {}
    for deployment in deployments:
        its = services[deployment.name]
        row = _ps_row(deployment, states[deployment.host], its)
        found.setdefault(its[0] if its else "", []).append(row)
    alone = found.pop("", [])
    return [row for rows in (*found.values(), alone) for row in rows]


def _ps_row(deployment: Deployment, state: HostState, services: Sequence[str]) -> Row:
    live = state.containers.get(deployment.name)
    row: dict[str, Any] = {
        "service": list(services),
        "container": deployment.name,
        "host": deployment.host.name,
        "status": UNREACHABLE if state.error else NOT_AVAILABLE,
        "state": "",
        "health": "",
        "restarts": None,
        "image": deployment.definition.image,
        "ports": "",
        # Of what nobody has looked at, nothing is known.
        "changed": None if state.error else False,
    }
    if live is not None:
        row |= {
            "status": live.status,
            "state": live.state,
            "health": live.health,
            "restarts": live.restarts,
            "image": short_image(live.image),
            "ports": live.ports,
            # Without a label, only an inspection could tell.
            "changed": live.definition != deployment.definition.digest if live.definition else None,
        }
    leftovers = state.leftovers(deployment.name)
    if leftovers:
        others = (f"{each.name} {each.status.lower()}" for each in leftovers)
        row["status"] += f"; update under way or interrupted: {', '.join(others)}"
    return row


PLAN_COLUMNS = ("container", "host", "action", "because")


def planned(deployments: Iterable[Deployment], work: Plan) -> list[Row]:
    """A row for each container with what would be done, and why."""
    told = {
        name: step
        for whole in work.steps
        if not whole.wait and whole.kind == "container"
        for step in (whole.together or (whole,))
        for name in step.names
    }
    made = [
        _plan_row(step.name, step.host.name, step)
        for step in work.steps
        if step.kind != "container"
    ]
    rows = [_plan_row(each.name, each.host.name, told.get(each.name)) for each in deployments]
    return [*made, *rows]


def _plan_row(name: str, host: str, step: Step | None) -> Row:
    reasons = step.reasons if step else ()
    problem = step.problem if step else UNREACHABLE
    return {
        "kind": step.kind if step else "container",
        "container": name,
        "host": host,
        "action": step.action if step and not problem else "fail",
        "reasons": [dataclasses.asdict(each) for each in reasons],
        "problem": problem,
        "because": "; ".join([*(each.line() for each in reasons), *([problem] if problem else [])]),
    }


STATS_COLUMNS = (
    "container",
    "host",
    "cpu",
    "memory",
    "memory_percent",
    "network",
    "block",
    "pids",
)
_STATS_FIELDS = ("CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs")


def stats(
    deployments: Iterable[Deployment],
    usage: Mapping[Any, Mapping[str, Mapping[str, str]] | None],
    sort: str | None = None,
) -> list[Row]:
    """A row for each container with what it uses; empty for one that does not run.

    ``sort``: cpu or memory, for those first that use most of it.
    """
    rows: list[Row] = []
    for deployment in deployments:
        used = (usage.get(deployment.host) or {}).get(deployment.name, {})
        fields = (used.get(name, "") for name in _STATS_FIELDS)
        values = [deployment.name, deployment.host.name, *fields]
        rows.append(dict(zip(STATS_COLUMNS, values, strict=True)))
    return sorted(rows, key=lambda row: -_amount(row[sort])) if sort else rows


def sums(rows: Iterable[Row]) -> list[Row]:
    """A row for each host of several containers with what they use together."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["host"], []).extend([row] if row["cpu"] else [])
    empty = dict.fromkeys(STATS_COLUMNS, "")
    return [
        {
            **empty,
            "container": f"sum of {len(each)}",
            "host": host,
            "cpu": f"{sum(_amount(row['cpu']) for row in each):.2f}%",
            "memory": _size(sum(_amount(row["memory"]) for row in each)),
            "memory_percent": f"{sum(_amount(row['memory_percent']) for row in each):.2f}%",
        }
        for host, each in found.items()
        if len(each) > 1
    ]


_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]*)?)\s*([KMGT]i?B|B|%)?")


def _amount(written: str) -> float:
    """A number as docker writes it, of percent or of bytes; of ``1MiB / 2MiB``, the first."""
    match = _AMOUNT.match(written)
    if not match:
        return 0.0
    unit = (match[2] or "").replace("%", "") or "B"
    power = next(place for place, each in enumerate(_UNITS) if each[0] == unit[0])
    return float(match[1]) * float(1024**power)


def _size(amount: float) -> str:
    """Bytes as docker writes them."""
    power = 0
    while amount >= 1024 and power < len(_UNITS) - 1:
        amount, power = amount / 1024, power + 1
    return f"{amount:.4g}{_UNITS[power]}"
