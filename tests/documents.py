"""What the documentation shows: the commands with their output, and the files that they need.

A literal block or a ``console`` one that has lines after ``$`` is a session. A block with a caption
is the file of that name. Comments may hold both, for what readers need not see: a session without
output, and ``file: NAME`` with a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

_BLOCK = re.compile(
    r"^(?P<margin> *)(?:(?P<comment>\.\.)|\.\. code-block:: *\S*|(?!\.\.).*::)\n"
    r"(?P<options>(?:(?P=margin) +:.*\n)*)\n*"
    r"(?P<text>(?:(?P=margin) +\S.*\n|\s*\n)+)",
    re.MULTILINE,
)
_CAPTION = re.compile(r":caption: *(\S+)")
_FILE = re.compile(r"file: (\S+)\n")


@dataclass(frozen=True)
class File:
    """A file that a page shows."""

    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Shown:
    """A command of a page, and what it says that comes of it; None where it does not say."""

    command: str
    output: str | None
    line: int


def steps(page: str) -> Iterator[File | Shown]:
    """What a reader of a page does, in its order."""
    for block in _BLOCK.finditer(page):
        text = dedent(block["text"]).strip("\n") + "\n"
        line = page.count("\n", 0, block.start("text")) + 1
        caption = _CAPTION.search(block["options"])
        hidden = _FILE.match(text) if block["comment"] else None
        if caption:
            yield File(caption[1], text, line)
        elif hidden:
            yield File(hidden[1], dedent(text[hidden.end() :]), line)
        elif text.startswith("$ "):
            yield from _session(text, line, not block["comment"])


def _session(text: str, line: int, told: bool) -> Iterator[Shown]:
    for each in re.split(r"^(?=\$ )", text, flags=re.MULTILINE)[1:]:
        # What goes on in the next line, after a backslash or at the shell's second prompt.
        first = re.match(r"\$ ((?:.*\\\n)*.*\n(?:> .*\n)*)", each)
        assert first, each
        command = re.sub(r"^> ", "", first[1], flags=re.MULTILINE).strip("\n")
        yield Shown(command, each[first.end() :].strip("\n") if told else None, line)
        line += each.count("\n")


_ALIKE = (
    (r"\b[0-9a-f]{12,64}\b", "ID"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "TIME"),
    (r"\b\d+(?:\.\d+)?s\b", "TOOK"),
    (r"\bUp (?:Less than a|About a|\d+) (?:second|minute)s?", "Up AGE"),
    (r"(?:Less than a|About a|\b\d+) (?:second|minute)s? ago", "AGE"),
    (r"\bprocess \d+", "process N"),
    (r"[ \t]+", " "),
)


def comparable(text: str) -> list[str]:
    """Its lines, without what is different each time: ids, times, and the width of columns."""
    for pattern, alike in _ALIKE:
        text = re.sub(pattern, alike, text)
    return [line.strip() for line in text.strip().splitlines()]


def fits(shown: str, output: str, in_order: bool = True) -> bool:
    """Whether an output is what is shown; ``…`` is any text, on a line of its own any lines.

    Without an order, each line that is shown fits another one of the output, and none is left.
    """
    expected, lines = comparable(shown), comparable(output)
    if in_order:
        patterns = [r"(?:.*\n)*" if each == "…" else _pattern(each) + r"\n" for each in expected]
        return bool(re.fullmatch("".join(patterns), "".join(f"{line}\n" for line in lines)))
    for each in sorted(expected, key=lambda line: line.count("…")):
        found = [line for line in lines if re.fullmatch(_pattern(each), line)]
        if not found:
            return False
        lines.remove(found[0])
    return not lines


def _pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…")))


def pages(root: Path) -> list[Path]:
    """What people read, of a checkout: the README, and all pages of the documentation."""
    return [root / "README.rst", *sorted((root / "docs").rglob("*.rst"))]
