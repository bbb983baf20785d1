"""The networks of a container: what ``--network`` takes, and how an engine says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dirg.records import dataclass

BRIDGE = "bridge"
# Those that every engine has.
PREDEFINED = (BRIDGE, "host", "none")
_OF_ENGINE = re.compile(r"[0-9a-f]{64}")
# CLI 20.10 says it as --sysctl, which engines from 27 on turn into an option of a network.
_SYSCTLS = "com.docker.network.endpoint.sysctls"
# The properties that say of the first network what others need a long form for.
_OF_FIRST = {
    "alias": "network_alias",
    "ip": "ip",
    "ip6": "ip6",
    "link-local-ip": "link_local_ip",
    "mac-address": "mac_address",
}

# The fields of a network that docker network connect has flags for.
_CONNECTING = ("alias", "driver-opt", "gw-priority", "ip", "ip6", "link-local-ip")

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Endpoint:
    """A network of a container, and the fields that are set there, as ``--network`` names them."""

    name: str
    fields: Fields = ()


def written(words: Iterable[str]) -> list[Endpoint]:
    """What ``--network`` says, each time it is given."""
    return [_written(word) for word in words]


def _written(word: str) -> Endpoint:
    if "=" not in word:
        return Endpoint(_network(word))
    cells = [cell.partition("=") for cell in _cells(word)]
    fields = [(name.strip().lower(), value.strip()) for name, _, value in cells]
    name = next((value for name, value in fields if name == "name"), "")
    return Endpoint(_network(name), tuple(field for field in fields if field[0] != "name"))


def connections(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """What docker network connect gets, but for the container, to join all but the first network.

    docker run takes several at once as of engine 25 only. Empty where one of them is to be joined
    in a way that docker network connect does not know.
    """
    others = written(words)[1:]
    if any(name not in _CONNECTING for each in others for name, _ in each.fields):
        return ()
    return tuple(
        (*(word for name, value in each.fields for word in (f"--{name}", value)), each.name)
        for each in others
    )


def _cells(word: str) -> list[str]:
    import csv

    try:
        return next(csv.reader([word]), [])
    except csv.Error:
        return [word]


def _network(name: str) -> str:
    return name if name not in ("", "default") else BRIDGE


def of_engine(answer: Mapping[str, Any]) -> list[Endpoint]:
    """The networks that an engine says a container has, its own one first.

    ``answer``: what it says of the container, see ``dirg.live``.
    """
    mode = str(answer["host_config"].get("NetworkMode") or BRIDGE)
    found: Mapping[str, Any] = answer["networks"] or {}
    if mode.startswith("container:"):
        return [Endpoint(mode)]
    own = _network(mode)
    spelt = {name: own if _is(own, name, at or {}) else name for name, at in found.items()}
    # CLI and engine 20.10 give it these names too.
    hostname = answer["config"].get("Hostname") or ""
    made_up = {answer["id"][:12], answer["name"].removeprefix("/"), hostname}
    endpoints = [
        Endpoint(spelt[name], tuple(_settings(at or {}, made_up, spelt[name] == own)))
        for name, at in found.items()
    ]
    return sorted(endpoints, key=lambda endpoint: (endpoint.name != own, endpoint.name))


def _is(own: str, name: str, found: Mapping[str, Any]) -> bool:
    """Whether a network is the container's own one, which may be told by its id."""
    return own == name or (len(own) >= 12 and str(found.get("NetworkID")).startswith(own))


def given_by_swarm(found: Mapping[str, Any] | None) -> bool:
    """Whether a network is a swarm's, which gives addresses as if they had been asked for.

    Its ids are not those of engines.
    """
    id = str((found or {}).get("NetworkID") or "")
    return bool(id) and not _OF_ENGINE.fullmatch(id)


def _settings(found: Mapping[str, Any], made_up: set[str], own: bool) -> Iterator[tuple[str, str]]:
    asked_for = own or not given_by_swarm(found)
    addresses = (found.get("IPAMConfig") or {}) if asked_for else {}
    yield from (("alias", each) for each in found.get("Aliases") or () if each not in made_up)
    yield "ip", addresses.get("IPv4Address") or ""
    yield "ip6", addresses.get("IPv6Address") or ""
    yield from (("link-local-ip", each) for each in addresses.get("LinkLocalIPs") or ())
    for name, value in (found.get("DriverOpts") or {}).items():
        yield "driver-opt", f"{name}={value}"
    yield "gw-priority", str(found.get("GwPriority") or "")


def properties(endpoints: Sequence[Endpoint]) -> dict[str, list[str]]:
    """Networks as properties: those that only the first one can have, and ``net`` for the rest."""
    found: dict[str, list[str]] = {"net": []}
    for endpoint in endpoints:
        first = endpoint is endpoints[0]
        rest: list[tuple[str, str]] = []
        for name, value in _plain(endpoint.fields):
            if name == "sysctl":
                found.setdefault(name, []).append(value)
            elif first and name in _OF_FIRST:
                found.setdefault(_OF_FIRST[name], []).append(value)
            # What address a further network gave it is not told from one that was asked for.
            elif name != "mac-address":
                rest.append((name, value))
        found["net"].append(_word(endpoint.name, rest))
    return found


def _plain(fields: Fields) -> Iterator[tuple[str, str]]:
    for name, value in fields:
        option, _, settings = value.partition("=")
        if name == "driver-opt" and option == _SYSCTLS:
            yield from (("sysctl", each.replace("IFNAME", "eth0")) for each in settings.split(","))
        elif value:
            yield name, value


def _word(name: str, fields: list[tuple[str, str]]) -> str:
    cells = [f"{key}={value}" for key, value in sorted({*fields})]
    if not cells:
        return name
    from dirg.mounts import csv_line

    return csv_line([f"name={name}", *cells])


def without_network(mode: str) -> bool:
    """Whether a container in this network mode has no network of its own: no ports, no links."""
    return mode in ("host", "none") or mode.startswith("container:")
