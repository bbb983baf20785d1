"""What runs in a container: command, entrypoint, and its variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dirg.errors import Place, mistake
from dirg.imports.compose.dotenv import Entry, entries, interpolated
from dirg.imports.compose.files import keys, source
from dirg.imports.compose.mixed import Known, Mixed, joined, literal
from dirg.imports.compose.values import each, is_null, known, mapped, of_key, settled, switch, text
from dirg.imports.compose.values import entries as entries_of
from dirg.imports.hiding import has_credentials, looks_secret
from dirg.names import VARIABLE, own_variable
from dirg.secret import of_docker
from dirg.values import Items, Text, Value

if TYPE_CHECKING:
    from dirg.imports.compose.context import Service
    from dirg.imports.compose.interpolation import Variables

Words = list[Mixed]
# What makes more than one word, or another one, of a text.
# Octal, hexadecimal, with an exponent, with underscores, or with zeros at the end.
_NUMBER = re.compile(
    r"[-+]?(?:0[0-7_]+|0[xob][0-9a-fA-F_]+|\d+_[\d_]*|(?:\d*\.)?\d+[eE][-+]?\d+|\d*\.\d*0|\d+\.)"
)
_SEVERAL = re.compile(r"[\s'\"\\]")
_RESET = "an empty one is none to docker run, which takes that of the image"


def commands(service: Service) -> None:
    """``command`` and ``entrypoint``, which share the arguments of docker run."""
    command = service.written.get("command")
    entrypoint = service.written.get("entrypoint")
    rest: Words = []
    if entrypoint is not None and not is_null(entrypoint):
        first, *rest = _words(entrypoint) or [Mixed()]
        service.set("entrypoint", first.free())
        if not first.now and first.plain and not _given(command):
            service.note(entrypoint.place, "entrypoint: docker run drops the command of the image "
                         "with it; write the command")  # fmt: skip
    if command is not None and _given(command):
        service.set("command", _command(command, rest))
    elif rest:
        service.set("command", [word.free() for word in rest])
    elif command is not None and not is_null(command) and "entrypoint" not in service.properties:
        service.left_out(command.place, "command", _RESET)


def _given(command: Value | None) -> bool:
    """Whether there is a command with words."""
    if isinstance(command, Items):
        return bool(command.items)
    return isinstance(command, Text) and not command.null and bool(command.text.strip())


def _command(command: Value, before: Words) -> object:
    """A command as it was written, a text or a list; after what the entrypoint has too much."""
    if isinstance(command, Items):
        return [word.free() for word in (*before, *each(command))]
    written = text(command, "text or a list of words")
    words = _split(written, command)
    if written.secret:
        # Split again later, what a secret holds would count, and an error would tell it.
        return [word.free() for word in (*before, *words)]
    if not before:
        return written.free()
    return joined([*(word.quoted() for word in before), written], " ").free()


def _words(value: Value) -> Words:
    """The words of a command, whose text is split as a shell does it."""
    if isinstance(value, Items):
        return each(value)
    written = text(value, "text or a list of words")
    if any(_SEVERAL.search(each.now or "") and not each.secret for each in written.expressions):
        written = Mixed.of(settled(written, value))
    return _split(written, value)


def _split(written: Mixed, value: Value) -> Words:
    try:
        return written.words()
    except ValueError as error:
        raise mistake(value.place, f"{str(error).lower()}; quote it as a shell does") from error


def environment(service: Service) -> None:
    """The variables of ``env_file`` and of ``environment``, which counts more."""
    found: dict[str, tuple[Mixed | None, Place, Variables]] = {}
    for value in _written(service, "env_file"):
        for entry, mixed in _of_file(service, value):
            found[entry.name] = (mixed, entry.place, source(value).variables)
    for value in _written(service, "environment"):
        for key, item, at in entries_of(value):
            _note_number(service, key, item)
            found[key] = (of_key(key, item), at.place, source(value).variables)
    for key, (mixed, place, variables) in found.items():
        _variable(service, key, mixed or of_shell(key, variables), place)


def _note_number(service: Service, key: str, value: object) -> None:
    """Note what YAML takes for a number that is written otherwise, as 022 for 18."""
    if isinstance(value, Text) and not value.style and _NUMBER.fullmatch(value.text):
        text = f"environment.{key}: {value.text} is taken as it is written"
        service.note(value.place, f"{text}; Compose takes a number, and writes it in its own way")


def _written(service: Service, key: str) -> list[Value]:
    """The value of a key where there is one; each item of a list of files."""
    value = service.written.get(key)
    if value is None or is_null(value):
        return []
    return list(value.items) if isinstance(value, Items) and key.endswith("_file") else [value]


def of_shell(key: str, variables: Variables) -> Mixed | None:
    """A variable without a value: that of the shell, or of ``.env``."""
    given = variables.files.get(key)
    return Mixed.of(Known(f"env[{key!r}] or {literal(given)}", given)) if given else None


def _variable(service: Service, key: str, value: Mixed | None, place: Place) -> None:
    """Set a variable, as a secret where it is one."""
    hidden = looks_secret(key) or bool(value and (value.secret or has_credentials(value.now)))
    if of_docker(key) and hidden and value:
        # In the shell, the docker CLI itself would go by it.
        text = f"environment.{key} stays in the open, since docker itself goes by such a variable"
        service.note(place, text)
        hidden, value = False, value.settled()
    if hidden and value and value.now and not value.secret:
        # Whatever has no form in a shell would be a command there.
        known = [key] if VARIABLE.fullmatch(key) else []
        names = [*known, own_variable(service.name, key)]
        name = service.project.book.secret(names, value.now, place, literal=True)
        value = Mixed.of(Known(f"env[{name!r}]", value.now, secret=True))
    other = "env" if hidden else "secret_env"
    service.properties.get(other, {}).pop(key, None)
    property = service.properties.setdefault("secret_env" if hidden else "env", {})
    property[key] = value.free() if value else None


def _of_file(service: Service, value: Value) -> Iterator[tuple[Entry, Mixed | None]]:
    """The variables of a file that ``env_file`` names."""
    parts = (
        {"path": value}
        if isinstance(value, Text)
        else keys(mapped(value, "the path of a file or a map"))
    )
    service.rest("env_file", parts, ("path", "required", "format"))
    if "path" not in parts:
        raise mistake(value.place, "the path is missing; write path: FILE")
    path = source(value).directory / known(parts["path"], "the path of a file")
    required = switch(parts["required"]) if "required" in parts else True
    form = known(parts["format"]) if "format" in parts else ""
    if form not in ("", "raw"):
        raise mistake(parts["format"].place, f"{form!r} is no format of Compose; write raw")
    if not path.is_file():
        if required:
            raise mistake(value.place, f"{path} is no file; write one that is there")
        service.left_out(value.place, f"env_file: {path}", "is not there")
        return
    file = source(value)
    yield from interpolated(entries(path, form == "raw"), file.variables, file.book)


def label_files(service: Service) -> None:
    """The labels of ``label_file``."""
    for value in _written(service, "label_file"):
        for entry, mixed in _of_file(service, value):
            written = mixed.free() if mixed else ""
            service.properties.setdefault("label", {})[entry.name] = written
