"""Any docker command on each of some containers, on the host of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dirg.errors import ExitStatus, UsageError
from dirg.prefixed import Lines
from dirg.records import dataclass
from dirg.together import Bounds, each_of

if TYPE_CHECKING:
    from dirg.command import Command, Result
    from dirg.docker import Docker
    from dirg.steps import Deployment

# What stands for the name of the container.
PLACEHOLDER = "{}"


def prefixed(docker: Docker, commands: Sequence[Command], bounds: Bounds) -> list[Result]:
    """Execute commands at once, and print their lines as they come, each with its container.

    Returns how each ended. Raises BrokenPipeError when nobody reads the lines.
    """
    lines = Lines((each.container for each in commands), docker.stop)

    def run(command: Command) -> Result:
        return docker.stream(command, lambda *line: lines.write(command.container, *line))

    results = each_of(run, commands, bounds, lambda command: command.host)
    lines.end()
    return results


def status_of(result: Result) -> int:
    """The exit status that hands on that of a docker command: of a signal, as a shell has it."""
    if result.status is None:
        return ExitStatus.FAILED
    return result.status if result.status >= 0 else 128 - result.status


def said(result: Result) -> str:
    """Why a command failed, for a person; empty where it has said so itself, on dirg's streams."""
    if result.status is None or result.error:
        return result.reason
    return ""


def placed(deployment: Deployment, words: Sequence[str]) -> Command:
    """A docker command with the name of a container in the place of each ``{}``."""
    return deployment.command(*(word.replace(PLACEHOLDER, deployment.name) for word in words))


def items(result: Result) -> tuple[Result, list[Any]]:
    """The JSON array that a command printed; one that printed anything else counts as failed."""
    from dirg.reasons import NOT_UNDERSTOOD

    with suppress(ValueError, RecursionError):
        found = json.loads(result.output) if result.ok else []
        if isinstance(found, list):
            return result, found
    return replace(result, status=None, error=NOT_UNDERSTOOD), []


@dataclass(frozen=True)
class Way:
    """A path in a container, or on this machine where ``name`` is empty, or a stream (``-``)."""

    name: str
    path: str


def way(written: str) -> Way:
    """``NAME:PATH``, or a path of this machine; which, docker tells in the same way."""
    name, colon, path = written.partition(":")
    if not colon or written.startswith(("/", ".")):
        # docker would take it for a flag.
        flag = written.startswith("-") and written != "-"
        return Way("", f"./{written}" if flag else written)
    return Way(name, path)


def copying(
    source: Way, target: Way, found: Mapping[str, Sequence[Deployment]], flags: Sequence[str]
) -> list[Command]:
    """The commands that copy between this machine and containers.

    ``found``: the containers that each name stands for. Raises UsageError where docker would not
    know what is meant.
    """
    if bool(source.name) == bool(target.name):
        raise UsageError("cp: one side is NAME:PATH of a container, the other a path or -")
    sources = found.get(source.name, ())
    if len(sources) > 1:
        names = ", ".join(each.name for each in sources)
        raise UsageError(f"cp: {source.name} stands for {names}; copy from one container at a time")
    if source.name:
        each = sources[0]
        return [each.command("cp", *flags, f"{each.name}:{source.path}", target.path)]
    targets = found[target.name]
    if source.path == "-" and len(targets) > 1:
        raise UsageError("cp: - can be read once; copy into one container at a time")
    return [
        each.command("cp", *flags, source.path, f"{each.name}:{target.path}") for each in targets
    ]
