"""The forms in which properties are written: each reader gives docker's own notation."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dirg.errors import Place, mistake
from dirg.values import Items, Pairs, Text, Value, each, text

_TRUE = {"true", "yes", "on", "y"}
_FALSE = {"false", "no", "off", "n"}
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)
_PROTOCOLS = ("tcp", "udp", "sctp")
_HOST_PORT = re.compile(
    r"(?:(?P<ip>\[[0-9a-fA-F:.%]+\]|[0-9.]+):)?(?P<port>\d{1,5}(?:-\d{1,5})?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a container, or a range of them, as docker writes it."""

    first: int
    last: int
    protocol: str | None = None

    def __str__(self) -> str:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return ports if self.protocol in (None, "tcp") else f"{ports}/{self.protocol}"

    def covers(self, other: Port) -> bool:
        """Whether every port of the other is one of these."""
        same = (self.protocol or "tcp") == (other.protocol or "tcp")
        return same and self.first <= other.first and other.last <= self.last

    def of(self, protocol: str | None) -> Port:
        return Port(self.first, self.last, protocol)


@dataclass(frozen=True, slots=True)
class Publication:
    """A port of a container and where it is published: ``[IP:]PORT``, ``IP:`` or nothing."""

    port: Port
    host: str
    place: Place

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.host else str(self.port)


def switch(value: Value) -> bool:
    """True or false, in any spelling of YAML."""
    written = text(value, "true or false").lower()
    if written in _TRUE:
        return True
    if written in _FALSE:
        return False
    raise mistake(value.place, f"takes true or false, not {written!r}")


def texts(value: Value, form: str) -> list[str]:
    """A list of text; a single text stands for the list of it."""
    return [text(item, form) for item in each(value)]


def pairs(value: Value, joint: str, form: str) -> list[str]:
    """A map, or a list of ``KEY=VALUE`` or ``KEY``; a null value gives the key alone."""
    if not isinstance(value, Pairs):
        written = texts(value, form)
        for item in each(value):
            if not text(item, form) or text(item, form).startswith(joint):
                raise mistake(item.place, f"takes {form}; the key is missing")
        return written
    result = []
    for key, item in value.pairs:
        if not key.text or joint in key.text:
            raise mistake(key.place, f"{key.text!r} is no key; a key has a name without {joint}")
        null = isinstance(item, Text) and item.null
        result.append(key.text if null else f"{key.text}{joint}{text(item, form)}")
    return result


def command(value: Value) -> list[str]:
    """The words of a command: text is split as a shell splits words, a list is taken as it is."""
    if isinstance(value, Items):
        return [text(item, "text or a list of arguments") for item in value.items]
    written = text(value, "text or a list of arguments")
    try:
        return shlex.split(written)
    except ValueError as error:
        problem = str(error).lower()
        raise mistake(value.place, f"{problem} in {written!r}; quote it as a shell does") from error


def ports(value: Value) -> list[Port]:
    """``80``, ``53/udp``, ``7000-7010``, ``[53, udp]`` and lists of these."""
    return [_declared(item) for item in each(value)]


def _declared(item: Value) -> Port:
    if not isinstance(item, Items):
        return _port(text(item, "PORT, PORT/udp, FROM-TO or [PORT, udp]"), item.place)
    if len(item.items) != 2:
        raise mistake(item.place, "takes a port and a protocol, as in [53, udp]")
    number, protocol = (text(part, "a port and a protocol") for part in item.items)
    return _port(f"{number}/{protocol}", item.place)


def _port(written: str, place: Place) -> Port:
    numbers, slash, protocol = written.partition("/")
    match = _PORTS.fullmatch(numbers)
    if not match or (slash and protocol.lower() not in _PROTOCOLS):
        raise mistake(place, f"{written!r} is no port; write 80, 53/udp or 7000-7010")
    first, last = int(match[1]), int(match[2] or match[1])
    if not 0 < first <= last <= 65535:
        raise mistake(place, f"{written!r} is no port; ports are 1 to 65535, the lower one first")
    return Port(first, last, protocol.lower() or None)


def publications(value: Value, declared: list[Port]) -> list[Publication]:
    """``port_bindings``: where each container port is published.

    A port written without a protocol takes those that ``declared`` has for that number.
    """
    if not isinstance(value, Pairs):
        raise mistake(value.place, "takes a map {CONTAINER_PORT: HOST_PORT}, as in {80: 8080}")
    found = []
    for key, item in value.pairs:
        port = _port(key.text, key.place)
        protocols = [port.protocol] if port.protocol else _protocols(port, declared)
        hosts = list(_bindings(item))
        found += [
            Publication(port.of(protocol), host, key.place)
            for protocol in protocols
            for host in hosts
        ]
    return found


