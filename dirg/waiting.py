"""What a container waits for before it begins: what it asks docker, and how it takes the answers.

The patterns of an answer are those of the shell, so that the loop a person can paste judges as
dirg does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from fnmatch import fnmatchcase
from math import ceil
from typing import TYPE_CHECKING, Any

from dirg import shell
from dirg.command import QUERY, Command, Result, readable
from dirg.defaults import PATIENCE
from dirg.records import dataclass
from dirg.state import STATES

if TYPE_CHECKING:
    from dirg.host import Host

_LAST_LINES = 10
_STATE = (
    "{{.State.Status}} {{.State.ExitCode}} "
    "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}"
)
_RESTARTING = "restarting *"


class Verdict(Enum):
    """What an answer means: go on, go on when it has stayed so, ask again, or give up."""

    REACHED = "reached"
    STEADY = "steady"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True)
class Condition:
    """A condition by the answers of docker: those that meet it, and those that may still do so.

    ``steady``: those that meet it when they have been so for a while. ``form``: what docker is
    asked for.
    """

    reached: tuple[str, ...]
    pending: tuple[str, ...]
    steady: tuple[str, ...] = ()
    form: str = _STATE


# What a description may wait for.
CONDITIONS = {
    "running": Condition(("running *",), (_RESTARTING,)),
    "healthy": Condition(("running * healthy",), ("running * starting", _RESTARTING)),
    "completed": Condition(("exited 0 *",), ("running *", _RESTARTING)),
}
_HEALTHY = ("running * healthy *",)
_UNWELL = ("running * starting *", "restarting * starting *", "restarting * unhealthy *")
_STAYING = ("running * none 0",)
_STATE_AND_RESTARTS = _STATE + " {{.RestartCount}}"
# What a new container is waited for: one that docker had to restart does not stay up.
UP = "up"
UP_OR_DONE = "up or done"
_ALL = {
    **CONDITIONS,
    UP: Condition(_HEALTHY, _UNWELL, _STAYING, _STATE_AND_RESTARTS),
    UP_OR_DONE: Condition((*_HEALTHY, "exited 0 * 0"), _UNWELL, _STAYING, _STATE_AND_RESTARTS),
}


@dataclass(frozen=True)
class Wait:
    """Waiting for a container on a host to be running, healthy or completed, or to stay up.

    ``limit``: after how many seconds it is given up. ``grace``: how many seconds one without a
    health check has to stay up.
    """

    host: Host
    name: str
    condition: str
    limit: float = PATIENCE
    grace: float = 0.0

    @property
    def query(self) -> Command:
        """The question whose answer is judged."""
        form = _ALL[self.condition].form
        return self._query("container", "inspect", "--format", form, self.name)

    def _query(self, *arguments: str) -> Command:
        return Command(self.host, arguments, self.name, cause=QUERY)

    def judge(self, result: Result) -> Verdict:
        """What docker's answer means."""
        condition = _ALL[self.condition]
        if not result.ok:
            return Verdict.FAILED
        for verdict, patterns in (
            (Verdict.REACHED, condition.reached),
            (Verdict.STEADY, condition.steady),
            (Verdict.PENDING, condition.pending),
        ):
            if any(fnmatchcase(result.output.strip(), pattern) for pattern in patterns):
                return verdict
        return Verdict.FAILED

    def problem(self, result: Result) -> str:
        """Why it was given up, by the last answer."""
        from dirg.reasons import NOT_UNDERSTOOD, plain

        if self.condition not in CONDITIONS:
            return self._unwell(result)
        if result.gone:
            return f"does not exist; dirg run {self.name} creates it"
        if not result.ok:
            return plain(result)
        state, status, health = (*result.output.split(), "", "", "")[:3]
        if state not in STATES:
            return NOT_UNDERSTOOD
        if self.judge(result) is Verdict.PENDING:
            return f"is not {self.condition} after {self.limit:g} s"
        if state == "exited":
            return f"has exited with status {status}"
        if state == "running" and self.condition == "healthy":
            return "has no health check" if health == "none" else f"is {health}"
        return f"is {state}"

    def _unwell(self, result: Result) -> str:
        """Why a new container does not stay up."""
        from dirg.reasons import NOT_UNDERSTOOD, plain

        # One that removes itself is dead on its way (measured with an engine 20.10 under load).
        if result.gone or result.output.startswith(("removing ", "dead ")):
            return f"the new {self.name} has ended and is gone, since it is made with rm"
        if not result.ok:
            return plain(result)
        state, status, health, restarts = (*result.output.split(), "", "", "", "")[:4]
        if state not in STATES:
            return NOT_UNDERSTOOD
        if state == "exited":
            fate = f"has exited with status {status}"
        elif self.judge(result) is Verdict.PENDING:
            fate = f"is not healthy after {self.limit:g} s"
        elif health not in ("none", ""):
            fate = f"is {health}"
        else:
            fate = f"is {state}"
            if state == "restarting":
                fate = f"ends with status {status}, and docker restarts it"
            elif restarts not in ("", "0"):
                fate = "has ended, and docker has restarted it"
        return f"the new {self.name} {fate}"

    @property
    def evidence(self) -> tuple[Command, Command]:
        """The questions that explain a failure: its health, and what it wrote last."""
        form = "{{if .State.Health}}{{json .State.Health.Log}}{{end}}"
        return (
            self._query("container", "inspect", "--format", form, self.name),
            self._query("logs", "--tail", str(_LAST_LINES), self.name),
        )

    def __str__(self) -> str:
        """The loop for a POSIX shell; it fails where dirg would give up."""
        condition = _ALL[self.condition]
        failed = shell.quote(f"{self.name} is not {self.condition}")
        limit = max(round(self.limit), ceil(self.grace) + 1 if condition.steady else 1)
        stays = f"[ $second -gt {ceil(self.grace)} ] && exit 0; sleep 1"
        steady = f"{_cases(condition.steady)}) {stays};; " if condition.steady else ""
        return (
            f"(second=0; while [ $((second += 1)) -le {limit} ]; do "
            f'case "$({self.query})" in {_cases(condition.reached)}) exit 0;; '
            f"{steady}{_cases(condition.pending)}) sleep 1;; *) break;; esac; done; "
            f"echo {failed} >&2; exit 1)"
        )


def _cases(answers: tuple[str, ...]) -> str:
    """Patterns as the shell's ``case`` takes them: blanks are quoted, asterisks are not."""
    return "|".join(answer.replace(" ", "\\ ") for answer in answers)


def told(results: Iterable[Result]) -> tuple[str, ...]:
    """What the answers to ``evidence`` tell a person, in lines."""
    health, logs = results
    lines = [f"last health check: {readable(line)}" for line in _last_check(health)]
    written = [*logs.output.splitlines(), *logs.error.splitlines()] if logs.ok else []
    lines += [f"log: {readable(line)}" for line in written[-_LAST_LINES:]]
    return tuple(lines)


def _last_check(result: Result) -> list[str]:
    try:
        checks: list[dict[str, Any]] = json.loads(result.output or "[]") or []
        return [str(line) for line in checks[-1]["Output"].splitlines()] if checks else []
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
