"""Moments as docker's ``--since`` and ``--until`` take them."""

from __future__ import annotations

import re
from datetime import datetime

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def moment(written: str, now: float) -> float:
    """The seconds since 1970 that a text stands for, at a time of the same kind.

    How long ago (``10m``, ``1h30m``), a date with or without a time (``2025-01-31T12:00``, local
    unless it ends with a zone), or such seconds themselves. Raises ValueError for others.
    """
    if _NUMBER.fullmatch(written):
        return float(written)
    parts = _PART.findall(written)
    if parts and "".join(map("".join, parts)) == written:
        return now - sum(float(amount) * _UNITS[unit] for amount, unit in parts)
    return _dated(written)


def _dated(written: str) -> float:
    match = _DATE.fullmatch(written)
    if not match:
        raise ValueError(f"{written!r} is no time; write 10m, 2025-01-31 or 2025-01-31T12:00:00Z")
    date, hour, minute, second, part, zone = match.groups()
    time = f"{hour or '00'}:{minute or '00'}:{second or '00'}.{(part or '0')[:6]:0<6}"
    try:
        # Python 3.10 reads no Z.
        found = datetime.fromisoformat(f"{date}T{time}{(zone or '').replace('Z', '+00:00')}")
        return found.timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{written!r} is no time: {error}") from error
