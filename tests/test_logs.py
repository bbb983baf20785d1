from __future__ import annotations

import pytest

from dirg.host import Host
from dirg.logs import Wanted
from dirg.plan import Deployment
from tests.helpers import Engine, defined, describe, dirg

TWO = "{}\n---\nweb: {image: i}\ndb2: {image: i}\n"
ONE = "{}\n---\nweb: {image: i}\n"


@pytest.mark.parametrize(
    ("wanted", "merged", "flags"),
    [
        (Wanted(), False, ""),
        (Wanted(), True, "--timestamps"),
        (Wanted(timestamps=True), False, "--timestamps"),
        (Wanted(tail="5"), False, "--tail 5"),
        (Wanted(since="10m"), False, "--since 10m"),
        (Wanted(tail="0", since="0"), True, "--timestamps --tail 0 --since 0"),
        (Wanted(follow=True), False, "--follow"),
        (Wanted(follow=True, timestamps=True), True, "--follow --timestamps"),
    ],
)
def test_the_command(wanted: Wanted, merged: bool, flags: str) -> None:
    web = Deployment(defined(""), Host("h", ("-H", "h")))
    command = wanted.command(web, merged)
    assert command.argv == ("docker", "-H", "h", "logs", *flags.split(), "web")
    assert command.cause == "web"


def stamped(*lines: str) -> str:
    """The body of a docker that prints lines, each with its second and its stream."""
    parts = (line.split(" ", 2) for line in lines)
    return "; ".join(
        f"printf '%s\\n' '2026-11-22T10:00:{second}.000000000Z{'' if text == '-' else ' ' + text}'"
        + (" >&2" if stream == "err" else "")
        for second, stream, text in parts
    )


def test_lines_of_several_containers_are_merged_by_time(engine: Engine) -> None:
    describe(TWO)
    engine.answer(
        {
            "logs*web": stamped("01 out one", "03 err three", "03 out  indented", "06 out -"),
            "logs*db2": stamped("02 out two", "05 err five é"),
        }
    )
    answer = dirg("logs")
    assert answer.output.split("\n") == [
        "web | one",
        "db2 | two",
        "web |  indented",
        "web | ",
        "",
    ]
    assert answer.error == "web | three\ndb2 | five é\n"
    assert answer.status == 0
    assert sorted(engine.calls) == ["logs --timestamps db2", "logs --timestamps web"]


def test_times_are_shown_when_they_are_asked_for(engine: Engine) -> None:
    describe(TWO)
    engine.answer({"logs*web": stamped("02 out two"), "logs*db2": stamped("01 out one")})
    assert dirg("logs", "-t", "--tail", "1", "--since", "1h").output == (
        "db2 | 2026-11-22T10:00:01.000000000Z one\nweb | 2026-11-22T10:00:02.000000000Z two\n"
    )
    assert sorted(engine.calls) == [
        f"logs --timestamps --tail 1 --since 1h {name}" for name in ("db2", "web")
    ]


def test_the_lines_of_a_container_stay_in_their_order(engine: Engine) -> None:
    describe(TWO)
    same = [f"01 out {number}" for number in range(20)]
    engine.answer({"logs*web": stamped(*same), "logs*db2": stamped(*same)})
    lines = dirg("logs").lines
    for name in ("web", "db2"):
        assert [line for line in lines if line.startswith(name)] == [
            f"{name} | {number}" for number in range(20)
        ]


def test_the_logs_of_one_container_come_as_it_wrote_them(engine: Engine) -> None:
    describe(ONE)
    engine.answer({"logs web": "printf 'a\\nb'; echo err >&2"})
    answer = dirg("logs", "web")
    assert (answer.output, answer.error, answer.status) == ("a\nb", "err\n", 0)
    assert engine.calls == ["logs web"]


def test_what_docker_said_of_one_container_is_said_once(engine: Engine) -> None:
    describe(ONE)
    engine.answer({"logs*": "echo 'Error: No such container: web' >&2; exit 1"})
    answer = dirg("logs")
    assert (answer.output, answer.status) == ("", 1)
    assert answer.error.splitlines()[0] == "Error: No such container: web"


def test_a_container_without_logs_hides_no_other(engine: Engine) -> None:
    describe(TWO)
    engine.answer(
        {
            "logs*web": "echo 'Error: No such container: web' >&2; exit 1",
            "logs*db2": stamped("01 out one"),
        }
    )
    answer = dirg("logs")
    assert answer.output == "db2 | one\n"
    assert answer.error == "dirg: web on default: Error: No such container: web\n"
    assert answer.status == 1


def test_following_prints_lines_as_they_come(engine: Engine) -> None:
    describe(TWO)
    engine.answer(
        {
            "logs*web": "echo one; until test -e go; do sleep 0.01; done; echo three",
            "logs*db2": "sleep 0.1; echo two; touch go; echo err >&2; sleep 0.1; exit 1",
        }
    )
    answer = dirg("logs", "-f")
    assert sorted(answer.lines) == ["db2 | two", "web | one", "web | three"]
    assert answer.lines[0] == "web | one"
    assert answer.error.splitlines()[0] == "db2 | err"
    assert answer.status == 1
    assert sorted(engine.calls) == ["logs --follow db2", "logs --follow web"]
