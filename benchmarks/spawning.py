"""What the library sh costs for each command, beside a process that is started without it.

Executed as a program it measures, and prints JSON: seconds for a command by mode. It is a process
of its own, so that the memory of what it imports is not counted for what others measure.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from benchmarks.bench import Bench
from benchmarks.measure import Cost, Unmeasured
from benchmarks.rows import Row

SPAWN, POPEN = "os.posix_spawn", "subprocess.run, captured"
_TO_FILES = "sh, _out and _err to files"
_MODES: dict[str, dict[str, Any]] = {
    "sh, as it comes": {},
    "sh, _tty_out=False": {"_tty_out": False},
    "sh, _close_fds=False": {"_close_fds": False},
    "sh, _no_out, _no_err, _no_pipe": {"_no_out": True, "_no_err": True, "_no_pipe": True},
    "sh, _fg=True": {"_fg": True},
    "sh, _bg=True, then wait": {"_bg": True},
}
_POOLS = (1, 8, 16, 32, 50)
_LISTS = {"/bin/true": ["/bin/true"], "docker --version": ["docker", "--version"]}


def rows(bench: Bench) -> Iterator[Row]:
    rounds, commands = (2, 5) if bench.quick else (5, 30)
    call = [sys.executable, "-m", __name__, str(rounds), str(commands)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise Unmeasured(f"sh: {done.stderr.strip().rpartition(chr(10))[2]}")
    for words, trials in json.loads(done.stdout).items():
        yield from _rows(words, {(mode, threads): found for mode, threads, found in trials})


def _rows(words: str, found: Mapping[tuple[str, int], list[float]]) -> Iterator[Row]:
    """Each mode beside a process without sh, in a pool of as many threads if in any."""
    for (mode, threads), each in found.items():
        plain = POPEN if threads else SPAWN
        base = found[plain, threads]
        if mode == plain:
            continue
        pool = f", pool of {threads}" if threads else ""
        ratio = statistics.median(one / other for one, other in zip(each, base, strict=True))
        ours, theirs = Cost(statistics.median(each)), Cost(statistics.median(base))
        yield Row("", f"{words}: {mode}{pool}", f"{plain}{pool}", ours, theirs, ratio)


# --- what measures ---------------------------------------------------------------------------


def _spawn(words: list[str]) -> None:
    """With its output where the others have theirs, in nothing."""
    nothing = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    pid = os.posix_spawnp(words[0], words, os.environ, file_actions=[nothing])
    os.waitpid(pid, 0)


def _popen(words: list[str]) -> None:
    subprocess.run(words, capture_output=True, check=True)


def _by_sh(options: Mapping[str, Any], words: list[str]) -> None:
    import sh

    running = sh.Command(words[0])(*words[1:], **options)
    if "_bg" in options:
        running.wait()


def _by_sh_to_files(words: list[str]) -> None:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        _by_sh({"_out": out, "_err": err, "_tty_out": False}, words)
        out.seek(0)
        out.read()


Mode = Callable[[list[str]], None]


def _modes() -> dict[str, Mode]:
    by_sh: dict[str, Mode] = {name: partial(_by_sh, given) for name, given in _MODES.items()}
    return {SPAWN: _spawn, POPEN: _popen, **by_sh, _TO_FILES: _by_sh_to_files}


def _seconds(mode: Mode, words: list[str], count: int) -> float:
    """What one command takes, of so many one after another."""
    began = time.monotonic()
    for _ in range(count):
        mode(words)
    return (time.monotonic() - began) / count


def _pool_seconds(mode: Mode, words: list[str], count: int, threads: int) -> float:
    """What one command takes, of so many from a pool of threads."""
    began = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(mode, [words] * count):
            pass
    return (time.monotonic() - began) / count


def _trials(words: list[str], count: int) -> dict[tuple[str, int], Callable[[], float]]:
    """What to try, by its mode and the threads of its pool; none of these is 0."""
    alone: dict[tuple[str, int], Callable[[], float]] = {
        (name, 0): partial(_seconds, mode, words, count) for name, mode in _modes().items()
    }
    both = ((POPEN, _popen), (_TO_FILES, _by_sh_to_files))
    pooled = {
        (name, threads): partial(_pool_seconds, mode, words, max(count, 2 * threads), threads)
        for threads in _POOLS
        for name, mode in both
    }
    return {**alone, **pooled}


def _measure(words: list[str], rounds: int, count: int) -> list[tuple[str, int, list[float]]]:
    """Every mode in every round, after one round to warm up."""
    trials = _trials(words, count)
    found: dict[tuple[str, int], list[float]] = {key: [] for key in trials}
    for number in range(rounds + 1):
        for key, trial in trials.items():
            spent = trial()
            if number:
                found[key].append(spent)
    return [(mode, threads, each) for (mode, threads), each in found.items()]


def main() -> None:
    rounds, count = map(int, sys.argv[1:])
    # Commands that write to this process's own output must not write between the figures.
    figures = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    found = {name: _measure(words, rounds, count) for name, words in _LISTS.items()}
    os.write(figures, json.dumps(found).encode())


if __name__ == "__main__":
    main()
