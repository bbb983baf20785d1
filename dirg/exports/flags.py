"""Flags as words of a command line, and as properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Flags = Mapping[str, Any]


def texts(value: Any) -> list[str]:
    """The texts of a property's value: each of a list, ``KEY=VALUE`` of a map, none for null."""
    if isinstance(value, Mapping):
        return [key if item is None else f"{key}={_text(item)}" for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [_text(item) for item in value]
    return [] if value is None else [_text(value)]


def pairs(value: Any) -> dict[str, str]:
    """A map, or a list of ``KEY=VALUE``, as a map of texts; a key alone has an empty one."""
    return dict(text.partition("=")[::2] for text in texts(value))


def on(value: Any) -> bool:
    """Whether a switch is on."""
    return _text(value).lower() in ("true", "yes", "on", "y", "1")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
