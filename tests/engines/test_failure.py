"""What fails is told, taken back, and keeps nothing else from being done."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.helpers import Answer

if TYPE_CHECKING:
    from tests.engines.lab import Project

NO_COMMAND = "/no/such/command"
HANGS = "it takes connections, but the engine hangs"


def _repeated(answer: Answer) -> list[str]:
    """The commands that the summary offers to repeat."""
    return re.findall(r"^    to repeat it: (.*)$", answer.error, re.MULTILINE)


def _message(project: Project, command: str) -> str:
    """What docker says when a person repeats the command."""
    answer = project.shell(command)
    assert answer.status != 0
    return next(line for line in answer.error.splitlines() if line.startswith("docker: "))


FAILING = """
        {}
        ---
        good: { {{idle}}, docker_host: "{{h1}}" }
        bad:
            image: busybox
            docker_host: "{{h1}}"
            command: [/no/such/command, "a b"]
            volumes: [/anonymous, "named:/named"]
        port: { {{idle}}, docker_host: "{{h2}}", port_bindings: {80: 8080} }
        needy: { {{idle}}, docker_host: "{{h2}}", depends_on: [bad] }
        needier: { {{idle}}, docker_host: "{{h3}}", depends_on: [needy] }
        fine: { {{idle}}, docker_host: "{{h3}}" }
        """


def test_a_container_that_cannot_start_is_removed_again(project: Project) -> None:
    project.describe(FAILING)
    lab = project.lab
    h1, h2, h3 = (engine.written for engine in lab.engines)
    lab.tls.docker(
        "run", "-d", "--init", "-p", "8080:80", "--name", "taker", "busybox", "sleep", "9999"
    )
    answer = project.dirg("run")
    assert answer.status == 1
    assert lab.names() == {"h1": ["good"], "h2": ["taker"], "h3": ["fine"]}
    assert {lab.plain.state("good"), lab.ssh_host.state("fine")} == {"running"}
    assert lab.plain.volumes() == ["named"]

    bad, port = _repeated(answer)
    assert shlex.split(bad)[-2:] == [NO_COMMAND, "a b"]
    why = [_message(project, bad), _message(project, port)]
    assert NO_COMMAND in why[0]
    assert "port is already allocated" in why[1]
    # Each attempt of docker has an endpoint of its own, and says its number; an engine 28 names the
    # one or the other of the two addresses.
    said, expected = (
        re.sub(r"\b[0-9a-f]{64}\b|(?<=Bind for )(0\.0\.0\.0|::)(?=:8080)", "ID", text)
        for text in (
            answer.error,
            "dirg: 4 of 6 failed:\n"
            f"  bad on {h1}: {why[0]}\n"
            f"    to repeat it: {bad}\n"
            f"  port on {h2}: {why[1]}\n"
            f"    to repeat it: {port}\n"
            f"  needy on {h2}: skipped, since it needs bad\n"
            f"  needier on {h3}: skipped, since it needs needy\n",
        )
    )
    assert said == expected


def test_a_foreign_container_that_cannot_start_is_kept(project: Project) -> None:
    text = f"image: busybox, command: {NO_COMMAND}, docker_host: '{{{{h1}}}}'"
    project.describe(f"{{}}\n---\nweb: {{ {text} }}\n")
    engine = project.lab.plain
    words = ("--name", "web", "--hostname", "web", "busybox", NO_COMMAND)
    number = engine.docker("create", *words).strip()
    answer = project.dirg("run")
    assert answer.status == 1
    assert _repeated(answer) == [f"docker -H {engine.written} start web"]
    assert engine.inspect("web")["Id"] == number


def test_a_container_that_somebody_made_meanwhile_is_kept(project: Project) -> None:
    """Between the look at the engine and the run, that is."""
    project.describe("{}\n---\nweb: { {{idle}}, docker_host: '{{h1}}' }\n")
    engine = project.lab.plain
    shim = project.shim(
        'case " $* " in *" run "*)\n'
        f'    "$docker" -H {engine.unix} create --name web busybox >&2\n'
        'esac\nexec "$docker" "$@"'
    )
    answer = project.dirg("run", env=shim)
    assert answer.status == 1
    assert 'The container name "/web" is already in use by container' in answer.error
    assert engine.names() == ["web"]
    assert engine.inspect("web")["Config"]["Labels"] == {}


def test_a_changed_definition_is_not_applied_by_run(project: Project) -> None:
    project.describe(
        """
        {}
        ---
        web: { {{idle}}, docker_host: "{{h2}}", env: {VERSION: "{{env['VERSION'] or 1}}"} }
        fine: { {{idle}}, docker_host: "{{h1}}" }
        """
    )
    engine = project.lab.tls
    project.done("run", "web")
    before = engine.snapshot()
    answer = project.dirg("run", env={"VERSION": "2"})
    assert answer.status == 1
    assert answer.error == (
        "dirg: 1 of 2 failed:\n"
        f"  web on {engine.written}: its definition has changed (env); "
        "dirg update web replaces it\n"
    )
    assert engine.snapshot() == before
    assert project.lab.plain.state("fine") == "running"


@contextmanager
def _unreachable(project: Project, how: str) -> Iterator[tuple[str, str]]:
    """Takes away the second host; gives its address and the reason that is to be told."""
    engine = project.lab.tls
    if how == "frozen":
        os.kill(engine.engine, signal.SIGSTOP)
        try:
            yield engine.written, f"no answer within 2 s: {HANGS}"
        finally:
            os.kill(engine.engine, signal.SIGCONT)
    elif how == "refused":
        address = f"tcp://{engine.address}:9"
        yield address, f"connection refused: no engine listens at {address}"
    else:
        yield engine.docker_host, "it speaks TLS; write https://"


COMMANDS = ["run", "start", "stop", "restart", "kill", "rm", "pull", "build", "update"]


@pytest.mark.parametrize("how", ["frozen", "refused", "not TLS"])
def test_nothing_is_changed_when_a_host_is_unreachable(project: Project, how: str) -> None:
    lab = project.lab
    text = """
        {}
        ---
        new: { {{idle}}, docker_host: "{{h1}}" }
        stopped: { {{idle}}, docker_host: "{{h1}}" }
        running: { {{idle}}, docker_host: "{{h1}}" }
        lost: { {{idle}}, docker_host: "{{lost}}" }
        lost-too: { {{idle}}, docker_host: "{{lost}}" }
        """
    project.describe(text, lost="tcp://nowhere.invalid:1")
    project.done("run", "stopped", "running")
    project.done("stop", "stopped")
    before = lab.plain.snapshot()
    with _unreachable(project, how) as (address, reason):
        project.describe(text, lost=address)
        for command in COMMANDS if how == "refused" else ["run"]:
            answer = project.dirg(command, "--timeout", "2")
            assert answer == Answer(
                1,
                "",
                f"dirg: {address} is unreachable: {reason}\n"
                "dirg: nothing was changed; --skip-unreachable works on the other hosts\n",
            ), command
        assert lab.plain.snapshot() == before
        answer = project.dirg("run", "--skip-unreachable", "--timeout", "2")
    assert answer.status == 1
    assert answer.error == f"dirg: {address} is unreachable: {reason}\n"
    assert sorted(line.split()[0] for line in answer.lines) == ["new", "running", "stopped"]
    assert lab.names() == {"h1": ["new", "running", "stopped"], "h2": [], "h3": []}
    states = {name: lab.plain.state(name) for name in lab.plain.names()}
    assert {*states.values()} == {"running"}
