"""What is published: the source and the wheel, and dirg as pipx installs it."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.checkout import called, copied, tracked

# What belongs to the repository alone.
NOT_PUBLISHED = {".gitignore"}


@dataclass(frozen=True)
class Built:
    """The two files that are published."""

    source: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built from a copy, since building writes beside the source."""
    copy = tmp_path_factory.mktemp("copy")
    copied(copy)
    called(sys.executable, "-m", "build", "--quiet", copy, cwd=copy)
    (source,), (wheel,) = (copy / "dist").glob("*.tar.gz"), (copy / "dist").glob("*.whl")
    return Built(source, wheel)


def test_the_index_would_take_it(built: Built, tmp_path: Path) -> None:
    check = [sys.executable, "-m", "twine", "check", "--strict"]
    assert "FAILED" not in called(*check, built.source, built.wheel, cwd=tmp_path)


def test_the_source_is_all_there_is(built: Built) -> None:
    with tarfile.open(built.source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert tracked() - names == NOT_PUBLISHED


def test_the_tests_of_the_source_run(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.source) as archive:
        archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    called(sys.executable, "-m", "pytest", "-q", "tests/test_settings.py", cwd=folder)


def test_the_wheel_has_what_is_needed_and_no_more(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    code = {name for name in tracked() if name.startswith("dirg/")}
    (page,) = (name for name in names if name.endswith("/share/man/man1/dirg.1"))
    others = names - code - {page}
    assert code - names == set()
    assert "dirg/py.typed" in names
    assert [name for name in others if ".dist-info/" not in name] == []


def test_pipx_installs_it_without_a_compiler(built: Built, tmp_path: Path) -> None:
    folders = {f"PIPX_{name}": str(tmp_path / name) for name in ("HOME", "BIN_DIR", "MAN_DIR")}
    environ = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    words = "install", "--pip-args=--only-binary=:all:", str(built.wheel)
    pipx = sys.executable, "-m", "pipx", *words
    called(*pipx, cwd=tmp_path, CC="/bin/false", **environ, **folders)
    version = called(tmp_path / "BIN_DIR" / "dirg", "--version", cwd=tmp_path)
    assert version.startswith("dirg 2.")
    assert (tmp_path / "MAN_DIR" / "man1" / "dirg.1").read_text().startswith(".TH DIRG 1")
