"""Reads Compose files into what an import has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from dirg.errors import DescriptionError, Mistake, SourcePlace, mistake
from dirg.imports.compose import networks, service
from dirg.imports.compose.book import Book
from dirg.imports.compose.context import Service, unless_wrong
from dirg.imports.compose.context import profiles as profiles_of
from dirg.imports.compose.files import keys
from dirg.imports.compose.loading import model
from dirg.imports.compose.project import DEFAULT, Project
from dirg.imports.compose.values import is_null
from dirg.imports.described import Imported, Properties
from dirg.values import Pairs, Value

_ALL = "all"


def read(
    paths: Path | Sequence[Path],
    env_files: Sequence[Path] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    relative_to: Path | None = None,
) -> Imported:
    """Compose files, with those that they extend and include, as a description.

    ``paths``: one, or several, each of which is put over those before.
    ``env_files``: in place of the ``.env`` beside the first one; the first of them counts most.
    ``environ``: the variables of the shell, which tell what has to be known now; the description
    takes them from the shell again.
    ``relative_to``: the folder of the description, for its relative paths; None: all paths are
    absolute.

    Raises UsageError when a file can't be read, DescriptionError when it is wrong.
    """
    book = Book()
    files = [paths] if isinstance(paths, Path) else [*paths]
    try:
        return _read(files, env_files, environ or {}, relative_to, book)
    except DescriptionError as error:
        masked = [Mistake(wrong.place, book.masked(wrong.text)) for wrong in error.mistakes]
        raise DescriptionError(masked) from None
    except RecursionError:
        raise mistake(_start(files[0]), "nested too deeply; write less levels") from None


def _read(
    paths: Sequence[Path],
    env_files: Sequence[Path] | None,
    environ: Mapping[str, str],
    relative_to: Path | None,
    book: Book,
) -> Imported:
    project = Project(model(paths, env_files, environ, book), book, relative_to)
    found = Imported()
    mistakes: list[Mistake] = []
    profiles: dict[str, list[str]] = {}
    for name, (key, value) in project.section("services").items():
        if not isinstance(value, Pairs):
            text = f"services.{name}: takes a map; write {name}: and below it image: NAME"
            mistakes.append(Mistake(key.place, text))
            continue
        if name in project.provided:
            continue
        try:
            container = project.containers[name]
            found.containers[container] = service.container(Service(project, name, value))
            for profile in profiles_of(value):
                profiles.setdefault(profile, []).append(container)
        except DescriptionError as error:
            mistakes += error.mistakes
    for section, target in (("networks", found.networks), ("volumes", found.volumes)):
        mistakes += unless_wrong(section, partial(_declare, project, section, target))
    if mistakes:
        raise DescriptionError(mistakes)
    found.services = _services(found.containers, profiles, book, paths[0])
    found.notes, found.secrets = book.notes, book.secrets
    return found


def _declare(project: Project, section: str, found: dict[str, Properties]) -> None:
    """Add what has to be made of a section; its default network where a service joins that."""
    if section == "networks" and DEFAULT not in project.section(section):
        services = [value for _, value in project.section("services").values()]
        if any(_joins_default(value) for value in services):
            found[f"{project.name}_{DEFAULT}"] = {}
    found.update(networks.declared(project, section))


def _joins_default(value: Value) -> bool:
    parts = keys(value) if isinstance(value, Pairs) else {}
    mode = parts.get("network_mode")
    if mode is not None and not is_null(mode):
        return False
    names = networks.names(parts.get("networks"))
    return not names or DEFAULT in names


def _services(
    containers: Mapping[str, object], profiles: Mapping[str, list[str]], book: Book, path: Path
) -> dict[str, list[str]]:
    """Profiles as services; those without one are what is taken without a name."""
    if not profiles:
        return {}
    listed = {name for names in profiles.values() for name in names}
    found = {_ALL: [name for name in containers if name not in listed]}
    if not found[_ALL]:
        # An empty one would be a mistake, and none stands for every container.
        del found[_ALL]
        book.note(
            _start(path), "every service has a profile; without a name, dirg takes all of them"
        )
    for name, names in profiles.items():
        # In a list of names, it would stand for all of these.
        contained = name in containers and names != [name]
        if contained or name == _ALL:
            why = "the name of a container too" if contained else "what dirg takes without a name"
            book.note(_start(path), f"profile {name}: is {why}; it is {name}-profile here")
        found[f"{name}-profile" if contained or name == _ALL else name] = names
    return found


def _start(path: Path) -> SourcePlace:
    return SourcePlace(str(path), 1)
