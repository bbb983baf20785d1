"""Running containers as a description: what engines tell, less what images and docker give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dirg import arguments, definitions, drift, live
from dirg.errors import UsageError
from dirg.imports.described import Imported, Properties, noted, plain
from dirg.mounts import ANONYMOUS
from dirg.names import NETWORK_NAME, reserved
from dirg.networks import PREDEFINED
from dirg.records import dataclass
from dirg.resources import NETWORK, VOLUME
from dirg.shown import as_definition

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.host import Host
    from dirg.live import Facts
    from dirg.state import Difference, HostState, LiveContainer

_SHORT = 12


@dataclass(frozen=True)
class Source:
    """A host to import from.

    ``place``: the property that says where a container is; none for docker's own default.
    ``state``: what the host has, inspected. ``made``: what docker says of its networks and volumes,
    by kind and name.
    """

    host: Host
    place: Mapping[str, str]
    state: HostState
    made: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)


def chosen(state: HostState, names: Sequence[str], stopped: bool = False) -> list[str]:
    """The containers of a host to import: those that run, or those that fit the names (globs)."""
    found = sorted(state.containers.values(), key=lambda live: live.name)
    if names:
        return [live.name for live in found if any(fnmatchcase(live.name, each) for each in names)]
    return [live.name for live in found if live.running or stopped]


def unknown(names: Iterable[str], found: Iterable[str]) -> None:
    """Raises UsageError for names that fit no container of any host."""
    known = [*found]
    missing = [name for name in names if not any(fnmatchcase(each, name) for each in known)]
    if missing:
        there = ", ".join(sorted({*known})) or "none"
        raise UsageError(f"no container {' or '.join(missing)} on any host; there are: {there}")


def needed(state: HostState, names: Iterable[str]) -> list[tuple[str, str]]:
    """The networks and volumes that containers use, by kind and name; but for docker's own."""
    found = {}
    for name in names:
        answer = state.containers[name].found
        for network in answer.get("networks") or ():
            found[(NETWORK, network)] = network not in PREDEFINED
        for mount in answer.get("mounts") or ():
            volume = mount.get("Name", "")
            named = mount["Type"] == "volume" and volume and not ANONYMOUS.fullmatch(volume)
            found[(VOLUME, volume)] = bool(named)
    return [key for key, wanted in found.items() if wanted]


def imported(sources: Sequence[Source], names: Sequence[str], stopped: bool = False) -> Imported:
    """The containers of hosts as a description.

    What can't be said there is noted, and so is what is left out.
    """
    found = Imported()
    origin: dict[str, Source] = {}
    for source in sources:
        for name in chosen(source.state, names, stopped):
            why = _unfit(name, origin)
            if why:
                noted(found, [f"{name} on {source.host.name} is left out: {why}"])
                continue
            origin[name] = source
            found.containers[name] = _definition(found, source, name)
        _resources(found, source, [name for name, its in origin.items() if its is source])
    noted(found, _differences(found, origin))
    return found


def _unfit(name: str, origin: Mapping[str, Source]) -> str:
    if reserved(name):
        return "an update of it is under way, or was kept for a rollback"
    if name in origin:
        return f"there is one of that name on {origin[name].host.name}; import it by itself"
    return ""


def _definition(found: Imported, source: Source, name: str) -> Properties:
    container = source.state.containers[name]
    names = {live.id: name for name, live in source.state.containers.items()}
    image = source.state.configs.get(container.image_id)
    facts = live.properties(container.found, image, names)
    if image is None:
        text = "its image is gone, so that what it had of it is written too"
        noted(found, [f"{name}: {text}"])
    noted(found, (f"{name}: {text}" for text in _told(container, source.state)))
    shown = as_definition(name, _one_word(facts), "")
    # One that docker named by its id gets its name, as with dirg.
    if shown.get("hostname") == container.id[:_SHORT]:
        del shown["hostname"]
    shown.pop("image")
    return {"image": container.found["config"]["Image"], **source.place, **shown}


