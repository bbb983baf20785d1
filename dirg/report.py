"""States and results as text for people and as JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dirg.command import INTERRUPTED
from dirg.definitions import Container, Description
from dirg.drift import Difference
from dirg.errors import Mistake
from dirg.execute import Outcome
from dirg.state import HostState, short_image
from dirg.steps import Deployment, Plan, Step
from dirg.values import MASK, Items, Pairs, Text, Value, each

NOT_AVAILABLE = "not available"
UNREACHABLE = "unreachable"

Row = Mapping[str, Any]


def table(rows: Sequence[Row], columns: Sequence[str], width: int | None = None) -> str:
    """Rows as an aligned table with a line of headings; nothing is cut.

    ``width``: how wide the screen is, where somebody looks: what is too long goes on in its column.
    """
    cells = [[column.upper().replace("_", " ") for column in columns]]
    cells += [[_cell(row[column]) for column in columns] for row in rows]
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
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_yaml(definitions: Mapping[str, Any]) -> str:
    """Definitions as YAML that could be fed back, with an empty line between."""
    return "\n".join(
        yaml.safe_dump({name: it}, indent=4, width=10**6, allow_unicode=True, sort_keys=False)
        for name, it in definitions.items()
    )


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
        "changed": False,
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
        "because": "; ".join([*map(_reason, reasons), *([problem] if problem else [])]),
    }


def _reason(difference: Difference) -> str:
    """How a property differs, in a line."""
    if not difference.found and not difference.wanted:
        return difference.property
    if difference.property == "definition":
        # Nobody can read anything in hashes.
        return "definition: changed in something that docker does not tell"
    found, wanted = (each or "(not set)" for each in (difference.found, difference.wanted))
    return f"{difference.property}: {found} -> {wanted}"


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
_AMOUNT = re.compile(r"([0-9.]+)\s*([KMGT]i?B|B|%)?")


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
    hosts = len({each.host for each in deployments})
    return (
        f"no mistakes: {len(description.services)} services, {len(description.containers)} "
        f"containers, {len(deployments)} of them selected, on {hosts} hosts"
    )


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


class _Dumper(yaml.SafeDumper):
    """Writes a value that is used twice twice, rather than as an anchor and an alias."""

    def anchor_node(self, node: Node) -> None:
        self.anchors[node] = None
        for child in node.value if isinstance(node, SequenceNode) else ():
            self.anchor_node(child)
        for key, value in node.value if isinstance(node, MappingNode) else ():
            self.anchor_node(key)
            self.anchor_node(value)


def definition(container: Container) -> str:
    """A container definition as YAML that could be fed back, secrets masked."""
    properties = Pairs(tuple(_shown(container)), container.place)
    name = Text(container.name, container.place)
    tree = Pairs(((name, properties),), container.place)
    return yaml.serialize(_node(tree), Dumper=_Dumper, indent=4, width=10**6, allow_unicode=True)


def plain(container: Container) -> Mapping[str, Any]:
    """A container definition as JSON has it: every scalar is text, as written."""
    return {name.text: _plain(value) for name, value in _shown(container)}


def _shown(container: Container) -> Iterator[tuple[Text, Value]]:
    for name, written in container.properties.items():
        if written.value is not None:
            masked = _masked(written.value) if name == "secret_env" else written.value
            yield written.name, masked


def _plain(value: Value) -> object:
    if isinstance(value, Text):
        return None if value.null else value.text
    if isinstance(value, Items):
        return [_plain(item) for item in value.items]
    return {key.text: _plain(item) for key, item in value.pairs}


def without_secrets(text: str, description: Description) -> str:
    """A rendered text without the values of ``secret_env``."""
    for container in description.containers.values():
        written = container.properties.get("secret_env")
        for value in _secrets(written.value) if written and written.value else ():
            text = text.replace(value, MASK)
    return text


def _secrets(value: Value) -> Iterator[str]:
    """Every value of a secret_env; in a list, what follows the first =."""
    if isinstance(value, Pairs):
        for _, item in value.pairs:
            yield from ([item.text] if isinstance(item, Text) and item.text else ())
    for item in each(value) if not isinstance(value, Pairs) else ():
        secret = item.text.partition("=")[2] if isinstance(item, Text) else ""
        yield from [secret] if secret else ()


def _masked(value: Value) -> Value:
    if isinstance(value, Items):
        return Items(tuple(_masked(item) for item in value.items), value.place)
    if isinstance(value, Pairs):
        pairs = ((Text(_key(key.text), key.place), _hidden(item)) for key, item in value.pairs)
        return Pairs(tuple(pairs), value.place)
    return Text(_key(value.text), value.place, value.tag)


def _key(written: str) -> str:
    """A key; what follows an = by mistake is a secret too."""
    key, equals, _ = written.partition("=")
    return f"{key}={MASK}" if equals else key


def _hidden(value: Value) -> Value:
    return value if isinstance(value, Text) and value.null else Text(MASK, value.place)


def _node(value: Value) -> Node:
    if isinstance(value, Text):
        # YAML would fold these line ends, but for double quotes, where they are escaped.
        ends = any(end in value.text for end in "\x85\u2028\u2029")
        style = '"' if ends else value.style if value.style in ("|", ">") else None
        return ScalarNode(value.tag, value.text, style=style)
    if isinstance(value, Items):
        tag = "tag:yaml.org,2002:python/tuple" if value.pair else "tag:yaml.org,2002:seq"
        return SequenceNode(tag, [_node(item) for item in value.items], flow_style=value.pair)
    pairs = [(_node(key), _node(item)) for key, item in value.pairs]
    return MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
