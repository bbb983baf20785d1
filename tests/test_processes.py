"""Who another process is, by what the system tells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dirg import processes

NAME = os.uname().nodename
BOOTED = 1767322000


def process(folder: Path, pid: int, *words: str, parent: int = 1, user: int = 0) -> None:
    """What the system tells of a process; its name is as odd as one may be."""
    its = folder / "proc" / str(pid)
    its.mkdir(parents=True)
    ticks = 100 * os.sysconf("SC_CLK_TCK")
    fields = ["S", str(parent), *["0"] * 17, str(ticks), "0"]
    (its / "stat").write_text(f"{pid} (a) b (c) {' '.join(fields)}\n")
    (its / "status").write_text(f"Name:\ta\nUid:\t{user}\t{user}\t{user}\t{user}\n")
    (its / "cmdline").write_text("".join(f"{word}\0" for word in words))
    (folder / "proc/stat").write_text(f"cpu 1 2\nbtime {BOOTED}\nprocesses 9\n")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["/usr/bin/python3", "/opt/dirg/bin/dirg", "update", "web"], "dirg update web"),
        (["python3", "-m", "dirg", "run"], "dirg run"),
        (["dirg", "rm", "a b"], "dirg rm 'a b'"),
        (["/x/docker-dirg", "-H", "h", "dirg", "stop"], "docker-dirg -H h dirg stop"),
        (["dirg", "run", "\x1b[2J\n"], "dirg run '?[2J?'"),
        (["dirg", "run", "w" * 90], f"dirg run {'w' * 71}…"),
        (["python3", "-c", "import dirg"], "dirg"),
        ([], "dirg"),
    ],
)
def test_what_is_told_of_a_process(tmp_path: Path, words: list[str], shown: str) -> None:
    process(tmp_path, 7, *words)
    since = "since 2026-01-02T02:48:20Z"
    said = f"root@{NAME} runs {shown} {since} (process 7 of this machine)"
    assert processes.told(7, tmp_path) == said


def test_a_user_without_a_name(tmp_path: Path) -> None:
    process(tmp_path, 7, "dirg", "run", user=4_000_000_001)
    assert processes.told(7, tmp_path).startswith(f"4000000001@{NAME} runs dirg run since ")


def test_a_process_of_which_nothing_is_seen(tmp_path: Path) -> None:
    assert processes.told(7, tmp_path) == "somebody runs dirg (process 7 of this machine)"
    assert processes.told(0) == "a process that can't be seen from here runs dirg"
    assert processes.told(-1) == "a process that can't be seen from here runs dirg"


def test_a_real_process() -> None:
    program = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "dirg", "update"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout
        running.stdout.readline()
        said = processes.told(running.pid)
        running.kill()
    moment = r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.fullmatch(
        rf"\S+@{re.escape(NAME)} runs dirg update {moment} "
        rf"\(process {running.pid} of this machine\)",
        said,
    )


def test_who_has_called_this_process(tmp_path: Path) -> None:
    assert next(iter(processes.ancestors())) == os.getppid()
    # Without the system's files, only who called it itself is known.
    assert [*processes.ancestors(tmp_path)] == [os.getppid()]
    process(tmp_path, os.getppid(), parent=5)
    process(tmp_path, 5, parent=1)
    process(tmp_path, 1, parent=0)
    assert [*processes.ancestors(tmp_path)] == [os.getppid(), 5, 1]
