"""The file of a description: its text, rendered where it is a template."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dirg.errors import SourcePlace, UsageError, mistake

if TYPE_CHECKING:
    from dirg.origins import Rendered

# How everything in a template begins that is not text.
_TEMPLATE = ("{{", "{%", "{#")
# What nobody writes by hand, in bytes: 10,000 containers are about two MiB.
_LONGEST = 64 << 20


def rendered(path: str, variables: Mapping[str, str], environ: Mapping[str, str]) -> Rendered:
    """The text of a file, rendered where it is a template; Jinja2 is read in only for that.

    ``variables`` are the properties of ``dirg.cfg``, ``environ`` is what the template sees as
    ``env``. Raises UsageError when there is no such file, DescriptionError with the place of a
    mistake.
    """
    name = shown(path)
    try:
        text = read(name)
    except (OSError, ValueError) as error:
        raise UsageError(f"{name}: {unread(error)}; it is what dirg_services names") from error
    if not any(each in text for each in _TEMPLATE):
        from dirg.origins import verbatim

        return verbatim(text, name)
    from dirg import template

    return template.render(name, text, variables, environ)


def read(file: str) -> str:
    """The text of a file. Raises DescriptionError when it is not UTF-8, or has no end."""
    with open(file, "rb") as opened:
        written = opened.read(_LONGEST + 1)
    if len(written) > _LONGEST:
        raise mistake(SourcePlace(file, 1), f"longer than {_LONGEST >> 20} MiB; split it")
    try:
        text = written.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise mistake(SourcePlace(file, line), "not UTF-8; save the file as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unread(error: OSError | ValueError) -> str:
    """Why a file could not be read, in the words of the system."""
    if not isinstance(error, OSError) or isinstance(error, FileNotFoundError):
        return "no such file"
    return (error.strerror or str(error)).lower()


def shown(path: str) -> str:
    """How a path is shown to a person: relative where it is below the current folder."""
    plain = os.path.normpath(path)
    try:
        real = os.path.realpath(path)
        if ".." in path and os.path.realpath(plain) != real:
            # Above a folder that is a link is what is above the folder itself.
            plain = path
        here = os.path.join(os.getcwd(), "")
    except (OSError, ValueError):
        return plain
    return real.removeprefix(here) if real.startswith(here) else plain
