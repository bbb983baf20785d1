"""What the log tells of docker commands; ``test_appended.py`` has how it is written."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dirg.appended import Appended
from dirg.audit import Audit, line
from dirg.command import PROBE, UNDO, Command, Result
from dirg.docker import Docker
from dirg.host import Host
from dirg.state import Difference
from dirg.steps import Action, Step
from tests.helpers import PATIENCE, Engine, describe, dirg, inspection, listing, script

LOG = Path("log")
HERE = Host("here")
BY = {"user": "me@here", "process": 7, "dirg": "run"}
REFUSED = "echo 'docker: Error response from daemon: no.' >&2; exit 125"
WEB = "all: [web]\n---\nweb: {image: i}\n"


def noted(path: Path = LOG) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text().splitlines()] if path.exists() else []


def told(result: Result) -> Mapping[str, Any]:
    return dict(json.loads(line(result, 1_700_000_000.25, BY)))


def docker(programs: Path, body: str, patience: float = 10) -> Docker:
    script(programs / "docker", body)
    audit = Audit(Appended(LOG), "me@here", "run")
    return Docker(os.environ, lambda command: None, patience, audit)


def ended() -> list[tuple[int | None, str | None]]:
    return [(each["status"], each["error"]) for each in noted()]


def ends(*facts: tuple[int | None, str | None]) -> None:
    assert ended() == [*facts]


def test_a_line() -> None:
    host = Host("ssh://h", ("-H", "ssh://h"), (("DOCKER_TLS_VERIFY", ""),))
    command = Command(host, ("stop", "web", "db.dirg-old"), "web, db.dirg-old", cause="stop")
    assert line(Result(command, 0, "web\n", "", 1.23456), 1_700_000_000.25, BY) == (
        b'{"time": "2023-11-14T22:13:20.250Z", "user": "me@here", "process": 7, "dirg": "run", '
        b'"host": "ssh://h", "container": "web, db", "cause": "stop", "arguments": ["docker", '
        b'"-H", "ssh://h", "stop", "web", "db.dirg-old"], "environment": {"DOCKER_TLS_VERIFY": '
        b'""}, "status": 0, "seconds": 1.235, "error": null}'
    )


def test_what_a_person_asked_for_has_the_verb_for_a_cause() -> None:
    found = told(Result(Command(HERE, ("top", "web"), "web"), 0, "", ""))
    assert (found["container"], found["cause"]) == ("web", "run")
    assert told(Result(Command(HERE, ("x",), cause=PROBE), 0, "", ""))["container"] is None


def test_a_line_is_ascii_without_controls() -> None:
    command = Command(HERE, ("exec", "a\nb\x9b\x1b\u2028é\udcff"), "web")
    text = line(Result(command, 1, "", "Error: \x1b[31mno\x07"), 0, BY)
    assert text.decode("ascii").isprintable()
    assert json.loads(text)["arguments"][2] == "a\nb\x9b\x1b\u2028é\udcff"
    assert json.loads(text)["error"] == "Error: \ufffd[31mno\ufffd"


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("https://me:word@h/x", "https://********@h/x"),
        ("HTTP_PROXY=http://me:p@ss:w@h:80", "HTTP_PROXY=http://********@h:80"),
        ("https://token@github.com/a.git#b", "https://********@github.com/a.git#b"),
        ("tcp://me:word@h:1 HTTPS://a:b@c", "tcp://********@h:1 HTTPS://********@c"),
        ("ssh://ops@h", "ssh://ops@h"),
        ("https://h:1/a@b:c", "https://h:1/a@b:c"),
        ("https://h?to=a:b@c", "https://h?to=a:b@c"),
        ("a:b@c", "a:b@c"),
    ],
)
def test_passwords_in_addresses_are_masked(written: str, masked: str) -> None:
    command = Command(Host(written, ("-H", written)), ("run", written), cause=f"create: {written}")
    found = told(Result(command, 1, "", f"no: {written}"))
    assert found["arguments"] == ["docker", "-H", masked, "run", masked]
    assert (found["host"], found["cause"]) == (masked, f"create: {masked}")
    assert found["error"] == f"no: {masked}"


def test_secrets_are_masked_in_what_docker_says() -> None:
    command = Command(HERE, ("run", "-e", "KEY"), "web", secrets=(("KEY", "a\nhidden"), ("E", "")))
    text = line(Result(command, 1, "", "Error: KEY=a\nhidden is wrong"), 0, BY)
    assert b"hidden" not in text
    assert json.loads(text)["error"] == "Error: KEY=******** is wrong"


def test_how_commands_end(programs: Path) -> None:
    run = docker(
        programs, 'case "$1" in kill) kill -9 $$;; slow) exec sleep 30;; *) exit $1;; esac'
    )
    run(Command(HERE, ("0",)))
    run(Command(HERE, ("3",)), PATIENCE)
    run(Command(HERE, ("kill",)), PATIENCE)
    run(Command(HERE, ("slow",)), 0.1)
    run(Command(HERE, ("x" * 200_000,)))
    *others, last = noted()
    assert [(each["status"], each["error"]) for each in others] == [
        (0, None),
        (3, None),
        (-9, None),
        (None, "no answer within 0.1 s"),
    ]
    assert 0.1 <= others[3]["seconds"] < 20
    assert last["error"].startswith("docker could not be started: ")
    assert last["status"] is None


def test_no_process_can_be_made(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: Any, **options: Any) -> None:
        raise BlockingIOError("no more processes")

    run = docker(programs, "exit")
    monkeypatch.setattr(run, "_docker", fail)
    run(Command(HERE, ("x",)))
    ends((None, "docker could not be started: no more processes"))


def test_every_way_to_execute_is_noted(programs: Path) -> None:
    run = docker(programs, "echo 'Error response from daemon: no' >&2; exit 1")
    said = "Error response from daemon: no"
    run(Command(HERE, ("x",)))
    run.recorded(Command(HERE, ("x",)))
    run.stream(Command(HERE, ("x",)), lambda *_: None)
    ends((1, said), (1, said), (1, said))


def test_each_attempt_is_noted(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dirg.docker._PAUSES", (0.001, 5.0))
    run = docker(
        programs, "test -e again && exit; touch again; echo kex_exchange_identification >&2; exit 1"
    )
    assert run(Command(HERE, ("x",))).ok
    ends((1, "kex_exchange_identification"), (0, None))


def test_what_is_begun_no_more_is_not_noted(programs: Path) -> None:
    run = docker(programs, "exit 0")
    run.stop()
    assert run(Command(HERE, ("x",))).reason == "interrupted"
    assert noted() == []


def test_what_is_at_work_at_the_end_is_noted_once(programs: Path) -> None:
    run = docker(programs, "touch begun; exec sleep 30")
    assert run._audit
    thread = threading.Thread(target=run, args=(Command(HERE, ("x",)),))
    thread.start()
    while not Path("begun").exists():
        time.sleep(0.005)
    run._audit.close()
    ends((None, "interrupted"))
    run.stop()
    thread.join(20)
    ends((None, "interrupted"))


def test_a_run(engine: Engine) -> None:
    describe("all: [db, web]\n---\ndb: {image: i}\nweb: {image: i, docker_host: 'h:1'}\n")
    engine.answer({"*container ls*": "", "* run *": REFUSED, "run *": "echo id"})
    assert dirg("--log", "log", "run").status == 1
    found = noted()
    queries = [each for each in found if each["cause"] == "query"]
    assert [each["container"] for each in queries] == [None, None]
    rest = {each["container"]: each for each in found if each not in queries}
    assert {name: (each["host"], each["status"], each["error"]) for name, each in rest.items()} == {
        "db": ("default", 0, None),
        "web": ("h:1", 125, "docker: Error response from daemon: no."),
    }
    assert {each["cause"] for each in rest.values()} == {"create: missing"}
    assert rest["web"]["arguments"][:6] == ["docker", "-H", "tcp://h:1", "run", "-d", "--name"]
    assert {(each["dirg"], each["process"]) for each in found} == {("run", os.getpid())}
    for each in found:
        assert re.fullmatch(r"\S+@\S+", each["user"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each["time"])


def test_why_a_container_is_replaced(engine: Engine) -> None:
    describe("all: [web]\n---\nweb: {image: i, memory: 1g}\n")
    image = json.dumps({"id": "sha256:old", "config": {}})
    engine.answer({
        "*container ls*": f"echo '{listing('web', 'old')}'",
        "*container inspect*--format {*id*": f"echo '{inspection('web')}'",
        "*image inspect*": f"echo '{image}'",
        "create *": "echo id",
    })  # fmt: skip
    dirg("--log", "log", "update", "--no-pull", "--grace", "0")
    causes = {each["arguments"][1]: each["cause"] for each in noted() if each["cause"] != "query"}
    assert causes["create"] == "replace: memory: (not set) -> 1g"


def test_what_is_taken_back_says_so(engine: Engine) -> None:
    describe("all: [web]\n---\nweb: {image: i, network: [a, b]}\n")
    engine.answer({"*container ls*": "", "create *": "echo id", "network connect *": REFUSED})
    assert dirg("--log", "log", "run").status == 1
    found = [(each["arguments"][1], each["cause"], each["status"]) for each in noted()[1:]]
    assert found == [
        ("create", "create: missing", 0),
        ("network", "create: missing", 125),
        ("rm", UNDO, 0),
    ]


def test_the_causes_of_steps() -> None:
    """Of several containers that are replaced together, each has its own."""
    command = Command(HERE, ("stop", "db"), "db")
    action = Action(command, undo=Command(HERE, ("start", "db"), "db"))
    assert action.undo
    assert action.undo.cause == UNDO
    reasons = (Difference("env", "A=1", "A=2"), Difference("image", "", "i"))
    db = Step("db", HERE, "", action="replace", reasons=reasons)
    web = Step("web", HERE, "", action="restart")
    both = replace(web, name="web, db", together=(web, db))
    assert both.caused(command).cause == "replace: env: A=1 -> A=2; image: (not set) -> i"
    assert both.caused(replace(command, container="web")).cause == "restart"
    assert web.caused(command) == command


def test_several_containers_of_one_command(engine: Engine) -> None:
    describe("all: [a1, a2]\n---\na1: {image: i}\na2: {image: i}\n")
    engine.answer({"*container ls*": f"echo '{listing('a1')}'; echo '{listing('a2')}'"})
    dirg("--log", "log", "stop")
    found = {each["arguments"][1]: each["container"] for each in noted()}
    assert found == {"container": None, "stop": "a2, a1"}


def test_commands_that_are_handed_on(engine: Engine) -> None:
    describe(WEB)
    engine.answer({"exec *": "echo out; exit 3"})
    assert dirg("exec", "--log", "log", "web", "ls", "--log", "x").status == 3
    (found,) = noted()
    assert found["arguments"] == ["docker", "exec", "-i", "web", "ls", "--log", "x"]
    assert (found["dirg"], found["cause"], found["status"], found["error"]) == (
        "exec",
        "exec",
        3,
        None,
    )


@pytest.mark.parametrize("words", [("run",), ("exec", "web", "ls"), ("logs",), ("update",)])
def test_a_dry_run_notes_nothing(engine: Engine, words: tuple[str, ...]) -> None:
    describe(WEB, dirg_log="log")
    assert dirg("-n", *words).status == 0
    assert (LOG.exists(), engine.calls) == (False, [])


@pytest.mark.parametrize("words", [("run",), ("info",), ("exec", "web", "ls")])
def test_a_log_that_cannot_be_opened_is_told_before_anything_is_done(
    engine: Engine, words: tuple[str, ...]
) -> None:
    describe(WEB)
    answer = dirg("--log", "no/log", *words)
    assert (answer.status, answer.output) == (2, "")
    assert answer.error == (
        "dirg: no/log: no docker command can be logged there: No such file or directory; name "
        "another file by --log, or by dirg_log in dirg.cfg; nothing was touched\n"
    )
    assert engine.calls == []


def test_a_log_that_cannot_be_written_to(engine: Engine) -> None:
    describe(WEB)
    answer = dirg("--log", "/dev/full", "run")
    assert (answer.status, answer.lines[0][:31]) == (1, "web  default  created and start")
    assert answer.error == (
        "dirg: warning: docker commands missing in the log: 2: /dev/full: No space left on device\n"
    )
    engine.answer({"exec *": "exit 7"})
    assert dirg("--log", "/dev/full", "exec", "web", "ls").status == 7


def test_where_the_configuration_wants_it(engine: Engine) -> None:
    Path("conf").mkdir()
    Path("conf/dirg.cfg").write_text(
        "[DEFAULT]\ndirg_services = s.yml\ndirg_log = a.log\n[quiet]\ndirg_log =\n"
        "[other]\ndirg_log = b.log\n"
    )
    Path("conf/s.yml").write_text(WEB)
    call = ("-c", "conf/dirg.cfg", "exec", "web", "ls")
    dirg(*call)
    dirg("--profile", "quiet", *call)
    dirg("--profile", "other", *call)
    dirg("--log", "", *call)
    dirg("--log", "c.log", *call)
    dirg(*call)
    found = {each.name: len(noted(each)) for each in Path().rglob("*.log")}
    assert found == {"a.log": 2, "b.log": 1, "c.log": 1}
    assert Path("c.log").exists()


def test_a_wrong_configuration_keeps_nobody_from_being_told(engine: Engine) -> None:
    Path("dirg.cfg").write_text("[DEFAULT]\ndirg_log = %(nosuch)s\n")
    assert dirg("info").status == 0
    assert dirg("run").status == 2
    Path("dirg.cfg").unlink()
    assert dirg("info").status == 0
    assert [*Path().iterdir()] == []


@pytest.mark.parametrize(
    ("signals", "undone"),
    # A process that is killed has ended by then, or has not: nobody waits for it.
    [(1, [(0, None)]), (2, [(None, "interrupted"), (-signal.SIGKILL, "interrupted")])],
)
def test_interruptions(
    engine: Engine, signals: int, undone: list[tuple[int | None, str | None]]
) -> None:
    """One Ctrl-C, after which docker takes back what was begun; a second one waits for nobody."""
    describe(WEB)
    slow = "touch begun; exec sleep 30" if signals == 2 else "exit"
    engine.answer({"*container ls*": "", "run *": "touch begun; exec sleep 30", "rm *": slow})
    call = [sys.executable, "-m", "dirg", "--log", "log", "run"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(call, env=environ, stdout=nowhere, stderr=nowhere) as process:
        for _ in range(signals):
            while not Path("begun").exists():
                assert process.poll() is None
                time.sleep(0.005)
            Path("begun").unlink()
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    *before, last = ended()
    assert before == [(0, None), (-signal.SIGTERM, "interrupted")]
    assert last in undone
