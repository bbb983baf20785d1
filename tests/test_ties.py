"""Which containers are replaced together, by what they have of each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg import ties
from dirg.host import Host
from dirg.state import HostState, LiveContainer
from tests.test_plan import deployed

HERE = Host("default")
CONTAINERS = {
    "web": {"image": "i", "links": ["db"], "depends_on": ["mq"], "volumes_from": ["data"]},
    "side": {"image": "i", "net": "container:web"},
    "tool": {"image": "i", "pid": "container:side", "ipc": "container:db"},
    "db": {"image": "i"},
    "mq": {"image": "i"},
    "data": {"image": "i"},
    "missing": {"image": "i", "links": ["db"]},
}


def found(*live: LiveContainer) -> ties.Users:
    known = deployed(CONTAINERS)
    names = [name for name in CONTAINERS if name != "missing"]
    there = {name: LiveContainer(name, id=f"id-{name}") for name in names}
    there.update({each.name: each for each in live})
    return ties.users(known, {known[0].host: HostState(there)})


def test_what_hangs_on_what_by_definition() -> None:
    assert found() == {
        "db": {"web": "links", "tool": "ipc"},
        "web": {"side": "net"},
        "side": {"tool": "pid"},
    }
    assert ties.all_users(found(), "db") == {
        "web": ("links", "db"),
        "tool": ("ipc", "db"),
        "side": ("net", "web"),
    }
    assert ties.all_users(found(), "mq") == {}


@pytest.mark.parametrize("mode", ["NetworkMode", "PidMode", "IpcMode"])
def test_what_hangs_on_what_as_it_is(mode: str) -> None:
    how = {"NetworkMode": "net", "PidMode": "pid", "IpcMode": "ipc"}[mode]
    stranger = LiveContainer(
        "stranger", id="s", found={"host_config": {mode: "container:id-mq", "Other": 3}}
    )
    linked = LiveContainer("data", linked_by=("other", "web.dirg-old"))
    users = found(stranger, linked, LiveContainer("other"))
    assert users["mq"] == {"stranger": how}
    assert users["data"] == {"other": "links"}


def anew(settings: dict[str, object], *others: LiveContainer, **mounts: str) -> list[str]:
    """What has been made anew since a container was, by what docker tells of it."""
    found: dict[str, object] = {"host_config": settings, "mounts": volumes(**mounts)}
    live = LiveContainer("web", id="w", found=found)
    there = HostState({each.name: each for each in (live, *others)})
    return [f"{each.property}: {each.found}" for each in ties.stale(live, there)]


def volumes(**mounts: str) -> list[dict[str, str]]:
    return [
        {"Type": "volume", "Destination": f"/{at}", "Name": name} for at, name in mounts.items()
    ]


def data(name: str, identity: str, **mounts: str) -> LiveContainer:
    return LiveContainer(name, id=identity, found={"mounts": volumes(**mounts)})


def test_a_link_to_what_was_made_anew() -> None:
    links: dict[str, object] = {"Links": ["/db:/web/db", "/db:/web/other"]}
    assert anew(links, LiveContainer("db", linked_by=("web",))) == []
    assert anew(links, LiveContainer("db")) == ["links: the db of before"]
    assert anew(links) == ["links: the db of before"]


def test_volumes_of_what_was_made_anew() -> None:
    of: dict[str, object] = {"VolumesFrom": ["d1:ro"]}
    assert anew(of, data("d1", "1", a="v"), a="v") == []
    assert anew(of, data("d1", "1", a="new"), a="v") == ["volumes_from: the d1 of before"]
    assert anew(of, a="v") == ["volumes_from: the d1 of before"]
    # Its own mount at that place goes before.
    assert anew({**of, "Binds": ["mine:/a"]}, data("d1", "1", a="new"), a="mine") == []
    # The last one counts, and a container may be named by its id.
    two: dict[str, object] = {"VolumesFrom": ["d1", "2"]}
    both = data("d1", "1", a="v"), data("d2", "2", a="w")
    assert anew(two, *both, a="w") == []
    assert anew(two, *both, a="v") == ["volumes_from: the d2 of before"]
    assert anew({"VolumesFrom": ["web"]}, a="v") == []


def test_groups_stand_after_what_they_need() -> None:
    needs = {"web": ["db", "cache"], "db": [], "cache": [], "side": ["web"], "mq": ["web"]}
    assert ties.groups(needs, []) == [["db"], ["cache"], ["web"], ["side"], ["mq"]]
    tied = [("db", "web"), ("web", "side")]
    assert ties.groups(needs, tied) == [["cache"], ["db", "web", "side"], ["mq"]]


def test_what_is_needed_between_two_of_a_group_belongs_to_it() -> None:
    needs = {"web": ["db", "cache"], "cache": ["db"], "db": [], "mq": []}
    assert ties.groups(needs, [("db", "web")]) == [["db", "cache", "web"], ["mq"]]


@st.composite
def needs_and_ties(draw: st.DrawFn) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    names = [f"c{number}" for number in range(draw(st.integers(1, 8)))]
    order = draw(st.permutations(names))
    needs = {
        name: sorted(draw(st.sets(st.sampled_from(order[: order.index(name)]))))
        if order.index(name)
        else []
        for name in names
    }
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=6))
    return needs, pairs


@given(needs_and_ties())
def test_groups_of_anything(case: tuple[dict[str, list[str]], list[tuple[str, str]]]) -> None:
    needs, tied = case
    groups = ties.groups(needs, tied)
    order = [name for names in groups for name in names]
    assert sorted(order) == sorted(needs)
    where = {name: number for number, names in enumerate(groups) for name in names}
    assert all(where[one] == where[other] for one, other in tied)
    for name, needed in needs.items():
        for each in needed:
            assert order.index(each) < order.index(name)
