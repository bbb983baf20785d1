"""The names of containers: what docker takes, and those that an update gives."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The new container before it takes the place of the old one, and the old one afterwards.
NEW, OLD, KEPT = ".dirg-new", ".dirg-old", ".dirg-kept-"
# What docker takes for a container or a volume.
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
# What a shell takes for a variable.
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# docker takes more for a network: a name of one character, for example.
NETWORK_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_KEPT = rf"(.+){re.escape(KEPT)}([0-9]+)"


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like another one; empty where none is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, known, n=1)), "")


def reserved(name: str) -> bool:
    """Whether a name is one of those that updates use."""
    return name.endswith((NEW, OLD)) or _kept(name) is not None


def _kept(name: str) -> re.Match[str] | None:
    # Hardly a name is one of these, and compiling takes its time (measured).
    return re.fullmatch(_KEPT, name) if KEPT in name else None


def own_variable(container: str, name: str) -> str:
    """A variable of the shell for one container, where others have another value under a name."""
    own = re.sub("[^A-Za-z0-9]", "_", f"{container}_{name}").upper()
    return f"_{own}" if own[0].isdigit() else own


def plain_name(name: str) -> str:
    """What a container is called whose new, old or kept one has a name."""
    match = _kept(name)
    return match[1] if match else name.removesuffix(NEW).removesuffix(OLD)


def all_kept(names: Iterable[str]) -> dict[str, list[str]]:
    """The names of old containers that are kept, by what they were called, the newest first."""
    matches = [match for each in names if (match := _kept(each))]
    found: dict[str, list[str]] = {}
    for match in sorted(matches, key=lambda match: int(match[2]), reverse=True):
        found.setdefault(match[1], []).append(match[0])
    return found


def next_kept(name: str, kept: Iterable[str]) -> str:
    """The name for one more that is kept; ``kept``: the names of those there are."""
    newest = next(iter(all_kept(kept).get(name, ())), "0").rpartition("-")[2]
    return f"{name}{KEPT}{int(newest) + 1}"
