"""What all measurements share: where they work, with what, how often, and how they tell of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.lab import Lab
from benchmarks.measure import Unmeasured, Work
from benchmarks.peers import Peers
from benchmarks.rows import Row, missing


@dataclass(frozen=True)
class Bench:
    """``work`` is a folder that goes away at the end; the programs are those of one environment."""

    work: Path
    peers: Peers
    quick: bool
    lab: Lab

    @property
    def rounds(self) -> int:
        """How many runs are counted of each contender."""
        return 2 if self.quick else 5

    def dirg(
        self, *words: str, folder: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Work:
        """dirg, as its console script."""
        return Work([(program("dirg"), *words)], folder or self.work, env or {})

    def python(self, code: str) -> Work:
        """A Python program, by the interpreter that executes dirg."""
        return Work([(sys.executable, "-c", code)], self.work)


def program(name: str) -> str:
    """A program of the environment that dirg is installed in."""
    return str(Path(sys.executable).with_name(name))


Section = Callable[[Bench], Iterator[Row]]


def measured(bench: Bench, sections: Sequence[tuple[str, Section]]) -> Iterator[Row]:
    """The rows of some sections; one that fails gives a row that says why, and the rest goes on."""
    for name, section in sections:
        try:
            for row in section(bench):
                yield replace(row, section=name)
        except (Unmeasured, OSError) as problem:
            yield replace(missing("the rest of it", "", str(problem)), section=name)


@contextmanager
def clean_environment() -> Iterator[None]:
    """Without what the caller's docker and dirg are set to."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("DOCKER_", "DIRG_", "COMPOSE_")):
            del os.environ[name]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
