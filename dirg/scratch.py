"""Where what docker prints is kept while it does."""

from __future__ import annotations

import os
from typing import IO


def scratch() -> IO[bytes]:
    """An empty file, which is gone when it is closed.

    It is in memory where the system has such files (Linux): a disk that is full would cut answers
    short, and docker's status would be 0 all the same (measured: half a list of containers).
    """
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("dirg"), "w+b")
    from tempfile import TemporaryFile

    return TemporaryFile()


def contents(file: IO[bytes]) -> bytes:
    """All that a file has, from its begin."""
    file.seek(0)
    return file.read()


def text(file: IO[bytes]) -> str:
    """The same as text; U+FFFD stands for bytes that are no UTF-8."""
    return contents(file).decode("utf-8", "replace")
