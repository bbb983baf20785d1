"""What others write does nothing to a terminal; docker is played by one that says nasty things."""

from __future__ import annotations

import json
import os
import pty
import threading
from pathlib import Path

import pytest
from rich.console import Console

from dirg.board import LiveBoard
from dirg.host import Host
from dirg.report import table
from dirg.steps import Step
from dirg.visible import in_json, log_line, on_a_line, visible
from tests.helpers import Engine, called, describe, dirg, inspection, listing

# A title, a colour by C1, an order that deceives, a line that begins again.
NASTY = "a\x1b]0;owned\x07\x9b31m\u202eb\rc"
SHOWN = r"a\x1b]0;owned\x07\x9b31m\u202eb\rc"
RED = "\x1b[1;31mred"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 🐳 text\n\tof lines\n", "plain é 🐳 text\n\tof lines\n"),
        ("👩\u200d💻 \u200c", "👩\u200d💻 \u200c"),
        (NASTY, SHOWN),
        (RED, r"\x1b[1;31mred"),
        ("\0\x08\x0b\x7f\x80\x9f", r"\x00\x08\x0b\x7f\x80\x9f"),
        (
            "\u202a\u202b\u202c\u202d\u2066\u2069\u061c",
            r"\u202a\u202b\u202c\u202d\u2066\u2069\u061c",
        ),
        ("\u200b\ufeff\xad\u2028\U000e0041", r"\u200b\ufeff\xad\u2028\U000e0041"),
        ("\udcff\ud800", r"\xff\ud800"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert on_a_line(text) == shown.replace("\n", "\\n")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"plain", b"plain"),
        ("é 🐳".encode(), "é 🐳".encode()),
        (b"\x1b[31mred\x1b[0m", b"\x1b[31mred\x1b[0m\x1b[0m"),
        (b"\x1b[38;5;1mred", b"\x1b[38;5;1mred\x1b[0m"),
        (b"\x1b[mred\r", b"\x1b[mred\x1b[0m\r"),
        (b"of a terminal\r", b"of a terminal\r"),
        (b"10%\r20%\r", b"10%\\r20%\r"),
        (b"\x1b[2J\x1b[1;1H", rb"\x1b[2J\x1b[1;1H"),
        (b"\x1b[31", rb"\x1b[31"),
        (b"\x1b[>4m\x1b[?25l\x1b[31 m", rb"\x1b[>4m\x1b[?25l\x1b[31 m"),
        (b"\x1b", rb"\x1b"),
        (b"\x9b31m", rb"\x9b31m"),
        ("\x9b31m".encode(), rb"\x9b31m"),
        (b"\xff\xfe", rb"\xff\xfe"),
        (b"\x1bP+q\x1b\\", b"\\x1bP+q\\x1b\\"),
    ],
)
def test_a_line_of_a_log(line: bytes, shown: bytes) -> None:
    assert log_line(line) == shown


def test_json_means_the_same() -> None:
    value = {NASTY: [NASTY, "\U000e0041\x7f\ud800"]}
    written = in_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(written) == value
    assert written.isprintable()


def on_terminal(*words: str, also_errors: bool = True) -> str:
    """What dirg sends to a terminal of its own."""
    ours, its = pty.openpty()
    read: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                found = os.read(ours, 65536)
            except OSError:
                return
            read.append(found)

    listener = threading.Thread(target=listen)
    listener.start()
    with os.fdopen(its, "w", encoding="utf-8") as terminal, Path(os.devnull).open("w") as nothing:
        called(words, terminal, terminal if also_errors else nothing, {"TERM": "xterm"})
    listener.join()
    os.close(ours)
    return b"".join(read).decode("utf-8", "surrogateescape").replace("\r\n", "\n")


ONE = "{}\n---\nweb: {image: i}\n"
TWO = "{}\n---\nweb: {image: i}\ndb2: {image: i}\n"
SAYS = f"printf '%s\\n' '{NASTY}'"
FAILS = f"printf '%s\\n' '{NASTY[:-2]}' >&2; exit 1"
BOTH = f"printf '%s\\n' '{listing('web', status=NASTY)}' '{listing('db2')}'"


