"""The log of docker commands: what a line of it tells, and when it is written."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dirg.command import INTERRUPTED, Command, Result
from dirg.errors import DirgError
from dirg.names import plain_name
from dirg.records import dataclass
from dirg.values import MASK

if TYPE_CHECKING:
    from dirg.appended import Appended
    from dirg.session import Session

# How long the end of dirg waits for a line that is being written, in seconds.
_PATIENCE = 1.0
# User and password; a user alone where nobody logs in by a name, so that it may be a token.
_SECRET = re.compile(
    r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^/\s?#@:]*:[^/\s?#]*@|\b((?:git\+)?https?://)[^/\s?#]+@"
)


@dataclass(frozen=True)
class _Begun:
    """A command at work: when it was begun, by the clock and for the stopwatch, in seconds."""

    command: Command
    time: float
    since: float


class Audit:
    """Notes each docker command in a file when it has ended.

    ``user``: who runs dirg, and where. ``verb``: the command of dirg. ``missing``: how many lines
    could not be written, and ``trouble`` why not.
    """

    def __init__(self, file: Appended, user: str, verb: str) -> None:
        self._file = file
        self._by = {"user": user, "process": os.getpid(), "dirg": verb}
        self._begun: dict[int, _Begun] = {}
        self._numbers = count()
        self._lock = threading.Lock()
        self.missing = 0
        self.trouble = ""

    def begun(self, command: Command) -> int:
        """A command is about to be executed; returns the number under which it ends."""
        number = next(self._numbers)
        self._begun[number] = _Begun(command, time.time(), time.monotonic())
        return number

    def ended(self, number: int, result: Result) -> None:
        """A command has ended; of one that was not even begun, nothing is noted."""
        with self._lock:
            self._note(number, result)

    def close(self) -> None:
        """Note what is still at work as interrupted: dirg ends, and nobody waits for it."""
        if self._lock.acquire(timeout=_PATIENCE):
            try:
                for number, each in [*self._begun.items()]:
                    seconds = time.monotonic() - each.since
                    self._note(number, Result(each.command, None, "", INTERRUPTED, seconds))
            finally:
                self._lock.release()

    def _note(self, number: int, result: Result) -> None:
        # What was told at the end of dirg is not told again.
        begun = self._begun.get(number)
        if begun and result.begun:
            try:
                self._file.write(line(result, begun.time, self._by))
            except OSError as error:
                self.missing += 1
                self.trouble = f"{self._file.path}: {error.strerror}"
        self._begun.pop(number, None)


def line(result: Result, began: float, by: dict[str, Any]) -> bytes:
    """The line of a command without its end: JSON of ASCII characters, none of them a control.

    ``began``: seconds since 1970. ``by``: who executed it.
    """
    command = result.command
    names = dict.fromkeys(map(plain_name, command.container.split(", ")))
    told = {
        "time": _written(began),
        **by,
        "host": command.host.name,
        "container": ", ".join(names) or None,
        "cause": command.cause or by["dirg"],
        "arguments": [*command.argv],
        "environment": dict(command.host.environment),
        "status": result.status,
        "seconds": round(result.seconds, 3),
        "error": None if result.ok else _said(result),
    }
    return json.dumps({key: _masked(value) for key, value in told.items()}).encode()


def _written(moment: float) -> str:
    at = datetime.fromtimestamp(moment, timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _said(result: Result) -> str | None:
    """The last line that docker said, without secrets; nothing where a person saw it say it."""
    text = result.error
    for _, secret in result.command.secrets:
        text = text.replace(secret, MASK) if secret else text
    return replace(result, error=text).reason if text else None


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET.sub(lambda found: f"{found[1] or found[2]}{MASK}@", value)
    if isinstance(value, list):
        return [_masked(each) for each in value]
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    return value


def path(session: Session) -> Path | None:
    """The file of a call of dirg: by its option, or by its configuration; None where none is kept.

    Raises DirgError when the configuration is wrong.
    """
    from dirg import settings

    options = session.options
    if options.log is None:
        found = settings.log(options.config, options.profile, session.environ)
        return Path(found) if found else None
    return Path(os.path.expanduser(options.log)) if options.log else None


def opened(session: Session) -> Audit | None:
    """The log of a call of dirg, None where none is kept. Raises UsageError when it can't be one.

    What works without a configuration works with a wrong one as well, and keeps no log then.
    """
    file = None
    with suppress(DirgError):
        file = path(session)
    if file is None:
        return None
    from dirg.appended import Appended
    from dirg.whereabouts import Whereabouts

    return Audit(Appended(file), Whereabouts().mark().by, session.verb)
