"""Locks on docker hosts, with a docker that keeps volumes in files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dirg import hostlock, lock, lockfile
from dirg.host import Host
from dirg.session import Session
from dirg.whereabouts import Whereabouts
from dirg.who import Mark
from tests.helpers import Answer, describe, dirg, listing, script
from tests.test_lockfile import holding

TEXT = """
all: [web, db]
---
web: {image: i, docker_host: "h1:1"}
db: {image: i, docker_host: "h2:1"}
"""
ELSEWHERE = Mark("ops@far", "2026-01-02T03:04:05Z", process="1.2.3", boot="b", machine="m", was="")
FAR = f"{ELSEWHERE} runs=update token=00"
TOLD = "ops@far runs dirg update since 2026-01-02T03:04:05Z"
# A docker with volumes: files, which are made once.
DOCKER = """
host=${{2#tcp://}}; host=${{host%:*}}; file={folder}/$host
echo "$host $3 $4" >>{folder}/calls
case "$*" in
*"volume create "*) {{ set -C; printf %s "${{6#*=}}" >"$file"; }} 2>&-; echo "$7";;
*"volume inspect "*)
    test -e "$file" || {{ echo "Error: No such volume: $7" >&2; exit 1; }}
    read -r label <"$file" || :
    case $label in none) echo null;; *) printf '{{"dirg.lock":"%s"}}\\n' "$label";; esac;;
*"volume rm "*) rm "$file";;
*h1*"container ls"*) echo '{web}';;
*h2*"container ls"*) echo '{db}';;
esac
"""
STOPS = ["h1 container ls", "h1 stop web", "h2 container ls", "h2 stop db"]
TAKES = [f"{host} volume {word}" for host in ("h1", "h2") for word in ("create", "inspect")]
GIVES = [f"{host} volume {word}" for host in ("h1", "h2") for word in ("inspect", "rm")]


class Hosts:
    """Two docker hosts, with the lock that somebody may have on each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before = ""

    def write(self) -> None:
        known = {"folder": self.folder, "web": listing("web"), "db": listing("db")}
        script(self.folder / "docker", self.before + DOCKER.format(**known))

    def lock(self, host: str, label: str) -> None:
        (self.folder / host).write_text(label)

    @property
    def locked(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir() if each.name in ("h1", "h2"))

    def calls(self) -> list[str]:
        """What was called since this was asked last, in some order."""
        log = self.folder / "calls"
        found = sorted(log.read_text().splitlines()) if log.exists() else []
        log.unlink(missing_ok=True)
        return found


