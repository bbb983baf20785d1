"""What a YAML document holds: text as it was written, lists and maps, each knowing its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dirg.errors import Place, SourcePlace, mistake
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.origins import Rendered

# What is shown in the place of a secret.
MASK = "********"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the rendered text, told as a place in the source when someone asks."""

    rendered: Rendered
    index: int
    name: str = ""

    def source(self) -> SourcePlace:
        return self.rendered.place(self.index, self.name)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, with its characters as they stand in the file.

    ``tag`` is what YAML guesses the scalar to be, ``style`` how it was quoted: neither changes
    the text, both help to show it as it was written.
    """

    text: str
    place: Place
    tag: str = "tag:yaml.org,2002:str"
    style: str | None = None

    @property
    def null(self) -> bool:
        return self.tag == "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``pair`` says that it was written as ``!!python/tuple``."""

    items: tuple[Value, ...]
    place: Place
    pair: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map, in the order written."""

    pairs: tuple[tuple[Text, Value], ...]
    place: Place


Value = Text | Items | Pairs

_KINDS = {Text: "text", Items: "a list", Pairs: "a map"}


def text(value: Value, form: str) -> str:
    """The characters of a scalar; ``form`` says in an error what should have been written."""
    if isinstance(value, Text) and not value.null:
        return value.text
    raise mistake(value.place, f"takes {form}, not {kind(value)}")


def kind(value: Value) -> str:
    """What a value is, as an error message says it."""
    return "nothing" if isinstance(value, Text) and value.null else _KINDS[type(value)]


def each(value: Value) -> Iterator[Value]:
    """The items of a list; a scalar stands for the list of itself, and null for no item."""
    if isinstance(value, Items):
        yield from value.items
    elif not (isinstance(value, Text) and value.null):
        yield value