def tells(value: object) -> str:
    return f"printf '%s\\n' '{json.dumps(value)}'"


GONE = "echo - - - exited"
EVENT = {"Action": NASTY, "timeNano": 1, "Actor": {"Attributes": {"name": NASTY, "x": NASTY}}}
STATS = {"Name": "web", "CPUPerc": NASTY}
DETAILS = f"printf '%s\\n' '{inspection('web', image=NASTY)}' '{inspection('db2')}'"
COMMANDS = {
    "ps": {"container ls*": BOTH},
    "ps --format json": {"container ls*": BOTH},
    "stats --no-stream": {"container ls*": BOTH, "stats*": tells(STATS)},
    "plan": {"container ls*": BOTH, "container inspect*": DETAILS},
    "show --live": {"container ls*": BOTH, "container inspect*": DETAILS},
    "show --live --format json": {"container ls*": BOTH, "container inspect*": DETAILS},
    "import containers": {"container ls*": BOTH, "container inspect*": DETAILS},
    "logs": {"container ls*": BOTH, "logs*": SAYS},
    "logs web": {"container ls*": BOTH, "logs*": SAYS},
    "logs --grep a": {"container ls*": BOTH, "logs*": f"{SAYS} >&2"},
    "logs -f web": {
        "container ls*": BOTH,
        "logs*": SAYS,
        "container inspect*": "echo - - - exited",
    },
    "events": {"container ls*": BOTH, "events*": tells(EVENT)},
    "events --format json": {
        "container ls*": BOTH,
        "events*": tells(EVENT),
    },
    "top *": {"container ls*": BOTH, "top*": SAYS},
    "port": {"container ls*": BOTH, "port*": f"{SAYS} >&2"},
    "exec * id": {"container ls*": BOTH, "exec*": SAYS},
    "wait": {"container ls*": BOTH, "wait*": FAILS},
    "each -- x {}": {"container ls*": BOTH, "x*": SAYS},
    "inspect": {
        "container ls*": BOTH,
        "container inspect*": tells([EVENT]),
    },
    "inspect -f x": {"container ls*": BOTH, "container inspect*": SAYS},
    "info": {"version*": FAILS, "info*": FAILS, "--version": SAYS},
    "run": {"container ls*": FAILS},
    "stop web": {"container ls*": BOTH, "stop*": FAILS},
    "run -q web": {"create*": FAILS, "run*": FAILS},
    "run web": {"run*": FAILS},
    "pull": {"pull*": FAILS, "container ls*": BOTH},
    "-d ps": {"container ls*": FAILS},
    f"run -n {NASTY}": {},
    f"ps --host {NASTY}": {},
    f"-c {NASTY} ps": {},
    f"logs --grep ({NASTY}": {"container ls*": BOTH},
    f"exec -n -e {NASTY} web x": {},
    f"cp -n {NASTY} web:/": {},
    f"nosuch{NASTY}": {},
    f"ps --nosuch{NASTY}": {},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_nasty_reaches_a_terminal(
    command: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dirg.logs._LINGER", dict.fromkeys(["exited", "gone"], 0.0))
    describe(TWO)
    engine.answer(COMMANDS[command])
    found = on_terminal(*command.split(" "))
    assert "owned" in found
    assert not {"\x07", "\x9b", "\u202e", "\udc9b"} & {*found}
    assert "\x1b]" not in found
    assert "b\rc" not in found


DESCRIPTIONS = {
    "show": 'web: {image: i, user: "a\u202eb"}',
    "show --rendered": 'web: {image: i, user: "a\u202eb"}',
    "show --format sh": 'web: {image: i, user: "a\\e]0;owned\\a\u202eb"}',
    "show --format compose": 'web: {image: i, user: "a\u202eb", docker_host: "a1:1"}',
    "run -n": 'web: {image: i, user: "a\\e]0;owned\\a\u202eb"}',
    "check": 'web: {image: "a\u202eb", user: "\u202e"}',
    "plan": '"w\u202eb\\e]0;owned\\a\\n": {image: i}',
    "ps": 'web: {image: i, "a\\e]0;owned\\a\u202e": 1, depends_on: ["\\e]0;owned\\a\u202e\\n"]}',
    "logs": 'web: {image: i, docker_host: "x\\e]0;owned\\a\u202e"}',
}


@pytest.mark.parametrize("command", DESCRIPTIONS)
def test_nothing_nasty_of_a_description_reaches_a_terminal(command: str) -> None:
    describe(f"{{}}\n---\n{DESCRIPTIONS[command]}\n")
    found = on_terminal(*command.split())
    assert r"\u202e" in found
    assert not {"\x07", "\u202e"} & {*found}
    assert "\x1b]" not in found


def test_a_mistake_is_one_line_wherever_it_goes() -> None:
    describe('"a\\e[2J\\nb": ["x\\n"]\n---\n{}\n')
    (line,) = dirg("check").error.splitlines()
    assert line.startswith(r"dirg-services.yml:1:15: service a\x1b[2J\nb: unknown name ")


def test_colours_of_a_log_are_let_through(engine: Engine) -> None:
    describe(ONE)
    engine.answer({"container ls*": BOTH, "logs*": f"printf '%s\\n' '{RED}' plain"})
    assert on_terminal("logs") == f"{RED}\x1b[0m\nplain\n"


def test_a_terminal_gets_the_lines_of_a_container_in_their_order(engine: Engine) -> None:
    describe(ONE)
    lines = "; ".join(f"echo {number}{' >&2' if number % 3 else ''}" for number in range(60))
    engine.answer({"container ls*": BOTH, "logs*": lines})
    assert on_terminal("logs").splitlines() == [str(number) for number in range(60)]
    assert engine.calls[-1] == "logs web"


def test_what_is_no_terminal_gets_the_bytes_of_a_log(engine: Engine) -> None:
    describe(ONE)
    engine.answer({"container ls*": BOTH, "logs*": "printf '\\033]0;t\\007\\r\\n\\033[31mred'"})
    assert dirg("logs").output == "\x1b]0;t\x07\n\x1b[31mred"


def test_errors_of_a_log_that_go_elsewhere_are_no_output(engine: Engine) -> None:
    describe(ONE)
    engine.answer({"container ls*": BOTH, "logs*": f"{SAYS} >&2; echo out"})
    assert on_terminal("logs", also_errors=False) == "out\n"


def test_a_message_of_docker_comes_once(engine: Engine) -> None:
    describe(ONE)
    said = "Error: No such container: x"
    engine.answer({"container ls*": BOTH, "logs*": f"echo '{said}' >&2; exit 1"})
    assert on_terminal("logs") == f"dirg: web on default: {said}\n"


def test_what_an_encoding_has_not_is_escaped() -> None:
    describe('{}\n---\nweb: {image: i, user: "grü 🐳"}\n')
    with Path("out").open("w", encoding="latin-1") as output:
        assert called(("run", "-n"), output, output) == 0
    assert b"'gr\xfc \\U0001f433'" in Path("out").read_bytes()


def test_bytes_that_are_no_text_are_written_as_they_came() -> None:
    describe(ONE)
    with Path("out").open("w", encoding="utf-8") as output:
        assert called(("exec", "-n", "web", "a\udcff"), output, output) == 0
    assert Path("out").read_bytes() == b"docker exec -i web 'a\xff'\n"


def test_what_is_at_work_is_shown_so_too() -> None:
    shown = LiveBoard(Console(), lambda step, said: NASTY)
    shown.begin(Step("web", Host("h"), "created"))
    assert shown.text().plain == SHOWN


def test_a_row_of_a_table_is_one_line() -> None:
    assert table([{"a": "b\nc\x1b"}, {"a": ["d\re"]}], ["a"]) == "A\nb\\nc\\x1b\nd\\re"
