"""Keeps two dirgs from changing the containers of a description on the same host at once."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dirg import processes
from dirg.errors import DirgError
from dirg.lockfile import LockFile
from dirg.session import Session, say

if TYPE_CHECKING:
    from dirg.host import Host

# How long it takes until somebody who waits looks again, in seconds.
_PAUSE = 0.2
# How many hosts are named, where there may be hundreds.
_NAMED = 3


def hold(session: Session, hosts: Iterable[Host]) -> None:
    """Have hosts for this process alone until the session closes.

    Waits for others as long as ``--wait`` says. Raises DirgError with who they are when they are
    not through by then.
    """
    wanted = places(session, hosts)
    file = LockFile(session.environ)
    session.at_end.append(file.close)
    until = time.monotonic() + session.options.wait
    waiting = False
    while not file.take(place for its in wanted.values() for place in its):
        found = holders(file, wanted)
        nested = not {*found}.isdisjoint(processes.ancestors())
        left = until - time.monotonic()
        if nested or left <= 0:
            raise DirgError("\n".join([*said(found), _advice(session, nested)]))
        if not waiting and not session.options.quiet:
            waiting = True
            for line in (*said(found), f"waiting, {session.options.wait:g} s at most"):
                say(line)
        time.sleep(min(_PAUSE, left))


def places(session: Session, hosts: Iterable[Host]) -> dict[Host, tuple[int, ...]]:
    """The bytes of the file that stand for each host together with the description."""
    described = os.path.realpath(session.settings.services)
    return {each: (_byte(described, each),) for each in dict.fromkeys(hosts)}


def _byte(what: str, host: Host) -> int:
    """A number below 2^62, which is below what a file may be long."""
    # What has to be set for docker depends on what is set in the shell: the host is the same.
    address = [each for each in host.endpoint if isinstance(each, str) and each != "--tlsverify"]
    digest = hashlib.sha256("\0".join([what, *address]).encode("utf-8", "surrogateescape"))
    return int.from_bytes(digest.digest()[:8], "big") >> 2


def holders(file: LockFile, wanted: Mapping[Host, Sequence[int]]) -> dict[int, list[Host]]:
    """The processes that have some hosts, each with those that it has."""
    found: dict[int, list[Host]] = {}
    for host, its in wanted.items():
        for pid in dict.fromkeys(map(file.holder, its)):
            if pid is not None:
                found.setdefault(pid, []).append(host)
    return found


def said(found: Mapping[int, Sequence[Host]]) -> list[str]:
    """Who is at work on which hosts, a line for each process."""
    return [f"{_named(hosts)}: {processes.told(pid)}" for pid, hosts in found.items()]


def _named(hosts: Sequence[Host]) -> str:
    names = ", ".join(each.name for each in hosts[:_NAMED])
    return f"{names} and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else names


def _advice(session: Session, nested: bool) -> str:
    if nested:
        return "nothing was changed; that one has called this one, which can't wait for it"
    waited = session.options.wait
    after = f" after {waited:g} s" if waited else "; --wait SECONDS waits until that has ended"
    return f"nothing was changed{after}"
