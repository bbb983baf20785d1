"""Executes docker commands through ``sh``; the only module that does.

Output goes to files rather than pipes: no thread has to read it, and no byte can be lost.
Exceptions of sh hold whole command lines, secrets included: none leaves this module.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import sh

from dirg.command import Command, Result
from dirg.errors import DirgError

# Every status is an answer; negative ones are signals.
_ANY_STATUS = tuple(range(-64, 256))
_INTERRUPTED = "interrupted"
_NOT_STARTED = "docker could not be started: "

Listener = Callable[[Command], None]
LineReader = Callable[[str, str], None]


class Docker:
    """The docker CLI.

    ``environ`` is the environment of its processes; ``listener`` is told of each command before
    it is executed. Raises DirgError when there is no docker CLI.
    """

    def __init__(self, environ: Mapping[str, str], listener: Listener) -> None:
        try:
            self._docker = sh.Command("docker")
        except sh.CommandNotFound:
            raise DirgError("there is no docker on the PATH; install the docker CLI") from None
        self._environ = environ
        self._listener = listener
        self._running: dict[int, Any] = {}
        self._lock = threading.RLock()
        self._stopped = False

    def __call__(self, command: Command, limit: float | None = None) -> Result:
        """Execute a command and keep its output; end it after ``limit`` seconds."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as error:
            status, seconds, trouble = self._execute(command, limit, output, error)
            return Result(command, status, _text(output), trouble or _text(error), seconds)

    def stream(self, command: Command, reader: LineReader) -> Result:
        """Execute a command and hand over each line as it comes: ``reader("out", line)``."""
        out = _lines(lambda line: reader("out", line))
        err = _lines(lambda line: reader("err", line))
        status, seconds, trouble = self._execute(command, None, out, err)
        return Result(command, status, "", trouble, seconds)

    def attached(self, command: Command) -> Result:
        """Execute a command on dirg's own standard input, output and error."""
        sys.stdout.flush()
        sys.stderr.flush()
        status, seconds, trouble = self._execute(
            command, None, sys.stdout.buffer, sys.stderr.buffer, sys.stdin
        )
        return Result(command, status, "", trouble, seconds)

    def stop(self) -> None:
        """End every process that was started, and start no more but essential ones.

        Called once more, it ends those too.
        """
        with self._lock:
            self._stopped = True
            running = list(self._running.values())
        for process in running:
            _end(process, signal.SIGTERM)

    def _execute(
        self, command: Command, limit: float | None, out: Any, err: Any, stdin: Any = None
    ) -> tuple[int | None, float, str]:
        """The status, the seconds it took, and what kept it from ending by itself, if anything."""
        if self._stopped and not command.essential:
            return None, 0.0, _INTERRUPTED
        self._listener(command)
        began = time.monotonic()
        expired = threading.Event()
        with Path(os.devnull).open("rb") as nothing:
            try:
                with _undisturbed():
                    process = self._start(command, out, err, stdin or nothing)
            except sh.ForkException as error:
                return None, 0.0, _NOT_STARTED + str(error).strip().splitlines()[-1]
            except (ValueError, OSError) as error:
                return None, 0.0, _NOT_STARTED + str(error)
        with self._registered(command, process), _limited(process, limit, expired):
            status = process.wait().exit_code
        seconds = time.monotonic() - began
        if expired.is_set():
            return None, seconds, f"no answer within {limit:g} s"
        return status, seconds, _INTERRUPTED if self._stopped and status else ""

    def _start(self, command: Command, out: Any, err: Any, stdin: Any) -> Any:
        environ = {**self._environ, **dict(command.host.environment), **dict(command.secrets)}
        return self._docker(
            *command.argv[1:],
            _env=environ,
            _in=stdin,
            _out=out,
            _err=err,
            _bg=True,
            _bg_exc=False,
            _return_cmd=True,
            _ok_code=_ANY_STATUS,
            _encoding="utf-8",
            _decode_errors="replace",
            _tty_out=False,
            _preexec_fn=_as_usual,
        )

    @contextmanager
    def _registered(self, command: Command, process: Any) -> Iterator[None]:
        with self._lock:
            self._running[process.pid] = process
            stopped = self._stopped and not command.essential
        if stopped:
            _end(process, signal.SIGTERM)
        try:
            yield
        finally:
            with self._lock:
                del self._running[process.pid]


_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keeps signals from the process that is about to become docker, while it is still Python.

    There, dirg's own handlers would run, and it would go on as a second dirg.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _as_usual() -> None:
    """Give docker the signals that programs get from a shell.

    sh makes background processes deaf to the end of the terminal, and _undisturbed to the others.
    """
    for number in (signal.SIGHUP, *_ENDING):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


@contextmanager
def _limited(process: Any, limit: float | None, expired: threading.Event) -> Iterator[None]:
    """Kills the process after the limit. (The time limit of sh itself polls every 0.1 s.)"""
    if limit is None:
        yield
        return

    def expire() -> None:
        expired.set()
        _end(process, signal.SIGKILL)

    timer = threading.Timer(limit, expire)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(process: Any, number: int) -> None:
    with suppress(ProcessLookupError):
        process.signal(number)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _lines(reader: Callable[[str], None]) -> Callable[[str], None]:
    """A reader for sh, which hands over lines with their newline."""
    return lambda line: reader(line.rstrip("\n"))
