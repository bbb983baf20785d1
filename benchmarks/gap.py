"""How long a service is silent while dirg update replaces its container.

A client asks its published port every 20 ms. The yardstick is what docker itself takes to stop and
start the container, measured in the same run. Needs root; starts a docker host by bin/lab.

    $ python benchmarks/gap.py [ROUNDS]
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

CHECKOUT = Path(__file__).resolve().parents[1]
LAB = "dirg-gap"
PORT = 18090
INTERVAL = 0.02
DESCRIPTION = """
{{}}
---
web:
    image: busybox
    docker_host: {host}
    command: httpd -f -p 80 -h /etc
    init: true
    port_bindings: {{80: {port}}}
    env: {{VERSION: "{{{{env['VERSION']}}}}"}}
"""


class Client(threading.Thread):
    """Asks for a page again and again, and notes when it came."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.answers: list[float] = []
        self.done = False
        self._url = url
        self._opener = build_opener(ProxyHandler({}))

    def run(self) -> None:
        while not self.done:
            began = time.monotonic()
            with suppress(OSError), self._opener.open(self._url, timeout=0.5) as answer:
                answer.read()
                self.answers.append(time.monotonic())
            time.sleep(max(INTERVAL - (time.monotonic() - began), 0))

    @property
    def silence(self) -> float:
        """The longest time between two answers, in seconds."""
        pairs = zip(self.answers, self.answers[1:], strict=False)
        return max(later - earlier for earlier, later in pairs)


def seconds(*words: str, version: str = "", cwd: Path | None = None) -> float:
    """How long a command takes."""
    began = time.monotonic()
    env = {**os.environ, "VERSION": version}
    subprocess.run(words, check=True, capture_output=True, env=env, cwd=cwd)
    return time.monotonic() - began


def lab(*words: str) -> str:
    command = [str(CHECKOUT / "bin" / "lab"), "--name", LAB, *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return str(done.stdout)


def measured(folder: Path, host: str, url: str, version: str) -> tuple[float, float]:
    """The silence of an update, and what docker takes to stop and start the same container."""
    dirg = (sys.executable, str(CHECKOUT / "bin" / "dirg"))
    client = Client(url)
    client.start()
    time.sleep(0.2)
    seconds(*dirg, "update", "--no-pull", version=version, cwd=folder)
    time.sleep(0.2)
    client.done = True
    client.join()
    docker = (shutil.which("docker") or "docker", "-H", host)
    return client.silence, seconds(*docker, "stop", "web") + seconds(*docker, "start", "web")


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    lab("up", "1", "--keeper", str(os.getpid()))
    try:
        (found,) = json.loads(lab("status", "--format", "json"))["hosts"]
        host, url = found["docker_host"], f"http://{found['address']}:{PORT}/hosts"
        folder = Path(tempfile.mkdtemp())
        (folder / "dirg.cfg").write_text("[DEFAULT]\ndirg_services = services.yml\n")
        text = DESCRIPTION.format(host=host, port=PORT)
        (folder / "services.yml").write_text(text)
        seconds(sys.executable, str(CHECKOUT / "bin" / "dirg"), "run", version="0", cwd=folder)
        pairs = [measured(folder, host, url, str(each + 1)) for each in range(rounds)]
        shutil.rmtree(folder)
    finally:
        lab("down")
    silence, yardstick = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{'longest silence of an update':<40} {silence * 1000:7.0f} ms")
    print(f"{'docker stop and docker start':<40} {yardstick * 1000:7.0f} ms")
    print(f"{'ratio (median of ' + str(rounds) + ' rounds)':<40} {silence / yardstick:7.2f}")
    return 0 if silence <= yardstick else 1


if __name__ == "__main__":
    sys.exit(main())
