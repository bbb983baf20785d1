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
from dirg.saying import say
from dirg.state import HostState

if TYPE_CHECKING:
    from dirg.host import Host
    from dirg.session import Session
    from dirg.taking import Locks

# How long it takes until somebody who waits looks again, in seconds: here, and on docker hosts.
_PAUSE, _LONG_PAUSE = 0.2, 2.0
# How many hosts are named, where there may be hundreds.
_NAMED = 3
_TRIES = 3


def hold(session: Session, hosts: Iterable[Host]) -> dict[Host, HostState]:
    """Have hosts for this process alone until the session closes: all of them, or none.

    Returns those that gave no answer, with the reason. Waits for others as long as ``--wait`` says.
    Raises DirgError with who they are when they are not through by then.
    """
    wanted = places(session, hosts)
    attempt = _Attempt(session, wanted)
    until = time.monotonic() + session.options.wait
    waiting = False
    while busy := attempt():
        nested = not {*attempt.found}.isdisjoint(processes.ancestors())
        left = until - time.monotonic()
        if nested or left <= 0:
            raise DirgError("\n".join([*busy, _advice(session, nested)]))
        if not waiting and not session.options.quiet:
            waiting = True
            for line in (*busy, f"waiting, {session.options.wait:g} s at most"):
                say(line)
        time.sleep(min(_PAUSE if attempt.found else _LONG_PAUSE, left))
    return {host: HostState(error=error) for host, error in attempt.errors.items()}


class _Attempt:
    """An attempt to have some hosts, to be called until nobody else has any.

    ``found``: the processes of this machine that have some, each with which.
    """

    def __init__(self, session: Session, wanted: Mapping[Host, Sequence[int]]) -> None:
        self.found: dict[int, list[Host]] = {}
        self._wanted = wanted
        self._file = LockFile(session.environ)
        session.at_end.append(self._file.close)
        self._locks: Locks | None = None
        if session.settings.lock:
            from dirg.taking import Locks

            self._locks = Locks(session, session.settings.lock)
            session.at_end.append(self._locks.give_back)

    @property
    def errors(self) -> Mapping[Host, str]:
        return self._locks.errors if self._locks else {}

    def __call__(self) -> list[str]:
        """Who has what was wanted, in lines; nobody where it is had now."""
        busy = self._here()
        if busy or not self._locks:
            return busy
        taken = self._locks.take([*self._wanted])
        if taken:
            # Nobody is kept from what is free by somebody who waits.
            self._file.free()
        return [f"{each.host.name}: {each.told}" for each in taken]

    def _here(self) -> list[str]:
        """The same for this machine alone."""
        self.found = {}
        for _ in range(_TRIES):
            if self._file.take(place for its in self._wanted.values() for place in its):
                return []
            self.found = holders(self._file, self._wanted)
            if self.found:
                return said(self.found)
        return ["others were at work, who have just ended one after another"]


def places(session: Session, hosts: Iterable[Host]) -> dict[Host, tuple[int, ...]]:
    """The bytes of the file that stand for each host together with the description."""
    settings = session.settings
    whats = [os.path.realpath(settings.services), *([settings.lock] if settings.lock else [])]
    return {each: tuple(_byte(it, each) for it in whats) for each in dict.fromkeys(hosts)}


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
    return [line(pid, hosts) for pid, hosts in found.items()]


def line(pid: int, hosts: Sequence[Host]) -> str:
    """Who is at work on which hosts."""
    return f"{_named(hosts)}: {processes.told(pid)}"


def _named(hosts: Sequence[Host]) -> str:
    names = ", ".join(each.name for each in hosts[:_NAMED])
    return f"{names} and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else names


def _advice(session: Session, nested: bool) -> str:
    if nested:
        return "nothing was changed; that one has called this one, which can't wait for it"
    waited = session.options.wait
    after = f" after {waited:g} s" if waited else "; --wait SECONDS waits until that has ended"
    return f"nothing was changed{after}"
