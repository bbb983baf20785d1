"""Names and globs on the command line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from dirg import selection
from dirg.errors import UsageError
from tests.helpers import SERVICES, described

if TYPE_CHECKING:
    from dirg.definitions import Description

CONTAINERS = "web1: {image: i}\nweb2: {image: i}\ndb: {image: i}\nlone: {image: i}\n"
GROUPS = "web: [web1, web2]\nback: [db]\napp: [web, back, web1]\n"
WITH_ALL = GROUPS + "all: [back, web2]\n"


def description(services: str) -> Description:
    return described(CONTAINERS, services)


@pytest.mark.parametrize(
    ("services", "names", "chosen"),
    [
        (GROUPS, "", "web1 web2 db lone"),
        (GROUPS, "all", "web1 web2 db lone"),
        (WITH_ALL, "", "db web2"),
        (WITH_ALL, "all", "db web2"),
        (GROUPS, "web", "web1 web2"),
        (GROUPS, "app", "web1 web2 db"),
        (GROUPS, "db web1", "db web1"),
        (GROUPS, "web2 web", "web2 web1"),
        (GROUPS, "web?", "web1 web2"),
        (GROUPS, "b*", "db"),
        (GROUPS, "[dl]*", "db lone"),
        (GROUPS, "w*", "web1 web2"),
        (GROUPS, "*", "web1 web2 db lone"),
        (WITH_ALL, "al*", "db web2"),
        ("db: [web1, db]\n", "db", "web1 db"),
        ("s1: [db, db]\n", "s1", "db"),
        ("s1: []\n", "s1", ""),
        ("all: []\n", "", ""),
        ("{}", "", "web1 web2 db lone"),
    ],
)
def test_what_names_stand_for(services: str, names: str, chosen: str) -> None:
    assert selection.select(description(services), names.split()) == tuple(chosen.split())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["wbe1"], "unknown name 'wbe1': did you mean web1?"),
        (["lonely"], "unknown name 'lonely': did you mean lone?"),
        (["x*"], "unknown name 'x*': known: web, back, app, web1, web2, db, lone, all"),
        (
            ["web1", "lonely", "xyz"],
            "unknown name 'lonely': did you mean lone?; "
            "unknown name 'xyz': known: web, back, app, web1, web2, db, lone, all",
        ),
        (["WEB1"], "unknown name 'WEB1': known: web, back, app, web1, web2, db, lone, all"),
        ([""], "unknown name '': known: web, back, app, web1, web2, db, lone, all"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(names: list[str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        selection.select(description(GROUPS), names)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("services", "messages"),
    [
        ("s1: [absent, web3]\n", [
            "1:6: service s1: unknown name 'absent': known: web1, web2, db, lone, s1",
            "1:14: service s1: unknown name 'web3': did you mean web2 or web1?"]),
        ("s1: [web*]\n", ["1:6: service s1: unknown name 'web*': did you mean web2 or web1?"]),
        ("s1: [s2]\ns2: [s3, web1]\ns3: [s1]\n", [
            "1:1: services list each other without end: s1 -> s2 -> s3 -> s1; "
            "leave out one of these"]),
        ("s0: [s1]\ns1: [s2]\ns2: [s1]\n", [
            "2:1: services list each other without end: s1 -> s2 -> s1; leave out one of these"]),
        ("s1: [s1]\n", [
            "1:1: services list each other without end: s1 -> s1; leave out one of these"]),
        ("s1: []\n", ["1:1: service s1 lists nothing; list its containers, or leave it out"]),
        ("all:\n", ["1:1: service all lists nothing; list its containers, or leave it out"]),
    ],
)  # fmt: skip
def test_mistakes_in_services(services: str, messages: list[str]) -> None:
    assert list(map(str, selection.mistakes(description(services)))) == [
        f"{SERVICES}:{message}" for message in messages
    ]


@pytest.mark.parametrize(
    ("edges", "circle"),
    [
        ({}, []),
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
        ({"a": ["elsewhere"]}, []),
        ({"a": ["a"]}, [["a", "a"]]),
        ({"a": ["b"], "b": ["a"]}, [["a", "b", "a"]]),
        ({"z": ["a"], "a": ["x", "b"], "x": [], "b": ["a"]}, [["a", "b", "a"]]),
    ],
)
def test_cycles(edges: dict[str, list[str]], circle: list[list[str]]) -> None:
    assert list(selection.cycles(edges)) == circle


def test_a_long_chain_is_no_cycle() -> None:
    names = [str(number) for number in range(5000)]
    edges = {name: [after] for name, after in pairwise(names)}
    assert list(selection.cycles(edges)) == []


def test_many_ways_to_the_same_node_take_no_time() -> None:
    layers = {f"{n}{s}": [f"{n + 1}a", f"{n + 1}b"] for n in range(60) for s in "ab"}
    assert list(selection.cycles(layers)) == []


def test_the_services_of_a_container() -> None:
    found = selection.services_of(description(WITH_ALL))
    assert found == {
        "web1": ("web", "app"),
        "web2": ("web", "app"),
        "db": ("back", "app"),
        "lone": (),
    }
    assert selection.services_of(description("all: [db]\n"))["db"] == ("all",)
