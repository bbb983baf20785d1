"""Docker Compose files as a description."""

from __future__ import annotations

from dirg.imports.compose.finding import found
from dirg.imports.compose.reading import read

__all__ = ["found", "read"]
