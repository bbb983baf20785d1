"""What docker inspect says of containers, without what it decides anew each time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engines.lab import Engine, Lab

# What docker decides anew each time it makes a container from the same definition.
LEFT_OUT = {
    "Id": "random",
    "Created": "a time",
    "State": "times and a process id",
    "ResolvConfPath": "a path with the id",
    "HostnamePath": "a path with the id",
    "HostsPath": "a path with the id",
    "LogPath": "a path with the id",
    "GraphDriver": "paths with random names",
    "NetworkSettings": "addresses and ids that are given out one after another",
}


def everything_of(lab: Lab) -> dict[str, dict[str, Any]]:
    return {engine.name: inspected(engine) for engine in lab.engines}


def differences(before: Any, after: Any, where: str = "") -> dict[str, Any]:
    """What differs between two trees, by its path: the whole trees are too long to read."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return {} if before == after else {where: (before, after)}
    found: dict[str, Any] = {}
    for key in {**before, **after}:
        found |= differences(before.get(key), after.get(key), f"{where}/{key}")
    return found


def inspected(engine: Engine) -> dict[str, Any]:
    """What inspect says of the containers of an engine, ids replaced by names."""
    text = json.dumps([engine.inspect(name) for name in engine.names()])
    for found in json.loads(text):
        # A container whose network another one joins is known by its id.
        text = text.replace(found["Id"], f"<id of {found['Name']}>")
        text = text.replace(found["Id"][:12], f"<id of {found['Name']}>")
    # What is left are the names of anonymous volumes.
    text = re.sub(r"(?<!sha256:)\b[0-9a-f]{64}\b(?=[\"/])", "<anonymous>", text)
    found = {each["Name"].strip("/"): each for each in json.loads(text)}
    for each in found.values():
        # Engines and the CLI keep these in maps, and tell them in another order each time.
        for part, key in (("Config", "Env"), ("HostConfig", "Links"), ("HostConfig", "Binds")):
            each[part][key] = each[part][key] and sorted(each[part][key])
        # The CLI 20.10 hands these on as they are written, later ones in upper case.
        for key in ("CapAdd", "CapDrop"):
            each["HostConfig"][key] = [word.upper() for word in each["HostConfig"][key] or ()]
        each["Mounts"] = sorted(each["Mounts"], key=str)
    return {
        name: {key: value for key, value in each.items() if key not in LEFT_OUT}
        | {"Networks": _networks(each)}
        for name, each in found.items()
    }


def _networks(inspected: dict[str, Any]) -> dict[str, Any]:
    """What was asked of each network; the rest of it are addresses and ids."""
    return {
        name: {key: network[key] for key in ("IPAMConfig", "Links", "Aliases")}
        for name, network in inspected["NetworkSettings"]["Networks"].items()
    }


def remove_containers(engine: Engine) -> None:
    engine.docker("rm", "--force", "--volumes", *engine.names())
    volumes = engine.volumes()
    if volumes:
        engine.docker("volume", "rm", *volumes)
