"""``ports`` of a service: where its ports are published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dirg.errors import mistake
from dirg.imports.compose.files import items, keys
from dirg.imports.compose.mixed import Mixed, Written, joined
from dirg.imports.compose.values import known, listed, settled, text
from dirg.values import Pairs, Value

if TYPE_CHECKING:
    from dirg.imports.compose.context import Service

_PORT = re.compile(r"[0-9]{1,5}(?:-[0-9]{1,5})?(?:/(?:tcp|udp|sctp))?")
_EXAMPLE = "write 8080:80, 127.0.0.1:8080:80 or 53:53/udp"
_LONG = ("target", "published", "host_ip", "protocol")


def ports(service: Service, value: Value) -> None:
    """Publish ports: each port of the container with its places on the host."""
    found: dict[str, list[Written | None]] = {}
    for item in listed(value, "a list of ports"):
        port, place = _long(service, item) if isinstance(item, Pairs) else _short(item)
        shown = place.short() if place.parts else None
        if shown not in found.setdefault(port, []):
            found[port].append(shown)
    bindings = {port: at[0] if len(at) == 1 else at for port, at in found.items()}
    service.set("port_bindings", bindings)


def with_protocols(service: Service) -> None:
    """Say tcp of a port where it would take another protocol of its number."""
    bindings = service.properties.get("port_bindings", {})
    exposed = service.properties.get("ports", [])
    others = {port.partition("/")[0] for port in (*bindings, *exposed) if "/" in port}
    named = {f"{port}/tcp" if port in others else port: at for port, at in bindings.items()}
    if named:
        service.set("port_bindings", named)


def _short(item: Value) -> tuple[str, Mixed]:
    """``[[ADDRESS:][PORT]:]PORT[/PROTOCOL]``: the port of the container, and the rest."""
    written = _structured(item)
    *place, port = written.rsplit(":", 1)
    inside = settled(port, item)
    if inside.endswith("/tcp"):
        inside = inside[:-4]
    if not _PORT.fullmatch(inside):
        raise mistake(item.place, f"{written.now!r} is no port; {_EXAMPLE}")
    return inside, place[0] if place else Mixed()


def _structured(item: Value) -> Mixed:
    """A port whose colons are not in variables."""
    written = text(item, "a port")
    if any(":" in (each.now or "") or "/" in (each.now or "") for each in written.expressions):
        return Mixed.of(known(item))
    return written


def _long(service: Service, item: Pairs) -> tuple[str, Mixed]:
    parts = keys(item)
    if "target" not in parts:
        raise mistake(item.place, "the target is missing; write target: PORT")
    for key, _ in items(item):
        if key.text not in _LONG and not (key.text == "mode" and _ingress(parts["mode"])):
            service.left_out(key.place, f"ports.{key.text}")
    protocol = known(parts["protocol"]).lower() if "protocol" in parts else "tcp"
    port = known(parts["target"], "a port")
    port = port if protocol == "tcp" else f"{port}/{protocol}"
    if not _PORT.fullmatch(port):
        raise mistake(item.place, f"{port!r} is no port; {_EXAMPLE}")
    published = text(parts["published"], "a port") if "published" in parts else Mixed()
    if "host_ip" not in parts:
        return port, published
    address = text(parts["host_ip"], "an address")
    if ":" in address.now and not address.now.startswith("["):
        address = Mixed.of("[", address, "]")
    return port, joined([address, published], ":")


def _ingress(mode: Value) -> bool:
    # Without a swarm, docker publishes in one way only.
    return known(mode) in ("ingress", "host")
