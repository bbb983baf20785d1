"""The questions to the engines, which are docker commands too, and what docker's answers mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dirg import shapes, ties, who
from dirg.arguments import LABEL, PREVIOUS
from dirg.command import QUERY, Command, Result
from dirg.mounts import ANONYMOUS
from dirg.names import NETWORK_NAME
from dirg.reasons import NOT_UNDERSTOOD, plain
from dirg.state import STATES, HostState, LiveContainer

if TYPE_CHECKING:
    from dirg.host import Host

# Fields are named one by one, since asking for all makes docker compute sizes.
_LS_FIELDS = {
    "id": ".ID",
    "names": ".Names",
    "image": ".Image",
    "state": ".State",
    "status": ".Status",
    "ports": ".Ports",
    "definition": f'(.Label "{LABEL}")',
    "mark": f'(.Label "{who.LABEL}")',
    "created": ".CreatedAt",
}
_LISTED = shapes.Object(dict.fromkeys(_LS_FIELDS, str) | {"id": NETWORK_NAME}, {})
# What is asked besides what a definition has.
_INSPECT_FIELDS = {
    "mounts": ".Mounts",
    "restarts": ".RestartCount",
    # An engine whose disk was full when a container ended lists it as running (20.10, measured).
    "state": ".State.Status",
}


def _format(fields: Mapping[str, str]) -> str:
    """A docker format string that gives a JSON object with these fields."""
    return "{" + ",".join(f'"{key}":{{{{json {field}}}}}' for key, field in fields.items()) + "}"


# So deep that Python gives up counts as well.
_MALFORMED = (ValueError, KeyError, TypeError, RecursionError)


def ls(host: Host) -> Command:
    """The query for every container of a host."""
    arguments = ("container", "ls", "--all", "--no-trunc", "--format", _format(_LS_FIELDS))
    return Command(host, arguments, cause=QUERY)


def listed(result: Result) -> HostState:
    """What a host has, by the answer to ``ls``."""
    if not result.ok:
        return HostState(error=plain(result))
    try:
        found = [_live(answer) for answer in _answers(result, _LISTED)]
    except _MALFORMED:
        return HostState(error=NOT_UNDERSTOOD)
    return HostState({container.name: container for container in found})


def _answers(result: Result, shape: Any) -> list[Any]:
    """The values of an answer, one on each line. Raises ValueError when they are of other shapes.

    Values may hold other characters that Python takes for the end of a line.
    """
    found = [json.loads(line) for line in result.output.split("\n") if line.strip()]
    if not all(each is not None and shapes.fits(each, shape) for each in found):
        raise ValueError
    return found


def _no_flags(words: Iterable[str]) -> list[str]:
    """What engines say is handed to docker again, which is to take none of it for a flag."""
    return [word for word in words if not word.startswith("-")]


def _live(answer: dict[str, Any]) -> LiveContainer:
    # A linked container is listed with its aliases too, as in "db,web/database".
    everything = answer["names"].split(",")
    names = [name for name in everything if "/" not in name]
    return LiveContainer(
        name="".join(names[:1]),
        mark=answer["mark"],
        created=answer["created"],
        linked_by=tuple(name.partition("/")[0] for name in everything if "/" in name),
        id=answer["id"],
        image=answer["image"],
        state=answer["state"],
        status=answer["status"],
        ports=answer["ports"],
        definition=answer["definition"],
    )


def inspect(host: Host, containers: Iterable[LiveContainer]) -> Command:
    """The query for what ``ls`` does not tell of containers it has listed."""
    from dirg.live import FIELDS

    ids = [container.id for container in containers]
    form = _format({**FIELDS, **_INSPECT_FIELDS})
    arguments = ("container", "inspect", "--format", form, *ids)
    return Command(host, arguments, cause=QUERY)


def inspected(state: HostState, result: Result) -> HostState:
    """The state of the containers that ``inspect`` told of; those that went meanwhile are gone.

    Containers that were not asked for stay as ``ls`` told of them. docker gives status 1 for a
    container that is not there as it does for an engine that is not: only what it says tells them
    apart.
    """
    if not result.ok and not result.gone:
        return HostState(error=plain(result))
    try:
        answers = {answer["id"]: answer for answer in _answers(result, shapes.CONTAINER)}
        asked = {live.id for live in state.containers.values()} & {*result.command.arguments}
        if result.ok and not asked <= {*answers}:
            return HostState(error=NOT_UNDERSTOOD)
        shared = _shared(answers.values())
        details = {number: _details(answer, shared) for number, answer in answers.items()}
    except _MALFORMED:
        return HostState(error=NOT_UNDERSTOOD)
    known = {
        name: replace(live, **details.get(live.id, {}))
        for name, live in state.containers.items()
        if live.id in details or live.id not in asked
    }
    return replace(state, containers=known)


def _shared(answers: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    """Where each container has volumes, and which, by the name and by the id of the container."""
    volumes = {}
    for answer in answers:
        places = {word for mount in answer["mounts"] for word in _place(mount)}
        volumes[answer["name"].lstrip("/")] = volumes[answer["id"]] = places
    return volumes


def _place(mount: Mapping[str, Any]) -> tuple[str, str]:
    """The name and the path of a volume; neither looks like the other."""
    return mount.get("Name", ""), mount["Destination"]


def _details(answer: dict[str, Any], shared: Mapping[str, set[str]]) -> dict[str, Any]:
    settings, config = answer["host_config"], answer["config"]
    policy = settings.get("RestartPolicy") or {}
    own = {answer["name"].lstrip("/"), answer["id"]}
    sources = {each.partition(":")[0] for each in settings.get("VolumesFrom") or ()} - own
    others = {name for source in sources for name in shared.get(source, ())}
    labels = config.get("Labels") or {}
    mark = who.read(labels.get(who.LABEL, ""))
    # What another one had at a path before it was made anew is no more its own than what it has.
    own_paths = ties.own_paths(settings)
    # Somebody may have given a volume such a name, too.
    named = _named(settings)
    handed_on = {name for name in named if mark and mark.handed_on(name)}
    anonymous = [
        (mount["Name"], mount["Destination"])
        for mount in answer["mounts"]
        if mount["Type"] == "volume"
        and ANONYMOUS.fullmatch(mount.get("Name", ""))
        and mount["Name"] not in others | (named - handed_on)
        and (mount["Destination"] not in others or mount["Destination"] in own_paths)
    ]
    state = answer.get("state")
    return {
        **({"state": state} if state in STATES else {}),
        "image_id": answer["image"],
        "volumes": tuple(anonymous),
        "handed_on": tuple(name for name, _ in anonymous if name in handed_on),
        "auto_remove": bool(settings.get("AutoRemove")),
        "restart": f"{policy.get('Name') or 'no'}:{policy.get('MaximumRetryCount') or 0}",
        "previous": labels.get(PREVIOUS, ""),
        "stop_timeout": _or_else(config.get("StopTimeout"), 10),
        "restarts": answer.get("restarts"),
        "found": answer,
    }


def _or_else(number: int | None, default: int) -> int:
    return default if number is None else number


def _named(settings: Mapping[str, Any]) -> set[str]:
    """The sources of binds and mounts, which docker does not remove with a container."""
    binds = {bind.partition(":")[0] for bind in settings.get("Binds") or ()}
    return binds | {mount.get("Source", "") for mount in settings.get("Mounts") or ()}


def images(host: Host, names: Iterable[str]) -> Command:
    """The query for images, by their names or ids: those that are there, in the order asked."""
    from dirg.live import IMAGE_FIELDS

    arguments = ("image", "inspect", "--format", _format(IMAGE_FIELDS), *_no_flags(names))
    return Command(host, arguments, cause=QUERY)


def imaged(result: Result) -> list[tuple[str, Mapping[str, Any]]]:
    """The id and the configuration of each image that ``images`` told of."""
    try:
        found = _answers(result, shapes.IMAGE)
        return [(answer["id"], answer["config"] or {}) for answer in found]
    except _MALFORMED:
        return []


def resources(host: Host, kind: str) -> Command:
    """The query for the names of the networks, or of the volumes, of a host."""
    return Command(host, (kind, "ls", "--format", "{{json .Name}}"), cause=QUERY)


def with_resources(state: HostState, result: Result) -> HostState:
    """The state of a host with what ``resources`` told of."""
    if not result.ok:
        return HostState(error=plain(result))
    kind = result.command.arguments[0]
    try:
        found = {(kind, name) for name in _answers(result, str)}
    except _MALFORMED:
        return HostState(error=NOT_UNDERSTOOD)
    return replace(state, resources=state.resources | found)


def made(host: Host, kind: str, names: Iterable[str]) -> Command:
    """The query for all that a host says of networks, or of volumes."""
    arguments = (kind, "inspect", "--format", "{{json .}}", *_no_flags(names))
    return Command(host, arguments, cause=QUERY)


def told_of(result: Result) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What a host said of networks or volumes, by kind and name; those that are there."""
    try:
        found = _answers(result, shapes.RESOURCE)
        return {(result.command.arguments[0], it["Name"]): it for it in found}
    except _MALFORMED:
        return {}


