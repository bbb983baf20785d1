"""bin/lab: docker hosts on this machine that come, work and go without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.lab import (
    SCRIPT,
    Lab,
    alive,
    call,
    children,
    lab_command,
    read_lab,
    wait_until,
)

NAME = "dirg-lt"
OTHER = "dirg-lt-2"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder for the lab's user; the labs of these tests go away in any case."""
    yield tmp_path
    for name in (NAME, OTHER):
        lab_command(name, "down")


def _up(home: Path, name: str, *words: str) -> Lab:
    answer = lab_command(name, "up", *words, "--keeper", str(os.getpid()))
    assert answer.status == 0, answer.error
    return read_lab(name, home)


def _down(name: str) -> None:
    answer = lab_command(name, "down")
    assert (answer.status, answer.error) == (0, f"lab: {name} is gone\n")


def _recorded(lab: Lab) -> set[int]:
    """The processes that a lab has noted: its hosts, its registry, and who watches the keeper."""
    files = [*lab.directory.glob("h*/pod"), lab.directory / "registry.pid"]
    return {int(file.read_text().split()[0]) for file in [*files, lab.directory / "watcher"]}


def _processes(lab: Lab) -> set[int]:
    """What a lab has started, containers included."""
    recorded = _recorded(lab)
    return recorded.union(*map(children, recorded))


def _traces(name: str) -> dict[str, list[str]]:
    """What of a lab is to be seen on the machine, but for its processes."""
    places = {
        "mounts": Path("/proc/self/mounts").read_text().splitlines(),
        "namespaces": call("ip", "netns", "list").lines,
        "interfaces": call("ip", "-oneline", "link").lines,
        "cgroups": [str(path) for path in Path("/sys/fs/cgroup").glob("**/")],
        "folders": [str(path) for path in Path("/tmp").iterdir()],
    }
    # The labs' names begin alike.
    return {
        place: [line for line in lines if name in line.replace(f"{name}-2", "")]
        for place, lines in places.items()
    }


NO_TRACE: dict[str, list[str]] = {
    "mounts": [],
    "namespaces": [],
    "interfaces": [],
    "cgroups": [],
    "folders": [],
}


def test_a_lab_from_up_to_down(home: Path) -> None:
    lab = _up(home, NAME)
    assert [engine.kind for engine in lab.engines] == ["plain", "tls", "ssh"]
    flags = {"tls": ["--tlsverify"]}
    for engine in lab.engines:
        words = ["-H", engine.docker_host, *flags.get(engine.kind, [])]
        said = call("docker", *words, "info", "--format", "{{.Name}}", env=lab.environ())
        assert said.output == f"{lab.name}-{engine.name}\n", said.error
        assert engine.names() == []
        assert engine.docker("run", "--rm", "busybox", "echo", "works") == "works\n"
        engine.docker("run", "-d", "--name", "kept", "busybox", "sleep", "9999")
    # Neither an open port nor a stranger's certificate lets anybody in.
    without = call("docker", "-H", lab.tls.docker_host, "info", env=lab.environ())
    assert without.status == 1
    table = lab_command(NAME, "status")
    assert table.status == 0
    for engine in lab.engines:
        row = next(line for line in table.lines if line.startswith(f"{engine.name} "))
        assert row.split()[1:4] == [engine.kind, engine.docker_host, engine.unix[len("unix://") :]]
        assert row.split()[-1] == "up"

    mended = _mended(home, lab)
    _gone(mended)


def _mended(home: Path, lab: Lab) -> Lab:
    """Again, it is left as it is; only what died is replaced."""
    again = _up(home, NAME)
    assert again == lab
    assert {engine.state("kept") for engine in again.engines} == {"running"}
    killed = lab.plain.engine
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not alive([killed]))
    status = lab_command(NAME, "status", "--format", "json")
    assert status.status == 1
    assert [host["up"] for host in json.loads(status.output)["hosts"]] == [False, True, True]
    mended = _up(home, NAME)
    assert mended.engines[1:] == lab.engines[1:]
    assert [engine.state("kept") for engine in mended.engines] == ["missing", "running", "running"]
    return mended


def _gone(mended: Lab) -> None:
    recorded, pids = _recorded(mended), _processes(mended)
    assert len(recorded) == 5
    assert len(pids) > 10
    assert all(_traces(NAME)[place] for place in NO_TRACE)
    _down(NAME)
    assert alive(recorded) == set()
    # The watcher's own sleep may have a moment left.
    wait_until(lambda: not alive(pids))
    assert _traces(NAME) == NO_TRACE
    gone = lab_command(NAME, "status")
    assert (gone.status, gone.output, gone.error) == (3, "", f"lab: there is no lab {NAME}\n")
    down = lab_command(NAME, "down")
    assert (down.status, down.error) == (0, f"lab: there is no lab {NAME}\n")


def test_labs_live_side_by_side(home: Path) -> None:
    first = _up(home, NAME, "1")
    first.plain.docker("run", "-d", "--name", "kept", "busybox", "sleep", "9999")
    second = _up(home, OTHER, "1")
    assert second.plain.address != first.plain.address
    assert second.plain.names() == []
    _down(OTHER)
    assert read_lab(NAME, home) == first
    assert first.plain.state("kept") == "running"

    # Everything killed at once leaves nothing that is in the way of a new one.
    second = _up(home, OTHER, "1")
    pids = _processes(second)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_until(lambda: not alive(pids))
    assert (
        _up(home, OTHER, "1").plain.docker("run", "--rm", "busybox", "echo", "works") == "works\n"
    )
    _down(OTHER)
    assert _traces(OTHER) == NO_TRACE
    assert first.plain.state("kept") == "running"
    _down(NAME)
    assert _traces(NAME) == NO_TRACE


def test_a_lab_goes_with_its_keeper(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as keeper:
        answer = lab_command(NAME, "up", "1", "--keeper", str(keeper.pid))
        assert answer.status == 0, answer.error
        lab = read_lab(NAME, home)
        pids = _processes(lab)
        lab.plain.docker("run", "-d", "--name", "kept", "busybox", "sleep", "9999")
        keeper.kill()
    wait_until(lambda: not lab.directory.exists())
    wait_until(lambda: not alive(pids))
    assert _traces(NAME) == NO_TRACE


def test_what_is_asked_of_it_is_checked() -> None:
    usage = call(SCRIPT, "--help").output
    for words in (["sideways"], ["up", "0"], ["up", "51"], ["--nonsense", "up"], ["up", "3", "4"]):
        answer = lab_command(NAME, *words)
        assert (answer.status, answer.output) == (1, ""), words
        assert answer.error in (
            usage,
            "lab: up takes a number from 1 to 50\n",
            "lab: unknown option --nonsense, see lab --help\n",
        )
    stranger = call(SCRIPT, "--name", "../etc", "down")
    assert stranger.status == 1
    assert _traces(NAME) == NO_TRACE
