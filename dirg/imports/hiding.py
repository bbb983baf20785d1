"""Which variables look like secrets, and how they are kept out of a description."""

from __future__ import annotations

import json
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

from dirg.imports.described import Code, Imported, Properties, Template, noted, variable
from dirg.names import VARIABLE, own_variable
from dirg.secret import of_docker

# Names in upper case, as globs.
PATTERNS = (
    *("*PASSWORD*", "*PASSWD*", "*PASSPHRASE*", "*PASSCODE*", "PASS", "*_PASS", "PW", "*_PW"),
    *("*_PWD", "PGPASS", "*SECRET*", "*TOKEN*", "*API_KEY*", "*APIKEY*", "*ACCESS_KEY*"),
    *("*PRIVATE_KEY*", "*PRIVATEKEY*", "*ENCRYPTION_KEY*", "*SIGNING_KEY*", "*MASTER_KEY*"),
    *("*LICENSE_KEY*", "APP_KEY", "*CREDENTIAL*", "*_DSN", "*_PAT", "JWT", "*_JWT", "*WEBHOOK*"),
)
# What tells of a secret by a file, or of one by its size or its time.
_HARMLESS = ("*_FILE", "*_PATH", "*_DIR", "*_LENGTH", "*_TTL", "*_EXPIRY", "*_EXPIRES*", "*_EXPIRE")
# An address with a password, or with a parameter that is one; a key.
_CREDENTIALS = re.compile(
    r"://[^/@:\s]*:[^/@\s]+@|[?&;](?:password|passwd|pwd|token|secret)=[^&;\s]|-----BEGIN ", re.I
)
# What no shell lets anybody set, or what it would not work with any more.
_OF_SHELL = {"BASHOPTS", "EUID", "GID", "IFS", "OPTIND", "PPID", "PWD", "SHELLOPTS", "UID"}
_READ = re.compile(r"env\['(\w+)'\]")
# A variable of the shell with a default, as an expression of its own.
_DEFAULT = re.compile(r"\(?env\['(\w+)'\] or ('(?:[^'\\]|\\.)*')\)?")
_SEAMS = re.compile(r"'? ~ '?")
# What is shorter, or a plain word, may stand anywhere for something else.
_TELLING = re.compile(r"(?![a-z]+$).{6,}", re.DOTALL)
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
    taken = {name for code in _codes(found.containers) for name in _READ.findall(code)}
    for container, properties in found.containers.items():
        names = [*_secret(properties.get("env"))]
        _move(found, container, properties, [each for each in names if _can_be(each)], taken)
        left = [name for name in names if not _can_be(name)]
        text = "look like secrets, but no shell takes them by such names, or docker goes by them"
        noted(found, [f"{container}: {', '.join(left)}: {text}; left in env"] if left else [])
    found.containers.update(_without_defaults(found.containers, found.secrets))
    noted(found, _disclosed(found))


def _codes(value: object) -> Iterator[str]:
    """All expressions in some values."""
    if isinstance(value, Template):
        yield from (part.text for part in value.parts if isinstance(part, Code))
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _codes(each)


def _secret(env: object) -> Iterator[str]:
    for name, value in env.items() if isinstance(env, dict) else ():
        shown = _SEAMS.sub("", " ".join(_codes(value))) if isinstance(value, Template) else value
        if shown and (looks_secret(name) or has_credentials(shown)):
            yield name


def _can_be(name: str) -> bool:
    known = of_docker(name) or name in _OF_SHELL
    return bool(VARIABLE.fullmatch(name)) and not known


def _move(
    found: Imported, container: str, properties: Properties, names: Sequence[str], taken: set[str]
) -> None:
    moved = {}
    for name in names:
        value = properties["env"].pop(name)
        moved[name] = _from_shell(found, container, name, value, taken)
    if moved:
        properties["secret_env"] = {**properties.get("secret_env", {}), **moved}
    if not properties.get("env", True):
        del properties["env"]


def _from_shell(
    found: Imported, container: str, name: str, value: str | Template, taken: set[str]
) -> Template:
    """A secret as what the template takes from the shell; a default of it counts as its value."""
    if isinstance(value, Template):
        (code,) = [*_codes(value)][:1] or [""]
        default = _DEFAULT.fullmatch(code.removesuffix("|tojson"))
        if not default or len(value.parts) > 1:
            return value
        # This one may be read by others, since it is theirs already.
        name, value, taken = default[1], str(literal_eval(default[2])), taken - {default[1]}
    shell = next(
        each
        for each in candidates(name, own_variable(container, name))
        if found.secrets.get(each, value) == value and (each in found.secrets or each not in taken)
    )
    found.secrets[shell] = value
    return variable(shell)


def candidates(*names: str) -> Iterator[str]:
    """Names for a variable, and then more that are like the last one."""
    yield from names
    yield from (f"{names[-1]}_{number}" for number in count(2))


def _without_defaults(value: Any, secrets: Mapping[str, str]) -> Any:
    """Values whose expressions do not tell secrets as defaults."""
    if isinstance(value, Template):
        return Template(
            tuple(
                Code(_DEFAULT.sub(lambda at: _bare(at, secrets), part.text))
                if isinstance(part, Code)
                else part
                for part in value.parts
            )
        )
    if isinstance(value, dict):
        return {key: _without_defaults(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_defaults(each, secrets) for each in value]
    return value


def _bare(default: re.Match[str], secrets: Mapping[str, str]) -> str:
    same = secrets.get(default[1]) == literal_eval(default[2])
    return f"env['{default[1]}']" if same else default[0]


def _disclosed(found: Imported) -> Iterator[str]:
    """Where else a secret stands in the open."""
    for container, properties in found.containers.items():
        others = {key: each for key, each in properties.items() if key != "image"}
        for property, value in others.items():
            written = json.dumps(value, default=str)
            for name, secret in found.secrets.items():
                if _TELLING.match(secret) and json.dumps(secret)[1:-1] in written:
                    yield f"{container}: {property} holds the value of {name}, in the open"
