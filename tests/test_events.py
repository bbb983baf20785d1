"""What happens to containers, as docker tells it."""

from __future__ import annotations

import json

from tests.helpers import Engine, describe, dirg, listing

TWO = "{}\n---\nweb: {image: i}\ndb: {image: i, docker_host: 'tcp://h:1'}\n"
SECOND = 1764000000


def event(name: str, action: str, second: int, **attributes: str) -> str:
    """A shell's command that prints an event as docker does."""
    told = {
        "Type": "container",
        "Action": action,
        "Actor": {"ID": "1", "Attributes": {"name": name, **attributes}},
        "timeNano": (SECOND + second) * 10**9 + 5,
    }
    return f"echo '{json.dumps(told)}'"


def answers(engine: Engine, web: str, db: str) -> None:
    engine.answer(
        {
            "-H*container ls*": f"echo '{listing('db')}'",
            "container ls*": f"echo '{listing('web')}'",
            "-H*events*": db,
            "events*": web,
        }
    )


def test_a_line_for_each(engine: Engine) -> None:
    describe(TWO)
    web = f"{event('web', 'start', 1)}; {event('web', 'die', 3, exitCode='137')}; echo garbage"
    answers(engine, web, event("db", "health_status: healthy", 2))
    answer = dirg("events", "--until", "0s")
    assert answer.lines == [
        "2025-11-24T16:00:01.000000005Z  web  default    start",
        "2025-11-24T16:00:02.000000005Z  db   tcp://h:1  health_status: healthy",
        "2025-11-24T16:00:03.000000005Z  web  default    die (status 137)",
    ]
    assert (answer.error, answer.status) == ("", 0)


def test_an_object_for_each(engine: Engine) -> None:
    describe(TWO)
    answers(engine, event("web", "start", 1, image="i"), "exit 0")
    (line,) = dirg("events", "--format", "json").lines
    assert json.loads(line) == {
        "time": "2025-11-24T16:00:01.000000005Z",
        "host": "default",
        "container": "web",
        "action": "start",
        "attributes": {"image": "i"},
    }


def test_a_host_that_fails_hides_no_other(engine: Engine) -> None:
    describe(TWO)
    answers(engine, event("web", "start", 1), "echo 'Error response from daemon: no' >&2; exit 1")
    answer = dirg("events")
    assert len(answer.lines) == 1
    assert answer.error == "dirg: tcp://h:1: Error response from daemon: no\n"
    assert answer.status == 1


def test_what_docker_says_is_said(engine: Engine) -> None:
    describe(TWO)
    answers(engine, "exit 0", "echo 'failed to parse value: bogus' >&2; exit 1")
    answer = dirg("events", "--since", "bogus")
    assert answer.error == "dirg: tcp://h:1: failed to parse value: bogus\n"
    assert answer.status == 1
