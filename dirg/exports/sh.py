"""Containers as a script for a POSIX shell that does what ``dirg run`` does on empty engines."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dirg import networks, options, plan, verbs
from dirg.command import Command
from dirg.exports import mounted
from dirg.exports.compose import Resources
from dirg.exports.flags import Flags, written
from dirg.exports.secrets import Names, shell_names
from dirg.exports.yaml_text import comment
from dirg.host import Host
from dirg.names import VARIABLE
from dirg.state import HostState
from dirg.steps import Action, Deployment, Plan, Step
from dirg.wanted import said

_WIDEST = 80
_CREATE = "create"


def as_script(deployments: Sequence[Deployment], networks: Resources, volumes: Resources) -> str:
    """The script: each container after those that it needs, with what it is made from before it.

    ``networks``, ``volumes``: those that are made where a container needs them, with the flags of
    ``docker network create`` and ``docker volume create`` as properties. Values of secrets are not
    written: the script takes them from its environment.
    """
    states = {each.host: HostState() for each in deployments}
    work = plan.plan(verbs.run, deployments, states)
    script = _Script(deployments, {"network": networks, "volume": volumes})
    for step in _in_order(work):
        script.add(step)
    secrets = _secrets(deployments, script.names)
    head = ["#!/bin/sh", comment("Makes and starts containers, each after those that it needs.")]
    return "\n".join([*head, "set -eu", *secrets, *script.lines, ""])


def _in_order(work: Plan) -> Iterator[Step]:
    """The steps of a plan, each after those that it comes after."""
    left = dict(enumerate(work.steps))
    while left:
        ready = (number for number, step in left.items() if not step.after & left.keys())
        yield left.pop(next(ready, next(iter(left))))


def _secrets(deployments: Iterable[Deployment], shell: Names) -> Iterator[str]:
    """What ends the script where a secret is not there."""
    names = dict.fromkeys(
        shell[each.name, name] for each in deployments for name, _ in each.definition.secrets
    )
    if names:
        yield from ("", comment("Secrets, which docker takes from the environment."))
    for name in names:
        if VARIABLE.fullmatch(name):
            yield f': "${{{name}?must be set}}"; export {name}'
        else:
            yield comment(f"{name} has to be in the environment; not every shell hands it on.")


class _Script:
    """The lines of a script, and what it has made so far."""

    def __init__(self, deployments: Sequence[Deployment], known: Mapping[str, Resources]) -> None:
        self.lines: list[str] = []
        self.names = shell_names(deployments)
        self._known = known
        self._deployments = {each.name: each for each in deployments}
        self._made: set[tuple[object, ...]] = set()

    def add(self, step: Step) -> None:
        """Write what a step does; of those that make no container, only waiting counts."""
        if step.wait:
            self._write(f"Wait until {step.name} is {step.wait.condition}.", str(step.wait))
        elif step.action == _CREATE:
            deployment = self._deployments[step.name]
            for kind, name in _needed(deployment):
                self._resource(deployment.host, kind, name)
            self._build(deployment)
            first, *others = (each.command for each in step.actions if isinstance(each, Action))
            made = f"{self._given(deployment)}{_container(deployment, first)}"
            self._write(_title(deployment), made, *map(str, others))

    def _given(self, deployment: Deployment) -> str:
        """The secrets that the container has under other names than the script."""
        found = {
            name: self.names[deployment.name, name] for name, _ in deployment.definition.secrets
        }
        return "".join(f'{name}="${own}" ' for name, own in found.items() if name != own)

    def _write(self, title: str, *commands: str) -> None:
        self.lines += ["", comment(title), *commands]

    def _once(self, *what: object) -> bool:
        new = what not in self._made
        self._made.add(what)
        return new

    def _resource(self, host: Host, kind: str, name: str) -> None:
        flags = self._known[kind].get(name)
        if flags is not None and self._once(host, kind, name):
            question = Command(host, (kind, "inspect", name))
            title = f"{kind.capitalize()} {name} on {host.name}"
            self._write(title, f"{question} >/dev/null 2>&1 ||", _creation(host, kind, name, flags))

    def _build(self, deployment: Deployment) -> None:
        arguments = deployment.definition.build
        if arguments and self._once(deployment.host, arguments):
            first, *flags, context = arguments
            groups = [*options.grouped(flags, options.BUILD), [context]]
            title = f"Image {deployment.definition.image} on {deployment.host.name}"
            self._write(title, _broken(deployment.host, [first], groups))


def _needed(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """The networks and volumes that a container has, by kind and name."""
    spoken = said(deployment.definition)
    for endpoint in networks.written(spoken.get("net", ())):
        yield "network", endpoint.name
    for name in mounted.volumes(spoken.get("volume_bindings", ()), spoken.get("mount", ())):
        yield "volume", name


def _title(deployment: Deployment) -> str:
    """A container, its host, and what has to be there before."""
    needs: dict[str, str] = {}
    for each in deployment.definition.references:
        needs[each.name] = needs.get(each.name) or each.condition
    shown = [f"{name} ({how})" if how else name for name, how in needs.items()]
    after = f", after {', '.join(shown)}" if shown else ""
    return f"{deployment.name} on {deployment.host.name}{after}"


def _container(deployment: Deployment, creation: Command) -> str:
    """The command that creates a container: all that it is made with, in lines."""
    definition = deployment.definition
    image = [definition.image, *definition.command]
    words = creation.arguments[: -len(image)]
    first = words[:2] if words[1] == "-d" else words[:1]
    groups = [*options.grouped(words[len(first) :]), image]
    return _broken(deployment.host, first, groups)


def _creation(host: Host, kind: str, name: str, flags: Flags) -> str:
    groups = [*written(flags), [name]]
    return _broken(host, [kind, "create"], groups, margin="  ")


def _broken(
    host: Host, first: Sequence[str], groups: Sequence[Sequence[str]], margin: str = ""
) -> str:
    """A command in one line, or in one for each of its flags where that is too long."""
    whole = Command(host, (*first, *(word for group in groups for word in group)))
    if len(margin) + len(str(whole)) <= _WIDEST:
        return f"{margin}{whole}"
    lines = [str(Command(host, tuple(first))), *(f"  {shlex.join(group)}" for group in groups)]
    return " \\\n".join(f"{margin}{line}" for line in lines)
