"""How the anonymous volumes of a container become those of the one that replaces it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from dirg.command import Command, Later
from dirg.targets import anonymous_target, mounts_tmpfs

if TYPE_CHECKING:
    from dirg.state import Difference, LiveContainer
    from dirg.steps import Deployment

# The path of a volume that nobody has asked about.
ANYWHERE = "anywhere"
MOUNTING = ("volumes", "volume_bindings", "volume", "mount", "tmpfs", "volumes_from")


def data(
    deployment: Deployment, live: LiveContainer, reasons: Sequence[Difference] = ()
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The flags that make the anonymous volumes of the old container those of the new one.

    And its own flags, where these have to say so too. ``--volumes-from`` keeps volumes anonymous,
    so that docker removes them with the container. Of another definition, it would bring back the
    binds that are gone; there volumes are named, as those have to be that were named before.
    """
    definition = deployment.definition
    volumes = [(name, path) for name, path in live.volumes if path not in live.given_up]
    if not volumes:
        return (), None
    by_path = {path: name for name, path in volumes}
    options = tuple(_sourced(deployment, by_path))
    # docker inherits nothing from a container that has a tmpfs by --mount (measured, 20.10).
    inheritable = not mounts_tmpfs(definition.options)
    if ANYWHERE in by_path and not inheritable:
        return tuple(_looked_up(deployment)), options
    unchanged = live.definition == definition.digest and not any(
        each.property in MOUNTING for each in reasons
    )
    inherited = inheritable and unchanged and any(name not in live.handed_on for name, _ in volumes)
    named = [
        f"{name}:{path}"
        for name, path in volumes
        if path not in definition.bound and not (inherited and name not in live.handed_on)
    ]
    flags = ("--volumes-from", live.name) if inherited else ()
    return (*flags, *(word for volume in named for word in ("-v", volume))), options


def _looked_up(deployment: Deployment) -> Iterator[str]:
    """The flags that have a shell look up the volumes of a definition that have no name."""
    for flag, value in pairwise(deployment.definition.options):
        if flag in ("-v", "--volume") and ":" not in value:
            yield from ("-v", Later("", _volume_at(deployment, value), f":{value}"))


def _volume_at(deployment: Deployment, path: str) -> Command:
    """The question for the volume that a container has at a path."""
    # Go's templates write text as JSON does.
    quoted = json.dumps(path, ensure_ascii=False)
    form = f"{{{{range .Mounts}}}}{{{{if eq .Destination {quoted}}}}}{{{{.Name}}}}"
    query = ("container", "inspect", "--format", f"{form}{{{{end}}}}{{{{end}}}}")
    return deployment.command(*query, deployment.name)


def _sourced(deployment: Deployment, by_path: Mapping[str, str]) -> Iterator[str]:
    """The flags, with the old volume in each ``--mount`` of an anonymous one."""
    before = ""
    for word in deployment.definition.options:
        target = anonymous_target(word) if before == "--mount" else ""
        before = word
        if not target:
            yield word
        elif ANYWHERE in by_path:
            yield Later(f"{word},source=", _volume_at(deployment, target))
        else:
            yield f"{word},source={by_path[target]}" if target in by_path else word
