"""Many docker commands at once through dirg's seam: is anything lost, and is anything left over?

    python stress.py COUNT AT_ONCE FOLDER

Docker's place is taken by a small program for the shell, which prints what it is told on both of
its outputs. What went wrong is printed, a line for each; how fast it was comes last.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from dirg.command import Command
from dirg.docker import Docker
from dirg.host import Host

# How many words a command prints at least: several blocks, so that a lost one shows.
WORDS = 3000


def written(number: int, stream: str) -> str:
    """What a command prints: its number, over and over, in a length of its own."""
    return f"{stream}{number} " * (WORDS + number % 97)


def trouble(docker: Docker, number: int) -> Iterator[str]:
    """What is wrong with the result of one command."""
    out, err, status = written(number, "o"), written(number, "e"), number % 7
    command = Command(Host(f"h{number % 5}"), (out, err, str(status)))
    if number % 10:
        result = docker(command, 120 if number % 2 else None)
        output, error = result.output, result.error
    else:
        lines: dict[str, list[str]] = {"out": [], "err": []}
        result = docker.stream(command, lambda stream, line: lines[stream].append(line))
        output, error = "".join(lines["out"]), "".join(lines["err"])
    for what, found, expected in (
        ("status", result.status, status),
        ("output", output, out),
        ("error", error, err),
    ):
        if found != expected:
            yield f"{number}: {what} is {str(found)[:60]!r}"


def left_over() -> tuple[int, int, list[str]]:
    """How many threads and open files there are, and the processes that were started."""
    children = Path("/proc/self/task").glob("*/children")
    pids: list[str] = []
    for found in children:
        # A thread may end while it is looked at.
        with suppress(OSError):
            pids += found.read_text().split()
    return threading.active_count(), len([*Path("/proc/self/fd").iterdir()]), pids


def grown(before: tuple[int, int, list[str]]) -> bool:
    """Whether there is more than before."""
    threads, files, processes = left_over()
    return threads > before[0] or files > before[1] or len(processes) > len(before[2])


def main(count: int, at_once: int, folder: Path) -> list[str]:
    """Do it; gives what went wrong."""
    program = folder / "docker"
    # After a failure, dirg asks whether the host is still there, by docker version.
    there = 'test "$1" = version && exit'
    program.write_text(f'#!/bin/sh\n{there}\nprintf %s "$1"\nprintf %s "$2" >&2\nexit "$3"\n')
    program.chmod(0o755)
    os.environ["PATH"] = os.pathsep.join([str(folder), os.environ["PATH"]])
    docker = Docker(os.environ, lambda command: None)
    # The first use of a thing opens what stays open.
    problems = list(trouble(docker, 10))
    before = left_over()
    with ThreadPoolExecutor(at_once) as pool:
        for found in pool.map(lambda number: list(trouble(docker, number)), range(count)):
            problems += found
    deadline = time.monotonic() + 60
    # What was about to end before may have ended.
    while grown(before) and time.monotonic() < deadline:
        time.sleep(0.05)
    if grown(before):
        problems.append(f"left over (threads, files, processes): {before} became {left_over()}")
    return problems


if __name__ == "__main__":
    began = time.monotonic()
    found = main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{int(sys.argv[1]) / (time.monotonic() - began):.0f} commands a second")
    sys.exit(bool(found))
