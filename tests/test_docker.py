"""Docker's place is taken by small programs for the shell."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dirg import piped
from dirg.command import QUERY, Command, Result
from dirg.docker import Docker
from dirg.errors import DirgError
from dirg.host import Host
from tests.helpers import PATIENCE, script

HERE = Host("here")


# A moment for a host that does not answer anyway.
MOMENT = 0.05
HANGS = "exec sleep 30"


UNCLEAR = "the host is down, a firewall drops packets, or the engine hangs"


def docker(programs: Path, body: str, patience: float = 10) -> Docker:
    """A docker of a host that is there, unless its body says something of that."""
    there = "" if "version" in body or body == HANGS else '[ "$1" != version ] || exit 0\n'
    script(programs / "docker", there + body)
    return Docker(os.environ, lambda command: None, patience)


def command(*words: str, essential: bool = False) -> Command:
    return Command(HERE, words, essential=essential)


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


def test_standard_input_is_a_blank_line(programs: Path) -> None:
    """At its end docker waits for ever for an answer to what it asks."""
    assert docker(programs, "cat; echo end")(command(), 5).output == "\nend\n"


def test_nothing_else_that_is_open_is_inherited(programs: Path, tmp_path: Path) -> None:
    mark = tmp_path / "open"
    with mark.open("w") as file:
        os.set_inheritable(file.fileno(), True)
        listed = docker(programs, 'for each in /proc/$$/fd/*; do readlink "$each"; done')
        found = each_at_once(listed, 8)
    assert [str(mark) in result.output for result in found] == [False] * 8
    # Nor is what serves other processes that are started at the same time.
    assert not any("pipe:" in result.output for result in found)


def each_at_once(run: Docker, times: int) -> list[Result]:
    with ThreadPoolExecutor(times) as pool:
        return [*pool.map(lambda _: run(command("x")), range(times))]


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
    assert 0.2 <= time.monotonic() - began < PATIENCE
    assert 0.2 <= result.seconds < PATIENCE


def test_a_command_within_the_time_limit(programs: Path) -> None:
    result = docker(programs, "sleep 0.05; echo done")(command(), 30)
    assert (result.status, result.output) == (0, "done\n")
    assert 0.05 <= result.seconds < PATIENCE


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
    said = "docker could not be started: Argument list too long"
    assert result.reason == f"{said}: {programs}/docker"


def test_a_docker_that_went_meanwhile(programs: Path) -> None:
    used = docker(programs, "exit 0")
    (programs / "docker").unlink()
    result = used(command())
    said = "docker could not be started: No such file or directory"
    assert (result.status, result.reason) == (None, f"{said}: {programs}/docker")


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
    thread.join(timeout=PATIENCE)
    assert [(each.status, each.reason) for each in results] == [(-signal.SIGTERM, "interrupted")]
    assert run(command()).reason == "interrupted"


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


@contextmanager
def at_work(run: Docker, *commands: Command) -> Iterator[list[Future[Result]]]:
    """Commands at work, each of which notes that it has begun in a file of its name."""
    with ThreadPoolExecutor(len(commands)) as pool:
        futures = [pool.submit(run, each) for each in commands]
        until(lambda: all(Path(each.arguments[0]).exists() for each in commands))
        yield futures


def soon(run: Docker) -> Docker:
    """One that doubts early, but waits long for an answer."""
    run.patience = run._watch._interval = MOMENT
    return run


PUT_BACK = "touch $1; until test -e go; do sleep 0.01; done"


def test_stop_ends_what_is_being_started(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = docker(programs, "exec sleep 30")
    begun, go_on = threading.Event(), threading.Event()
    start = run._start

    def slowly(*words: Any) -> Any:
        begun.set()
        assert go_on.wait(PATIENCE)
        return start(*words)

    monkeypatch.setattr(run, "_start", slowly)
    with ThreadPoolExecutor(2) as pool:
        result = pool.submit(run, command("x"))
        assert begun.wait(PATIENCE)
        stopped = pool.submit(run.stop)
        # It can't know of a process that there is not yet.
        assert not stopped.done()
        go_on.set()
        stopped.result(PATIENCE)
        assert result.result(PATIENCE).reason == "interrupted"


def test_stop_leaves_alone_what_puts_something_back(programs: Path) -> None:
    run = docker(programs, PUT_BACK)
    with at_work(run, command("a"), command("b", essential=True)) as (ordinary, essential):
        run.stop()
        assert ordinary.result(PATIENCE).reason == "interrupted"
        assert not essential.done()
        Path("go").touch()
        assert essential.result(PATIENCE).ok
    assert run(command("c")).reason == "interrupted"
    assert run(command("d", essential=True)).ok
    assert not Path("c").exists()


def test_a_kill_leaves_nothing_alone(programs: Path) -> None:
    run = docker(programs, "touch $1; trap '' TERM; exec sleep 30")
    with at_work(run, command("a", essential=True)) as (essential,):
        run.stop()
        run.stop(kill=True)
        result = essential.result(PATIENCE)
    assert (result.status, result.reason) == (-signal.SIGKILL, "interrupted")
    assert run(command("b", essential=True)).reason == "interrupted"
    assert not Path("b").exists()


def test_what_puts_something_back_may_take_its_time_after_a_stop(programs: Path) -> None:
    run = soon(docker(programs, f'case "$1" in version) ;; *) {PUT_BACK};; esac', PATIENCE))
    with at_work(run, command("a", essential=True)) as (essential,):
        run.stop()
        time.sleep(6 * MOMENT)
        Path("go").touch()
        assert essential.result(PATIENCE).ok


def test_a_host_that_answers_no_more_is_given_up(programs: Path) -> None:
    result = docker(programs, HANGS, MOMENT)(command("run"))
    assert (result.status, result.lost, result.ok) == (None, True, False)
    assert result.reason == f"the host answers no more: no answer within {MOMENT:g} s: {UNCLEAR}"
    assert 3 * MOMENT <= result.seconds < PATIENCE


def test_a_stream_from_a_host_that_answers_no_more_is_given_up(programs: Path) -> None:
    lines: list[str] = []
    run = docker(programs, f'case "$1" in logs) echo one;; version) ;; esac; {HANGS}', 0.5)
    result = run.stream(command("logs"), lambda stream, line: lines.append(line))
    assert (result.lost, lines) == (True, ["one"])
    assert result.reason == f"the host answers no more: no answer within 0.5 s: {UNCLEAR}"


def test_a_host_that_answers_may_take_its_time(programs: Path) -> None:
    """The command ends only after its host was asked three times."""
    answers = "version) echo >>asked; echo 28.2.2"
    work = "run) until test $(wc -l <asked) -ge 3; do sleep 0.01; done; echo done"
    Path("asked").touch()
    run = soon(docker(programs, f'case "$1" in {answers};; {work};; esac', PATIENCE))
    result = run(command("run"))
    assert (result.status, result.output, result.lost) == (0, "done\n", False)


def test_one_answer_may_be_missing(programs: Path) -> None:
    """The first question is not answered, the second is."""
    version = f"version) echo >>asked; test $(wc -l <asked) -ge 2 || {HANGS}"
    work = "run) until test $(wc -l <asked) -ge 2; do sleep 0.01; done"
    Path("asked").touch()
    assert docker(programs, f'case "$1" in {version};; {work};; esac', 0.5)(command("run")).ok


def test_nothing_is_begun_any_more_on_a_dead_host(programs: Path) -> None:
    heard: list[str] = []
    far = Host("far", ("-H", "far"))
    script(programs / "docker", f'case "$1" in -H) echo alive;; *) {HANGS};; esac')
    run = Docker(os.environ, lambda command: heard.append(command.arguments[0]), MOMENT)
    first, second = run(command("one")), run(command("two"), 10)
    assert second == replace(first, command=command("two"), seconds=0)
    assert run.stream(command("three"), lambda stream, line: None).lost
    assert run(Command(far, ("four",))).output == "alive\n"
    assert heard == ["one", "version", "version", "four"]


def test_all_that_is_at_work_on_a_dead_host_is_ended(programs: Path) -> None:
    run = docker(programs, f"test $1 = version && echo >>asked; touch $1; {HANGS}", 0.5)
    with at_work(run, *(command(name) for name in "abc")) as futures:
        assert all(each.result(PATIENCE).lost for each in futures)
    assert len(Path("asked").read_text().splitlines()) == 2


SSH = 'error during connect: Get "http://docker.example.com/": command [ssh host] stderr='
TURNED_AWAY = [
    f"{SSH}kex_exchange_identification: read: Connection reset by peer",
    f"{SSH}kex_exchange_identification: Connection closed by remote host",
    "Error response from daemon: client version 1.50 is too new. "
    "Maximum supported API version is 1.41",
]


def turns_away(programs: Path, times: int, message: str = TURNED_AWAY[0]) -> Docker:
    refuse = f"{{ echo '{message}' >&2; exit 255; }}"
    return docker(programs, f"echo >>tries; test $(wc -l <tries) -gt {times} || {refuse}; echo in")


def tries() -> int:
    return len(Path("tries").read_text().splitlines())


@pytest.fixture
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    # The last one is never made, since the time is up before.
    monkeypatch.setattr("dirg.docker._PAUSES", (0.001, 0.001, 0.001, 60))


@pytest.mark.usefixtures("_short_pauses")
@pytest.mark.parametrize("message", TURNED_AWAY)
@pytest.mark.parametrize("limit", [None, 10])
def test_who_is_turned_away_comes_again(programs: Path, message: str, limit: float | None) -> None:
    result = turns_away(programs, 3, message)(command(), limit)
    assert (result.status, result.output, result.error, tries()) == (0, "in\n", "", 4)


@pytest.mark.usefixtures("_short_pauses")
@pytest.mark.parametrize("message", TURNED_AWAY)
def test_who_is_turned_away_gives_up_some_time(programs: Path, message: str) -> None:
    result = turns_away(programs, 9, message)(command())
    assert (result.status, result.error, tries()) == (255, f"{message}\n", 4)


@pytest.mark.usefixtures("_short_pauses")
@pytest.mark.parametrize(("cause", "attempts"), [(QUERY, 2), ("", 1)])
def test_a_question_that_ssh_has_not_taken_is_asked_again(
    programs: Path, cause: str, attempts: int
) -> None:
    said = 'error during connect: Get "http://docker.example.com/": write |1: broken pipe'
    turns_away(programs, 1, said)(replace(command(), cause=cause))
    assert tries() == attempts


@pytest.mark.usefixtures("_short_pauses")
def test_who_has_set_the_version_is_turned_away_for_good(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_API_VERSION", "1.50")
    assert turns_away(programs, 1, TURNED_AWAY[-1])(command()).error == f"{TURNED_AWAY[-1]}\n"
    assert tries() == 1


@pytest.mark.usefixtures("_short_pauses")
def test_what_fails_otherwise_is_not_tried_again(programs: Path) -> None:
    assert turns_away(programs, 1, "Error response from daemon: no")(command()).refused
    assert tries() == 1


def test_who_is_turned_away_comes_no_more_after_the_limit(programs: Path) -> None:
    """The pauses would take longer."""
    assert turns_away(programs, 9)(command(), 0.4).status == 255
    assert tries() == 1


def test_who_is_turned_away_comes_no_more_after_a_stop(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dirg.docker._PAUSES", (60, 60))
    run = turns_away(programs, 9)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run, command())
        until(lambda: Path("tries").exists())
        run.stop()
        assert not future.result(PATIENCE).ok
    assert tries() == 1


@pytest.mark.usefixtures("_short_pauses")
def test_what_puts_something_back_comes_again_after_a_stop(programs: Path) -> None:
    run = turns_away(programs, 2)
    run.stop()
    assert run(command(essential=True)).ok


@pytest.mark.usefixtures("_short_pauses")
@pytest.mark.parametrize("message", TURNED_AWAY)
def test_a_stream_that_was_turned_away_says_nothing_of_it(programs: Path, message: str) -> None:
    lines: list[tuple[str, str]] = []
    run = turns_away(programs, 2, message)
    assert run.stream(command(), lambda stream, line: lines.append((stream, line))).ok
    assert (lines, tries()) == ([("out", "in")], 3)


@pytest.mark.parametrize("line", ["the file format is too new. Update me", TURNED_AWAY[0]])
def test_what_a_container_writes_is_no_word_of_sshd(programs: Path, line: str) -> None:
    lines: list[str] = []
    run = docker(programs, f"echo one; echo '{line}' >&2; echo two >&2")
    assert run.stream(command(), lambda stream, line: lines.append(line)).ok
    assert sorted(lines) == sorted(["one", line, "two"])


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def test_nothing_is_left_of_what_has_ended(programs: Path) -> None:
    """Whether it ended by itself, or was ended."""
    dead = Command(Host("far", ("-H", "far")), ("run",))
    run = docker(programs, f"case $1 in -H) {HANGS};; version) exit;; esac; echo out; exit 3", 1)
    run(command())
    threads, files = {*threading.enumerate()}, open_files()
    run(command())
    run(command(), PATIENCE)
    run(dead, MOMENT)
    run.stream(command(), lambda stream, line: None)
    assert run(dead).lost
    assert run(command()).status == 3
    run.stop()
    run(command())
    until(lambda: {*threading.enumerate()} <= threads)
    assert open_files() == files


@pytest.mark.xfail(strict=True, reason="sh leaves two pipes open")
def test_nothing_is_left_of_what_could_not_be_started(programs: Path) -> None:
    run = docker(programs, "exit 0")
    run(command())
    files = open_files()
    run(command("a\0b"))
    assert open_files() == files


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


def test_a_slow_reader_gets_all_lines(programs: Path) -> None:
    """As with a pager: the process has ended long before, and the pipe is still full."""
    lines: list[str] = []

    def reader(stream: str, line: str) -> None:
        if not lines:
            time.sleep(2.5)
        lines.append(line)

    assert docker(programs, "seq 1 9000").stream(command(), reader).ok
    assert lines == list(map(str, range(1, 9001)))


def test_what_a_process_leaves_behind_is_not_waited_for(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piped, "_LINGER", 0.1)
    lines: list[str] = []
    began = time.monotonic()
    run = docker(programs, "sleep 30 & echo $!")
    assert run.stream(command(), lambda stream, line: lines.append(line)).ok
    assert time.monotonic() - began < PATIENCE
    os.kill(int(lines[0]), signal.SIGKILL)


def test_what_goes_on_writing_is_not_waited_for(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that the process itself has written comes, and then it has ended."""
    monkeypatch.setattr(piped, "_LINGER", 0.1)
    lines: list[str] = []
    writer = "for n in $(seq 600); do echo late; sleep 0.1; done"
    run = docker(programs, f"{writer} & echo it is $!; seq 1 9000")
    assert run.stream(command(), lambda stream, line: lines.append(line)).ok
    written = "".join(f"{line}\n" for line in lines)
    (pid,) = re.findall(r"it is (\d+)\n", written)
    os.kill(int(pid), signal.SIGKILL)
    assert written.count("late\n") < 600
    # It may have come in the middle of anything.
    rest = written.replace("late\n", "").replace(f"it is {pid}\n", "")
    assert rest == "".join(f"{number}\n" for number in range(1, 9001))


def test_a_line_that_is_longer_than_a_pipe(programs: Path) -> None:
    lines: list[str] = []
    run = docker(programs, "head -c 300000 /dev/zero | tr '\\0' x; echo; printf y")
    assert run.stream(command(), lambda stream, line: lines.append(line)).ok
    assert lines == ["x" * 300000, "y"]


def test_blank_lines_and_bytes_of_a_stream(programs: Path) -> None:
    lines: list[str] = []
    docker(programs, "printf 'a\\n\\n  b \\n\\377\\n'").stream(
        command(), lambda stream, line: lines.append(line)
    )
    assert lines == ["a", "", "  b ", "\udcff"]


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
