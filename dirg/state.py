"""What the engines really have: the queries, and docker's answers as values.

A host that gives no answer is a value too (``HostState.error``), never an empty host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dirg.arguments import LABEL
from dirg.command import Command, Result
from dirg.host import Host
from dirg.reasons import plain

# Fields are named one by one, since asking for all makes docker compute sizes.
_LS_FIELDS = {
    "id": ".ID",
    "names": ".Names",
    "image": ".Image",
    "state": ".State",
    "status": ".Status",
    "ports": ".Ports",
    "definition": f'(.Label "{LABEL}")',
}
_INSPECT_FIELDS = {
    "id": ".Id",
    "image": ".Image",
    "mounts": ".Mounts",
    "auto_remove": ".HostConfig.AutoRemove",
}


def _format(fields: Mapping[str, str]) -> str:
    """A docker format string that gives a JSON object with these fields."""
    return "{" + ",".join(f'"{key}":{{{{json {field}}}}}' for key, field in fields.items()) + "}"


_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")
_EXITED = re.compile(r"Exited \((\d+)\)")
_NOT_UNDERSTOOD = (ValueError, KeyError, TypeError, AttributeError)
_GARBAGE = "docker gave an answer that is not understood"
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class LiveContainer:
    """A container as an engine has it.

    ``state``: created, running, paused, restarting, removing, exited or dead.
    ``status``: docker's own phrase, such as ``Up 5 minutes (healthy)``.
    ``definition``: the hash of what it was made from, empty where it was made without dirg.
    Known after an inspect: ``image_id``; ``volumes``, the anonymous ones, each with its path in the
    container; ``auto_remove``, that it was made with ``--rm`` and goes when it stops.
    """

    name: str
    id: str = ""
    image: str = ""
    state: str = "running"
    status: str = ""
    ports: str = ""
    definition: str = ""
    image_id: str = ""
    volumes: tuple[tuple[str, str], ...] = ()
    auto_remove: bool = False

    @property
    def running(self) -> bool:
        return self.state in ("running", "restarting", "paused")

    @property
    def exit_status(self) -> int | None:
        """The exit status of one that has exited, as docker's phrase has it."""
        match = _EXITED.match(self.status) if self.state == "exited" else None
        return int(match[1]) if match else None

    @property
    def health(self) -> str:
        """healthy, unhealthy, starting, or nothing where it has no health check."""
        match = _HEALTH.search(self.status)
        return match[1] if match else ""


@dataclass(frozen=True)
class HostState:
    """The containers of a host by name, and the ids of images asked for; or why there are none."""

    containers: Mapping[str, LiveContainer] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


def ls(host: Host) -> Command:
    """The query for every container of a host."""
    arguments = ("container", "ls", "--all", "--no-trunc", "--format", _format(_LS_FIELDS))
    return Command(host, arguments, "query")


def listed(result: Result) -> HostState:
    """What a host has, by the answer to ``ls``."""
    if not result.ok:
        return HostState(error=plain(result))
    try:
        found = [_live(answer) for answer in _answers(result)]
    except _NOT_UNDERSTOOD:
        return HostState(error=_GARBAGE)
    return HostState({container.name: container for container in found})


def _answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.output.splitlines() if line.strip()]


def _live(answer: dict[str, Any]) -> LiveContainer:
    # A linked container is listed with its aliases too, as in "db,web/database".
    names = [name for name in answer["names"].split(",") if "/" not in name]
    return LiveContainer(
        name="".join(names[:1]),
        id=answer["id"],
        image=answer["image"],
        state=answer["state"],
        status=answer["status"],
        ports=answer["ports"],
        definition=answer["definition"],
    )


def inspect(host: Host, containers: Iterable[LiveContainer]) -> Command:
    """The query for what ``ls`` does not tell of containers it has listed."""
    ids = [container.id for container in containers]
    arguments = ("container", "inspect", "--format", _format(_INSPECT_FIELDS), *ids)
    return Command(host, arguments, "query")


def inspected(state: HostState, result: Result) -> HostState:
    """The state of the containers that ``inspect`` told of; those that went meanwhile are gone.

    docker gives status 1 for a container that is not there as it does for an engine that is not:
    only what it says tells them apart.
    """
    if not result.ok and not result.gone:
        return HostState(error=plain(result))
    try:
        details = {answer["id"]: _details(answer) for answer in _answers(result)}
    except _NOT_UNDERSTOOD:
        return HostState(error=_GARBAGE)
    known = {
        name: replace(live, **details[live.id])
        for name, live in state.containers.items()
        if live.id in details
    }
    return replace(state, containers=known)


def _details(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "image_id": answer["image"],
        "volumes": _anonymous(answer),
        "auto_remove": bool(answer["auto_remove"]),
    }


def _anonymous(answer: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (mount["Name"], mount["Destination"])
        for mount in answer["mounts"]
        if mount["Type"] == "volume" and _ANONYMOUS.fullmatch(mount.get("Name", ""))
    )


def image_id(host: Host, image: str) -> Command:
    """The query for the id that the name of an image stands for."""
    return Command(host, ("image", "inspect", "--format", "{{.Id}}", image), "query")


def running(state: HostState, names: Iterable[str]) -> list[str]:
    """Those of some containers that run on a host."""
    found = (state.containers.get(name) for name in names)
    return [live.name for live in found if live is not None and live.running]


def stats(host: Host, names: Iterable[str]) -> Command:
    """The query for what running containers use; docker takes two seconds for it."""
    arguments = ("stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", *names)
    return Command(host, arguments, "query")


def used(result: Result) -> dict[str, dict[str, str]] | None:
    """What containers use by name, as docker words it; None where it gave no answer."""
    try:
        return {answer["Name"]: answer for answer in _answers(result)} if result.ok else None
    except _NOT_UNDERSTOOD:
        return None
