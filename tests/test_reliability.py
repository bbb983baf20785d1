"""What is written of faults is what the tests on engines expect."""

from __future__ import annotations

import re

import pytest

from tests.engines import matrix
from tests.engines.befalling import BEFALLING
from tests.engines.scenes import DEEDS


def test_the_tables_are_those_of_the_tests() -> None:
    assert matrix.tables_of(matrix.PAGE.read_text(encoding="utf-8")) == matrix.page()


def test_every_fault_befalls_every_command() -> None:
    tested = (*matrix.ON_HOSTS, *matrix.ON_THE_WAY, *matrix.ON_DIRG)
    assert sorted(tested) == sorted(matrix.FAULTS) == sorted(BEFALLING)
    keys = [deed.key for deed in DEEDS]
    assert {frozenset(fault.row) for fault in matrix.FAULTS.values()} == {frozenset(keys)}
    assert keys == [*matrix.COMMANDS] == [*matrix.DONE]


def test_a_command_that_fails_says_why() -> None:
    cells = [cell for fault in matrix.FAULTS.values() for cell in fault.row.values()]
    # Who is killed says nothing.
    assert all(bool(cell.says) == (cell.status in (1, 130)) for cell in cells)


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("web-run on tcp://h: no (a.b), c d", True),
        ("web-run on tcp://h: no (axb), c d", False),
        ("web-run on tcp://i: no (a.b), c d", False),
        ("web-run on tcp://h: no (a.b), c d and more", False),
    ],
)
def test_the_pattern_of_a_line(line: str, fits: bool) -> None:
    values = {"HOST": "tcp://h", "web": "web-run"}
    found = matrix.pattern("web on HOST: no (a.b), … d", values)
    assert bool(re.fullmatch(found, line)) is fits


def test_what_is_left_in_words() -> None:
    assert matrix.left("no web") == matrix.left("no image") == {}
    assert matrix.left("the image") == {"image": "there"}
    assert matrix.left("web created, web.dirg-old exited") == {
        "web": "created",
        "web.dirg-old": "exited",
    }
