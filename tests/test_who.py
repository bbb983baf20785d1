"""Who replaces a container, as a label says it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from dirg.whereabouts import Whereabouts
from dirg.who import Mark, read

HERE = Whereabouts()
FULL = Mark(
    by="ops@here",
    at="2026-01-02T03:04:05Z",
    within=300,
    process="1.2.3",
    boot="b",
    machine="m",
    members=("db", "web"),
    old="0123456789ab",
    was="paused",
    starts=False,
    keep=2,
    back="web.dirg-kept-1",
    restart="on-failure:3",
    olds=("0123456789ab", ""),
    volumes=("a", "b"),
)


def test_a_mark_is_a_label_of_words() -> None:
    assert FULL.label == (
        "dirg.update=by=ops@here at=2026-01-02T03:04:05Z within=300 process=1.2.3 boot=b machine=m "
        "with=db,web olds=0123456789ab, old=0123456789ab was=paused start=no keep=2 "
        "back=web.dirg-kept-1 restart=on-failure:3 volumes=a,b"
    )


@pytest.mark.parametrize(
    "mark",
    [
        FULL,
        Mark("a@b", "t", was=""),
        replace(FULL, members=(), olds=(), keep=0, back="", restart="", volumes=(), starts=True),
    ],
)
def test_a_label_is_read_as_it_was_written(mark: Mark) -> None:
    assert read(str(mark)) == mark


@pytest.mark.parametrize("label", ["", "nonsense", "by=a", "at=b", "by= at=", "by=a at="])
def test_what_is_no_mark(label: str) -> None:
    assert read(label) is None


@pytest.mark.parametrize("number", ["x", "-1", "1e3", "9999999999", "\u0663"])
def test_numbers_that_are_none(number: str) -> None:
    assert read(f"by=a at=b within={number} keep={number}") == Mark("a", "b", was="")


def test_a_shell_puts_the_time_in() -> None:
    label = replace(FULL, at="", process="", boot="", machine="").label
    assert getattr(label, "shell", "") == (
        '"dirg.update=by=ops@here at=$(date -u +%Y-%m-%dT%H:%M:%SZ) within=300 with=db,web '
        "olds=0123456789ab, old=0123456789ab was=paused start=no keep=2 back=web.dirg-kept-1 "
        'restart=on-failure:3 volumes=a,b"'
    )


def test_this_process_is_at_work() -> None:
    mark = HERE.mark()
    assert HERE.ended(mark) is False
    assert mark.process.split(".")[0] == str(os.getpid())
    assert "@" in mark.by


def test_what_is_told_of_who_is_at_work() -> None:
    mark = replace(HERE.mark(), by="ops@here", at="2026-01-02T03:04:05Z")
    said = "ops@here replaces it, since 2026-01-02T03:04:05Z"
    assert HERE.told(mark, "web") == f"{said} (process {os.getpid()} of this machine)"
    # Of others, nobody knows from here whether they are still alive.
    assert HERE.told(replace(FULL, machine="x"), "web") == (
        f"{said}, for 300 s at most; dirg run --take-over web ends that, if they are dead"
    )


def test_a_process_that_has_ended() -> None:
    process = subprocess.Popen(["sleep", "9"])
    mine = HERE.mark()
    namespace = mine.process.rpartition(".")[2]
    started = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
    mark = replace(mine, process=f"{process.pid}.{started}.{namespace}")
    assert HERE.ended(mark) is False
    # Another process has the number.
    assert HERE.ended(replace(mark, process=f"{process.pid}.{int(started) + 1}.{namespace}"))
    process.kill()
    # Nobody has asked yet how it ended.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert HERE.ended(mark) is True
    process.wait()
    assert HERE.ended(mark) is True


def test_a_machine_that_was_started_anew() -> None:
    mine = HERE.mark()
    assert HERE.ended(replace(mine, boot="before")) is (True if mine.machine else None)


def test_where_only_time_can_tell() -> None:
    mine = HERE.mark()
    assert HERE.ended(replace(mine, boot="x", machine="y")) is None
    assert HERE.ended(replace(mine, process="", boot="", machine="")) is None
    assert HERE.ended(replace(mine, process="1.2.elsewhere")) is None
    assert HERE.ended(replace(mine, process="garbage", boot="x", machine="")) is None


def test_a_system_without_proc(tmp_path: Path) -> None:
    elsewhere = Whereabouts(tmp_path)
    mark = elsewhere.mark()
    assert (mark.process, mark.boot, mark.machine) == ("", "", "")
    assert elsewhere.ended(HERE.mark()) is None
