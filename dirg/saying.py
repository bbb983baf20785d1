"""What dirg says to people: results on standard output, anything else on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import click

from dirg.errors import DirgError

if TYPE_CHECKING:
    from dirg.errors import Mistake


def say_at(mistake: Mistake, what: str = "") -> None:
    """Tell the person of a place in a file, in one line; on a terminal, show it."""
    from dirg.visible import on_a_line

    place = mistake.place.source()
    with suppress(OSError):
        click.echo(on_a_line(f"{place}: {what}{mistake.text}"), err=True, color=True)
    # The line may hold what nobody is to see.
    if sys.stderr.isatty() and place.text and "secret_env" not in place.text + mistake.text:
        before = on_a_line(place.text[: place.column - 1])
        indent = "".join(char if char == "\t" else " " for char in before)
        click.echo(f"    {on_a_line(place.text)}\n    {indent}^", err=True)


def echo(text: str, nl: bool = True) -> None:
    """Print a result as it is: what looks like a colour may be a value of somebody's.

    On a terminal it is shown as such, and does nothing. Raises DirgError where it can't be written,
    since the disk is full, say.
    """
    try:
        click.echo(_seen(text, sys.stdout), nl=nl, color=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is kept of it would be written again, in vain, when dirg ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise DirgError(f"standard output: {error.strerror}") from None


def say(text: str) -> None:
    """Tell the person something that is not a result: to stderr, where that can be written."""
    with suppress(OSError):
        click.echo(f"dirg: {_seen(text, sys.stderr)}", err=True, color=True)


def _seen(text: str, stream: TextIO) -> str:
    if not stream.isatty():
        return text
    from dirg.visible import visible

    return visible(text)
