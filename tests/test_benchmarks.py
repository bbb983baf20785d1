"""The parts of the benchmarks that need no engine: figures, tables, and who is told what."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks import descriptions, measure, processes, stand_ins, table
from benchmarks.measure import Cost, Unmeasured, Work
from benchmarks.rows import Reach, Row, compared, missing
from tests.helpers import describe, dirg

HOSTS = ["tcp://10.0.0.1:2375", "tcp://10.0.0.2:2375"]


def test_medians_are_of_each_figure_by_itself() -> None:
    costs = [Cost(3, 10, 7), Cost(1, 30, 9), Cost(2, 20, 8)]
    assert measure.median(costs) == Cost(2, 20, 8)


def test_what_was_not_measured_has_no_median() -> None:
    assert measure.median([Cost(count=4), Cost(count=6)]) == Cost(count=5)


def test_a_ratio_is_that_of_pairs() -> None:
    # The machine was slow in the second round only: the medians would say 1.
    ours, theirs = [Cost(2), Cost(20), Cost(2)], [Cost(1), Cost(10), Cost(4)]
    assert measure.ratio(ours, theirs, "wall") == 2


def test_there_is_no_ratio_to_nothing() -> None:
    assert measure.ratio([Cost(2)], [Cost(0)], "wall") is None
    assert measure.ratio([Cost(2)], [Cost(2)], "memory") is None


@pytest.mark.parametrize(
    ("reach", "met"),
    [
        (None, None),
        (Reach(2), True),
        (Reach(1.9), False),
        (Reach(4, "wall"), True),
        (Reach(3.9, "wall"), False),
        (Reach(30, "memory"), True),
        (Reach(29, "memory"), False),
        (Reach(1, "count"), None),
    ],
)
def test_a_reach(reach: Reach | None, met: bool | None) -> None:
    row = compared("it", "that", [Cost(4, 3, 30)], [Cost(2, 1, 20)], reach)
    assert row.met is met


ROWS = [
    Row("start", "run", "click", Cost(0.1234, 0.1, 33.3), Cost(0.05, 0.004, 20), 2.5, Reach(1.35)),
    Row("start", "ps", "", Cost(count=26), reach=Reach(50, "count")),
    Row("more", "config", "podman", note="not measured: it is left out"),
]


def test_a_table_for_people() -> None:
    assert table.text(ROWS).split("\n") == [
        "What    dirg s  CPU s  MiB  Yardstick                             its s   CPU s  MiB"
        "  Ratio   Reach  Met",
        "",
        "[start]",
        "run      0.123  0.100   33  click                                 0.050  0.0040   20"
        "   2.50  1.35 x   NO",
        "ps          26                                                                     "
        "              50  yes",
        "",
        "[more]",
        "config                      podman: not measured: it is left out",
        "",
    ]


def test_a_table_for_a_page_of_documentation() -> None:
    lines = table.rst(ROWS).split("\n")
    assert lines[:3] == [".. list-table:: start", "   :header-rows: 1", ""]
    assert lines[14:25] == [
        "   * - run",
        "     - 0.123",
        "     - 0.100",
        "     - 33",
        "     - click",
        "     - 0.050",
        "     - 0.0040",
        "     - 20",
        "     - 2.50",
        "     - 1.35 x",
        "     - NO",
    ]
    # Every line of a table has as many cells, or it is none.
    for part in table.rst(ROWS).split("   * -")[1:]:
        assert part.count("     -") == len(table.HEADINGS) - 1


def test_a_page_of_documentation_has_what_means_something_there_as_it_is() -> None:
    assert r"   * - \_fg\*\`\|\\" in table.rst([Row("", "_fg*`|\\")])


def test_figures_come_back_from_a_file() -> None:
    saved = table.dump({"Python": "3.13"}, ROWS)
    assert table.load(saved) == ({"Python": "3.13"}, ROWS)
    assert [row["met"] for row in json.loads(saved)["rows"]] == [False, True, None]


def test_what_is_missing_says_why() -> None:
    assert "not measured: no podman" in table.text([missing("config", "podman", "no podman")])


def test_a_process_is_accounted(tmp_path: Path) -> None:
    code = "import time; held = bytearray(64 << 20); time.sleep(0.2)"
    cost = measure.run(Work([(sys.executable, "-c", code)], tmp_path))
    assert cost.wall is not None
    assert cost.wall >= 0.2
    assert cost.memory is not None
    assert cost.memory >= 64
    # Sleeping takes no processor.
    assert cost.cpu is not None
    assert cost.cpu > 0


def test_contenders_take_turns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    works = {name: Work([("sh", "-c", f"echo {name} >>log")], tmp_path) for name in "ab"}
    found = measure.in_turn(works, 2)
    assert log.read_text().split() == ["a", "b"] * 3
    assert {name: len(costs) for name, costs in found.items()} == {"a": 2, "b": 2}


def test_a_failure_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(Unmeasured, match=r"status 3: no such thing$"):
        measure.run(Work([("sh", "-c", "echo no such thing >&2; exit 3")], tmp_path))
    with pytest.raises(Unmeasured, match="/no/such/program"):
        measure.run(Work([("/no/such/program",)], tmp_path))


def test_what_does_not_end_is_ended(tmp_path: Path) -> None:
    work = Work([("sh", "-c", "echo $$ >pid; sleep 1000 & wait")], tmp_path)
    with pytest.raises(Unmeasured, match=r"no end within 0\.5 s"):
        measure.run(work, limit=0.5)
    process = Path("/proc", (tmp_path / "pid").read_text().strip())
    # Whoever takes over orphans may need a while to notice the end of one.
    until = time.monotonic() + 10
    while process.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert not process.exists()


def test_processes_are_counted(tmp_path: Path) -> None:
    work = Work([("sh", "-c", "for n in 1 2 3; do sleep 1 & done; wait")], tmp_path)
    assert processes.most(work).count == 3


# --- descriptions ----------------------------------------------------------------------------


def _shown(text: str) -> dict[str, dict[str, Any]]:
    """The containers of a description, as dirg understands them."""
    describe(text)
    answer = dirg("show")
    assert answer.status == 0, answer.error
    *_, containers = yaml.load_all(answer.output, yaml.BaseLoader)
    return dict(containers)


def _as_in_compose(name: str, container: dict[str, Any]) -> dict[str, Any]:
    ports = [f"{there}:{inside}" for inside, there in container["port_bindings"].items()]
    words = container["command"]
    return {
        "image": container["image"],
        "container_name": name,
        "hostname": name,
        "environment": container["env"],
        "ports": ports,
        "volumes": container["volumes"],
        "restart": container["restart"],
        "command": words if isinstance(words, str) else shlex.join(words),
    }


def test_compose_is_told_the_same_as_dirg() -> None:
    told = yaml.load(descriptions.compose(30), yaml.BaseLoader)["services"]
    found = {
        name: _as_in_compose(name, each) for name, each in _shown(descriptions.dirg(30, 4)).items()
    }
    assert found == told


def test_a_loop_describes_the_same() -> None:
    describe(descriptions.dirg(30, 4))
    written = dirg("run", "-n")
    describe(descriptions.dirg_loop(30, 4))
    looped = dirg("run", "-n")
    assert written.status == 0, written.error
    assert looped.output == written.output


def test_containers_are_spread_over_hosts() -> None:
    shown = _shown(descriptions.dirg(30, 4))
    hosts = Counter(each["docker_host"] for each in shown.values())
    assert sorted(hosts.values()) == [7, 7, 8, 8]
    assert len(set(descriptions.addresses(1000))) == 1000


@pytest.mark.parametrize("count", [3, 30, 60])
def test_services(count: int) -> None:
    describe(descriptions.dirg(30, 4, count))
    assert dirg("run", "-n").commands.count(" run -d ") == 30
    groups = yaml.safe_load(descriptions.services(30, count))
    assert len(groups) == count + 1


def test_tools_are_told_to_run_the_same_containers() -> None:
    shown = _shown(descriptions.live("busybox", HOSTS, 5))
    ours = {
        (each["docker_host"], name, each["image"], each["env"]["NAME"], *each["command"])
        for name, each in shown.items()
    }
    composed = {
        (
            where,
            service["container_name"],
            service["image"],
            service["environment"]["NAME"],
            *service["command"],
        )
        for number, where in enumerate(HOSTS)
        for service in yaml.safe_load(descriptions.live_compose("busybox", 2, number, 5))[
            "services"
        ].values()
    }
    told = yaml.safe_load(
        descriptions.live_maestro("busybox", [("10.0.0.1", 2375), ("10.0.0.2", 2375)], 5)
    )
    ships = {name: f"tcp://{it['ip']}:{it['docker_port']}" for name, it in told["ships"].items()}
    service = told["services"]["bench"]
    maestro = {
        (ships[it["ship"]], name, service["image"], it["env"]["NAME"], *it["command"])
        for name, it in service["instances"].items()
    }
    assert len(ours) == 5
    assert composed == ours
    assert maestro == ours


# --- programs in place of docker -------------------------------------------------------------


def test_a_slow_docker_answers_late(tmp_path: Path) -> None:
    env = {**os.environ, **stand_ins.slow(tmp_path / "slow", 0.3)}
    describe(descriptions.dirg(2, 2))
    began = time.monotonic()
    done = subprocess.run(["docker", "-H", "x", "run", "it"], env=env, capture_output=True)
    assert time.monotonic() - began >= 0.3
    assert done.returncode == 0
    assert len(done.stdout.split()) == 1
    answer = dirg("run", env=env)
    assert answer.status == 0, answer.error
    assert answer.output.count("created and started") == 2


def test_kinds_of_commands() -> None:
    record = "container ls\ncontainer ls\nrun -d\nimage inspect\nrun -d\nstop a\n"
    assert stand_ins.kinds(record) == {"container ls": 2, "run": 2, "image inspect": 1, "stop": 1}


def test_a_record_of_commands(programs: Path, tmp_path: Path) -> None:
    programs.mkdir()
    real = programs / "docker"
    real.write_text('#!/bin/sh\necho "real $*"\n')
    real.chmod(0o755)
    env, log = stand_ins.recording(tmp_path / "recording")
    call = ["docker", "-H", "tcp://a:1", "container", "ls", "--all"]
    done = subprocess.run(call, env={**os.environ, **env}, capture_output=True, text=True)
    assert done.stdout == "real -H tcp://a:1 container ls --all\n"
    assert stand_ins.kinds(log.read_text()) == {"container ls": 1}
