"""Executes docker commands; the only module that does.

Output goes to files rather than pipes: no thread has to read it, and no byte can be lost.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from itertools import count
from typing import IO, TYPE_CHECKING, Any

from dirg import launch
from dirg.alarms import Alarms
from dirg.command import INTERRUPTED, Command, Result
from dirg.errors import DirgError
from dirg.forked import apart, as_usual, keep_to_oneself, undisturbed
from dirg.held import Held, LineReader
from dirg.launch import JOINED, NotStarted
from dirg.piped import Piped
from dirg.records import dataclass
from dirg.scratch import contents, scratch, text
from dirg.watch import Watch

if TYPE_CHECKING:
    from dirg.audit import Audit

# How long it takes until sshd is tried again after it has turned dirg away, in seconds at most.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
# How long a process may take to end when it is asked to, in seconds.
_TIME_TO_END = 3.0

Listener = Callable[[Command], None]


class Docker:
    """The docker CLI.

    ``environ`` is the environment of its processes; ``listener`` is told of each command before
    it is executed. ``patience``: after how many seconds a command without a limit of its own
    makes one ask whether its host is still there; a host that gives no answer in that time either
    is dead, and what is at work on it is ended. ``audit``: the log of all
    commands. Raises DirgError when there is no docker CLI.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        listener: Listener,
        patience: float = 10.0,
        audit: Audit | None = None,
    ) -> None:
        try:
            self._docker = launch.find("docker")
        except FileNotFoundError:
            raise DirgError("there is no docker on the PATH; install the docker CLI") from None
        keep_to_oneself()
        self._environ = environ
        self._listener = listener
        self._audit = audit
        self.patience = patience
        self._watch = Watch(lambda query: self(query, patience), patience, environ)
        self._running: dict[int, _Running] = {}
        self._alarms = Alarms(self._rung)
        # Process ids may come again at once.
        self._numbers = count()
        self._changed = threading.Condition()
        self._starting = 0
        self._stopped = threading.Event()
        self._killed = False

    def __call__(self, command: Command, limit: float | None = None) -> Result:
        """Execute a command and keep its output; end it after ``limit`` seconds."""
        return self._patiently(command, lambda: self._captured(command, limit), limit)

    def recorded(self, command: Command) -> tuple[Result, bytes, bytes]:
        """Execute a command, however long it takes; its result, with the bytes that it wrote."""
        with scratch() as output, scratch() as error:
            result = self._patiently(command, lambda: self._written_to(command, output, error))
            return result, contents(output), contents(error)

    def paused(self, seconds: float) -> bool:
        """Wait for a while; whether nothing is to be begun any more."""
        return self._stopped.wait(seconds)

    def stream(self, command: Command, reader: LineReader, joined: bool = False) -> Result:
        """Execute a command and hand over each line as it comes: ``reader("out", line)``.

        Surrogates stand for bytes that are no UTF-8. ``joined``: what it writes to its standard
        error counts as output, so that all lines come in the order they were written in.
        """
        return self._patiently(command, lambda: self._streamed(command, reader, joined))

    def attached(self, command: Command, doubted: bool = True) -> Result:
        """Execute a command on dirg's own standard input, output and error.

        ``doubted``: whether a failure may mean that the host has died; what it runs may also have
        a status of its own. Raises BrokenPipeError when nobody reads what it writes.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        streams = sys.stdout.buffer, sys.stderr.buffer, sys.stdin
        result = self._once(command, lambda: self._execute(command, None, *streams))
        if result.status == -signal.SIGPIPE:
            raise BrokenPipeError
        return self._if_dead(result, None) if doubted else result

    def stop(self, kill: bool = False) -> None:
        """End every process that was started but for essential ones, and start no more but those.

        ``kill`` ends those too, and at once.
        """
        with self._changed:
            self._killed = self._killed or kill
            self._stopped.set()
            # What is being started now has passed the question whether it may be.
            self._changed.wait_for(lambda: not self._starting)
            for running in self._running.values():
                if self._killed:
                    launch.send(running.process, signal.SIGKILL)
                elif not running.command.essential:
                    launch.send(running.process, signal.SIGTERM)
                    threading.Thread(target=self._insist, args=(running,), daemon=True).start()

    def _insist(self, running: _Running) -> None:
        """Kill what does not heed its end: docker waits for an ssh that does not go (measured)."""
        if not running.done.wait(_TIME_TO_END):
            with self._changed:
                if not running.done.is_set():
                    launch.send(running.process, signal.SIGKILL)

    def _patiently(
        self, command: Command, execute: Callable[[], Result], limit: float | None = None
    ) -> Result:
        """The result, of as many attempts as a busy sshd takes until it lets one in."""
        until = time.monotonic() + (sum(_PAUSES) if limit is None else limit)
        result = self._once(command, execute)
        for pause in _PAUSES:
            # With a version that somebody has set, another attempt would end the same.
            if not result.turned_away or self._environ.get("DOCKER_API_VERSION"):
                break
            if time.monotonic() + pause > until or self._paused(command, pause):
                break
            result = self._once(command, execute)
        return self._if_dead(result, limit)

    def _once(self, command: Command, execute: Callable[[], Result]) -> Result:
        """The result of one attempt, of which the log tells."""
        if self._audit is None:
            return execute()
        number = self._audit.begun(command)
        # What an exception ends here is noted at the end of dirg.
        result = execute()
        self._audit.ended(number, result)
        return result

    def _paused(self, command: Command, most: float) -> bool:
        """Wait for a while, at most so many seconds; whether there is no use in going on."""
        from random import uniform

        pause = uniform(most / 4, most)
        if not command.essential:
            return self._stopped.wait(pause)
        time.sleep(pause)
        return self._killed

    def _written_to(self, command: Command, output: IO[bytes], error: IO[bytes]) -> Result:
        for file in (output, error):
            file.seek(0)
            file.truncate()
        result = self._execute(command, None, output, error)
        failed = "" if result.ok else result.error or text(error)
        return replace(result, error=failed)

    def _captured(self, command: Command, limit: float | None) -> Result:
        with scratch() as output, scratch() as error:
            result = self._execute(command, limit, output, error)
            return replace(result, output=text(output), error=result.error or text(error))

    def _streamed(self, command: Command, reader: LineReader, joined: bool) -> Result:
        held = Held(reader, "out" if joined else "err")
        with Piped(held.reader("out")) as out, Piped(held.reader("err")) as err:
            result = self._execute(command, None, out, JOINED if joined else err)
        if result.ok:
            held.release()
        return replace(result, error=result.error or held.said)

    def _if_dead(self, result: Result, limit: float | None) -> Result:
        """The result, or that its host has died, where docker failed to reach it."""
        unclear = not (result.ok or result.refused or result.turned_away or result.lost)
        if limit is not None or not unclear or result.status is None or self._stopped.is_set():
            return result
        trouble = self._watch.check(result.command.host, time.monotonic())
        return replace(result, error=trouble, lost=True) if trouble else result

    def _execute(
        self, command: Command, limit: float | None, out: Any, err: Any, stdin: Any = None
    ) -> Result:
        """How it ended; ``error`` is only what kept it from ending by itself, if anything."""
        dead = self._watch.trouble(command.host)
        if dead:
            return Result(command, None, "", dead, lost=True)
        self._listener(command)
        began = time.monotonic()
        with scratch() as blank:
            # Where its input has ended, docker waits without end for an answer to a question, such
            # as for a password that a registry takes (measured: CLI 28 with an engine 28).
            blank.write(b"\n")
            blank.seek(0)
            try:
                running = self._begin(command, limit, out, err, stdin or blank)
            except NotStarted as error:
                why = f"docker could not be started: {error}"
                return Result(command, None, "", why, time.monotonic() - began)
        if running is None:
            return Result(command, None, "", INTERRUPTED)
        self._alarms.set(running.number, self.patience if limit is None else limit)
        try:
            status = launch.end_of(running.process, out, err)
        finally:
            self._alarms.drop(running.number)
            running.done.set()
            with self._changed:
                del self._running[running.number]
        seconds = time.monotonic() - began
        if running.trouble:
            lost = limit is None
            return Result(command, None, "", running.trouble, seconds, lost, expired=not lost)
        interrupted = status and (self._killed if command.essential else self._stopped.is_set())
        return Result(command, status, "", INTERRUPTED if interrupted else "", seconds)

    def _begin(
        self, command: Command, limit: float | None, out: Any, err: Any, stdin: Any
    ) -> _Running | None:
        """Start a process, unless none is to be started any more."""
        with self._changed:
            if self._killed or (self._stopped.is_set() and not command.essential):
                return None
            self._starting += 1
        # Several are started at the same time: each takes until the other process is docker.
        try:
            with undisturbed():
                process = self._start(command, out, err, stdin)
                running = _Running(next(self._numbers), command, process, limit)
                self._running[running.number] = running
        finally:
            with self._changed:
                self._starting -= 1
                self._changed.notify_all()
        return running

    def _rung(self, number: int) -> None:
        """A process has been at work for as long as it may, or for long enough to ask its host."""
        with self._changed:
            running = self._running.get(number)
        if running is None:
            return
        if running.limit is None:
            threading.Thread(target=self._doubt, args=(running,), daemon=True).start()
        else:
            self._end_for(running, f"no answer within {running.limit:g} s")

    def _doubt(self, running: _Running) -> None:
        """Ask whether the host of a process is still there: end it where that is dead."""
        trouble = self._watch.check(running.command.host)
        if trouble:
            self._end_for(running, trouble)
        elif not running.done.is_set():
            self._alarms.set(running.number, self.patience)

    def _end_for(self, running: _Running, trouble: str) -> None:
        with self._changed:
            if not running.done.is_set():
                running.trouble = trouble
                launch.send(running.process, signal.SIGKILL)

    def _start(self, command: Command, out: Any, err: Any, stdin: Any) -> Any:
        environ = {**self._environ, **dict(command.host.environment), **dict(command.secrets)}
        preexec = apart if command.essential else as_usual
        return launch.start(self._docker, command.argv[1:], environ, stdin, out, err, preexec)


@dataclass()
class _Running:
    """A process at work; ``trouble`` says why it was ended, if it was.

    ``limit``: how long it may take, in seconds; without one, as long as its host answers.
    """

    number: int
    command: Command
    process: Any
    limit: float | None
    done: threading.Event = field(default_factory=threading.Event)
    trouble: str = ""
