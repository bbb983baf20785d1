"""The commands that hand a docker command on to the containers it is for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dirg.errors import UsageError
from dirg.reach import Way, copying, way
from tests.helpers import Engine, describe, dirg, listing

TWO = "all: [web, db]\n---\nweb: {image: i}\ndb: {image: i, docker_host: 'tcp://h:1'}\n"
FAR = "docker -H tcp://h:1 "


def existing(engine: Engine, **answers: str) -> None:
    """Let both containers be there, and docker answer what else it is asked."""
    engine.answer(
        {
            "-H*container ls*": f"echo '{listing('db')}'",
            "container ls*": f"echo '{listing('web')}'",
            **{pattern.replace("_", " "): body for pattern, body in answers.items()},
        }
    )


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("exec web ls -n --debug", ["docker exec -i web ls -n --debug"]),
        ("exec web find -exec ls {}", ["docker exec -i web find -exec ls '{}'"]),
        (
            "exec -u me -w /srv -e A=b -e C --privileged -T web id",
            ["docker exec -i --user=me --workdir=/srv --env=A=b --env=C --privileged web id"],
        ),
        ("exec -it web ls", ["docker exec -i web ls"]),
        ("exec --detach web ls", ["docker exec -d web ls"]),
        ("exec all ls", ["docker exec web ls", f"{FAR}exec db ls"]),
        ("top db", [f"{FAR}top db"]),
        ("top db -o pid", [f"{FAR}top db -o pid"]),
        ("port", ["docker port web", f"{FAR}port db"]),
        ("inspect db", [f"{FAR}container inspect db"]),
        ("inspect -f {{.Id}} web", ["docker container inspect '--format={{.Id}}' web"]),
        ("wait web", ["docker wait web"]),
        ("cp web:/etc/hosts .", ["docker cp web:/etc/hosts ."]),
        ("cp -aL ./a:b db:", [f"{FAR}cp --archive --follow-link ./a:b db:"]),
        ("cp - web:/srv", ["docker cp - web:/srv"]),
        ("cp a all:/b", ["docker cp a web:/b", f"{FAR}cp a db:/b"]),
        ("each -- update -m 1g {}", ["docker update -m 1g web", f"{FAR}update -m 1g db"]),
        ("each db web -- cp {}:/a {} -n", [f"{FAR}cp db:/a db -n", "docker cp web:/a web -n"]),
        ("each web -- exec {} -- ls", ["docker exec web -- ls"]),
        ("pause web", ["docker pause web"]),
        ("unpause web", ["docker unpause web"]),
    ],
)  # fmt: skip
def test_what_a_dry_run_prints(words: str, printed: list[str]) -> None:
    describe(TWO)
    answer = dirg("-n", *words.split())
    assert (answer.lines, answer.error, answer.status) == (printed, "", 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("exec", "Missing argument 'NAME'"),
        ("exec web", "Missing argument 'COMMAND [ARGUMENT]...'"),
        ("each web", "each: write docker's arguments after --, as in: dirg each web -- top {}"),
        (
            "each web inspect -f x",
            "each: write docker's arguments after --, as in: dirg each web -- top {}",
        ),
        ("each web --", "each: write docker's arguments after --, as in: dirg each web -- top {}"),
        ("cp a b", "cp: one side is NAME:PATH of a container, the other a path or -"),
        ("cp web:a db:b", "cp: one side is NAME:PATH of a container, the other a path or -"),
        ("cp all:/a b", "cp: all stands for web, db; copy from one container at a time"),
        ("cp - all:/a", "cp: - can be read once; copy into one container at a time"),
        ("cp wbe:/a b", "unknown name 'wbe': did you mean web?"),
    ],
)
def test_mistakes(words: str, said: str, engine: Engine) -> None:
    describe(TWO)
    answer = dirg(*words.split())
    assert said in answer.error
    assert len(answer.error.splitlines()) == 1
    assert (answer.output, answer.status, engine.calls) == ("", 2, [])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("web:/a", Way("web", "/a")),
        ("web:a:b", Way("web", "a:b")),
        ("/web:a", Way("", "/web:a")),
        ("./web:a", Way("", "./web:a")),
        ("a", Way("", "a")),
        ("-", Way("", "-")),
    ],
)
def test_paths(written: str, expected: Way) -> None:
    assert way(written) == expected


def test_copying_from_nowhere_to_nowhere() -> None:
    with pytest.raises(UsageError):
        copying(way("a"), way("b"), {}, ())


def test_one_container_has_the_streams_and_gives_the_status(engine: Engine) -> None:
    describe(TWO)
    engine.answer({"exec*": "cat; echo out; echo err >&2; exit 7"})
    process = subprocess.run(
        [sys.executable, "-m", "dirg", "exec", "web", "x"],
        input="in\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (process.stdout, process.stderr, process.returncode) == ("in\nout\n", "err\n", 7)
    assert engine.calls == ["exec -i web x"]


def test_several_containers_have_their_names_before_their_lines(engine: Engine) -> None:
    describe(TWO)
    existing(engine, **{"exec*": "echo one; echo no >&2; exit 3", "-H*exec*": "echo two"})
    answer = dirg("exec", "all", "x")
    assert sorted(answer.lines) == ["db  | two", "web | one"]
    assert answer.error == "web | no\ndirg: web on default: docker ended with status 3\n"
    assert answer.status == 1


def test_what_is_not_there_is_told_and_the_others_go_on(engine: Engine) -> None:
    describe(TWO)
    engine.answer(
        {
            "-H*": "echo 'Cannot connect to X.' >&2; exit 1",
            "container ls*": f"echo '{listing('web')}'",
            "port*": "echo 80/tcp",
        }
    )
    answer = dirg("port")
    assert answer.output == "web | 80/tcp\n"
    assert answer.error == "dirg: tcp://h:1 is unreachable: Cannot connect to X.\n"
    assert answer.status == 1
    engine.answer({"container ls*": "", "-H*ls*": f"echo '{listing('db')}'", "-H*": "echo top"})
    answer = dirg("top", "all")
    assert answer.output == "db | top\n"
    assert answer.error == "dirg: web on default: does not exist; dirg run web creates it\n"
    assert answer.status == 1


def test_what_docker_knows_is_one_array(engine: Engine) -> None:
    describe(TWO)
    existing(engine, **{"-H*inspect*": """echo '["db"]'""", "*inspect*": """echo '["web"]'"""})
    answer = dirg("inspect")
    assert json.loads(answer.output) == ["web", "db"]
    assert (answer.error, answer.status) == ("", 0)


def test_what_docker_knows_by_a_template(engine: Engine) -> None:
    describe(TWO)
    existing(
        engine,
        **{"-H*inspect*": "echo two", "*inspect*": "echo 'no such field' >&2; exit 1"},
    )
    answer = dirg("inspect", "-f", "{{.Foo}}")
    assert answer.output == "two\n"
    assert answer.error == "dirg: web on default: no such field\n"
    assert answer.status == 1