def clock(host: Host) -> Command:
    """The query for the time on an engine."""
    return Command(host, ("info", "--format", "{{json .SystemTime}}"), cause=QUERY)


def age(live: LiveContainer, result: Result) -> float | None:
    """How old a container is, in seconds, by the answer to ``clock``; None where nobody knows."""
    try:
        # Python 3.10 reads neither nanoseconds nor Z.
        told = re.sub(r"\.\d+", "", json.loads(result.output)).replace("Z", "+00:00")
        now = datetime.fromisoformat(told)
        created = datetime.strptime(" ".join(live.created.split()[:3]), "%Y-%m-%d %H:%M:%S %z")
        return (now - created).total_seconds()
    except (ValueError, TypeError, RecursionError):
        return None


def running(state: HostState, names: Iterable[str]) -> list[str]:
    """Those of some containers that run on a host."""
    found = (state.containers.get(name) for name in names)
    return [live.name for live in found if live is not None and live.running]


def stats(host: Host, names: Iterable[str]) -> Command:
    """The query for what running containers use; docker takes two seconds for it."""
    arguments = ("stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", *names)
    return Command(host, arguments, cause=QUERY)


def used(result: Result) -> dict[str, dict[str, str]] | None:
    """What containers use by name, as docker words it; None where it gave no answer."""
    try:
        found = _answers(result, shapes.STATS) if result.ok else None
        return None if found is None else {answer["Name"]: answer for answer in found}
    except _MALFORMED:
        return None
