"""``ports`` and ``port_bindings``: the ports of a container, and where they are published."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from ipaddress import ip_address
from itertools import islice
from operator import itemgetter

from dirg.errors import DescriptionError, Place, all_of, mistake
from dirg.records import dataclass
from dirg.values import Items, Pairs, Text, Value, each, kind, text

_NUMBERS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)
_HOST = re.compile(
    r"(?:(?P<address>\[[^\]]*\]|[^:\[\]]+):)?(?P<ports>\d{1,5}(?:-\d{1,5})?)?", re.ASCII
)
_PROTOCOLS = ("tcp", "udp", "sctp")
_EVERYWHERE = ("0.0.0.0", "::")


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
class HostPort:
    """Where a port is published: an address or none, and ports of the host or none."""

    written: str
    address: str = ""
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Publication:
    """A port of a container, and where it is published."""

    port: Port
    host: HostPort
    place: Place

    def __str__(self) -> str:
        return f"{self.host.written}:{self.port}" if self.host.written else str(self.port)

    @property
    def taken(self) -> range:
        """The ports of the host that it takes; none where docker chooses among several, or any."""
        chosen = self.port.first == self.port.last and self.host.first != self.host.last
        fixed = self.host.first and not chosen
        return range(self.host.first, self.host.last + 1) if fixed else range(0)

    @property
    def protocol(self) -> str:
        return self.port.protocol or "tcp"


class Taken:
    """The ports of hosts that containers take; of those that take the same one, the first."""

    def __init__(self) -> None:
        # By host, port and protocol the first for each address, numbered.
        self._first: dict[tuple[Hashable, int, str], dict[str, _Taker]] = {}
        self._added = 0

    def add(self, host: Hashable, name: str, publication: Publication) -> None:
        """A container publishes a port."""
        self._added += 1
        for port in publication.taken:
            places = self._first.setdefault((host, port, publication.protocol), {})
            places.setdefault(publication.host.address, (self._added, name, publication))

    def first(self, host: Hashable, publication: Publication) -> tuple[str, Publication] | None:
        """The first container that a publication collides with, and what it publishes."""
        for port in publication.taken:
            places = self._first.get((host, port, publication.protocol), {})
            # What is published at no address in particular is so at all of them.
            own = publication.host.address
            addresses = (own, "") if own else islice(places, 1)
            found = [places[each] for each in addresses if each in places]
            if found:
                return min(found, key=itemgetter(0))[1:]
        return None


_Taker = tuple[int, str, Publication]


def ports(value: Value) -> list[Port]:
    """``80``, ``53/udp``, ``7000-7010``, ``[53, udp]`` and lists of these."""
    if isinstance(value, Pairs):
        raise mistake(value.place, "takes a list of ports, not a map")
    return all_of(_declared, each(value))


def _declared(item: Value) -> Port:
    if not isinstance(item, Items):
        return _port(text(item, "a port"), item.place)
    if len(item.items) != 2:
        raise mistake(item.place, "a pair is a port and a protocol; write [53, udp]")
    number, protocol = (text(part, "a port and a protocol") for part in item.items)
    return _port(f"{number}/{protocol}", item.place)


def _port(written: str, place: Place) -> Port:
    numbers, slash, protocol = written.partition("/")
    match = _NUMBERS.fullmatch(numbers)
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
        what = f"takes a map of container ports to host ports, not {kind(value)}"
        raise mistake(value.place, what)
    found = all_of(lambda pair: _published(*pair, declared), value.pairs)
    return [publication for each in found for publication in each]


def _published(key: Text, value: Value, declared: list[Port]) -> list[Publication]:
    port = _port(key.text, key.place)
    protocols = [port.protocol] if port.protocol else _protocols(port, declared)
    hosts = all_of(lambda item: _host_port(item, port), _hosts(value))
    return [
        Publication(port.of(protocol), host, item.place)
        for protocol in protocols
        for item, host in zip(_hosts(value), hosts, strict=True)
    ]


def _protocols(port: Port, declared: list[Port]) -> list[str | None]:
    known = [other.protocol for other in declared if other.covers(port.of(other.protocol))]
    return list(dict.fromkeys(protocol or "tcp" for protocol in known)) or [None]


def _hosts(value: Value) -> Iterator[Value]:
    """Each place where a port is published; a pair is one of an address and a port."""
    if isinstance(value, Items) and not value.pair:
        for item in value.items:
            yield from _hosts(item)
    else:
        yield value


def _host_port(value: Value, port: Port) -> HostPort:
    if isinstance(value, Text) and value.null:
        return HostPort("")
    if isinstance(value, Items):
        parts = [text(part, "an address and a port") for part in value.items]
        if not 1 <= len(parts) <= 2:
            what = "a pair is an address and a port; write !!python/tuple [127.0.0.1, 8080]"
            raise mistake(value.place, what)
        address = f"[{parts[0]}]" if ":" in parts[0] and parts[0][0] != "[" else parts[0]
        written = f"{address}:{parts[1] if len(parts) == 2 else ''}"
    else:
        written = text(value, "a port of the host")
    found = parse_host(written, value.place)
    several = port.last - port.first
    if several and found.first and found.last - found.first != several:
        what = f"{written!r} has not as many ports as {port}; write as many of both"
        raise mistake(value.place, what)
    return found


def parse_host(written: str, place: Place) -> HostPort:
    """``PORT``, ``FROM-TO``, ``ADDRESS:PORT`` or ``ADDRESS:``."""
    match = _HOST.fullmatch(written)
    if not written or not match:
        raise mistake(place, f"{written!r} is no port of a host; write 8080 or 127.0.0.1:8080")
    low, _, high = (match["ports"] or "0").partition("-")
    first, last = int(low), int(high or low)
    if not 0 <= first <= last <= 65535:
        raise mistake(place, f"{written!r} is no port of a host; ports are 0 to 65535")
    address = (match["address"] or "").strip("[]")
    try:
        everywhere = not match["address"] or str(ip_address(address)) in _EVERYWHERE
    except ValueError:
        what = f"{address!r} is no address; write an IP address, as in 127.0.0.1:8080"
        raise mistake(place, what) from None
    return HostPort(written, "" if everywhere else address, first, last)


def published_flag(word: Text) -> Publication | None:
    """What a value of docker's ``--publish`` publishes; None for a form that only docker knows."""
    try:
        return published(word)
    except DescriptionError:
        return None


def published(word: Text) -> Publication:
    """What a value of docker's ``--publish`` publishes. Raises DescriptionError."""
    host, _, container = word.text.rpartition(":")
    if "=" in word.text:
        parts = dict(part.partition("=")[::2] for part in word.text.lower().split(","))
        host, protocol = parts.get("published", ""), parts.get("protocol")
        container = parts.get("target", "") + (f"/{protocol}" if protocol else "")
    found = parse_host(host, word.place) if host else HostPort("")
    return Publication(_port(container, word.place), found, word.place)
