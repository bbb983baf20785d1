"""What a person sees on a terminal: the text of its screen."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pexpect
import pyte
import pytest

from tests.engines.lab import CHECKOUT, PATIENCE, Project

DESCRIPTION = """
front: [web]
back: [store, cache]
---
store: { {{idle}}, docker_host: "{{h1}}" }
web: { {{idle}}, docker_host: "{{h2}}" }
cache: { {{idle}}, docker_host: "{{h1}}" }
"""
COLUMNS, ROWS = 150, 24


class Terminal:
    """dirg on a terminal."""

    def __init__(self, child: pexpect.spawn[str]) -> None:
        self.child = child
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)

    def lines(self) -> list[str]:
        """What stands on the screen."""
        with suppress(pexpect.TIMEOUT, pexpect.EOF):
            self._stream.feed(self.child.read_nonblocking(65536, timeout=0.1))
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def shows(self, right: Callable[[list[str]], bool]) -> list[str]:
        """Wait until the screen is as it is to be."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = self.lines()
            if right(found):
                return found
        raise AssertionError(self.lines())

    def end(self) -> None:
        """Ctrl-C."""
        self.child.sendintr()
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == 130


@contextmanager
def terminal(project: Project, *words: str) -> Iterator[Terminal]:
    child = pexpect.spawn(
        sys.executable,
        [str(CHECKOUT / "bin" / "dirg"), *words],
        cwd=str(project.folder),
        env={**project.lab.environ(), "TERM": "xterm"},
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
    )
    try:
        yield Terminal(child)
    finally:
        child.close(force=True)


@pytest.fixture
def running(project: Project) -> Project:
    project.describe(DESCRIPTION)
    project.done("run", "store", "web")
    return project


def test_ps_goes_on(running: Project) -> None:
    with terminal(running, "ps", "--watch") as shown:
        found = shown.shows(lambda lines: len(lines) == 4)
        assert [line.split()[1] for line in found] == ["CONTAINER", "store", "cache", "web"]
        assert "not available" in found[2]
        running.done("run", "cache")
        running.done("stop", "web")
        found = shown.shows(lambda lines: "Exited" in lines[-1])
        assert len(found) == 4
        assert "not available" not in "".join(found)
        shown.end()


def test_stats_go_on(running: Project) -> None:
    with terminal(running, "stats", "--sort", "memory") as shown:
        found = shown.shows(lambda lines: len(lines) == 4 and "%" in lines[1])
        assert found[0].split()[:3] == ["CONTAINER", "HOST", "CPU"]
        assert {line.split()[0] for line in found[1:3]} == {"store", "web"}
        running.done("run", "cache")
        found = shown.shows(lambda lines: len(lines) == 5)
        assert found[4].startswith("sum of 2")
        shown.end()
    once = running.done("stats").lines
    assert len(once) == 5
    assert once[4].startswith("sum of 2")


def test_names_are_coloured_only_where_somebody_sees_them(running: Project) -> None:
    for name, engine in (("store", running.lab.plain), ("web", running.lab.tls)):
        engine.write_log(name, "line")
    with terminal(running, "logs", "store", "web") as shown:
        text = shown.child.read()
    assert "\x1b[36mstore | \x1b[0mline" in text
    assert "\x1b[35mweb   | \x1b[0mline" in text
    assert "\x1b" not in running.done("logs", "store", "web").output
