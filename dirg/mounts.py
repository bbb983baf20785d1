"""What ``--mount`` takes, and how an engine says what it has mounted."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import normpath
from typing import Any

_NAMES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
}
_SWITCHES = ("readonly", "bind-nonrecursive", "bind-create-src", "volume-nocopy")
_TRUE = ("", "1", "t", "T", "true", "TRUE", "True")
# What docker does in any case, or only on other systems.
_NOTHING = {
    ("type", "volume"),
    ("bind-propagation", "rprivate"),
    ("bind-recursive", "enabled"),
    ("volume-driver", "local"),
}
# The name of a volume that nobody gave it; ids of containers look the same.
ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_SIZES = r"(\d+)([kmgtp]?)i?b?"

Fields = list[tuple[str, str]]


def canonical(written: str) -> str:
    """A mount in its short form: its type, then sorted, without what docker does in any case."""
    return word(fields(written))


def fields(written: str) -> Iterator[tuple[str, str]]:
    """The parts of a mount, by one name of each."""
    import csv

    for cell in next(csv.reader([written]), []):
        name, _, value = cell.partition("=")
        yield _NAMES.get(name.lower(), name.lower()), value


def plain_path(written: str) -> str:
    """A path as docker cleans it, unlike POSIX with one slash to begin with; a name as it is."""
    return normpath(re.sub("^/+", "/", written)) if written.startswith("/") else written


def word(fields: Iterable[tuple[str, str]]) -> str:
    """A mount as one word, from its fields in any order."""
    found = {field for each in fields for field in _field(*each)} - _NOTHING
    shown = sorted(found, key=lambda field: (field[0] != "type", field))
    return csv_line(f"{name}={value}" if value else name for name, value in shown)


def csv_line(cells: Iterable[str]) -> str:
    """Cells as a line of CSV, in which docker reads some flags."""
    line = io.StringIO()
    import csv

    csv.writer(line, lineterminator="").writerow(list(cells))
    return line.getvalue()


def _field(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name in _SWITCHES:
        # CLI 28 has another name for it.
        yield from [(name, "")] if value in _TRUE and name != "bind-nonrecursive" else []
        yield from [("bind-recursive", "disabled")] if value in _TRUE and "nonrec" in name else []
    elif name == "tmpfs-mode":
        yield name, f"{int(value, 8):o}"
    elif name == "tmpfs-size":
        yield name, _bytes(value)
    # An anonymous volume has a name that nobody gave it.
    elif name != "consistency" and not (name == "source" and ANONYMOUS.fullmatch(value)):
        yield name, plain_path(value) if name in ("source", "target") else value


def _bytes(written: str) -> str:
    match = re.fullmatch(_SIZES, written, re.ASCII | re.IGNORECASE)
    power = " kmgtp".index(match[2].lower() or " ") if match else 0
    return str(int(match[1]) * 1024**power) if match else written


def of_engine(mount: Mapping[str, Any]) -> str:
    """A mount as one word, from an element of ``HostConfig.Mounts``."""
    return word(_fields(mount))


def _fields(mount: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, keys in _OF_ENGINE.items():
        value: Any = mount
        for key in keys:
            value = (value or {}).get(key)
        if isinstance(value, Mapping):
            yield from ((name, f"{key}={item}" if item else key) for key, item in value.items())
        elif name == "tmpfs-mode" and value:
            yield name, f"{value:o}"
        elif value:
            yield name, "true" if value is True else str(value)
    recursive = mount.get("BindOptions") or {}
    for key, value in _RECURSIVE.items():
        if recursive.get(key):
            yield "bind-recursive", value


_OF_ENGINE = {
    "type": ("Type",),
    "source": ("Source",),
    "target": ("Target",),
    "readonly": ("ReadOnly",),
    "bind-propagation": ("BindOptions", "Propagation"),
    "bind-create-src": ("BindOptions", "CreateMountpoint"),
    "volume-nocopy": ("VolumeOptions", "NoCopy"),
    "volume-label": ("VolumeOptions", "Labels"),
    "volume-driver": ("VolumeOptions", "DriverConfig", "Name"),
    "volume-opt": ("VolumeOptions", "DriverConfig", "Options"),
    "volume-subpath": ("VolumeOptions", "Subpath"),
    "image-subpath": ("ImageOptions", "Subpath"),
    "tmpfs-size": ("TmpfsOptions", "SizeBytes"),
    "tmpfs-mode": ("TmpfsOptions", "Mode"),
}
_RECURSIVE = {
    "NonRecursive": "disabled",
    "ReadOnlyNonRecursive": "writable",
    "ReadOnlyForceRecursive": "readonly",
}
