"""What becomes of each command whatever befalls it: what the tests expect, and what people read.

``python -m tests.engines.matrix`` writes the tables into docs/reliability.rst.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.rst"

_WIDTH = 120

COMMANDS = {
    "run": "``run``",
    "stop": "``stop``",
    "rm": "``rm``",
    "update": "``update``, pulling",
    "replace": "``update``, replacing",
    "pull": "``pull``",
    "logs": "``logs -f``",
}
# What is the case when a command has done its work.
DONE = {
    "run": "web running",
    "stop": "web exited",
    "rm": "no web",
    "update": "web running",
    "replace": "web running",
    "pull": "the image",
    "logs": "web running",
}


@dataclass(frozen=True)
class Cell:
    """What becomes of a command.

    ``status``: its exit status, as a shell has it. ``says``: a line of its standard error, in
    which HOST is where ``web`` is, and … anything; empty where it has nothing to say. ``left``:
    what is left on that host. ``again``: what the same command says when it is called once more,
    with status 1; empty where it does its work. ``newer``: what an engine 28 has it say, where that
    is something else.
    """

    status: int
    says: str
    left: str
    again: str = ""
    newer: str = ""


def done(key: str) -> Cell:
    """A command that takes no part in what goes wrong."""
    return Cell(130, "interrupted", DONE[key]) if key == "logs" else Cell(0, "", DONE[key])


Row = Mapping[str, Cell]


def _lost(reason: str, killed: bool = False) -> Row:
    """A host that answers no more; ``killed``: its containers have ended when it is back."""
    gone = f"the host answers no more: {reason}"
    unknown = f"{gone}; what it did of this is not known"
    state = "exited" if killed else "running"
    return {
        "run": Cell(1, f"web on HOST: {unknown}", "no web"),
        "stop": Cell(1, f"web on HOST: {unknown}", f"web {state}"),
        "rm": Cell(1, f"web on HOST: {unknown}", f"web {state}"),
        "update": Cell(1, f"IMAGE on HOST: {unknown}", f"web {state}"),
        "replace": Cell(1, f"web on HOST: {unknown}", f"web created, web.dirg-old {state}"),
        "pull": Cell(1, f"IMAGE on HOST: {unknown}", "no image"),
        "logs": Cell(1, f"HOST: {gone}", f"web {state}"),
    }


def _not_pulled(reason: str, newer: str = "", newer_run: str = "") -> Row:
    """An image that does not come; the others go on. ``newer``: the reason of an engine 28."""
    newer = f"IMAGE on HOST: {newer}" if newer else ""
    newer_run = f"web on HOST: docker: {newer_run}" if newer_run else ""
    return {
        **{key: done(key) for key in COMMANDS},
        "run": Cell(1, f"web on HOST: docker: {reason}", "no web", newer=newer_run),
        "update": Cell(1, f"IMAGE on HOST: {reason}", "web running", newer=newer),
        "pull": Cell(1, f"IMAGE on HOST: {reason}", "no image", newer=newer),
    }


def _nothing_begun(says: str) -> Row:
    """Every command ends at once, and has touched nothing."""
    left = dict.fromkeys(COMMANDS, "web running") | {"run": "no web", "pull": "no image"}
    return {key: Cell(1, says, left[key]) for key in COMMANDS}


_WITHOUT_DOCKER = "docker could not be started: No such file or directory: …/docker"
_NOT_UNDERSTOOD = "docker gave an answer that is not understood"
_UNTOLD = "standard output: No space left on device; what is done from here on is not told"
_THEIRS = (
    "web on HOST: it was made without dirg, and otherwise than it is defined (…); "
    "dirg update web replaces it"
)
_IN_THE_WAY = (
    "web on HOST: web.dirg-new in the way: no update has left it like that; "
    "rename or remove what is not needed"
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong: ``title`` and ``how`` it was made to, for people."""

    title: str
    how: str
    row: Row


