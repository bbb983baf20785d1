"""Words as a person pastes them into a shell: the same words in sh, bash, zsh and fish."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What no shell makes anything of; at the start, = means something to zsh, and % to fish.
_PLAIN = re.compile(r"[A-Za-z0-9_@+:,./-][A-Za-z0-9_@%+=:,./-]*")
# What ends single quotes; and to fish, a backslash within them means something before these two.
_SPECIAL = re.compile(r"(?:'|\\(?=[\\']|\Z)|(?<=\\)\\)+")


def quote(word: str) -> str:
    """A word as it stands on the line of a shell."""
    if _PLAIN.fullmatch(word):
        return word
    parts = _SPECIAL.split(word), _SPECIAL.findall(word)
    plain = [f"'{part}'" if part else "" for part in parts[0]]
    special = ['"' + found.replace("\\", "\\\\") + '"' for found in parts[1]]
    return "".join(map("".join, zip(plain, [*special, ""], strict=True))) or "''"


def join(words: Iterable[str]) -> str:
    """Several words as a line of a shell."""
    return " ".join(map(quote, words))
