"""Containers as files of Docker Compose, one for each docker host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from dirg.exports.flags import Flags, on, pairs, texts
from dirg.exports.mounted import Note, key
from dirg.exports.secrets import shell_names
from dirg.exports.service import Service
from dirg.exports.yaml_text import comment, listed, yaml_text
from dirg.records import dataclass
from dirg.steps import by_host

if TYPE_CHECKING:
    from dirg.steps import Deployment

Resources = Mapping[str, Flags]


@dataclass(frozen=True)
class Exported:
    """The text of a Compose file for each docker host, by its name; what Compose can't say."""

    files: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def as_compose(
    deployments: Sequence[Deployment], networks: Resources, volumes: Resources, project: str
) -> Exported:
    """Compose files that make what ``dirg run`` makes.

    ``networks``, ``volumes``: those that are made with them, with the flags of ``docker network
    create`` and ``docker volume create`` as properties; any others have to be there. ``project``:
    what Compose is to call the whole. Values of secrets are not written.
    """
    files: dict[str, str] = {}
    told: dict[str, None] = {}
    for host, here in by_host(deployments).items():
        name = host.name if host.name not in files else " ".join(host.arguments)
        files[name], notes = _file(here, networks, volumes, project)
        told.update(dict.fromkeys(notes))
    return Exported(files, [*told])


def _file(
    here: Sequence[Deployment], networks: Resources, volumes: Resources, project: str
) -> tuple[str, list[str]]:
    together = {each.name for each in here}
    names = shell_names(here)
    services = [Service(each.definition, together, names) for each in here]
    notes = [note for each in services for note in each.notes]
    used_networks = dict.fromkeys(name for each in services for name in each.networks)
    used_volumes = dict.fromkeys(name for each in services for name in each.volumes)
    sections = {
        "services": {each.definition.name: each.settings for each in services},
        "networks": _resources(used_networks, networks, _network, notes, "network"),
        "volumes": _resources(used_volumes, volumes, _volume, notes, "volume"),
    }
    texts = [yaml_text({"name": _project(project)})]
    texts += [yaml_text({name: each}) for name, each in sections.items() if each]
    return "".join(f"{comment(note)}\n" for note in notes) + "\n".join(texts), notes


def _project(name: str) -> str:
    """A name as Compose takes them."""
    return re.sub("[^a-z0-9_-]", "", name.lower()).lstrip("_-") or "dirg"


def _resources(
    used: Iterable[str],
    known: Resources,
    made: Callable[[Flags, Note], dict[str, Any]],
    notes: list[str],
    kind: str,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in used:

        def note(property: str, text: str, name: str = name) -> None:
            notes.append(f"{kind} {name}: {property}: {text}")

        if name in known:
            found[key(name)] = {"name": name, **made(known[name], note)}
        else:
            found[key(name)] = {"name": name, "external": True}
            notes.append(f"{kind} {name} has to be there; docker {kind} create {name} makes it")
    return found


_NETWORK_SWITCHES = {
    "attachable": "attachable",
    "internal": "internal",
    "ipv4": "enable_ipv4",
    "ipv6": "enable_ipv6",
}
_OF_IPAM = ("ipam_driver", "ipam_opt", "subnet", "ip_range", "gateway", "aux_address")


def _network(flags: Flags, note: Note) -> dict[str, Any]:
    flags = {name.replace("-", "_"): value for name, value in flags.items()}
    found = _resource(flags)
    for name, value in flags.items():
        if name in _NETWORK_SWITCHES and value is not None:
            found[_NETWORK_SWITCHES[name]] = on(value)
        elif name not in (*_NETWORK_SWITCHES, *_OF_IPAM, *_OF_BOTH) and texts(value):
            note(name, "Compose has no such key")
    ipam = {
        "driver": next(iter(texts(flags.get("ipam_driver"))), ""),
        "options": pairs(flags.get("ipam_opt")),
        "config": _pools(flags, note),
    }
    ipam = {name: value for name, value in ipam.items() if value}
    return {**found, **({"ipam": ipam} if ipam else {})}


def _pools(flags: Flags, note: Note) -> list[dict[str, Any]]:
    """Subnets, each with the addresses that belong to it, as docker shares them out."""
    found: list[dict[str, Any]] = [{"subnet": subnet} for subnet in texts(flags.get("subnet"))]
    for name, where in (("ip_range", "ip_range"), ("gateway", "gateway")):
        for text in texts(flags.get(name)):
            pool = _pool(found, text, name, note)
            if pool is not None:
                pool[where] = text
    for host, address in pairs(flags.get("aux_address")).items():
        pool = _pool(found, address, "aux_address", note)
        if pool is not None:
            pool.setdefault("aux_addresses", {})[host] = address
    return found


def _pool(
    pools: Sequence[dict[str, Any]], address: str, name: str, note: Note
) -> dict[str, Any] | None:
    for pool in pools:
        if _within(address, pool["subnet"]):
            return pool
    note(name, f"{address} is in no subnet")
    return None


def _within(address: str, subnet: str) -> bool:
    try:
        return ip_address(address.partition("/")[0]) in ip_network(subnet, strict=False)
    except ValueError:
        return False


_OF_BOTH = ("driver", "opt", "label")


def _volume(flags: Flags, note: Note) -> dict[str, Any]:
    for name, value in flags.items():
        if name not in _OF_BOTH and texts(value):
            note(name, "Compose has no such key")
    return _resource(flags)


def _resource(flags: Flags) -> dict[str, Any]:
    """What networks and volumes have in common."""
    found = {
        "driver": next(iter(texts(flags.get("driver"))), ""),
        "driver_opts": pairs(flags.get("opt")),
        "labels": listed(dict(pairs(flags.get("label")))),
    }
    return {name: value for name, value in found.items() if value}
