"""Reads words of the shell, with all ways to quote, and what is computed in them."""

from __future__ import annotations

import re
from enum import Enum

from dirg.errors import DescriptionError, SourcePlace, mistake
from dirg.records import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = re.compile(r"[0-9@*#?$!-]")
# ${NAME}, and ${NAME:-WORD} with its relatives.
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=?+])(.*))?", re.DOTALL)
_DEEPEST = 20
_ENDS = " \t\n;&|()<>"
_PLAIN = re.compile(r"[^\s;&|()<>'\"\\$`]+")
_ESCAPED_BLANKS = re.compile(r"\\[ \t]+(?:#[^\n]*)?(?:\n|\Z)")
_DOUBLE_QUOTED = re.compile(r"\\(?:.|$)|[^\\\"$`]+|.", re.DOTALL)
_BACKTICKS = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL)
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_CLOSING = {"{": "}", "(": ")", '"': '"'}

# What bash makes of escapes in $'...'.
_ESCAPES = {
    **{"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r"},
    **{"t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"', "?": "?"},
}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.DOTALL
)


class Kind(Enum):
    """What a part of a word is: text, a variable, a command in its place, or what only a shell can
    compute."""

    TEXT = "text"
    VARIABLE = "variable"
    COMMAND = "command"
    OTHER = "other"


@dataclass(frozen=True)
class Part:
    """A part of a word.

    ``text``: its text, the name of the variable, or the command. ``quoted``: whether a shell would
    not split it into words. ``operator``, ``default``: of ``${NAME:-WORD}``.
    """

    text: str
    kind: Kind = Kind.TEXT
    quoted: bool = False
    operator: str = ""
    default: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Word:
    """A word as it is written; ``text`` is all of it."""

    parts: tuple[Part, ...]
    place: SourcePlace
    text: str


