"""Logs of several containers: their order, their prefixes, and those that are followed."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from dirg.host import Host
from dirg.logs import Wanted
from dirg.logs import stamped as split
from dirg.saying import say
from dirg.steps import Deployment
from tests.helpers import Engine, called, defined, describe, dirg, listing

TWO = "{}\n---\nweb: {image: i}\ndb2: {image: i}\n"
ONE = "{}\n---\nweb: {image: i}\n"
LS = "container ls --all --no-trunc"


def existing(*names: str) -> dict[str, str]:
    """The answer to which containers there are."""
    lines = " ".join(f"'{listing(name)}'" for name in names)
    return {"container ls*": f"printf '%s\\n' {lines}"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for containers that have ended to run again."""
    monkeypatch.setattr("dirg.logs._LINGER", dict.fromkeys(["exited", "gone", "created"], 0.0))


BOTH = existing("web", "db2")
UNCLEAR = ": the host is down, a firewall drops packets, or the engine hangs"


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
        (Wanted(since="1h", until="5m"), False, "--since 1h --until 5m"),
    ],
)
def test_the_command(wanted: Wanted, merged: bool, flags: str) -> None:
    web = Deployment(defined(""), Host("h", ("-H", "h")))
    command = wanted.command(web, merged)
    assert command.argv == ("docker", "-H", "h", "logs", *flags.split(), "web")
    assert command.container == "web"


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
            **BOTH,
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
    assert sorted(engine.calls) == [LS, "logs --timestamps db2", "logs --timestamps web"]


def test_times_are_shown_when_they_are_asked_for(engine: Engine) -> None:
    describe(TWO)
    engine.answer({**BOTH, "logs*web": stamped("02 out two"), "logs*db2": stamped("01 out one")})
    assert dirg("logs", "-t", "--tail", "1", "--since", "1h").output == (
        "db2 | 2026-11-22T10:00:01.000000000Z one\nweb | 2026-11-22T10:00:02.000000000Z two\n"
    )
    assert sorted(engine.calls) == [
        LS,
        *(f"logs --timestamps --tail 1 --since 1h {name}" for name in ("db2", "web")),
    ]


def test_the_lines_of_a_container_stay_in_their_order(engine: Engine) -> None:
    describe(TWO)
    same = [f"01 out {number}" for number in range(20)]
    engine.answer({**BOTH, "logs*web": stamped(*same), "logs*db2": stamped(*same)})
    lines = dirg("logs").lines
    for name in ("web", "db2"):
        assert [line for line in lines if line.startswith(name)] == [
            f"{name} | {number}" for number in range(20)
        ]


def test_the_logs_of_one_container_come_as_it_wrote_them(engine: Engine) -> None:
    describe(ONE)
    engine.answer({**BOTH, "logs web": "printf 'a\\nb'; echo err >&2"})
    answer = dirg("logs", "web")
    assert (answer.output, answer.error, answer.status) == ("a\nb", "err\n", 0)
    assert engine.calls == [LS, "logs web"]


def test_what_docker_said_of_one_container_is_said_once(engine: Engine) -> None:
    describe(ONE)
    engine.answer({**BOTH, "logs*": "echo 'Error: No such container: web' >&2; exit 1"})
    answer = dirg("logs")
    assert (answer.output, answer.status) == ("", 1)
    assert answer.error.splitlines()[0] == "Error: No such container: web"


def test_a_container_without_logs_hides_no_other(engine: Engine) -> None:
    describe(TWO)
    engine.answer(
        {
            **BOTH,
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
            **BOTH,
            "logs*web": "echo one; until test -e go; do sleep 0.01; done; echo three",
            "logs*db2": "sleep 0.1; echo two; touch go; echo err >&2; sleep 0.1; exit 1",
        }
    )
    answer = dirg("logs", "-f")
    assert sorted(answer.lines) == ["db2 | two", "web | one", "web | three"]
    assert answer.lines[0] == "web | one"
    assert answer.error.splitlines()[0] == "db2 | err"
    assert answer.status == 1
    # One that fails makes dirg ask whether its host is still there.
    assert sorted(engine.calls) == [
        "container inspect web",
        LS,
        "logs --follow --timestamps db2",
        "logs --follow --timestamps web",
        "version",
    ]


