"""Lines of large files, from both ends."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg import linewise
from dirg.linewise import Line, backwards, forwards, number

TEXTS = st.lists(st.sampled_from([b"\n", b"a", b"bc", b"x" * 9, b"y" * 25])).map(b"".join)


@pytest.fixture(autouse=True, scope="module")
def _small() -> object:
    """Lines may be of ten bytes, and blocks are of seven."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(linewise, "LONGEST", 10)
        patched.setattr(linewise, "_BLOCK", 7)
        yield


def expected(text: bytes) -> list[Line]:
    lines, at = [], 0
    for line in text.split(b"\n"):
        lines.append(Line(at, line if len(line) <= 10 else None))
        at += len(line) + 1
    return lines


@given(TEXTS, TEXTS)
def test_both_ways_give_the_same_lines(text: bytes, more: bytes) -> None:
    """What comes after the end that was known is nobody's business."""
    file = io.BytesIO(text + more)
    end = len(text)
    lines = expected(text)
    assert [*backwards(file, end)] == lines[::-1]
    # Behind the last line end is no line when it is read that way.
    assert [*forwards(file, end)] == (lines if lines[-1].text != b"" else lines[:-1])
    assert [number(file, line.at) for line in lines] == [*range(1, len(lines) + 1)]


def test_a_file_that_got_shorter() -> None:
    assert [*forwards(io.BytesIO(b"one\ntwo"), 100)] == [Line(0, b"one"), Line(4, b"two")]
    assert number(io.BytesIO(b"one\n"), 100) == 2


def test_little_is_read_for_the_last_lines() -> None:
    class File(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.read_bytes += size or 0
            return super().read(size)

    file = File(b"one\n" * 1000)
    lines = backwards(file, 4000)
    assert [next(lines).text for _ in range(3)] == [b"", b"one", b"one"]
    assert file.read_bytes == 14
