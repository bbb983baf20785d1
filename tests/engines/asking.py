"""Questions to an engine without the docker CLI: a process for each slows down what is tested."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote


class _Connection(HTTPConnection):
    """A connection to the socket of an engine."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def asked(docker_host: str, *path: str, query: str = "", seconds: float = 120.0) -> Any:
    """What the engine's API says, of the version that it likes best; None: there is no such thing.

    Raises OSError where it does not answer within so many seconds.
    """
    connection = _Connection(docker_host.removeprefix("unix://"), seconds)
    try:
        connection.request("GET", "/" + "/".join(map(quote, path)) + query)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status == 404:
        return None
    assert answer.status == 200, (path, answer.status, text)
    return json.loads(text)
