"""What the log of docker commands says when it is read back."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dirg import linewise
from tests.helpers import Answer, describe, dirg

FACTS: dict[str, Any] = {
    "time": "2025-01-01T00:00:00.000Z",
    "user": "me@pc",
    "process": 7,
    "dirg": "run",
    "host": "h:1",
    "container": "web",
    "cause": "start",
    "arguments": ["docker", "start", "web"],
    "environment": {},
    "status": 0,
    "seconds": 0.25,
    "error": None,
}


def entry(number: int = 0, **others: Any) -> dict[str, Any]:
    return {**FACTS, "time": f"2025-01-01T00:00:{number:02}.000Z", **others}


def write(*lines: dict[str, Any] | str) -> None:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    Path("log").write_text("".join(f"{each}\n" for each in texts))


def history(*words: str) -> Answer:
    return dirg("--log", "log", "history", *words)


def shown(*words: str) -> list[str]:
    """The seconds at which what is shown was begun, by the table; JSON shows the same."""
    table, array = history(*words), history(*words, "--format", "json")
    assert (table.status, table.error, array.status, array.error) == (0, "", 0, "")
    times = [line.partition("  ")[0] for line in table.lines[1:]]
    assert [each["time"] for each in json.loads(array.output)] == times
    return [each[17:19].lstrip("0") or "0" for each in times]


def told(line: str, why: str) -> str:
    return f"log:{line}:1: warning: no line of a log of dirg, left out: {why}\n"


def test_a_table() -> None:
    tls = {"DOCKER_TLS_VERIFY": ""}
    write(
        entry(0, environment=tls, arguments=["docker", "-H", "ssh://h", "run", "-e", "A=b c", "i"]),
        entry(1, container="web, db", status=125, seconds=12.34),
        entry(2, container=None, status=None),
    )
    assert history().output == (
        "TIME                      USER   HOST  CONTAINER  STATUS  TOOK   COMMAND\n"
        "2025-01-01T00:00:00.000Z  me@pc  h:1   web        0       0.2s   "
        "DOCKER_TLS_VERIFY='' docker -H ssh://h run -e 'A=b c' i\n"
        "2025-01-01T00:00:01.000Z  me@pc  h:1   web, db    125     12.3s  docker start web\n"
        "2025-01-01T00:00:02.000Z  me@pc  h:1   -          ?       0.2s   docker start web\n"
    )


def test_json_is_what_the_log_says() -> None:
    """With what a later dirg may have written besides."""
    lines = [entry(0, container="é\x9b"), entry(1, more={"a": [1]})]
    write(*lines)
    answer = history("--format", "json")
    assert json.loads(answer.output) == lines
    assert answer.output == f"{json.dumps(lines, indent=2)}\n"
    write()
    assert history("--format", "json").output == "[]\n"
    assert history().output == "TIME  USER  HOST  CONTAINER  STATUS  TOOK  COMMAND\n"


def test_what_is_shown() -> None:
    write(
        entry(0, container="web"),
        entry(1, container="web2", status=1),
        entry(2, container=None, cause="query"),
        entry(3, container=None, cause="probe", status=None),
        entry(4, container="db, web", host="ssh://ops@b:22", status=-9),
        entry(5, container="db", host="ssh://ops@b:22", status=None),
    )
    assert shown() == ["0", "1", "4", "5"]
    assert shown("--all") == ["0", "1", "2", "3", "4", "5"]
    assert shown("web") == ["0", "4"]
    assert shown("web*", "x") == ["0", "1", "4"]
    assert shown("nosuch") == []
    assert shown("--failed") == ["1", "4", "5"]
    assert shown("--failed", "--all") == ["1", "3", "4", "5"]
    assert shown("--host", "b") == ["4", "5"]
    assert shown("--host", "h*", "web2") == ["1"]
    assert shown("--tail", "2") == ["4", "5"]
    assert shown("--tail", "1", "web") == ["4"]
    assert shown("--tail", "0") == []
    assert shown("--tail", "all") == ["0", "1", "4", "5"]
    assert shown("--since", "2025-01-01T00:00:01Z") == ["1", "4", "5"]
    assert shown("--until", "2025-01-01T00:00:01Z") == ["0", "1"]
    assert shown("--since", "10m") == []


def test_many_lines_are_aligned_as_far_as_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dirg.history._AT_ONCE", 2)
    write(entry(0), entry(1), entry(2, container="a" * 20), entry(3))
    assert [line.find("docker") for line in history().lines[1:]] == [64, 64, 75, 75]


def test_what_a_terminal_would_heed_is_escaped() -> None:
    arguments = [
        "docker",
        "exec",
        "web",
        "a\nb'\\\x1b[31m",
        "\x9b",
        "\u202e",
        "\udcff",
        "\ud800",
        "é",
    ]
    write(entry(0, user="a\x1b]0;x\x07", host="h\n", arguments=arguments, environment={"A\r": "b"}))
    answer = history()
    (line,) = answer.lines[1:]
    assert line.isprintable()
    assert line.split("  ")[1:3] == ["a\\e]0;x\\x07", "h\\n"]
    word = r"""A\r=b docker exec web $'a\nb\'\\\e[31m' $'\U0000009b' $'\U0000202e' $'\xff' """
    assert line.endswith(word + r"$'\U0000d800' 'é'")
    assert history("--format", "json").output.isascii()


def test_a_command_can_be_pasted(tmp_path: Path) -> None:
    arguments = ["docker", "a b", "it's", "", "$HOME", "a\nb\t'\\\x1b", "\x01\udcff", "é"]
    write(entry(0, arguments=arguments, environment={"X": "1 2"}))
    pasted = history().lines[1].partition("X=")[2]
    script = f'docker() {{ printf \'%s\\0\' "$X" "$@"; }}; X={pasted}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    words = [os.fsdecode(each) for each in done.stdout.split(b"\0")]
    assert words == ["1 2", *arguments[1:], ""]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (json.dumps(FACTS)[:-20], "it is no JSON, or half a line"),
        ("[" * 100_000, "it is no JSON, or half a line"),
        ("\x00\x00", "it is no JSON, or half a line"),
        ("[1]", "it is no object of JSON"),
        ("{}", "time is missing"),
        (json.dumps(entry(seconds=float("nan"))), "it is no JSON, or half a line"),
        (json.dumps(entry(time="now")), "time is not what it has to be"),
        (
            json.dumps({**FACTS, "time": "2025-13-01T00:00:00.000Z"}),
            "time is not what it has to be",
        ),
        (json.dumps({**FACTS, "time": "2025-01-01T00:00:00.000"}), "time is not what it has to be"),
        (json.dumps(entry(user=None)), "user is not what it has to be"),
        (json.dumps(entry(process=True)), "process is not what it has to be"),
        (json.dumps(entry(container=1)), "container is not what it has to be"),
        (json.dumps(entry(arguments="docker")), "arguments is not what it has to be"),
        (json.dumps(entry(arguments=[1])), "arguments is not what it has to be"),
        (json.dumps(entry(environment={"A": 1})), "environment is not what it has to be"),
        (json.dumps(entry(status="0")), "status is not what it has to be"),
        (json.dumps(entry(seconds=-1)), "seconds is not what it has to be"),
        (json.dumps(entry()).replace("0.25", "1e999"), "seconds is not what it has to be"),
        (json.dumps(entry(error=[])), "error is not what it has to be"),
    ],
)
def test_damaged_lines_are_told_of_and_left_out(line: str, why: str) -> None:
    write(entry(0), "", line, entry(1))
    for words in ((), ("--tail", "5")):
        answer = history(*words)
        assert (answer.status, answer.error) == (1, told("3", why))
        assert [each[17:19] for each in answer.lines[1:]] == ["00", "01"]
    assert history("--tail", "1").error == ""


def test_lines_that_are_no_text_or_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linewise, "LONGEST", 1000)
    text = json.dumps(entry()).encode()
    Path("log").write_bytes(b'{"\xff": 1}\n' + b"x" * 5000 + b"\n" + text)
    expected = [
        told("1", "it is no JSON, or half a line"),
        told("2", "it is longer than any docker command"),
    ]
    assert history().error == "".join(expected)
    assert history("--tail", "9").error == "".join(expected[::-1])
    assert [len(history(*words).lines) for words in ((), ("--tail", "9"))] == [2, 2]


def test_only_the_first_damaged_lines_are_told_of() -> None:
    write(*["no"] * 13)
    lines = history().error.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "dirg: warning: 3 more lines of log were left out"


def test_little_is_read_of_a_large_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is further ahead can't even be told to be damaged."""
    monkeypatch.setattr(linewise, "_BLOCK", 1000)
    write(*["no"] * 50_000, *map(entry, range(9)))
    assert shown("--tail", "3") == ["6", "7", "8"]


