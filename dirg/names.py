"""The names that an update gives to containers, beside those of the description."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The new container before it takes the place of the old one, and the old one afterwards.
NEW, OLD, KEPT = ".dirg-new", ".dirg-old", ".dirg-kept-"
_KEPT = re.compile(rf"(.+){re.escape(KEPT)}([0-9]+)")


def reserved(name: str) -> bool:
    """Whether a name is one of those that updates use."""
    return name.endswith((NEW, OLD)) or bool(_KEPT.fullmatch(name))


def all_kept(name: str, names: Iterable[str]) -> list[str]:
    """The names of old containers of some name that are kept, the newest first."""
    matches = [match for each in names if (match := _KEPT.fullmatch(each)) and match[1] == name]
    return [match[0] for match in sorted(matches, key=lambda match: int(match[2]), reverse=True)]


def next_kept(name: str, kept: Iterable[str]) -> str:
    """The name for one more that is kept; ``kept``: the names of those there are."""
    newest = next(iter(all_kept(name, kept)), "0").rpartition("-")[2]
    return f"{name}{KEPT}{int(newest) + 1}"
