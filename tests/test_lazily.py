"""Modules that wait until somebody uses them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dirg.lazily import put_off


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that nobody has read in."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    return "colorsys"


def test_it_waits_until_somebody_uses_it(forgotten: str) -> None:
    with put_off(forgotten, ONE_THIRD="a third"):
        import colorsys

        assert colorsys.ONE_THIRD == "a third"  # type: ignore[comparison-overlap]
    assert forgotten not in sys.modules
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)
    assert sys.modules[forgotten] is not colorsys
    with pytest.raises(AttributeError):
        _ = colorsys.nosuch  # type: ignore[attr-defined]


def test_who_uses_it_at_once_gets_it_at_once(forgotten: str) -> None:
    with put_off(forgotten):
        from colorsys import ONE_SIXTH

        assert ONE_SIXTH == 1 / 6
        assert sys.modules[forgotten].__spec__ is not None
    assert forgotten in sys.modules


def test_what_was_read_in_stays() -> None:
    import colorsys

    with put_off("colorsys", ONE_THIRD=3):
        import colorsys as again

    assert again is colorsys is sys.modules["colorsys"]


def test_a_mistake_leaves_nothing_behind(forgotten: str) -> None:
    with pytest.raises(ValueError, match="no"), put_off(forgotten):
        raise ValueError("no")
    assert forgotten not in sys.modules


SCRIPT = """
import sys
from dirg import launch
assert not {"asyncio", "importlib.metadata"} & {*sys.modules}
def said(*words):
    with open(sys.argv[1], "wb") as out:
        process = launch.start(launch.find("echo"), words, {}, None, out, out, lambda: None)
        assert launch.end_of(process) == 0
    return open(sys.argv[1]).read()
assert said("a") == "a\\n"
assert not {"asyncio", "importlib.metadata"} & {*sys.modules}
async def within():
    return said("b")
import asyncio
assert asyncio.run(within()) == "b\\n"
import sh
async def lines():
    return [line async for line in sh.echo("c", _async=True)]
assert asyncio.run(lines()) == ["c\\n"]
"""


def test_sh_works_without_asyncio_and_with_it(tmp_path: object) -> None:
    command = [sys.executable, "-c", SCRIPT, f"{tmp_path}/out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
