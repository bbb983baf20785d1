"""Prints how much of dirg the unit tests cover, and fails where a pure module has less than 95 %.

``python -m tests.covered`` reads what ``pytest --cov`` has left. Lines and branches count. What
acts is covered by the tests on engines besides, which start it as processes of their own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import coverage

LEAST = 95.0
# They start processes, ask hosts, wait, or draw on terminals.
ACTING = {
    *("__main__", "board", "cli", "completion", "converge", "docker", "drive", "forked", "launch"),
    *("process", "processes", "programs", "reach", "reveal", "session", "survey", "taking"),
    *("watch", "watching", "whereabouts", "imports/asking", "imports/saving"),
}


def main() -> int:
    data = coverage.Coverage()
    data.load()
    data.report(file=sys.stdout)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        data.json_report(outfile=str(report))
        files = json.loads(report.read_text())["files"]
    short = {
        name: found["summary"]["percent_covered"]
        for name, found in files.items()
        if _is_pure(name) and found["summary"]["percent_covered"] < LEAST
    }
    for name, percent in short.items():
        print(f"{name}: {percent:.1f} % is less than {LEAST:g} %")
    return 1 if short else 0


def _is_pure(name: str) -> bool:
    inside = name.removeprefix("dirg/").removesuffix(".py")
    return inside not in ACTING and not inside.startswith("commands/")


if __name__ == "__main__":
    sys.exit(main())
