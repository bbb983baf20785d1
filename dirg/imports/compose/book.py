"""What an import of Compose files has to tell: notes, and the values of secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from dirg.imports.hiding import candidates
from dirg.records import dataclass
from dirg.values import MASK

if TYPE_CHECKING:
    from dirg.errors import Place

_SHORTEST = 4


@dataclass()
class Book:
    """Collects notes, and secrets by the variables that give them.

    ``hidden``: what must not be seen in any message. ``read``: the variables that files name.
    """

    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    hidden: set[str] = field(default_factory=set, repr=False)
    read: set[str] = field(default_factory=set)
    _notes: list[tuple[str, str]] = field(default_factory=list)

    def note(self, place: Place, text: str) -> None:
        """Note what a person has to know of a place."""
        found = place.source()
        line = (f"{found.file}:{found.line}", text)
        if line not in self._notes:
            self._notes.append(line)

    @property
    def notes(self) -> list[str]:
        return [f"{where}: {self.masked(text)}" for where, text in self._notes]

    def masked(self, text: str) -> str:
        """A text without secrets; what is too short for one is no secret, but part of a word."""
        for secret in sorted(self.hidden, key=len, reverse=True):
            if len(secret) >= _SHORTEST:
                text = text.replace(secret, MASK).replace(repr(secret)[1:-1], MASK)
        return text

    def secret(self, names: Sequence[str], value: str, place: Place, literal: bool = False) -> str:
        """The variable that gives a secret from now on: one of the names, or one more like them.

        A variable gives one value, so that another name is taken where the first is given away; a
        ``literal`` takes none that files read from the shell.
        """
        taken = self.read - self.secrets.keys() if literal else set()
        name = next(
            name
            for name in candidates(*names)
            if self.secrets.get(name, value) == value and name not in taken
        )
        if name not in self.secrets:
            self.note(place, f"{name} looks like a secret; set the variable {name} to its value")
        self.secrets[name] = value
        return name
