"""How many docker commands dirg executes: exact numbers, whatever the machine.

The yardstick is how many commands ``-n`` prints of the same, which asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks import engines, replay, stand_ins
from benchmarks.bench import Bench
from benchmarks.measure import Cost, Work, run
from benchmarks.rows import Row

_COUNT = 24
# In this order, so that there is something to do for each of them.
_VERBS = ("pull", "run", "run", "ps", "stop", "rm")


def rows(bench: Bench) -> Iterator[Row]:
    folder = engines.described(bench, bench.lab.image, _COUNT)
    env, log = stand_ins.recording(bench.work / "recording")
    done: set[str] = set()
    try:
        for verb in _VERBS:
            what = f"{verb}, nothing to do" if verb in done else verb
            yield _counted(what, bench.dirg(verb, folder=folder), env, log)
            done.add(verb)
    finally:
        run(bench.dirg("rm", folder=folder))


def _counted(what: str, work: Work, env: Mapping[str, str], log: Path) -> Row:
    log.write_text("")
    run(replace(work, env=env))
    kinds = stand_ins.kinds(log.read_text())
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    name = f"{_COUNT} containers on 2 engines: {what}: {told}"
    ours = Cost(count=kinds.total())
    (command,) = work.commands
    if command[1] == "ps":
        return Row("", name, "", ours)
    printed = len(replay.printed(Work([(*command, "-n")], work.folder)))
    ratio = kinds.total() / printed if printed else None
    return Row("", name, "commands that -n prints", ours, Cost(count=printed), ratio)
