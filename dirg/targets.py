"""Where in a container arguments of docker run mount something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from posixpath import normpath

from dirg import mounts


def bound(arguments: Sequence[str]) -> Iterator[str]:
    """The paths in a container that arguments of docker run mount something at."""
    for flag, value in pairwise(arguments):
        parts = value.split(":")
        if flag in ("-v", "--volume") and len(parts) > 1:
            yield normpath(parts[1])
        elif flag == "--tmpfs":
            yield normpath(parts[0])
        elif flag == "--mount":
            yield _target(dict(mounts.fields(value)))


def anonymous_target(value: str) -> str:
    """Where a value of ``--mount`` puts a volume without a name; empty where it does not."""
    parts = dict(mounts.fields(value))
    anonymous = parts.get("type", "volume") == "volume" and not parts.get("source")
    return _target(parts) if anonymous else ""


def mounts_tmpfs(arguments: Sequence[str]) -> bool:
    """Whether arguments of docker run mount a tmpfs by ``--mount``."""
    values = (value for flag, value in pairwise(arguments) if flag == "--mount")
    return any(dict(mounts.fields(value)).get("type") == "tmpfs" for value in values)


def _target(parts: dict[str, str]) -> str:
    return normpath(parts["target"]) if parts.get("target") else ""
