"""What a lock on a docker host is: a volume, and a label of it that says whose it is.

An engine makes a volume of a name only once, and who makes it again gets the one that is there,
with its label as it is: of several at once, all find the label of the same one (measured on engines
20.10 and 28.5, six at once). So whoever finds his own label has the lock.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dirg import who
from dirg.command import QUERY, Command, Later, Result
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.host import Host
    from dirg.whereabouts import Whereabouts

LABEL = "dirg.lock"
_CAUSE = "lock"


def text(mark: who.Mark, runs: str, token: str) -> str:
    """The label of a process; ``token`` tells it from all others, ``runs`` is dirg's command."""
    return f"{replace(mark, was='')} runs={runs} token={token}"


def shown(by: str, runs: str) -> str:
    """The label as a shell would make it, which knows the time only then."""
    return Later(f"{LABEL}=by={by} at=", who.DATE, f" runs={runs}")


def create(host: Host, name: str, label: str) -> Command:
    """Make the lock of a name, unless somebody has made it; ``label`` says who it is of."""
    return Command(host, ("volume", "create", "--label", label, volume(name)), cause=_CAUSE)


def inspect(host: Host, name: str) -> Command:
    """The question whose the lock is."""
    form = ("--format", "{{json .Labels}}")
    return Command(host, ("volume", "inspect", *form, volume(name)), essential=True, cause=QUERY)


def remove(host: Host, name: str) -> Command:
    """Take the lock away, whosoever it is."""
    return Command(host, ("volume", "rm", volume(name)), essential=True, cause=_CAUSE)


def volume(name: str) -> str:
    """The name of the volume that is a lock."""
    return f"{LABEL}.{name}"


def found(result: Result) -> str | None:
    """The label that ``inspect`` has found, empty where dirg has not made it; None without a lock.

    Raises ValueError for an answer that is none.
    """
    if result.gone:
        return None
    labels = json.loads(result.output) if result.ok else ...
    if labels is not None and not isinstance(labels, dict):
        raise ValueError(result.reason)
    return str((labels or {}).get(LABEL, ""))


@dataclass(frozen=True)
class Holder:
    """Whose a lock is.

    ``said``: who that is, for a person. ``ended``: whether they are at work no more, None where
    nobody can know. ``process``: its number where it is at work on this machine.
    """

    said: str
    ended: bool | None
    process: str = ""


def holder(label: str, here: Whereabouts) -> Holder:
    """Whose a lock is, as far as a process can know that is ``here``."""
    mark = who.read(label)
    if mark is None:
        return Holder("somebody has a volume in its place that dirg has not made", None)
    ended = here.ended(mark)
    runs = re.search(r"(?:^| )runs=(\S+)", label)
    said = f"{mark.by} runs dirg{f' {runs[1]}' if runs else ''} since {mark.at}"
    process = mark.process.partition(".")[0] if ended is False else ""
    where = f"process {process} of this machine" if process else ""
    where = "on this machine, and has ended" if ended else where
    return Holder(f"{said} ({where})" if where else said, ended, process)
