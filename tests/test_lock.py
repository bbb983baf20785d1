"""Two dirgs at once: which one proceeds, and what the other one says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from dirg import lock, lockfile
from dirg.defaults import Options
from dirg.host import Host, at
from dirg.lock import places
from dirg.session import Session
from tests.helpers import Engine, describe, dirg, listing, python

# Holds hosts as a command of dirg does, says so, and goes on until its input ends.
HOLDER = """
import os, sys
from pathlib import Path
from dirg import lock, lockfile
from dirg.defaults import Options
from dirg.session import Session
lockfile.SHARED = (Path(sys.argv[1]),)
session = Session(Options(host=sys.argv[2]), environ={})
lock.hold(session, [each.host for each in session.deployments([])])
print(flush=True)
sys.stdin.read()
"""
TEXT = """
all: [web, db]
---
web: {image: i, docker_host: "h1:1"}
db: {image: i, docker_host: "h2:1"}
"""
SINCE = r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("shared").absolute()
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr(lockfile, "SHARED", (folder,))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Docker hosts on which both containers run."""
    describe(TEXT)
    lists = {f"*{host}*container ls*": name for host, name in (("h1", "web"), ("h2", "db"))}
    engine.answer({pattern: f"echo '{listing(name)}'" for pattern, name in lists.items()})
    return engine


@contextmanager
def working(hosts: str = "*") -> Iterator[subprocess.Popen[str]]:
    """Another dirg at work on some hosts of the description."""
    words = str(lockfile.SHARED[0]), hosts, "/usr/bin/dirg", "update"
    with python(HOLDER, *words) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def told(error: str, process: subprocess.Popen[str]) -> str:
    """What dirg has said, with who the other one is in short."""
    name = re.escape(os.uname().nodename)
    who = rf"\S+@{name} runs dirg update {SINCE} \(process {process.pid} of this machine\)"
    return re.sub(who, "WHO", error)


CHANGING = [
    *(["run"], ["start"], ["stop"], ["restart"], ["pause"], ["unpause"], ["kill"], ["rm"]),
    *(["update"], ["rollback", "web", "db"]),
]
BUSY = "dirg: h1:1, h2:1: WHO\n"
ADVICE = "dirg: nothing was changed; --wait SECONDS waits until that has ended\n"


def test_commands_that_change_containers_keep_out_of_each_others_way(engine: Engine) -> None:
    with working() as other:
        for words in CHANGING:
            answer = dirg(*words)
            assert (answer.status, answer.output) == (1, ""), words
            assert told(answer.error, other) == BUSY + ADVICE, words
    assert engine.calls == []
    # It was killed.
    assert dirg("stop").status == 0


