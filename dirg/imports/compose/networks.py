"""Networks and volumes of a project, and the networks that a service joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dirg.errors import mistake
from dirg.imports.compose.context import Service, free_map
from dirg.imports.compose.files import absolute, items, keys, source
from dirg.imports.compose.mixed import Mixed, joined
from dirg.imports.compose.others import shared
from dirg.imports.compose.project import DEFAULT, Project, external
from dirg.imports.compose.values import (
    each,
    is_null,
    known,
    listed,
    mapped,
    number,
    pairs,
    switch,
    text,
)
from dirg.imports.described import Properties
from dirg.mounts import csv_line
from dirg.values import Pairs, Text, Value

_INTERFACE = "com.docker.network.endpoint.ifname"
_FIELDS = {
    "ipv4_address": "ip",
    "ipv6_address": "ip6",
    "mac_address": "mac-address",
    "gw_priority": "gw-priority",
}
# What a single network gets by flags of its own.
_FLAGS = {
    "alias": "network_alias",
    "ip": "ip",
    "ip6": "ip6",
    "link-local-ip": "link_local_ip",
    "mac-address": "mac_address",
}
_SEVERAL = ("alias", "link-local-ip")

Fields = list[tuple[str, Mixed]]


def networks(service: Service) -> None:
    """The networks of a service, or its mode in their place."""
    mode = service.written.get("network_mode")
    if mode is not None and not is_null(mode):
        if not is_null(service.written.get("networks", mode)) and "networks" in service.written:
            raise mistake(mode.place, "network_mode: can't be with networks; leave out one of them")
        service.set("net", shared(service, mode).short())
        return
    all_joined = _joined(service)
    container = service.container(service.name, service.value.place)
    alias = [("alias", Mixed.of(service.name))] if container != service.name else []
    found = [(name, [*alias, *fields]) for name, fields in all_joined]
    if len(found) == 1 and all(name in _FLAGS for name, _ in found[0][1]):
        _single(service, *found[0])
    else:
        service.set("network", [_long(name, fields) for name, fields in found])


def names(value: Value | None) -> list[str]:
    """The networks that ``networks`` of a service names, by their keys."""
    if value is None or is_null(value):
        return []
    if isinstance(value, Pairs):
        return [key.text for key, _ in items(value)]
    return [item.now for item in each(value)]


def _joined(service: Service) -> list[tuple[str, Fields]]:
    """The networks that a service joins, the first one first, and how."""
    value = service.written.get("networks")
    project = service.project
    if value is None or not names(value):
        return [(project.resource("networks", DEFAULT, service.value.place), [])]
    if not isinstance(value, Pairs):
        listing = {known(item): item for item in listed(value, "a list or a map of networks")}
        return [
            (project.resource("networks", name, listing[name].place), [])
            for name in sorted(listing)
        ]
    found = []
    for key, item in items(value):
        name = project.resource("networks", key.text, key.place)
        parts = {} if is_null(item) else keys(mapped(item))
        priority = number(parts["priority"]) if "priority" in parts else 0
        found.append((-priority, key.text, name, _fields(service, key, parts)))
    return [(name, fields) for _, _, name, fields in sorted(found, key=lambda each: each[:2])]


def _fields(service: Service, network: Text, parts: Mapping[str, Value]) -> Fields:
    """How a network is joined, by the names of docker."""
    found: Fields = []
    for key, value in parts.items():
        if is_null(value) or key == "priority" or key.startswith("x-"):
            continue
        if key == "aliases":
            found += [("alias", alias) for alias in each(value)]
        elif key == "link_local_ips":
            found += [("link-local-ip", address) for address in each(value)]
        elif key in _FIELDS:
            found.append((_FIELDS[key], text(value)))
        elif key == "driver_opts":
            found += [
                ("driver-opt", Mixed.of(f"{name}=", item or Mixed()))
                for name, item in pairs(value).items()
            ]
        elif key == "interface_name":
            found.append(("driver-opt", Mixed.of(f"{_INTERFACE}=", text(value))))
        else:
            what = f"networks.{network.text}.{key}"
            service.left_out(value.place, what, "unknown to dirg")
    return found


def _single(service: Service, name: str, fields: Fields) -> None:
    service.set("net", name)
    for field, item in fields:
        if field in _SEVERAL:
            service.add(_FLAGS[field], item.short())
        else:
            service.set(_FLAGS[field], item.short())


def _long(name: str, fields: Fields) -> object:
    """A network as docker's ``--network`` takes it: as a line where a key comes twice."""
    if not fields:
        return name
    whole = [("name", Mixed.of(name)), *fields]
    if len({field for field, _ in whole}) == len(whole):
        return {field: item.short() for field, item in whole}
    if all(item.plain for _, item in whole):
        return csv_line(f"{field}={item.now}" for field, item in whole)
    return joined([Mixed.of(f"{field}=", item) for field, item in whole], ",").short()


