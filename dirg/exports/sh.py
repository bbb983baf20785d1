"""Containers as a script for a POSIX shell that does what ``dirg run`` does on empty engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from dirg import options, plan, resources, shell, verbs
from dirg.command import Command
from dirg.exports.secrets import Names, shell_names, variables
from dirg.exports.yaml_text import comment
from dirg.names import VARIABLE
from dirg.state import HostState
from dirg.steps import Action, Deployment, Plan, Step

if TYPE_CHECKING:
    from dirg.host import Host
    from dirg.resources import Resource

_WIDEST = 80
_CREATE = "create"


def as_script(deployments: Sequence[Deployment]) -> str:
    """The script: each container after those that it needs, with what it is made from before it.

    Values of secrets are not written: the script takes them from its environment.
    """
    states = {each.host: HostState() for each in deployments}
    work = plan.plan(verbs.run, deployments, states)
    script = _Script(deployments)
    for step in _in_order(work):
        script.add(step)
    secrets = _secrets(deployments, script.names)
    head = ["#!/bin/sh", comment("Makes and starts containers, each after those that it needs.")]
    return "\n".join([*head, "set -eu", *secrets, *script.lines, ""])


def _in_order(work: Plan) -> Iterator[Step]:
    """The steps of a plan, each after those that it comes after."""
    left = dict(enumerate(work.steps))
    missing = {number: len(step.after) for number, step in left.items()}
    needed_by: dict[int, list[int]] = {number: [] for number in left}
    for number, step in left.items():
        for needed in step.after:
            needed_by[needed].append(number)
    ready = [number for number in left if not missing[number]]
    while left:
        # Those that need each other have no first one.
        number = heappop(ready) if ready else next(iter(left))
        if number not in left:
            continue
        yield left.pop(number)
        for each in needed_by[number]:
            missing[each] -= 1
            if not missing[each]:
                heappush(ready, each)


def _secrets(deployments: Iterable[Deployment], shell: Names) -> Iterator[str]:
    """What takes each secret from what tells it, and ends the script where one is not there."""
    wanted = {
        shell[each.name, name]: value
        for each in deployments
        for name, value in variables(each.definition).items()
    }
    if wanted:
        yield from ("", comment("Secrets, which docker takes from the environment."))
    for name, value in wanted.items():
        if not VARIABLE.fullmatch(name):
            yield comment(f"{name} has to be in the environment; not every shell hands it on.")
        elif isinstance(value, str):
            yield f': "${{{name}?must be set}}"; export {name}'
        else:
            yield f"{name}={value.later.shell}; export {name}"


class _Script:
    """The lines of a script, and what it has made so far."""

    def __init__(self, deployments: Sequence[Deployment]) -> None:
        self.lines: list[str] = []
        self.names = shell_names(deployments)
        self._deployments = {each.name: each for each in deployments}
        self._made: set[tuple[object, ...]] = set()

    def add(self, step: Step) -> None:
        """Write what a step does; of those that make no container, only waiting counts."""
        if step.wait:
            self._write(f"Wait until {step.name} is {step.wait.condition}.", str(step.wait))
        elif step.action == _CREATE:
            deployment = self._deployments[step.name]
            for resource in deployment.resources:
                self._resource(deployment.host, resource)
            self._build(deployment)
            first, *others = (each.command for each in step.actions if isinstance(each, Action))
            made = f"{self._given(deployment)}{_container(deployment, first)}"
            self._write(_title(deployment), made, *map(str, others))

    def _given(self, deployment: Deployment) -> str:
        """The secrets that the container has under other names than the script."""
        names = variables(deployment.definition)
        found = {name: self.names[deployment.name, name] for name in names}
        return "".join(f'{name}="${own}" ' for name, own in found.items() if name != own)

    def _write(self, title: str, *commands: str) -> None:
        self.lines += ["", comment(title), *commands]

    def _once(self, *what: object) -> bool:
        new = what not in self._made
        self._made.add(what)
        return new

    def _resource(self, host: Host, resource: Resource) -> None:
        if self._once(host, resource):
            question = Command(host, (resource.kind, "inspect", resource.name))
            title = f"{resource.kind.capitalize()} {resource.name} on {host.name}"
            self._write(title, f"{question} >/dev/null 2>&1 ||", _creation(host, resource))

    def _build(self, deployment: Deployment) -> None:
        arguments = deployment.definition.build
        if arguments and self._once(deployment.host, arguments):
            first, *flags, context = arguments
            groups = [*options.grouped(flags, options.BUILD), [context]]
            title = f"Image {deployment.definition.image} on {deployment.host.name}"
            self._write(title, _broken(deployment.host, [first], groups))


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


def _creation(host: Host, resource: Resource) -> str:
    kind, create, *flags, name = resource.create()
    groups = [*options.grouped(flags, resources.FLAGS[resource.kind]), [name]]
    return _broken(host, [kind, create], groups, margin="  ")


def _broken(
    host: Host, first: Sequence[str], groups: Sequence[Sequence[str]], margin: str = ""
) -> str:
    """A command in one line, or in one for each of its flags where that is too long."""
    whole = Command(host, (*first, *(word for group in groups for word in group)))
    if len(margin) + len(str(whole)) <= _WIDEST:
        return f"{margin}{whole}"
    lines = [str(Command(host, tuple(first))), *(f"  {shell.join(group)}" for group in groups)]
    return " \\\n".join(f"{margin}{line}" for line in lines)
