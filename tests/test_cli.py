"""dirg as a person calls it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dirg import __version__, arguments
from tests.helpers import SERVICES, Engine, describe, described, dirg, listing

CONTAINERS = """\
web: {image: 'shop:{{tag}}', depends_on: [db]}
db: {image: store, docker_host: tcp://one.example:2375}
tool: {image: tool, path: tool, docker_context: far}
"""
SHOP = f"all: [web, db]\nback: [db]\n---\n{CONTAINERS}"
PAIR = "{}\n---\nweb: {image: i, depends_on: [db]}\ndb: {image: i}\n"

COMMANDS = {
    "run": """\
docker -H tcp://one.example:2375 run -d --name db --hostname db \
--label dirg.definition=DIGEST store
docker run -d --name web --hostname web --label dirg.definition=DIGEST shop:1
""",
    "start": "docker -H tcp://one.example:2375 start db\ndocker start web\n",
    "stop": "docker stop web\ndocker -H tcp://one.example:2375 stop db\n",
    "restart": "docker -H tcp://one.example:2375 restart db\ndocker restart web\n",
    "kill": "docker kill web\ndocker -H tcp://one.example:2375 kill db\n",
    "rm": """\
docker stop web &&
docker rm -v web
docker -H tcp://one.example:2375 stop db &&
docker -H tcp://one.example:2375 rm -v db
""",
    "pull": "docker pull shop:1\ndocker -H tcp://one.example:2375 pull store\n",
    "build tool": "docker --context far build -t tool CWD/tool\n",
    "update": """\
docker pull shop:1 &&
docker -H tcp://one.example:2375 pull store &&
docker -H tcp://one.example:2375 create --volumes-from db --name db.dirg-new --hostname db \
--label dirg.definition=DIGEST store &&
docker -H tcp://one.example:2375 stop db &&
docker -H tcp://one.example:2375 rename db db.dirg-old &&
docker -H tcp://one.example:2375 rename db.dirg-new db &&
docker -H tcp://one.example:2375 start db &&
docker -H tcp://one.example:2375 rm db.dirg-old &&
docker create --volumes-from web --name web.dirg-new --hostname web \
--label dirg.definition=DIGEST shop:1 &&
docker stop web &&
docker rename web web.dirg-old &&
docker rename web.dirg-new web &&
docker start web &&
docker rm web.dirg-old
""",
    "logs": "docker logs --timestamps web\ndocker -H tcp://one.example:2375 logs --timestamps db\n",
    "logs db -f --tail 3": "docker -H tcp://one.example:2375 logs --follow --tail 3 db\n",
    "ps": "docker container ls --all --no-trunc --format FORMAT\n"
    "docker -H tcp://one.example:2375 container ls --all --no-trunc --format FORMAT\n",
    "stats": "docker stats --no-stream --no-trunc --format FORMAT web\n"
    "docker -H tcp://one.example:2375 stats --no-stream --no-trunc --format FORMAT db\n",
    "info": "docker --version\ndocker version --format FORMAT\n"
    "docker -H tcp://one.example:2375 version --format FORMAT\n",
    "show": "",
}


@pytest.mark.parametrize("words", COMMANDS)
def test_what_a_dry_run_prints(words: str) -> None:
    describe(SHOP, tag="1")
    answer = dirg("-n", *words.split())
    printed = re.sub(r"--format '[^']*'", "--format FORMAT", answer.commands)
    assert printed.replace(str(Path.cwd()), "CWD") == COMMANDS[words]
    assert (answer.error, answer.status) == ("", 0)


def test_a_dry_run_prints_nothing_but_comments_where_there_is_nothing_to_do() -> None:
    describe("{}\n---\n{}\n")
    for words in ("start", "stop", "rm", "pull", "update", "ps", "logs"):
        answer = dirg(words, "-n")
        assert (answer.output, answer.status) == ("", 0)


def test_a_dry_run_needs_no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    describe(SHOP, tag="1")
    assert dirg("run", "-n").commands == COMMANDS["run"]
    answer = dirg("run")
    assert answer.error == "dirg: there is no docker on the PATH; install the docker CLI\n"
    assert (answer.output, answer.status) == ("", 1)


SECRETS = "{}\n---\nweb: {image: i, secret_env: {TOKEN: hidden, OTHER: ~}}\n"


@pytest.mark.parametrize(
    ("command", "comments"), [("run", 1), ("update", 1), ("stop", 0), ("rm", 0)]
)
def test_a_dry_run_tells_once_which_variables_must_be_set(command: str, comments: int) -> None:
    describe(SECRETS)
    told = [line for line in dirg("-n", command).comments if "TOKEN" in line]
    assert told == ["# the variable TOKEN must be set"] * comments


@pytest.mark.parametrize("command", ["run", "update", "show", "show --format json", "ps", "info"])
def test_secrets_are_shown_nowhere(command: str, engine: Engine) -> None:
    describe(SECRETS)
    engine.answer({"run*|create*": "echo failed $TOKEN | tr -d h >&2; exit 1"})
    for options in ("-d", "-n"):
        answer = dirg(options, *command.split())
        assert "hidden" not in answer.output + answer.error
    assert "hidden" not in "".join(engine.calls)


def test_secrets_reach_docker(engine: Engine) -> None:
    describe(SECRETS)
    engine.answer({"run*": "echo $TOKEN >token"})
    assert dirg("run").status == 0
    assert Path("token").read_text() == "hidden\n"


@pytest.mark.parametrize("command", ["stop", "ps", "logs"])
def test_what_docker_would_refuse_may_be_printed_and_stopped(command: str) -> None:
    describe("{}\n---\nweb: {image: i, net: host, links: [db]}\ndb: {image: i}\n")
    assert dirg("-n", command, "web").status == 0


def test_what_docker_would_refuse_is_not_run() -> None:
    describe("{}\n---\nweb: {image: i, net: host, links: [db]}\ndb: {image: i}\n")
    answer = dirg("run")
    assert answer.error == (
        f"{SERVICES}:3:28: links: docker has none with net: host; leave out one of them\n"
    )
    assert (answer.output, answer.status) == ("", 2)
    printed = dirg("-n", "run")
    assert printed.commands.count("docker run") == 2
    assert [line for line in printed.comments if "refuses" in line] == [
        f"# docker refuses this: {answer.error.strip()}"
    ]


@pytest.mark.parametrize(
    ("before", "after"), [("-n", ""), ("", "-n"), ("--dry-run", ""), ("", "--dry-run")]
)
def test_options_stand_before_or_after_the_command(before: str, after: str) -> None:
    describe(SHOP, tag="1")
    Path("other.cfg").write_text(f"[DEFAULT]\ndirg_services = {SERVICES}\ntag = 2\n[p]\ntag = 3\n")
    words = "--host default --timeout 3 -j 1 -c other.cfg --profile p"
    for options in (before, words, after):
        assert options.count("\n") == 0
    for line in (f"{before} {words} stop {after}", f"{before} stop {words} {after}"):
        answer = dirg(*line.split())
        assert (answer.output, answer.status) == ("docker stop web\n", 0)
        assert dirg(*line.replace("stop", "pull").split()).output == "docker pull shop:3\n"


def test_an_option_after_the_command_counts_more_than_one_before() -> None:
    describe(SHOP, tag="1")
    answer = dirg("--host", "default", "pull", "-n", "--host", "one*")
    assert answer.output == "docker -H tcp://one.example:2375 pull store\n"


def test_options_may_stand_among_names() -> None:
    describe(SHOP, tag="1")
    assert dirg("stop", "web", "-n", "tool").lines == [
        "docker --context far stop tool",
        "docker stop web",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("nosuch", "No such command 'nosuch'"),
        ("run --nosuch", "No such option '--nosuch'"),
        ("run -j 0", "Invalid value for '-j' / '--parallel': 0 is not in the range x>=1"),
        ("run -j x", "Invalid value for '-j' / '--parallel': 'x' is not a valid integer range"),
        ("run --timeout 0", "Invalid value for '--timeout': 0.0 is not in the range 0.1<=x<=86400"),
        ("ps --format xml", "Invalid value for '--format': 'xml' is not one of 'table', 'json'"),
        ("run -c", "Option '-c' requires an argument"),
        ("run wbe", "unknown name 'wbe': did you mean web?"),
        ("run -n --host x*", "--host x*: fits no host of the selection; hosts: default, "
         "tcp://one.example:2375"),
        ("run -c absent.cfg", "-c names absent.cfg, which is not a file"),
        ("run --profile p", "dirg.cfg: there is no section [p]; sections: none"),
    ],
)  # fmt: skip
def test_mistakes_of_the_command_line(words: str, message: str) -> None:
    describe(SHOP, tag="1")
    answer = dirg(*words.split())
    assert answer.error.startswith(f"dirg: {message}")
    assert answer.error.count("\n") == 1
    assert (answer.output, answer.status) == ("", 2)


def test_without_a_command_there_is_help() -> None:
    assert dirg() == dirg("--help")


@pytest.mark.parametrize("words", ["--help", "-h", "run --help", "run -h"])
def test_help(words: str) -> None:
    answer = dirg(*words.split())
    assert answer.output.startswith("Usage: dirg")
    assert (answer.error, answer.status) == ("", 0)


def test_the_twelve_commands() -> None:
    listed = dirg("--help").output.partition("Commands:\n")[2]
    assert {line.split()[0] for line in listed.splitlines()} >= {
        *("run", "info", "start", "stop", "rm", "build", "ps", "show", "pull", "logs", "update"),
        *("stats", "restart", "kill"),
    }


def test_the_version() -> None:
    assert dirg("--version").output == f"dirg {__version__}\n"


WRONG = [
    ("web: {image: i", "dirg-services.yml:4:1: "),
    ("web: {image: {{nosuch}}}", "dirg-services.yml:3:16: 'nosuch' is undefined"),
    ("web: {image: {{env['X']}}}", "dirg-services.yml:3:21: environment variable X is not set"),
    ("web: {% if %}", "dirg-services.yml:3:"),
    ("web: {image: i, enviroment: x}", "dirg-services.yml:3:17: enviroment is not a property"),
    ("web: {image: i, ports: [x]}", "dirg-services.yml:3:25: ports: 'x' is no port"),
    ("web: {image: i, docker_host: x}", "dirg-services.yml:3:30: docker_host: 'x' is no address"),
    ("web: !!python/object/apply:os.abort []", "dirg-services.yml:3:6: tag "),
    ("web: {image: i, links: [web]}", "dirg-services.yml:3:1: containers need each other: web"),
    ("web: &x {image: i, env: *x}", "dirg-services.yml:3:6: contains itself by an alias"),
]


@pytest.mark.parametrize(("containers", "message"), WRONG)
@pytest.mark.parametrize("words", ["-d run", "-n ps"])
def test_mistakes_of_the_description(containers: str, message: str, words: str) -> None:
    describe(f"{{}}\n---\n{containers}\n")
    answer = dirg(*words.split())
    said = [line for line in answer.error.splitlines() if not line.startswith("dirg: debug: ")]
    assert len(said) == 1
    assert said[0].startswith(message)
    assert (answer.output, answer.status) == ("", 2)


def test_all_mistakes_are_told_each_on_its_line() -> None:
    describe("{}\n---\nweb: {image: i, a: b}\ndb: {ports: [x], docker_host: y}\n")
    answer = dirg("run")
    places = [line.split(" ")[0] for line in answer.error.splitlines()]
    assert places[:3] == [f"{SERVICES}:{place}:" for place in ("3:17", "4:1", "4:14")]
    assert answer.status == 2


def test_a_mistake_of_any_container_stops_every_command() -> None:
    describe("{}\n---\nweb: {image: i, a: b}\ndb: {image: i}\n")
    answer = dirg("stop", "-n", "db")
    assert answer.error.startswith(f"{SERVICES}:3:17: a is not a property; ")
    assert (answer.output, answer.status) == ("", 2)


def test_circles_of_containers() -> None:
    describe("{}\n---\nweb: {image: i, links: [db]}\ndb: {image: i, depends_on: [web]}\n")
    answer = dirg("run")
    assert answer.error == (
        f"{SERVICES}:3:1: containers need each other: web -> db -> web; leave out one of these\n"
    )
    assert answer.status == 2


def test_without_a_configuration() -> None:
    answer = dirg("run")
    assert answer.error.startswith("dirg: there is no dirg.cfg in this folder; ")
    assert answer.status == 2


def test_a_warning_goes_to_stderr() -> None:
    describe("{}\n---\nweb: {image: a, image: b}\n")
    answer = dirg("pull", "-n")
    assert answer.output == "docker pull b\n"
    assert answer.error == (
        f"{SERVICES}:3:17: warning: image is written twice; this one counts, "
        f"not the one at {SERVICES}:3:7\n"
    )


def digests(text: str) -> dict[str, str]:
    """The digest of each container of a text."""
    return {
        name: arguments.define(container, Path()).digest
        for name, container in described(text.partition("---\n")[2]).containers.items()
    }


def test_run_creates_starts_and_leaves_alone(engine: Engine) -> None:
    text = "{}\n---\nweb: {image: i, depends_on: [db]}\ndb: {image: i}\nmq: {image: i}\n"
    describe(text)
    known = digests(text)
    (engine.folder / "ls").write_text(
        listing("mq", known["mq"]) + "\n" + listing("db", known["db"], "exited") + "\n"
    )
    engine.answer({"container ls*": f"cat {engine.folder}/ls"})
    answer = dirg("run", "-j1")
    assert [re.sub(r"  \d+\.\ds$", "", line) for line in answer.lines] == [
        "db   default  started",
        "web  default  created and started",
        "mq   default  running",
    ]
    assert engine.calls == [
        "container ls --all --no-trunc",
        "start db",
        f"run -d --name web --hostname web --label dirg.definition={known['web']} i",
    ]
    assert (answer.error, answer.status) == ("", 0)


def test_a_failure_is_told_in_dockers_words_and_ends_with_1(engine: Engine) -> None:
    describe(PAIR)
    failing = "echo id; echo 'docker: Error response from daemon: port taken.' >&2; exit 125"
    engine.answer({"run*--name db*": failing})
    answer = dirg("run")
    label = f"--label dirg.definition={digests(PAIR)['db']}"
    command = f"docker run -d --name db --hostname db {label}"
    assert [re.sub(r"  \d+\.\ds$", "", line) for line in answer.lines] == [
        "db   default  failed: docker: Error response from daemon: port taken.",
        "web  default  skipped, since it needs db",
    ]
    assert answer.error.splitlines() == [
        "dirg: 2 of 2 failed:",
        "  web on default: skipped, since it needs db",
        "  db on default: docker: Error response from daemon: port taken.",
        f"    to repeat it: {command} i",
    ]
    assert engine.calls[-1] == "rm -v db"
    assert answer.status == 1


@pytest.mark.parametrize("command", ["run", "stop", "rm", "update", "pull"])
def test_nothing_is_changed_while_a_host_is_unreachable(command: str, engine: Engine) -> None:
    describe(SHOP, tag="1")
    engine.answer({"-H*": "echo 'Cannot connect to X.' >&2; exit 1"})
    answer = dirg(command)
    assert answer.error.splitlines() == [
        "dirg: tcp://one.example:2375 is unreachable: Cannot connect to X.",
        "dirg: nothing was changed; --skip-unreachable works on the other hosts",
    ]
    assert (answer.output, answer.status) == ("", 1)
    assert all("container ls" in call for call in engine.calls)


def test_unreachable_hosts_may_be_skipped(engine: Engine) -> None:
    describe("{}\n---\nweb: {image: i}\ndb: {image: i, docker_host: tcp://one.example:2375}\n")
    engine.answer(
        {
            "-H*": "echo 'Cannot connect to X.' >&2; exit 1",
            "container ls*": f"echo '{listing('web')}'",
        }
    )
    answer = dirg("stop", "--skip-unreachable")
    assert [call for call in engine.calls if "container ls" not in call] == ["stop web"]
    assert answer.error == "dirg: tcp://one.example:2375 is unreachable: Cannot connect to X.\n"
    assert answer.lines[0].startswith("web  default  stopped")
    assert answer.status == 1


def test_a_host_that_does_not_answer_in_time(engine: Engine) -> None:
    describe(PAIR)
    engine.answer({"container ls*": "exec sleep 30"})
    answer = dirg("stop", "--timeout", "0.2")
    assert answer.error.splitlines()[0] == "dirg: default is unreachable: no answer within 0.2 s"
    assert answer.status == 1


def test_debug_tells_each_command_as_a_dry_run_prints_it(engine: Engine) -> None:
    describe(PAIR)
    engine.answer({"container ls*": f"echo '{listing('web')}'; echo '{listing('db')}'"})
    told = [
        line.removeprefix("dirg: debug: ")
        for line in dirg("-d", "stop").error.splitlines()
        if line.startswith("dirg: debug: docker") and " container ls " not in line
    ]
    assert told == dirg("-n", "stop").lines == ["docker stop web", "docker stop db"]


def test_ps_lists_all_there_should_be(engine: Engine) -> None:
    describe(
        "front: [web]\n---\nweb: {image: i}\ndb: {image: i}\nfar: {image: i, docker_host: h:1}\n"
    )
    engine.answer(
        {
            "-H*": "echo 'Cannot connect to X.' >&2; exit 1",
            "container ls*": f"echo '{listing('web', 'other', status='Up (healthy)')}'",
        }
    )
    answer = dirg("ps")
    assert answer.lines == [
        "SERVICE  CONTAINER  HOST     STATUS         HEALTH   IMAGE    PORTS  CHANGED",
        "front    web        default  Up (healthy)   healthy  busybox  -      yes",
        "-        db         default  not available  -        i        -      -",
        "-        far        h:1      unreachable    -        i        -      -",
    ]
    assert answer.error == "dirg: h:1 is unreachable: Cannot connect to X.\n"
    assert answer.status == 1
    rows = json.loads(dirg("ps", "--format", "json").output)
    assert [(row["container"], row["status"], row["changed"]) for row in rows] == [
        ("web", "Up (healthy)", True),
        ("db", "not available", False),
        ("far", "unreachable", False),
    ]
    assert sorted(engine.calls)[:2] == ["-H tcp://h:1 container ls --all --no-trunc"] * 2


def test_stats_are_asked_only_of_what_runs(engine: Engine) -> None:
    describe(PAIR)
    used = json.dumps({"Name": "web", "CPUPerc": "1%", "PIDs": "2"})
    engine.answer(
        {
            "container ls*": f"echo '{listing('web')}'; echo '{listing('db', state='exited')}'",
            "stats*": f"echo '{used}'",
        }
    )
    assert [line.split() for line in dirg("stats").lines[1:]] == [
        ["web", "default", "1%", "-", "-", "-", "-", "2"],
        ["db", "default", *"------"],
    ]
    assert engine.calls[1:] == ["stats --no-stream --no-trunc web"]


FACTS = {"id": "id-web", "image": "sha256:old", "auto_remove": False}


def update_answers(engine: Engine, **more: str) -> None:
    volume = {"Type": "volume", "Name": "5f" * 32, "Destination": "/data"}
    details = json.dumps({**FACTS, "mounts": [volume]})
    usual = {
        "container_ls": f"echo '{listing('web', digests(ONE)['web'])}'",
        "container_inspect": f"echo '{details}'",
        "image_inspect": "echo sha256:new",
    }
    answers = {**usual, **more}
    engine.answer({name.replace("_", " ") + "*": body for name, body in answers.items()})


ONE = "{}\n---\nweb: {image: i}\n"
CREATE = "create --volumes-from web --name web.dirg-new --hostname web --label dirg.definition="


def changes(engine: Engine) -> list[str]:
    return [call for call in engine.calls if " ls " not in call and " inspect " not in call]


def test_update_replaces_what_has_a_new_image(engine: Engine) -> None:
    describe(ONE)
    update_answers(engine)
    answer = dirg("update")
    assert changes(engine) == [
        "pull i",
        f"{CREATE}{digests(ONE)['web']} i",
        "stop web",
        "rename web web.dirg-old",
        "rename web.dirg-new web",
        "start web",
        "rm web.dirg-old",
    ]
    assert (answer.error, answer.status) == ("", 0)


def test_update_touches_nothing_without_its_images(engine: Engine) -> None:
    describe(ONE)
    update_answers(engine, pull="echo 'no such image' >&2; exit 1")
    answer = dirg("update")
    assert changes(engine) == ["pull i"]
    assert "dirg: no container was touched, since not every image is there" in answer.error
    assert answer.status == 1


def test_update_puts_the_old_container_back(engine: Engine) -> None:
    describe(ONE)
    update_answers(
        engine,
        start_web=(
            "test -e failed || { touch failed; echo Error response from daemon: no >&2; exit 1; }"
        ),
    )
    answer = dirg("update")
    assert changes(engine)[2:] == [
        "stop web",
        "rename web web.dirg-old",
        "rename web.dirg-new web",
        "start web",
        "rename web web.dirg-new",
        "rename web.dirg-old web",
        "start web",
        "rm -v web.dirg-new",
    ]
    assert answer.status == 1


def test_update_does_not_go_on_without_knowing_the_volumes(engine: Engine) -> None:
    """Without them, the data of the old container would go with it."""
    describe(ONE)
    update_answers(engine, container_inspect="echo 'Cannot connect to X.' >&2; exit 1")
    answer = dirg("update")
    assert changes(engine) == ["pull i"]
    assert answer.status == 1


def test_show() -> None:
    describe(SHOP, tag="1.10")
    assert dirg("show", "back").output == (
        "db:\n    image: store\n    docker_host: tcp://one.example:2375\n"
    )
    assert json.loads(dirg("show", "web", "--format", "json").output) == {
        "web": {"image": "shop:1.10", "depends_on": ["db"]}
    }
    assert dirg("show", "--rendered").output == SHOP.replace("{{tag}}", "1.10")


def test_info_without_a_configuration(engine: Engine) -> None:
    engine.answer({"--version": "echo Docker version 28", "version*": "echo 28.2 1.50"})
    facts = json.loads(dirg("info", "--format", "json").output)
    assert facts["version"] == __version__
    assert facts["docker"] == "Docker version 28"
    assert facts["configuration"] == []
    assert facts["hosts"] == [
        {"host": "default", "reachable": True, "engine": "28.2", "api": "1.50", "error": ""}
    ]


def test_info_of_a_configuration(engine: Engine) -> None:
    describe(SHOP, tag="1")
    engine.answer({"-H*": "echo 'Cannot connect to X.' >&2; exit 1", "version*": "echo 28.2 1.50"})
    answer = dirg("info", env={"DOCKER_CERT_PATH": "/certs"})
    assert "configuration: dirg.cfg" in answer.lines
    assert "DOCKER_CERT_PATH=/certs" in answer.lines
    assert answer.lines[-2:] == [
        "host default: engine 28.2, API 1.50",
        "host tcp://one.example:2375: Cannot connect to X.",
    ]


def process(*words: str) -> subprocess.Popen[str]:
    checkout = str(Path(__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, "-m", "dirg", *words],
        env={**os.environ, "PYTHONPATH": checkout},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_dirg_and_the_docker_it_started(engine: Engine) -> None:
    describe(ONE)
    engine.answer({"container ls*": "echo $$ >pid.new; mv pid.new pid; exec sleep 30"})
    with process("stop", "--timeout", "5") as running:
        deadline = time.monotonic() + 10
        while not Path("pid").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        output, error = running.communicate(timeout=3)
    assert (output, running.returncode) == ("", 130)
    assert error.splitlines()[-1] == "dirg: interrupted"
    assert "Traceback" not in error
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path("pid").read_text()), 0)


def test_a_reader_that_goes_away_gives_no_traceback() -> None:
    # More than a pipe holds.
    image = "i" * 5000
    containers = "".join(f"web{number}: {{image: {image}}}\n" for number in range(40))
    describe(f"{{}}\n---\n{containers}")
    with process("show") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "web0:\n"
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == ""
    # What a closed pipe means is up to the library that prints.
    assert running.returncode in (0, 1)