def _told(container: LiveContainer, state: HostState) -> Iterator[str]:
    """What a person may not expect of a container once it is dirg's."""
    config = container.found["config"]
    if not container.running:
        yield "does not run; dirg run starts it"
    if container.state == "paused":
        yield "is paused; dirg run lets it go on"
    test = (config.get("Healthcheck") or {}).get("Test") or [""]
    if test[0] == "CMD":
        yield "its health check calls no shell; the one that is written calls one"
    if state.images.get(config["Image"], "") != container.image_id:
        yield f"{config['Image']} is another image by now, or none; dirg update makes it of that"


def _one_word(facts: Facts) -> Facts:
    """An entrypoint of several words by its first one; the rest goes before the command."""
    rest = facts.get("entrypoint", ())[1:]
    return {**facts, "command": (*rest, *facts.get("command", ()))} if rest else facts


def _differences(found: Imported, origin: Mapping[str, Source]) -> Iterator[str]:
    """What the written containers would have otherwise than those that there are."""
    read = definitions.parse(plain(found), "/")
    for name, source in origin.items():
        definition = arguments.define(read.containers[name], "/")
        for each in _compared(source, source.state.containers[name], definition):
            yield (
                f"{name}: {each.property} can't be written as it is, and would be "
                f"{each.wanted or '(not set)'} instead of {each.found or '(not set)'}"
            )


def _compared(
    source: Source, container: LiveContainer, definition: Definition
) -> tuple[Difference, ...]:
    names = {live.id: name for name, live in source.state.containers.items()}
    image = source.state.configs.get(container.image_id)
    return drift.differences(definition, container.found, image, names)


def _resources(found: Imported, source: Source, names: Sequence[str]) -> None:
    fixed = _fixed_networks(source.state, names)
    for kind, name in needed(source.state, names):
        answer = source.made.get((kind, name))
        if answer is None:
            continue
        if kind == NETWORK and not NETWORK_NAME.fullmatch(name):
            noted(found, [f"network {name!r} is none that dirg makes; it has to be there"])
            continue
        properties = _network(answer, name in fixed) if kind == NETWORK else _volume(answer)
        known = found.networks if kind == NETWORK else found.volumes
        if known.setdefault(name, properties) != properties:
            text = f"{kind} {name} is another one on {source.host.name}; only the first is written"
            noted(found, [text])
        if kind == NETWORK and answer.get("Scope") != "local":
            noted(found, [f"network {name} is one of a swarm; make it by hand"])


def _fixed_networks(state: HostState, names: Iterable[str]) -> set[str]:
    """The networks where containers have addresses of their own, which depend on the subnet."""
    return {
        network
        for name in names
        for network, at in (state.containers[name].found.get("networks") or {}).items()
        if any(((at or {}).get("IPAMConfig") or {}).values())
    }


def _network(answer: Mapping[str, Any], fixed: bool) -> Properties:
    """A network's flags; its subnets only where they matter, else docker chooses free ones."""
    ipam = answer.get("IPAM") or {}
    pools = (ipam.get("Config") or []) if fixed else []
    return _set(
        driver="" if answer.get("Driver") == "bridge" else answer.get("Driver"),
        internal=answer.get("Internal"),
        attachable=answer.get("Attachable"),
        ipv6=answer.get("EnableIPv6"),
        subnet=[pool["Subnet"] for pool in pools if pool.get("Subnet")],
        ip_range=[pool["IPRange"] for pool in pools if pool.get("IPRange")],
        gateway=[pool["Gateway"] for pool in pools if pool.get("Gateway")],
        ipam_driver="" if ipam.get("Driver") == "default" else ipam.get("Driver"),
        ipam_opt=ipam.get("Options"),
        opt=answer.get("Options"),
        label=answer.get("Labels"),
    )


def _volume(answer: Mapping[str, Any]) -> Properties:
    return _set(
        driver="" if answer.get("Driver") == "local" else answer.get("Driver"),
        opt=answer.get("Options"),
        label=answer.get("Labels"),
    )


def _set(**properties: Any) -> Properties:
    return {name: value for name, value in properties.items() if value}
