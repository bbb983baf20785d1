"""What fits on a terminal, and is drawn there again and again."""

from __future__ import annotations

import pytest

from dirg.watching import fitting, watched

LINES = ["one", "two", "x" * 25, "four"]


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (6, LINES),
        (9, LINES),
        (5, ["one", "two", "… 2 more lines"]),
        (3, ["one", "two", "… 2 more lines"]),
        (2, ["one", "… 3 more lines"]),
        (1, ["… 4 more lines"]),
    ],
)
def test_what_there_is_no_room_for_is_counted(rows: int, shown: list[str]) -> None:
    assert list(fitting(LINES, 10, rows)) == shown


def test_nothing_fits() -> None:
    assert list(fitting([], 10, 1)) == []


def test_what_is_watched_does_nothing_to_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", stop)
    with pytest.raises(KeyboardInterrupt):
        watched(lambda: print("a\x1b[2Jb\x85c"), 1)
    assert capsys.readouterr().out == "\x1b[2J\x1b[Ha\\x1b[2Jb\\x85c\x1b[K\n\x1b[J"
