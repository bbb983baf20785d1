"""dirg as a person calls it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dirg import __version__, arguments
from tests.helpers import (
    PATIENCE,
    SERVICES,
    Answer,
    Engine,
    called,
    describe,
    described,
    dirg,
    inspection,
    listing,
    script,
    undigested,
)

CONTAINERS = """\
web: {image: 'shop:{{tag}}', depends_on: [db]}
db: {image: store, docker_host: tcp://one.example:2375}
tool: {image: tool, path: tool, docker_context: far}
"""
SHOP = f"all: [web, db]\nback: [db]\n---\n{CONTAINERS}"
PAIR = "{}\n---\nweb: {image: i, depends_on: [db]}\ndb: {image: i}\n"


def until_up(name: str, docker: str) -> str:
    """The loop that waits until a new container stays up."""
    return (
        "(second=0; while [ $((second += 1)) -le 300 ]; do "
        f'case "$({docker} container inspect --format FORMAT {name})" in '
        "running\\ *\\ healthy\\ *) exit 0;; "
        "running\\ *\\ none\\ 0) [ $second -gt 3 ] && exit 0; sleep 1;; "
        "running\\ *\\ starting\\ *|restarting\\ *\\ starting\\ *|"
        "restarting\\ *\\ unhealthy\\ *) sleep 1;; "
        f"*) break;; esac; done; echo '{name} is not up' >&2; exit 1)"
    )


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
    "update": f"""\
docker pull shop:1 &&
docker -H tcp://one.example:2375 pull store &&
docker -H tcp://one.example:2375 create --volumes-from db --label "dirg.update=MARK was=running" \
--label "dirg.previous=$(docker -H tcp://one.example:2375 container inspect --format FORMAT db)" \
--name db.dirg-new --hostname db --label dirg.definition=DIGEST store &&
docker -H tcp://one.example:2375 rename db db.dirg-old &&
docker -H tcp://one.example:2375 rename db.dirg-new db &&
docker -H tcp://one.example:2375 stop db.dirg-old &&
docker -H tcp://one.example:2375 start db &&
{until_up("db", "docker -H tcp://one.example:2375")} &&
docker -H tcp://one.example:2375 rm db.dirg-old &&
docker create --volumes-from web --label "dirg.update=MARK was=running" \
--label "dirg.previous=$(docker container inspect --format FORMAT web)" \
--name web.dirg-new --hostname web --label dirg.definition=DIGEST shop:1 &&
docker rename web web.dirg-old &&
docker rename web.dirg-new web &&
docker stop web.dirg-old &&
docker start web &&
{until_up("web", "docker")} &&
docker rm web.dirg-old
""",
    "rollback db --keep 1": f"""\
docker -H tcp://one.example:2375 create --volumes-from db --label "dirg.update=MARK was=running \
keep=1" --label "dirg.previous=$(docker -H tcp://one.example:2375 container inspect --format \
FORMAT db)" --name db.dirg-new --hostname db --label dirg.definition=DIGEST \
"$(docker -H tcp://one.example:2375 container inspect --format FORMAT db)" &&
docker -H tcp://one.example:2375 rename db db.dirg-old &&
docker -H tcp://one.example:2375 rename db.dirg-new db &&
docker -H tcp://one.example:2375 stop db.dirg-old &&
docker -H tcp://one.example:2375 start db &&
{until_up("db", "docker -H tcp://one.example:2375")} &&
docker -H tcp://one.example:2375 update --restart no db.dirg-old &&
docker -H tcp://one.example:2375 rename db.dirg-old db.dirg-kept-1
""",
    **{
        words: "docker container ls --all --no-trunc --format FORMAT\n"
        "docker -H tcp://one.example:2375 container ls --all --no-trunc --format FORMAT\n"
        "docker container inspect --format FORMAT web\n"
        f"{of_web}docker -H tcp://one.example:2375 container inspect --format FORMAT db\n{of_db}"
        for words, of_web, of_db in [
            (
                "plan",
                "docker image inspect --format FORMAT shop:1\n",
                "docker -H tcp://one.example:2375 image inspect --format FORMAT store\n",
            ),
            ("plan run", "", ""),
            ("show --live", "", ""),
        ]
    },
    "logs": "docker logs --timestamps web\ndocker -H tcp://one.example:2375 logs --timestamps db\n",
    "logs db -f --tail 3": "docker -H tcp://one.example:2375 logs --follow --timestamps --tail 3 "
    "db\n",
    "ps": "docker container ls --all --no-trunc --format FORMAT\n"
    "docker -H tcp://one.example:2375 container ls --all --no-trunc --format FORMAT\n",
    "stats": "docker stats --no-stream --no-trunc --format FORMAT web\n"
    "docker -H tcp://one.example:2375 stats --no-stream --no-trunc --format FORMAT db\n",
    "info": "docker --version\ndocker version --format FORMAT\n"
    "docker -H tcp://one.example:2375 version --format FORMAT\n"
    "docker info --format FORMAT\ndocker -H tcp://one.example:2375 info --format FORMAT\n",
    "events --since 1h": "docker events --since=1h --filter=type=container --filter=container=web "
    "--format FORMAT\ndocker -H tcp://one.example:2375 events --since=1h --filter=type=container "
    "--filter=container=db --format FORMAT\n",
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


WAITING = """\
{}
---
web: {image: i, depends_on: {db: healthy, job: completed}}
job: {image: i, depends_on: {db: healthy}}
db: {image: i, docker_host: tcp://one.example:2375}
"""
UNTIL_HEALTHY = (
    "(second=0; while [ $((second += 1)) -le SECONDS ]; do "
    'case "$(docker -H tcp://one.example:2375 container inspect --format FORMAT db)" in '
    "running\\ *\\ healthy) exit 0;; running\\ *\\ starting|restarting\\ *) sleep 1;; "
    "*) break;; esac; done; echo 'db is not healthy' >&2; exit 1)"
)
UNTIL_COMPLETED = (
    "(second=0; while [ $((second += 1)) -le SECONDS ]; do "
    'case "$(docker container inspect --format FORMAT job)" in '
    "exited\\ 0\\ *) exit 0;; running\\ *|restarting\\ *) sleep 1;; "
    "*) break;; esac; done; echo 'job is not completed' >&2; exit 1)"
)
LABEL = "--label dirg.definition=DIGEST"


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("run", [
            f"docker -H tcp://one.example:2375 run -d --name db --hostname db {LABEL} i",
            f"{UNTIL_HEALTHY} &&",
            f"docker run -d --name job --hostname job {LABEL} i",
            f"{UNTIL_HEALTHY} &&",
            f"{UNTIL_COMPLETED} &&",
            f"docker run -d --name web --hostname web {LABEL} i",
        ]),
        ("start", [
            "docker -H tcp://one.example:2375 start db",
            f"{UNTIL_HEALTHY} &&",
            "docker start job",
            f"{UNTIL_HEALTHY} &&",
            f"{UNTIL_COMPLETED} &&",
            "docker start web",
        ]),
        ("restart web", [
            f"{UNTIL_HEALTHY} &&",
            f"{UNTIL_COMPLETED} &&",
            "docker restart web",
        ]),
        ("stop", [
            "docker stop web",
            "docker stop job",
            "docker -H tcp://one.example:2375 stop db",
        ]),
    ],
)  # fmt: skip
def test_a_dry_run_waits_by_a_loop(command: str, lines: list[str]) -> None:
    describe(WAITING)
    answer = dirg("-n", *command.split())
    printed = re.sub(r"--format '[^']*'", "--format FORMAT", answer.commands)
    assert printed.replace("-le 300 ", "-le SECONDS ").splitlines() == lines
    assert (answer.error, answer.status) == ("", 0)


def test_a_dry_run_of_update_waits_within_its_chain() -> None:
    describe(WAITING)
    lines = dirg("-n", "update", "--no-pull").commands.splitlines()
    waits = [place for place, line in enumerate(lines) if line.startswith("(second=0; ")]
    assert [lines[place - 1] for place in waits] == [
        "docker -H tcp://one.example:2375 start db &&",
        "docker -H tcp://one.example:2375 rm db.dirg-old &&",
        "docker start job &&",
        "docker rm job.dirg-old &&",
        "docker start web &&",
    ]
    assert all(line.endswith(" &&") for line in lines[:-1])


@pytest.mark.parametrize("command", ["update", "rollback"])
def test_a_dry_run_knows_what_hangs_on_what_is_not_selected(command: str) -> None:
    """As the command itself does: it would cut that off."""
    describe("{}\n---\nweb: {image: i, links: [db]}\ndb: {image: i}\n")
    answer = (
        dirg("-n", command, "--no-pull", "db") if command == "update" else dirg("-n", command, "db")
    )
    assert answer.output == (
        f"# db: web would be cut off from db, by its links; dirg {command} db web replaces both\n"
    )
    both = dirg("-n", command, "web", "db").commands
    assert "docker rename db db.dirg-old" in both
    assert "docker rename web web.dirg-old" in both


@pytest.mark.parametrize(
    ("command", "waits"), [("run", 3), ("start", 3), ("restart", 3), ("update", 5)]
)
def test_how_long_is_waited(command: str, waits: int) -> None:
    describe(WAITING)
    printed = dirg("-n", command, "--wait-timeout", "7").output
    assert printed.count(" -le 7 ]") == waits == printed.count(" -le ")


@pytest.mark.parametrize(
    ("command", "comments"), [("run", 1), ("update", 1), ("stop", 0), ("rm", 0)]
)
def test_a_dry_run_tells_once_which_variables_must_be_set(command: str, comments: int) -> None:
    describe(SECRETS)
    told = [line for line in dirg("-n", command).comments if "TOKEN" in line]
    assert told == ["# the variable TOKEN must be set"] * comments


def test_a_dry_run_tells_where_a_variable_must_be_another_one() -> None:
    values = {"web1": "hidden", "web2": "hidden", "web3": "other", "web4": "hidden"}
    each = (f"{n}: {{image: i, secret_env: {{T: {v}}}}}\n" for n, v in values.items())
    describe("{}\n---\n" + "".join(each))
    other = "# the variable T must be set to another value, that of"
    assert printed("run") == [
        "# the variable T must be set",
        "docker run -d --name web1 --hostname web1 -e T --label dirg.definition=DIGEST i",
        "docker run -d --name web2 --hostname web2 -e T --label dirg.definition=DIGEST i",
        f"{other} web3",
        "docker run -d --name web3 --hostname web3 -e T --label dirg.definition=DIGEST i",
        f"{other} web4",
        "docker run -d --name web4 --hostname web4 -e T --label dirg.definition=DIGEST i",
    ]


def printed(command: str) -> list[str]:
    """What a dry run prints, but for how a shell could take it back."""
    lines = map(undigested, dirg("-n", command).lines)
    return [line for line in lines if not line.startswith("# when a command fails")]


TOLD = """{}
---
web:
  image: i
  secret_env: {A: {command: [tell, "of it"]}, B: {file: b.txt}}
db:
  image: i
  secret_env: {A: {command: tell 'of it'}}
"""


def test_a_dry_run_lets_a_shell_ask_for_secrets() -> None:
    describe(TOLD)
    folder = Path.cwd()
    assert printed("run") == [
        "A=\"$(tell 'of it')\" &&",
        f'B="$(cat -- {folder}/b.txt)" &&',
        'A="$A" B="$B" docker run -d --name web --hostname web -e A -e B'
        " --label dirg.definition=DIGEST i",
        "A=\"$(tell 'of it')\" &&",
        'A="$A" docker run -d --name db --hostname db -e A --label dirg.definition=DIGEST i',
    ]


def test_secrets_that_something_else_tells_reach_docker(
    engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    describe(TOLD)
    told = 'echo "$*" >>asked; echo "asks for a passphrase" >&2; printf "  hidden\\nline\\n\\n"'
    script(engine.folder / "tell", told)
    Path("b.txt").write_text("from a file\n")
    engine.answer({"run*": 'printf "%s;" "$A" "$B" >>given'})
    answer = dirg("-d", "run", "-j1")
    assert (answer.status, "hidden" in answer.output + answer.error) == (0, False)
    assert Path("given").read_text() == "  hidden\nline;from a file;  hidden\nline;;"
    assert Path("asked").read_text() == "of it\n"
    for words in ("stop", "ps", "show", "show --rendered", "rm", "check", "start"):
        assert dirg(*words.split()).status in (0, 1)
    assert Path("asked").read_text() == "of it\n"


@pytest.mark.parametrize(
    ("tells", "problem"),
    [
        ("echo hidden; exit 7", "tell 'of it': ended with status 7; try it by hand"),
        ("printf '\\n\\n'", "tell 'of it': it told nothing; try it by hand"),
        ("printf 'a\\0b'", "tell 'of it': it told what no variable can hold; try it by hand"),
        ("printf 'a\\377b'",
         "tell 'of it': it told what is not UTF-8, which docker alters; try it by hand"),
        ("head -c 140000 /dev/zero | tr '\\0' x",
         "tell 'of it': it told what no variable can hold; try it by hand"),
        ("kill -9 $$", "tell 'of it': ended with status -9; try it by hand"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["run", "plan", "update"])
def test_nothing_is_touched_where_a_secret_is_not_told(
    command: str, tells: str, problem: str, engine: Engine
) -> None:
    describe(TOLD)
    script(engine.folder / "tell", tells)
    answer = dirg(command)
    assert answer.error == f"{SERVICES}:5:29: secret_env: {problem}; nothing was touched\n"
    assert (answer.output, answer.status) == ("", 2)
    assert [call.split()[1:2] for call in engine.calls] == [["ls"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_tells_a_secret_ends_with_dirg(number: signal.Signals, engine: Engine) -> None:
    describe(TOLD)
    script(engine.folder / "tell", 'echo "$$" >pid; exec sleep 600')
    with subprocess.Popen([sys.executable, "-m", "dirg", "run"], stderr=subprocess.PIPE) as process:
        while not (Path("pid").exists() and Path("pid").read_text().endswith("\n")):
            time.sleep(0.01)
        process.send_signal(number)
        assert process.wait(60) == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path("pid").read_text()), 0)


def test_a_file_or_a_program_that_is_not_there_tells_no_secret(engine: Engine) -> None:
    describe(TOLD)
    answer = dirg("run")
    assert answer.error == (
        f"{SERVICES}:5:29: secret_env: tell 'of it': there is no such program; try it by hand;"
        " nothing was touched\n"
    )
    script(engine.folder / "tell", "echo x")
    assert dirg("run").error == (
        f"{SERVICES}:5:57: secret_env: {Path.cwd()}/b.txt: No such file or directory;"
        " nothing was touched\n"
    )


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


def test_a_secret_that_the_shell_does_not_have_is_missed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a container is made that would go without."""
    describe("{}\n---\nweb: {image: i, secret_env: [PW], env: {HTTP_PROXY: }}\n")
    assert "# the variable PW must be set" in dirg("-n", "run").comments
    warning = "dirg: warning: secret_env: PW is not set; web gets none\n"
    answer = dirg("run")
    assert (answer.status, answer.error) == (0, warning)
    assert [dirg(word).error for word in ("stop", "ps")] == ["", ""]
    monkeypatch.setenv("PW", "hidden")
    assert (dirg("run").error, "hidden" in "".join(engine.calls)) == ("", False)


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
        ("runn", "No such command 'runn'; did you mean run?"),
        ("run --nosuch", "No such option '--nosuch'"),
        ("run -j 0", "Invalid value for '-j' / '--parallel': 0 is not in the range x>=1"),
        ("run -j x", "Invalid value for '-j' / '--parallel': 'x' is not a valid integer range"),
        ("run --timeout 0", "Invalid value for '--timeout': 0.0 is not in the range 0.1<=x<=86400"),
        ("run --wait-timeout 0",
         "Invalid value for '--wait-timeout': 0.0 is not in the range 1<=x<=86400"),
        ("run --wait-timeout nan",
         "Invalid value for '--wait-timeout': nan is no number of seconds"),
        ("update --grace NaN", "Invalid value for '--grace': NaN is no number of seconds"),
        ("logs --tail bogus",
         "Invalid value for '--tail': 'bogus' is no number of lines; write one, or all"),
        ("ps --timeout nan", "Invalid value for '--timeout': nan is no number of seconds"),
        ("stop --wait-timeout 5", "No such option '--wait-timeout'"),
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


def test_choices_are_told_in_one_line() -> None:
    answer = dirg("completion")
    told = "Choose from: bash, zsh, fish; see dirg completion --help"
    assert answer == Answer(2, "", f"dirg: Missing argument '{{bash|zsh|fish}}'. {told}\n")


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
        name: arguments.define(container, "").digest
        for name, container in described(text.partition("---\n")[2]).containers.items()
    }


def test_run_creates_starts_and_leaves_alone(engine: Engine) -> None:
    text = "{}\n---\nweb: {image: i, depends_on: [db]}\ndb: {image: i}\nmq: {image: i}\n"
    describe(text)
    known = digests(text)
    (engine.folder / "ls").write_text(
        listing("mq", known["mq"]) + "\n" + listing("db", known["db"], "exited") + "\n"
    )
    (engine.folder / "inspect").write_text(inspection("mq") + "\n" + inspection("db") + "\n")
    engine.answer(
        {
            "container ls*": f"cat {engine.folder}/ls",
            "container inspect*": f"cat {engine.folder}/inspect",
            "image inspect*": IMAGE,
        }
    )
    answer = dirg("run", "-j1")
    assert [re.sub(r"  \d+\.\ds$", "", line) for line in answer.lines] == [
        "db   default  started",
        "web  default  created and started",
        "mq   default  running",
    ]
    assert engine.calls == [
        "container ls --all --no-trunc",
        "container inspect id-db id-mq",
        "image inspect busybox",
        "start db",
        f"run -d --name web --hostname web --label dirg.definition={known['web']} i",
    ]
    assert (answer.error, answer.status) == ("", 0)


@pytest.mark.parametrize("words", ["run -q", "update -q --no-pull", "rm --quiet", "pull -q"])
def test_what_is_done_quietly(words: str, engine: Engine) -> None:
    describe(PAIR)
    engine.answer({"image inspect*": IMAGE})
    answer = dirg(*words.split())
    assert (answer.output, answer.error, answer.status) == ("", "", 0)
    assert "docker " in dirg("-n", *words.split()).output


def test_what_fails_is_told_in_any_case(engine: Engine) -> None:
    describe(PAIR)
    engine.answer({"run*": "echo 'Error response from daemon: no' >&2; exit 1"})
    answer = dirg("run", "-q")
    assert (answer.output, answer.status) == ("", 1)
    assert answer.error.splitlines()[0] == "dirg: 2 of 2 failed:"


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


JOB = "{}\n---\nweb: {image: i, depends_on: {db: healthy, job: completed}}\n" + (
    "db: {image: i}\njob: {image: i}\n"
)


def shown(answer: Answer) -> list[str]:
    """The lines of an answer without times."""
    return [re.sub(r"  \d+\.\ds$", "", line) for line in answer.lines]


def waiting(engine: Engine, db: str = "running 0 healthy", job: str = "exited 0 none") -> None:
    """What is found of the containers of JOB each time somebody looks after them."""
    checks = [{"ExitCode": 1, "Output": "old"}, {"ExitCode": 1, "Output": "no <space>\nleft\n"}]
    engine.answer(
        {
            "container inspect*Health.Log* db": f"printf '%s' '{json.dumps(checks)}'",
            "container inspect* db": f"echo {db}",
            "container inspect*Health.Log*": "echo",
            "container inspect* job": f"echo {job}",
            "logs*": "echo one; echo two >&2",
        }
    )


def test_run_waits(engine: Engine) -> None:
    describe(JOB)
    waiting(engine)
    answer = dirg("run", "-j1")
    label = "--label dirg.definition=DIGEST i"
    assert shown(answer) == [
        "db   default  created and started",
        "db   default  healthy",
        "job  default  created and started",
        "job  default  completed",
        "web  default  created and started",
    ]
    assert [undigested(call) for call in engine.calls[1:]] == [
        f"run -d --name db --hostname db {label}",
        "container inspect db",
        f"run -d --name job --hostname job {label}",
        "container inspect job",
        f"run -d --name web --hostname web {label}",
    ]
    assert (answer.error, answer.status) == ("", 0)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ({"db": "running 0 unhealthy"}, [
            "  db on default: is unhealthy",
            "    last health check: no <space>",
            "    last health check: left",
            "    log: one",
            "    log: two",
        ]),
        ({"job": "exited 3 none"}, [
            "  job on default: has exited with status 3",
            "    log: one",
            "    log: two",
        ]),
    ],
)  # fmt: skip
def test_a_wait_in_vain_is_explained(
    engine: Engine, states: dict[str, str], told: list[str]
) -> None:
    describe(JOB)
    waiting(engine, **states)
    answer = dirg("run", "-j1")
    (name,) = states
    problem = told[0].partition(": ")[2]
    assert f"{name:<3}  default  failed: {problem}" in shown(answer)
    assert shown(answer)[-1] == f"web  default  skipped, since it needs {name}"
    assert sorted(answer.error.splitlines()) == sorted(
        [
            "dirg: 2 of 3 failed:",
            f"  web on default: skipped, since it needs {name}",
            *told,
        ]
    )
    assert not [call for call in engine.calls if "--name web" in call]
    assert answer.status == 1


