"""Everything that can be wrong in a description, told before any engine is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dirg import arguments, host, selection
from dirg.arguments import Definition, Reference
from dirg.definitions import Container, Description
from dirg.errors import DescriptionError, Mistake, UsageError
from dirg.forms import Publication
from dirg.plan import Deployment


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
    mistakes = [*description.mistakes, *selection.mistakes(description)]
    deployments: dict[str, Deployment] = {}
    unusable: dict[str, UsageError] = {}
    for name, container in description.containers.items():
        try:
            deployments[name] = _deployment(container, description.directory, environ)
        except DescriptionError as error:
            mistakes += error.mistakes
        except UsageError as error:
            unusable[name] = error
        mistakes += _unknown(container, description)
    for deployment in deployments.values():
        mistakes += deployment.definition.refusals
        mistakes += _elsewhere(deployment, deployments)
    mistakes += _circles(deployments, description)
    mistakes.sort(key=lambda each: each.place.source())
    return Checked(deployments, tuple(mistakes), unusable)


def _deployment(container: Container, directory: Path, environ: Mapping[str, str]) -> Deployment:
    """Raises DescriptionError with the mistakes of both, the definition and the host."""
    mistakes: list[Mistake] = []
    definition: Definition | None = None
    try:
        definition = arguments.define(container, directory)
    except DescriptionError as error:
        mistakes += error.mistakes
    try:
        place = host.of_container(container, environ)
    except DescriptionError as error:
        mistakes += error.mistakes
    except UsageError:
        if not mistakes:
            raise
    if definition is None or mistakes:
        raise DescriptionError(mistakes)
    return Deployment(definition, place)


def _unknown(container: Container, description: Description) -> Iterator[Mistake]:
    for reference in arguments.references(container, description.directory):
        if reference.name not in description.names:
            yield _refused(reference, selection.unknown(reference.name, [*description.containers]))


def _elsewhere(deployment: Deployment, deployments: Mapping[str, Deployment]) -> Iterator[Mistake]:
    for reference in deployment.definition.references:
        there = deployments.get(reference.name, deployment).host
        if reference.same_host and there != deployment.host:
            text = f"{reference.name} is on {there.name}; docker needs both on the same host"
            yield _refused(reference, text)


def _refused(reference: Reference, text: str) -> Mistake:
    return Mistake(reference.place, f"{reference.property}: {text}", refused=True)


def _circles(deployments: Mapping[str, Deployment], description: Description) -> Iterator[Mistake]:
    needs = {
        name: [need for need in each.definition.needs if need in deployments]
        for name, each in deployments.items()
    }
    circle = selection.cycle(needs)
    if circle:
        text = f"containers need each other: {' -> '.join(circle)}; leave out one of these"
        yield Mistake(description.containers[circle[0]].place, text)


def _collisions(deployments: Sequence[Deployment]) -> Iterator[Mistake]:
    taken: dict[tuple[object, int], list[tuple[str, Publication]]] = {}
    for deployment in deployments:
        for publication in _published(deployment.definition):
            others = [
                other
                for port in publication.taken
                for other in taken.get((deployment.host, port), ())
                if publication.collides(other[1])
            ]
            for name, other in others[:1]:
                text = (
                    f"{publication.host} of {deployment.host.name} is published by {name} already,"
                    f" at {other.place.source()}; choose another port"
                )
                yield Mistake(publication.place, f"port_bindings: {text}", refused=True)
            for port in publication.taken:
                item = (deployment.name, publication)
                taken.setdefault((deployment.host, port), []).append(item)


def _published(definition: Definition) -> tuple[Publication, ...]:
    """What docker really publishes: nothing in a network mode without ports of its own."""
    for flag, mode in pairwise(definition.options):
        if flag == "--network" and (mode in ("host", "none") or mode.startswith("container:")):
            return ()
    return definition.published
