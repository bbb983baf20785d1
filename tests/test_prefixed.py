"""The colours of the names before lines."""

from __future__ import annotations

import pytest

from dirg.prefixed import COLOURS

# What the six steps of red, green and blue are, of which 216 of the 256 colours are made (xterm).
LEVELS = (0, 95, 135, 175, 215, 255)


def luminance(colour: int) -> float:
    """The relative luminance of a colour (WCAG 2.1)."""
    parts = (LEVELS[(colour - 16) // step % 6] / 255 for step in (36, 6, 1))
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", COLOURS)
def test_a_name_can_be_read_on_white_and_on_black(colour: int) -> None:
    light = luminance(colour)
    assert 1.05 / (light + 0.05) >= 3
    assert (light + 0.05) / 0.05 >= 3
