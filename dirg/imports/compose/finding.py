"""What Compose reads where it is given no file (measured with Compose 2.40)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dirg.errors import UsageError
from dirg.imports.compose.dotenv import with_files
from dirg.imports.compose.interpolation import Variables

_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDES = tuple(f"{path.stem}.override{path.suffix}" for path in map(Path, _NAMES))
_VARIABLES = ".env"


def found(env_file: Path | None, environ: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """The Compose files, and the files of variables, of which the first one counts most.

    ``env_file``: in place of each ``.env``. ``environ``: the variables of the shell.

    The files are those of COMPOSE_FILE, which may stand in a file of variables, too; else the one
    in this folder, or in the nearest above it, with its override file. Raises UsageError when there
    is none.
    """
    given = [env_file] if env_file else beside(Path())
    variables = with_files(given, Variables(environ, {}))
    if written := variables.get("COMPOSE_FILE"):
        separator = variables.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
        files = [*map(Path, written.split(separator))]
    else:
        files = _by_name()
    return files, given if env_file else [*dict.fromkeys([*given, *beside(files[0].parent)])]


def beside(folder: Path) -> list[Path]:
    """The file of variables of a folder, where there is one."""
    path = folder / _VARIABLES
    return [path] if path.is_file() else []


def _by_name() -> list[Path]:
    try:
        here = Path.cwd()
    except OSError as error:
        raise UsageError(f"this folder: {error.strerror}; give a FILE") from None
    for folder in (here, *here.parents):
        if files := _first(folder, _NAMES):
            above = Path(os.path.relpath(folder, here))
            return [above / name for name in (*files, *_first(folder, _OVERRIDES))]
    raise UsageError(f"no {', '.join(_NAMES)} in this folder, or above it; give a FILE")


def _first(folder: Path, names: Iterable[str]) -> list[str]:
    return [name for name in names if (folder / name).exists()][:1]
