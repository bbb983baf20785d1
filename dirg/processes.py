"""Who another process of this machine is, by what the system tells of it."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

_SYSTEM = Path("/")
# How much is shown of a command line, in characters.
_LONGEST = 80
# The second one is what the docker CLI calls as its plugin.
_PROGRAMS = ("dirg", "docker-dirg")


def told(pid: int, system: Path = _SYSTEM) -> str:
    """Who a process is, what it runs and since when, for a person: as far as it can be seen.

    ``system``: the folder of the system's own files (proc(5)); where it has none, as on a Mac, or
    hides those of others, only the number is known. That is none where the process is out of sight,
    as from within a container.
    """
    if pid <= 0:
        return "a process that can't be seen from here runs dirg"
    user, words, since = _user(pid, system), _words(pid, system), _since(pid, system)
    return f"{user} runs {words}{since} (process {pid} of this machine)"


def ancestors(system: Path = _SYSTEM) -> Iterator[int]:
    """The processes that this one was called by, the nearest first."""
    pid = os.getppid()
    while pid > 0:
        yield pid
        fields = stat_of(pid, system)
        pid = int(fields[1]) if fields else 0


def stat_of(pid: int, system: Path) -> list[str]:
    """What the system tells of a process, from its state on; empty where there is none."""
    return _read(system / f"proc/{pid}/stat").rpartition(")")[2].split()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _user(pid: int, system: Path) -> str:
    number = re.search(r"^Uid:\s+(\d+)", _read(system / f"proc/{pid}/status"), re.MULTILINE)
    if not number:
        return "somebody"
    import pwd

    try:
        name = pwd.getpwuid(int(number[1])).pw_name
    except KeyError:
        name = number[1]
    return f"{name}@{os.uname().nodename}"


def _words(pid: int, system: Path) -> str:
    """The command line from the name of dirg on, without the interpreter and the path before it."""
    words = _read(system / f"proc/{pid}/cmdline").rstrip("\0").split("\0")
    names = [word.rpartition("/")[2] for word in words]
    at = next((place for place, name in enumerate(names) if name in _PROGRAMS), None)
    line = "dirg" if at is None else shlex.join([names[at], *words[at + 1 :]])
    shown = "".join(each if each.isprintable() else "?" for each in line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _since(pid: int, system: Path) -> str:
    """When a process was started, which proc(5) tells in ticks since the machine was."""
    fields = stat_of(pid, system)
    booted = re.search(r"^btime (\d+)", _read(system / "proc/stat"), re.MULTILINE)
    if len(fields) < 20 or not booted:
        return ""
    seconds = int(booted[1]) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.strftime(" since %Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
