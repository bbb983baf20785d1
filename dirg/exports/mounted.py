"""What a container has mounted, as Docker Compose says it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any

from dirg import mounts
from dirg.exports.yaml_text import listed

Note = Callable[[str, str], None]

_VOLUME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_MODES = {"ro", "rw", "nocopy", "z", "Z"}
_MODES |= {"private", "rprivate", "shared", "rshared", "slave", "rslave"}
_TRUE = ("", "1", "t", "true")
# The fields of a mount that have a key of Compose, by the way to it.
_TEXTS = {
    "consistency": ("consistency",),
    "bind-propagation": ("bind", "propagation"),
    "bind-recursive": ("bind", "recursive"),
    "volume-subpath": ("volume", "subpath"),
    "image-subpath": ("image", "subpath"),
    "tmpfs-size": ("tmpfs", "size"),
}
_SWITCHES: dict[str, tuple[tuple[str, ...], object]] = {
    "readonly": (("read_only",), True),
    "bind-nonrecursive": (("bind", "recursive"), "disabled"),
    "bind-create-src": (("bind", "create_host_path"), True),
    "volume-nocopy": (("volume", "nocopy"), True),
}


def key(name: str) -> str:
    """The key of a network or a volume; Compose would take some for extensions."""
    return f"_{name}" if name.startswith("x-") else name


def volume_of(source: str) -> str:
    """The name of a volume where a source is one; empty where it is a path."""
    return source if _VOLUME.fullmatch(source) else ""


def binding(word: str, note: Note) -> str:
    """What ``-v`` takes, for the list of volumes."""
    source, _, rest = word.partition(":")
    _, _, mode = rest.partition(":")
    for each in mode.split(",") if mode else ():
        if each not in _MODES:
            note("volume_bindings", f"Compose ignores {each} in {word}")
    return f"{key(source) if volume_of(source) else source}:{rest}"


def mount(word: str, note: Note) -> dict[str, Any]:
    """What ``--mount`` takes, for the list of volumes; nothing where docker would refuse it."""
    fields = _fields(word)
    if not fields:
        note("mount", f"{word} is no mount")
        return {}
    given = dict(fields)
    kind = given.get("type", "volume")
    found: dict[str, Any] = {"type": kind}
    source = given.get("source", "")
    if source:
        found["source"] = key(source) if kind == "volume" else source
    found["target"] = given.get("target", "")
    if kind == "bind":
        # Compose would make a missing directory, where docker refuses the mount.
        found["bind"] = {"create_host_path": False}
    for name, value in fields:
        if name not in ("type", "source", "target"):
            _add(found, name, value, note)
    labels = [value for name, value in fields if name == "volume-label"]
    if labels:
        pairs = dict(label.partition("=")[::2] for label in labels)
        found.setdefault("volume", {})["labels"] = listed(pairs)
    return found


def volumes(bindings: Iterable[str], mounted: Iterable[str]) -> list[str]:
    """The names of the volumes that a container has, by ``-v`` and by ``--mount``."""
    names = [volume_of(word.partition(":")[0]) for word in bindings]
    for fields in map(dict, map(_fields, mounted)):
        names.append(fields.get("source", "") if fields.get("type", "volume") == "volume" else "")
    return [name for name in dict.fromkeys(names) if name]


def _fields(word: str) -> list[tuple[str, str]]:
    try:
        return [*mounts.fields(word)]
    except csv.Error:
        return []


def _add(found: dict[str, Any], name: str, value: str, note: Note) -> None:
    if name in _SWITCHES:
        way, meant = _SWITCHES[name]
        if value.lower() in _TRUE:
            _put(found, way, meant)
    elif name == "tmpfs-mode" and re.fullmatch("[0-7]+", value):
        _put(found, ("tmpfs", "mode"), int(value, 8))
    elif name in _TEXTS:
        _put(found, _TEXTS[name], value)
    elif name in ("volume-driver", "volume-opt"):
        note("mount", f"{name}={value} can only be said of the volume, at the top level")
    elif name != "volume-label":
        note("mount", f"Compose has no {name}={value}")


def _put(found: dict[str, Any], way: tuple[str, ...], value: object) -> None:
    *outer, last = way
    for each in outer:
        found = found.setdefault(each, {})
    found[last] = value