FAULTS = {
    "engine killed": Fault(
        "The engine is killed",
        "``kill -9`` of dockerd. When it is started again, it ends its containers, unless it is "
        "set up to let them live; those with a restart policy come back.",
        _lost("connection refused: no engine listens at HOST", killed=True),
    ),
    "engine frozen": Fault(
        "The engine freezes",
        "``kill -STOP`` of dockerd, which goes on afterwards.",
        _lost("no answer within 2.5 s: it takes connections, but the engine hangs"),
    ),
    "host cut off": Fault(
        "The host is cut off",
        "A firewall drops all packets to it, also those of the registry.",
        _lost(
            "no answer within 2.5 s: packets get no answer: it is down, or a firewall drops them"
        ),
    ),
    "disk full on the engine": Fault(
        "The disk of the engine is full",
        "Its data is on a file system of 48 MiB that something fills. The engine does not say "
        "that it can't write logs; lines of that time are lost. Engine 20.10 lists a container "
        "that ended then as running, until it is started again; ``run`` and ``update`` ask once "
        "more, and are not taken in.",
        {
            **_not_pulled("write …: no space left on device"),
            "replace": Cell(0, "", "web running"),
        },
    ),
    "registry dead": Fault(
        "The registry dies",
        "In the middle of a layer it closes all connections, and takes none any more. An engine "
        "tries five times, for 50 seconds, and goes on where it was when the registry is back by "
        "then; for the test, once.",
        _not_pulled("Get …: connect: connection refused", "unexpected EOF", "unexpected EOF"),
    ),
    "registry silent": Fault(
        "The registry goes silent",
        "In the middle of a layer nothing more comes, and the connections stay open. The engine "
        "waits without end, and so does dirg as long as the engine answers: here until Ctrl-C.",
        {
            **{key: done(key) for key in COMMANDS},
            "run": Cell(130, "web on HOST: interrupted", "no web"),
            "update": Cell(130, "IMAGE on HOST: interrupted", "web running"),
            "pull": Cell(130, "IMAGE on HOST: interrupted", "no image"),
        },
    ),
    "registry refuses": Fault(
        "The registry refuses the credentials",
        "It is asked with a wrong password.",
        _not_pulled(
            "Error response from daemon: unauthorized: authentication required",
            "unauthorized: the registry refuses what docker login has stored for it",
        ),
    ),
    "name taken": Fault(
        "Somebody else takes the name",
        "While an image is pulled or a container stops, somebody renames the container that there"
        " is, and gives its name, or that which an update needs, to one of their own, which runs."
        " docker goes by names, and so does dirg when it is called again.",
        {
            **{key: done(key) for key in COMMANDS},
            "run": Cell(
                1,
                "web on HOST: docker: Error response from daemon: Conflict. The container name "
                '"/web" is already in use by container "…". You have to remove (or rename) '
                "that container to be able to reuse that name.",
                "web running",
                _THEIRS,
            ),
            "stop": Cell(0, "", "web running, web.away exited"),
            "rm": Cell(
                1,
                "web on HOST: Error response from daemon: You cannot remove a running container …. "
                "Stop the container before attempting removal or force remove",
                "web running, web.away exited",
                newer='web on HOST: Error response from daemon: cannot remove container "web": '
                "container is running: stop the container before removing or force remove",
            ),
            "update": Cell(1, _IN_THE_WAY, "web running, web.dirg-new running", _IN_THE_WAY),
        },
    ),
    "dirg killed": Fault(
        "dirg is killed",
        "``kill -9``. The docker commands that it had begun go on by themselves.",
        {
            "run": Cell(137, "", "web running"),
            "stop": Cell(137, "", "web exited"),
            "rm": Cell(137, "", "web exited"),
            "update": Cell(137, "", "web running"),
            "replace": Cell(137, "", "web created, web.dirg-old exited"),
            "pull": Cell(137, "", "the image"),
            "logs": Cell(137, "", "web running"),
        },
    ),
    "own disk full": Fault(
        "dirg's own disk is full",
        "Standard output, ``TMPDIR`` and ``HOME`` are on a file system that something fills. What"
        " docker answers is kept in memory.",
        {
            **{key: Cell(1, _UNTOLD, DONE[key]) for key in COMMANDS},
            "logs": Cell(1, "standard output: No space left on device", "web running"),
        },
    ),
    "CLI missing": Fault(
        "There is no docker CLI",
        "The ``PATH`` has none.",
        _nothing_begun("there is no docker on the PATH; install the docker CLI"),
    ),
    "CLI removed": Fault(
        "The docker CLI goes while dirg is at work",
        "The program is removed, as it is for a moment when its package is upgraded. What was "
        "begun goes on.",
        {
            **{key: done(key) for key in COMMANDS},
            "rm": Cell(1, f"web on HOST: {_WITHOUT_DOCKER}", "web exited"),
            "update": Cell(1, f"HOST is unreachable: {_WITHOUT_DOCKER}", "web running"),
            "replace": Cell(
                1,
                f"web on HOST: {_WITHOUT_DOCKER}; taking it back failed too: {_WITHOUT_DOCKER}",
                "web created, web.dirg-old exited",
            ),
        },
    ),
    "CLI too old": Fault(
        "The docker CLI is too old for the engine",
        "It speaks version 1.11 of the API (``DOCKER_API_VERSION``).",
        _nothing_begun(
            "HOST is unreachable: docker CLI too old: it speaks API 1.11, "
            "and the engine wants … at least"
        ),
    ),
    "garbage": Fault(
        "The docker CLI prints garbage",
        "``docker`` is a program that prints random bytes, a line of 300 kB and half an object of "
        "JSON, and ends with 0.",
        _nothing_begun(f"HOST is unreachable: {_NOT_UNDERSTOOD}"),
    ),
    "garbage and failure": Fault(
        "The docker CLI prints garbage and fails",
        "The same, also to standard error; it ends with 1. The last line of that is told.",
        _nothing_begun("HOST is unreachable: …"),
    ),
    "garbage from now on": Fault(
        "The docker CLI begins to print garbage",
        "The same with status 0, while dirg is at work. That a command which has a status of 0 "
        "has done its work, dirg believes.",
        {
            **{key: done(key) for key in COMMANDS},
            "rm": Cell(0, "", "web exited"),
            "update": Cell(1, f"HOST is unreachable: {_NOT_UNDERSTOOD}", "web running"),
            "replace": Cell(
                1, f"web on HOST: {_NOT_UNDERSTOOD}", "web created, web.dirg-old exited"
            ),
        },
    ),
}
# Those in which nothing can be done anywhere.
NOTHING_BEGUN = ("CLI missing", "CLI too old", "garbage", "garbage and failure")
# What befalls hosts, what befalls what they get, and what befalls dirg: a third of the time each.
ON_HOSTS = ("engine killed", "engine frozen", "host cut off", "disk full on the engine")
ON_THE_WAY = (
    "registry dead",
    "registry silent",
    "registry refuses",
    "name taken",
    "garbage from now on",
)
ON_DIRG = ("dirg killed", "own disk full", *NOTHING_BEGUN, "CLI removed")


