"""How long dirg takes before it does anything, beside Python and the libraries that it needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import descriptions
from benchmarks.bench import Bench
from benchmarks.measure import Unmeasured, Work, in_turn
from benchmarks.rows import Reach, Row, compared, missing

_CLICK = "import click"
_DESCRIBING = "import yaml, jinja2, click"
_ASKING = "import sh, jinja2, yaml, click"


def rows(bench: Bench) -> Iterator[Row]:
    small = descriptions.write(bench.work / "small", descriptions.dirg(4, 4))
    loop = descriptions.write(bench.work / "loop", descriptions.dirg_loop(4, 4))
    words = {"_DIRG_COMPLETE": "bash_complete", "COMP_WORDS": "dirg r", "COMP_CWORD": "1"}
    names = {"_DIRG_COMPLETE": "bash_complete", "COMP_WORDS": "dirg run c", "COMP_CWORD": "2"}
    yield from _beside(
        bench,
        _CLICK,
        1.35,
        {
            "dirg --version": bench.dirg("--version"),
            "dirg --help": bench.dirg("--help"),
            "completing a command": bench.dirg(env=words),
            "completing a container": bench.dirg(folder=small, env=names),
            "dirg completion bash": bench.dirg("completion", "bash"),
        },
    )
    completing = {"completing a container of a loop": bench.dirg(folder=loop, env=names)}
    yield from _beside(bench, _DESCRIBING, 1.35, completing)
    printing = {"run -n of 4 containers": bench.dirg("run", "-n", folder=small)}
    yield from _beside(bench, _DESCRIBING, 1.25, printing)
    try:
        yield from _asking(bench)
    except Unmeasured as problem:
        yield missing("ps of one host", "", str(problem))


def _beside(bench: Bench, code: str, most: float, works: dict[str, Work]) -> Iterator[Row]:
    """Each of these takes turns with the same Python program."""
    # Single runs are short and vary, so more of them are needed.
    rounds = bench.rounds * 3
    for what, work in works.items():
        found = in_turn({"dirg": work, "python": bench.python(code)}, rounds)
        yield compared(what, code, found["dirg"], found["python"], Reach(most))


def _asking(bench: Bench) -> Iterator[Row]:
    """``ps`` of a host with four containers, which take no part but in the answer."""
    host = bench.lab.hosts[0]
    text = descriptions.live("busybox", [host], 4)
    folder = descriptions.write(bench.work / "asking", text)
    in_turn({"run": bench.dirg("run", folder=folder)}, 0)
    python = bench.python(_ASKING)
    asking = [(sys.executable, "-c", _ASKING), ("docker", "-H", host, "ps")]
    works = {"dirg": bench.dirg("ps", folder=folder), "both": replace(python, commands=asking)}
    try:
        found = in_turn(works, bench.rounds * 3)
    finally:
        in_turn({"rm": bench.dirg("rm", folder=folder)}, 0)
    what = "ps of one host with 4 containers"
    yardstick = f"{_ASKING}; docker ps"
    yield compared(what, yardstick, found["dirg"], found["both"], Reach(1.25))
