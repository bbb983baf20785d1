"""No room left: where dirg keeps what docker prints, and where it writes what it has to say."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

from dirg.command import Command
from dirg.docker import Docker
from dirg.host import Host
from dirg.scratch import scratch
from tests.helpers import Engine, called, describe

ONE = "{}\n---\nweb: {image: i}\n"
TWO = "{}\n---\nweb: {image: i}\ndb: {image: i}\n"
NO_ROOM = "dirg: standard output: No space left on device\n"


@contextmanager
def _no_room() -> Iterator[IO[str]]:
    file = Path("/dev/full").open("w")  # noqa: SIM115 - it can't be closed without an error either
    yield file
    with suppress(OSError):
        file.close()


def _full(words: str) -> tuple[int, str]:
    """The status of dirg, and what it says, where nothing can be written to standard output."""
    with _no_room() as output, Path("error").open("w+") as error:
        status = called(words.split(), output, error)
        error.seek(0)
        return status, error.read()


def test_what_acts_goes_on(engine: Engine) -> None:
    describe(TWO)
    engine.answer({"run*": "echo id"})
    told = NO_ROOM.replace("device", "device; what is done from here on is not told")
    assert _full("run -j 1") == (1, told)
    assert sum(line.startswith("run ") for line in engine.calls) == 2


@pytest.mark.parametrize("words", ["ps", "run -n", "show", "check", "info", "plan"])
def test_results_that_cannot_be_written(engine: Engine, words: str) -> None:
    describe(ONE)
    assert _full(words) == (1, NO_ROOM)


@pytest.mark.parametrize("words", ["logs", "logs -f"])
def test_lines_that_cannot_be_written(engine: Engine, words: str) -> None:
    describe(TWO)
    listed = (
        '{"id":"NAME","names":"NAME","image":"i","state":"exited","status":"Exited (0)",'
        '"ports":"","definition":"","mark":"","created":""}'
    )
    listing = "; ".join(f"echo '{listed.replace('NAME', name)}'" for name in ("web", "db"))
    engine.answer({"container ls*": listing, "logs*": "echo line"})
    assert _full(words) == (1, NO_ROOM)


@pytest.mark.parametrize(
    ("words", "status"),
    [("run", 1), ("run nothing", 2), ("run --nothing", 2), ("run -c none.cfg", 2)],
)
def test_errors_that_cannot_be_written(engine: Engine, words: str, status: int) -> None:
    describe(ONE)
    engine.answer({"run*": "echo no >&2; exit 1"})
    with _no_room() as error, Path("output").open("w") as output:
        assert called(words.split(), output, error) == status


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="such files are Linux's own")
def test_what_docker_prints_needs_no_disk(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    engine.answer({"x": "echo said"})
    docker = Docker(os.environ, lambda command: None)
    assert docker(Command(Host("h"), ("x",))).output == "said\n"
    result, output, _ = docker.recorded(Command(Host("h"), ("x",)))
    assert (result.status, output) == (0, b"said\n")


def test_elsewhere_it_is_kept_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with scratch() as file:
        file.write(b"kept")
        file.seek(0)
        assert file.read() == b"kept"
