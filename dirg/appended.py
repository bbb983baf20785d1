"""A file that grows by whole lines, however many processes and threads write to it at once."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dirg.errors import UsageError

# Who waits for a reader of a fifo, or for a terminal, would wait for ever.
_FLAGS = os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# How long others may keep the file locked, in seconds: they need some microseconds, unless somebody
# has stopped them in the middle of a line; and how long it takes until it is tried again.
_PATIENCE, _PAUSE = 5.0, 0.002
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFBLK: "a disk", stat.S_IFSOCK: "a socket"}


class Appended:
    """A file, open for as long as this is there; made where there is none, for its owner alone.

    Raises UsageError when it can't be opened, and for what is neither a file, nor a character
    device, nor a pipe that somebody reads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file, self._readable = _opened(path)
        self._lock = threading.Lock()
        self._patience = _PATIENCE

    def write(self, line: bytes) -> None:
        """Append a line, given without its end, as one piece. Raises OSError.

        Where somebody was ended in the middle of a line, it begins a new one.
        """
        with self._lock, self._in_turn():
            rest = memoryview(b"\n" * self._torn + line + b"\n")
            while rest:
                # O_APPEND puts each write at the end; more than one is rare.
                rest = rest[os.write(self._file, rest) :]

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Keeps others out, as far as the file system can do that, and they don't for too long.

        A line among half a line of somebody who was stopped is better than none.
        """
        with _alone(self._file, fcntl.LOCK_EX, self._patience) as alone:
            # Nobody is waited for twice.
            self._patience = _PATIENCE if alone else 0.0
            yield

    @property
    def _torn(self) -> bool:
        """Whether the last line has no end."""
        if not self._readable:
            return False
        size = os.fstat(self._file).st_size
        return size > 0 and os.pread(self._file, 1, size - 1) not in (b"\n", b"")


def _locked(file: int, kind: int) -> bool:
    """Take the lock; whether nobody else has it. A file system may know of none: so be it."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


def _opened(path: Path) -> tuple[int, bool]:
    """The file, and whether it can be read as well. Raises UsageError."""
    try:
        file, readable = _open(path)
        kind = stat.S_IFMT(os.fstat(file).st_mode)
    except OSError as error:
        unread = error.errno == errno.ENXIO
        raise _unusable(path, "nobody reads from it" if unread else str(error.strerror)) from error
    except ValueError as error:
        raise _unusable(path, str(error)) from error
    if kind in _KINDS:
        os.close(file)
        raise _unusable(path, f"it is {_KINDS[kind]}")
    os.set_blocking(file, True)
    return file, readable and kind == stat.S_IFREG


def _open(path: Path) -> tuple[int, bool]:
    # A fifo that is opened to be read as well has a reader: the writer itself.
    if not path.is_fifo():
        # Some may add to a file that they may not read.
        with suppress(PermissionError):
            return os.open(path, _FLAGS | os.O_RDWR, 0o600), True
    return os.open(path, _FLAGS | os.O_WRONLY, 0o600), False


def _unusable(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"{path}: no docker command can be logged there: {reason}; name another file by --log, or "
        "by dirg_log in dirg.cfg; nothing was touched"
    )


def size(file: int) -> int:
    """How long a file is where no line is being written, in bytes; nobody is waited for long."""
    with _alone(file, fcntl.LOCK_SH, _PATIENCE):
        return os.fstat(file).st_size


@contextmanager
def _alone(file: int, kind: int, patience: float) -> Iterator[bool]:
    """Lock a file, waiting so many seconds for others; whether it is locked."""
    until = time.monotonic() + patience
    while not (locked := _locked(file, kind)) and time.monotonic() < until:
        time.sleep(_PAUSE)
    try:
        yield locked
    finally:
        if locked:
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)
