"""Which containers hang on which, so that they have to be replaced together.

docker remembers the id of what a container links to or shares a network with: of a new container of
the same name it knows nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from dirg import selection
from dirg.names import reserved
from dirg.state import Difference, HostState, LiveContainer

if TYPE_CHECKING:
    from dirg.steps import Deployment, States

# The properties that tie a container to another one, and where docker says so.
_PROPERTIES = ("links", "link", "net", "network", "pid", "ipc")
_MODES = {"NetworkMode": "net", "PidMode": "pid", "IpcMode": "ipc"}

Users = Mapping[str, Mapping[str, str]]


def users(known: Iterable[Deployment], states: States) -> Users:
    """For each container those that hang on it, each by a property: by definition, or as they are.

    ``known``: the containers of the description. Only those that exist count.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for deployment in known:
        there = states.get(deployment.host, HostState())
        for each in deployment.definition.references:
            both = each.name in there.containers and deployment.name in there.containers
            if each.property in _PROPERTIES and both:
                found[each.name].setdefault(deployment.name, each.property)
    for there in states.values():
        for used, user, how in _live(there):
            if user in there.containers and not reserved(user):
                found[used].setdefault(user, how)
    return found


def ports(live: LiveContainer | None) -> Iterator[tuple[str, int]]:
    """The ports of its host that a container has: protocol and number."""
    settings = live.found.get("host_config", {}) if live else {}
    for port, places in (settings.get("PortBindings") or {}).items():
        protocol = str(port).partition("/")[2] or "tcp"
        for place in places or ():
            first, _, last = str(place.get("HostPort") or "0").partition("-")
            yield from ((protocol, each) for each in range(int(first), int(last or first) + 1))


