"""One call of dirg: its options, and what they lead to: configuration, description, docker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import click

from dirg import arguments, definitions, host, selection, settings, state, template
from dirg.command import Command, Result
from dirg.definitions import Description
from dirg.errors import DescriptionError, DirgError, Mistake, UsageError
from dirg.execute import Bounds, Outcome
from dirg.host import Host
from dirg.plan import Deployment, States
from dirg.settings import Settings
from dirg.state import HostState, LiveContainer

if TYPE_CHECKING:
    from dirg.docker import Docker


@dataclass
class Options:
    """The options every command takes, before and after its name."""

    debug: bool = False
    dry_run: bool = False
    config: str | None = None
    profile: str | None = None
    host: str | None = None
    parallel: int = 16
    timeout: float = 10.0


@dataclass
class Session:
    """Reads what a command needs when it needs it."""

    options: Options = field(default_factory=Options)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @cached_property
    def settings(self) -> Settings:
        found = settings.load(self.options.config, self.options.profile, self.environ)
        for file in found.files:
            self.debug(f"configuration: {file}")
        self.debug(f"service description: {found.services}")
        return found

    @cached_property
    def rendered(self) -> template.Rendered:
        return template.render(self.settings.services, self.settings.variables, self.environ)

    @cached_property
    def description(self) -> Description:
        found = definitions.parse(self.rendered, self.settings.services.parent)
        for warning in found.warnings:
            say(f"warning: {warning}")
        selection.check(found)
        return found

    def names(self, names: Sequence[str]) -> tuple[str, ...]:
        """The containers that names on the command line stand for."""
        found = selection.select(self.description, names)
        self.debug(f"selected: {', '.join(found) or 'nothing'}")
        return found

    def deployments(self, names: Sequence[str]) -> list[Deployment]:
        """The containers that names stand for, with their hosts, on the hosts that were asked for.

        Raises DescriptionError with every mistake of these containers.
        """
        found: list[Deployment] = []
        mistakes: list[Mistake] = []
        for name in self.names(names):
            container = self.description.containers[name]
            try:
                definition = arguments.define(container, self.description.directory)
                found.append(Deployment(definition, host.of_container(container, self.environ)))
            except DescriptionError as error:
                mistakes += error.mistakes
        if mistakes:
            raise DescriptionError(mistakes)
        needs = {each.name: each.definition.needs for each in found}
        circle = selection.cycle(needs)
        if circle:
            place = self.description.containers[circle[0]].place
            path = " -> ".join(circle)
            raise DescriptionError([Mistake(place, f"containers need each other: {path}")])
        return self._on_wanted_hosts(found)

    def _on_wanted_hosts(self, found: list[Deployment]) -> list[Deployment]:
        pattern = self.options.host
        if pattern is None:
            return found
        wanted = [each for each in found if each.host.matches(pattern)]
        if not wanted:
            hosts = ", ".join(dict.fromkeys(each.host.name for each in found)) or "none"
            raise UsageError(f"--host {pattern}: fits no host of the selection; hosts: {hosts}")
        return wanted

    @cached_property
    def docker(self) -> Docker:
        from dirg.docker import Docker

        return Docker(self.environ, lambda command: self.debug(str(command)))

    def interrupt(self) -> None:
        """End the docker processes that are still at work."""
        if "docker" in self.__dict__:
            self.docker.stop()

    def debug(self, text: str) -> None:
        """Say something that only ``-d`` asks for."""
        if self.options.debug:
            say(f"debug: {text}")

    def observe(self, hosts: Iterable[Host]) -> States:
        """Ask every host for its containers, all at once, within the time limit."""
        return {
            result.command.host: state.listed(result)
            for result in self.ask(state.ls(each) for each in dict.fromkeys(hosts))
        }

    def ask(self, queries: Iterable[Command]) -> list[Result]:
        """Execute queries, all at once, within the time limit."""
        queries = list(queries)
        limit = self.options.timeout
        with ThreadPoolExecutor(max_workers=max(1, self.options.parallel)) as pool:
            return list(pool.map(lambda query: self.docker(query, limit), queries))


def say(text: str) -> None:
    """Tell the person something that is not a result: to stderr."""
    click.echo(f"dirg: {text}", err=True)


def comment(text: str) -> None:
    """Print a comment among shell commands: whatever it quotes stays on its line."""
    click.echo(f"# {' '.join(text.split())}")


class Drive:
    """How the commands of a plan are dealt with: here they are executed."""

    def __init__(self, session: Session, skip_unreachable: bool = False) -> None:
        self.session = session
        self.skip_unreachable = skip_unreachable
        self.unreachable: list[str] = []
        self.bounds = Bounds(total=session.options.parallel)

    def admit(self, deployments: Sequence[Deployment]) -> None:
        """Raises DescriptionError when docker would refuse some of these."""
        refusals = [each for one in deployments for each in one.definition.refusals]
        if refusals:
            raise DescriptionError(refusals)

    def observe(self, deployments: Sequence[Deployment], assumed: LiveContainer | None) -> States:
        """The live state of the hosts. Raises DirgError when one gives no answer."""
        states = self.session.observe(each.host for each in deployments)
        dead = [(where, found.error) for where, found in states.items() if found.error]
        for where, error in dead:
            say(f"{where.name} is unreachable: {error}")
        self.unreachable += [where.name for where, _ in dead]
        if dead and not self.skip_unreachable:
            raise DirgError("nothing was changed; --skip-unreachable works on the other hosts")
        return states

    def details(self, deployments: Sequence[Deployment], states: States) -> States:
        """The live state with the ids of images and the volumes of containers."""
        queries = [
            state.inspect(where, existing)
            for where, found in states.items()
            if (existing := _existing(deployments, where, found))
        ]
        known = dict(states)
        for result in self.session.ask(queries):
            where = result.command.host
            known[where] = state.inspected(known[where], result)
        images = {(each.host, each.definition.image): "" for each in deployments}
        for result in self.session.ask(state.image_id(*each) for each in images):
            images[result.command.host, result.command.arguments[-1]] = result.output.strip()
        return {
            where: HostState(
                found.containers,
                {image: number for (at, image), number in images.items() if at == where},
                found.error,
            )
            for where, found in known.items()
        }

    def runner(self, command: Command) -> Result:
        return self.session.docker(command)

    def listener(self, line: Callable[[Outcome], str]) -> Callable[[Outcome], None]:
        """What is told of each outcome as it happens."""
        return lambda outcome: click.echo(line(outcome))


class DryDrive(Drive):
    """How the commands of a plan are dealt with: here they are printed, and nothing is touched."""

    def __init__(self, session: Session, skip_unreachable: bool = False) -> None:
        super().__init__(session, skip_unreachable)
        self.bounds = Bounds(total=1)

    def admit(self, deployments: Sequence[Deployment]) -> None:
        for each in deployments:
            for refusal in each.definition.refusals:
                comment(f"docker refuses this: {refusal}")

    def observe(self, deployments: Sequence[Deployment], assumed: LiveContainer | None) -> States:
        """What a command finds when it does everything it can do."""
        states: dict[Host, HostState] = {}
        for each in deployments:
            containers = dict(states.get(each.host, HostState()).containers)
            if assumed is not None:
                containers[each.name] = LiveContainer(each.name, state=assumed.state)
            states[each.host] = HostState(containers)
        return states

    def details(self, deployments: Sequence[Deployment], states: States) -> States:
        return states

    def runner(self, command: Command) -> Result:
        for name, _ in command.secrets:
            comment(f"the variable {name} must be set")
        click.echo(str(command))
        return Result(command, 0, "", "")

    def listener(self, line: Callable[[Outcome], str]) -> Callable[[Outcome], None]:
        def problems_only(outcome: Outcome) -> None:
            if outcome.problem:
                comment(f"{outcome.step.name}: {outcome.problem}")

        return problems_only


def _existing(
    deployments: Sequence[Deployment], host: Host, found: HostState
) -> list[LiveContainer]:
    names = [each.name for each in deployments if each.host == host]
    return [found.containers[name] for name in names if name in found.containers]
