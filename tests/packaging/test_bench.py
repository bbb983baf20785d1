"""``bin/bench`` in a fresh copy of this checkout: it installs dirg and what measures it."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks import table
from benchmarks.measure import Cost
from benchmarks.rows import compared
from tests.packaging.checkout import called, copied


def test_it_prints_what_was_saved(tmp_path: Path) -> None:
    copied(tmp_path / "dirg")
    row = compared("dirg --version", "import click", [Cost(0.5)], [Cost(0.25)])
    (tmp_path / "figures").write_text(table.dump({"cores": 2}, [row]))
    bench = tmp_path / "dirg" / "bin" / "bench"
    printed = called(bench, "--from", "figures", cwd=tmp_path, PATH=os.environ["PATH"])
    words = " ".join(printed.splitlines()[-1].split())
    assert words == "dirg --version 0.500 import click 0.250 2.00"
    version = called(tmp_path / "dirg/.bench/dirg/bin/dirg", "--version", cwd=tmp_path)
    assert version.startswith("dirg 2.")
