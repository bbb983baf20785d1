"""The lines of a docker process as they come, but for what docker itself may have said."""

from __future__ import annotations

import re
from collections.abc import Callable

# What the docker CLI says, on the standard error that it shares with a container's.
_DOCKER_SAYS = re.compile(
    r"error during connect: |Error response from daemon: |Error: No such container|unexpected EOF$"
    r"|command \[ssh |Connection (?:closed|reset) by |read: connection |client_loop: "
)

LineReader = Callable[[str, str], None]


class Held:
    """Hands lines over: ``reader("out", line)``.

    Those of the stream ``shared`` that docker itself may have said are held back, until others
    come after them: then somebody else has said them.
    """

    def __init__(self, reader: LineReader, shared: str) -> None:
        self._reader = reader
        self._shared = shared
        self._lines: list[str] = []

    def reader(self, stream: str) -> Callable[[str], None]:
        """What takes the lines of a stream, with their newline."""
        return lambda line: self._read(stream, line.rstrip("\n"))

    def release(self) -> None:
        """Hand over what is held back."""
        while self._lines:
            self._reader(self._shared, self._lines.pop(0))

    @property
    def said(self) -> str:
        """What is held back, as one text, in which nothing stands for bytes that are no UTF-8."""
        return "\n".join(self._lines).encode("utf-8", "replace").decode()

    def _read(self, stream: str, line: str) -> None:
        may_be_docker = _DOCKER_SAYS.match(line) or (self._lines and not line)
        if stream == self._shared and may_be_docker:
            self._lines.append(line)
            return
        self.release()
        self._reader(stream, line)
