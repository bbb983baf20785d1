"""Data classes of dirg's own making are as those of Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace
from functools import partial
from typing import Any

import pytest

from dirg import records

Decorator = Callable[[type], type]
OURS = partial(records.dataclass, frozen=True)
THEIRS = partial(dataclasses.dataclass, frozen=True)
BOTH = pytest.mark.parametrize("decorator", [OURS(), THEIRS()], ids=["ours", "theirs"])
ALL = pytest.mark.parametrize(
    "decorator",
    [OURS(), THEIRS(), OURS(slots=True), THEIRS(slots=True)],
    ids=["ours", "theirs", "ours with slots", "theirs with slots"],
)


def point(decorator: Decorator) -> Any:
    class Point:
        x: int
        y: int = 0
        tags: list[str] = field(default_factory=list, compare=False)
        note: str = field(default="", repr=False)
        cache: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    return decorator(Point)


@ALL
def test_what_an_object_is_made_of(decorator: Decorator) -> None:
    made = point(decorator)
    one = made(1)
    assert (one.x, one.y, one.tags, one.note, one.cache) == (1, 0, [], "", {})
    other = made(1, 2, tags=["a"], note="n")
    assert (other.x, other.y, other.tags, other.note) == (1, 2, ["a"], "n")
    assert made(1).tags is not one.tags
    assert made(1).cache is not one.cache


@ALL
@pytest.mark.parametrize(
    ("words", "named"), [((), {}), ((1, 2, [], "", {}), {}), ((1,), {"z": 1}), ((1,), {"x": 1})]
)
def test_what_makes_no_object(
    decorator: Decorator, words: tuple[object, ...], named: dict[str, object]
) -> None:
    made = point(decorator)
    for _ in range(2):
        with pytest.raises(TypeError):
            made(*words, **named)


@ALL
def test_which_objects_are_the_same(decorator: Decorator) -> None:
    made = point(decorator)
    assert made(1) == made(1, tags=["a"])
    assert hash(made(1)) == hash(made(1, 0))
    assert made(1) != made(1, 1)
    assert made(1) != (1, 0, "")
    assert repr(made(1, tags=["a"])).endswith("Point(x=1, y=0, tags=['a'])")


@ALL
def test_another_one_with_something_else(decorator: Decorator) -> None:
    made = point(decorator)
    assert replace(made(1, 2, note="n"), x=3) == made(3, 2, note="n")
    with pytest.raises((TypeError, ValueError)):
        replace(made(1), cache={})


@BOTH
def test_what_is_made_of_what_was_given(decorator: Decorator) -> None:
    class Sum:
        x: int
        y: int
        total: int = 0

        def __post_init__(self) -> None:
            object.__setattr__(self, "total", self.x + self.y)

    made: Any = decorator(Sum)
    assert made(1, 2).total == 3
    assert made(1, y=4).total == 5


@BOTH
def test_one_that_has_more(decorator: Decorator) -> None:
    base: Any = point(decorator)

    class Named(base):  # type: ignore[misc]
        name: str = "origin"

    class Plain(base):  # type: ignore[misc]
        pass

    named: Any = decorator(Named)
    assert (named(1, name="a").x, named(1, name="a").name) == (1, "a")
    assert (Plain(2).x, base(3).x, named(4).x) == (2, 3, 4)
    assert [each.name for each in dataclasses.fields(named)][-1] == "name"


def test_many_at_once_make_the_first_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            made = point(OURS())
            assert [each.x for each in pool.map(made, range(8))] == [*range(8)]


def test_a_method_that_is_written_stays() -> None:
    @records.dataclass(frozen=True)
    class Named:
        name: str

        def __repr__(self) -> str:
            return self.name

    assert repr(Named("a")) == "a"
