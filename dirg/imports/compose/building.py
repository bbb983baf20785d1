"""``build`` of a service as docker build's flags."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from dirg.imports.compose.context import Service, free_map, short_list
from dirg.imports.compose.files import items, keys, source
from dirg.imports.compose.mixed import Known, Mixed
from dirg.imports.compose.plain import switch_written
from dirg.imports.compose.process import of_shell
from dirg.imports.compose.structured import hosts, ulimits
from dirg.imports.compose.values import each, is_null, known, listed, pairs, text
from dirg.imports.hiding import looks_secret
from dirg.names import own_variable
from dirg.values import Items, Pairs, Value

if TYPE_CHECKING:
    from dirg.imports.described import Properties

_ELSEWHERE = re.compile(r"[a-z+-]+://|git@|target:")
_Maker = Callable[[Service, Value], object]


def build(service: Service, value: Value) -> None:
    """Where the image is built, and how; its name, where none is given."""
    image = service.written.get("image")
    if image is None or is_null(image):
        service.set("image", f"{service.project.name}-{service.name}".lower())
    if not isinstance(value, Pairs):
        service.set("build", _context(service, value).short())
        return
    parts = keys(value)
    if "context" in parts and not is_null(parts["context"]):
        found: Properties = {"context": _context(service, parts["context"]).short()}
    else:
        here = source(value)
        found = {"context": service.project.path(Mixed.of("."), here, value.place).short()}
    for key, item in items(value):
        if is_null(item) or key.text == "context":
            continue
        if key.text in _SECTIONS:
            name, make = _SECTIONS[key.text]
            made = make(service, item)
            if made not in (None, [], {}):
                found[name] = made
        else:
            service.left_out(key.place, f"build.{key.text}")
    service.set("build", found["context"] if len(found) == 1 else found)


def _context(service: Service, value: Value) -> Mixed:
    written = text(value, "a folder or a map")
    return written if _ELSEWHERE.match(written.now) else service.path(written, value)


def _text(service: Service, value: Value) -> object:
    return text(value).short()


def _list(service: Service, value: Value) -> object:
    return short_list(each(value))


def _map(service: Service, value: Value) -> object:
    return free_map(pairs(value))


def _args(service: Service, value: Value) -> object:
    """Secrets are for docker to take from its environment, in none of its arguments."""
    variables, book = source(value).variables, service.project.book
    found: dict[str, Mixed | None] = {}
    for key, item in pairs(value).items():
        given = item or of_shell(key, variables)
        if given and given.now and looks_secret(key):
            own = own_variable(service.name, key)
            name = book.secret([key, own], given.now, value.place, literal=not given.expressions)
            service.note(value.place, f"build.args.{key}: docker keeps it in the image")
            given = None if name == key else Mixed.of(Known(f"env[{name!r}]", given.now, True))
        found[key] = given
    return free_map(found)


def _platforms(service: Service, value: Value) -> object:
    return ",".join(known(item) for item in listed(value))


def _contexts(service: Service, value: Value) -> object:
    """Further contexts; docker itself reads those that are folders, from wherever it is called."""
    found: dict[str, object] = {}
    for key, item in pairs(value).items():
        written = item or Mixed()
        if written.now.startswith("service:"):
            service.left_out(value.place, f"build.additional_contexts.{key}", "it is a service")
        elif _ELSEWHERE.match(written.now):
            found[key] = written.short()
        else:
            found[key] = service.project.absolute(written, source(value)).short()
    return found


def _ssh(service: Service, value: Value) -> object:
    found = pairs(value) if isinstance(value, Pairs | Items) else {known(value): None}
    written = [Mixed.of(f"{key}=", item) if item else Mixed.of(key) for key, item in found.items()]
    return short_list(written)


def _secrets(service: Service, value: Value) -> object:
    """Secrets of the project, by the files or the variables that hold them."""
    found: list[object] = []
    for item in listed(value):
        parts = keys(item) if isinstance(item, Pairs) else {"source": item}
        name = known(parts["source"]) if "source" in parts else ""
        id = known(parts["target"]) if "target" in parts else name
        service.rest("build.secrets", parts, ("source", "target"))
        known_ones = service.project.section("secrets")
        settings = known_ones[name][1] if name in known_ones else None
        origin = keys(settings) if isinstance(settings, Pairs) else {}
        if "file" in origin:
            path = service.project.absolute(text(origin["file"]), source(origin["file"]))
            found.append(Mixed.of(f"id={id},src=", path).short())
        elif "environment" in origin:
            found.append(Mixed.of(f"id={id},env=", text(origin["environment"])).short())
        else:
            service.left_out(item.place, f"build.secrets: {name}", "it has no file")
    return found


def _extra_hosts(service: Service, value: Value) -> object:
    return hosts(value)


_SECTIONS: dict[str, tuple[str, _Maker]] = {
    "additional_contexts": ("build_context", _contexts),
    "args": ("build_arg", _args),
    "cache_from": ("cache_from", _list),
    "cache_to": ("cache_to", _list),
    "dockerfile": ("dockerfile", _text),
    "entitlements": ("allow", _list),
    "extra_hosts": ("add_host", _extra_hosts),
    "isolation": ("isolation", _text),
    "labels": ("label", _map),
    "network": ("network", _text),
    "no_cache": ("no_cache", switch_written),
    "platforms": ("platform", _platforms),
    "provenance": ("provenance", _text),
    "pull": ("pull", switch_written),
    "sbom": ("sbom", _text),
    "secrets": ("secret", _secrets),
    "shm_size": ("shm_size", _text),
    "ssh": ("ssh", _ssh),
    "tags": ("tag", _list),
    "target": ("target", _text),
    "ulimits": ("ulimit", ulimits),
}
