"""Numbers and limits, as Docker Compose says them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dirg.exports.mounted import Note

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")


def number(text: str) -> int | str:
    """A whole number as one, since Compose takes no text in some places; anything else as it is."""
    return int(text) if _NUMBER.fullmatch(text) else text


def ulimits(words: Sequence[str], note: Note) -> dict[str, Any]:
    """What ``--ulimit`` takes: ``NAME=SOFT[:HARD]``."""
    found: dict[str, Any] = {}
    for word in words:
        name, joint, limits = word.partition("=")
        soft, both, hard = limits.partition(":")
        if not joint:
            note("ulimit", f"{name} has no limit")
        elif both:
            found[name] = {"soft": number(soft), "hard": number(hard)}
        else:
            found[name] = number(soft)
    return found
