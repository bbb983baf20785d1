"""What is found out of containers before it is decided what is done to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import starmap
from typing import TYPE_CHECKING, Any

from dirg import queries, ties, who
from dirg.errors import DirgError
from dirg.leftovers import Leftover, leftover
from dirg.names import plain_name
from dirg.steps import Deployment, States, by_host, reachable
from dirg.whereabouts import Whereabouts

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.command import Result
    from dirg.host import Host
    from dirg.session import Session
    from dirg.state import HostState, LiveContainer
    from dirg.who import Mark


def with_busy(
    session: Session, deployments: Iterable[Deployment], states: States, take_over: bool = False
) -> States:
    """The states with who is at work on containers that are being replaced.

    What an update has left that has ended without tidying up is nobody's work. ``take_over``: nor
    is that of anybody who is not known to be alive.
    """
    known = dict(states)
    for each in deployments:
        there = known[each.host]
        if not there.leftovers(each.name) or each.name in there.busy:
            continue
        left = leftover(each, there)
        mark = left.mark
        if mark and not _ended(session, left, mark, take_over):
            names = dict.fromkeys((each.name, *mark.members))
            busy = {name: Whereabouts().told(mark, name) for name in names}
            known[each.host] = replace(there, busy={**there.busy, **busy})
    return known


def _ended(session: Session, left: Leftover, mark: Mark, take_over: bool) -> bool:
    ended = Whereabouts().ended(mark)
    if ended is not None or take_over:
        return ended is not False
    # From here nobody can see the process, but it can't take longer than it said.
    (told,) = session.ask([queries.clock(left.deployment.host)])
    made = left.new or left.current
    age = queries.age(made, told) if made else None
    return age is not None and age >= mark.within


def rival(results: Iterable[Result]) -> str:
    """Who is at work, by the labels that were asked for; empty where nobody knows."""
    for result in results:
        mark = who.read(result.output.strip()) if result.ok else None
        if mark and not Whereabouts().ended(mark):
            return Whereabouts().told(mark, plain_name(result.command.arguments[-1]))
    return ""


def details(
    session: Session,
    deployments: Sequence[Deployment],
    states: States,
    images: bool,
    needed: bool,
    others: bool,
) -> States:
    """The states with all that docker knows of containers, and how they differ from definitions.

    A host that gives no answer any more has its error. ``images``: whether it is also asked which
    images their names stand for; ``needed``: whether all of these have to be there;
    ``others``: whether anybody's container may hang on these. Raises DirgError when an image is
    missing.
    """
    asked = _chosen(session, deployments, states)
    inspected = {
        where: [*states[where].containers.values()] if others else its
        for where, its in asked.items()
    }
    known, found = _guessing(session, deployments if images else (), states, asked, inspected)
    here = reachable(deployments, known)
    wanted: dict[Host, list[str]] = {where: [] for where in known}
    for each in here if images else ():
        wanted[each.host].append(each.definition.image)
    for where, there in known.items():
        for live in (there.containers.get(each.name) for each in asked.get(where, ())):
            if live is None:
                continue
            wanted[where] += [live.image_id] if live.found else []
            wanted[where] += [live.previous.partition(" ")[0]] if live.previous else []
    rest = {
        where: [each for each in names if each not in found[where]]
        for where, names in wanted.items()
    }
    for where, more in inspected_images(session, rest).items():
        found[where].update(more)
    if needed:
        _need(session, here, found)
    for where, there in known.items():
        ids = {name: number for name, (number, _) in found[where].items()}
        known[where] = replace(there, images=ids, configs=dict(found[where].values()))
    definitions = {each.name: each.definition for each in deployments}
    return {where: _compared(definitions, there) for where, there in known.items()}


def with_resources(
    session: Session, deployments: Iterable[Deployment], states: States
) -> dict[Host, HostState]:
    """The states with the networks and volumes of hosts, where containers need defined ones."""
    asked = dict.fromkeys((each.host, it.kind) for each in deployments for it in each.resources)
    known = dict(states)
    for result in session.ask(queries.resources(*each) for each in asked):
        where = result.command.host
        if not known[where].error:
            known[where] = queries.with_resources(known[where], result)
    return known


def inspected(
    session: Session, deployments: Sequence[Deployment], states: States
) -> dict[Host, HostState]:
    """The states with what docker knows of each container, and of those they hang on."""
    known = dict(states)
    asked = _chosen(session, deployments, states)
    for result in session.ask(starmap(queries.inspect, asked.items())):
        where = result.command.host
        known[where] = queries.inspected(known[where], result)
    return known


def _chosen(
    session: Session, deployments: Sequence[Deployment], states: States
) -> dict[Host, list[LiveContainer]]:
    """The containers of each host that have to be inspected, where there are any."""
    selected, everything = by_host(deployments), by_host(session.everything)
    found = {}
    for where, there in states.items():
        here = selected.get(where, ()), everything.get(where, ())
        names = dict.fromkeys(_of_interest(*here, there))
        found[where] = [there.containers[name] for name in names]
    return {where: chosen for where, chosen in found.items() if chosen}


_Images = dict[str, tuple[str, Mapping[str, Any]]]


def _guessing(
    session: Session,
    wanted: Sequence[Deployment],
    states: States,
    chosen: Mapping[Host, Sequence[LiveContainer]],
    inspected: Mapping[Host, Sequence[LiveContainer]],
) -> tuple[dict[Host, HostState], dict[Host, _Images]]:
    """The states with chosen containers inspected, and images by name and id.

    Which images containers have, only their inspection tells for sure; but they nearly always are
    those of the names that their list tells, and of the definitions that are ``wanted``: these are
    asked for at the same time.
    """
    names: dict[Host, dict[str, None]] = {where: {} for where in states}
    for each in wanted:
        names[each.host][each.definition.image] = None
    for where, containers in chosen.items():
        names[where].update(dict.fromkeys(each.image for each in containers if each.image))
    known, found = dict(states), {where: _Images() for where in states}
    asked = [queries.images(where, its) for where, its in names.items() if its]
    for result in session.ask([*starmap(queries.inspect, inspected.items()), *asked]):
        where = result.command.host
        if result.command.arguments[0] == "container":
            known[where] = queries.inspected(known[where], result)
            continue
        told = queries.imaged(result)
        found[where] = {each[0]: each for each in told}
        if len(told) == len(names[where]):
            found[where].update(zip(names[where], told, strict=True))
    return known, found


def _of_interest(
    deployments: Sequence[Deployment], everything: Sequence[Deployment], there: HostState
) -> Iterator[str]:
    """The names of containers on a host that others are decided by: also those they hang on.

    ``deployments``, ``everything``: the selected ones of this host, and all of the description's.
    """
    selected = dict.fromkeys(each.name for each in deployments)
    for name in selected:
        yield from (live.name for live in (*there.leftovers(name), *there.kept(name)))
    for each in everything:
        needs = each.definition.needs
        if each.name in selected or not selected.keys().isdisjoint(needs):
            yield from (name for name in (each.name, *needs) if name in there.containers)


def inspected_images(session: Session, wanted: Mapping[Host, Sequence[str]]) -> dict[Host, _Images]:
    """Id and configuration of the images that are there, by the name that was asked for."""
    found: dict[Host, _Images] = {where: {} for where in wanted}
    asked = {where: [*dict.fromkeys(names)] for where, names in wanted.items() if names}
    again = []
    for result in session.ask(queries.images(where, names) for where, names in asked.items()):
        where, told = result.command.host, queries.imaged(result)
        if len(told) == len(asked[where]):
            found[where] = dict(zip(asked[where], told, strict=True))
        else:
            # Which ones are missing, docker says in words only.
            again += [queries.images(where, [name]) for name in asked[where]]
    for result in session.ask(again):
        for one in queries.imaged(result):
            found[result.command.host][result.command.arguments[-1]] = one
    return found


def _need(
    session: Session,
    deployments: Sequence[Deployment],
    found: Mapping[Host, _Images],
) -> None:
    for each in deployments:
        image = each.definition.image
        if image not in found[each.host]:
            (told,) = session.ask([queries.images(each.host, [image])])
            where = each.host.name
            raise DirgError(f"{where}: {image}: {told.reason}; no container was touched")


def _compared(definitions: Mapping[str, Definition], there: HostState) -> HostState:
    """The state of a host with how its containers differ from their definitions."""
    names = {live.id: name for name, live in there.containers.items()}
    compared = {
        name: _beside(definitions[name], live, there, names)
        for name, live in there.containers.items()
        if live.found and name in definitions
    }
    return replace(there, containers={**there.containers, **compared})


def _beside(
    definition: Definition, live: LiveContainer, there: HostState, names: Mapping[str, str]
) -> LiveContainer:
    """A container with how it differs from its definition."""
    from dirg import drift

    image = there.configs.get(live.image_id)
    new_image = there.configs.get(there.images.get(definition.image, ""))
    found = drift.differences(definition, live.found, image, names)
    # Of one that was made by hand nobody has ever said what it is to have.
    other_volumes = live.definition and any(each.property in _ANONYMOUS for each in found)
    return replace(
        live,
        differences=(*found, *ties.stale(live, there)),
        given_up=drift.given_up(definition, live.found, image, new_image)
        if other_volumes
        else frozenset(),
    )


# The properties that give a container volumes without a name.
_ANONYMOUS = ("volumes", "mount")