class Words:
    """Reads a text from its start to its end; ``index`` is where it is."""

    def __init__(self, text: str, source: str, first: int, depth: int = 0) -> None:
        self.text = text
        self.source = source
        self.first = first
        self.depth = depth
        self.index = 0
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.line = 0

    def place(self, index: int) -> SourcePlace:
        """Where an index is; those asked for mostly grow."""
        while self.starts[self.line] > index:
            self.line -= 1
        while self.starts[self.line + 1] <= index and self.line + 1 < len(self.lines):
            self.line += 1
        column = index - self.starts[self.line] + 1
        return SourcePlace(self.source, self.first + self.line, column, self.lines[self.line])

    def wrong(self, index: int, text: str) -> DescriptionError:
        return mistake(self.place(index), text)

    def word(self) -> Word:
        start = self.index
        parts: list[Part] = []
        while self.index < len(self.text) and self.text[self.index] not in _ENDS:
            parts += self._part()
        return Word(_merged(parts), self.place(start), self.text[start : self.index])

    def all(self, quoted: bool) -> tuple[Part, ...]:
        """All of the text as one word, as if in double quotes or not."""
        if self.depth > _DEEPEST:
            raise self.wrong(0, "nested too deeply; write less levels")
        parts: list[Part] = []
        while self.index < len(self.text):
            inside = quoted and self.text[self.index] != '"'
            parts += self._in_double_quotes() if inside else self._part()
        return _merged(parts)

    def _part(self) -> list[Part]:
        read = {"'": self._single, '"': self._double, "\\": self._escape, "$": self._unquoted}
        reader = read.get(self.text[self.index], self._plain)
        return reader()

    def _plain(self) -> list[Part]:
        if self.text[self.index] == "`":
            return [self._backticks(False)]
        match = _PLAIN.match(self.text, self.index)
        end = match.end() if match else self.index + 1
        start, self.index = self.index, end
        return [Part(self.text[start:end])]

    def _single(self) -> list[Part]:
        start, self.index = self.index, self._found("'", self.index + 1) + 1
        return [Part(self.text[start + 1 : self.index - 1], quoted=True)]

    def _found(self, quote: str, index: int) -> int:
        found = self.text.find(quote, index)
        if found < 0:
            raise self.wrong(index - 1, f"{quote} has no end; close it")
        return found

    def _escape(self) -> list[Part]:
        blanks = _ESCAPED_BLANKS.match(self.text, self.index)
        if blanks:
            what = "a blank after \\ lets the command end in this line; remove the blank"
            raise self.wrong(self.index, what)
        escaped = self.text[self.index + 1 : self.index + 2]
        self.index += 2
        return [Part(escaped, quoted=True)] if escaped not in ("\n", "") else []

    def _double(self) -> list[Part]:
        start = self.index
        self.index += 1
        parts = [Part("", quoted=True)]
        while self.text[self.index : self.index + 1] != '"':
            if self.index >= len(self.text):
                raise self.wrong(start, '" has no end; close it')
            parts += self._in_double_quotes()
        self.index += 1
        return parts

    def _in_double_quotes(self) -> list[Part]:
        char = self.text[self.index]
        if char == "$":
            return [self._dollar(True)]
        if char == "`":
            return [self._backticks(True)]
        match = match_at(_DOUBLE_QUOTED, self.text, self.index)
        self.index = match.end()
        if match[0][0] != "\\" or len(match[0]) == 1:
            return [Part(match[0], quoted=True)]
        text = "" if match[0][1] == "\n" else match[0][1]
        return [Part(text if match[0][1] in '$`"\\\n' else match[0], quoted=True)]

    def _backticks(self, quoted: bool) -> Part:
        match = _BACKTICKS.match(self.text, self.index)
        if not match:
            raise self.wrong(self.index, "` has no end; close it")
        self.index = match.end()
        return Part(re.sub(r"\\([$`\\])", r"\1", match[1]), Kind.COMMAND, quoted)

    def _unquoted(self) -> list[Part]:
        following = self.text[self.index + 1 : self.index + 2]
        if following == "'":
            return [self._ansi()]
        if following == '"':
            self.index += 1
            return self._double()
        return [self._dollar(False)]

    def _ansi(self) -> Part:
        match = _ANSI.match(self.text, self.index)
        if not match:
            raise self.wrong(self.index, "' has no end; close it")
        try:
            text = _unescaped(match[1])
        except ValueError:
            raise self.wrong(self.index, "no text that docker takes; correct it") from None
        self.index = match.end()
        return Part(text, quoted=True)

    def _dollar(self, quoted: bool) -> Part:
        start = self.index
        opened = self.text[start + 1 : start + 2]
        if opened in ("{", "("):
            self.index = self._end(start, quoted)
            inside = self.text[start + 2 : self.index - 1]
            return self._braced(inside, quoted) if opened == "{" else _command(inside, quoted)
        name = _NAME.match(self.text, start + 1)
        special = _SPECIAL.match(self.text, start + 1)
        self.index = name.end() if name else special.end() if special else start + 1
        if name:
            return Part(name[0], Kind.VARIABLE, quoted)
        if special:
            return Part(f"${special[0]}", Kind.OTHER, quoted)
        return Part("$", quoted=quoted)

    def _braced(self, inside: str, quoted: bool) -> Part:
        match = _BRACED.fullmatch(inside)
        if not match:
            return Part(f"${{{inside}}}", Kind.OTHER, quoted)
        name, operator, default = match.groups("")
        line = self.place(self.index - 1).line
        words = Words(default, self.source, line, self.depth + 1)
        return Part(name, Kind.VARIABLE, quoted, operator, words.all(quoted))

    def _end(self, start: int, quoted: bool) -> int:
        """The index after the bracket that closes the one that $ at ``start`` opens."""
        index, text = start + 2, self.text
        open_ones = [_CLOSING[text[start + 1]]]
        while open_ones:
            if index >= len(text):
                raise self.wrong(start, f"{text[start : start + 2]} has no end; close it")
            char, top = text[index], open_ones[-1]
            opened = char == "$" and _CLOSING.get(text[index + 1 : index + 2])
            if char == "\\":
                index += 1
            elif char == top:
                open_ones.pop()
            elif opened:
                open_ones.append(opened)
                index += 1
            elif char == '"' or (char == "(" and top == ")"):
                open_ones.append(_CLOSING[char])
            elif char == "'" and top != '"' and not (quoted and open_ones == ["}"]):
                index = self._found("'", index + 1)
            index += 1
        return index


def match_at(pattern: re.Pattern[str], text: str, index: int) -> re.Match[str]:
    found = pattern.match(text, index)
    assert found
    return found


def _command(inside: str, quoted: bool) -> Part:
    if inside.startswith("("):
        return Part(f"$({inside})", Kind.OTHER, quoted)
    return Part(inside, Kind.COMMAND, quoted)


def _unescaped(written: str) -> str:
    """What ``$'...'`` stands for. Raises ValueError where it is no text."""

    def unescaped(match: re.Match[str]) -> bytes:
        byte, short, long, octal, char = match.groups()
        if byte or octal:
            return bytes([int(byte, 16) if byte else int(octal, 8) & 0xFF])
        if char:
            return _ESCAPES.get(char, f"\\{char}").encode()
        return chr(int(short or long, 16)).encode()

    found, end = b"", 0
    for match in _ESCAPE.finditer(written):
        found += written[end : match.start()].encode() + unescaped(match)
        end = match.end()
    text = (found + written[end:].encode()).decode()
    if "\0" in text:
        raise ValueError
    return text


def _merged(parts: list[Part]) -> tuple[Part, ...]:
    """Parts, with text that is quoted alike in one."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if last and part.kind is last.kind is Kind.TEXT and part.quoted == last.quoted:
            found[-1] = Part(last.text + part.text, quoted=part.quoted)
        else:
            found.append(part)
    return tuple(found)
