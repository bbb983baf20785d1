"""Ports one by one, as engines keep them, and ranges of them again, as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

_RANGE = re.compile(r"(\d+)(?:-(\d+))?(?:/(\w+))?", re.ASCII)


def address(written: str) -> str:
    """An IP address; brackets around it don't count."""
    try:
        return str(ip_address(written.strip("[]")))
    except ValueError:
        return written


def ports(written: str) -> tuple[str, ...]:
    """Each port of ``7000-7010/udp``; tcp is not written."""
    return tuple(_ports(written))


def _ports(written: str) -> Iterator[str]:
    match = _RANGE.fullmatch(written)
    if not match or int(match[2] or match[1]) > 65535:
        raise ValueError(written)
    protocol = (match[3] or "tcp").lower()
    for number in range(int(match[1]), int(match[2] or match[1]) + 1):
        yield str(number) if protocol == "tcp" else f"{number}/{protocol}"


def publications(written: str) -> tuple[str, ...]:
    """Each ``[[ADDRESS:][PORT]:]PORT`` of what ``--publish`` takes.

    Of several ports of the host for a single one of the container the engine chooses: they stay
    together.
    """
    place, _, inside = _short(written).rpartition(":")
    host, _, outside = place.rpartition(":")
    inner = ports(inside)
    several = "-" in outside and len(inner) > 1
    outer = ports(outside) if several else ["" if outside == "0" else outside] * len(inner)
    return tuple(map(publication, [address(host)] * len(inner), outer, inner))


def _short(written: str) -> str:
    """``published=8080,target=80,protocol=udp`` as ``8080:80/udp``."""
    if "=" not in written:
        return written
    parts = dict(part.partition("=")[::2] for part in written.split(","))
    return f"{parts.get('published', '')}:{parts.get('target', '')}/{parts.get('protocol', 'tcp')}"


def publication(host: str, outside: str, inside: str) -> str:
    """A publication as one word; the address and the port of the host may be empty."""
    host = f"[{host}]" if ":" in host else host
    if not host:
        return f"{outside}:{inside}" if outside else inside
    return f"{host}:{outside}:{inside}"


def published(words: Iterable[str]) -> set[str]:
    """The ports of a container that publications, each as one word, publish."""
    return {word.rpartition(":")[2] for word in words}


def ranges(words: Iterable[str]) -> list[str]:
    """Single ports as ranges, the other way round."""
    found: list[tuple[str, int, int]] = []
    for word in words:
        match = _RANGE.fullmatch(word)
        if not match or match[2]:
            return list(words)
        found.append((match[3] or "", int(match[1]), int(match[1])))
    joined: list[tuple[str, int, int]] = []
    for protocol, first, last in sorted(found):
        if joined and joined[-1][0] == protocol and joined[-1][2] == first - 1:
            joined[-1] = (protocol, joined[-1][1], last)
        else:
            joined.append((protocol, first, last))
    return [_range(*each) for each in joined]


def _range(protocol: str, first: int, last: int) -> str:
    numbers = str(first) if first == last else f"{first}-{last}"
    return f"{numbers}/{protocol}" if protocol else numbers
