"""The command line of bin/bench, which calls it with the folders that it has made."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import counts, engines, gap, latency, machine, scale, spawning, startup, table
from benchmarks.bench import Bench, Section, clean_environment, measured
from benchmarks.lab import Lab
from benchmarks.peers import Peers
from benchmarks.rows import Row

SECTIONS: dict[str, Section] = {
    "startup": startup.rows,
    "scale": scale.rows,
    "latency": latency.rows,
    "engines": engines.rows,
    "gap": gap.rows,
    "counts": counts.rows,
    "sh": spawning.rows,
}


def main() -> int:
    options = _options()
    if options.load:
        facts, rows = table.load((options.here / options.load).read_text())
        print(_printed(facts, rows, options.format), end="")
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    lab = Lab()
    bench = Bench(options.work, Peers(options.peers), options.quick, lab)
    with clean_environment():
        try:
            facts, rows = _measured(bench, options.names or _default(options.quick))
        finally:
            lab.down()
    if options.save:
        (options.here / options.save).write_text(table.dump(facts, rows))
    print(_printed(facts, rows, options.format), end="")
    return 1 if any(row.note for row in rows) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--format", choices=("table", "json", "rst"), default="table")
    parser.add_argument("--save", type=Path, metavar="FILE")
    parser.add_argument("--from", type=Path, metavar="FILE", dest="load")
    parser.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peers", type=Path, required=True, help=argparse.SUPPRESS)
    # Where whoever calls it is: files that are named are relative to that.
    parser.add_argument("--here", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_intermixed_args()
    for name in options.names:
        if name not in SECTIONS:
            parser.error(f"there is no {name}; there are {', '.join(SECTIONS)}")
    return options


def _default(quick: bool) -> list[str]:
    """What is measured unless something is named; what sh costs takes too long for a quick look."""
    return [name for name in SECTIONS if not (quick and name == "sh")]


def _stop(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _measured(bench: Bench, names: Sequence[str]) -> tuple[dict[str, Any], list[Row]]:
    facts: dict[str, Any] = machine.facts()
    began = time.monotonic()
    rows = []
    for row in measured(bench, [(name, SECTIONS[name]) for name in names]):
        rows.append(row)
        told = "  ".join(cell for cell in table.cells(row) if cell)
        print(f"bench: {time.monotonic() - began:4.0f} s  {row.section}: {told}", file=sys.stderr)
    facts |= bench.lab.facts | bench.peers.versions
    facts["runs"] = (
        f"{bench.rounds} or fewer (--quick: small parts, no sh, Compose 2 as the only peer)"
        if bench.quick
        else bench.rounds
    )
    return facts, rows


def _printed(facts: dict[str, Any], rows: Sequence[Row], form: str) -> str:
    if form == "json":
        return table.dump(facts, rows)
    heading = machine.line(facts) + "\n\n"
    return heading + (table.rst(rows) if form == "rst" else table.text(rows))


if __name__ == "__main__":
    sys.exit(main())
