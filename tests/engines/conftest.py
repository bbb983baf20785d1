"""Tests on real docker engines: those of a lab that is there for this run of the tests only."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.befalling import BEFALLING
from tests.engines.lab import Lab, Project, lab_command, read_lab
from tests.engines.matrix import NOTHING_BEGUN
from tests.engines.playing import Played, play
from tests.engines.registry import Road, road_to
from tests.engines.scenes import DEEDS, Scene

# Each process of the tests has docker hosts of its own; two runs at once need names of their own.
NAME = os.environ.get("DIRG_TEST_LAB", "dirg-test") + re.sub(
    r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")
)
# A folder with the programs of another engine: dockerd, containerd and so on.
ENGINE = os.environ.get("DIRG_TEST_ENGINE")


# They take the longest, and come first: at the end, no process waits long for another one.
LONGEST = ("recovery", "faults", "reliability_ways", "compose", "import", "ssh", "replacing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and order it; the hook is told of all tests."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.engines)
    files = [f"test_{name}.py" for name in LONGEST]
    items.sort(key=lambda item: files.index(item.path.name) if item.path.name in files else 99)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Three docker hosts: plain tcp, TLS and ssh.

    They go away when this process is killed, too: it is their keeper.
    """
    with (Path(tempfile.gettempdir()) / f"{NAME}.lock").open("a") as lock:
        # Two runs at once would remove each other's containers.
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit("another run of these tests is at work", 1)
        try:
            engine = ["--engine", ENGINE] if ENGINE else []
            words = ("--tmpfs", "--keeper", str(os.getpid()), *engine)
            answer = lab_command(NAME, "up", "3", *words)
            assert answer.status == 0, answer.error
            found = read_lab(NAME, tmp_path_factory.mktemp("home"))
            found.clean()
            yield found
        finally:
            lab_command(NAME, "down")


@pytest.fixture
def project(lab: Lab, tmp_path: Path) -> Iterator[Project]:
    """An empty folder to call dirg in; afterwards the engines are empty again."""
    folder = tmp_path / "project"
    folder.mkdir()
    yield Project(lab, folder)
    lab.clean()


@pytest.fixture(scope="session")
def road(lab: Lab) -> Road:
    """The way to the registry of the lab, that has all images."""
    return road_to(lab, [deed.image for deed in DEEDS if deed.image])


@pytest.fixture(scope="session")
def untouched() -> dict[str, tuple[Scene, dict[str, Played]]]:
    """What came of commands by what keeps them from beginning anything."""
    return {}


@pytest.fixture(scope="module")
def played(
    fault: str,
    lab: Lab,
    road: Road,
    untouched: dict[str, tuple[Scene, dict[str, Played]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Scene, dict[str, Played]]:
    """What came of all commands by a fault; they were at work at the same time."""
    if fault in untouched:
        return untouched[fault]
    road.again(lab.registry)
    scene = Scene(lab, road, tmp_path_factory.mktemp("scene"))
    if fault not in NOTHING_BEGUN:
        return scene, play(scene, {fault: BEFALLING[fault]})[fault]
    found = play(scene, {each: BEFALLING[each] for each in NOTHING_BEGUN})
    untouched.update({each: (scene, cells) for each, cells in found.items()})
    return untouched[fault]