def test_what_has_completed_is_not_run_again(engine: Engine) -> None:
    describe(JOB)
    known = digests(JOB)
    live = "; ".join(
        f"echo '{listing(name, known[name], state, status)}'"
        for name, state, status in [
            ("job", "exited", "Exited (0) 1 second ago"),
            ("db", "running", "Up 2 seconds (healthy)"),
            ("web", "running", "Up 1 second"),
        ]
    )
    found = "; ".join(f"echo '{inspection(name)}'" for name in ("job", "db", "web"))
    engine.answer({"container ls*": live, "container inspect*": found, "image inspect*": IMAGE})
    answer = dirg("run", "-j1")
    assert sorted(answer.lines) == [
        "db   default  running",
        "job  default  completed",
        "web  default  running",
    ]
    assert engine.calls == [
        "container ls --all --no-trunc",
        "container inspect id-web id-db id-job",
        "image inspect busybox",
    ]
    assert (answer.error, answer.status) == ("", 0)


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
    assert answer.error.splitlines()[0] == (
        "dirg: default is unreachable: no answer within 0.2 s: the host is down, "
        "a firewall drops packets, or the engine hangs"
    )
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
        "-        far        h:1      unreachable    -        i        -      ?",
    ]
    assert answer.error == "dirg: h:1 is unreachable: Cannot connect to X.\n"
    assert answer.status == 1
    rows = json.loads(dirg("ps", "--format", "json").output)
    assert [(row["container"], row["status"], row["changed"]) for row in rows] == [
        ("web", "Up (healthy)", True),
        ("db", "not available", False),
        ("far", "unreachable", None),
    ]
    assert sorted(engine.calls)[:2] == ["-H tcp://h:1 container ls --all --no-trunc"] * 2


