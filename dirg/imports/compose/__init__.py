"""Docker Compose files as a description."""

from __future__ import annotations

from dirg.imports.compose.reading import read

__all__ = ["read"]
