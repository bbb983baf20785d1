"""Notices hosts that stop answering while something that takes its time is at work on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from dirg.command import INTERRUPTED, PROBE, Command, Result
from dirg.reasons import why
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.host import Host

# One question without an answer may have been bad luck: sshd turns some away when it is busy.
_TRIES = 2


def probe(host: Host) -> Command:
    """The question that any engine answers at once."""
    arguments = ("version", "--format", "{{.Server.Version}}")
    return Command(host, arguments, essential=True, cause=PROBE)


@dataclass()
class _Pulse:
    """When a host was asked last, and why it is taken for dead, if it is."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: float = float("-inf")
    trouble: str = ""


class Watch:
    """Asks hosts whether they are still there, once in a while for all who want to know.

    ``ask`` puts a question within the time limit; ``interval`` is the while, in seconds;
    ``environ`` is the environment of docker. A host that has died stays dead: what it would do
    later nobody waits for.
    """

    def __init__(
        self, ask: Callable[[Command], Result], interval: float, environ: Mapping[str, str]
    ) -> None:
        self._ask = ask
        self._interval = interval
        self._environ = environ
        self._pulses: dict[Host, _Pulse] = {}

    def trouble(self, host: Host) -> str:
        """Why a host was found dead, without asking it; empty as far as is known."""
        return self._pulse(host).trouble

    def check(self, host: Host, since: float | None = None) -> str:
        """Ask a host, unless it was just asked: why it is dead, empty where it answers.

        ``since``: when it has to have been asked, by the monotonic clock.
        """
        pulse = self._pulse(host)
        with pulse.lock:
            stale = time.monotonic() - self._interval if since is None else since
            if not pulse.trouble and pulse.asked <= stale:
                pulse.trouble = self._asked(host)
                pulse.asked = time.monotonic()
            return pulse.trouble

    def _pulse(self, host: Host) -> _Pulse:
        # Of two threads that ask first at the same time, both get the same one.
        return self._pulses.setdefault(host, _Pulse())

    def _asked(self, host: Host) -> str:
        for _ in range(_TRIES):
            result = self._ask(probe(host))
            if result.ok or result.reason == INTERRUPTED:
                return ""
        return f"the host answers no more: {why(result, self._environ)}"
