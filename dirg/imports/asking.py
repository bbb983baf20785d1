"""Asks hosts for all that an import of their containers has to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dirg import queries, survey
from dirg.host import Host
from dirg.imports import containers
from dirg.imports.containers import Source

if TYPE_CHECKING:
    from dirg.session import Session
    from dirg.state import HostState

Places = Mapping[Host, Mapping[str, str]]


def ask(
    session: Session, places: Places, names: Sequence[str], stopped: bool = False
) -> tuple[list[Source], dict[Host, str]]:
    """What hosts have of the chosen containers; and why others gave no answer.

    ``places``: the hosts, each with the property of a container that says so. ``names``,
    ``stopped``: as for ``containers.chosen``. Raises UsageError for names that fit none, where
    every host gave an answer.
    """
    states = dict(session.observe(places))
    dead = {where: state.error for where, state in states.items() if state.error}
    if not dead:
        containers.unknown(names, (name for it in states.values() for name in it.containers))
    chosen = {
        where: containers.chosen(state, names, stopped)
        for where, state in states.items()
        if where not in dead
    }
    asked = [
        queries.inspect(where, (states[where].containers[name] for name in its))
        for where, its in chosen.items()
        if its
    ]
    for result in session.ask(asked):
        where = result.command.host
        states[where] = queries.inspected(states[where], result)
        if states[where].error:
            dead[where] = states[where].error
    here = {where: states[where] for where in chosen if where not in dead}
    return [*_sources(session, places, _with_images(session, here), chosen)], dead


def _with_images(session: Session, states: Mapping[Host, HostState]) -> dict[Host, HostState]:
    wanted = {
        where: [
            name
            for live in state.containers.values()
            if live.found
            for name in (live.image_id, live.found["config"]["Image"])
        ]
        for where, state in states.items()
    }
    found = survey.inspected_images(session, wanted)
    return {
        where: replace(
            state,
            images={name: number for name, (number, _) in found[where].items()},
            configs=dict(found[where].values()),
        )
        for where, state in states.items()
    }


def _sources(
    session: Session,
    places: Places,
    states: Mapping[Host, HostState],
    chosen: Mapping[Host, Sequence[str]],
) -> list[Source]:
    wanted: dict[tuple[Host, str], list[str]] = {}
    for where, state in states.items():
        # Whoever went meanwhile has nothing any more.
        its = [name for name in chosen[where] if name in state.containers]
        for kind, name in containers.needed(state, its):
            wanted.setdefault((where, kind), []).append(name)
    asked = [queries.made(where, kind, names) for (where, kind), names in wanted.items()]
    told: dict[Host, dict[tuple[str, str], Mapping[str, Any]]] = {}
    for result in session.ask(asked):
        told.setdefault(result.command.host, {}).update(queries.told_of(result))
    return [
        Source(
            where,
            places[where],
            state,
            told.get(where, {}),
        )
        for where, state in states.items()
    ]
