"""One call of dirg: its options, and what they lead to: configuration, description, docker."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import click

from dirg import arguments, definitions, host, selection, settings, state, template
from dirg.command import Command, Result
from dirg.definitions import Description
from dirg.errors import DescriptionError, Mistake, UsageError
from dirg.host import Host
from dirg.plan import Deployment, States
from dirg.settings import Settings
from dirg.together import each_of

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
        docker, limit = self.docker, self.options.timeout
        return each_of(lambda query: docker(query, limit), queries, self.options.parallel)


def echo(text: str, nl: bool = True) -> None:
    """Print a result as it is: what looks like a colour may be a value of somebody's."""
    click.echo(text, nl=nl, color=True)


def say(text: str) -> None:
    """Tell the person something that is not a result: to stderr."""
    click.echo(f"dirg: {text}", err=True, color=True)
