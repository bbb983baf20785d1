"""The commands that dirg tells of, executed without dirg: what they cost by themselves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Unmeasured, Work

_DEBUG = "dirg: debug: "


def printed(work: Work) -> list[str]:
    """The commands that ``-n`` prints, without comments."""
    lines = _said(work).stdout.splitlines()
    return [line for line in lines if line.startswith("docker ")]


def executed(work: Work) -> list[str]:
    """The commands that ``-d`` tells of as they are executed."""
    lines = _said(work).stderr.splitlines()
    return [line.removeprefix(_DEBUG) for line in lines if line.startswith(f"{_DEBUG}docker ")]


def _said(work: Work) -> subprocess.CompletedProcess[str]:
    (command,) = work.commands
    env = {**os.environ, **work.env}
    done = subprocess.run(
        command, cwd=work.folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unmeasured(f"{' '.join(command[1:])}: {done.stderr.strip()[-200:]}")
    return done


def at_once(bench: Bench, name: str, lines: list[str], most: int, like: Work) -> Work:
    """Commands that xargs executes, so many at once, in the environment of another work."""
    file: Path = bench.work / f"{name}.sh"
    file.write_text("".join(f"{line}\n" for line in lines))
    xargs = ["xargs", "-a", str(file), "-d", "\n", "-P", str(most), "-I", "{}", "sh", "-c", "{}"]
    return Work([xargs], like.folder, like.env)
