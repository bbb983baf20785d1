"""The file of this machine by which two dirgs know of each other: who holds which byte of it.

Nothing is written into it. POSIX record locks (fcntl(2)) on single bytes take no more than one file
for any number of things, and the kernel frees them when their process ends, however it ends. They
have two odd sides: whoever closes the file anywhere in a process frees all that the process holds,
and a child that is forked holds nothing. So it is opened once, and docker processes don't matter.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from dirg.errors import DirgError

NAME = "dirg.lock"
# Folders in which all users of a machine find the same file, the first that is there.
SHARED = (Path("/run/lock"), Path("/tmp"))
_EVERYBODYS = stat.S_ISVTX | stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO
# A file that somebody has put there may be a link, or one that keeps who opens it waiting.
_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NO_PLACE = (errno.ENOENT, errno.ENOTDIR, errno.EROFS, errno.ENOSPC)
# struct flock, as C has it: the type is first on Linux, and last but one elsewhere.
_LINUX = sys.platform == "linux"
_FLOCK = "hhqqi" if _LINUX else "qqihh"


class LockFile:
    """The file, open; each thing that one dirg may have at a time is the number of a byte.

    ``environ``: says where a user's own file is, where there is no folder for all users. Raises
    DirgError when there is none that can be used.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.path, self._file = _opened(environ)
        # Files that nobody has used for long are removed from some folders.
        with suppress(OSError):
            os.utime(self._file)

    def take(self, wanted: Iterable[int]) -> bool:
        """Take all of some bytes, or none of them; whether they were free."""
        try:
            for byte in sorted({*wanted}):
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except OSError as error:
            self.free()
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise _unusable(self.path, error) from error
            return False
        return True

    def free(self) -> None:
        """Give back all that this process holds."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)

    def holder(self, byte: int) -> int | None:
        """The process that holds a byte, other than this one; None where it is free.

        0 or less where that can't be seen from here, as from within a container.
        """
        asked = (fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0)
        packed = asked if _LINUX else (byte, 1, 0, fcntl.F_WRLCK, os.SEEK_SET)
        answer = fcntl.fcntl(self._file, fcntl.F_GETLK, struct.pack(_FLOCK, *packed))
        found = struct.unpack(_FLOCK, answer)
        kind, pid = (found[0], found[4]) if _LINUX else (found[3], found[2])
        return None if kind == fcntl.F_UNLCK else int(pid)

    def close(self) -> None:
        """Close it, which gives back everything."""
        os.close(self._file)


def _opened(environ: Mapping[str, str]) -> tuple[Path, int]:
    """The file, made where there is none yet."""
    tried: OSError | None = None
    for folder in _folders(environ):
        try:
            return folder / NAME, _open(folder / NAME)
        except OSError as error:
            if error.errno not in _NO_PLACE:
                raise _unusable(folder / NAME, error) from error
            tried = error
    reason = tried.strerror if tried else "neither HOME nor XDG_STATE_HOME names a folder"
    raise DirgError(
        f"no file can be made to keep two dirgs apart: {reason}; nothing was changed; "
        "set XDG_STATE_HOME to a folder that you may write to"
    )


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    for folder in SHARED:
        with suppress(OSError):
            if stat.S_IMODE(folder.stat().st_mode) & _EVERYBODYS == _EVERYBODYS:
                yield folder
    own = Path(environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"))
    if own.is_absolute():
        with suppress(OSError):
            (own / "dirg").mkdir(parents=True, exist_ok=True)
        yield own / "dirg"


def _open(path: Path) -> int:
    """Open the file, which any user may have made.

    In a folder that everybody may write to, Linux may refuse to open what is somebody else's by a
    call that would also make it (``fs.protected_regular``, proc_sys_fs(5)).
    """
    while True:
        try:
            file = os.open(path, _FLAGS)
            break
        except FileNotFoundError:
            with suppress(FileExistsError):
                file = _made(path)
                break
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise OSError(errno.EINVAL, "it is no regular file")


def _made(path: Path) -> int:
    before = os.umask(0)
    try:
        return os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
    finally:
        os.umask(before)


def _unusable(path: Path, error: OSError) -> DirgError:
    return DirgError(
        f"{path}: {error.strerror}; nothing was changed, since this keeps two dirgs apart; "
        "it has to be a file that everybody may read and write: remove what is there"
    )
