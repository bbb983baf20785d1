"""Many docker hosts that are far away, and how many processes dirg has at once.

No engine takes part: a program stands in for docker, which waits and gives an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks import descriptions, processes, replay, stand_ins
from benchmarks.bench import Bench
from benchmarks.measure import Work, in_turn
from benchmarks.rows import Reach, Row, compared

LATENCY = 0.2
AT_ONCE = 50
_FAKE = "(fake docker)"


def rows(bench: Bench) -> Iterator[Row]:
    env = stand_ins.slow(bench.work / "slow", LATENCY)
    few = _described(bench, 100)
    for verb, most in (("ps", 1.6), ("run", 3.5)):
        work = bench.dirg("-j", str(AT_ONCE), verb, folder=few, env=env)
        yield _beside_xargs(bench, verb, work, most)
    count = 100 if bench.quick else 1000
    many = _described(bench, count)
    yield from _of_many(bench, count, bench.dirg("-j", str(AT_ONCE), "ps", folder=many, env=env))


def _described(bench: Bench, hosts: int) -> Path:
    """A container on each host."""
    return descriptions.write(bench.work / f"far{hosts}", descriptions.dirg(hosts, hosts))


def _beside_xargs(bench: Bench, verb: str, work: Work, most: float) -> Row:
    (command,) = work.commands
    told = Work([(command[0], "-d", *command[1:])], work.folder, work.env)
    lines = replay.executed(told)
    same = replay.at_once(bench, f"far-{verb}", lines, AT_ONCE, work)
    found = in_turn({"dirg": work, "xargs": same}, bench.rounds)
    what = f"100 hosts, {LATENCY * 1000:g} ms each: {verb} -j {AT_ONCE} {_FAKE}"
    yardstick = f"xargs -P{AT_ONCE} of its {len(lines)} commands"
    return compared(what, yardstick, found["dirg"], found["xargs"], Reach(most, "wall"))


def _of_many(bench: Bench, count: int, work: Work) -> Iterator[Row]:
    what = f"{count:,} hosts: ps -j {AT_ONCE} {_FAKE}"
    found = in_turn({"dirg": work}, bench.rounds)["dirg"]
    yield compared(f"{what}, memory", "", found, reach=Reach(200, "memory"))
    most = [processes.most(work)]
    yield compared(f"{what}, processes at once", "", most, reach=Reach(AT_ONCE, "count"))
