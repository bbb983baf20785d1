"""The file of locks: its bytes, its folders, and what strangers may have put there."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dirg import lockfile
from dirg.errors import DirgError
from dirg.lockfile import LockFile
from tests.helpers import python

# Takes bytes of the file in a folder, says so, and keeps them until its input ends.
HOLDER = """
import os, sys
from pathlib import Path
from dirg import lockfile
user, folder, *wanted = sys.argv[1:]
if user != "0":
    os.setuid(int(user))
lockfile.SHARED = (Path(folder),)
try:
    file = lockfile.LockFile({})
    print(file.take(map(int, wanted)), flush=True)
except Exception as error:
    print(error, flush=True)
sys.stdin.read()
"""
NOBODY = 65534
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root to be somebody else")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that all users may write to, and that stands for the system's own."""
    with tempfile.TemporaryDirectory() as name:
        found = Path(name)
        found.chmod(0o1777)
        monkeypatch.setattr(lockfile, "SHARED", (found,))
        yield found


@contextmanager
def holding(folder: Path, *wanted: int, user: int = 0) -> Iterator[tuple[int, str]]:
    """Another process with some bytes: its id, and what it says of them."""
    with python(HOLDER, str(user), str(folder), *map(str, wanted)) as process:
        assert process.stdout
        try:
            yield process.pid, process.stdout.readline().strip()
        finally:
            process.kill()


def opened(**environ: str) -> Iterator[LockFile]:
    file = LockFile(environ)
    yield file
    file.close()


@pytest.fixture
def file(folder: Path) -> Iterator[LockFile]:
    yield from opened()


def test_what_one_process_has_another_one_does_not_get(folder: Path, file: LockFile) -> None:
    far = 2**62 - 1
    with holding(folder, 7, far) as (pid, said):
        assert said == "True"
        assert [file.holder(byte) for byte in (6, 7, 8, far)] == [None, pid, None, pid]
        assert not file.take([5, 7])
        assert file.take([6, 8])
        # All or nothing.
        with holding(folder, 5) as (_, of_another):
            assert of_another == "True"
        with holding(folder, 4, 6) as (_, of_another):
            assert of_another == "False"
        with holding(folder, 4) as (_, of_another):
            assert of_another == "True"
    # It was killed.
    assert file.take([7, far])
    file.free()
    with holding(folder, 6, 7, 8) as (pid, said):
        assert (said, file.holder(6)) == ("True", pid)


def test_nothing_is_locked_by_what_does_not_run(file: LockFile) -> None:
    assert file.take([])
    assert file.holder(1) is None


def test_a_thousand_take_one_file(folder: Path, file: LockFile) -> None:
    before = len([*Path("/dev/fd").iterdir()])
    wanted = [byte << 40 for byte in range(1000)]
    assert file.take(wanted)
    assert len([*Path("/dev/fd").iterdir()]) == before
    with holding(folder, wanted[-1]) as (_, said):
        assert said == "False"


def test_the_file_is_everybodys_and_stays_as_it_is(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        LockFile({}).close()
    finally:
        os.umask(before)
    made = folder / "dirg.lock"
    assert stat.S_IMODE(made.stat().st_mode) == 0o666
    made.write_text("whatever")
    LockFile({}).close()
    assert made.read_text() == "whatever"


@needs_root
def test_users_see_each_other(folder: Path, file: LockFile) -> None:
    with holding(folder, 1, user=NOBODY) as (pid, said):
        assert (said, file.holder(1)) == ("True", pid)
        assert not file.take([1])


@needs_root
def test_a_file_that_somebody_keeps_for_himself(folder: Path) -> None:
    path = folder / "dirg.lock"
    path.touch()
    path.chmod(0o600)
    with holding(folder, 1, user=NOBODY) as (_, said):
        assert said == unusable(path, os.strerror(errno.EACCES))


def unusable(path: Path, reason: str) -> str:
    return (
        f"{path}: {reason}; nothing was changed, since this keeps two dirgs apart; "
        "it has to be a file that everybody may read and write: remove what is there"
    )


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("link", os.strerror(errno.ELOOP)),
        ("fifo", "it is no regular file"),
        ("folder", os.strerror(errno.EISDIR)),
        ("device", "it is no regular file"),
    ],
)
def test_something_else_in_its_place(folder: Path, kind: str, reason: str) -> None:
    path = folder / "dirg.lock"
    if kind == "link":
        Path("precious").write_text("precious")
        path.symlink_to(Path("precious").absolute())
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif os.getuid() == 0:
        os.mknod(path, stat.S_IFCHR | 0o666, Path("/dev/null").stat().st_rdev)
    else:
        pytest.skip("only root makes devices")
    with pytest.raises(DirgError) as error:
        LockFile({})
    assert str(error.value) == unusable(path, reason)
    if kind == "link":
        assert Path("precious").read_text() == "precious"


def test_where_no_folder_is_for_all_users(folder: Path) -> None:
    folder.chmod(0o755)
    state = Path("state").absolute()
    for file in opened(XDG_STATE_HOME=str(state)):
        assert file.path == state / "dirg" / "dirg.lock"
        assert file.take([1])
    assert not (folder / "dirg.lock").exists()


def test_the_folder_of_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockfile, "SHARED", (Path("nosuch").absolute(),))
    monkeypatch.setenv("HOME", str(Path.cwd()))
    for file in opened():
        assert file.path == Path.cwd() / ".local/state/dirg/dirg.lock"


def test_no_folder_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o755)
    Path("file").touch()
    advice = "nothing was changed; set XDG_STATE_HOME to a folder that you may write to"
    with pytest.raises(DirgError) as error:
        LockFile({"XDG_STATE_HOME": str(Path("file").absolute())})
    reason = os.strerror(errno.ENOTDIR)
    assert str(error.value) == f"no file can be made to keep two dirgs apart: {reason}; {advice}"
    monkeypatch.setenv("HOME", "relative")
    with pytest.raises(DirgError) as error:
        LockFile({})
    reason = "neither HOME nor XDG_STATE_HOME names a folder"
    assert str(error.value) == f"no file can be made to keep two dirgs apart: {reason}; {advice}"


def test_what_can_not_be_locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system of the network whose server has no locks."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    for file in opened():
        with monkeypatch.context() as patched:
            patched.setattr(file, "free", lambda: None)
            patched.setattr("fcntl.lockf", refuse)
            with pytest.raises(DirgError) as error:
                file.take([1])
        assert str(error.value) == unusable(folder / "dirg.lock", os.strerror(errno.ENOLCK))
