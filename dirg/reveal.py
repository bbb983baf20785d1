"""The values of secrets that a program or a file tells: read when a container may need them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dirg import shell
from dirg.errors import DescriptionError, mistake

if TYPE_CHECKING:
    from dirg.programs import Programs
    from dirg.secret import Source
    from dirg.steps import Deployment

# What Linux takes for one variable, in bytes, its name included.
_LONGEST = 128 * 1024


class Revealed:
    """What sources tell: each is asked once, however many containers have it."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._known: dict[Source, str] = {}

    def deployment(self, deployment: Deployment) -> Deployment:
        """A container with the values of all of its secrets.

        Raises DescriptionError where one can't be told.
        """
        return with_secrets(deployment, self.value)

    def value(self, source: Source) -> str:
        """What a source tells, without the line ends at its end."""
        if source not in self._known:
            written = self._printed(source) if source.command else _read(source)
            value = written.rstrip(b"\n")
            if not value:
                raise _untold(source, "it told nothing")
            if b"\0" in value or len(value) >= _LONGEST:
                raise _untold(source, "it told what no variable can hold")
            try:
                self._known[source] = value.decode()
            except UnicodeDecodeError:
                raise _untold(source, "it told what is not UTF-8, which docker alters") from None
        return self._known[source]

    def _printed(self, source: Source) -> bytes:
        try:
            status, written = self._programs.printed(source.command)
        except OSError as error:
            raise _untold(source, error.strerror or str(error)) from None
        if status:
            raise _untold(source, f"ended with status {status}")
        return written


def with_secrets(deployment: Deployment, value: Callable[[Source], str]) -> Deployment:
    """A container whose secrets all have values, what tells the others being asked for them."""
    definition = deployment.definition
    if not definition.sources:
        return deployment
    told = tuple((name, value(source)) for name, source in definition.sources)
    known = replace(definition, secrets=(*definition.secrets, *told), sources=())
    return replace(deployment, definition=known)


def _read(source: Source) -> bytes:
    try:
        with Path(source.file).open("rb") as file:
            return file.read(_LONGEST + 1)
    except OSError as error:
        raise _untold(source, error.strerror or str(error)) from None


def _untold(source: Source, why: str) -> DescriptionError:
    """Never with what it told."""
    if source.file:
        return mistake(source.place, f"secret_env: {source.file}: {why}; nothing was touched")
    line = shell.join(source.command)
    return mistake(source.place, f"secret_env: {line}: {why}; try it by hand; nothing was touched")
