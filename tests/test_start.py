"""What is read in before a command begins: that is most of what a short one takes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click import Context

from dirg import cli
from tests.helpers import Engine, describe

_TELL_MODULES = """
import sys
sys.argv = ["dirg", *sys.argv[1:]]
from dirg import cli
sys.stdout = sys.stderr
try:
    cli.main()
finally:
    print(*sys.modules, file=sys.__stdout__)
"""
LIBRARIES = {"yaml", "jinja2", "sh", "rich"}
LIGHT = {
    "dirg",
    *(f"dirg.{name}" for name in ("cli", "completion", "defaults", "errors", "parameters")),
    *(f"dirg.{name}" for name in ("process", "records", "saying", "session")),
}


def loaded(*words: str, **environ: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _TELL_MODULES, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        check=True,
        timeout=60,
    )
    return {*done.stdout.split()}


def of_dirg(found: set[str]) -> set[str]:
    return {name for name in found if name.partition(".")[0] == "dirg"}


@pytest.mark.parametrize("words", [("--version",), ("--help",), ()])
def test_what_tells_of_dirg_itself(words: tuple[str, ...]) -> None:
    found = loaded(*words)
    assert of_dirg(found) == LIGHT
    assert not found & {*LIBRARIES, "concurrent.futures"}


@pytest.mark.parametrize("name", [*cli.cli.list_commands(Context(cli.cli))])
def test_the_help_of_a_command(name: str) -> None:
    found = loaded(name, "--help")
    assert of_dirg(found) - LIGHT <= {"dirg.commands", f"dirg.commands.{cli.COMMANDS_IN[name][0]}"}
    assert not found & LIBRARIES


def test_a_dry_run(engine: Engine) -> None:
    describe("all: [web]\n---\nweb: {image: i}\n")
    found = loaded("run", "-n")
    assert not found & {"sh", "rich", "concurrent.futures", "socket", "csv"}
    assert not found & {f"dirg.{name}" for name in ("docker", "survey", "drift", "replace", "live")}


def test_names_are_completed_at_a_glance() -> None:
    describe("{% set tag = '1' %}\nall: [web]\n---\nweb: {image: 'i:{{tag}}'}\n")
    asked = {"COMP_WORDS": "dirg run w", "COMP_CWORD": "2", "_DIRG_COMPLETE": "bash_complete"}
    assert not loaded("run", **asked) & LIBRARIES
    describe("{}\n---\n{% for n in [1, 2] %}\nweb{{n}}: {image: i}\n{% endfor %}\n")
    assert {"yaml", "jinja2"} <= loaded("run", **asked)


def test_jinja_is_for_templates(engine: Engine) -> None:
    plain = "all: [web]\n---\nweb: {image: i}\n"
    describe(plain)
    assert "jinja2" not in loaded("run", "-n")
    describe(plain + "# {# a comment #}\n")
    assert "jinja2" in loaded("run", "-n")


def test_a_real_run(engine: Engine) -> None:
    describe("all: [web]\n---\nweb: {image: i}\n")
    found = loaded("run")
    assert "sh" in found
    assert not found & {"rich", "dirg.replace", "dirg.grouping", "dirg.exports", "dirg.imports"}
    assert not found & {"dirg.appended", "dirg.history", "dirg.logged"}
    # Nothing is there to compare.
    assert not found & {f"dirg.{name}" for name in ("drift", "live", "canonical", "excuses")}
    # What sh has for others.
    assert not found & {"asyncio", "importlib.metadata", "email", "ssl"}


def test_each_command_says_the_same_in_the_list_as_in_its_own_help() -> None:
    context = Context(cli.cli)
    for name, (_, text) in cli.COMMANDS_IN.items():
        command = cli.cli.get_command(context, name)
        assert command
        assert command.get_short_help_str(1000) == text


def test_the_list_is_in_the_order_of_the_alphabet() -> None:
    assert [*cli.COMMANDS_IN] == sorted(cli.COMMANDS_IN)
