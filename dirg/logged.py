"""What the log of docker commands tells, read back."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, BinaryIO

from dirg import linewise
from dirg.command import PROBE, QUERY
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.linewise import Line

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which commands are wanted.

    ``names``: globs, of which one fits a container; ``host``: one that fits the host. ``since``,
    ``until``: when it was begun, in seconds since 1970. ``failed``: only what did not end with 0.
    ``everything``: also what dirg asked for itself. ``tail``: only so many, the last.
    """

    names: Sequence[str] = ()
    host: str | None = None
    since: float = float("-inf")
    until: float = float("inf")
    failed: bool = False
    everything: bool = False
    tail: int | None = None

    def fits(self, facts: Facts) -> bool:
        """Whether a command is wanted, but for how many are."""
        return (
            (self.everything or facts["cause"] not in (QUERY, PROBE))
            and not (self.failed and facts["status"] == 0)
            and self.since <= _moment(facts["time"]) <= self.until
            and (not self.names or self._named(facts["container"] or ""))
            and (self.host is None or _on(facts["host"], self.host))
        )

    def _named(self, containers: str) -> bool:
        return any(
            fnmatchcase(each, name) for each in containers.split(", ") for name in self.names
        )


def _on(host: str, pattern: str) -> bool:
    from dirg.host import Host

    return Host(host).matches(pattern)


def _moment(written: str) -> float:
    if not written.endswith("Z"):
        raise ValueError(written)
    # Python 3.10 reads no Z.
    return datetime.fromisoformat(f"{written[:-1]}+00:00").timestamp()


def commands(
    file: BinaryIO, end: int, wanted: Wanted, damaged: Callable[[Line, str], None]
) -> Iterator[Facts]:
    """The wanted commands of a log up to a byte of it, in the order in which they have ended.

    ``damaged`` is told of each line that is none of the log, and what is wrong with it. Of the last
    few, no more is read than that takes.
    """
    if wanted.tail is None:
        yield from _fitting(linewise.forwards(file, end), wanted, damaged)
        return
    last: deque[Facts] = deque()
    if wanted.tail:
        for facts in _fitting(linewise.backwards(file, end), wanted, damaged):
            last.appendleft(facts)
            if len(last) == wanted.tail:
                break
    yield from last


def _fitting(
    lines: Iterator[Line], wanted: Wanted, damaged: Callable[[Line, str], None]
) -> Iterator[Facts]:
    for line in lines:
        if line.text is not None and not line.text.strip():
            continue
        try:
            facts = read(line.text)
        except ValueError as error:
            damaged(line, str(error))
            continue
        if wanted.fits(facts):
            yield facts


def read(text: bytes | None) -> Facts:
    """The facts that a line holds; there may be more than are known. Raises ValueError."""
    if text is None:
        raise ValueError("it is longer than any docker command")
    try:
        facts = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON, or half a line") from None
    if not isinstance(facts, dict):
        raise ValueError("it is no object of JSON")
    for key, fits in _FACTS.items():
        if key not in facts:
            raise ValueError(f"{key} is missing")
        if not fits(facts[key]):
            raise ValueError(f"{key} is not what it has to be")
    return facts


def _no_number(written: str) -> None:
    raise ValueError(f"{written} is no number")


def _text(value: object) -> bool:
    return isinstance(value, str)


def _text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _time(value: object) -> bool:
    try:
        return isinstance(value, str) and _moment(value) is not None
    except (ValueError, OverflowError):
        return False


_FACTS: Mapping[str, Callable[[Any], bool]] = {
    "time": _time,
    "user": _text,
    "process": _whole,
    "dirg": _text,
    "host": _text,
    "container": _text_or_none,
    "cause": _text,
    "arguments": lambda value: isinstance(value, list) and all(map(_text, value)),
    "environment": lambda value: isinstance(value, dict) and all(map(_text, value.values())),
    "status": lambda value: value is None or _whole(value),
    "seconds": lambda value: (_whole(value) or isinstance(value, float)) and 0 <= value < 2**63,
    "error": _text_or_none,
}
