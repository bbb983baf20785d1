"""A log under many writers, and what can't be one."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from dirg.appended import Appended
from dirg.errors import UsageError

LOG = Path("log")
# The kernel takes no more of a line than 1,500 bytes at a time here: only the lock keeps it whole.
WRITERS = """
import os
import sys
import threading
from pathlib import Path
from dirg.appended import Appended

whole = os.write
os.write = lambda file, data: whole(file, bytes(data)[:1500])
log, own = Appended(Path("log")), sys.argv[1]

def write(thread):
    for number in range(1000):
        log.write(f"{own}.{thread}.{number}.".encode() + b"x" * (number % 7 * 1000))

threads = [threading.Thread(target=write, args=(each,)) for each in range(3)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def write(*lines: bytes, path: Path = LOG) -> None:
    file = Appended(path)
    for line in lines:
        file.write(line)


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as error:
        Appended(path)
    text = str(error.value)
    end = "; name another file by --log, or by dirg_log in dirg.cfg; nothing was touched"
    assert text.endswith(end)
    return text.removesuffix(end)


def test_lines_are_added_at_the_end() -> None:
    write(b"one", b"two")
    write(b"three")
    assert LOG.read_bytes() == b"one\ntwo\nthree\n"


def test_only_its_owner_may_read_what_is_made() -> None:
    write(b"one")
    assert stat.S_IMODE(LOG.stat().st_mode) == 0o600


def test_many_lines_of_many_processes_and_threads() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITERS, str(own)], env=environ) for own in range(2)
    ]
    assert [each.wait(60) for each in writers] == [0, 0]
    found: Counter[tuple[str, str, str]] = Counter()
    for line in LOG.read_text().splitlines():
        own, thread, number, rest = line.split(".")
        assert rest == "x" * (int(number) % 7 * 1000)
        found[own, thread, number] += 1
    assert len(found) == 2 * 3 * 1000
    assert {*found.values()} == {1}


def test_short_writes_are_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, data: whole(file, bytes(data)[:3]))
    write(b"one two", b"three")
    assert LOG.read_bytes() == b"one two\nthree\n"


def test_half_a_line_of_before_gets_its_end() -> None:
    LOG.write_bytes(b'one\n{"half')
    write(b"two", b"three")
    assert LOG.read_bytes() == b'one\n{"half\ntwo\nthree\n'


def test_what_was_renamed_goes_on_where_it_is() -> None:
    file = Appended(LOG)
    LOG.rename("log.1")
    file.write(b"one")
    write(b"two")
    assert (Path("log.1").read_bytes(), LOG.read_bytes()) == (b"one\n", b"two\n")


def test_a_disk_that_is_full() -> None:
    file = Appended(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left"):
        file.write(b"one")


def test_a_pipe_that_somebody_reads() -> None:
    os.mkfifo(LOG)
    reader = os.open(LOG, os.O_RDONLY | os.O_NONBLOCK)
    write(b"one")
    assert os.read(reader, 100) == b"one\n"
    os.close(reader)


def test_what_can_be_no_log(tmp_path: Path) -> None:
    os.mkfifo("fifo")
    Path("folder").mkdir()
    Path("file").touch()
    why = "no docker command can be logged there"
    assert refused(Path("folder")) == f"folder: {why}: Is a directory"
    assert refused(Path("fifo")) == f"fifo: {why}: nobody reads from it"
    assert refused(Path("no/log")) == f"no/log: {why}: No such file or directory"
    assert refused(Path("file/log")) == f"file/log: {why}: Not a directory"
    # Pythons differ in how they say it.
    assert refused(Path("a\0b")).startswith(f"a\0b: {why}: ")


def test_a_line_is_written_when_its_turn_has_come() -> None:
    file = Appended(LOG)
    with LOG.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        writer = threading.Thread(target=file.write, args=(b"one",))
        writer.start()
        writer.join(0.05)
        assert (writer.is_alive(), LOG.read_bytes()) == (True, b"")
        fcntl.flock(other, fcntl.LOCK_UN)
        writer.join(20)
    assert LOG.read_bytes() == b"one\n"


def test_whoever_keeps_it_locked_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    clock = iter(range(1000))
    monkeypatch.setattr("dirg.appended.time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("dirg.appended.time.sleep", pauses.append)
    file = Appended(LOG)
    with LOG.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        file.write(b"one")
        waited = len(pauses)
        file.write(b"two")
        assert 0 < waited == len(pauses)
    assert LOG.read_bytes() == b"one\ntwo\n"
