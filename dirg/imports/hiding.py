"""Which variables look like secrets, and how they are kept out of a description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fnmatch import fnmatchcase

from dirg.arguments import OF_DOCKER
from dirg.imports.described import Imported, Properties, noted, variable
from dirg.names import own_variable

# Names in upper case, as globs.
PATTERNS = (
    *(
        "*PASSWORD*",
        "*PASSWD*",
        "*PASSPHRASE*",
        "PASS",
        "*_PASS",
        "PW",
        "*_PW",
        "*_PWD",
        "*SECRET*",
    ),
    *("*TOKEN*", "*API_KEY*", "*APIKEY*", "*ACCESS_KEY*", "*PRIVATE_KEY*", "*ENCRYPTION_KEY*"),
    *("*SIGNING_KEY*", "*CREDENTIAL*", "*_DSN", "*LICENSE_KEY*"),
)
# What tells of a secret by a file, or of one by its size or its time.
_HARMLESS = ("*_FILE", "*_PATH", "*_DIR", "*_LENGTH", "*_TTL", "*_EXPIRY", "*_EXPIRES*", "*_EXPIRE")
_CREDENTIALS = re.compile(r"://[^/@:\s]*:[^/@\s]+@")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IN_USE: ContextVar[Sequence[str]] = ContextVar("patterns", default=PATTERNS)


@contextmanager
def by(patterns: Sequence[str]) -> Iterator[None]:
    """Let names that fit other patterns look like secrets meanwhile; with none, nothing does."""
    before = _IN_USE.set([pattern.upper() for pattern in patterns])
    try:
        yield
    finally:
        _IN_USE.reset(before)


def looks_secret(name: str) -> bool:
    """Whether a variable of that name may hold a secret."""
    upper = name.upper()
    harmless = any(fnmatchcase(upper, pattern) for pattern in _HARMLESS)
    return not harmless and any(fnmatchcase(upper, pattern) for pattern in _IN_USE.get())


def has_credentials(value: str) -> bool:
    """Whether a value is an address with a password in it."""
    return bool(_IN_USE.get() and _CREDENTIALS.search(value))


def hide(found: Imported) -> None:
    """Move variables that look like secrets to ``secret_env``, which takes them from the shell.

    Their values go to ``found.secrets``. A variable of the same name and another value gets its
    container's name before its own.
    """
    for container, properties in found.containers.items():
        env = properties.get("env")
        if isinstance(env, dict):
            names = [*_secret(env)]
            _move(found, container, properties, [name for name in names if _can_be(name)])
            left = [name for name in names if not _can_be(name)]
            text = "look like secrets, but docker itself goes by such names; they stay in env"
            noted(found, [f"{container}: {', '.join(left)} {text}"] if left else [])


def _secret(env: Properties) -> Iterator[str]:
    for name, value in env.items():
        if isinstance(value, str) and value and (looks_secret(name) or has_credentials(value)):
            yield name


def _can_be(name: str) -> bool:
    return bool(_VARIABLE.fullmatch(name)) and not OF_DOCKER.fullmatch(name)


def _move(found: Imported, container: str, properties: Properties, names: Sequence[str]) -> None:
    moved = {}
    for name in names:
        value = properties["env"].pop(name)
        shell = name if found.secrets.get(name, value) == value else own_variable(container, name)
        found.secrets[shell] = value
        moved[name] = variable(shell)
    if not properties["env"]:
        del properties["env"]
    if moved:
        properties["secret_env"] = {**properties.get("secret_env", {}), **moved}