def test_ps_of_names_and_restarts(engine: Engine) -> None:
    describe("{}\n---\nweb: {image: i}\ndb: {image: i}\n")
    told = json.dumps({**json.loads(inspection("web")), "restarts": 3})
    engine.answer(
        {"container ls*": f"echo '{listing('web')}'", "container inspect*": f"echo '{told}'"}
    )
    assert dirg("ps", "-q").output == "web\n"
    answer = dirg("ps", "--restarts")
    assert [line.split()[5] for line in answer.lines[:2]] == ["RESTARTS", "3"]
    assert answer.lines[2].split() == ["-", "db", "default", "not", "available", *"-?i--"]
    assert "RESTARTS" not in dirg("ps").output
    rows = json.loads(dirg("ps", "--format", "json").output)
    assert [row["restarts"] for row in rows] == [None, None]
    assert [call for call in engine.calls if "inspect" in call] == ["container inspect id-web"]
    answer = dirg("ps", "--watch")
    assert answer.error == "dirg: --watch needs a terminal; leave it out\n"
    assert (answer.output, answer.status) == ("", 2)


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


IMAGE = """echo '{"id":"sha256:old","config":{}}'"""


def update_answers(engine: Engine, **more: str) -> None:
    """A container whose image is not the one any more that its name stands for."""
    volume = {"Type": "volume", "Name": "5f" * 32, "Destination": "/data"}
    new = """echo '{"id":"sha256:new","config":{}}'"""
    usual = {
        "container ls*": f"echo '{listing('web', digests(ONE)['web'])}'",
        # Waiting until it is up asks by its name.
        "container inspect* web": "echo running 0 healthy 0",
        "container inspect*": f"echo '{inspection('web', volume)}'",
        "image inspect*": f"{new}; {IMAGE}",
    }
    special = {name.replace("_", " ") + "*": body for name, body in more.items()}
    engine.answer({**special, **usual, **special})


