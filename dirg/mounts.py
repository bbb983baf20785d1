"""What arguments of docker run mount in a container, and where."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import pairwise
from posixpath import normpath

_MOUNT_KEYS = {"destination": "target", "dst": "target", "src": "source"}


def bound(arguments: Sequence[str]) -> Iterator[str]:
    """The paths in a container that arguments of docker run mount something at."""
    for flag, value in pairwise(arguments):
        parts = value.split(":")
        if flag in ("-v", "--volume") and len(parts) > 1:
            yield normpath(parts[1])
        elif flag == "--tmpfs":
            yield normpath(parts[0])
        elif flag == "--mount":
            yield mounted(value).get("target", "")


def mounted(value: str) -> dict[str, str]:
    """The parts of a value of docker's ``--mount``, by one name of each."""
    cells = (cell.partition("=") for cell in next(csv.reader([value], strict=False), []))
    parts = {_MOUNT_KEYS.get(key, key): text for key, _, text in cells}
    return {**parts, "target": normpath(parts["target"])} if parts.get("target") else parts


def anonymous_target(value: str) -> str:
    """Where a value of ``--mount`` puts a volume without a name; empty where it does not."""
    parts = mounted(value)
    anonymous = parts.get("type", "volume") == "volume" and not parts.get("source")
    return parts.get("target", "") if anonymous else ""
