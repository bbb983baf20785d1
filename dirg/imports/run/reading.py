"""Reads docker run command lines, as people keep them in scripts, as a description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from dirg.errors import DescriptionError, SourcePlace, all_of, mistake
from dirg.imports.run.expansion import Given, Pieces, Variables, has_pattern
from dirg.imports.run.invocation import Invocation, Made, invocation
from dirg.imports.run.quoting import Kind, Part, Word
from dirg.imports.run.shell import Command, commands
from dirg.names import VARIABLE

if TYPE_CHECKING:
    from dirg.imports.described import Imported

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_DOCKERS = ("docker", "podman", "nerdctl")
_HARMLESS = {"set", "shopt", ":", "true", "exit", "[", "[[", "test", "wait"}
_DECLARING = {"export", "declare", "local", "readonly", "typeset"}
_DEPTHS = {"if": 1, "fi": -1, "then": 0, "elif": 0, "else": 0, "!": 0, "{": 0, "}": 0}
_LOOPS = {"for", "while", "until", "case", "select", "function"}
# Words before a command, each with the letters of its flags that take a value.
_PREFIXES = {
    **{"sudo": "CDRTUghprtu", "doas": "Cu", "env": "CSu", "nice": "n", "exec": "a"},
    **{"command": "", "nohup": "", "time": "", "$": ""},
}
_HUSHED = re.compile(r"(?:\d*|&)[<>]>?\s*/dev/null|\d*>&\s*\d")
_MAKING = re.compile(r"\b(?:docker|podman)\b.*\b(?:run|create)\b", re.DOTALL)
_OPERATOR = re.compile(r"\d*[<>&|-]+")
_ENV_FLAG = re.compile(r"^(?:--env=|-e=?)")
# What dirg has properties for.
_HOSTS = ("DOCKER_HOST", "DOCKER_CONTEXT")
_NOT_READ = "; what it runs in docker is not read"
_DEEPEST = 20


def read(text: str, source: str = "") -> Imported:
    """What the docker commands of a script run and create.

    ``text``: one command, or a script with many. ``source``: what messages call it. Variables that
    the script does not set become expressions of the template. Raises DescriptionError with every
    mistake, each at its place.
    """
    reader = _Reader()
    all_of(reader.read, commands(text, source or "command"))
    return reader.made.finished()


class _Assignment(NamedTuple):
    """``NAME=VALUE``, or ``NAME+=VALUE`` where it is to be added."""

    name: str
    parts: tuple[Part, ...]
    place: SourcePlace
    more: bool

    @property
    def command(self) -> str:
        """The command whose output is the whole value."""
        whole = len(self.parts) == 1 and self.parts[0].kind is Kind.COMMAND
        return self.parts[0].text if whole else ""


def _assignment(word: Word) -> _Assignment | None:
    first = word.parts[0]
    plain = first.kind is Kind.TEXT and not first.quoted
    match = _ASSIGNMENT.match(first.text) if plain else None
    if not match:
        return None
    rest = Part(first.text[match.end() :])
    parts = (*([rest] if rest.text else []), *word.parts[1:])
    return _Assignment(match[1], parts, word.place, bool(match[2]))


class _Reader:
    """Reads one command after the other. ``depth``: in how many conditions the next one is."""

    def __init__(self) -> None:
        self.made = Made()
        self.variables = Variables()
        self.depth = 0
        self.inside = 0

    def read(self, command: Command) -> None:
        """Read a command. Raises DescriptionError."""
        words = self._unconditional(list(command.words))
        assignments: list[_Assignment] = []
        while words:
            assignment = _assignment(words[0])
            skipped = 1 if assignment else _prefix(words)
            assignments += [assignment] if assignment else []
            if not skipped:
                break
            words = words[skipped:]
        if words:
            self._called(words, assignments, command)
        else:
            self._set(assignments, self._sure(command))

    def _sure(self, command: Command) -> bool:
        return not self.depth and command.before not in ("&&", "||")

    def _unconditional(self, words: list[Word]) -> list[Word]:
        """The words without those that make a condition of a command."""
        while words and words[0].text in _DEPTHS:
            self.depth = max(0, self.depth + _DEPTHS[words[0].text])
            words = words[1:]
        if words and words[0].text in _LOOPS:
            what = (
                f"{words[0].text}: only a shell can run this; write the commands out that it runs"
            )
            raise mistake(words[0].place, what)
        if words and words[0].text.startswith("-"):
            what = "a command that begins with a flag; end the line before with \\ and nothing else"
            raise mistake(words[0].place, what)
        return words

    def _called(self, words: list[Word], assigned: list[_Assignment], command: Command) -> None:
        name = _name(words[0])
        if name in _DECLARING:
            self._declared(name, words[1:], self._sure(command))
        elif name == ":":
            self._defaults(words[1:])
        elif name not in _HARMLESS:
            self._ran(words, assigned, command)
        elif _MAKING.search(" ".join(word.text for word in words)):
            self.made.note(words[0].place, _left_out(name, words))

    def _ran(self, words: list[Word], assigned: list[_Assignment], command: Command) -> None:
        """Take what a docker command makes, and note any other one."""
        given = [each for word in words for each in self.variables.words(word)]
        while given and given[0].plain and given[0].text in _PREFIXES:
            given = given[1:]
        program = given[0].text.rpartition("/")[2] if given and given[0].plain else ""
        docker = self._invocation(given) if program in _DOCKERS else None
        if docker is None or not docker.made:
            self.made.note(words[0].place, _left_out(program, words))
            for each in assigned:
                if each.command:
                    self.made.note(each.place, f"{each.name}: left out{_NOT_READ}")
            return
        self._note_shell(words, docker, command)
        own = self._environment(assigned, docker)
        self.made.add(replace(docker, environment=own))

    def _invocation(self, given: list[Given]) -> Invocation | None:
        """A docker command; None where it is one that makes nothing, with flags of its own."""
        try:
            return invocation(given, self.variables.given())
        except DescriptionError:
            if any(word.text in ("run", "create") for word in given):
                raise
            return None

    def _environment(self, assigned: list[_Assignment], docker: Invocation) -> Mapping[str, Pieces]:
        """What is known of the variables that a docker command gets."""
        own = Variables({**self.variables.known}, {*self.variables.exported})
        texts = {_ENV_FLAG.sub("", word.text) for word in docker.arguments}
        for each in assigned:
            own.set(each.name, each.parts, each.place, each.more)
            own.exported.add(each.name)
            if each.name not in (*_HOSTS, *texts):
                self.made.note(each.place, f"{each.name}: left out; set it for dirg itself")
        return own.given()

    def _note_shell(self, words: list[Word], docker: Invocation, command: Command) -> None:
        """What a shell would do beside giving the words to docker."""
        place = words[0].place
        if self.depth or command.before == "||":
            what = f"docker {docker.verb}: taken in any case, not only on the condition there"
            self.made.note(place, what)
        for word in filter(has_pattern, words):
            what = (
                "a pattern, which a shell may take for names of files, is kept as it is; quote it"
            )
            self.made.note(word.place, what)
        for word in command.redirections:
            if not _HUSHED.fullmatch(word.text):
                operator = _OPERATOR.match(word.text)
                self.made.note(word.place, f"{operator[0] if operator else ''}…: left out")

    def _declared(self, name: str, words: list[Word], sure: bool) -> None:
        """Take what ``export`` and its like set."""
        for word in words:
            assignment = _assignment(word)
            if assignment:
                self._set([assignment], sure)
            named = assignment.name if assignment else word.text
            if name != "export" or not VARIABLE.fullmatch(named):
                continue
            self.variables.exported.add(named)
            if named.startswith("DOCKER_") and named not in _HOSTS:
                self.made.note(word.place, f"{named}: left out; set it for dirg itself")

    def _defaults(self, words: list[Word]) -> None:
        """Take what ``: ${NAME:=VALUE}`` sets."""
        for part in (part for word in words for part in word.parts):
            if part.kind is Kind.VARIABLE:
                self.variables.set_default(part)

    def _set(self, assignments: list[_Assignment], sure: bool) -> None:
        for each in assignments:
            if _MAKING.search(each.command):
                self.variables.known.pop(each.name, None)
                self._read_inside(each)
            elif not sure:
                self.variables.known.pop(each.name, None)
                what = "set on a condition; dirg takes it from its environment"
                self.made.note(each.place, f"{each.name}: {what}")
            else:
                self._set_surely(each)

    def _set_surely(self, assignment: _Assignment) -> None:
        name, parts, place, more = assignment
        try:
            self.variables.set(name, parts, place, more)
        except DescriptionError as error:
            self.made.note(place, f"{name}: {error.mistakes[0].text}")

    def _read_inside(self, assignment: _Assignment) -> None:
        """Read the commands whose output is the value of a variable."""
        place = assignment.place
        if self.inside >= _DEEPEST:
            raise mistake(place, "nested too deeply; write less levels")
        self.inside += 1
        try:
            all_of(self.read, commands(assignment.command, place.file, place.line))
        finally:
            self.inside -= 1


def _prefix(words: list[Word]) -> int:
    """How many words are only about how the command after them is run."""
    name = _name(words[0])
    variable = len(words[0].parts) == 1 and words[0].parts[0].kind is Kind.VARIABLE
    if variable and len(words) > 1 and _name(words[1]) in _DOCKERS:
        return 1
    if name not in _PREFIXES:
        return 0
    count = 1
    while count < len(words) and words[count].text.startswith("-"):
        flag = words[count].text
        count += 2 if len(flag) == 2 and flag[1] in _PREFIXES[name] else 1
    return count


def _name(word: Word) -> str:
    """The name of the program that a word calls, as far as it is text."""
    texts = [part.text for part in word.parts if part.kind is Kind.TEXT]
    return "".join(texts).rpartition("/")[2] if len(texts) == len(word.parts) else ""


def _left_out(program: str, words: list[Word]) -> str:
    """That a command is left out: by its name, since what follows may be secret."""
    # A command that is quoted as one word may hold anything.
    shown = ["…" if any(map(str.isspace, word.text)) else word.text for word in words]
    count = 4 if program in _DOCKERS else 1
    flag = next((n for n, word in enumerate(shown) if word.startswith("-")), count)
    named = " ".join(" ".join(shown[: min(count, flag)]).split())
    more = " …" if len(words) > min(count, flag) else ""
    what = "; relative paths begin where the description is" if program == "cd" else ""
    what = _NOT_READ if _MAKING.search(" ".join(word.text for word in words)) else what
    return f"{named}{more}: left out{what}"