ONE = "{}\n---\nweb: {image: i}\n"
CREATE = (
    "create --volumes-from web --label dirg.update=MARK old=id-web was=running "
    "--label dirg.previous=sha256:old no:0 --name web.dirg-new --hostname web "
    "--label dirg.definition=DIGEST i"
)


def changes(engine: Engine) -> list[str]:
    calls = [call for call in engine.calls if " ls " not in call and " inspect " not in call]
    return list(map(undigested, calls))


def test_update_replaces_what_has_a_new_image(engine: Engine) -> None:
    describe(ONE)
    update_answers(engine)
    answer = dirg("update")
    assert changes(engine) == [
        "pull i",
        CREATE,
        "rename web web.dirg-old",
        "rename web.dirg-new web",
        "stop web.dirg-old",
        "start web",
        "rm web.dirg-old",
    ]
    assert (answer.error, answer.status) == ("", 0)


def test_update_touches_nothing_without_its_images(engine: Engine) -> None:
    describe(ONE)
    update_answers(engine, pull="echo 'no such image' >&2; exit 1")
    answer = dirg("update")
    # The second question is whether the host is still there.
    assert changes(engine) == ["pull i", "version"]
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
    Path("other.cfg").write_text(Path("dirg.cfg").read_text() + "[it's]\n")
    answer = dirg(
        *("--profile", "it's", "-d", "update", "-c", "other.cfg", "--force", "--keep", "0", "web")
    )
    assert changes(engine)[2:] == [
        "rename web web.dirg-old",
        "rename web.dirg-new web",
        "stop web.dirg-old",
        "start web",
        "start id-web",
        "rename web web.dirg-new",
        "rename id-web web",
        "rm -v web.dirg-new",
    ]
    said = [line for line in answer.error.splitlines() if "debug: " not in line]
    assert said == [
        "dirg: 1 of 1 failed:",
        "  web on default: Error response from daemon: no",
        # To start it alone would be of no use: it is there no more.
        "    web is as it was before",
        "    to repeat it: dirg update --profile 'it'\"'\"'s' --config other.cfg --force --keep 0 "
        "web",
    ]
    assert answer.status == 1