def declared(project: Project, section: str) -> dict[str, Properties]:
    """The networks or the volumes of a project that have to be made, with their flags."""
    makers = _NETWORK if section == "networks" else _VOLUME
    found: dict[str, Properties] = {}
    for name, (key, value) in project.section(section).items():
        if not is_null(value):
            mapped(value, "a map")
        settings = keys(value) if isinstance(value, Pairs) else {}
        if external(settings):
            continue
        properties: Properties = {}
        for option, item in settings.items():
            if is_null(item) or option in ("name", "external") or option.startswith("x-"):
                continue
            if option in makers:
                makers[option](project, properties, item)
            else:
                what = f"{section}.{name}.{option}"
                project.note(item.place, f"{what}: unknown to dirg; left out")
        found[project.resource(section, name, key.place)] = properties
    return found


Maker = Callable[[Project, Properties, Value], None]


def _text(name: str) -> Maker:
    def make(project: Project, properties: Properties, value: Value) -> None:
        properties[name] = text(value).short()

    return make


def _map(name: str) -> Maker:
    def make(project: Project, properties: Properties, value: Value) -> None:
        properties[name] = free_map(pairs(value))

    return make


def _volume_opts(project: Project, properties: Properties, value: Value) -> None:
    """The options of a volume; where it is a folder of the host, that in full."""
    found = dict(pairs(value))
    device, how = found.get("device"), found.get("o")
    if device and how and "bind" in how.now.split(",") and device.now.startswith("."):
        found["device"] = Mixed.of(absolute(source(value).directory / device.now))
    properties["opt"] = free_map(found)


def _switch(name: str, default: bool = False) -> Maker:
    def make(project: Project, properties: Properties, value: Value) -> None:
        if (on := switch(value)) != default:
            properties[name] = on

    return make


def _ipam(project: Project, properties: Properties, value: Value) -> None:
    for key, item in items(mapped(value)):
        if key.text == "driver":
            properties["ipam_driver"] = text(item).short()
        elif key.text == "options":
            properties["ipam_opt"] = free_map(pairs(item))
        elif key.text == "config":
            for config in listed(item):
                _pool(project, properties, mapped(config))
        else:
            project.note(key.place, f"ipam.{key.text}: unknown to dirg; left out")


def _pool(project: Project, properties: Properties, config: Pairs) -> None:
    """The addresses of a network; a list where there are several pools."""
    for key, item in items(config):
        if key.text in ("subnet", "gateway", "ip_range"):
            properties.setdefault(key.text, []).append(text(item).short())
        elif key.text == "aux_addresses":
            addresses = {name: at.short() if at else None for name, at in pairs(item).items()}
            properties.setdefault("aux_address", {}).update(addresses)
        else:
            project.note(key.place, f"ipam.config.{key.text}: unknown to dirg; left out")


_NETWORK: Mapping[str, Maker] = {
    "driver": _text("driver"),
    "driver_opts": _map("opt"),
    "internal": _switch("internal"),
    "attachable": _switch("attachable"),
    "enable_ipv4": _switch("ipv4", default=True),
    "enable_ipv6": _switch("ipv6"),
    "labels": _map("label"),
    "ipam": _ipam,
}
_VOLUME: Mapping[str, Maker] = {
    "driver": _text("driver"),
    "driver_opts": _volume_opts,
    "labels": _map("label"),
}