@pytest.mark.parametrize(
    "words",
    [
        *([*words, "-n"] for words in CHANGING),
        *(["build"], ["pull"], ["ps"], ["plan"], ["logs"], ["exec", "web", "true"]),
        *(["cp", "web:/x", "."], ["each", "web", "--", "kill", "{}"]),
    ],
    ids=" ".join,
)
def test_what_changes_no_container_asks_nobody(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, words: Sequence[str]
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(lock, "hold", refuse)
    dirg(*words)
    with pytest.raises(AssertionError):
        dirg("stop")


def test_the_hosts_of_the_selection_count(engine: Engine) -> None:
    with working("h1") as other:
        assert dirg("stop", "db").status == 0
        assert dirg("stop", "--host", "h2").status == 0
        for words in (["stop"], ["stop", "web"], ["stop", "--host", "h*"]):
            answer = dirg(*words)
            assert told(answer.error, other) == "dirg: h1:1: WHO\n" + ADVICE
            assert answer.status == 1


def test_the_description_counts_by_whatever_path(engine: Engine) -> None:
    Path("link.yml").symlink_to("dirg-services.yml")
    Path("copy.yml").write_text(TEXT)
    config = "[DEFAULT]\ndirg_services = {}.yml\n"
    for name in ("link", "copy"):
        Path(f"{name}.cfg").write_text(config.format(name))
    with working() as other:
        answer = dirg("stop", "-c", "link.cfg")
        assert told(answer.error, other) == BUSY + ADVICE
        assert dirg("stop", "-c", "copy.cfg").status == 0


def test_several_are_told(engine: Engine) -> None:
    with working("h1") as one, working("h2") as other:
        error = told(told(dirg("stop").error, one), other)
    assert error == "dirg: h1:1: WHO\ndirg: h2:1: WHO\n" + ADVICE


def test_a_shell_is_not_told_to_unlock_what_somebody_here_has() -> None:
    describe(TEXT)
    with working("h1") as other:
        describe(TEXT, dirg_lock="shop")
        printed = told(dirg("unlock", "-n").output, other)
    assert printed == (
        f"# h1:1: WHO; end process {other.pid} first\n"
        "# only where dirg.lock.shop has the label dirg.lock: otherwise it is somebody else's\n"
        "docker -H tcp://h2:1 volume rm dirg.lock.shop\n"
    )


WAITING = BUSY + "dirg: waiting, 5 s at most\n"


def test_waiting_for_somebody_who_ends(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, said in ((("--wait", "5"), WAITING), (("-q", "--wait", "5"), "")):
        with working() as other:

            def end(seconds: float, other: subprocess.Popen[str] = other) -> None:
                other.kill()
                other.wait()

            monkeypatch.setattr("dirg.lock.time.sleep", end)
            answer = dirg("stop", *words)
        assert (answer.status, told(answer.error, other)) == (0, said)
        stops = ["-H tcp://h1:1 stop web", "-H tcp://h2:1 stop db"]
        assert sorted(engine.calls[-2:]) == stops


def test_waiting_in_vain(engine: Engine) -> None:
    with working() as other:
        answer = dirg("stop", "--wait", "0.1")
    assert answer.status == 1
    waiting = WAITING.replace("5 s", "0.1 s")
    after = "dirg: nothing was changed after 0.1 s\n"
    assert told(answer.error, other) == f"{waiting}{BUSY}{after}"
    assert engine.calls == []


def test_who_waits_has_nothing(engine: Engine) -> None:
    """Nobody is kept from what is free by somebody who waits for more."""
    with working("h1"):
        waits = HOLDER.replace("host=", "wait=60, host=")
        with python(waits, str(lockfile.SHARED[0]), "*", stderr=subprocess.PIPE) as second:
            assert second.stderr
            said = [second.stderr.readline() for _ in range(2)]
            assert said[1] == "dirg: waiting, 60 s at most\n"
            answer = dirg("stop", "db", "--wait", "5")
            second.kill()
    assert (answer.status, answer.error) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_is_interrupted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr("dirg.lock.time.sleep", lambda _: os.kill(os.getpid(), number))
    with working() as other:
        answer = dirg("stop", "--wait", "5")
    assert answer.status == 128 + number
    assert told(answer.error, other) == f"{WAITING}\ndirg: interrupted\n"
    assert engine.calls == []


def test_a_dirg_that_is_called_by_the_one_at_work(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working() as other:
        monkeypatch.setattr("dirg.processes.ancestors", lambda: iter([other.pid, 1]))
        answer = dirg("stop", "--wait", "9")
    assert answer.status == 1
    advice = "nothing was changed; that one has called this one, which can't wait for it"
    assert told(answer.error, other) == f"{BUSY}dirg: {advice}\n"


def test_what_can_not_be_used_changes_nothing(engine: Engine) -> None:
    (lockfile.SHARED[0] / "dirg.lock").mkdir()
    answer = dirg("stop")
    assert (answer.status, answer.output, engine.calls) == (1, "", [])
    assert answer.error.startswith(f"dirg: {lockfile.SHARED[0]}/dirg.lock: Is a directory; nothing")


def test_a_thousand_hosts() -> None:
    """Only three are named, and each is another one."""
    describe(TEXT)
    hosts = [Host(f"h{number}:1") for number in range(1000)]
    session = Session(Options(), environ={})
    found = [place for its in places(session, hosts).values() for place in its]
    assert len({*found}) == 1000
    assert max(found) < 2**62
    assert lock.said({0: hosts})[0].startswith("h0:1, h1:1, h2:1 and 997 more: ")


def test_a_host_is_the_same_whatever_the_shell_says() -> None:
    describe(TEXT)
    session = Session(Options(), environ={})
    verify = {"DOCKER_TLS_VERIFY": "1"}
    same = [at("tcp://h:2376", {}), at("https://h", {}), at("h:2376", verify)]
    assert len({*places(session, same).values()}) == 1
    by_ssh = [at("ssh://h", {}), at("ssh://h", verify)]
    assert len({*places(session, by_ssh).values()}) == 1
    assert places(session, same[:1]) != places(session, by_ssh[:1])


def test_descriptions_with_a_lock_of_the_same_name() -> None:
    host, found = at("tcp://h:1", {}), []
    for name in ("one", "other", "shop"):
        Path(name).mkdir()
        Path(f"{name}/dirg.cfg").write_text(
            "[DEFAULT]\ndirg_services = s.yml\n" + "dirg_lock = shop\n" * (name != "shop")
        )
        found.append(places(Session(Options(config=f"{name}/dirg.cfg"), environ={}), [host])[host])
    one, other, without = map(set, found)
    assert len(one & other) == 1
    assert not without & (one | other)


def test_it_is_given_back_whatever_happens(engine: Engine) -> None:
    before = len([*Path("/dev/fd").iterdir()])
    engine.answer({"*container ls*": "echo no >&2; exit 1"})
    assert dirg("stop").status == 1
    assert len([*Path("/dev/fd").iterdir()]) == before
