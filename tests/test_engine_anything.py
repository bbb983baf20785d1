"""Whatever docker answers, dirg takes it for what it is, or says of that host that it can't.

docker itself is played here: a docker that is right, but for one thing in one of its answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.command import Command, Result
from tests.helpers import describe, dirg
from tests.inspected import CAPTURED

HOSTS = """{}
---
web: {image: busybox, docker_host: a1:1, links: [limits], volumes_from: [limits], ports: [80]}
limits: {image: busybox, docker_host: a1:1, volumes: [/x]}
far: {image: busybox, docker_host: b1:1, net: back}
---
networks: {back: }
"""
# What stands in the place of something in an answer.
WRONG: list[Any] = [
    *(None, True, 0, -1, 10**400, 1e308, float("inf"), "", "x", "-x", "--rm", "9" * 5000, "\ud800"),
    *("a\nb", "\x1b[2J", "²", "1-0", "0-99999999", ":", "/", "=", "container:", [], {}, [None]),
    *([[]], ["x"], [0], [{}], {"x": None}, {"x": "y"}, {"": ""}, {"x": 0}, {"x": []}, {"x": [{}]}),
    *({"x": {"x": 0}}, {"80": [{"HostPort": "x"}]}, {"80/tcp": [None]}, ["x"] * 50),
]
COMMANDS = [
    *("ps", "ps --restarts", "ps --format json", "stats", "stats --sort cpu", "info", "plan"),
    *(
        "plan run",
        "events --until 1s",
        "events --format json",
        "logs",
        "inspect",
        "update --grace 0",
    ),
    *(
        "run",
        "rm",
        "rm --networks --volumes",
        "show --live",
        "import containers --host a1:1",
        "stop",
    ),
    *("rollback web", "show --live --format json", "import containers --host a1:1 -a web"),
]


def answer(words: tuple[str, ...], host: str) -> Any:
    """What a docker that is right says: JSON for each line, or text."""
    names = ["web", "limits"] if host.endswith("a1:1") else ["far"]
    captured = {name: _captured(name) for name in names}
    by_id = {each["id"]: each for each in captured.values()}
    match words[:2]:
        case ("container", "ls"):
            return [_listed(each) for each in captured.values()]
        case ("container", "inspect") if "--format" not in words:
            return json.dumps([captured[words[2]]])
        case ("container", "inspect") if "mounts" in words[3]:
            asked = [each for each in words[4:] if each in by_id or each in captured]
            return [by_id.get(each) or captured[each] for each in asked]
        case ("container", "inspect"):
            return "running 0 none 0" if "{{json" not in words[3] else []
        case ("image", "inspect"):
            return [{"id": "sha256:" + "7" * 64, "config": {"Cmd": ["sh"], "Env": ["A=b"]}}]
        case ("network", "ls") | ("volume", "ls"):
            return ["back"]
        case ("network", "inspect") | ("volume", "inspect"):
            return [{"Name": each, "Driver": "bridge", "IPAM": {}} for each in words[4:]]
        case ("stats", _):
            return [{"Name": name, "CPUPerc": "1%", "MemUsage": "1MiB / 2MiB"} for name in names]
        case ("events", _):
            actor = {"Attributes": {"name": names[0], "exitCode": "0"}}
            return [{"Actor": actor, "Action": "die", "timeNano": 1763800000000000000}]
        case ("info", _):
            return "3 1" if "Containers" in words[2] else '"2026-11-22T10:00:00.123456789Z"'
        case ("version", _):
            return "28.5.2 1.51"
        case ("logs", _):
            return "2026-11-22T10:00:00.000000000Z a line"
    return ""


def _captured(name: str) -> dict[str, Any]:
    known = CAPTURED["28.5"]["containers"]
    found = known[name if name in known else "limits"]["answer"]
    # Another one for each, of 64 digits.
    return {
        **json.loads(json.dumps(found)),
        "id": f"{len(name)}" * 64,
        "name": f"/{name}",
        "mounts": [
            {"Type": "volume", "Name": "5" * 64, "Source": "/v", "Destination": "/x", "RW": True}
        ],
        "networks": {**found["networks"], "back": {"Aliases": ["x"], "IPAMConfig": {}}},
        "restarts": 0,
    }


def _listed(found: Mapping[str, Any]) -> dict[str, str]:
    name = found["name"][1:]
    return {
        "id": found["id"],
        "names": f"{name},web/x" if name == "limits" else name,
        "image": "busybox",
        "state": "running",
        "status": "Up 3 minutes (healthy)",
        "ports": "80/tcp",
        "definition": "0" * 16,
        "mark": "",
        "created": "2026-11-22 10:00:00 +0000 UTC",
    }


def text(said: Any) -> str:
    return said if isinstance(said, str) else "".join(f"{json.dumps(each)}\n" for each in said)


class Played:
    """A docker that is asked, but for what a test makes of its answers."""

    def __init__(self, changed: Callable[[tuple[str, ...], Any], Any]) -> None:
        self.changed = changed
        self.patience = 1.0
        self.calls: list[tuple[str, ...]] = []
        self.said = ""

    def __call__(self, command: Command, limit: float | None = None) -> Result:
        self.calls.append(command.argv)
        host = command.host.name
        said = text(self.changed(command.arguments, answer(command.arguments, host)))
        return Result(command, 0, said.encode("utf-8", "replace").decode(), "", 0.1)

    def stream(self, command: Command, reader: Callable[[str, str], None], **_: bool) -> Result:
        found = self(command)
        for line in found.output.splitlines():
            reader("out", line)
        return found

    def recorded(self, command: Command) -> tuple[Result, bytes, bytes]:
        found = self(command)
        return found, found.output.encode(), b""

    def attached(self, command: Command, doubted: bool = True) -> Result:
        return self(command)

    def stop(self, kill: bool = False) -> None: ...

    def paused(self, seconds: float) -> bool:
        return True


def places(value: Any) -> list[tuple[Any, ...]]:
    """The way to everything in a value."""
    found: list[tuple[Any, ...]] = [()]
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, item in parts:
        found += [(key, *rest) for rest in places(item)]
    return found


def put(value: Any, place: tuple[Any, ...], other: Any, how: str) -> Any:
    """A value with something else at a place, or nothing, or something more."""
    if not place:
        return other
    copied = value.copy()
    first, *rest = place
    if rest:
        copied[first] = put(value[first], tuple(rest), other, how)
    elif how == "without":
        del copied[first]
    elif how == "twice" and isinstance(copied, list):
        copied.append(copied[first])
    elif how == "more" and isinstance(copied, dict):
        copied["Unknown"] = other
    else:
        copied[first] = other
    return copied


@st.composite
def changes(draw: st.DrawFn) -> Callable[[tuple[str, ...], Any], Any]:
    """What becomes of the answers to one of docker's commands."""
    wanted = draw(
        st.sampled_from(
            [
                *("container ls", *["container inspect"] * 6, "image inspect", "network ls"),
                *("network inspect", "stats", "events", "info", "version", "logs"),
            ]
        )
    )
    how = draw(st.sampled_from(["wrong"] * 6 + ["without"] * 2 + ["twice", "more", "cut", "mixed"]))
    number = draw(st.integers(0, 10**6))
    other = draw(st.sampled_from(WRONG) | st.text(max_size=4) | st.integers())
    said = draw(st.sampled_from(["", "\n", "null", "[]", "{}", "0", "[", "\ufeff{}", "[" * 10**5]))

    def changed(words: tuple[str, ...], found: Any) -> Any:
        if " ".join(words).startswith(wanted):
            if how == "cut":
                whole = text(found)
                return whole[: number % (len(whole) + 1)]
            if how == "mixed":
                return said if isinstance(found, str) or number % 2 else [*found[::-1], *found]
            if isinstance(found, list) and found:
                known = places(found)[1:]
                return put(found, known[number % len(known)], other, how)
            return text([other]) if how == "wrong" else found
        return found

    return changed


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for anything."""
    monkeypatch.setattr("dirg.logs._LINGER", dict.fromkeys(["exited", "gone", "created"], 0.0))
    monkeypatch.setattr("dirg.perform.LATER", 0.0)


def told(command: str, changed: Callable[[tuple[str, ...], Any], Any]) -> Played:
    """What dirg says, and what it had docker do; nothing of it may be a traceback."""
    played = Played(changed)
    with patch("dirg.docker.Docker", lambda *_: played):
        answered = dirg(*command.split())
    # Where no host has it, a name that was given is unknown.
    assert answered.status in (0, 1) or (answered.status == 2 and "no container" in answered.error)
    assert "Traceback" not in answered.error
    assert answered.status == 0 or answered.error
    if command.endswith("json") and answered.status == 0:
        lines = answered.lines if command.startswith("events") else [answered.output]
        assert all(json.loads(line) is not None for line in lines)
    played.said = answered.error
    return played


@pytest.mark.parametrize("command", COMMANDS)
def test_a_docker_that_is_right(command: str) -> None:
    describe(HOSTS)
    assert told(command, lambda _, said: said).calls


GARBAGE = "docker gave an answer that is not understood"
# What was found by the test below, and what is said of it: the command, the question, and what
# stands in the answer instead of something else.
FOUND = [
    ("inspect", "container inspect web", None, "1", GARBAGE),
    ("inspect", "container inspect web", None, "{}", GARBAGE),
    ("inspect", "container inspect web", None, "[" * 10**5, GARBAGE),
    ("ps", "container ls", None, "[" * 10**5, GARBAGE),
    ("ps", "container ls", '"busybox"', "7", GARBAGE),
    ("ps", "container ls", '"busybox"', '"\\ud800"', ""),
    ("ps", "container ls", '"3333', '"-3333', GARBAGE),
    ("plan", "container ls", '"0000000000000000"', "{}", GARBAGE),
    ("plan", "container ls", '"mark": ""', '"mark": 1', GARBAGE),
    ("plan", "container inspect", '"Hard"', '"Soft"', GARBAGE),
    ("plan", "container inspect", '"Memory": ', '"Memory": 1e400, "x": ', GARBAGE),
    ("plan", "container inspect", '"Memory": ', '"Memory": "\\r", "x": ', GARBAGE),
    ("run", "container inspect", '"networks": {', '"networks": {"x": 0, ', GARBAGE),
    ("run", "container inspect", '"networks": {', '"networks": {"x": {"Aliases": 1}, ', GARBAGE),
    ("show --live", "container inspect", '"DeviceRequests": null', '"DeviceRequests": 1', GARBAGE),
    ("update --grace 0", "container ls", '"web"', '"gone"', ""),
    ("events --until 1s", "events", "1763800000000000000", "1e400", ""),
    ("events --until 1s", "events", "1763800000000000000", "9" * 30, ""),
    ("stats --sort cpu", "stats", "1%", "1.2.3%", ""),
    ("stats", "stats", '"1%"', "1", ""),
]


@pytest.mark.parametrize(("command", "question", "old", "new", "said"), FOUND)
def test_what_was_found(command: str, question: str, old: str | None, new: str, said: str) -> None:
    describe(HOSTS)
    replaced = []

    def changed(words: tuple[str, ...], found: Any) -> Any:
        if not " ".join(words).startswith(question):
            return found
        before = text(found)
        after = new if old is None else before.replace(old, new, 1)
        replaced.append(before != after)
        return after

    assert said in told(command, changed).said
    assert any(replaced)


@given(st.sampled_from(COMMANDS), changes())
def test_any_answer(command: str, changed: Callable[[tuple[str, ...], Any], Any]) -> None:
    describe(HOSTS)
    for call in told(command, changed).calls:
        # Nothing of an answer becomes a flag; it may be the value of one.
        flags = [word for before, word in pairwise(call) if before not in ("--restart", "-v")]
        assert not {"-x", "--rm"} & {*flags}
