"""GPUs, and limits of block devices, as Docker Compose says them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dirg.exports.ulimits import number

if TYPE_CHECKING:
    from dirg.exports.mounted import Note

_RATES = ("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops")


def gpus(word: str, note: Note) -> dict[str, Any]:
    """What ``--gpus`` takes: ``all``, a number, or ``KEY=VALUE`` in a line of CSV."""
    found: dict[str, Any] = {"capabilities": ["gpu"]}
    for cell in _cells(word):
        name, joint, value = cell.partition("=")
        if not joint or name == "count":
            found["count"] = number(value or name)
        elif name == "device":
            found["device_ids"] = value.split(",")
        elif name == "capabilities":
            found["capabilities"] = list(dict.fromkeys(["gpu", *value.split(",")]))
        elif name == "driver":
            found["driver"] = value
        elif name == "options":
            found["options"] = dict(each.partition("=")[::2] for each in _cells(value))
        else:
            note("gpus", f"Compose has no {cell}")
    if "count" not in found and "device_ids" not in found:
        found["count"] = 1
    return found


def block_io(spoken: Mapping[str, Sequence[str]], note: Note) -> dict[str, Any]:
    """The weights and the rates of block devices; ``spoken``: words by property."""
    found: dict[str, Any] = {}
    for word in spoken.get("blkio_weight", ()):
        found["weight"] = number(word)
    for name, field in (("blkio_weight_device", "weight"), *((each, "rate") for each in _RATES)):
        for word in spoken.get(name, ()):
            path, joint, value = word.rpartition(":")
            if joint:
                key = name.removeprefix("blkio_")
                found.setdefault(key, []).append({"path": path, field: number(value)})
            else:
                note(name, f"{word} says nothing of how much")
    return found


def _cells(word: str) -> list[str]:
    try:
        return next(csv.reader([word]), [])
    except csv.Error:
        return [word]
