"""What containers write, from one of them and from several hosts."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess

import pytest

from tests.engines.lab import (
    PATIENCE,
    Engine,
    Project,
    alive,
    children,
    wait_until,
)

DESCRIPTION = """
{}
---
store: { {{idle}}, docker_host: "{{h1}}" }
web: { {{idle}}, docker_host: "{{h2}}" }
proxy: { {{idle}}, docker_host: "{{h3}}" }
"""


@pytest.fixture
def written(project: Project) -> Project:
    """Three containers on three hosts, which have taken turns in writing to their logs."""
    project.describe(DESCRIPTION)
    project.done("run")
    for line, (name, engine) in enumerate([*_writers(project), *_writers(project)[::-1]]):
        engine.write_log(name, f"line {line}")
        engine.write_log(name, f"trouble {line}", 2)
    return project


def _writers(project: Project) -> list[tuple[str, Engine]]:
    return list(zip(["store", "web", "proxy"], project.lab.engines, strict=True))


def test_the_log_of_one_is_what_it_wrote(project: Project) -> None:
    """Byte for byte, also where it has no newline at its end."""
    project.describe(
        r"""
        {}
        ---
        web:
            image: busybox
            docker_host: "{{h3}}"
            command: ['sh', '-c', 'printf "one\n\n \033[1m\r\ttwo\303\274"; printf "err\n  or" >&2']
        """
    )
    project.done("run")
    project.lab.ssh_host.docker("wait", "web")
    answer = project.dirg("logs", "web")
    assert (answer.status, answer.output) == (0, "one\n\n \x1b[1m\r\ttwoü")
    assert answer.error == "err\n  or"


def test_several_logs(written: Project) -> None:
    answer = written.dirg("logs")
    assert answer.status == 0
    names = ["store", "web  ", "proxy", "proxy", "web  ", "store"]
    assert answer.lines == [f"{name} | line {line}" for line, name in enumerate(names)]
    assert answer.error.splitlines() == [
        f"{name} | trouble {line}" for line, name in enumerate(names)
    ]

    answer = written.dirg("logs", "--tail", "1", "store", "web")
    # Each stream is one of docker's, but the last line is that of the whole log.
    assert (answer.status, answer.output) == (0, "")
    assert answer.error == "web   | trouble 4\nstore | trouble 5\n"

    answer = written.dirg("logs", "-t")
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"
    stamped = [re.fullmatch(rf"(.{{5}} \|) ({time}) (.*)", line) for line in answer.lines]
    assert [match and f"{match[1]} {match[3]}" for match in stamped] == [
        f"{name} | line {line}" for line, name in enumerate(names)
    ]
    times = [match[2] for match in stamped if match]
    assert times == sorted(times)

    since = written.dirg("logs", "--since", times[4], "proxy", "web", "store")
    assert since.output == "web   | line 4\nstore | line 5\n"
    one = written.dirg("logs", "store", "-t", "--tail", "2")
    assert one.output == f"{times[5]} line 5\n"
    assert re.fullmatch(rf"{time} trouble 5\n", one.error)


def test_a_container_without_a_log(written: Project) -> None:
    """The others are shown."""
    written.lab.tls.docker("rm", "--force", "web")
    answer = written.dirg("logs")
    assert answer.lines == ["store | line 0", "proxy | line 2", "proxy | line 3", "store | line 5"]
    host = written.lab.tls.written
    assert answer.error.splitlines()[0] == f"dirg: web on {host}: does not exist"
    assert answer.status == 1


@pytest.mark.parametrize("names", [["web"], ["store", "web", "proxy"]], ids=["one", "several"])
def test_following(project: Project, names: list[str]) -> None:
    project.describe(DESCRIPTION)
    project.done("run")
    writers = dict(_writers(project))

    def prefix(name: str) -> str:
        return f"{name:<5} | " if len(names) > 1 else ""

    with project.working("logs", "-f", *names) as process:
        assert process.stdout
        for number, name in enumerate([*names, *names[::-1]]):
            writers[name].write_log(name, f"line {number}")
            assert process.stdout.readline() == f"{prefix(name)}line {number}\n"
        writers["web"].write_log("web", "trouble", 2)
        assert process.stderr
        assert process.stderr.readline() == f"{prefix('web')}trouble\n"

        pids = children(process.pid)
        assert len(pids) >= len(names)
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=PATIENCE)
        # On a terminal, the message begins a line after the ^C.
        assert (process.returncode, output, error) == (130, "", "\ndirg: interrupted\n")
        wait_until(lambda: not alive(pids))


@pytest.mark.parametrize("names", [["web"], ["store", "web"]], ids=["one", "several"])
def test_following_ends_with_its_reader(project: Project, names: list[str]) -> None:
    project.describe(
        """
        {}
        ---
        {% for name, host in [("store", h1), ("web", h2)] %}
        {{name}}:
            image: busybox
            docker_host: "{{host}}"
            init: true
            command: [sh, -c, 'while :; do echo tick; usleep 100000; done']
        {% endfor %}
        """
    )
    project.done("run")
    line = shlex.join(project.command("logs", "-f", *names))
    answer = project.shell(f"{line} | head -n 1", env=project.marked)
    assert (answer.status, answer.error) == (0, "")
    assert re.fullmatch("tick\n" if len(names) == 1 else "(store|web  ) [|] tick\n", answer.output)
    project.nothing_left()


LONG = """
{}
---
{% for name, host in [("store", h1), ("web", h2), ("proxy", h3)] %}
{{name}}:
    image: busybox
    docker_host: "{{host}}"
    command:
        - sh
        - -c
        - |
            line() { head -c "$1" /dev/zero | tr '\\000' "$2"; }
            # The first part ends within a character.
            line 16383 a; printf '\\303\\274'; line 1000000 b; echo
            echo short >&2; line 16384 c; echo; line 16385 d; echo
            printf end
{% endfor %}
"""
LINES = ["a" * 16383 + "\u00fc" + "b" * 1000000, "c" * 16384, "d" * 16385, "end"]


@pytest.mark.parametrize("words", [["logs"], ["logs", "-f"]], ids=["logs", "logs -f"])
def test_lines_of_a_megabyte(project: Project, words: list[str]) -> None:
    """docker keeps them in parts, and tells the time of each part; the lines are whole again."""
    project.describe(LONG)
    project.done("run")
    project.done("wait")
    answer = project.dirg(*words)
    assert answer.status == 0
    for name in ("store", "web", "proxy"):
        prefix = f"{name:<5} | "
        found = [line.removeprefix(prefix) for line in answer.lines if line.startswith(prefix)]
        # docker itself loses the character that it has taken apart.
        whole = [line.replace("\ufffd\ufffd", "\u00fc") for line in found]
        assert [len(line) for line in whole] == [len(line) for line in LINES], name
        assert whole == LINES
    assert sorted(answer.error.splitlines()) == ["proxy | short", "store | short", "web   | short"]


COUNT = 20000
WRITERS = f"""
{{}}
---
{{% for number, host in [(1, h1), (2, h2), (3, h3), (4, h1), (5, h2)] %}}
writer{{{{number}}}}:
    image: busybox
    docker_host: "{{{{host}}}}"
    init: true
    command:
        - sh
        - -c
        - until test -e /go; do usleep 10000; done; seq {COUNT} & seq {COUNT} >&2; wait
{{% endfor %}}
"""


def test_writers_at_full_speed(project: Project) -> None:
    """Of each container, and of each of its streams, every line arrives, whole and in its order."""
    project.describe(WRITERS)
    project.done("run")
    with project.working("logs", "-f") as process:
        project.done("exec", "*", "touch", "/go")
        output, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    told = project.dirg("logs")
    for text in (output, error, told.output, told.error):
        lines: dict[str, list[str]] = {}
        for line in text.splitlines():
            name, _, number = line.partition(" | ")
            lines.setdefault(name, []).append(number)
        assert sorted(lines) == [f"writer{number}" for number in range(1, 6)]
        for name, found in lines.items():
            assert found == list(map(str, range(1, COUNT + 1))), name


BEGINNING = """
        {}
        ---
        {% for name, host in [("web", h2), ("proxy", h3)] %}
        {{name}}:
            image: busybox
            docker_host: "{{host}}"
            init: true
            env: {VERSION: "{{env['VERSION'] or '1'}}"}
            command: [sh, -c, 'echo begun $VERSION; echo more; exec sleep 3600']
        {% endfor %}
        """


@pytest.mark.parametrize("names", [["web"], ["web", "proxy"]], ids=["one", "several"])
def test_following_goes_on_with_the_next_run(project: Project, names: list[str]) -> None:
    """Of a container that is started again, or replaced; each line is shown once."""
    project.describe(BEGINNING)
    project.done("run")
    prefix = "web   | " if len(names) > 1 else ""

    def begins(process: subprocess.Popen[str], version: str) -> None:
        assert process.stdout
        found: list[str] = []
        while len(found) < 2:
            line = process.stdout.readline()
            assert line
            if "proxy" not in line:
                found.append(line)
        assert found == [f"{prefix}begun {version}\n", f"{prefix}more\n"]

    with project.working("logs", "-f", *names) as process:
        begins(process, "1")
        project.done("restart", "web")
        begins(process, "1")
        project.lab.tls.docker("kill", "web")
        project.done("start", "web")
        begins(process, "1")
        update = ("update", "--no-pull", "--grace", "0", "web")
        project.done(*update, env={"VERSION": "2"})
        begins(process, "2")
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, error) == (130, "", "\ndirg: interrupted\n")
