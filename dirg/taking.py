"""Takes the locks of a name on docker hosts, and gives them back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dirg import hostlock
from dirg.reasons import plain, why
from dirg.records import dataclass
from dirg.saying import say
from dirg.together import each_of
from dirg.whereabouts import Whereabouts

if TYPE_CHECKING:
    from dirg.host import Host
    from dirg.session import Session

# One that has ended is taken over; what somebody else has put in its place then is theirs.
_TRIES = 2


@dataclass(frozen=True)
class Lock:
    """What was found of the lock on a host.

    ``label``: says whose it is, None where it is nobody's. ``error``: why there is no answer.
    """

    host: Host
    label: str | None = None
    error: str = ""

    @property
    def told(self) -> str:
        """Who has it, for a person."""
        if self.label is None:
            return "somebody was at work who has just ended"
        holder = hostlock.holder(self.label, Whereabouts())
        advice = "; dirg unlock ends that, if they are dead"
        return f"{holder.said}{advice if self.label and holder.ended is None else ''}"


class Locks:
    """The locks of a name on hosts, for one process. Who uses it has the name on this machine."""

    def __init__(self, session: Session, name: str) -> None:
        self.here = Whereabouts()
        self.errors: dict[Host, str] = {}
        self._session = session
        self._name = name
        self._own = hostlock.text(self.here.mark(), session.verb, os.urandom(8).hex())
        # Where there may be one of this process, also after an interruption.
        self._left: dict[Host, None] = {}
        self._waits = False

    def take(self, hosts: Sequence[Host]) -> list[Lock]:
        """Take all of them, or none; those that others have.

        ``errors`` says which hosts gave no answer, and why. All are asked at once. Of two who did
        so, each may have got some: then it goes by the order of names, in which one of them is
        first. Who waits only looks, until all are free.
        """
        busy = self._busy(self._looked(hosts)) if self._waits else []
        if not busy:
            busy = self._busy(self._asked(hosts))
            if busy and len(hosts) > 1:
                self.give_back()
                busy = self._in_turn(hosts)
        if busy:
            self.give_back()
        self._waits = bool(busy)
        return busy

    def _looked(self, hosts: Sequence[Host]) -> list[Lock]:
        """The locks that somebody has on hosts who is not known to have ended."""
        found = self.looked(hosts)
        return [each for each in found if each.label is not None and not self._ended(each.label)]

    def looked(self, hosts: Sequence[Host]) -> list[Lock]:
        """What the locks on hosts are; they stay as they are."""
        session = self._session
        session.docker  # noqa: B018 - threads must not make one each
        return each_of(self.look, hosts, session.bounds, lambda host: host)

    def _ended(self, label: str) -> bool:
        return bool(hostlock.holder(label, self.here).ended)

    def _in_turn(self, hosts: Sequence[Host]) -> list[Lock]:
        for each in sorted(hosts, key=lambda host: host.name):
            busy = self._busy(self._asked([each]))
            if busy:
                return busy
        return []

    def _asked(self, hosts: Sequence[Host]) -> list[Lock]:
        session = self._session
        session.docker  # noqa: B018 - threads must not make one each
        self._left |= dict.fromkeys(hosts)
        found = each_of(self._taken, hosts, session.bounds, lambda host: host)
        for each in found:
            if each.error:
                self.errors[each.host] = each.error
            else:
                self.errors.pop(each.host, None)
            if each.label != self._own:
                del self._left[each.host]
        return found

    def _busy(self, found: Sequence[Lock]) -> list[Lock]:
        return [each for each in found if not each.error and each.label != self._own]

    def _taken(self, host: Host) -> Lock:
        session = self._session
        lock = Lock(host)
        for _ in range(_TRIES):
            label = f"{hostlock.LABEL}={self._own}"
            made = session.query(hostlock.create(host, self._name, label))
            if not made.ok:
                return Lock(host, error=why(made, session.environ))
            lock = self.look(host)
            if not (lock.label and self._ended(lock.label)):
                break
            session.query(hostlock.remove(host, self._name))
        return lock

    def look(self, host: Host) -> Lock:
        """What the lock on a host is."""
        result = self._session.query(hostlock.inspect(host, self._name))
        try:
            return Lock(host, hostlock.found(result))
        except ValueError:
            return Lock(host, error=why(result, self._session.environ))

    def give_back(self) -> None:
        """Take away those of this process; what was not, is told."""
        hosts = [*self._left]
        self._left = {}
        for problem in each_of(self._given_back, hosts, self._session.bounds, lambda host: host):
            if problem:
                say(problem)

    def _given_back(self, host: Host) -> str:
        lock = self.look(host)
        if lock.label is None or lock.label != self._own:
            problem = lock.error
        else:
            problem = self._removed(host)
        if not problem:
            return ""
        return f"{host.name}: the lock {self._name} was not given back: {problem}; dirg unlock does"

    def remove(self, lock: Lock) -> str:
        """Remove the lock of somebody, unless it is somebody else's by now; why it was not.

        An engine has no command that would look and remove in one: what remains is the moment in
        between.
        """
        now = self.look(lock.host)
        if now.error or now.label is None:
            return now.error
        if now.label != lock.label:
            by = hostlock.holder(now.label, self.here).said
            return f"it was locked anew meanwhile by {by}"
        return self._removed(lock.host)

    def _removed(self, host: Host) -> str:
        result = self._session.query(hostlock.remove(host, self._name))
        return "" if result.ok or result.gone else plain(result)
