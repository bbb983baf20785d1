"""Two dirgs that change the same hosts: one proceeds, the other one says who that is."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.engines.lab import Project, call, wait_until
from tests.helpers import Answer

DESCRIPTION = """
{% set version = env['VERSION'] or '1' %}
all: [web, db]
---
web:
    image: busybox
    command: sleep 3600
    init: true
    docker_host: "{{h1}}"
    env: {VERSION: "{{version}}"}
db:
    image: busybox
    command: sleep 3600
    init: true
    docker_host: "{{h2}}"
"""
# Another machine has other files of its own, and other processes.
ELSEWHERE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec")
ALONE = 'mount -t tmpfs -o mode=1777 none /run/lock; exec "$@"'
UPDATE = ("update", "--no-pull", "--grace", "0")
SINCE = r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@contextmanager
def held(project: Project, *words: str) -> Iterator[subprocess.Popen[str]]:
    """An update that has created the new container, and stays there until it may go on."""
    at, go = project.folder / "at", project.folder / "go"
    at.unlink(missing_ok=True)
    shim = project.shim(
        f'case "$*" in *" rename "*) touch {at}; until test -e {go}; '
        'do kill -0 $PPID || exit 1; sleep 0.2; done;; esac\nexec "$docker" "$@"'
    )
    with project.working(*UPDATE, *words, env={"VERSION": "2", **shim}) as process:
        wait_until(at.exists)
        yield process


def test_two_at_once_and_one_that_is_killed(project: Project) -> None:
    project.describe(DESCRIPTION)
    project.done("run")
    h1 = project.lab.engines[0]
    new = {"VERSION": "2"}
    with held(project, "web") as first:
        words, process = " ".join(UPDATE), rf"\(process {first.pid} of this machine\)"
        who = rf"\S+@\S+ runs dirg {words} web {SINCE} {process}"
        busy = rf"dirg: {re.escape(h1.written)}: {who}\n"
        with h1.recorded_events() as events:
            answer = project.dirg("update", "--no-pull", env=new)
        assert (answer.status, answer.output, events) == (1, "", [])
        advice = "dirg: nothing was changed; --wait SECONDS waits until that has ended\n"
        assert re.fullmatch(busy + advice, answer.error), answer.error
        # Another host is free.
        assert project.done("restart", "db").lines[0].startswith("db ")
        first.send_signal(signal.SIGKILL)
    # Nothing keeps it from mending what was left.
    assert "web.dirg-new" in h1.names()
    project.done(*UPDATE, "--wait", "9", env=new)
    assert h1.names() == ["web"]
    with (
        held(project, "--force", "web") as first,
        project.working("stop", "--wait", "60") as second,
    ):
        assert second.stderr
        said = [second.stderr.readline() for _ in ("who", "waiting")]
        assert said[1] == "dirg: waiting, 60 s at most\n"
        (project.folder / "go").touch()
        for each in (first, second):
            output, error = each.communicate(timeout=60)
            assert (each.returncode, error) == (0, "")
    assert "stopped" in output
    assert h1.state("web") == "exited"


def elsewhere(project: Project, *words: str) -> Answer:
    """Call dirg as on another machine."""
    command = (*ELSEWHERE, ALONE, "sh", *project.command(*words))
    return call(*command, env=project.lab.environ(), cwd=project.folder)


def test_two_machines(project: Project) -> None:
    project.describe(DESCRIPTION, dirg_lock="shop")
    project.done("run")
    h1, h2, *_ = project.lab.engines
    assert h1.volumes() == h2.volumes() == []
    advice = "dirg: nothing was changed; --wait SECONDS waits until that has ended\n"
    with held(project, "web") as first:
        assert h1.volumes() == ["dirg.lock.shop"]
        answer = elsewhere(project, "stop")
        busy = (
            rf"dirg: {re.escape(h1.written)}: \S+@\S+ runs dirg update {SINCE}; "
            r"dirg unlock ends that, if they are dead\n"
        )
        assert re.fullmatch(busy + advice, answer.error), answer.error
        assert (answer.status, h1.state("web")) == (1, "running")
        # On another host nobody is.
        assert elsewhere(project, "restart", "db").status == 0
        assert h2.volumes() == []
        # Here, they are seen to be alive.
        answer = project.dirg("unlock")
        assert (answer.status, answer.error) == (1, f"dirg: end process {first.pid} first\n")
        first.send_signal(signal.SIGKILL)
    # From elsewhere, it can't be seen that they are dead.
    assert elsewhere(project, "stop", "--wait", "0.5").status == 1
    assert h1.volumes() == ["dirg.lock.shop"]
    answer = elsewhere(project, "unlock")
    unlocked = rf"{re.escape(h1.written)}: \S+@\S+ runs dirg update {SINCE}: unlocked\n"
    assert re.fullmatch(unlocked, answer.output), answer
    assert h1.volumes() == []


def test_what_was_killed_on_this_machine_is_taken_over(project: Project) -> None:
    project.describe(DESCRIPTION, dirg_lock="shop")
    project.done("run")
    h1 = project.lab.engines[0]
    with held(project, "web") as first:
        first.send_signal(signal.SIGKILL)
    assert h1.volumes() == ["dirg.lock.shop"]
    project.done(*UPDATE, env={"VERSION": "2"})
    assert (h1.names(), h1.volumes()) == (["web"], [])
