"""What a terminal may be sent: characters that would do something to it, as their escapes.

Names, logs and error texts are written by others. A terminal would move its cursor, change its
title, or show a text in another order for them (ECMA-48, Unicode's UAX 9).
"""

from __future__ import annotations

import json
import re

# C0 but for tabs and line ends, C1; what can't be seen, or turns the direction; what is no UTF-8.
# The joiners stay (U+200C, U+200D): scripts and emoji are made of them.
_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff"
)
# Python keeps them compiled; most calls need one of them at most, and that takes time (measured).
_ANY = f"[{_UNSAFE}]"
_ON_A_LINE = f"[{_UNSAFE}\n]"
# Colours and the like are what people expect of a log, and harm nobody who takes them back.
_COLOUR = f"(?P<colour>\x1b\\[[0-9;:]{{0,40}}m)|[{_UNSAFE}]"
_AS_BEFORE = b"\x1b[0m"


def visible(text: str) -> str:
    """A text of any lines with each unsafe character as its escape, as Python writes it."""
    return re.sub(_ANY, _escape, text)


def on_a_line(text: str) -> str:
    """The same in one line: its ends are escaped, too."""
    return re.sub(_ON_A_LINE, _escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if "\udc80" <= character <= "\udcff":
        # It stands for a byte.
        return f"\\x{ord(character) - 0xDC00:02x}"
    return ascii(character)[1:-1]


def _shown(found: re.Match[str]) -> str:
    return found["colour"] or _escape(found)


def log_line(line: bytes) -> bytes:
    """A line of a log without its end; colours are let through, and end where the line does."""
    rest = line.rstrip(b"\r")
    text = rest.decode("utf-8", "surrogateescape")
    if not re.search(_ANY, text):
        return line
    shown = re.sub(_COLOUR, _shown, text).encode()
    # A terminal that a container has writes a carriage return before each line end.
    return shown + (_AS_BEFORE if b"\x1b" in shown else b"") + line[len(rest) :]


def in_json(text: str) -> str:
    """JSON that means the same, with what is unsafe in the escapes of JSON."""
    return re.sub(_ANY, lambda found: json.dumps(found[0])[1:-1], text)
