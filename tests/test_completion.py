"""What shells are offered; ``shells/`` asks real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import describe, dirg

TEXT = (
    "shop: [web, web2]\n---\nweb: {image: i}\nweb2: {image: i}\ndb: {image: i, docker_host: h:1}\n"
)


def offered(*words: str) -> list[str]:
    """What is offered for the last of some words, as bash is told it."""
    environ = {
        **os.environ,
        "_DIRG_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["dirg", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "dirg"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def plain(*words: str) -> list[str]:
    return [f"plain,{word}" for word in words]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("r",), plain("restart", "rm", "rollback", "run")),
        (("ps", "w"), plain("web", "web2")),
        (("ps", "web", "w"), plain("web2")),
        (("ps", ""), plain("shop", "web", "web2", "db")),
        (("-n", "update", "--keep", "1", "d"), plain("db")),
        (("plan", "r"), plain("run")),
        (("plan", "run", "d"), plain("db")),
        (("rollback", "s"), plain("shop")),
        (("exec", "d"), plain("db")),
        (("exec", "db", "w"), []),
        (("cp", "w"), [*plain("web:", "web2:"), "file,w"]),
        (("each", "d"), plain("db")),
        (("--host", "h"), plain("h:1")),
        (("ps", "--host", "d"), plain("default")),
        (("--profile", ""), plain("production", "staging")),
        (("-c", "x"), ["file,x"]),
        (("ps", "--format", "j"), plain("json")),
        (("completion", "f"), plain("fish")),
        (("update", "--no"), plain("--no-pull")),
        (("--log", "x"), ["file,x"]),
        (("history", "--f"), plain("--format", "--failed")),
        (("history", "w"), []),
    ],
)
def test_what_is_offered(words: tuple[str, ...], expected: list[str]) -> None:
    describe(TEXT)
    with Path("dirg.cfg").open("a") as config:
        config.write("[staging]\na = b\n[production]\n")
    assert offered(*words) == expected


def test_the_containers_of_a_log() -> None:
    """Also those that are described no more, and none of what can't be read."""
    describe(TEXT, dirg_log="log")
    facts = {"time": "2025-01-01T00:00:00.000Z", "user": "", "process": 1, "dirg": "", "host": ""}
    facts |= {"cause": "", "arguments": [], "environment": {}, "status": 0, "seconds": 0}
    lines = [{**facts, "container": each, "error": None} for each in ("web, were", None, "w2")]
    Path("log").write_text("no\n" + "".join(f"{json.dumps(each)}\n" for each in lines))
    assert offered("history", "w") == plain("web", "were", "w2")
    assert offered("history", "web", "w") == plain("were", "w2")


def test_a_configuration_elsewhere() -> None:
    describe(TEXT)
    Path("dirg.cfg").rename("other.cfg")
    assert offered("ps", "w") == []
    assert offered("-c", "other.cfg", "ps", "w") == plain("web", "web2")


@pytest.mark.parametrize(
    "text",
    ["", "{}\n---\nweb: {image: [i}\n", "{{nosuch}}\n---\n{}\n", "{% if %}", "{}\n---\n\x00"],
)
def test_nothing_is_offered_of_what_is_broken(text: str) -> None:
    describe(text)
    for words in (("ps", ""), ("--host", "")):
        assert offered(*words) == []
    Path("dirg.cfg").write_text("nonsense")
    for words in (("ps", ""), ("--host", ""), ("--profile", "")):
        assert offered(*words) == []


def test_warnings_are_not_told() -> None:
    describe(TEXT + "web: {image: j}\n")
    assert offered("ps", "w") == plain("web", "web2")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_a_shell_reads(shell: str) -> None:
    answer = dirg("completion", shell)
    assert f"_DIRG_COMPLETE={shell}_complete" in answer.output
    assert (answer.error, answer.status) == ("", 0)


def test_a_shell_that_is_not_known() -> None:
    answer = dirg("completion", "tcsh")
    assert (answer.output, answer.status) == ("", 2)
    assert "'bash', 'zsh', 'fish'" in answer.error
