"""What an engine is to say of a container that is as defined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dirg import live, networks, options
from dirg.live import ADDED, Facts
from dirg.options import Form

if TYPE_CHECKING:
    from dirg.arguments import Definition

# Flags with names of their own here; those of docker have _ in the place of -.
_NAMES = {
    "-e": "env",
    "-p": "port_bindings",
    "-v": "volumes",
    "--dns-opt": "dns_option",
    "--expose": "ports",
    "--link": "links",
    "--net-alias": "network_alias",
    "--network": "net",
    "--publish": "port_bindings",
    "--volume": "volumes",
}


def said(definition: Definition) -> dict[str, list[str]]:
    """What a definition says, by property, in its own words; empty for a switch that is off."""
    found = {"command": list(definition.command)} if definition.command else {}
    arguments = iter(definition.options)
    for flag in arguments:
        option, _, value = flag.partition("=")
        name = _NAMES.get(option) or option[2:].replace("-", "_")
        if name in options.RUN and options.RUN[name].form is Form.SWITCH:
            word = "" if value == "false" else "true"
        else:
            word = next(arguments)
        name = "volume_bindings" if name == "volumes" and ":" in word else name
        found.setdefault(name, []).append(word)
    return found


def wanted(
    definition: Definition,
    image: Mapping[str, Any] | None,
    names: Mapping[str, str] | None = None,
) -> Facts:
    """What ``live.facts`` is to say of a container that is as defined.

    A variable whose value is not written in the definition, such as a secret, is its name alone.
    """
    given = live.inherited(image or {})
    spoken = said(definition)
    first, *others = networks.written(spoken.pop("net", ["bridge"]))
    connected = [first, *sorted(others, key=lambda endpoint: endpoint.name)]
    for name, words in networks.properties(connected).items():
        spoken[name] = [*spoken.get(name, []), *words]
    for name in ADDED:
        spoken[name] = [*given.get(name, ()), *spoken.get(name, [])]
    own = [definition.name, *spoken.get("hostname", [])]
    aliases = spoken.get("network_alias", [])
    spoken["network_alias"] = [alias for alias in aliases if alias not in own]
    found = live.spelt({**spoken, "image": [definition.image]})
    for name in _replaced(found, spoken):
        given.pop(name, None)
    return live.resolved(
        {**given, **{name: words for name, words in found.items() if words}}, names or {}
    )


def _replaced(found: Facts, spoken: Mapping[str, list[str]]) -> Iterator[str]:
    """What a definition takes back of what its image gives, by what it says."""
    yield "ports"
    if "entrypoint" in spoken:
        yield from ("entrypoint", "command")
    if found.get("no_healthcheck"):
        yield "health_cmd"
    if found.get("health_cmd"):
        yield "no_healthcheck"
