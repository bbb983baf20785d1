"""Who this process is, and whether the one of a mark is still at work."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import time
from dataclasses import field
from pathlib import Path

from dirg.processes import stat_of
from dirg.records import dataclass
from dirg.who import Mark


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
        same = f"{number} {os.uname().nodename}"
        return hashlib.sha256(same.encode()).hexdigest()[:12] if number else ""

    @property
    def _namespace(self) -> str:
        try:
            return re.sub(r"\D", "", str((self.system / "proc/self/ns/pid").readlink()))
        except OSError:
            return ""

    def _started(self, pid: int) -> str:
        """The start time of a process in ticks since the boot; empty where it is no more."""
        fields = stat_of(pid, self.system)
        return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""


def _user() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return re.sub(r"\s", "_", f"{user}@{os.uname().nodename}")
