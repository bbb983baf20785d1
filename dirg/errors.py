"""What can go wrong, and the exit status that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


class ExitStatus(IntEnum):
    """The exit statuses of dirg.

    CHANGES is for ``plan --exit-code`` alone, where 2 says that something would change.
    """

    OK = 0
    FAILED = 1
    USAGE = 2
    CHANGES = 2
    INTERRUPTED = 130


class DirgError(Exception):
    """What ends a command; its text is what the person reads."""

    status = ExitStatus.FAILED


class UsageError(DirgError):
    """The command line, ``dirg.cfg`` or the description is wrong: nothing was touched."""

    status = ExitStatus.USAGE


class SourcePlace(NamedTuple):
    """A place in a file a person edits; line and column count from 1. ``text`` is the line."""

    file: str
    line: int
    column: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def source(self) -> SourcePlace:
        return self


class Place(Protocol):
    """Where something was written; ``source`` finds it, and may take its time to do so."""

    def source(self) -> SourcePlace: ...


class Mistake(NamedTuple):
    """One mistake of the person: where it was made, what is wrong and what to do.

    ``refused`` marks what can be written as a docker command, but would be refused by docker
    (a link in a network mode that has none): printing such a command is no harm, running it is.
    """

    place: Place
    text: str
    refused: bool = False

    def __str__(self) -> str:
        return f"{self.place.source()}: {self.text}"


class DescriptionError(UsageError):
    """The service description is wrong; ``mistakes`` holds every mistake found so far."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__()
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        # Finding places takes its time, and most of these errors are never shown themselves.
        return "\n".join(map(str, self.mistakes))


def mistake(place: Place, text: str) -> DescriptionError:
    """The error that holds one mistake."""
    return DescriptionError([Mistake(place, text)])


def all_of(make: Callable[[_Item], _Made], items: Iterable[_Item]) -> list[_Made]:
    """What is made of each item. Raises DescriptionError with the mistakes of all of them."""
    made: list[_Made] = []
    mistakes: list[Mistake] = []
    for item in items:
        try:
            made.append(make(item))
        except DescriptionError as error:
            mistakes += error.mistakes
    if mistakes:
        raise DescriptionError(mistakes)
    return made
