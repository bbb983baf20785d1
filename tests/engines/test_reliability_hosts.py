"""Hosts that die, or have no room left, while commands are at work on them.

Each fault and each command is a cell of the tables in docs/reliability.rst.
"""

from __future__ import annotations

import pytest

from tests.engines.cells import assert_asked, assert_cell
from tests.engines.matrix import COMMANDS, ON_HOSTS
from tests.engines.playing import Played
from tests.engines.scenes import Scene

pytestmark = pytest.mark.parametrize("fault", ON_HOSTS, scope="module")


@pytest.mark.parametrize("key", COMMANDS)
def test_a_cell(fault: str, key: str, played: tuple[Scene, dict[str, Played]]) -> None:
    scene, found = played
    assert_cell(fault, key, scene, found[key])


def test_what_pulls_nothing_asks_no_registry(played: tuple[Scene, dict[str, Played]]) -> None:
    assert_asked(played[0])
