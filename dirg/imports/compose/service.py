"""A service of a Compose file as a container."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from dirg import options
from dirg.errors import DescriptionError, Mistake
from dirg.imports.compose import (
    building,
    health,
    mounts,
    networks,
    others,
    plain,
    ports,
    process,
    structured,
)
from dirg.imports.compose.context import Handler, Service, unless_wrong
from dirg.imports.compose.files import items
from dirg.imports.compose.values import is_null

if TYPE_CHECKING:
    from dirg.imports.described import Properties

_ORDER = [*options.PROPERTIES, *options.RUN]
_BY_VALUE: dict[str, Handler] = {
    "build": building.build,
    "deploy": health.deploy,
    "depends_on": health.depends_on,
    "gpus": health.gpus,
    "healthcheck": health.healthcheck,
    "ports": ports.ports,
}
# What several keys say together: which of them stands for it in a message.
_TOGETHER: dict[str, Callable[[Service], None]] = {
    "label_file": process.label_files,
    "environment": process.environment,
    "command": process.commands,
    "volumes": mounts.mounts,
    "networks": networks.networks,
}
_COVERED = (
    *_TOGETHER, "configs", "entrypoint", "env_file", "network_mode", "secrets",
)  # fmt: skip
KEYS: dict[str, Handler] = {
    **plain.HANDLERS,
    **structured.HANDLERS,
    **others.HANDLERS,
    **_BY_VALUE,
}


def container(service: Service) -> Properties:
    """The properties of the container of a service.

    Raises DescriptionError with every mistake of the service.
    """
    path = f"services.{service.name}"
    mistakes: list[Mistake] = []
    # Labels of files come before those that count more.
    for key, gather in _TOGETHER.items():
        mistakes += unless_wrong(f"{path}.{key}", partial(gather, service))
    for name, value in items(service.value):
        service.key = name
        if name.text in KEYS and not is_null(value):
            call = partial(KEYS[name.text], service, value)
            mistakes += unless_wrong(f"{path}.{name.text}", call)
        elif name.text not in (*KEYS, *_COVERED):
            service.note(name.place, f"{name.text}: unknown to dirg; left out")
    ports.with_protocols(service)
    if "image" not in service.properties and not mistakes:
        text = "has neither an image nor a build; write image: NAME"
        mistakes.append(Mistake(service.value.place, f"{path}: {text}"))
    if mistakes:
        raise DescriptionError(mistakes)
    return {key: service.properties[key] for key in _ORDER if _there(service, key)}


def _there(service: Service, key: str) -> bool:
    return key in service.properties and service.properties[key] not in ([], {})
