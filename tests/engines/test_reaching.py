"""The commands that hand a docker command on, over hosts of every kind."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.engines.lab import CHECKOUT, PATIENCE, Project, call

DESCRIPTION = """
all: [store, web, proxy]
---
store: { {{idle}}, docker_host: "{{h1}}" }
web: { {{idle}}, docker_host: "{{h2}}", port_bindings: {80: 18081}, user: "65534" }
proxy: { {{idle}}, docker_host: "{{h3}}" }
gone: { {{idle}}, docker_host: "{{h1}}" }
"""
NAMES = ["proxy", "store", "web"]


@pytest.fixture(scope="module")
def running(module_project: Project) -> Project:
    module_project.describe(DESCRIPTION)
    module_project.done("run")
    return module_project


@pytest.fixture(scope="module")
def module_project(lab: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The same containers for all of these tests, which leave them as they are."""
    folder = tmp_path_factory.mktemp("project")
    project = Project(lab, folder)  # type: ignore[arg-type]
    yield project
    project.lab.clean()


def with_names(text: str) -> list[str]:
    return [f"{name:<5} | {text}" for name in NAMES]


def test_a_command_in_one_container(running: Project) -> None:
    """With the input of dirg, its output, its errors, and the status of the command."""
    for name in NAMES:
        answer = call(
            *running.command("exec", name, "sh", "-c", 'cat; echo "$1" >&2; exit 7', "sh", "a  b"),
            env=running.lab.environ(),
            cwd=running.folder,
            given=b"given\n",
        )
        assert (answer.output, answer.error, answer.status) == ("given\n", "a  b\n", 7), name


def test_options_of_exec(running: Project) -> None:
    flags = ("-u", "0", "-w", "/tmp", "-e", "A=b c", "-e", "PASSED")
    script = 'echo "$(id -u) $(pwd) $A $PASSED"'
    answer = running.done("exec", *flags, "web", "sh", "-c", script, env={"PASSED": "on"})
    assert answer.output == "0 /tmp b c on\n"
    assert running.done("exec", "web", "id", "-u").output == "65534\n"
    running.done("exec", "--detach", "store", "touch", "/detached")
    running.done("exec", "store", "sh", "-c", "until test -e /detached; do sleep 0.1; done")


def test_a_command_in_all_containers(running: Project) -> None:
    answer = running.dirg("exec", "all", "sh", "-c", "echo here; exit 3")
    assert sorted(answer.lines) == with_names("here")
    assert sorted(answer.error.splitlines()) == sorted(
        f"dirg: {name} on {host.written}: docker ended with status 3"
        for name, host in zip(("store", "web", "proxy"), running.lab.engines, strict=True)
    )
    assert answer.status == 1


def test_what_does_not_exist(running: Project) -> None:
    answer = running.dirg("exec", "gone", "ls")
    assert (answer.output, answer.status) == ("", 1)
    assert "No such container: gone" in answer.error
    answer = running.dirg("top", "[sg]*")
    host = running.lab.plain.written
    assert answer.error == f"dirg: gone on {host}: does not exist; dirg run gone creates it\n"
    assert answer.lines[0].startswith("store | ")
    assert answer.status == 1


def test_processes_and_ports(running: Project) -> None:
    assert "sleep 3600" in running.done("top", "store", "-o", "pid,args").output
    found = running.done("port").lines
    assert {line.partition(" | ")[0].strip() for line in found} == {"web"}
    assert found[0].startswith("web   | 80/tcp -> 0.0.0.0:18081")
    assert running.done("port", "web").lines[0].startswith("80/tcp -> ")


def test_all_that_docker_knows(running: Project) -> None:
    found = json.loads(running.done("inspect").output)
    assert [each["Name"] for each in found] == ["/store", "/web", "/proxy"]
    assert [each["State"]["Status"] for each in found] == ["running"] * 3
    names = running.done("inspect", "-f", "{{.Name}}", "web", "store").lines
    assert names == ["/web", "/store"]


