"""States and results as tables and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dirg import masked, overview, report
from dirg.command import Command
from dirg.host import Host
from dirg.perform import Outcome
from dirg.state import Difference, HostState, LiveContainer
from dirg.steps import Action, Deployment, Plan, Step
from dirg.waiting import Wait
from tests.helpers import defined, described

ONE, TWO = Host("tcp://one:2375", ("-H", "tcp://one:2375")), Host("two")


def test_a_table_cuts_nothing_and_has_no_trailing_blanks() -> None:
    rows = [
        {"name": "web", "host_name": "h", "on": True, "many": ["a", "b"], "count": 0},
        {"name": "a long name", "host_name": "", "on": False, "many": (), "count": None},
    ]
    assert report.table(rows, ("name", "host_name", "on", "many", "count")).split("\n") == [
        "NAME         HOST NAME  ON   MANY  COUNT",
        "web          h          yes  a,b   0",
        "a long name  -          -    -     ?",
    ]


def test_an_empty_table_has_its_headings() -> None:
    assert report.table([], ("one", "two")) == "ONE  TWO"


def test_json_is_for_programs_and_keeps_letters() -> None:
    assert report.as_json({"a": ["é"]}) == '{\n  "a": [\n    "é"\n  ]\n}'


def deployment(name: str, host: Host) -> Deployment:
    return Deployment(defined("", name), host)


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["web", "web.dirg-old"],
         "Up web; update under way or interrupted: web.dirg-old up web.dirg-old"),
        (["web.dirg-new", "web.dirg-old"],
         "not available; update under way or interrupted: web.dirg-new up web.dirg-new, "
         "web.dirg-old up web.dirg-old"),
        (["web", "web.dirg-kept-1"], "Up web"),
    ],
)  # fmt: skip
def test_ps_tells_what_an_update_has_left(names: list[str], status: str) -> None:
    live = {name: LiveContainer(name, status=f"Up {name}") for name in names}
    (row,) = overview.ps([deployment("web", ONE)], {ONE: HostState(live)}, {"web": ()})
    assert row["status"] == status


def test_a_table_fits_the_screen_of_who_looks() -> None:
    rows = [
        {"name": "web", "host": "ssh://ops@a-host.example.com", "because": "image: one -> another"},
        {"name": "a-long-name", "host": "h", "because": "x" * 30},
    ]
    assert report.table(rows, ("name", "host", "because"), 45).split("\n") == [
        "NAME         HOST             BECAUSE",
        "web          ssh://ops@a-hos  image: one ->",
        "             t.example.com    another",
        "a-long-name  h                " + "x" * 15,
        " " * 30 + "x" * 15,
    ]
    assert report.table(rows, ("name", "host", "because"), 500) == report.table(
        rows, ("name", "host", "because")
    )
    narrow = report.table(rows, ("name", "host", "because"), 10)
    assert {len(line) for line in narrow.split("\n")} <= set(range(2 * 2 + 3 * 9 + 1))
    assert "".join(narrow.split()).count("x") == 30 + 1


def test_rows_of_a_plan() -> None:
    names = ["web", "db", "side", "cache", "far"]
    deployments = [deployment(name, TWO if name == "far" else ONE) for name in names]
    env, image = Difference("env", "A=1", "A=2"), Difference("image", "", "x")
    web = Step("web", ONE, "replaced", action="replace", reasons=(env, image))
    db = Step("db", ONE, "replaced", action="replace", reasons=(Difference("force", "", ""),))
    wait = Wait(ONE, "web", "healthy")
    steps = (
        replace(web, name="web, db", together=(web, db)),
        Step("web", ONE, "healthy", wait=wait, action="wait"),
        Step("side", ONE, "running"),
        Step("cache", ONE, "", problem="is dead", reasons=(env,)),
    )
    rows = overview.planned(deployments, Plan(steps))
    assert rows[0] == {
        "kind": "container",
        "container": "web",
        "host": ONE.name,
        "action": "replace",
        "reasons": [
            {"property": "env", "found": "A=1", "wanted": "A=2"},
            {"property": "image", "found": "", "wanted": "x"},
        ],
        "problem": "",
        "because": "env: A=1 -> A=2; image: (not set) -> x",
    }
    assert [(row["container"], row["action"], row["because"]) for row in rows[1:]] == [
        ("db", "replace", "force"),
        ("side", "none", ""),
        ("cache", "fail", "env: A=1 -> A=2; is dead"),
        ("far", "fail", "unreachable"),
    ]


def test_rows_of_ps() -> None:
    names = ["web", "old", "mine", "gone", "far"]
    deployments = [deployment(name, TWO if name == "far" else ONE) for name in names]
    live = {
        "web": LiveContainer("web", image="busybox:1", status="Up 1 minute (healthy)",
                             ports="80/tcp", definition=deployments[0].definition.digest,
                             restarts=2),
        "old": LiveContainer("old", image="x", state="exited", status="Exited (0)",
                             definition="other"),
        "mine": LiveContainer("mine", image="x", status="Up", definition=""),
    }  # fmt: skip
    states = {ONE: HostState(live), TWO: HostState(error="no route")}
    services = {"web": ("front", "all"), **dict.fromkeys(names[1:], ())}
    rows = overview.ps(deployments, states, services)
    keys = ("service", "container", "host", "status", "state", "health", "restarts", "image",
            "ports", "changed")  # fmt: skip
    assert rows == [
        dict(zip(keys, row, strict=True))
        for row in [
            (["front", "all"], "web", ONE.name, "Up 1 minute (healthy)", "running", "healthy",
             2, "busybox:1", "80/tcp", False),
            ([], "old", ONE.name, "Exited (0)", "exited", "", None, "x", "", True),
            ([], "mine", ONE.name, "Up", "running", "", None, "x", "", None),
            ([], "gone", ONE.name, "not available", "", "", None, "busybox", "", False),
            ([], "far", "two", "unreachable", "", "", None, "busybox", "", None),
        ]
    ]  # fmt: skip
    assert json.loads(report.as_json(rows)) == rows
    assert {*overview.PS_COLUMNS} <= {*rows[0]}


def test_rows_of_a_service_stand_together() -> None:
    names = ["a", "b", "c", "d", "e"]
    services = {"a": ("one",), "b": ("two",), "c": ("one", "two"), "d": (), "e": ("two",)}
    rows = overview.ps([deployment(name, ONE) for name in names], {ONE: HostState()}, services)
    assert [row["container"] for row in rows] == ["a", "c", "b", "e", "d"]


@pytest.mark.parametrize(
    ("sort", "names"),
    [(None, ["a", "b", "c", "d"]), ("cpu", ["c", "b", "a", "d"]), ("memory", ["b", "a", "c", "d"])],
)
def test_stats_in_order_and_in_sum(sort: str | None, names: list[str]) -> None:
    used = {
        name: {"CPUPerc": cpu, "MemUsage": f"{memory} / 2GiB", "MemPerc": "1.5%"}
        for name, cpu, memory in [
            ("a", "0.50%", "1.5MiB"),
            ("b", "3.00%", "1GiB"),
            ("c", "12.25%", "512KiB"),
        ]
    }
    deployments = [deployment(name, TWO if name == "d" else ONE) for name in "abcd"]
    rows = overview.stats(deployments, {ONE: used, TWO: None}, sort)
    assert [row["container"] for row in rows] == names
    (total,) = overview.sums(rows)
    assert (total["container"], total["host"]) == ("sum of 3", ONE.name)
    assert (total["cpu"], total["memory"], total["memory_percent"]) == (
        "15.75%",
        "1.002GiB",
        "4.50%",
    )
    assert {*total} == {*overview.STATS_COLUMNS}


def test_rows_of_stats() -> None:
    used = {"CPUPerc": "1%", "MemUsage": "1MiB / 2MiB", "MemPerc": "50%", "NetIO": "1B / 2B",
            "BlockIO": "0B / 0B", "PIDs": "3"}  # fmt: skip
    deployments = [deployment("web", ONE), deployment("db", ONE), deployment("far", TWO)]
    rows = overview.stats(deployments, {ONE: {"web": used}, TWO: None})
    assert [tuple(row.values()) for row in rows] == [
        ("web", ONE.name, "1%", "1MiB / 2MiB", "50%", "1B / 2B", "0B / 0B", "3"),
        ("db", ONE.name, "", "", "", "", "", ""),
        ("far", "two", "", "", "", "", "", ""),
    ]
    assert all(tuple(row) == overview.STATS_COLUMNS for row in rows)


START = Command(ONE, ("start", "web"))
STEP = Step("web", ONE, "started", (Action(START),))
NOTHING = Step("proxy", TWO, "running")
OUTCOMES = [
    (Outcome(STEP, seconds=1.25), "web    tcp://one:2375  started  1.2s"),
    (Outcome(NOTHING), "proxy  two             running"),
    (Outcome(STEP, "no", failed=START, seconds=0.5),
     "web    tcp://one:2375  failed: no  0.5s"),
    (Outcome(STEP, "skipped, since it needs db", skipped=True),
     "web    tcp://one:2375  skipped, since it needs db"),
    (Outcome(NOTHING, "does not exist"), "proxy  two             failed: does not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "line"), OUTCOMES)
def test_lines_of_progress_stand_below_each_other(outcome: Outcome, line: str) -> None:
    steps = (STEP, NOTHING)
    progress = report.Progress((step.name for step in steps), (step.host.name for step in steps))
    assert progress.line(outcome) == line


def test_the_summary_tells_what_failed_and_how_to_repeat_it() -> None:
    assert report.summary([outcome for outcome, _ in OUTCOMES]).split("\n") == [
        "3 of 5 failed:",
        "  web on tcp://one:2375: no",
        "    to repeat it: docker -H tcp://one:2375 start web",
        "  web on tcp://one:2375: skipped, since it needs db",
        "  proxy on two: does not exist",
    ]


def test_there_is_no_summary_where_nothing_failed() -> None:
    assert report.summary([]) == report.summary([Outcome(STEP)]) == ""


def shown(properties: str) -> str:
    lines = "".join(f"    {line}\n" for line in properties.splitlines())
    return masked.definition(described(f"web:\n{lines}").containers["web"])


@pytest.mark.parametrize(
    "properties",
    [
        "image: busybox:1.10",
        "env:\n    A: 1.10\n    B: 0123\n    C: on\n    D: 'on'\n    E: 1e3\n    F: 22:22",
        "env:\n    A:\n    B: ''\n    C: 'null'\n    D: '1'\n    E: 2026-11-22\n    F: 1_000",
        "ports:\n- !!python/tuple [53, udp]\n- 80",
        "volumes: []\nenv: {}",
        "command: |\n    two\n    lines",
        "label:\n    é: 'a: b'\n    c: '#d'",
    ],
)
def test_a_definition_is_shown_as_it_is_written(properties: str) -> None:
    text = "".join(f"    {line}\n" for line in properties.splitlines())
    assert shown(properties) == f"web:\n{text}"


def test_a_long_value_stays_on_its_line() -> None:
    command = " ".join(["word"] * 100)
    assert shown(f"command: {command}") == f"web:\n    command: {command}\n"


def test_aliases_are_shown_in_full() -> None:
    assert shown("env: &e {A: b}\nlabel: *e") == (
        "web:\n    env:\n        A: b\n    label:\n        A: b\n"
    )


@pytest.mark.parametrize(
    ("written", "text", "data"),
    [
        ("{A: hidden, B: ~}", "\n        A: '********'\n        B: ~\n",
         {"A": "********", "B": None}),
        ("[A=hidden, B]", "\n    - A=********\n    - B\n", ["A=********", "B"]),
        ("A=hidden", " A=********\n", "A=********"),
        ("{A: [hidden]}", "\n        A: '********'\n", {"A": "********"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["secret_env", "secret-env"])
def test_secrets_are_masked(name: str, written: str, text: str, data: object) -> None:
    container = described(f"web:\n  {name}: {written}\n").containers["web"]
    assert masked.definition(container).replace('"', "'") == f"web:\n    {name}:{text}"
    assert masked.plain(container) == {name: data}


def test_a_definition_as_json_has_text_for_every_scalar() -> None:
    container = described("web: {image: i, ports: [80, [53, udp]], env: {A: 1.10, B: ~}}\n")
    assert masked.plain(container.containers["web"]) == {
        "image": "i",
        "ports": ["80", ["53", "udp"]],
        "env": {"A": "1.10", "B": None},
    }
