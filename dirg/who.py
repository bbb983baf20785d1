"""Who replaces a container, as a label of the new one says it, and whether they are still at it."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dirg.command import Later

LABEL = "dirg.update"
_DATE = "date -u +%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Mark:
    """The label of a container that an update has made.

    ``by``: the user and the machine. ``at``: the time, ISO 8601 in UTC; empty where a shell is to
    put it in. ``within``: how long it may take at most, in seconds. ``process``: the process id,
    its start time and its namespace; ``boot`` and ``machine`` say where that counts.
    ``members``: the containers that are replaced together, ``olds``: the ids of their old ones, as
    people know them from docker, empty where there is none. ``old``: the id of its own old one;
    ``was``: its state; ``starts``: whether the new one is to be started. ``volumes``: the anonymous
    volumes that were handed on to it by name. ``keep``: how many old ones are to be kept. ``back``:
    what the container was called before, where an old one comes back, and ``restart`` the restart
    policy that it had.
    """

    by: str
    at: str
    within: int = 0
    process: str = ""
    boot: str = ""
    machine: str = ""
    members: tuple[str, ...] = ()
    olds: tuple[str, ...] = ()
    old: str = ""
    was: str = "running"
    starts: bool = True
    keep: int = 0
    back: str = ""
    restart: str = ""
    volumes: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = {
            "by": self.by,
            "at": self.at,
            "within": self.within,
            "process": self.process,
            "boot": self.boot,
            "machine": self.machine,
            "with": ",".join(self.members),
            "olds": ",".join(self.olds) if any(self.olds) else "",
            "old": self.old,
            "was": self.was,
            "start": "" if self.starts else "no",
            "keep": self.keep,
            "back": self.back,
            "restart": self.restart,
            "volumes": ",".join(self.volumes),
        }
        return " ".join(f"{key}={value}" for key, value in words.items() if value)

    @property
    def label(self) -> str:
        """The whole argument of ``--label``."""
        label = f"{LABEL}={self}"
        if self.at:
            return label
        by = f"{LABEL}=by={self.by}"
        return Later(f"{by} at=", _DATE, label[len(by) :])

    def handed_on(self, volume: str) -> bool:
        """Whether an anonymous volume was handed on by its name, which docker takes for a name.

        A shell that was given the commands has looked it up, and could not say which it was.
        """
        return volume in self.volumes or not (self.process or self.volumes)

    @property
    def update(self) -> tuple[str, str, str]:
        """What all containers that were replaced together have in common."""
        return self.at, self.process, ",".join(self.members)


def read(label: str) -> Mark | None:
    """The mark that a label holds; None where it is none."""
    words = dict(re.findall(r"(?:^| )([a-z]+)=(\S*)", label))
    if not words.get("by") or not words.get("at"):
        return None
    numbers = {key: int(words[key]) for key in ("within", "keep") if _number(words, key)}
    texts = {key: words.get(key, "") for key in _TEXTS}
    return Mark(
        **texts,
        within=numbers.get("within", 0),
        keep=numbers.get("keep", 0),
        members=_listed(words, "with"),
        olds=_listed(words, "olds"),
        starts=words.get("start") != "no",
        volumes=_listed(words, "volumes"),
    )


_TEXTS = ("by", "at", "process", "boot", "machine", "old", "was", "back", "restart")


def _listed(words: Mapping[str, str], key: str) -> tuple[str, ...]:
    text = words.get(key, "")
    return tuple(text.split(",")) if text else ()


def _number(words: Mapping[str, str], key: str) -> bool:
    text = words.get(key, "")
    return text.isascii() and text.isdigit() and len(text) < 10


@dataclass(frozen=True)
class Whereabouts:
    """Where this process is: what tells whether others are still there.

    ``system``: the folder of the system's own files; where it has none, as on a Mac, only time
    tells of others.
    """

    system: Path = field(default=Path("/"))

    def mark(self) -> Mark:
        """The mark of this process, now."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        pid = os.getpid()
        process = f"{pid}.{self._started(pid)}.{self._namespace}" if self._boot else ""
        return Mark(_user(), now, process=process, boot=self._boot, machine=self._machine)

    def ended(self, mark: Mark) -> bool | None:
        """Whether the process of a mark has ended; None where only time can tell."""
        here = self._boot and mark.boot == self._boot
        pid, _, rest = mark.process.partition(".")
        started, _, namespace = rest.partition(".")
        if here and namespace == self._namespace and pid.isdigit():
            return self._started(int(pid)) != started
        if mark.machine and mark.machine == self._machine and not here:
            # This machine has been started anew since.
            return True
        return None

    def told(self, mark: Mark, name: str) -> str:
        """Who is at a container, for a person, and what to do about it."""
        said = f"{mark.by} replaces it, since {mark.at}"
        if self.ended(mark) is False:
            return f"{said} (process {mark.process.partition('.')[0]} of this machine)"
        advice = f"dirg run --take-over {name} ends that, if they are dead"
        return f"{said}, for {mark.within} s at most; {advice}"

    def _read(self, name: str) -> str:
        try:
            return (self.system / name).read_text().strip()
        except OSError:
            return ""

    @property
    def _boot(self) -> str:
        return self._read("proc/sys/kernel/random/boot_id").replace("-", "")[:12]

    @property
    def _machine(self) -> str:
        """What stays the same over a new start; copied machines often have the same id."""
        number = self._read("etc/machine-id")
        same = f"{number} {socket.gethostname()}"
        return hashlib.sha256(same.encode()).hexdigest()[:12] if number else ""

    @property
    def _namespace(self) -> str:
        try:
            return re.sub(r"\D", "", str((self.system / "proc/self/ns/pid").readlink()))
        except OSError:
            return ""

    def _started(self, pid: int) -> str:
        """The start time of a process in ticks since the boot; empty where it is no more."""
        fields = self._read(f"proc/{pid}/stat").rpartition(")")[2].split()
        return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""


def _user() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return re.sub(r"\s", "_", f"{user}@{socket.gethostname()}")
