"""Registries, names and answers that are not what they were, while commands are at work.

Each fault and each command is a cell of the tables in docs/reliability.rst.
"""

from __future__ import annotations

import pytest

from tests.engines.cells import test_a_cell, test_what_pulls_nothing_asks_no_registry
from tests.engines.matrix import ON_THE_WAY

__all__ = ["test_a_cell", "test_what_pulls_nothing_asks_no_registry"]
pytestmark = pytest.mark.parametrize("fault", ON_THE_WAY, scope="module")
