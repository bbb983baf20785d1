"""What a container waits for before it begins: what it asks docker, and how it takes the answers.

The patterns of an answer are those of the shell, so that the loop a person can paste judges as
dirg does.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from dirg.command import Command, Result
from dirg.host import Host
from dirg.reasons import plain

# How long is waited unless somebody says otherwise, in seconds: docker itself calls a container
# unhealthy after 90 s, where its health check says nothing of times.
PATIENCE = 300.0

_LAST_LINES = 10
_STATE = (
    "{{.State.Status}} {{.State.ExitCode}} "
    "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}"
)
_RESTARTING = "restarting *"


class Verdict(Enum):
    """What an answer means: go on, ask again, or give up."""

    REACHED = "reached"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True)
class Condition:
    """A condition by the answers of docker: those that meet it, and those that may still do so."""

    reached: str
    pending: tuple[str, ...]


CONDITIONS = {
    "running": Condition("running *", (_RESTARTING,)),
    "healthy": Condition("running * healthy", ("running * starting", _RESTARTING)),
    "completed": Condition("exited 0 *", ("running *", _RESTARTING)),
}


@dataclass(frozen=True)
class Wait:
    """Waiting for a container on a host to be running, healthy or completed.

    ``limit``: after how many seconds it is given up.
    """

    host: Host
    name: str
    condition: str
    limit: float = PATIENCE

    @property
    def query(self) -> Command:
        """The question whose answer is judged."""
        return Command(self.host, ("container", "inspect", "--format", _STATE, self.name), "query")

    def judge(self, result: Result) -> Verdict:
        """What docker's answer means."""
        condition, answer = CONDITIONS[self.condition], result.output.strip()
        if result.ok and fnmatchcase(answer, condition.reached):
            return Verdict.REACHED
        if result.ok and any(fnmatchcase(answer, each) for each in condition.pending):
            return Verdict.PENDING
        return Verdict.FAILED

    def problem(self, result: Result) -> str:
        """Why it was given up, by the last answer."""
        if result.gone:
            return f"does not exist; dirg run {self.name} creates it"
        if not result.ok:
            return plain(result)
        state, status, health = (*result.output.split(), "", "", "")[:3]
        if self.judge(result) is Verdict.PENDING:
            return f"is not {self.condition} after {self.limit:g} s"
        if state == "exited":
            return f"has exited with status {status}"
        if state == "running" and self.condition == "healthy":
            return "has no health check" if health == "none" else f"is {health}"
        return f"is {state}"

    @property
    def evidence(self) -> tuple[Command, Command]:
        """The questions that explain a failure: its health, and what it wrote last."""
        form = "{{if .State.Health}}{{json .State.Health.Log}}{{end}}"
        return (
            Command(self.host, ("container", "inspect", "--format", form, self.name), "query"),
            Command(self.host, ("logs", "--tail", str(_LAST_LINES), self.name), "query"),
        )

    def __str__(self) -> str:
        """The loop for a POSIX shell; it fails where dirg would give up."""
        condition = CONDITIONS[self.condition]
        pending = "|".join(map(_pattern, condition.pending))
        failed = shlex.quote(f"{self.name} is not {self.condition}")
        return (
            f"(second=0; while [ $((second += 1)) -le {max(round(self.limit), 1)} ]; do "
            f'case "$({self.query})" in {_pattern(condition.reached)}) exit 0;; '
            f"{pending}) sleep 1;; *) break;; esac; done; "
            f"echo {failed} >&2; exit 1)"
        )


def _pattern(answer: str) -> str:
    """A pattern as the shell's ``case`` takes it: blanks are quoted, asterisks are not."""
    return answer.replace(" ", "\\ ")


def told(results: Iterable[Result]) -> tuple[str, ...]:
    """What the answers to ``evidence`` tell a person, in lines."""
    health, logs = results
    lines = [f"last health check: {line}" for line in _last_check(health)]
    written = [*logs.output.splitlines(), *logs.error.splitlines()] if logs.ok else []
    lines += [f"log: {line}" for line in written[-_LAST_LINES:]]
    return tuple(lines)


def _last_check(result: Result) -> list[str]:
    try:
        checks: list[dict[str, Any]] = json.loads(result.output or "[]") or []
        return [str(line) for line in checks[-1]["Output"].splitlines()] if checks else []
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
