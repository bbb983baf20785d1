"""What every test gets: an empty folder, a clean environment, and no docker."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import Engine, script

# In the background, or by nohup, these are ignored, and so they would be by every dirg from here.
for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)

# The same examples each time: what fails can be repeated, and what is covered stays covered.
settings.register_profile("dirg", deadline=None, max_examples=25, database=None, derandomize=True)
# By hand: pytest --hypothesis-profile thorough tests/test_anything.py
settings.register_profile(
    "thorough",
    settings.get_profile("dirg"),
    max_examples=4000,
    derandomize=False,
    suppress_health_check=[HealthCheck.too_slow],
)
# Where the same is tested several times.
settings.register_profile("quick", settings.get_profile("dirg"), max_examples=5)
settings.load_profile("dirg")


@pytest.fixture(scope="session")
def forbidden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a docker that must not be called."""
    folder = tmp_path_factory.mktemp("forbidden")
    body = f'echo "$*" >>{folder}/calls; echo "no docker here" >&2; exit 99'
    script(folder / "docker", body)
    return folder


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each test gets a folder of its own, in less time than by tmp_path."""
    return tmp_path_factory.mktemp("folders")


@pytest.fixture(autouse=True)
def _isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Unit tests reach no docker: calling it fails, and fails the test."""
    if request.node.get_closest_marker("engines"):
        yield
        return
    for name in [*os.environ]:
        if name.startswith(("DOCKER_", "DIRG_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tempfile.mkdtemp(dir=request.getfixturevalue("folders")))
    folder = request.getfixturevalue("forbidden")
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    yield
    calls = folder / "calls"
    if calls.exists():
        told = calls.read_text()
        calls.unlink()
        pytest.fail(f"docker was called: {told}")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs of a test, such as a docker of its own."""
    folder = tmp_path / "programs"
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


@pytest.fixture
def engine(programs: Path) -> Engine:
    """A docker that a test tells what to answer."""
    return Engine(programs)