def test_copying(running: Project, tmp_path: Path) -> None:
    (tmp_path / "said").write_text("said")
    running.done("cp", str(tmp_path / "said"), "all:/tmp/said")
    assert sorted(running.done("exec", "all", "cat", "/tmp/said").lines) == with_names("said")
    running.done("exec", "store", "sh", "-c", "echo more >/tmp/more")
    running.done("cp", "store:/tmp/more", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "more\n"
    archive = running.done("cp", "store:/tmp/more", "-").output
    answer = call(
        *running.command("cp", "-", "proxy:/etc"),
        env=running.lab.environ(), cwd=running.folder, given=archive.encode(),
    )  # fmt: skip
    assert answer.status == 0, answer
    assert running.done("exec", "proxy", "cat", "/etc/more").output == "more\n"


def test_anything_else(running: Project) -> None:
    running.done("each", "--", "rename", "{}", "{}-for-a-while")
    assert [engine.names() for engine in running.lab.engines] == [
        ["store-for-a-while"], ["web-for-a-while"], ["proxy-for-a-while"],
    ]  # fmt: skip
    for engine, name in zip(running.lab.engines, ("store", "web", "proxy"), strict=True):
        engine.docker("rename", f"{name}-for-a-while", name)
    answer = running.done("each", "store", "--", "container", "inspect", "-f", "{{.Name}}", "{}")
    assert answer.output == "/store\n"
    answer = running.dirg("each", "store", "--", "nosuch")
    assert "nosuch" in answer.error
    assert answer.status != 0


def test_pausing_and_waiting(running: Project) -> None:
    running.done("pause")
    states = [each["State"]["Status"] for each in json.loads(running.done("inspect").output)]
    assert states == ["paused"] * 3
    assert running.done("pause", "web").output.split()[2:] == ["paused"]
    running.done("unpause")
    with running.working("wait") as waiting:
        # A wait that comes too late is told the same.
        running.done("kill")
        output, error = waiting.communicate()
    assert (error, waiting.returncode) == ("", 0)
    assert sorted(output.splitlines()) == with_names("137")
    running.done("start")


def test_what_happens(running: Project) -> None:
    """In the order of time over all hosts; or as it happens."""
    began = time.time()
    running.done("restart", "store")
    running.done("restart", "proxy")
    times = (f"--since={began:.3f}", f"--until={time.time():.3f}")
    told = running.done("events", *times, "--format", "json").lines
    found = [json.loads(line) for line in told]
    assert [each["time"] for each in found] == sorted(each["time"] for each in found)
    actions = [(each["container"], each["action"]) for each in found]
    for name, engine in (("store", running.lab.plain), ("proxy", running.lab.ssh_host)):
        assert [action for each, action in actions if each == name][-2:] == ["start", "restart"]
        assert {each["host"] for each in found if each["container"] == name} == {engine.written}
    assert len(running.done("events", *times, "store").lines) == len(
        [each for each, _ in actions if each == "store"]
    )
    with running.working("events", f"--since={began:.3f}", "web") as process:
        assert process.stdout
        running.done("pause", "web")
        running.done("unpause", "web")
        assert [process.stdout.readline().split()[3] for _ in "12"] == ["pause", "unpause"]


def test_a_terminal(running: Project) -> None:
    """Where dirg has one, the command has one too: of the same size, with its keys and status."""
    environ = {**running.lab.environ(), "TERM": "xterm"}
    child = pexpect.spawn(
        sys.executable,
        [str(CHECKOUT / "bin" / "dirg"), "exec", "proxy", "sh"],
        cwd=running.folder, env=environ, timeout=PATIENCE, dimensions=(33, 99), encoding="utf-8",
    )  # fmt: skip
    try:
        child.sendline("tty")
        child.expect(r"/dev/pts/\d+\s")
        # docker tells the size only after it has begun.
        for rows, columns in ((33, 99), (44, 111)):
            child.setwinsize(rows, columns)
            size = f"{rows} {columns}"
            child.sendline(f"until stty size 2>&1 | grep '{size}'; do sleep 0.1; done")
            child.expect(rf"\n{size}\s")
        # Ctrl-C is for what runs there, not for dirg.
        caught = "trap 'echo caught; exit 9' INT; echo rea''dy; while :; do sleep 0.1; done"
        child.sendline(caught)
        child.expect("ready")
        child.sendintr()
        child.expect("caught")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 9
    finally:
        child.close(force=True)
