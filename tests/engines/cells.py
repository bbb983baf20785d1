"""Compares what came of commands with what is written of it: the tests of each group of faults."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.engines.befalling import BEFALLING
from tests.engines.matrix import COMMANDS, DONE, FAULTS, NOTHING_BEGUN, Cell, left, pattern
from tests.engines.playing import Played
from tests.engines.scenes import DEEDS, OVERHEAD, Scene
from tests.helpers import Answer

# A host is asked twice before it is taken for dead, and first after the same while.
TIMES = 3


@pytest.mark.parametrize("key", COMMANDS)
def test_a_cell(fault: str, key: str, played: tuple[Scene, dict[str, Played]]) -> None:
    scene, found = played
    assert_cell(fault, key, scene, found[key])


def test_what_pulls_nothing_asks_no_registry(played: tuple[Scene, dict[str, Played]]) -> None:
    assert_asked(played[0])


def assert_cell(fault: str, key: str, scene: Scene, played: Played) -> None:
    """It ends in time, says so in a line, has left what is written, and loses nothing."""
    cell, came = FAULTS[fault].row[key], played.came
    assert_said(cell, came.answer, words_of(scene, key))
    assert came.seconds < TIMES * scene.limit + OVERHEAD
    there = dict(came.left)
    assert there.pop("other", "missing") == expected_elsewhere(fault, key)
    assert there == left(cell.left)
    assert_again(cell, key, played, words_of(scene, key))
    assert all("kept\n" in volume for volume in played.kept), played.kept
    if key == "logs" and BEFALLING[fault].held and fault != "name taken":
        # What it wrote before is still there.
        assert "early" in played.again.lines


def assert_said(cell: Cell, answer: Answer, words: Mapping[str, str]) -> None:
    """One line says it; there are lines of dirg, none of Python, and none that nobody can read."""
    status = 137 if answer.status == -9 else answer.status
    assert (status, answer.error == "") == (cell.status, cell.says == ""), answer
    expected = [each for each in (cell.says, cell.newer) if each]
    assert not expected or any(says(each, answer.error, words) for each in expected), answer.error
    assert "Traceback" not in answer.output + answer.error
    lines = answer.error.splitlines()
    assert all(re.match(r"dirg: |not done:$|  +\S|$", line) for line in lines), lines
    assert max(map(len, lines), default=0) < 2500


def words_of(scene: Scene, key: str) -> dict[str, str]:
    """What stands for the words of a cell."""
    act = scene.acts[key]
    return {
        "HOST": scene.dead.written,
        "IMAGE": act.environ.get("IMAGE", ""),
        "web": act.web,
    }


def says(cell_says: str, error: str, words: Mapping[str, str]) -> bool:
    """Whether a line of what dirg has said is the one that is expected."""
    wanted = pattern(cell_says, words)
    lines = [line.removeprefix("dirg: ").strip() for line in error.splitlines()]
    # The CLI 20.10 ends some of its lines with a full stop.
    return any(wanted.fullmatch(it) or wanted.fullmatch(it.removesuffix(".")) for it in lines)


def expected_elsewhere(fault: str, key: str) -> str:
    """The state of the container on the host that is well."""
    if fault in NOTHING_BEGUN:
        return "missing" if key in ("run", "pull") else "running"
    if key == "logs":
        # It is removed to end what follows it, where the other one is lost.
        return "missing" if BEFALLING[fault].logs == "lost" else "running"
    return {"rm": "missing", "pull": "missing", "stop": "exited"}.get(key, "running")


def assert_again(cell: Cell, key: str, played: Played, words: Mapping[str, str]) -> None:
    """What the next call of the command does."""
    assert "Traceback" not in played.again.error
    after = dict(played.after)
    after.pop("other", None)
    if cell.again:
        assert played.again.status == 1
        assert says(cell.again, played.again.error, words), played.again.error
        assert after == left(cell.left)
        return
    assert (played.again.status, played.again.error) == (0, ""), played.again
    expected = left(cell.left if key == "logs" else DONE[key])
    # What somebody else has is theirs.
    expected |= {name: state for name, state in after.items() if name == "web.away"}
    assert after == expected


def assert_asked(scene: Scene) -> None:
    """Only what pulls has asked the registry for anything."""
    asked = {path.split("/")[2] for path in scene.road.asked if path != "/v2/"}
    assert asked == {deed.image for deed in DEEDS if deed.image}