def pattern(says: str, values: Mapping[str, str]) -> re.Pattern[str]:
    """The pattern of a line that a cell has, with what stands for the words in capitals."""
    words = "|".join(values)
    parts = re.split(rf"(…|\b(?:{words})\b)", says)
    return re.compile(
        "".join(".*" if part == "…" else re.escape(values.get(part, part)) for part in parts)
    )


def left(text: str) -> dict[str, str]:
    """The states that a cell says are left, by name."""
    if text.startswith("no "):
        return {}
    if text == "the image":
        return {"image": "there"}
    return dict(part.split() for part in text.split(", "))


def page() -> str:
    """The tables, as reStructuredText."""
    return "\n".join("\n".join(_table(fault)) for fault in FAULTS.values())


def _table(fault: Fault) -> Iterator[str]:
    yield from (fault.title, "~" * len(fault.title), "", *wrap(fault.how, _WIDTH), "")
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 14 5 46 18 17", "")
    yield from _row("command", "exit", "it says", "left", "called again")
    for key, name in COMMANDS.items():
        cell = fault.row[key]
        again = f"1: {_quoted(cell.again)}" if cell.again else DONE[key]
        if key == "logs":
            again = "all lines there are"
        said = _quoted(cell.says) or "nothing"
        if cell.newer:
            said = f"{said}, with an engine 28 {_quoted(cell.newer)}"
        yield from _row(name, str(cell.status), said, cell.left, again)
    yield ""


def _quoted(text: str) -> str:
    return f"``{text}``" if text else ""


def _row(*cells: str) -> Iterator[str]:
    for number, cell in enumerate(cells):
        yield f"   {'* -' if number == 0 else '  -'} {cell}"


_MARKS = ".. The tables begin", ".. The tables end"


def tables_of(text: str) -> str:
    """The tables within the page."""
    return text.partition(f"{_MARKS[0]}\n\n")[2].partition(f"\n{_MARKS[1]}")[0]


if __name__ == "__main__":
    written = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written.replace(tables_of(written), page()), encoding="utf-8")
