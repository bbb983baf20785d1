"""What a person sees on a terminal: the text of its screen."""

from __future__ import annotations

import re
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
def terminal(project: Project, *words: str, columns: int = COLUMNS) -> Iterator[Terminal]:
    child = pexpect.spawn(
        sys.executable,
        [str(CHECKOUT / "bin" / "dirg"), *words],
        cwd=str(project.folder),
        env={**project.lab.environ(), "TERM": "xterm"},
        dimensions=(ROWS, columns),
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
    assert "\x1b[38;5;32mstore | \x1b[0mline" in text
    assert "\x1b[38;5;130mweb   | \x1b[0mline" in text
    assert "\x1b" not in running.done("logs", "store", "web").output


def test_what_a_container_writes_does_nothing_to_a_terminal(running: Project) -> None:
    """But for its colours, which end with the line."""
    lab = running.lab
    lab.plain.write_log("store", "\x1b]0;owned\x07\x1b[2J\x1b[31mred")
    lab.plain.write_log("store", "trouble\x1b[1Ghidden", 2)
    for names in (["store"], ["store", "web"]):
        with terminal(running, "logs", *names) as shown:
            text = shown.child.read()
        assert "\\x1b]0;owned\\x07\\x1b[2J\x1b[31mred\x1b[0m\r\n" in text
        assert "trouble\\x1b[1Ghidden\r\n" in text
        assert text.index("red") < text.index("trouble")
        assert not {"\x1b]", "\x07", "\x1b[2J", "\x1b[1G"} & {*text, *re.findall("\x1b..?.?", text)}
    assert "\x1b]0;owned\x07\x1b[2J\x1b[31mred\n" in running.dirg("logs", "store").output


def test_what_is_at_work_is_shown_until_it_is_done(running: Project) -> None:
    """Below what has been done, with the time; in the end, there are only lines that stay."""
    text = (running.folder / "dirg-services.yml").read_text()
    # The first process of a container does not heed SIGTERM by itself.
    running.describe(text.replace("web: {", "stubborn: { image: busybox, command: sleep 3600, "
                                  'stop_timeout: 4, docker_host: "{{h2}}" }\nweb: {'))  # fmt: skip
    running.done("run", "stubborn", "cache")
    host = running.lab.tls.written
    with terminal(running, "stop", "stubborn", "cache") as shown:
        found = shown.shows(lambda lines: any("stopping  2s" in line for line in lines))
        assert found[0].startswith("cache")
        assert "  stopped  " in found[0]
        assert found[-1] == f"stubborn  {host}  stopping  2s"
        found = shown.shows(lambda lines: "stopped" in lines[-1])
        assert [line.split()[:3:2] for line in found] == [
            ["cache", "stopped"],
            ["stubborn", "stopped"],
        ]


def test_ctrl_c_leaves_the_terminal_as_it_was(running: Project) -> None:
    running.describe(
        """
        {}
        ---
        web: { {{idle}}, docker_host: "{{h1}}", health_cmd: "false", health_interval: 1h }
        late: { {{idle}}, docker_host: "{{h1}}", depends_on: {web: healthy} }
        """
    )
    running.done("rm", "--skip-unreachable", "web")
    with terminal(running, "run") as shown:
        shown.shows(lambda lines: any("waiting until healthy" in line for line in lines))
        shown.child.sendintr()
        text = shown.child.read()
        shown.child.close()
        assert shown.child.exitstatus == 130
    # The cursor is there again.
    assert text.rindex("\x1b[?25h") > text.rfind("\x1b[?25l")
    assert "dirg: interrupted; done: web" in text


def test_a_table_on_a_narrow_screen(running: Project) -> None:
    """What has no room in a line goes on below, in its column; in a pipe it does not."""
    wide = running.done("ps").lines
    assert max(map(len, wide)) > 80
    with terminal(running, "ps", columns=80) as shown:
        lines = shown.child.read().splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) > len(wide)
