"""Writes what an import has found to files; none that is there is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dirg import shell
from dirg.errors import DirgError, UsageError
from dirg.imports.described import Imported, written
from dirg.names import VARIABLE

_CONFIG = Path("dirg.cfg")
_MODE, _SECRET_MODE = 0o666, 0o600


def check(output: str | None, secrets: str | None, force: bool) -> None:
    """Raises UsageError for files that are there already, unless they may be replaced."""
    if output and secrets and Path(output).absolute() == Path(secrets).absolute():
        raise UsageError(f"{output} can't be the description and the secrets; choose two names")
    for file in filter(None, (output, secrets)):
        if not Path(file).absolute().parent.is_dir():
            raise UsageError(f"{file}: there is no such folder; make it, or choose another one")
        if Path(file).exists() and not force:
            raise UsageError(f"{file} is there already; choose another name, or use --force")


def text(found: Imported, title: str) -> str:
    """The description of what was found."""
    return written(found, title)


def save(
    found: Imported, title: str, output: str | None, secrets: str | None, force: bool
) -> Iterator[str]:
    """Write what was found to files; gives what a person has to be told, in lines.

    Raises DirgError when a file can't be written.
    """
    yield from found.notes
    if secrets and found.secrets:
        if strange := [name for name in found.secrets if not VARIABLE.fullmatch(name)]:
            raise DirgError(f"no shell takes {strange[0]!r} for a variable; use --no-secrets")
        lines = (f"export {name}={shell.quote(value)}\n" for name, value in found.secrets.items())
        _write(secrets, "".join(lines), _SECRET_MODE, force)
        path = secrets if "/" in secrets else f"./{secrets}"
        yield f"{secrets} has the values of {', '.join(found.secrets)}: read it in by . {path}"
    elif found.secrets:
        names = ", ".join(found.secrets)
        yield f"set {names} in the shell before dirg runs; --secrets FILE writes what they were"
    if output:
        _write(output, text(found, title), _MODE, force)
        count = len(found.containers)
        yield f"{output} describes {count} container{'' if count == 1 else 's'}"
        if _CONFIG.exists():
            if output not in _CONFIG.read_text(encoding="utf-8", errors="replace"):
                yield f"{_CONFIG} names another description; write dirg_services = {output} there"
        else:
            _write(str(_CONFIG), f"[DEFAULT]\ndirg_services = {output}\n", _MODE, force=False)
            yield f"{_CONFIG} names it"


def _write(file: str, text: str, mode: int, force: bool) -> None:
    # Whoever may read an old file may not read new secrets.
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        if force and mode == _SECRET_MODE:
            Path(file).unlink(missing_ok=True)
        with os.fdopen(os.open(file, flags, mode), "w", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already; choose another name") from error
    except OSError as error:
        raise DirgError(f"{file} can't be written: {error.strerror}") from error
