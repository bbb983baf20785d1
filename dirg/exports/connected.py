"""The networks of a container, as Docker Compose says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dirg import networks
from dirg.exports.mounted import Note, key
from dirg.exports.ulimits import number
from dirg.networks import BRIDGE, Endpoint, without_network

_OF_FIRST = {"network_alias": "alias", "ip": "ip", "ip6": "ip6", "link_local_ip": "link-local-ip"}
_LISTS = {"alias": "aliases", "link-local-ip": "link_local_ips"}
_TEXTS = {"ip": "ipv4_address", "ip6": "ipv6_address", "mac-address": "mac_address"}


def endpoints(spoken: Mapping[str, Sequence[str]]) -> list[Endpoint]:
    """The networks of a container by what it says, the first with what has its own properties."""
    first, *others = networks.written(spoken.get("net", [BRIDGE]))
    more = [(field, word) for name, field in _OF_FIRST.items() for word in spoken.get(name, ())]
    return [Endpoint(first.name, (*first.fields, *more)), *others]


def is_mode(name: str) -> bool:
    """Whether it is a mode for Compose, and no network that a service joins."""
    return name == BRIDGE or without_network(name)


def impossible(found: Sequence[Endpoint]) -> Iterator[str]:
    """What Compose can't say of the networks of a container, in lines."""
    modes = [each for each in found if is_mode(each.name)]
    for each in modes if len(modes) < len(found) else modes[1:]:
        yield f"Compose joins nothing to {each.name} and to another network"
    for each in modes:
        for name, value in each.fields:
            yield f"{each.name} takes no {name}, as in {name}={value}"


def joined(found: Sequence[Endpoint], note: Note) -> dict[str, Any]:
    """The networks by their keys. Compose joins that of the highest priority first."""
    own = [each for each in found if not is_mode(each.name)]
    priorities = range(len(own), 0, -1) if len(own) > 1 else [0]
    return {
        key(each.name): _settings(each, priority, note)
        for each, priority in zip(own, priorities, strict=True)
    }


def _settings(endpoint: Endpoint, priority: int, note: Note) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, value in endpoint.fields:
        if name in _LISTS:
            found.setdefault(_LISTS[name], []).append(value)
        elif name in _TEXTS:
            found[_TEXTS[name]] = value
        elif name == "gw-priority":
            found["gw_priority"] = number(value)
        elif name == "driver-opt":
            option, _, setting = value.partition("=")
            found.setdefault("driver_opts", {})[option] = setting
        else:
            note("network", f"Compose has no {name}={value}")
    if priority:
        found["priority"] = priority
    return found or None