def _protocols(port: Port, declared: list[Port]) -> list[str | None]:
    known = [other.protocol for other in declared if other.covers(port.of(other.protocol))]
    return list(dict.fromkeys(protocol or "tcp" for protocol in known)) or [None]


def _bindings(value: Value) -> Iterator[str]:
    if isinstance(value, Items) and not value.pair:
        for item in value.items:
            yield from _bindings(item)
    elif isinstance(value, Items):
        parts = [text(part, "an address and a port") for part in value.items]
        if not 1 <= len(parts) <= 2:
            raise mistake(value.place, "takes an address and a port, as in [127.0.0.1, 8080]")
        address = f"[{parts[0]}]" if ":" in parts[0] and parts[0][0] != "[" else parts[0]
        yield _host_port(f"{address}:{parts[1] if len(parts) == 2 else ''}", value.place)
    elif isinstance(value, Text) and value.null:
        yield ""
    else:
        yield _host_port(text(value, "a port of the host, such as 8080"), value.place)


def _host_port(written: str, place: Place) -> str:
    match = _HOST_PORT.fullmatch(written)
    if not written or not match:
        raise mistake(place, f"{written!r} is no port of a host; write 8080 or 127.0.0.1:8080")
    low, _, high = (match["port"] or "1").partition("-")
    if not 0 <= int(low) <= int(high or low) <= 65535:
        raise mistake(place, f"{written!r} is no port of a host; ports are 0 to 65535")
    return written


def volumes(value: Value) -> list[str]:
    """Paths in the container, or anything that ``-v`` takes."""
    for item in each(value):
        if text(item, "a path in the container").startswith("-") or not text(item, ""):
            raise mistake(item.place, f"{text(item, '')!r} is no path in a container")
    return texts(value, "a list of paths in the container")


def links(value: Value) -> list[str]:
    """``{NAME: ALIAS}`` or a list of ``NAME[:ALIAS]``, as ``NAME:ALIAS``."""
    written = pairs(value, ":", "a map {NAME: ALIAS} or a list of NAME[:ALIAS]")
    return [link if ":" in link else f"{link}:{link}" for link in written]


def volume_bindings(value: Value, directory: Path) -> list[str]:
    """``HOST:CONTAINER[:MODE]`` for each binding; relative host paths begin at ``directory``."""
    if isinstance(value, Pairs):
        written = [(host.place, _binding(host, bound)) for host, bound in value.pairs]
    else:
        written = [(item.place, text(item, "HOST:PATH[:MODE]")) for item in each(value)]
    for place, binding in written:
        source, _, rest = binding.partition(":")
        if not source or not rest.partition(":")[0]:
            raise mistake(place, f"{binding!r} binds nothing; write HOST:PATH or HOST:PATH:MODE")
    return [bind(binding, directory) for _, binding in written]


def _binding(host: Text, bound: Value) -> str:
    if not isinstance(bound, Pairs):
        return f"{host.text}:{text(bound, 'a path in the container, or {bind: PATH, ro: true}')}"
    parts = {key.text: value for key, value in bound.pairs}
    for key, _ in bound.pairs:
        if key.text not in ("bind", "ro", "mode"):
            raise mistake(key.place, f"{key.text!r} is unknown; a binding takes bind, ro and mode")
    if "bind" not in parts:
        raise mistake(bound.place, "bind is missing; write {bind: PATH}")
    mode = text(parts["mode"], "a mode such as ro or rw,z").split(",") if "mode" in parts else []
    if "ro" in parts and switch(parts["ro"]):
        if "rw" in mode:
            raise mistake(parts["ro"].place, "ro: true contradicts mode: rw; leave one out")
        mode = [*mode, *([] if "ro" in mode else ["ro"])]
    written = f"{host.text}:{text(parts['bind'], 'a path in the container')}"
    return f"{written}:{','.join(mode)}" if mode else written


def bind(written: str, directory: Path) -> str:
    """A binding as ``-v`` takes it: a source that begins with . or ~ is made absolute."""
    source, colon, rest = written.partition(":")
    if not colon or not source.startswith((".", "~")):
        return written
    return f"{absolute(source, directory)}:{rest}"


def absolute(path: str, directory: Path) -> str:
    """A path of the description, made absolute: relative ones begin where its file is."""
    return os.path.normpath(Path.cwd() / directory / os.path.expanduser(path))
