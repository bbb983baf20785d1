"""The forms in which properties are written: each reader gives docker's own notation."""

from __future__ import annotations

import os
import re
import shlex

from dirg import networks
from dirg.errors import Place, all_of, mistake
from dirg.values import Items, Pairs, Text, Value, each, text

_TRUE = {"true", "yes", "on", "y"}
_FALSE = {"false", "no", "off", "n"}
_QUOTING = re.compile(r"['\"\\]")
# Between blanks of a shell: Unicode knows more of them.
_WORDS = re.compile(r"[^ \t\r\n]+")
_BINDING_KEYS = ("bind", "ro", "mode")


def switch(value: Value) -> bool:
    """True or false, in any spelling of YAML."""
    written = text(value, "true or false").lower()
    if written in _TRUE:
        return True
    if written in _FALSE:
        return False
    raise mistake(value.place, f"takes true or false, not {written!r}")


def texts(value: Value, form: str) -> list[str]:
    """A list of text; a single text stands for the list of it."""
    if isinstance(value, Pairs):
        raise mistake(value.place, f"takes {form}, not a map")
    return all_of(lambda item: text(item, "text"), each(value))


def pairs(value: Value, joint: str, key: str = "KEY", item: str = "VALUE") -> list[str]:
    """A map, or a list of ``KEY=VALUE`` or ``KEY``; a null value gives the key alone.

    ``key``, ``item``: what an error message calls the two.
    """
    example = f"{key}{joint}{item}"

    def listed(value: Value) -> str:
        written = text(value, "text")
        if not written or written.startswith(joint):
            raise mistake(value.place, f"the {key} is missing; write {example}")
        return written

    def mapped(pair: tuple[Text, Value]) -> str:
        name, value = pair
        if not name.text or joint in name.text:
            raise mistake(name.place, f"{name.text!r} is no {key}; write one without {joint}")
        null = isinstance(value, Text) and value.null
        return name.text if null else f"{name.text}{joint}{text(value, 'text')}"

    return all_of(mapped, value.pairs) if isinstance(value, Pairs) else all_of(listed, each(value))


def command(value: Value) -> list[str]:
    """The words of a command: text is split as a shell splits words, a list is taken as it is."""
    if isinstance(value, Items):
        return all_of(lambda item: text(item, "text"), value.items)
    written = text(value, "text or a list of words")
    if not _QUOTING.search(written):
        # shlex takes its time, and most commands need it not.
        return _WORDS.findall(written)
    try:
        return shlex.split(written)
    except ValueError as error:
        problem = str(error).lower()
        raise mistake(value.place, f"{problem} in {written!r}; quote it as a shell does") from error


def links(value: Value) -> list[str]:
    """``{NAME: ALIAS}`` or a list of ``NAME[:ALIAS]``, as ``NAME:ALIAS``."""
    written = pairs(value, ":", "NAME", "ALIAS")
    return [link if ":" in link else f"{link}:{link}" for link in written]


def volumes(value: Value) -> list[str]:
    """Paths in the container, or anything that ``-v`` takes."""
    texts(value, "a list of paths in the container")
    return all_of(_volume, each(value))


def _volume(item: Value) -> str:
    written = text(item, "text")
    if not written or written.startswith("-"):
        raise mistake(item.place, f"{written!r} is no path in a container; write /PATH")
    return written


def volume_bindings(value: Value, directory: str) -> list[str]:
    """``HOST:CONTAINER[:MODE]`` for each binding; relative host paths begin at ``directory``."""
    if isinstance(value, Pairs):
        written = all_of(lambda pair: _bound(*pair), value.pairs)
    else:
        written = all_of(_written_binding, each(value))
    return [bind(binding, directory) for binding in written]


def _written_binding(item: Value) -> str:
    written = text(item, "text")
    source, _, rest = written.partition(":")
    return _binding(source, rest, item.place, item.place)


def _bound(host: Text, bound: Value) -> str:
    if not isinstance(bound, Pairs):
        path = text(bound, "a path in the container")
        return _binding(host.text, path, host.place, bound.place)
    parts = {key.text: value for key, value in bound.pairs}
    for key, _ in bound.pairs:
        if key.text not in _BINDING_KEYS:
            raise mistake(key.place, f"{key.text!r} is unknown; a binding takes bind, ro and mode")
    if "bind" not in parts:
        raise mistake(bound.place, "bind is missing; write {bind: PATH}")
    mode = text(parts["mode"], "a mode such as ro or rw,z").split(",") if "mode" in parts else []
    if "ro" in parts and switch(parts["ro"]):
        if "rw" in mode:
            raise mistake(parts["ro"].place, "ro: true contradicts mode: rw; leave one out")
        mode = [*mode, *([] if "ro" in mode else ["ro"])]
    path = text(parts["bind"], "a path in the container")
    binding = _binding(host.text, path, host.place, parts["bind"].place)
    return f"{binding}:{','.join(mode)}" if mode else binding


def _binding(source: str, rest: str, place: Place, target: Place) -> str:
    if not source or source.startswith("-"):
        raise mistake(place, f"{source!r} is no path or volume of a host; write HOST:PATH")
    if not rest.partition(":")[0]:
        raise mistake(target, f"the path in the container is missing; write {source}:PATH")
    return f"{source}:{rest}"


def bind(written: str, directory: str) -> str:
    """A binding as ``-v`` takes it: a source that begins with . or ~ is made absolute."""
    source, colon, rest = written.partition(":")
    return f"{_from(source, directory)}:{rest}" if colon else written


def fields(value: Value, directory: str) -> str:
    """``KEY=VALUE,KEY=VALUE``, which may be written as a map.

    Docker reads it as a line of CSV, so that a value may hold a comma. The source of a bind is made
    absolute.
    """
    if isinstance(value, Pairs):
        written = pairs(value, "=")
    else:
        whole = text(value, "text or a map")
        if len(whole.splitlines()) > 1:
            raise mistake(value.place, "holds a line end, where docker would stop; remove it")
        if "=" not in whole:
            return whole
        import csv

        written = next(csv.reader([whole], strict=False), [])
    from dirg.mounts import csv_line

    parts = [part.partition("=") for part in written]
    if ("type", "=", "bind") in parts:
        parts = [
            (key, equals, _from(path, directory) if key in ("source", "src") else path)
            for key, equals, path in parts
        ]
    return csv_line("".join(part) for part in parts)


def network(value: Value, directory: str) -> str:
    """``NAME`` or ``KEY=VALUE,KEY=VALUE``, which may be written as a map."""
    return _network(fields(value, directory), value.place)


def network_name(value: Value) -> str:
    """A network or a mode, as text."""
    return _network(text(value, "a network or a mode"), value.place)


def _network(word: str, place: Place) -> str:
    """The name of a network stands alone where docker connects to it, and would be a flag there."""
    if any(each.name.startswith("-") for each in networks.written([word])):
        raise mistake(place, f"{word!r} is no network; write a name that begins with no -")
    return word


def _from(source: str, directory: str) -> str:
    return absolute(source, directory) if source.startswith((".", "~")) else source


def absolute(path: str, directory: str) -> str:
    """A path of the description, made absolute: relative ones begin where its file is."""
    return os.path.abspath(os.path.join(directory, os.path.expanduser(path)))
