"""The reference of the properties is made from the tables that dirg goes by."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docutils import core

from dirg import audit, manual, options, overview, report
from dirg.cli import COMMANDS_IN
from dirg.command import Command, Result
from dirg.errors import Mistake, SourcePlace
from dirg.events import Event
from dirg.host import Host
from dirg.reference import reference
from dirg.state import HostState
from dirg.steps import Deployment, Plan
from tests.helpers import defined

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "properties.rst"
BUILD = ["context", "dockerfile", *options.BUILD]


def test_the_page_is_what_is_made_from_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize(
    ("name", "made"), [("commands.rst", manual.commands), ("dirg.1", manual.page)]
)
def test_the_commands_are_what_is_made_of_them(name: str, made: Callable[[], str]) -> None:
    assert (PAGE.parent / name).read_text(encoding="utf-8") == made()


def test_every_command_and_option_is_told() -> None:
    pages = manual.commands(), manual.page().replace("\\-", "-")
    for command in manual.told():
        for written, _ in command.options:
            assert all(written in page for page in pages)
        assert all(command.usage in page or command.name == "dirg" for page in pages)
    assert {each.name for each in manual.told()} >= {f"dirg {name}" for name in COMMANDS_IN}


def test_every_property_is_named() -> None:
    page = reference()
    for name in [*options.PROPERTIES, *options.RUN, *BUILD, *options.NETWORK, *options.VOLUME]:
        assert f"``{name}``" in page
    for option in [*options.RUN.values(), *options.BUILD.values()]:
        assert f"``{option.flag}``" in page


def test_nothing_else_is_named() -> None:
    rows = [line.split("``")[1] for line in reference().splitlines() if line.startswith("``")]
    known = {*options.PROPERTIES, *options.RUN, *BUILD, *options.NETWORK, *options.VOLUME}
    assert [name for name in rows if name not in known] == []


def test_every_key_is_named() -> None:
    """What programs read, in the section of the command that prints it."""
    sections = re.split(r"\n``(\w+)``\n-+\n", (ROOT / "docs" / "json.rst").read_text())
    told = dict(zip(sections[1::2], sections[2::2], strict=True))
    web = Deployment(defined(""), Host("h"))
    states = {web.host: HostState()}
    mistake = Mistake(SourcePlace("f", 1, 1, ""), "x")
    done = Result(Command(web.host, ("stop", "web")), 0, "", "")
    by = {"user": "me@here", "process": 1, "dirg": "stop"}
    rows = {
        "ps": overview.ps([web], states, {"web": ()})[0],
        "stats": overview.stats([web], {})[0],
        "plan": overview.planned([web], Plan(()))[0],
        "check": report.findings([mistake], ())[0],
        "history": json.loads(audit.line(done, 0, by)),
        "events": json.loads(Event(0, "h", "web", "start", {}).as_json()),
    }
    assert {*told} == {*rows, "info"}
    for command, row in rows.items():
        assert [key for key in row if f"``{key}``" not in told[command]] == []


@pytest.mark.parametrize("name", ["README.rst", "CHANGES.rst", "CONTRIBUTING.rst"])
def test_what_people_read_is_restructured_text(name: str) -> None:
    problems = io.StringIO()
    settings = {"report_level": 2, "halt_level": 5, "warning_stream": problems}
    core.publish_doctree((ROOT / name).read_text(encoding="utf-8"), settings_overrides=settings)
    assert problems.getvalue() == ""