def test_update_does_not_go_on_without_knowing_the_volumes(engine: Engine) -> None:
    """Without them, the data of the old container would go with it."""
    describe(ONE)
    update_answers(engine, container_inspect="echo 'Cannot connect to X.' >&2; exit 1")
    answer = dirg("update")
    assert changes(engine) == ["pull i"]
    assert answer.status == 1


def test_the_rendered_text_has_no_secrets() -> None:
    describe(
        "{}\n---\nweb: {image: i, secret_env: [A=one, B, =bad, C=]}\n"
        "db: {image: i, secret_env: {D: two, E: , F: {file: /three}}}\nmq: {image: i}\n"
    )
    assert dirg("show", "--rendered").output == (
        "{}\n---\nweb: {image: i, secret_env: [A=********, B, =********, C=]}\n"
        "db: {image: i, secret_env: {D: ********, E: , F: {file: /three}}}\nmq: {image: i}\n"
    )


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
    engine.answer(
        {
            "--version": "echo Docker version 28",
            "version*": "echo 28.2 1.50",
            "info*": "echo 3 2",
        }
    )
    facts = json.loads(dirg("info", "--format", "json").output)
    assert facts["version"] == __version__
    assert facts["docker"] == "Docker version 28"
    assert facts["configuration"] == []
    assert facts["hosts"] == [
        {
            "host": "default",
            "reachable": True,
            "engine": "28.2",
            "api": "1.50",
            "containers": 3,
            "running": 2,
            "error": "",
        }
    ]
    line = "host default: engine 28.2, API 1.50, 3 containers, 2 of them running"
    assert dirg("info").lines[-1] == line


