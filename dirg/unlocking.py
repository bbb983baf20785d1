"""Tells who is at work on hosts, and removes the locks of those who are not known to be alive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dirg import hostlock, lock
from dirg.acting import finish
from dirg.errors import DirgError
from dirg.lockfile import LockFile
from dirg.saying import echo
from dirg.state import HostState

if TYPE_CHECKING:
    from dirg.drive import Drive
    from dirg.host import Host
    from dirg.session import Session
    from dirg.taking import Lock, Locks


def unlock(drive: Drive, selected: Sequence[str]) -> None:
    """Tell of the locks on this machine and on hosts, and remove those that may be removed.

    Raises DirgError when some stay, since somebody is at work or docker refuses.
    """
    session = drive.session
    hosts = [*dict.fromkeys(each.host for each in session.deployments(selected))]
    here = _on_this_machine(session, hosts)
    if session.options.dry_run:
        _print(session, hosts, here)
        return
    there = _on_hosts(drive, hosts) if session.settings.lock else []
    for pid, its in here.items():
        echo(lock.line(pid, its))
    if not (here or there):
        echo("nothing is locked")
    stay = filter(None, [_unlocked(*each) for each in there])
    alive = dict.fromkeys([*map(str, here), *stay])
    if alive:
        raise DirgError(f"end process {', '.join(alive)} first")
    finish(drive, [])


def _on_this_machine(session: Session, hosts: Sequence[Host]) -> Mapping[int, Sequence[Host]]:
    file = LockFile(session.environ)
    try:
        return lock.holders(file, lock.places(session, hosts))
    finally:
        file.close()


def _print(session: Session, hosts: Sequence[Host], found: Mapping[int, Sequence[Host]]) -> None:
    """What it would do where every host is locked by somebody who is not known to be alive.

    Those that a process of this machine has at work are not for a shell to unlock either.
    """
    from dirg.dry import comment

    for pid, its in found.items():
        comment(f"{lock.line(pid, its)}; end process {pid} first")
    taken = {host for its in found.values() for host in its}
    left = [each for each in hosts if each not in taken and session.settings.lock]
    if left:
        volume = hostlock.volume(session.settings.lock)
        comment(
            f"only where {volume} has the label {hostlock.LABEL}: otherwise it is somebody else's"
        )
    for host in left:
        echo(str(hostlock.remove(host, session.settings.lock)))


def _on_hosts(drive: Drive, hosts: Sequence[Host]) -> list[tuple[Locks, Lock]]:
    """The locks that somebody has on hosts. Raises DirgError when a host gives no answer."""
    from dirg.taking import Locks

    locks = Locks(drive.session, drive.session.settings.lock)
    found = locks.looked(hosts)
    drive.admitted({each.host: HostState(error=each.error) for each in found if each.error})
    return [(locks, each) for each in found if each.label is not None]


def _unlocked(locks: Locks, found: Lock) -> str:
    """Remove a lock, unless it is of somebody who is known to be alive: their process.

    Raises DirgError when it can't be removed.
    """
    holder = hostlock.holder(found.label or "", locks.here)
    told = f"{found.host.name}: {holder.said}"
    if holder.ended is False:
        echo(told)
        return holder.process
    problem = locks.remove(found) if found.label else "docker volume rm removes it"
    if problem:
        raise DirgError(f"{told}: {problem}")
    echo(f"{told}: unlocked")
    return ""
