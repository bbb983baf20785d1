"""``bin/quickstart`` in a fresh copy of this checkout, with no engine to be reached."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.checkout import ROOT, called, copied

LAB = "dirg-start"


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """Its docker hosts go away with this process, also where it is killed."""
    lab = [str(ROOT / "bin" / "lab"), "--name", LAB]
    copied(tmp_path / "dirg")
    (tmp_path / "home").mkdir()
    subprocess.run([*lab, "up", "3", "--keeper", str(os.getpid())], check=True, capture_output=True)
    yield tmp_path / "dirg"
    subprocess.run([*lab, "down"], check=True, capture_output=True)


def quickstart(checkout: Path, *words: str) -> str:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(checkout.parent / "home"),
        "DIRG_LAB": LAB,
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
    return called(checkout / "bin" / "quickstart", *words, cwd=Path("/"), **environ)


@pytest.mark.engines
def test_from_nothing_to_running_containers_and_back(checkout: Path) -> None:
    shown = quickstart(checkout)
    for command in ("dirg build", "dirg run", "dirg ps", "curl http://"):
        assert f"\n$ {command}" in shown
    assert shown.count("created and started") == 6
    assert "\nHello from page1\n" in shown

    removed = quickstart(checkout, "stop")
    assert removed.count("removed") == 6
    status = subprocess.run([checkout / "bin" / "lab", "--name", LAB, "status"], check=False)
    assert status.returncode == 3
