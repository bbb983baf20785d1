"""This checkout, its files, and copies of it: building and installing write beside the source."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def called(*words: str | Path, cwd: Path, **environ: str) -> str:
    """What a program prints; it has to succeed. ``environ``: all of its environment, if any."""
    done = subprocess.run(words, cwd=cwd, env=environ or None, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked() -> set[str]:
    """The files of this checkout, those included that are not committed yet."""
    listed = called("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines()
    return {name for name in listed if (ROOT / name).is_file()}


def copied(folder: Path) -> None:
    """Copy the checkout."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
