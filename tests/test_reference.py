"""The reference of the properties is made from the tables that dirg goes by."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docutils import core

from dirg import options
from dirg.reference import reference

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "properties.rst"
BUILD = ["context", "dockerfile", *options.BUILD]


def test_the_page_is_what_is_made_from_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_property_is_named() -> None:
    page = reference()
    for name in [*options.PROPERTIES, *options.RUN, *BUILD]:
        assert f"``{name}``" in page
    for option in [*options.RUN.values(), *options.BUILD.values()]:
        assert f"``{option.flag}``" in page


def test_nothing_else_is_named() -> None:
    rows = [line.split("``")[1] for line in reference().splitlines() if line.startswith("``")]
    known = {*options.PROPERTIES, *options.RUN, *BUILD}
    assert [name for name in rows if name not in known] == []


@pytest.mark.parametrize("name", ["docs/properties.rst", "README.rst", "CHANGES.rst"])
def test_what_people_read_is_restructured_text(name: str) -> None:
    problems = io.StringIO()
    settings = {"report_level": 2, "halt_level": 5, "warning_stream": problems}
    core.publish_doctree((ROOT / name).read_text(encoding="utf-8"), settings_overrides=settings)
    assert problems.getvalue() == ""
