"""Docker hosts: ``docker_host``, ``docker_context`` and the shell's variables as CLI arguments.

What an address means is docker's own business. Two things are put right: the CLI (20.10 to 29)
knows no ``https://`` and ``http://``, and it takes ``DOCKER_TLS_VERIFY`` for every host alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dirg.errors import DescriptionError, UsageError, mistake
from dirg.properties import Properties
from dirg.records import dataclass
from dirg.values import Value, text

if TYPE_CHECKING:
    from dirg.definitions import Container

FORMS = "unix://PATH, tcp://HOST:PORT, http://HOST, https://HOST, ssh://HOST or HOST:PORT"

_ADDRESS = re.compile(r"(?P<scheme>[a-z]+)://(?P<address>[^\s:]*[^\s:/]\S*|/+[^\s/]\S*)")
# Few addresses need these, and compiling takes its time (measured).
_HOST_AND_PORT = r"[^\s:/\[\]]+:\d+|\[[^\s\[\]]+\]:\d+"
_PORT = r".*:\d+"
# What means something to a shell: ssh hands names on to the commands of its configuration.
_OF_SHELL = r"""['"`$\\;&<>|(){}]|%(?:2[2467-9]|3[bce]|5c|60|7[bcd]|[01])"""
# Docker turns %2d into what it stands for, too.
_HYPHEN = re.compile(r"\[?(?:-|%2d)", re.I)
_TLS_SWITCHES = ("DOCKER_TLS_VERIFY", "DOCKER_TLS")


@dataclass(frozen=True)
class Host:
    """A docker host as the CLI is told of it.

    ``name``: what a person calls it.
    ``arguments``: the CLI's global arguments.
    ``environment``: variables that have to be set otherwise than in the shell.
    ``endpoint``: what tells it from others, however it is written.
    """

    name: str = field(compare=False)
    arguments: tuple[str, ...] = field(default=(), compare=False)
    environment: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    endpoint: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        if not self.endpoint:
            endpoint = (*self.arguments, *self.environment) or (self.name,)
            object.__setattr__(self, "endpoint", endpoint)

    def matches(self, pattern: str) -> bool:
        """Whether a glob fits the host's name, or its address without scheme, user and port."""
        address = self.name.partition("://")[2] or self.name
        bare = re.sub(r"^[^@/]*@|(:\d+)?(/.*)?$", "", address)
        return any(fnmatchcase(name, pattern) for name in (self.name, address, bare))


def of_container(container: Container, environ: Mapping[str, str]) -> Host:
    """The host of a container; ``environ`` is the shell's environment.

    Raises DescriptionError when it is not an address, and UsageError when the environment's
    ``DOCKER_HOST`` is none.
    """
    properties = Properties(container.properties, "")
    context = properties.value("docker_context")
    if context is not None and properties.value("docker_host") is not None:
        raise mistake(
            context.place, "docker_context: docker_host says already where; leave out one"
        )
    names = properties.read("docker_context", lambda value: [_context(value)])
    hosts = properties.read("docker_host", lambda value: [_host(value, environ)])
    if properties.mistakes:
        raise DescriptionError(properties.mistakes)
    if names:
        return of_context(names[0])
    return hosts[0] if hosts else default(environ)


def of_context(name: str) -> Host:
    """The host of a docker context."""
    return Host(name, ("--context", name))


def _context(value: Value) -> str:
    name = text(value, "the name of a docker context")
    if not is_context(name):
        raise mistake(value.place, f"{name!r} is no name of a context")
    return name


def is_context(name: str) -> bool:
    """Whether docker could have a context of that name."""
    return bool(name) and name.isprintable() and not name.startswith("-")


def _host(value: Value, environ: Mapping[str, str]) -> Host:
    try:
        return at(text(value, FORMS), environ)
    except ValueError as error:
        raise mistake(value.place, str(error)) from error


def default(environ: Mapping[str, str]) -> Host:
    """The host that the docker CLI itself would use."""
    written = environ.get("DOCKER_HOST", "")
    if not written:
        context = environ.get("DOCKER_CONTEXT", "")
        return Host(context, endpoint=("--context", context)) if context else Host("default")
    try:
        host = at(written, environ)
    except ValueError as error:
        raise UsageError(f"DOCKER_HOST: {error}") from error
    if host.arguments == ("-H", written):
        return Host(written, (), host.environment, host.endpoint)
    return host


def at(written: str, environ: Mapping[str, str]) -> Host:
    """The host at an address. Raises ValueError when it is not one."""
    match = _ADDRESS.fullmatch(written)
    _check_characters(written, bool(match and match["scheme"] == "ssh"))
    if not match:
        if re.fullmatch(_HOST_AND_PORT, written):
            _check_port(written)
            return Host(written, ("-H", f"tcp://{written}"))
        raise ValueError(f"{written!r} is no address; write {FORMS}")
    scheme, address = match["scheme"], match["address"].rstrip("/")
    if scheme in ("tcp", "http", "https"):
        _check_port(address)
    if scheme == "tcp":
        return Host(written, ("-H", written), endpoint=("-H", f"tcp://{address}"))
    if scheme == "https":
        return Host(written, ("-H", f"tcp://{_with_port(address, 2376)}", "--tlsverify"))
    if scheme == "http":
        return Host(written, ("-H", f"tcp://{_with_port(address, 2375)}"), _without_tls(environ))
    if scheme == "ssh":
        without = _without_tls(environ)
        return Host(written, ("-H", written), without, ("-H", f"ssh://{address}", *without))
    if scheme in ("unix", "npipe", "fd"):
        return Host(written, ("-H", written), _without_tls(environ))
    raise ValueError(f"docker knows no {scheme}://; write {FORMS}")


def _check_characters(written: str, by_ssh: bool) -> None:
    """What could be taken for an option of ssh, or for a command, is not handed on to anybody."""
    address = written.rpartition("://")[2]
    user, _, host = address.partition("/")[0].rpartition("@")
    if _HYPHEN.match(user) or _HYPHEN.match(host):
        raise ValueError(f"{written!r}: no user and no host begins with -; write {FORMS}")
    if not written.isprintable() or (by_ssh and re.search(_OF_SHELL, address, re.I)):
        raise ValueError(f"{written!r} has characters that no address has; write {FORMS}")


def _check_port(address: str) -> None:
    if address.count("[") != address.count("]"):
        raise ValueError(f"{address!r} has a bracket without its other half; write {FORMS}")
    _, colon, port = address.partition("/")[0].rpartition("]")[2].rpartition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{port!r} is no port; write a number from 1 to 65535")


def _with_port(address: str, port: int) -> str:
    has_one = re.fullmatch(_PORT, address) and not address.endswith("]")
    return address if has_one else f"{address}:{port}"


def _without_tls(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What makes docker talk without TLS: only an empty variable does, no flag."""
    return tuple((name, "") for name in _TLS_SWITCHES if environ.get(name))
