"""Many containers on one host that is reached by ssh, whose sshd has its defaults."""

from __future__ import annotations

import signal
from threading import Timer

from tests.engines.lab import IMAGE, PATIENCE, Project, at_once

COUNT = 24
NAMES = [f"c{number}" for number in range(COUNT)]


def _describe(project: Project) -> None:
    project.describe(
        """
        {}
        ---
        {% for number in range(COUNT) %}
        c{{number}}: { {{idle}}, docker_host: "{{h3}}" }
        {% endfor %}
        """.replace("COUNT", str(COUNT))
    )


def test_many_containers(project: Project) -> None:
    _describe(project)
    engine = project.lab.ssh_host
    assert len(project.done("run").lines) == COUNT
    assert engine.lines("ps", "--format", "{{.Names}}") == sorted(NAMES)
    listed = project.done("ps").lines[1:]
    assert [line.split()[1:4:2] for line in listed] == [[name, "Up"] for name in NAMES]
    at_once(lambda name: engine.write_log(name, f"line of {name}"), NAMES)
    expected = sorted(f"{name:<3} | line of {name}" for name in NAMES)
    assert sorted(project.done("logs").lines) == expected
    assert len(project.done("rm").lines) == COUNT
    assert engine.names() == []


def test_following_many_containers(project: Project) -> None:
    _describe(project)
    engine = project.lab.ssh_host

    def run(name: str) -> None:
        script = f"echo line of {name}; sleep 3600"
        engine.docker("run", "-d", "--init", "--name", name, IMAGE, "sh", "-c", script)

    at_once(run, NAMES)
    expected = sorted(f"{name:<3} | line of {name}\n" for name in NAMES)
    with project.working("logs", "-f", env=project.marked) as process:
        # Where a line is missing, the others are enough to tell of it.
        patience = Timer(40, process.terminate)
        patience.start()
        assert process.stdout
        found = sorted(process.stdout.readline() for _ in NAMES)
        patience.cancel()
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=PATIENCE)
    assert found == expected, error
    assert (process.returncode, output, error) == (130, "", "\ndirg: interrupted\n")
    project.nothing_left()
