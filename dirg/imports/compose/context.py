"""A service while its properties are collected."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from dirg.errors import DescriptionError, Mistake, Place
from dirg.imports.compose.files import keys, source
from dirg.imports.compose.values import each, is_null, settled
from dirg.records import dataclass
from dirg.values import Pairs, Text, Value

if TYPE_CHECKING:
    from dirg.imports.compose.mixed import Mixed, Written
    from dirg.imports.compose.project import Project
    from dirg.imports.described import Properties


@dataclass()
class Service:
    """A service of a project, and the properties that its container gets.

    ``key``: the one that is being read, where it is read by itself.
    """

    project: Project
    name: str
    value: Pairs
    properties: Properties = field(default_factory=dict)
    key: Text | None = None

    @property
    def written(self) -> Mapping[str, Value]:
        """The keys of the service."""
        return keys(self.value)

    def note(self, place: Place, what: str) -> None:
        """Note something of a key of this service; ``what`` begins with that key."""
        self.project.note(place, f"services.{self.name}.{what}")

    def left_out(self, place: Place, key: str, why: str = "has no equivalent") -> None:
        self.note(place, f"{key}: {why}; left out")

    def rest(self, path: str, parts: Mapping[str, Value], names: Container[str]) -> None:
        """Note the keys of a map that are none of some names."""
        for key, value in parts.items():
            if key not in names and not key.startswith("x-"):
                self.left_out(value.place, f"{path}.{key}", "unknown to dirg")

    def set(self, name: str, value: object) -> None:
        self.properties[name] = value

    def add(self, name: str, value: object) -> None:
        """Add to a property that is a list."""
        self.properties.setdefault(name, []).append(value)

    def path(self, written: Mixed, value: Value) -> Mixed:
        """A path written in some value, as it is to be in the description."""
        return self.project.path(written, source(value), value.place)

    def container(self, service: str, place: Place) -> str:
        return self.project.container(service, place)


def profiles(value: Pairs) -> list[str]:
    """The profiles that a service is of."""
    found = keys(value).get("profiles")
    return [] if found is None or is_null(found) else [settled(item, found) for item in each(found)]


Handler = Callable[[Service, Value], None]


def unless_wrong(path: str, call: Callable[[], object]) -> list[Mistake]:
    """What is wrong in a part of the file, told with the keys that lead there."""
    try:
        call()
    except DescriptionError as error:
        return [Mistake(each.place, f"{path}: {each.text}") for each in error.mistakes]
    return []


def free_map(found: Mapping[str, Mixed | None]) -> dict[str, Written | None]:
    """A map as the description has it."""
    return {key: value.free() if value else None for key, value in found.items()}


def short_list(found: Iterable[Mixed]) -> list[Written]:
    return [each.short() for each in found]
