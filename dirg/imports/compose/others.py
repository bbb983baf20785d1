"""What a service takes from other containers: namespaces, links, volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dirg.imports.compose.mixed import Mixed
from dirg.imports.compose.values import known, listed, settled, text

if TYPE_CHECKING:
    from dirg.imports.compose.context import Handler, Service
    from dirg.values import Value


def shared(service: Service, value: Value) -> Mixed:
    """A namespace, which may be that of another service."""
    written = text(value)
    kind, *rest = written.split(":", 1)
    if kind.now == "service" and rest:
        return Mixed.of(f"container:{service.container(settled(rest[0], value), value.place)}")
    if kind.now == "container" and rest:
        _described(service, rest[0].now, value)
    return written


def _namespace(name: str) -> Handler:
    return lambda service, value: service.set(name, shared(service, value).short())


def _described(service: Service, container: str, value: Value) -> None:
    """Note that a container has to be there, which is none of this file."""
    if container not in service.project.containers.values():
        what = "is no container of this file; describe it as well"
        service.project.note(value.place, f"{container} {what}")


def _links(service: Service, value: Value) -> None:
    for item in listed(value):
        name, *alias = known(item).split(":", 1)
        container = service.container(name, item.place)
        service.add("links", f"{container}:{alias[0] if alias else name}")


def _external_links(service: Service, value: Value) -> None:
    for item in listed(value):
        name, *alias = known(item).split(":", 1)
        _described(service, name, item)
        service.add("links", f"{name}:{alias[0] if alias else name}")


def _volumes_from(service: Service, value: Value) -> None:
    for item in listed(value):
        kind, *rest = known(item).split(":")
        if kind == "container" and rest:
            _described(service, rest[0], item)
            service.add("volumes_from", ":".join(rest))
        else:
            service.add("volumes_from", ":".join([service.container(kind, item.place), *rest]))


HANDLERS: dict[str, Handler] = {
    "ipc": _namespace("ipc"),
    "pid": _namespace("pid"),
    "external_links": _external_links,
    "links": _links,
    "volumes_from": _volumes_from,
}
