"""The model that Compose files make together: extends and include resolved, files merged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dirg.errors import SourcePlace, UsageError, mistake
from dirg.imports.compose.dotenv import with_files
from dirg.imports.compose.files import absolute, items, keys, load, source
from dirg.imports.compose.finding import beside
from dirg.imports.compose.interpolation import Variables
from dirg.imports.compose.merging import merged, without_resets
from dirg.imports.compose.values import is_null, known, listed, mapped
from dirg.records import dataclass
from dirg.values import Items, Pairs, Text, Value

if TYPE_CHECKING:
    from dirg.imports.compose.book import Book

_SECTIONS = ("services", "networks", "volumes", "secrets", "configs")
_SILENT = ("version", "name", "include")
_FILES = ("file", "environment", "content", "external", "name")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PROJECT = "COMPOSE_PROJECT_NAME"
_CYCLE = "leads back to itself; end that"

Section = dict[str, tuple[Text, Value]]


@dataclass(frozen=True)
class Model:
    """The name of a project, and its sections by their names."""

    name: str
    sections: Mapping[str, Section]


def model(
    paths: Sequence[Path],
    env_files: Sequence[Path] | None,
    environ: Mapping[str, str],
    book: Book,
) -> Model:
    """The model of Compose files, each put over those before; paths begin where the first one is.

    Raises UsageError when a file can't be read, DescriptionError when one is wrong.
    """
    loader = _Loader(book)
    directory = paths[0].parent
    given = beside(directory) if env_files is None else env_files
    found = with_files(given, Variables(environ, {}))
    # The name of the project is a variable as well, which is known only when the file is.
    files = dict(found.files)
    variables = replace(found, files=files)
    put: Value = loader.file(paths[0], directory, variables, ())
    for path in paths[1:]:
        put = merged(put, loader.file(path, directory, variables, ()))
    whole = mapped(without_resets(put))
    name = _project(whole, directory, variables)
    files.setdefault(_PROJECT, name)
    sections = {section: loader.section(whole, section) for section in _SECTIONS}
    for section in ("secrets", "configs"):
        for each, (_, value) in sections[section].items():
            loader.rest(value, f"{section}.{each}", _FILES)
    if not sections["services"]:
        raise mistake(whole.place, "has no services; write services: and below it what they are")
    for key, _ in items(whole):
        if key.text not in (*_SECTIONS, *_SILENT):
            book.note(key.place, f"{key.text}: unknown to dirg; left out")
    return Model(name, sections)


def _project(whole: Pairs, directory: Path, variables: Variables) -> str:
    given = keys(whole).get("name")
    if name := variables.get(_PROJECT):
        return normalized(name)
    if given is None or is_null(given):
        return normalized(Path(absolute(directory)).name)
    written = known(given, "the name of a project")
    if not _NAME.fullmatch(written):
        advice = "write lower case letters, digits, - and _ only"
        raise mistake(given.place, f"name: {written!r} is no name of a project; {advice}")
    return written


def normalized(name: str) -> str:
    """The name of a project as Compose makes it of that of a folder."""
    return "".join(re.findall(r"[a-z0-9_-]", name.lower())).lstrip("_-") or "default"


class _Loader:
    def __init__(self, book: Book) -> None:
        self.book = book

    def file(
        self, path: Path, directory: Path, variables: Variables, included: tuple[str, ...]
    ) -> Pairs:
        """All of a file and of those that it includes."""
        whole = self.documents(path, directory, variables)
        services = self.section(whole, "services")
        extended = [
            (key, self.extended(name, services, path, ())) for name, (key, _) in services.items()
        ]
        whole = _with(whole, "services", extended)
        for value in self.includes(whole):
            whole = self.included(whole, value, (*included, os.path.realpath(path)))
        return whole

    def documents(self, path: Path, directory: Path, variables: Variables) -> Pairs:
        """The documents of a file, each put over those before."""
        found = load(path, directory, variables, self.book)
        if not found:
            what = "is empty; write services: and below it what they are"
            raise mistake(SourcePlace(str(path), 1), what)
        whole: Value = found[0]
        for document in found[1:]:
            whole = merged(whole, document)
        return mapped(whole)

    def section(self, whole: Pairs, name: str) -> Section:
        """The definitions of a section by their names."""
        value = keys(whole).get(name)
        if value is None or is_null(value):
            return {}
        form = f"a map of {name}"
        try:
            found = mapped(value, form)
        except UsageError:
            raise mistake(value.place, f"{name}: takes {form}; write NAME: and below it") from None
        return {key.text: (key, item) for key, item in items(found)}

    def extended(
        self, name: str, services: Section, path: Path, before: tuple[tuple[str, str], ...]
    ) -> Value:
        """A service, put over those that it extends."""
        value = services[name][1]
        if not isinstance(value, Pairs) or "extends" not in keys(value):
            return value
        extends = keys(value)["extends"]
        place = (os.path.realpath(path), name)
        if place in before:
            raise mistake(extends.place, f"services.{name}.extends: {_CYCLE}")
        self.rest(extends, f"services.{name}.extends", ("service", "file"))
        service, file = _base(extends)
        others = services
        if file:
            path = source(extends).directory / file
            whole = self.documents(path, path.parent, source(extends).variables)
            others = self.section(whole, "services")
        if service not in others:
            raise mistake(extends.place, f"services.{name}.extends: no service {service} in {path}")
        own = replace(value, pairs=tuple(p for p in value.pairs if p[0].text != "extends"))
        base = self.extended(service, others, path, (*before, place))
        return merged(base, own, ("services", name))

    def rest(self, value: Value, path: str, names: tuple[str, ...]) -> None:
        """Note the keys of a map that are none of some names."""
        for key, _ in items(value) if isinstance(value, Pairs) else ():
            if key.text not in names:
                self.book.note(key.place, f"{path}.{key.text}: unknown to dirg; left out")

    def includes(self, whole: Pairs) -> Iterator[Value]:
        value = keys(whole).get("include")
        if value is not None and not is_null(value):
            yield from listed(value, "a list of files")

    def included(self, whole: Pairs, value: Value, included: tuple[str, ...]) -> Pairs:
        """A file with another one, that it includes, under it."""
        here = source(value)
        self.rest(value, "include", ("path", "project_directory", "env_file"))
        paths, project, env_files = _include(value)
        if not paths:
            raise mistake(value.place, "include: the path is missing; write path: FILE")
        files = [here.directory / path for path in paths]
        directory = here.directory / project if project else files[0].parent
        given = [here.directory / each for each in env_files] or beside(directory)
        variables = with_files(given, here.variables)
        under: Value | None = None
        for path in files:
            if os.path.realpath(path) in included:
                raise mistake(value.place, f"include: {path} {_CYCLE}")
            found = self.file(path, directory, variables, included)
            under = merged(under, found) if under else found
        over: Value = whole
        for section in _SECTIONS:
            mine = self.section(whole, section)
            theirs = self.section(mapped(under), section) if under else {}
            both = {**theirs, **mine}
            for name in theirs.keys() & mine.keys():
                both[name] = (
                    mine[name][0],
                    merged(theirs[name][1], mine[name][1], (section, name)),
                )
            over = _with(mapped(over), section, list(both.values()))
        return mapped(over)


def _with(whole: Pairs, section: str, found: list[tuple[Text, Value]]) -> Pairs:
    """A file with something else in a section."""
    if not found:
        return whole
    at = keys(whole).get(section)
    place = at.place if at else found[0][0].place
    key = next((key for key, _ in whole.pairs if key.text == section), Text(section, place))
    others = [pair for pair in whole.pairs if pair[0].text != section]
    return replace(whole, pairs=(*others, (key, Pairs(tuple(found), place))))


def _base(extends: Value) -> tuple[str, str]:
    """The service that is extended, and its file."""
    if isinstance(extends, Pairs):
        found = keys(extends)
        if "service" not in found:
            raise mistake(extends.place, "extends: the service is missing; write service: NAME")
        return known(found["service"]), known(found["file"]) if "file" in found else ""
    return known(extends, "the name of a service"), ""


def _include(value: Value) -> tuple[list[str], str, list[str]]:
    """Which files are included, the folder of their project, and its files of variables."""
    if not isinstance(value, Pairs):
        return [known(value, "the path of a file")], "", []
    found = keys(value)
    lists = [_texts(found.get(name)) for name in ("path", "env_file")]
    project = found.get("project_directory")
    return lists[0], known(project) if project is not None else "", lists[1]


def _texts(value: Value | None) -> list[str]:
    if value is None or is_null(value):
        return []
    return [known(item) for item in value.items] if isinstance(value, Items) else [known(value)]
