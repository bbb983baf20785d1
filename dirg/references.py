"""What containers refer to each other by, and which of it docker would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dirg import forms, options
from dirg.errors import Mistake, Place, mistake
from dirg.networks import without_network
from dirg.properties import Properties
from dirg.records import dataclass
from dirg.values import Pairs, Text, Value, text
from dirg.waiting import CONDITIONS

if TYPE_CHECKING:
    from dirg.definitions import Container


@dataclass(frozen=True)
class Reference:
    """A container that a definition refers to, by a property.

    ``same_host`` is docker's demand. ``condition``: running, healthy or completed, where that has
    to be waited for.
    """

    name: str
    property: str
    place: Place
    same_host: bool
    condition: str = ""


def network_modes(properties: Properties) -> list[str]:
    """The networks that a container joins, and the modes that it has in place of one."""
    return [word.text for name in ("net", "network") for word in properties.words(name)]


_REFERRING = frozenset(
    ("links", "link", "volumes_from", "net", "network", "ipc", "pid", "depends_on")
)


def references(container: Container) -> Iterator[Reference]:
    """The containers that a definition refers to, as far as they can be told."""
    if _REFERRING.isdisjoint(container.properties):
        return
    properties = Properties(container.properties, "")
    for name in ("links", "link", "volumes_from"):
        for word in properties.words(name):
            yield Reference(word.text.partition(":")[0], name, word.place, same_host=True)
    for name in ("net", "network", "ipc", "pid"):
        for word in properties.words(name):
            if word.text.startswith("container:"):
                yield Reference(word.text.partition(":")[2], name, word.place, same_host=True)
    depended_on = properties.value("depends_on")
    conditions = depended_on.pairs if isinstance(depended_on, Pairs) else ()
    for word, condition in conditions:
        awaited = condition.text if isinstance(condition, Text) else ""
        yield Reference(word.text, "depends_on", word.place, same_host=False, condition=awaited)
    for word in () if conditions else properties.words("depends_on"):
        yield Reference(word.text, "depends_on", word.place, same_host=False)


def depends_on(value: Value) -> list[str]:
    """What ``depends_on`` says: names, or the conditions of names.

    Raises DescriptionError where it says neither.
    """
    if not isinstance(value, Pairs):
        return forms.texts(value, options.PROPERTIES["depends_on"].takes)
    return [_condition(condition) for _, condition in value.pairs]


def _condition(value: Value) -> str:
    name = text(value, "running, healthy or completed")
    if name not in CONDITIONS:
        what = f"{name!r} can't be waited for; write running, healthy or completed"
        raise mistake(value.place, what)
    return name


def refusals(container: Container) -> Iterator[Mistake]:
    """What docker would refuse, though it can be written."""
    properties = Properties(container.properties, "")
    for mode in network_modes(properties):
        if not without_network(mode):
            continue
        for name in ("links", "link"):
            if not properties.missing(name):
                place = properties.properties[name].name.place
                said = f"{name}: docker has none with net: {mode}; leave out one of them"
                yield Mistake(place, said, refused=True)