@pytest.fixture
def hosts(programs: Path, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    folder = Path("shared").absolute()
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr(lockfile, "SHARED", (folder,))
    describe(TEXT, dirg_lock="shop")
    programs.mkdir(parents=True, exist_ok=True)
    found = Hosts(programs)
    found.write()
    return found


def failed(answer: Answer, error: str) -> None:
    assert (answer.status, answer.output, answer.error) == (1, "", error)


ADVICE = "dirg: nothing was changed; --wait SECONDS waits until that has ended\n"


def test_a_lock_is_taken_and_given_back(hosts: Hosts) -> None:
    answer = dirg("stop", "-d")
    assert answer.status == 0
    assert hosts.calls() == sorted(TAKES + STOPS + GIVES)
    assert hosts.locked == []
    label = r"'dirg\.lock=by=\S+ at=\S+ process=\S+ boot=\S+ machine=\S+ runs=stop token=\w{16}'"
    assert re.search(
        rf"^dirg: debug: docker -H tcp://h1:1 volume create --label {label} dirg\.lock\.shop$",
        answer.error,
        re.MULTILINE,
    )
    assert "dirg: debug: docker -H tcp://h2:1 volume rm dirg.lock.shop\n" in answer.error


def test_without_a_name_nothing_is_put_on_hosts(hosts: Hosts) -> None:
    describe(TEXT)
    hosts.lock("h1", FAR)
    assert dirg("stop").status == 0
    assert hosts.calls() == STOPS


def test_somebody_elsewhere_has_it(hosts: Hosts) -> None:
    hosts.lock("h2", FAR)
    failed(dirg("stop"), f"dirg: h2:1: {TOLD}; dirg unlock ends that, if they are dead\n{ADVICE}")
    assert hosts.locked == ["h2"]
    assert not {*hosts.calls()} & {*STOPS}
    # Not on this host.
    assert dirg("stop", "web").status == 0


def test_what_has_ended_on_this_machine_is_taken_over(hosts: Hosts) -> None:
    mine = Whereabouts().mark()
    ended = replace(mine, process=re.sub(r"\.\d+\.", ".1.", mine.process), was="")
    hosts.lock("h1", f"{ended} runs=update token=00")
    answer = dirg("stop")
    assert (answer.status, answer.error, hosts.locked) == (0, "", [])
    alive = f"{replace(mine, was='')} runs=update token=00"
    hosts.lock("h1", alive)
    who = f"{mine.by} runs dirg update since {mine.at}"
    process = f"(process {mine.process.partition('.')[0]} of this machine)"
    failed(dirg("stop"), f"dirg: h1:1: {who} {process}\n{ADVICE}")


def test_a_volume_that_is_not_dirgs(hosts: Hosts) -> None:
    hosts.lock("h1", "none")
    said = "h1:1: somebody has a volume in its place that dirg has not made"
    failed(dirg("stop"), f"dirg: {said}\n{ADVICE}")
    failed(dirg("unlock"), f"dirg: {said}: docker volume rm removes it\n")
    assert hosts.locked == ["h1"]


def test_waiting_for_somebody_elsewhere(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts.lock("h2", FAR)
    slept: list[float] = []
    session = Session()

    def sleep(seconds: float) -> None:
        # Nothing is held meanwhile, neither there nor here.
        assert hosts.locked == ["h2"]
        wanted = lock.places(session, [each.host for each in session.deployments([])])
        with holding(lockfile.SHARED[0], *(byte for its in wanted.values() for byte in its)) as it:
            assert it[1] == "True"
        if slept:
            (hosts.folder / "h2").unlink()
        slept.append(seconds)

    monkeypatch.setattr("dirg.lock.time.sleep", sleep)
    answer = dirg("stop", "--wait", "60")
    waiting = f"dirg: h2:1: {TOLD}; dirg unlock ends that, if they are dead\n"
    waiting += "dirg: waiting, 60 s at most\n"
    assert (answer.status, answer.error, slept) == (0, waiting, [2.0, 2.0])
    assert hosts.locked == []


def test_who_waits_takes_nothing(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts.lock("h2", FAR)
    called: list[list[str]] = []

    def sleep(_: float) -> None:
        called.append(hosts.calls())
        if len(called) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("dirg.lock.time.sleep", sleep)
    assert dirg("stop", "--wait", "60").status == 130
    assert called[1] == ["h1 volume inspect", "h2 volume inspect"]


@pytest.mark.parametrize("first", ["h1", "h2"])
def test_of_two_that_have_some_each_the_first_by_name_counts(hosts: Hosts, first: str) -> None:
    """The other one has the other host, until it sees that this one has some as well."""
    hosts.lock("h2", FAR)
    hosts.before = (
        f'test -e {hosts.folder}/once || case "$*" in *h2*"volume inspect "*) '
        f'touch {hosts.folder}/once; trap "rm {hosts.folder}/h2" EXIT;; esac'
        if first == "h1"
        else ""
    )
    hosts.write()
    answer = dirg("stop")
    assert answer.status == (0 if first == "h1" else 1)
    assert hosts.locked == ([] if first == "h1" else ["h2"])


def test_hosts_that_give_no_answer(hosts: Hosts) -> None:
    hosts.before = 'case "$*" in *h2*) echo "connection refused" >&2; exit 1;; esac'
    hosts.write()
    unreachable = "dirg: h2:1 is unreachable: connection refused"
    failed(
        dirg("stop"),
        f"{unreachable}\ndirg: nothing was changed; --skip-unreachable works on the other hosts\n",
    )
    assert hosts.locked == []
    answer = dirg("stop", "--skip-unreachable")
    assert (answer.status, answer.error) == (1, f"{unreachable}\n")
    assert [line.split()[0] for line in answer.lines] == ["web"]
    hosts.lock("h1", FAR)
    answer = dirg("unlock")
    assert (answer.status, answer.output) == (1, "")
    assert answer.error.startswith(f"{unreachable}\ndirg: nothing was changed; ")
    assert dirg("unlock", "--skip-unreachable").status == 1
    assert hosts.locked == []


def test_a_host_that_could_not_be_locked_is_not_changed(hosts: Hosts) -> None:
    hosts.before = 'case "$*" in *h2*"volume create"*) echo "no space left" >&2; exit 1;; esac'
    hosts.write()
    answer = dirg("stop", "--skip-unreachable")
    assert (answer.status, answer.error) == (1, "dirg: h2:1 is unreachable: no space left\n")
    assert [line for line in hosts.calls() if "h2" in line] == []


def test_the_commands_of_a_lock_are_for_no_container() -> None:
    host = Host("h")
    commands = [hostlock.create(host, "n", "l"), hostlock.inspect(host, "n")]
    found = [(each.container, each.cause) for each in (*commands, hostlock.remove(host, "n"))]
    assert found == [("", "lock"), ("", "query"), ("", "lock")]


@pytest.mark.parametrize("at", ["volume create", "container ls", "stop", "volume rm"])
def test_it_is_given_back_after_an_interruption(hosts: Hosts, at: str) -> None:
    hosts.before = (
        f'case "$*" in *h1*" {at} "*) once={hosts.folder}/once; test -e $once || '
        "{ touch $once; trap : TERM; kill -INT $PPID; sleep 0.1; };; esac"
    )
    hosts.write()
    # What comes when all was done interrupts nothing.
    assert dirg("stop").status == (0 if at == "volume rm" else 130)
    assert hosts.locked == []


def test_what_can_not_be_given_back_is_told(hosts: Hosts) -> None:
    hosts.before = 'case "$*" in *h2*"volume rm"*) echo "no" >&2; exit 1;; esac'
    hosts.write()
    answer = dirg("stop")
    problem = "the lock shop was not given back: no; dirg unlock does"
    assert (answer.status, answer.error) == (0, f"dirg: h2:1: {problem}\n")


def test_what_somebody_else_has_by_now_is_left_to_them(hosts: Hosts) -> None:
    hosts.before = f'case "$*" in *h1*" stop web") printf "%s" "{FAR}" >{hosts.folder}/h1;; esac'
    hosts.write()
    assert dirg("stop").status == 0
    assert hosts.locked == ["h1"]


def test_a_dry_run_tells_of_it(hosts: Hosts) -> None:
    answer = dirg("stop", "-n", "web")
    label = r'"dirg\.lock=by=\S+ at=\$\(date -u \+%Y-%m-%dT%H:%M:%SZ\) runs=stop"'
    docker = r"docker -H tcp://h1:1 volume"
    assert len(answer.lines) == 4
    for line, expected in zip(
        answer.lines,
        (
            rf"# before, dirg executes: {docker} create --label {label} dirg\.lock\.shop",
            rf"# before, dirg executes: {docker} inspect --format '{{{{json .Labels}}}}' "
            r"dirg\.lock\.shop",
            rf"# at the end, dirg executes: {docker} rm dirg\.lock\.shop",
            r"docker -H tcp://h1:1 stop web",
        ),
        strict=True,
    ):
        assert re.fullmatch(expected, line), line


def test_unlocking(hosts: Hosts) -> None:
    answer = dirg("unlock")
    assert (answer.status, answer.output, answer.error) == (0, "nothing is locked\n", "")
    hosts.lock("h1", FAR)
    hosts.lock("h2", FAR)
    hosts.calls()
    answer = dirg("unlock", "-n")
    lines = [
        "# only where dirg.lock.shop has the label dirg.lock: otherwise it is somebody else's",
        *(f"docker -H tcp://{host}:1 volume rm dirg.lock.shop" for host in ("h1", "h2")),
    ]
    assert (answer.status, answer.lines, hosts.calls()) == (0, lines, [])
    answer = dirg("unlock", "web")
    assert (answer.status, answer.error) == (0, "")
    assert answer.output == f"h1:1: {TOLD}: unlocked\n"
    assert hosts.locked == ["h2"]
    assert hosts.calls() == ["h1 volume inspect", "h1 volume inspect", "h1 volume rm"]


def test_who_is_alive_is_not_unlocked(hosts: Hosts) -> None:
    mine = replace(Whereabouts().mark(), was="")
    pid = mine.process.partition(".")[0]
    hosts.lock("h1", f"{mine} runs=update token=00")
    hosts.lock("h2", FAR)
    answer = dirg("unlock")
    who = f"{mine.by} runs dirg update since {mine.at} (process {pid} of this machine)"
    assert answer.output == f"h1:1: {who}\nh2:1: {TOLD}: unlocked\n"
    assert (answer.status, answer.error) == (1, f"dirg: end process {pid} first\n")
    assert hosts.locked == ["h1"]


def test_what_was_locked_anew_is_not_unlocked(hosts: Hosts) -> None:
    hosts.lock("h1", FAR)
    anew = FAR.replace("ops@far", "dev@far").replace("token=00", "token=11")
    locks = f"echo '{anew}' >{hosts.folder}/h1"
    hosts.before = f'case "$*" in *h1*"volume inspect "*) trap "{locks}" EXIT;; esac'
    hosts.write()
    said = f"h1:1: {TOLD}: it was locked anew meanwhile by {TOLD.replace('ops', 'dev')}"
    failed(dirg("unlock"), f"dirg: {said}\n")
    assert hosts.locked == ["h1"]


@pytest.mark.parametrize("name", ["a b", "a/b", "ä", "$(x)", "n" * 201])
def test_what_is_no_name(name: str) -> None:
    describe(TEXT, dirg_lock=name)
    answer = dirg("stop")
    assert (answer.status, answer.error) == (
        2,
        f"dirg.cfg:3:1: dirg_lock: {name!r} is no name of a lock; "
        "write letters, digits, . _ and - only, at most 200\n",
    )


def test_a_profile_may_have_another_one(hosts: Hosts) -> None:
    with Path("dirg.cfg").open("a") as file:
        file.write("[other]\ndirg_lock = other\n[none]\ndirg_lock =\n")
    for profile, label in (("other", "dirg.lock.other"), ("none", "")):
        lines = dirg("stop", "-n", "--profile", profile).comments
        assert all(line.endswith(f" {label}") for line in lines)
        assert len(lines) == (6 if label else 0)
