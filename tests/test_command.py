"""Docker commands as lines for shells, and what their results mean."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.command import Command, Result
from dirg.host import Host

WORDS = st.text(st.characters(exclude_categories={"Cs"}, exclude_characters="\0"))


@given(st.lists(WORDS), st.lists(WORDS))
def test_the_printed_line_gives_the_arguments(options: list[str], words: list[str]) -> None:
    command = Command(Host("h", tuple(options)), tuple(words))
    assert command.argv == ("docker", *options, *words)
    assert shlex.split(str(command)) == [*command.argv]


def test_the_environment_stands_before_the_command() -> None:
    host = Host("h", ("-H", "unix:///s"), (("DOCKER_TLS_VERIFY", ""), ("X", "a b")))
    line = "DOCKER_TLS_VERIFY='' X='a b' docker -H unix:///s stop 'a;b'"
    assert str(Command(host, ("stop", "a;b"))) == line


def test_secrets_are_never_shown() -> None:
    command = Command(Host("h"), ("run",), secrets=(("KEY", "hidden"),))
    assert str(command) == "docker run"
    assert "hidden" not in repr(command)
    assert command == Command(Host("h"), ("run",))


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (1, "Error: no such container: x\n", "Error: no such container: x"),
        (1, "  first\n\n  last  \n\n", "last"),
        (125, "docker: Error response from daemon: x.\nSee 'docker run --help'.\n",
         "docker: Error response from daemon: x."),
        (125, "docker: Error response from daemon: x.\n\nRun 'docker run --help' for more "
         "information\n", "docker: Error response from daemon: x."),
        (125, "Unable to find image 'x:1' locally\ndocker: Error response from daemon: no x.\n"
         "WARNING: old\n", "docker: Error response from daemon: no x."),
        (137, "", "docker ended with status 137"),
        (-9, "\n", "docker ended with status -9"),
        (None, "no answer within 10 s", "no answer within 10 s"),
        (125, "unknown flag: --annotation\nSee 'docker run --help'.\n",
         "unknown flag: --annotation"),
        (1, "\x1b[2J\x00gone\ttab é\n", "\ufffd[2J\ufffdgone\ttab é"),
        (1, "{" * 300_000, "{" * 2000 + "…"),
    ],
)  # fmt: skip
def test_why_a_command_failed(status: int | None, error: str, reason: str) -> None:
    result = Result(Command(Host("h"), ("run",)), status, "", error)
    assert result.reason == reason
    assert not result.ok


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("\nLogin prior to pull:\nUsername (ops): ", "inappropriate ioctl for device\n"),
        (
            "\nPlease login prior to pull:\n",
            "Error: Cannot perform an interactive login from a non TTY device\n",
        ),
    ],
)
def test_a_question_that_nobody_answers(output: str, error: str) -> None:
    """As docker has it that is refused by a registry (CLI 28.2 and 20.10, engine 28.5)."""
    result = Result(Command(Host("h"), ("pull", "x")), 1, output, error)
    assert result.reason == "unauthorized: the registry refuses what docker login has stored for it"


@pytest.mark.parametrize(
    ("error", "runs"),
    [
        ("Error response from daemon: You cannot remove a running container ab12. Stop it", True),
        ('Error response from daemon: cannot remove container "web": container is running', True),
        ('Error response from daemon: cannot remove container "web": no space left', False),
    ],
)
def test_whether_a_container_runs(error: str, runs: bool) -> None:
    """As engines 20.10 and 28.5 say it."""
    assert Result(Command(Host("h"), ("rm", "web")), 1, "", error).runs is runs


def test_a_command_that_did_not_fail() -> None:
    assert Result(Command(Host("h"), ("run",)), 0, "", "WARNING: x").ok


@pytest.mark.parametrize(
    ("status", "error", "gone"),
    [
        (1, "Error: No such container: x\n", True),
        (1, "Error response from daemon: No such container: x\n", True),
        (1, "Error response from daemon: removal of container x is already in progress\n", True),
        (1, "Error response from daemon: conflict\n", False),
        (0, "No such container: x\n", False),
        (None, "no answer within 10 s", False),
    ],
)
def test_whether_a_container_is_gone(status: int | None, error: str, gone: bool) -> None:
    assert Result(Command(Host("h"), ("rm",)), status, "", error).gone is gone