def test_neither_a_description_nor_docker_is_needed() -> None:
    write(entry())
    Path("dirg.cfg").write_text("[DEFAULT]\ndirg_log = log\n")
    assert len(dirg("history").lines) == 2
    Path("dirg.cfg").write_text("[DEFAULT]\n[staging]\ndirg_log = log\n")
    assert len(dirg("history", "--profile", "staging").lines) == 2
    assert len(dirg("--log", "log", "history").lines) == 2


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "no log is kept: give --log FILE, or write dirg_log = FILE in dirg.cfg"),
        (("--log", ""), "no log is kept: give --log FILE, or write dirg_log = FILE in dirg.cfg"),
        (("--log", "no"), "no: no such file; no docker command was logged there yet"),
        (("--log", "."), ".: only a file can be read back; name one by --log"),
        (("--log", "fifo"), "fifo: only a file can be read back; name one by --log"),
        (("--log", "dirg.cfg/x"), "dirg.cfg/x: Not a directory"),
        (("--log", "log", "--since", "x"),
         "--since: 'x' is no time; write 10m, 2025-01-31 or 2025-01-31T12:00:00Z"),
        (("--log", "log", "--tail", "-1"),
         "Invalid value for '--tail': '-1' is no number of lines; write one, or all; "
         "see dirg history --help"),
        (("--profile", "x"), "dirg.cfg: there is no section [x]; sections: none"),
    ],
)  # fmt: skip
def test_mistakes(words: tuple[str, ...], error: str) -> None:
    describe("{}\n---\n{}\n")
    write(entry())
    os.mkfifo("fifo")
    answer = dirg("history", *words)
    assert (answer.status, answer.output, answer.error) == (2, "", f"dirg: {error}\n")


def test_a_terminal_cuts_lines() -> None:
    write(entry(arguments=["docker", "run", "x" * 300]))
    ours, theirs = pty.openpty()
    call = [sys.executable, "-m", "dirg", "--log", "log", "history"]
    environ = {**os.environ, "COLUMNS": "80", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(call, env=environ, stdout=theirs, check=True, timeout=60)
    os.close(theirs)
    line = os.read(ours, 10_000).decode().splitlines()[1]
    os.close(ours)
    assert re.fullmatch(r"2025\S+Z  me@pc .* docker run x+…", line)
    assert len(line) == 80
