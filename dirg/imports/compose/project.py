"""What the services of a project share: its names, its folders, its notes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from dirg.errors import Place, mistake
from dirg.imports.compose.files import Source, absolute, keys
from dirg.imports.compose.mixed import Mixed
from dirg.imports.compose.values import is_null, known, switch
from dirg.names import NAME, reserved
from dirg.values import Pairs, Value

if TYPE_CHECKING:
    from dirg.imports.compose.book import Book
    from dirg.imports.compose.loading import Model, Section

DEFAULT = "default"


class Project:
    """A project: how its services, networks and volumes are called on the host.

    ``relative_to``: the folder of the description; None: paths are written in full.
    """

    def __init__(self, model: Model, book: Book, relative_to: Path | None) -> None:
        self.model = model
        self.name = model.name
        self.book = book
        self.relative_to = relative_to
        self.provided = {*self._provided()}
        self.containers = dict(self._containers())

    def section(self, name: str) -> Section:
        return self.model.sections[name]

    def _provided(self) -> Iterator[str]:
        """The services that are no containers."""
        for name, (key, value) in self.section("services").items():
            written = keys(value) if isinstance(value, Pairs) else {}
            if "provider" in written and not {"image", "build"} & written.keys():
                self.note(key.place, f"services.{name}: has a provider, no container; left out")
                yield name

    def _containers(self) -> Iterator[tuple[str, str]]:
        taken: dict[str, str] = {}
        for service, (key, value) in self.section("services").items():
            if service in self.provided:
                continue
            own = keys(value).get("container_name") if isinstance(value, Pairs) else None
            given = own is not None and not is_null(own)
            name = known(own) if own is not None and given else service
            if not NAME.fullmatch(name) or reserved(name):
                made = f"{self.name}-{service}".strip("._-")
                text = f"services.{service}: {name!r} is no name that dirg gives a container"
                self.book.note(key.place, f"{text}; it is called {made}")
                name = made
            if name in taken:
                text = f"services.{service}: {name} is the container of {taken[name]} already"
                raise mistake(key.place, f"{text}; give it another container_name")
            taken[name] = service
            yield service, name

    def container(self, service: str, place: Place) -> str:
        """The container of a service. Raises DescriptionError for one that is not there."""
        if service not in self.containers:
            raise mistake(place, f"there is no service {service!r}; write one of this file")
        return self.containers[service]

    def resource(self, section: str, key: str, place: Place) -> str:
        """The name of a network or a volume on the host. Raises DescriptionError."""
        found = self.section(section)
        if key not in found and (section, key) != ("networks", DEFAULT):
            what = f"{key!r} is none of the {section} of this file; add it there"
            raise mistake(place, what)
        settings = found[key][1] if key in found else None
        if not isinstance(settings, Pairs):
            return f"{self.name}_{key}"
        values = keys(settings)
        named = values.get("name")
        old = values.get("external")
        if isinstance(old, Pairs) and named is None:
            named = keys(old).get("name")
        if named is not None and not is_null(named):
            return known(named)
        return key if external(values) else f"{self.name}_{key}"

    def note(self, place: Place, text: str) -> None:
        self.book.note(place, text)

    def path(self, written: Mixed, file: Source, place: Place) -> Mixed:
        """A path of a Compose file so that it is the same from the description's folder."""
        first = written.parts[0] if written.parts else ""
        if isinstance(first, str):
            if first.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", first):
                return written
            return self._moved(written, file)
        if not first.now or first.now.startswith(("/", "~")) or self._at_home(file):
            return written
        self.note(place, f"{written.now} is taken as the path, whatever the variables hold later")
        return self._moved(written.settled(), file)

    def _at_home(self, file: Source) -> bool:
        here = self.relative_to
        return here is not None and here.resolve() == file.directory.resolve()

    def _moved(self, written: Mixed, file: Source) -> Mixed:
        """A relative path, as seen from the folder of the description."""
        if self.relative_to is None:
            folder = absolute(file.directory)
        else:
            folder = os.path.relpath(file.directory.resolve(), self.relative_to.resolve())
        if written.plain:
            path = normpath(f"{folder}/{written.now}")
            return Mixed.of(path if path.startswith(("/", ".")) else f"./{path}")
        folder = folder if folder.startswith(("/", ".")) else f"./{folder}"
        rest = Mixed.of(str(written.parts[0]).removeprefix("./"), *written.parts[1:])
        return Mixed.of(f"{folder.rstrip('/')}/", rest)

    def absolute(self, written: Mixed, file: Source) -> Mixed:
        """A path where dirg takes none that is relative."""
        first = written.parts[0] if written.parts else ""
        if not isinstance(first, str) or first.startswith("/"):
            return written
        if first.startswith("~"):
            return Mixed.of(os.path.expanduser(first), *written.parts[1:])
        rest = Mixed.of(first.removeprefix("./"), *written.parts[1:])
        whole = Mixed.of(f"{absolute(file.directory)}/", rest)
        return Mixed.of(normpath(whole.now)) if whole.plain else whole


def external(settings: Mapping[str, Value]) -> bool:
    """Whether something is there already."""
    value = settings.get("external")
    if value is None or is_null(value):
        return False
    return isinstance(value, Pairs) or switch(value)
