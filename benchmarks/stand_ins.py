"""Programs that stand in for docker: one that is slow and knows nothing, one that keeps a record.

The slow one answers what docker answers where there is nothing yet. It waits by itself, without
another process, since a hundred of them on a small machine must cost it as little as can be.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections import Counter
from pathlib import Path

# Nobody ever writes into the fifo, so that reading it is waiting.
_SLOW = """\
#!/bin/busybox sh
read -t {latency} nothing <>{fifo}
while [ $# -gt 0 ]; do
    case $1 in
    version) echo 28.2.2; exit;;
    run) echo 4c01db0b339c0123456789ab4c01db0b339c0123456789ab4c01db0b339c0123; exit;;
    image) echo '{{"id":"sha256:4c01db0b339c","config":{{}}}}'; exit;;
    container) exit;;
    esac
    shift
done
exit 1
"""
_RECORDING = """\
#!/bin/sh
printf '%s\\n' "$3${{4:+ $4}}" >>{log}
exec {docker} "$@"
"""


def slow(folder: Path, latency: float) -> dict[str, str]:
    """An environment whose docker takes some seconds for whatever it does."""
    folder.mkdir()
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    return _program(folder, _SLOW.format(latency=latency, fifo=shlex.quote(str(fifo))))


def recording(folder: Path) -> tuple[dict[str, str], Path]:
    """An environment whose docker writes down its commands before it does them, and where.

    Each is to have a host, given by -H.
    """
    folder.mkdir()
    log = folder / "log"
    docker = shlex.quote(shutil.which("docker") or "docker")
    return _program(folder, _RECORDING.format(log=shlex.quote(str(log)), docker=docker)), log


def _program(folder: Path, body: str) -> dict[str, str]:
    program = folder / "docker"
    program.write_text(body)
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def kinds(record: str) -> Counter[str]:
    """How often each kind of command stands in a record: ``container ls``, ``run``."""
    words = [line.split(" ") for line in record.splitlines()]
    return Counter(
        " ".join(each[: 2 if each[0] in ("container", "image", "network", "volume") else 1])
        for each in words
    )
