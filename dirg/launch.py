"""Starts programs through ``sh``; the only module that imports it.

Exceptions of sh hold whole command lines, secrets included: none leaves this module.

sh reads in asyncio, for those who wait for processes by it, and what tells its own version. That is
six sevenths of its time to read in, a sixth of what ``dirg ps`` takes in all, and eight MiB, which
each fork copies (measured with sh 2.4): dirg uses neither, so they wait until somebody does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from dirg.lazily import put_off
from dirg.piped import Piped, read_all


def _running_loop() -> Any:
    """As that of asyncio, which has to be read in for a loop to be there."""
    if "asyncio" in sys.modules:
        return sys.modules["asyncio"].get_running_loop()
    raise RuntimeError("no running event loop")


def _queue(*words: Any, **named: Any) -> Any:
    return import_module("asyncio").Queue(*words, **named)


with (
    put_off("asyncio", Queue=_queue, get_running_loop=_running_loop),
    put_off("importlib.metadata", version=lambda _: "unknown"),
):
    import sh

# In place of where the errors of a process go: to its output.
JOINED = "joined"
# Every status is an answer; negative ones are signals.
_ANY_STATUS = tuple(range(-64, 256))
# An exception as Python prints it, such as: FileNotFoundError: [Errno 2] No such file: b'docker'
_RAISED = re.compile(r"(?:\w+: )?(?:\[Errno \d+\] )?(.*?)(?:: b?'([^']*)')?")


class NotStarted(Exception):
    """A process did not become the program; the text says why, in plain words."""


def find(name: str) -> Any:
    """The program of a name, or of a path. Raises FileNotFoundError."""
    try:
        return sh.Command(name)
    except sh.CommandNotFound:
        raise FileNotFoundError(name) from None


def start(
    program: Any,
    arguments: Iterable[str],
    environ: Mapping[str, str],
    stdin: Any,
    out: Any,
    err: Any,
    preexec: Callable[[], None],
) -> Any:
    """A process of a program that ``find`` gave, as sh has it.

    ``out``: a file, also one that is Piped; ``err``: the like, or JOINED.
    ``preexec`` is called in the new process. Raises NotStarted.
    """
    # sh makes a terminal of its output unless it is told not to, and takes it amiss to be told
    # where it is one.
    is_one = hasattr(out, "isatty") and out.isatty()
    terminal: dict[str, Any] = {} if is_one else {"_tty_out": False}
    try:
        return program(
            *arguments,
            _env=dict(environ),
            _in=stdin,
            _out=out,
            **({"_err_to_out": True} if err is JOINED else {"_err": err}),
            _bg=True,
            _bg_exc=False,
            _return_cmd=True,
            _ok_code=_ANY_STATUS,
            # Each new process would have to close in Python what an exec closes by itself.
            _close_fds=False,
            _encoding="utf-8",
            **terminal,
            _preexec_fn=preexec,
        )
    except (sh.ForkException, ValueError, OSError) as error:
        raise NotStarted(_plain(str(error))) from None


def send(process: Any, number: int) -> None:
    """Send a signal to a process, unless it has ended."""
    with suppress(ProcessLookupError):
        process.signal(number)


def end_of(process: Any, *streams: Any) -> int:
    """The status of a process when it has ended, negative for a signal.

    ``streams``: where its output goes; what goes to a Piped is read until then.
    """
    pipes = [each for each in streams if isinstance(each, Piped)]
    read_all(pipes, process.is_alive)
    status: int = process.wait().exit_code
    return status


def wait(process: Any, seconds: float) -> bool:
    """Wait for a process to end; whether it has."""
    try:
        process.wait(seconds)
    except sh.TimeoutException:
        return False
    return True


def _plain(trouble: str) -> str:
    """What was the matter, by the text of an exception: that of sh has a traceback before it."""
    last = trouble.strip().rpartition("\n")[2].strip()
    said = _RAISED.fullmatch(last)
    return ": ".join(filter(None, said.groups())) if said else last
