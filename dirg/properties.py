"""Reads the properties of a definition one by one, and collects what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from dirg import forms, options
from dirg.errors import DescriptionError, Mistake, Place, mistake
from dirg.names import nearest
from dirg.options import Form, Option
from dirg.values import Pairs, Text, Value, each, text

if TYPE_CHECKING:
    from dirg.definitions import Property

_Read = TypeVar("_Read")

_FIELDS = {"mount": forms.fields, "network": forms.network}
_FILES = ("cidfile", "env-file", "label-file", "file", "iidfile")


class Properties:
    """The properties of one definition.

    ``directory`` is where its relative paths begin. A property that is wrong counts as not
    written, and what is wrong is in ``mistakes``. ``flags``: those that can be written here.
    """

    def __init__(
        self,
        properties: Mapping[str, Property],
        directory: str,
        flags: Mapping[str, Option] = options.RUN,
    ) -> None:
        self.properties = properties
        self.options = flags
        self.directory = directory
        self.mistakes: list[Mistake] = []

    def wrong(self, place: Place, what: str) -> None:
        self.mistakes.append(Mistake(place, what))

    def value(self, name: str) -> Value | None:
        """The value of a property, None where it is not written, null or wrong."""
        found = self.properties.get(name)
        if found is None:
            return None
        value = found.value
        return None if isinstance(value, Text) and value.null else value

    def missing(self, name: str) -> bool:
        """Whether a property is not written, or null."""
        found = self.properties.get(name)
        return found is None or (isinstance(found.value, Text) and found.value.null)

    def read(self, name: str, reader: Callable[[Value], list[_Read]]) -> list[_Read]:
        """What the reader makes of a property; nothing where it is not written."""
        value = self.value(name)
        if value is None:
            return []
        try:
            return reader(value)
        except DescriptionError as error:
            self.mistakes += [
                Mistake(found.place, self._advised(name, found.text)) for found in error.mistakes
            ]
            return []

    def _advised(self, name: str, problem: str) -> str:
        """A problem with the name of its property, and how to write it where that is not said."""
        written = shown_name(self.properties[name].name.text)
        form = options.PROPERTIES.get(name) or self.options.get(name)
        example = f"; write {written}: {form.example}" if form and ";" not in problem else ""
        return f"{written}: {problem}{example}"

    def read_text(self, name: str, reader: Callable[[Value], str]) -> str:
        """The text the reader makes of a property, empty where it is not written."""
        return next(iter(self.read(name, lambda value: [reader(value)])), "")

    def scalar(self, name: str) -> str:
        """The text of a property where it is text, without judging it."""
        value = self.value(name)
        return value.text if isinstance(value, Text) else ""

    def words(self, name: str) -> list[Text]:
        """The text of a property, each of its list, or each key of its map, without judging it."""
        value = self.value(name)
        if isinstance(value, Pairs):
            return [key for key, _ in value.pairs]
        if value is None:
            return []
        return [item for item in each(value) if isinstance(item, Text)]

    def flags(self, flag: str, words: Iterable[Any]) -> list[str]:
        """The flag before each of the words."""
        return [argument for word in words for argument in (flag, str(word))]

    def option(self, name: str, option: Option) -> list[str]:
        """The arguments that give docker the flag of a property's name."""
        return self.read(name, lambda value: self._arguments(option, value))

    def _arguments(self, option: Option, value: Value) -> list[str]:
        if option.form is Form.SWITCH:
            return [option.flag if forms.switch(value) else f"{option.flag}=false"]
        if option.form is Form.VALUE:
            words = [_chosen(option, value)]
        elif option.name in _FIELDS:
            words = [_FIELDS[option.name](item, self.directory) for item in each(value)]
        elif option.form is Form.EACH:
            words = forms.texts(value, option.form.value)
        else:
            words = forms.pairs(value, option.joint)
        if option.name in _FILES:
            words = [forms.absolute(path, self.directory) for path in words]
        if option.name == "volume":
            words = [forms.bind(volume, self.directory) for volume in words]
        return self.flags(option.flag, words)

    def unknown(
        self,
        written: Property,
        known: Iterable[str],
        of_compose: Mapping[str, str] = options.COMPOSE,
    ) -> None:
        """Note that a property is not known, and offer what was meant."""
        name = written.name.text.replace("-", "_")
        near = _nearest(name, (*known, *of_compose))
        meant = of_compose.get(near, near)
        if name in options.REFUSED and name not in of_compose:
            advice = options.REFUSED[name]
        elif meant:
            advice = meant if " " in meant else f"did you mean {meant}?"
        else:
            advice = "see docs/properties.rst"
        shown = shown_name(written.name.text)
        self.wrong(written.name.place, f"{shown} is not a property; {advice}")


def _chosen(option: Option, value: Value) -> str:
    """The text of a value, where it is one that docker may know."""
    written = text(value, option.form.value)
    choices = options.CHOICES.get(option.name, ())
    # docker takes a number behind a restart policy, and what is empty for nothing.
    if choices and written.partition(":")[0] not in (*choices, ""):
        what = f"{written!r} is nothing that docker knows; write {', '.join(choices[:-1])}"
        raise mistake(value.place, f"{what} or {choices[-1]}")
    return written


# Many make the same mistake many times.
_nearest = cache(nearest)


def shown_name(name: str) -> str:
    """A name as it is, or quoted where it would spoil a line."""
    return name if re.fullmatch(r"[\w.-]+", name) else repr(name)
