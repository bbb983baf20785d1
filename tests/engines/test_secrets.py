"""No secret is where others could see it: in no argument of any process, no output, no file."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.lab import Project, at_once, wait_until
from tests.helpers import script

# Each form of a secret has a value of its own, that begins so.
SENTINEL = "Sentinel0f"
DESCRIPTION = """
all: [web, db]
---
{% macro app(host) %}
    image: busybox
    command: [sh, -c, "echo ready; exec sleep 3600"]
    init: true
    docker_host: "{{host}}"
    env: {VERSION: "{{env['VERSION'] or '1'}}"}
{% endmacro %}
web:
{{app(h1)}}
    secret_env:
        A_PASSWORD: Sentinel0fText
        B_PASSWORD:
        C_PASSWORD: {command: [./tell, of it]}
        D_PASSWORD: {file: file.txt}
db:
{{app(h2)}}
    secret_env: [A_PASSWORD=Sentinel0fList, B_PASSWORD]
lost: {image: "nowhere:1", pull: never, docker_host: "{{h1}}", secret_env: {A: Sentinel0fLost}}
refused: {image: busybox, user: nobody1, docker_host: "{{h2}}", secret_env: {A: Sentinel0fRefused}}
dead: {image: busybox, docker_host: "tcp://127.0.0.1:1", secret_env: {A: Sentinel0fDead}}
"""
# In the order in which they find something to do; those between two blank lines at once. Each is
# called with -d, which tells more.
COMMANDS = """
run -n
update -n
pull -n

run

run lost refused

run dead
plan lost
plan update

check
check --format json
ps
ps --format json --restarts
show
show --format json
show --rendered
show --live
show --format compose db
show --format sh
logs
exec web true
top

port
stats
info
cp web:/etc/hosts copied
each all -- container ls --filter name={}
events --since 1h --until 0s
import containers --host H1
history
history --all --format json
unlock
build

update --no-pull --grace 0

rollback --grace 0 web

pause

unpause

restart

kill

start

stop

wait
rm lost refused

rm
"""
# How often each process is looked at: it has its arguments soon after it has begun.
LOOKS = 50
STAGES = [stage.splitlines() for stage in COMMANDS.strip().split("\n\n")]


def _arguments(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def watched(found: set[str]) -> Iterator[None]:
    """Collects the arguments of processes of this machine that hold a sentinel, as they come."""
    done = threading.Event()

    def look() -> None:
        looks: dict[Path, int] = {}
        while not done.is_set():
            looks = {each: looks.get(each, 0) + 1 for each in Path("/proc").glob("[0-9]*")}
            for each in (each for each, times in looks.items() if times <= LOOKS):
                words = _arguments(each)
                if SENTINEL.encode() in words:
                    found.add(words.decode("utf-8", "replace"))
            done.wait(0.005)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_no_command_tells_a_secret(project: Project) -> None:
    folder, lab = project.folder, project.lab
    project.describe(DESCRIPTION)
    (folder / "value").write_text(f"{SENTINEL}Command\n")
    (folder / "file.txt").write_text(f"{SENTINEL}File\n")
    script(folder / "tell", 'read -r value <"${0%/*}/value"; echo "$value"')
    inputs = {folder / name for name in ("value", "file.txt", "dirg-services.yml")}
    own = {each: folder / each for each in ("home", "tmp", "state")}
    for each in own.values():
        each.mkdir()
    shim = project.shim('printf "%s\\n" "$*" >>"${0%/*}/argv"; exec "$docker" "$@"')
    env = {**shim, "HOME": str(own["home"]), "TMPDIR": str(own["tmp"])}
    env |= {"XDG_STATE_HOME": str(own["state"]), "B_PASSWORD": f"{SENTINEL}Shell"}

    def called(line: str) -> None:
        words = line.replace("H1", lab.plain.docker_host).split()
        version = {"VERSION": "2"} if words[0] in ("update", "rollback") else {}
        answer = project.dirg("-d", "--log", "log", *words, env={**env, **version})
        assert answer.status in (0, 1, 2), (line, answer)
        assert "Traceback" not in answer.error, (line, answer.error)
        assert SENTINEL not in answer.output + answer.error, (line, answer)

    arguments: set[str] = set()
    labels: list[str] = []
    with watched(arguments):
        # What looks for them does find one.
        planted = ["sh", "-c", "read -r line; :", f"{SENTINEL}Planted"]
        with subprocess.Popen(planted, stdin=subprocess.PIPE):
            wait_until(lambda: bool(arguments))
        for stage in STAGES:
            at_once(called, stage)
            for engine in (lab.plain, lab.tls):
                for name in engine.names():
                    labels.append(str(engine.inspect(name)["Config"]["Labels"]))
            if "run" in stage:
                variables = lab.plain.inspect("web")["Config"]["Env"]
                told = {each for each in variables if SENTINEL in each}
    assert told == {
        f"{name}_PASSWORD={SENTINEL}{what}"
        for name, what in (("A", "Text"), ("B", "Shell"), ("C", "Command"), ("D", "File"))
    }
    _found_nowhere(folder, inputs, arguments, labels)


def _found_nowhere(folder: Path, inputs: set[Path], arguments: set[str], labels: list[str]) -> None:
    assert {words for words in arguments if "Planted" not in words} == set()
    assert len(arguments) == 1
    assert labels
    assert [each for each in labels if SENTINEL in each] == []
    written = [each for each in folder.rglob("*") if each.is_file() and each not in inputs]
    assert {each.name for each in written} >= {"argv", "log", "copied"}
    assert [each for each in written if SENTINEL.encode() in each.read_bytes()] == []


def test_docker_itself_shows_them_to_whoever_may_ask_it(project: Project) -> None:
    """As the README says: inspect and a process in the container tell them."""
    project.describe(
        '{}\n---\nweb: {secret_env: {A: Sentinel0fText}, docker_host: "{{h1}}", {{idle}}}'
    )
    project.done("run")
    assert f"A={SENTINEL}Text" in project.done("inspect", "web").output
    assert f"A={SENTINEL}Text" in project.dirg("exec", "web", "env").output


OPENED = """
{}
---
web: { {{idle}}, docker_host: "{{h1}}", VARIABLES }
"""


def test_what_was_a_secret_is_told_by_nobody_later(project: Project) -> None:
    secret = f"secret_env: {{A: {SENTINEL}A, B: {SENTINEL}B}}, env: {{C: then}}"
    project.describe(OPENED.replace("VARIABLES", secret))
    project.done("run")
    project.describe(OPENED.replace("VARIABLES", "env: {A: now, C: now}"))
    told = project.done("plan").output
    assert "env: A=********, B, C=******** -> A=now, C=now" in told
    for line in ("plan --format json", "show --live", "show --live --format json", "run"):
        answer = project.dirg("-d", "--log", "log", *line.split())
        assert SENTINEL not in answer.output + answer.error
    assert SENTINEL not in (project.folder / "log").read_text()
    # What stood in the description before is told.
    project.done("update", "--no-pull", "--grace", "0")
    project.describe(OPENED.replace("VARIABLES", "env: {A: later, C: now}"))
    assert "env: A=now -> A=later" in project.done("plan").output