@pytest.mark.parametrize(
    "says", ["\x1b]0;x\x07{{{\n[1]", "28.2", "a b c", "é 1.41", "x" * 90 + " 1.41"]
)
def test_info_of_a_docker_that_talks_nonsense(engine: Engine, says: str) -> None:
    engine.answer({"*": f"printf '%s\\n' {shlex.quote(says)}"})
    lines = dirg("info").lines
    assert lines[-1] == "host default: docker gave an answer that is not understood"
    assert all(line.isprintable() for line in lines)


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


def process(*words: str, line: str = 'exec "$@"') -> subprocess.Popen[str]:
    """dirg in a process group of its own, as a shell's line starts it."""
    checkout = str(Path(__file__).parent.parent)
    return subprocess.Popen(
        ["sh", "-c", line, "sh", sys.executable, "-m", "dirg", *words],
        env={**os.environ, "PYTHONPATH": checkout},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def appears(name: str) -> str:
    """What a file holds, once it is there."""
    deadline = time.monotonic() + PATIENCE
    while not Path(name).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return Path(name).read_text()


def assert_ended(pid: str) -> None:
    """Some time may pass until somebody has taken note of its end."""
    status = Path(f"/proc/{pid.strip()}/stat")
    deadline = time.monotonic() + PATIENCE
    while status.exists() and ") Z " not in status.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not status.exists() or ") Z " in status.read_text()


# Notes who it is, all at once, and hangs.
HANG = "echo $$ >{0}.new; mv {0}.new {0}; exec sleep 60".format


def test_ctrl_c_ends_dirg_and_the_docker_it_started(engine: Engine) -> None:
    describe(ONE)
    engine.answer({"container ls*": HANG("pid")})
    with process("stop", "--timeout", "60") as running:
        pid = appears("pid")
        running.send_signal(signal.SIGINT)
        output, error = running.communicate(timeout=PATIENCE)
    # click ends the line on which a terminal shows ^C.
    assert (output, error, running.returncode) == ("", "\ndirg: interrupted\n", 130)
    assert_ended(pid)


FOUR = "{}\n---\naa: {image: i}\nbb: {image: i}\ncc: {image: i, depends_on: [bb]}\ndd: {image: i}\n"


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_an_interruption_tells_what_was_done(
    engine: Engine, number: signal.Signals, status: int
) -> None:
    describe(FOUR)
    engine.answer({"run*--name bb*": HANG("pid"), "rm*": ""})
    with process("run", "-j1") as running:
        pid = appears("pid")
        running.send_signal(number)
        output, error = running.communicate(timeout=PATIENCE)
    assert re.sub(r"  \d+\.\ds$", "", output, flags=re.MULTILINE).splitlines() == [
        "aa  default  created and started",
        "dd  default  not begun",
        "bb  default  interrupted",
        "cc  default  not begun",
    ]
    assert undigested(error).splitlines() == [
        "dirg: interrupted; done: aa",
        "not done:",
        "  bb on default: interrupted",
        "    to repeat it: docker run -d --name bb --hostname bb --label dirg.definition=DIGEST i",
        "  cc on default: not begun",
        "  dd on default: not begun",
    ]
    assert [call.split(" --")[0] for call in engine.calls[1:]] == ["run -d", "run -d", "rm -v bb"]
    assert running.returncode == status
    assert_ended(pid)


def test_an_interruption_ends_waiting(engine: Engine) -> None:
    describe("{}\n---\nweb: {image: i, depends_on: {db: healthy}}\ndb: {image: i}\n")
    engine.answer({"container inspect*": "touch looked; echo running 0 starting"})
    with process("run") as running:
        appears("looked")
        running.send_signal(signal.SIGINT)
        output, error = running.communicate(timeout=PATIENCE)
    assert output.startswith("db   default  created and started")
    assert error.splitlines()[:2] == ["dirg: interrupted; done: db", "not done:"]
    assert "  web on default: not begun" in error.splitlines()
    assert running.returncode == 130


@pytest.mark.parametrize("line", ['exec "$@"', 'exec "$@" <&- >&- 2>&-'])
def test_who_interrupts_twice_need_not_wait(engine: Engine, line: str) -> None:
    describe(ONE)
    engine.answer({"run*": HANG("pid"), "rm*": "trap '' TERM; " + HANG("undo")})
    with process("run", line=line) as running:
        appears("pid")
        running.send_signal(signal.SIGINT)
        pid = appears("undo")
        running.send_signal(signal.SIGINT)
        output, error = running.communicate(timeout=PATIENCE)
    assert (output, running.returncode) == ("", 130)
    if "2>&-" not in line:
        assert error == "dirg: interrupted again: what was begun may be half done\n"
    assert_ended(pid)


def test_an_interruption_that_hits_no_docker_ends_an_update(engine: Engine) -> None:
    describe(ONE)
    update_answers(engine, pull="trap 'exit 0' TERM; touch pulling; while :; do sleep 0.01; done")
    with process("update") as running:
        appears("pulling")
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert changes(engine) == ["pull i"]


def test_ctrl_c_does_not_reach_what_puts_something_back(engine: Engine) -> None:
    """A terminal sends it to every process of the group."""
    describe(ONE)
    # The shell notices the signal when its sleep has ended.
    undo = "touch undo; until test -e go; do sleep 0.01; done; touch undone"
    engine.answer({"run*": "echo id; exit 1", "rm*": undo})
    with process("run") as running:
        appears("undo")
        os.killpg(running.pid, signal.SIGINT)
        time.sleep(0.05)
        Path("go").touch()
        running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert Path("undone").exists()


def test_with_all_streams_closed(engine: Engine) -> None:
    describe(PAIR)
    engine.answer({"run*": "echo id"})
    with process("run", line='exec "$@" <&- >&- 2>&-') as running:
        assert running.wait(PATIENCE) == 0
    assert [call.split()[0] for call in engine.calls] == ["container", "run", "run"]


WORDS = {
    "-n run": 0,
    "run": 0,
    "ps": 0,
    "show": 0,
    "check": 0,
    "run nosuch": 2,
    "-c wrong.cfg run": 2,
    "-c warning.cfg show": 0,
    "logs web": 0,
    "logs": 1,
    "logs -f web": 0,
}


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("closed", ["output", "error", "both"])
def test_closed_streams_give_no_traceback(engine: Engine, words: str, closed: str) -> None:
    for name, text in (("wrong", "{image: i, a: b}"), ("warning", "{image: i, image: i}")):
        Path(f"{name}.cfg").write_text(f"[DEFAULT]\ndirg_services = {name}.yml\n")
        Path(f"{name}.yml").write_text(f"{{}}\n---\nweb: {text}\n")
    describe(PAIR)
    engine.answer(
        {
            "container ls*": f"echo '{listing('web')}'",
            "container inspect*": f"echo '{inspection('web')}'",
            "image inspect*": IMAGE,
            "logs*": "echo out; echo err >&2",
        }
    )
    with Path("output").open("w") as output, Path("error").open("w") as error:
        streams = (None if closed != "error" else output, None if closed != "output" else error)
        assert called(words.split(), *streams) == WORDS[words]


def test_an_image_of_another_name_is_asked_for_when_its_id_is_known(engine: Engine) -> None:
    """The name of a container's image may be another image's by now, or nobody's."""
    describe("all: [web]\n---\nweb: {image: busybox}\n")
    known = digests("all: [web]\n---\nweb: {image: busybox}\n")
    for guess in (IMAGE.replace("sha256:old", "sha256:new"), "echo 'No such image' >&2; exit 1"):
        engine.answer(
            {
                "container ls*": f"echo '{listing('web', known['web'])}'",
                "container inspect*": f"echo '{inspection('web')}'",
                "image inspect*sha256:old": IMAGE,
                "image inspect*": guess,
            }
        )
        before = len(engine.calls)
        assert dirg("run", "-j1").lines == ["web  default  running"]
        assert engine.calls[before:] == [
            "container ls --all --no-trunc",
            "container inspect id-web",
            "image inspect busybox",
            "image inspect sha256:old",
        ]