def test_a_container_that_is_not_there_is_said_so(engine: Engine) -> None:
    describe(TWO)
    engine.answer({**existing("web"), "logs*web": "echo one"})
    answer = dirg("logs")
    assert (answer.status, answer.output) == (1, "one\n")
    assert answer.error == "dirg: db2 on default: does not exist\n"
    assert engine.calls == [LS, "logs web"]


FAR = "{}\n---\nweb: {image: i}\ndb2: {image: i, docker_host: tcp://h:1}\n"
# In the words that docker has for nothing that dirg knows better.
DEAD = "echo 'Error: broken' >&2; exit 1"


@pytest.mark.parametrize("words", ["logs", "logs -f"])
def test_the_logs_of_the_other_hosts_are_shown(engine: Engine, words: str) -> None:
    describe(FAR)
    engine.answer({"-H*": DEAD, **existing("web"), "logs*web": "echo one"})
    answer = dirg(*words.split())
    assert answer.output in ("one\n", "web | one\n")
    assert answer.error == "dirg: tcp://h:1 is unreachable: Error: broken\n"
    assert answer.status == 1


@pytest.mark.parametrize("words", ["logs", "logs -f", "logs -f web"])
def test_nothing_is_there_to_be_shown(engine: Engine, words: str) -> None:
    describe(TWO)
    answer = dirg(*words.split())
    names = ["web"] if "web" in words else ["web", "db2"]
    assert answer.error.splitlines() == [
        f"dirg: {name} on default: does not exist" for name in names
    ]
    assert (answer.output, answer.status) == ("", 1)


def test_following_goes_on_when_a_host_dies(engine: Engine) -> None:
    """The other container writes its last line when the death was noticed."""
    describe(FAR)
    engine.answer(
        {
            "-H*version*": "echo >>asked; exec sleep 30",
            "-H*logs*": "echo two; exec sleep 30",
            "-H*": "echo '" + listing("db2") + "'",
            "version*": "echo 28.2.2",
            **existing("web"),
            "logs*web": "echo one; until test -e dead; do sleep 0.01; done; echo three",
        }
    )
    complained = f"dirg: tcp://h:1: the host answers no more: no answer within 0.1 s{UNCLEAR}\n"

    def told(text: str) -> None:
        say(text)
        Path("dead").touch()

    with patch("dirg.commands.logs.say", told):
        answer = dirg("logs", "-f", "--timeout", "0.1")
    assert sorted(answer.lines) == ["db2 | two", "web | one", "web | three"]
    assert answer.lines[-1] == "web | three"
    assert (answer.error, answer.status) == (complained, 1)
    assert len(Path("asked").read_text().splitlines()) == 2


def test_a_host_that_dies_is_told_of_once(engine: Engine) -> None:
    describe(TWO)
    engine.answer({**BOTH, "*": "exec sleep 30"})
    answer = dirg("logs", "-f", "--timeout", "0.1")
    assert (
        answer.error
        == f"dirg: default: the host answers no more: no answer within 0.1 s{UNCLEAR}\n"
    )
    assert (answer.output, answer.status) == ("", 1)


def test_only_lines_in_which_something_is_found(engine: Engine) -> None:
    describe(TWO)
    engine.answer(
        {
            **BOTH,
            "logs*web": stamped("01 out GET /a 200", "03 err GET /b 500", "04 out POST /c 503"),
            "logs*db2": stamped("02 out 50 rows"),
        }
    )
    answer = dirg("logs", "--grep", r" 50\d$")
    assert (answer.output, answer.error) == ("web | POST /c 503\n", "web | GET /b 500\n")
    assert dirg("logs", "web", "--grep", "GET").output == "GET /a 200\n"
    assert dirg("logs", "-f", "--grep", "rows").output == "db2 | 50 rows\n"
    assert dirg("logs", "--grep", "rows", "-t", "--no-prefix").output == (
        "2026-11-22T10:00:02.000000000Z 50 rows\n"
    )


def test_what_is_no_regular_expression(engine: Engine) -> None:
    describe(TWO)
    answer = dirg("logs", "--grep", "(")
    assert answer.error.startswith("dirg: --grep (: no regular expression: ")
    assert (answer.output, answer.status, engine.calls) == ("", 2, [])


