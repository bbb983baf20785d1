"""Docker's place is taken by small programs for the shell."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from dirg.command import Command, Result
from dirg.docker import Docker
from dirg.errors import DirgError
from dirg.host import Host
from tests.helpers import script

HERE = Host("here")


def docker(programs: Path, body: str) -> Docker:
    script(programs / "docker", body)
    return Docker(os.environ, lambda command: None)


def command(*words: str) -> Command:
    return Command(HERE, words)


@pytest.mark.parametrize("status", [0, 1, 125, 255])
def test_status_and_both_outputs_are_kept_apart(programs: Path, status: int) -> None:
    result = docker(programs, f"echo out; echo err >&2; printf more; exit {status}")(command("x"))
    assert (result.status, result.output, result.error) == (status, "out\nmore", "err\n")
    assert result.ok is (status == 0)
    assert result.command == command("x")


def test_arguments_arrive_unchanged(programs: Path) -> None:
    words = ["a b", "", "*", "$HOME", "é\n", "'\"\\", "--flag=x", "-"]
    result = docker(programs, "printf '%s\\0' \"$@\"")(
        Command(Host("h", ("-H", "x")), tuple(words))
    )
    assert result.output.split("\0") == ["-H", "x", *words, ""]


def test_the_environment_is_that_of_the_shell_the_host_and_the_secrets(programs: Path) -> None:
    script(programs / "docker", 'echo "$ONE,$TWO,$KEY,${DOCKER_TLS_VERIFY-unset}"')
    environ = {"PATH": os.environ["PATH"], "ONE": "1", "TWO": "1", "DOCKER_TLS_VERIFY": "1"}
    run = Docker(environ, lambda command: None)
    host = Host("h", (), (("TWO", "2"), ("DOCKER_TLS_VERIFY", "")))
    assert run(Command(host, (), secrets=(("KEY", "hidden"),))).output == "1,2,hidden,\n"
    assert run(command()).output == "1,1,,1\n"


def test_standard_input_is_empty(programs: Path) -> None:
    assert docker(programs, "cat; echo end")(command(), 5).output == "end\n"


def test_the_listener_hears_of_a_command_before_it_is_executed(
    programs: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    script(programs / "docker", f"touch {mark}")
    heard: list[tuple[Command, bool]] = []
    run = Docker(os.environ, lambda command: heard.append((command, mark.exists())))
    run(command("x"))
    assert heard == [(command("x"), False)]
    assert mark.exists()


def test_megabytes_arrive_in_full(programs: Path) -> None:
    body = "head -c 3000000 /dev/zero | tr '\\0' o; head -c 2000000 /dev/zero | tr '\\0' e >&2"
    result = docker(programs, body)(command(), 20)
    assert (result.output, result.error) == ("o" * 3_000_000, "e" * 2_000_000)


def test_bytes_that_are_no_text(programs: Path) -> None:
    assert docker(programs, "printf 'a\\377b'")(command()).output == "a\ufffdb"


def test_the_time_limit(programs: Path) -> None:
    began = time.monotonic()
    result = docker(programs, "echo begun; exec sleep 30")(command(), 0.2)
    assert (result.status, result.error) == (None, "no answer within 0.2 s")
    assert (result.ok, result.reason) == (False, "no answer within 0.2 s")
    assert 0.2 <= time.monotonic() - began < 5
    assert 0.2 <= result.seconds < 5


def test_a_command_within_the_time_limit(programs: Path) -> None:
    result = docker(programs, "sleep 0.05; echo done")(command(), 30)
    assert (result.status, result.output) == (0, "done\n")
    assert 0.05 <= result.seconds < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_is_a_negative_status(programs: Path, number: signal.Signals) -> None:
    result = docker(programs, f"kill -{int(number)} $$; sleep 9")(command())
    assert result.status == -number
    assert result.reason == f"docker ended with status {-number}"


def test_a_closing_terminal_ends_docker(programs: Path) -> None:
    result = docker(programs, "kill -HUP $$; echo deaf")(command())
    assert (result.status, result.output) == (-signal.SIGHUP, "")


@pytest.mark.parametrize(
    ("secret", "words"), [("a\0b", ("x",)), ("hidden", ("a\0b",))], ids=["secret", "argument"]
)
def test_what_cannot_be_started_is_a_result_without_secrets(
    programs: Path, secret: str, words: tuple[str, ...]
) -> None:
    result = docker(programs, "exit 0")(Command(HERE, words, secrets=(("KEY", secret),)))
    assert result.status is None
    assert result.reason.startswith("docker could not be started: ")
    assert secret not in result.reason


def test_too_long_an_argument(programs: Path) -> None:
    result = docker(programs, "exit 0")(command("x" * 200_000))
    assert result.status is None
    assert result.reason.startswith("docker could not be started: ")
    assert len(result.reason) < 500


def test_there_is_no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DirgError) as error:
        Docker(os.environ, lambda command: None)
    assert str(error.value) == "there is no docker on the PATH; install the docker CLI"


def test_many_at_once(programs: Path) -> None:
    run = docker(programs, 'echo "out $1"; echo "err $1" >&2')
    results: list[Result] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(run(command(str(n)), 20)))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {(result.command.arguments[0], result.output, result.error) for result in results}
    assert told == {(str(n), f"out {n}\n", f"err {n}\n") for n in range(20)}


def test_stop_ends_what_runs_and_starts_no_more(programs: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    run = docker(programs, f"touch {begun}; exec sleep 30")
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(run(command())))
    thread.start()
    while not begun.exists():
        time.sleep(0.005)
    run.stop()
    thread.join(timeout=5)
    assert [(each.status, each.reason) for each in results] == [(-signal.SIGTERM, "interrupted")]
    assert run(command()).reason == "interrupted"


def test_lines_are_handed_over_as_they_come(programs: Path, tmp_path: Path) -> None:
    """The program goes on only after its first line has arrived."""
    go = tmp_path / "go"
    body = f"echo one; until test -e {go}; do sleep 0.01; done; echo two >&2; printf three"
    lines: list[tuple[str, str]] = []

    def reader(stream: str, line: str) -> None:
        lines.append((stream, line))
        go.touch()

    result = docker(programs, f"{body}; exit 3").stream(command(), reader)
    assert sorted(lines) == [("err", "two"), ("out", "one"), ("out", "three")]
    assert (result.status, result.output) == (3, "")


def test_blank_lines_and_bytes_of_a_stream(programs: Path) -> None:
    lines: list[str] = []
    docker(programs, "printf 'a\\n\\n  b \\n\\377\\n'").stream(
        command(), lambda stream, line: lines.append(line)
    )
    assert lines == ["a", "", "  b ", "\ufffd"]


def test_an_attached_command_has_the_streams_of_dirg(
    programs: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "in").write_text("in\n")
    with (tmp_path / "in").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        result = docker(programs, "cat; echo out; echo err >&2; exit 4").attached(command())
    assert capfd.readouterr() == ("in\nout\n", "err\n")
    assert (result.status, result.output, result.error) == (4, "", "")
