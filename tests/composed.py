"""Compose files as a person writes them, and what docker gets of them in the end."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dirg import arguments, definitions
from dirg.errors import DirgError
from dirg.imports.compose import read
from dirg.imports.described import Imported, written
from tests.helpers import rendered, undigested

FILE = Path("compose.yml")


def files(contents: Mapping[str, str]) -> None:
    """Write files by their names."""
    for name, content in contents.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def found(text: str, env: Mapping[str, str] | None = None) -> Imported:
    """What is imported from a Compose file of a project called shop."""
    begin = "" if text.startswith("name:") else "name: shop\n"
    FILE.write_text(begin + text, encoding="utf-8")
    return read(FILE, environ=env or {}, relative_to=Path())


def docker(imported: Imported, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The docker command line that runs each container, but for docker run -d and the digest.

    The description is in /srv.
    """
    plain = replace(imported, networks={}, volumes={})
    description = definitions.parse(rendered(written(plain, "Imported."), env), "/srv")
    assert (description.mistakes, description.warnings) == ((), ())
    return {
        name: _line(arguments.define(container, "/srv").run())
        for name, container in description.containers.items()
    }


def built(imported: Imported, name: str = "web") -> str:
    """The arguments of docker build."""
    plain = replace(imported, networks={}, volumes={})
    description = definitions.parse(rendered(written(plain, "Imported.")), "/srv")
    return shlex.join(arguments.define(description.containers[name], "/srv").build)


def _line(words: tuple[str, ...]) -> str:
    line = undigested(shlex.join(words))
    return line.replace(" --label dirg.definition=DIGEST", "").removeprefix("run -d ")


def service(properties: str, more: str = "") -> str:
    """A Compose file with a service called web, whose image is nginx."""
    lines = "".join(f"    {line}\n" for line in properties.splitlines())
    return f"services:\n  web:\n    image: nginx\n{lines}{more}"


def web(properties: str, more: str = "", env: Mapping[str, str] | None = None) -> str:
    """What docker gets of a service called web, after its name, hostname and network."""
    line = docker(found(service(properties, more), env), env)["web"]
    return line.removeprefix("--name web --hostname web ")


def notes(imported: Imported) -> list[str]:
    """The notes without the name of the file."""
    return [note.removeprefix(f"{FILE}:") for note in imported.notes]


def refused(text: str) -> str:
    """What is said of a wrong file."""
    try:
        found(text)
    except DirgError as error:
        return str(error)
    raise AssertionError("it was taken")