def test_without_names(engine: Engine) -> None:
    describe(TWO)
    engine.answer({**BOTH, "logs*web": stamped("01 out one"), "logs*db2": stamped("02 out two")})
    assert dirg("logs", "--no-prefix").output == "one\ntwo\n"
    assert sorted(dirg("logs", "--no-prefix", "-f").lines) == ["one", "two"]


def test_a_container_that_is_started_again_is_followed_again(engine: Engine) -> None:
    """From where it was left, even where the engine shows the last line again."""
    describe(ONE)
    both = stamped("01 out one", "02 err two")
    engine.answer(
        {
            **BOTH,
            "container inspect*": "if test -e again; then echo id T3 T2 exited; else touch again; "
            "echo id T2 T1 running; fi",
            "logs*--since*": stamped("02 err two", "03 out three"),
            "logs*": both,
        }
    )
    answer = dirg("logs", "-f", "--tail", "9")
    assert (answer.output, answer.error, answer.status) == ("one\nthree\n", "two\n", 0)
    assert [call for call in engine.calls if call.startswith("logs")] == [
        "logs --follow --timestamps --tail 9 web",
        "logs --follow --timestamps --since 2026-11-22T10:00:02.000000000Z web",
    ]


def test_one_that_has_written_nothing_is_followed_from_its_end(engine: Engine) -> None:
    describe(ONE)
    engine.answer(
        {
            **BOTH,
            "container inspect*": "if test -e again; then echo id T3 T2 exited; else touch again; "
            "echo id T3 2026-11-22T10:00:00Z running; fi",
            "logs*--since*": stamped("03 out three"),
        }
    )
    assert dirg("logs", "-f", "--tail", "0").output == "three\n"
    assert engine.calls[3] == "logs --follow --timestamps --since 2026-11-22T10:00:00Z web"


@pytest.mark.parametrize("state", ["restarting", "created", "exited"])
def test_one_that_will_run_again_is_waited_for(
    engine: Engine, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dirg.logs._LINGER", {"exited": 5.0, "created": 5.0, "gone": 0.0})
    monkeypatch.setattr("dirg.logs._LOOK", 0.01)
    describe(ONE)
    engine.answer(
        {
            **BOTH,
            "container inspect*": "echo x >>asked; case $(wc -l <asked) in "
            f"[123]) echo id T2 T1 {state};; 4) echo id T3 T2 running;; *) exit 0;; esac",
            "logs*--since*": stamped("02 out two"),
            "logs*": stamped("01 out one"),
        }
    )
    assert dirg("logs", "-f").output == "one\ntwo\n"


STAMP = b"2026-11-22T10:00:01.123456789Z "


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (STAMP + b"one", (STAMP, b"one")),
        (STAMP, (STAMP, b"")),
        (STAMP.strip(), (STAMP, b"")),
        (b"", (b"", b"")),
        (b"no time", (b"", b"no time")),
        (STAMP + STAMP + b"x", (STAMP, STAMP + b"x")),
        # docker has it in parts, each with the time; a part may end within a character.
        (STAMP + b"x" * 16384 + STAMP + b"y", (STAMP, b"x" * 16384 + b"y")),
        (
            STAMP + b"x" * 16383 + b"\xef\xbf\xbd" + STAMP + b"\xef\xbf\xbd" * 2 + STAMP,
            (STAMP, b"x" * 16383 + b"\xef\xbf\xbd" * 3 + STAMP),
        ),
        (STAMP + b"x" * 16387 + STAMP + b"y", (STAMP, b"x" * 16387 + STAMP + b"y")),
        (STAMP + b"x" * 16383 + STAMP + b"y", (STAMP, b"x" * 16383 + STAMP + b"y")),
        (STAMP + b"x" * 16384, (STAMP, b"x" * 16384)),
    ],
)
def test_the_time_of_a_line(line: bytes, expected: tuple[bytes, bytes]) -> None:
    assert split(line) == expected


def test_bytes_that_are_no_text_arrive(engine: Engine, tmp_path: Path) -> None:
    describe(TWO)
    line = r"printf '2026-11-22T10:00:01.000000000Z \377\303\n'"
    engine.answer({**BOTH, "logs*": line})
    for words in ("logs", "logs -f"):
        with (tmp_path / "out").open("w+") as output:
            assert called(words.split(), output, output) == 0
        written = (tmp_path / "out").read_bytes().splitlines()
        assert sorted(written) == [b"db2 | \xff\xc3", b"web | \xff\xc3"]
