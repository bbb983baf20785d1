"""How a running container differs from its definition."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """A property that a container has otherwise than its definition; empty where it is not set."""

    property: str
    found: str
    wanted: str
