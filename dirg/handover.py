"""How the anonymous volumes of a container become those of the one that replaces it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dirg.command import Later
from dirg.drift import Difference
from dirg.state import LiveContainer
from dirg.steps import Deployment
from dirg.targets import anonymous_target

# The path of a volume that nobody has asked about.
ANYWHERE = "anywhere"
_MOUNTING = ("volumes", "volume_bindings", "volume", "mount", "tmpfs", "volumes_from")


def data(
    deployment: Deployment, live: LiveContainer, reasons: Sequence[Difference] = ()
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The flags that make the anonymous volumes of the old container those of the new one.

    And its own flags, where these have to say so too. ``--volumes-from`` keeps volumes anonymous,
    so that docker removes them with the container. Of another definition, it would bring back the
    binds that are gone; there volumes are named, as those have to be that were named before.
    """
    definition = deployment.definition
    if not live.volumes:
        return (), None
    by_path = {path: name for name, path in live.volumes}
    options = tuple(_sourced(deployment, by_path))
    unchanged = live.definition == definition.digest and not any(
        each.property in _MOUNTING for each in reasons
    )
    inherited = unchanged and any(name not in live.handed_on for name, _ in live.volumes)
    named = [
        f"{name}:{path}"
        for name, path in live.volumes
        if path not in definition.bound and not (inherited and name not in live.handed_on)
    ]
    flags = ("--volumes-from", live.name) if inherited else ()
    return (*flags, *(word for volume in named for word in ("-v", volume))), options


def _sourced(deployment: Deployment, by_path: Mapping[str, str]) -> Iterator[str]:
    """The flags, with the old volume in each ``--mount`` of an anonymous one."""
    before = ""
    for word in deployment.definition.options:
        target = anonymous_target(word) if before == "--mount" else ""
        before = word
        if not target:
            yield word
        elif ANYWHERE in by_path:
            form = f'{{{{range .Mounts}}}}{{{{if eq .Destination "{target}"}}}}{{{{.Name}}}}'
            query = ("container", "inspect", "--format", f"{form}{{{{end}}}}{{{{end}}}}")
            yield Later(f"{word},source=", deployment.command(*query, deployment.name))
        else:
            yield f"{word},source={by_path[target]}" if target in by_path else word
