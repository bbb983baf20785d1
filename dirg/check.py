"""Everything that can be wrong in a description, told before any engine is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from dirg import arguments, host, networks, references, resources, selection
from dirg.errors import DescriptionError, Mistake, UsageError
from dirg.ports import Taken
from dirg.records import dataclass
from dirg.steps import Deployment
from dirg.waiting import Wait

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.definitions import Description
    from dirg.host import Host
    from dirg.ports import Publication
    from dirg.references import Reference
    from dirg.resources import Resource


@dataclass(frozen=True)
class Checked:
    """A description that was checked: what can be deployed, and every mistake, in their order.

    ``unusable``: the containers that the shell's ``DOCKER_HOST`` is meant for, where it is wrong.
    """

    deployments: Mapping[str, Deployment]
    mistakes: tuple[Mistake, ...]
    unusable: Mapping[str, UsageError]

    def collisions(self, names: Sequence[str]) -> list[Mistake]:
        """The ports that several of some containers publish on the same host."""
        return list(_collisions([self.deployment(name) for name in names]))

    def deployment(self, name: str) -> Deployment:
        """A container that has no mistake. Raises UsageError when its host is wrong."""
        if name in self.unusable:
            raise self.unusable[name]
        return self.deployments[name]


def check(description: Description, environ: Mapping[str, str]) -> Checked:
    """Check services, containers, and what containers say of each other."""
    found = _Found(description, environ)
    mistakes = [
        *description.mistakes,
        *selection.mistakes(description),
        *found.mistakes,
        *(each for name in description.containers for each in found.refusals(name)),
        *found.endless_waits(),
        *found.circles(),
    ]
    # In a loop of the template, a mistake is made again with each round.
    once = {(each.place.source(), each.text): each for each in mistakes}
    return Checked(
        deployments(found.definitions, found.hosts, found.resources),
        tuple(once[key] for key in sorted(once)),
        found.unusable,
    )


def deployments(
    definitions: Mapping[str, Definition],
    hosts: Mapping[str, Host],
    known: Sequence[Resource] = (),
) -> dict[str, Deployment]:
    """The containers whose definition and host are known, with what they wait for.

    ``known``: the networks and volumes of the description, which they may need.
    """
    awaited = {
        name: tuple(
            Wait(hosts[each.name], each.name, each.condition)
            for each in definition.references
            if each.condition and each.name in hosts
        )
        for name, definition in definitions.items()
    }
    by_name = resources.by_name(known)
    one_shots = {
        wait.name for waits in awaited.values() for wait in waits if wait.condition == "completed"
    }
    return {
        name: Deployment(
            definition,
            hosts[name],
            awaited[name],
            name in one_shots,
            resources.needed(definition, by_name),
        )
        for name, definition in definitions.items()
        if name in hosts
    }


class _Found:
    """What can be told of each container, whatever else may be wrong with it."""

    def __init__(self, description: Description, environ: Mapping[str, str]) -> None:
        self.description = description
        self.definitions: dict[str, Definition] = {}
        self.hosts: dict[str, Host] = {}
        self._same: dict[tuple[object, ...], Host] = {}
        self.references: dict[str, tuple[Reference, ...]] = {}
        self.unusable: dict[str, UsageError] = {}
        self.names = selection.Known(description.container_names)
        self.resources, wrong = resources.read(description)
        self.mistakes: list[Mistake] = [each for error in wrong for each in error.mistakes]
        for name, container in description.containers.items():
            referred = self.references[name] = tuple(references.references(container))
            try:
                made = arguments.define(container, description.directory, referred)
                self.definitions[name] = made
            except DescriptionError as error:
                self.mistakes += error.mistakes
            try:
                where = host.of_container(container, environ)
                # What is one and the same is compared fastest.
                same = (where.name, where.arguments, where.environment, where)
                self.hosts[name] = self._same.setdefault(same, where)
            except DescriptionError as error:
                self.mistakes += error.mistakes
            except UsageError as error:
                self.unusable[name] = error

    def refusals(self, name: str) -> Iterator[Mistake]:
        """What docker would refuse of a container."""
        yield from references.refusals(self.description.containers[name])
        for reference in (each for each in self.references[name] if each.name):
            text = self._refusal(name, reference)
            if text:
                yield Mistake(reference.place, f"{reference.property}: {text}", refused=True)

    def _refusal(self, name: str, reference: Reference) -> str:
        if reference.name not in self.names:
            return self.names.unknown(reference.name)
        here, there = self.hosts.get(name), self.hosts.get(reference.name)
        if here and there and here != there and reference.same_host:
            advice = "docker needs both on the same host; move one of them"
            return f"{reference.name} is on {there.name}; {advice}"
        return ""

    def endless_waits(self) -> Iterator[Mistake]:
        """Conditions that what is waited for can never meet."""
        for reference in (each for found in self.references.values() for each in found):
            awaited = self.definitions.get(reference.name)
            flags = awaited.options if awaited else ()
            if reference.condition == "completed" and "--rm" in flags:
                text = "is made with rm, so that nobody can tell how it ended; leave out its rm"
            elif reference.condition == "healthy" and "--no-healthcheck" in flags:
                text = "has no_healthcheck, so that it is never healthy; wait for running"
            else:
                continue
            yield Mistake(reference.place, f"depends_on: {reference.name} {text}")

    def circles(self) -> Iterator[Mistake]:
        """The containers that need each other."""
        needs = {
            name: [each.name for each in references if each.name in self.references]
            for name, references in self.references.items()
        }
        for circle in selection.cycles(needs):
            text = f"containers need each other: {' -> '.join(circle)}; leave out one of these"
            yield Mistake(self.description.containers[circle[0]].place, text)


def _collisions(deployments: Sequence[Deployment]) -> Iterator[Mistake]:
    taken = Taken()
    for deployment in deployments:
        for publication in _published(deployment.definition):
            found = taken.first(deployment.host, publication)
            if found:
                name, other = found
                text = (
                    f"{publication.host.written} of {deployment.host.name} is published by {name} "
                    f"already, at {other.place.source()}; choose another port"
                )
                yield Mistake(publication.place, f"port_bindings: {text}", refused=True)
            taken.add(deployment.host, deployment.name, publication)


def _published(definition: Definition) -> tuple[Publication, ...]:
    """What docker really publishes: nothing in a network mode without ports of its own."""
    for flag, mode in pairwise(definition.options):
        if flag == "--network" and networks.without_network(mode):
            return ()
    return definition.published