def all_used(there: HostState) -> dict[str, dict[str, str]]:
    """What each container hangs on as it is, by which property; an id for what is gone."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for used, user, how in _live(there):
        found[user][used] = how
    return found


def stale(live: LiveContainer, there: HostState) -> Iterator[Difference]:
    """What a container hangs on that has been made anew since: it goes on with the one of before.

    docker tells the name of what it links to, whether that is still there or not; only the new one
    of that name knows nothing of the link (measured, 20.10 and 28.5).
    """
    settings = live.found.get("host_config", {})
    links = (str(link).partition(":")[0].lstrip("/") for link in settings.get("Links") or ())
    for name in dict.fromkeys(links):
        target = there.containers.get(name)
        if target is None or live.name not in target.linked_by:
            yield Difference("links", f"the {name} of before", name)
    yield from _stale_volumes(live, there)


def _stale_volumes(live: LiveContainer, there: HostState) -> Iterator[Difference]:
    """The sources of volumes that have other ones by now, at paths without a mount of its own.

    Of several that have a mount at the same path, docker takes the last.
    """
    wanted: dict[str, tuple[str, str]] = {}
    settings = live.found.get("host_config", {})
    for source in settings.get("VolumesFrom") or ():
        name = str(source).partition(":")[0]
        found = there.called(name)
        if not found and name != live.name:
            yield Difference("volumes_from", f"the {name} of before", name)
        for target in found if name != live.name else ():
            wanted |= {path: (mount, target.name) for path, mount in _mounts(target)}
    own, has = own_paths(settings), dict(_mounts(live))
    lost = (
        name for path, (mount, name) in wanted.items() if path not in own and has.get(path) != mount
    )
    for name in dict.fromkeys(lost):
        yield Difference("volumes_from", f"the {name} of before", name)


def _mounts(live: LiveContainer) -> Iterator[tuple[str, str]]:
    """Where a container has something that others may have from it, and which."""
    for mount in live.found.get("mounts", ()):
        if mount["Type"] in ("volume", "bind"):
            yield mount["Destination"], mount.get("Name") or mount.get("Source", "")


def own_paths(settings: Mapping[str, Any]) -> set[str]:
    """The paths that a container has mounts of its own at, by its HostConfig.

    A volume without a name is none of these: what comes from another container goes before it.
    """
    binds = (str(bind).split(":")[1:2] for bind in settings.get("Binds") or ())
    targets = (mount.get("Target", "") for mount in settings.get("Mounts") or ())
    paths = (*(path for each in binds for path in each), *targets, *(settings.get("Tmpfs") or ()))
    return {normpath(path) for path in paths if path}


def _live(there: HostState) -> Iterable[tuple[str, str, str]]:
    names = {live.id: live.name for live in there.containers.values()}
    for live in there.containers.values():
        yield from ((live.name, user, "links") for user in live.linked_by)
        settings = live.found.get("host_config", {})
        for key, how in _MODES.items():
            kind, _, number = str(settings.get(key, "")).partition(":")
            if kind == "container":
                yield names.get(number, number), live.name, how


def all_users(users: Users, name: str) -> dict[str, tuple[str, str]]:
    """All that hang on a container, also by way of others: each by which property, on what."""
    found: dict[str, tuple[str, str]] = {}
    waiting = [name]
    for used in waiting:
        for user, how in users.get(used, {}).items():
            if user != name and user not in found:
                found[user] = (how, used)
                waiting.append(user)
    return found


def sharing(deployments: Iterable[Deployment]) -> dict[str, dict[str, None]]:
    """For each container those of some that have its volumes, by definition."""
    found: dict[str, dict[str, None]] = {}
    for deployment in deployments:
        for each in deployment.definition.references:
            if each.property == "volumes_from":
                found.setdefault(each.name, {})[deployment.name] = None
    return found


def leading_to(users: Users, wanted: Callable[[str], bool]) -> set[str]:
    """The containers on which some wanted ones hang, also by way of others."""
    used_by: dict[str, list[str]] = defaultdict(list)
    for used, hanging in users.items():
        for user in hanging:
            used_by[user].append(used)
    waiting = [user for user in used_by if wanted(user)]
    found: set[str] = set()
    for user in waiting:
        new = [used for used in used_by.get(user, ()) if used not in found]
        found.update(new)
        waiting += new
    return found


def groups(
    needs: Mapping[str, Sequence[str]],
    tied: Iterable[tuple[str, str]],
    before: Iterable[tuple[str, str]] = (),
) -> list[list[str]]:
    """All names in groups, each after those it needs, also within its group.

    ``tied``: pairs that belong together. So do those that need each other by way of these.
    ``before``: pairs of which the first comes before the second, unless they are in one group.
    """
    order = _sorted(needs)
    after = {name: list(needed) for name, needed in needs.items()}
    for first, second in before:
        after[second].append(first)
    group = {name: {name} for name in needs}
    _join(group, tied)
    while True:
        least = {id(members): min(members) for members in _distinct(group)}
        keys = {name: least[id(members)] for name, members in group.items()}
        edges: dict[str, list[str]] = {keys[name]: [] for name in needs}
        for name, needed in after.items():
            edges[keys[name]] += [keys[each] for each in needed if keys[each] != keys[name]]
        circles = list(selection.cycles(edges))
        if not circles:
            break
        _join(group, ((circle[0], other) for circle in circles for other in circle))
    by_key: dict[str, list[str]] = defaultdict(list)
    for name in order:
        by_key[keys[name]].append(name)
    return [by_key[key] for key in _sorted({keys[name]: edges[keys[name]] for name in needs})]


def _join(group: dict[str, set[str]], pairs: Iterable[tuple[str, str]]) -> None:
    for one, other in pairs:
        if group[one] is not group[other]:
            fewer, more = sorted((group[one], group[other]), key=len)
            more |= fewer
            group.update(dict.fromkeys(fewer, more))


def _distinct(group: Mapping[str, set[str]]) -> Iterable[set[str]]:
    return {id(members): members for members in group.values()}.values()


def _sorted(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """All names, in their order, but each after those it needs."""
    done: dict[str, None] = {}
    for start in needs:
        # The way from the start, with what is still to be looked at from each name.
        path = {start: iter(needs[start])} if start not in done else {}
        while path:
            name = next(reversed(path))
            missing = (each for each in path[name] if each not in done and each not in path)
            if (needed := next(missing, None)) is not None:
                path[needed] = iter(needs[needed])
            else:
                path.popitem()
                done[name] = None
    return list(done)
