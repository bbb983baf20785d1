"""Moments of time, as people write them and as docker takes them."""

from __future__ import annotations

import time

import pytest

from dirg.moments import moment

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10m", NOW - 600),
        ("1h30m", NOW - 5400),
        ("1.5h", NOW - 5400),
        ("2s500ms", NOW - 2.5),
        ("1136073845", 1136073845.0),
        ("1136073845.25", 1136073845.25),
        ("2006-01-02T15:04:05Z", 1136214245.0),
        ("2006-01-02T15:04:05.5+01:00", 1136210645.5),
        ("2006-01-02T15:04:05.123456789Z", 1136214245.123456),
        ("2006-01-02T15:04Z", 1136214240.0),
        ("2006-01-02T15Z", 1136214000.0),
        ("2006-01-02Z", 1136160000.0),
    ],
)
def test_moments(written: str, expected: float) -> None:
    assert moment(written, NOW) == pytest.approx(expected, abs=1e-6)


def test_without_a_zone_it_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "XXX-3")
    time.tzset()
    try:
        assert moment("2006-01-02", NOW) == 1136160000.0 - 3 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("written", ["", "yesterday", "10m ago", "2006-01-02 15:04", "-5m", "m"])
def test_what_is_none(written: str) -> None:
    with pytest.raises(
        ValueError, match="is no time; write 10m, 2025-01-31 or 2025-01-31T12:00:00Z"
    ):
        moment(written, NOW)


def test_a_date_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"^'2025-02-30' is no time: day "):
        moment("2025-02-30", NOW)
