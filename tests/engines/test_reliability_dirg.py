"""dirg that is killed, has no room left, or has not the docker CLI that it needs.

Each fault and each command is a cell of the tables in docs/reliability.rst.
"""

from __future__ import annotations

import pytest

from tests.engines.cells import test_a_cell, test_what_pulls_nothing_asks_no_registry
from tests.engines.matrix import ON_DIRG

__all__ = ["test_a_cell", "test_what_pulls_nothing_asks_no_registry"]
pytestmark = pytest.mark.parametrize("fault", ON_DIRG, scope="module")
