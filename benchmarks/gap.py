"""How long a service is silent while dirg update replaces its container.

A client asks its published port every 20 ms. The yardstick is the silence while docker itself stops
and starts the same container, seen by the same client in the same run: besides what docker takes, a
network may need a second until it knows where an address is again. Needs root; starts a docker host
by bin/lab.

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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
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
    """Asks for a page again and again, and notes when it came.

    It does not wait for an answer before it asks again: a question that gets lost while nobody is
    there would keep it from seeing that somebody is, until it is repeated after a second.
    """

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.answers: list[float] = []
        self.done = False
        self._url = url
        self._opener = build_opener(ProxyHandler({}))

    def run(self) -> None:
        with ThreadPoolExecutor(max_workers=200) as pool:
            while not self.done:
                pool.submit(self._ask)
                time.sleep(INTERVAL)

    def _ask(self) -> None:
        with suppress(OSError), self._opener.open(self._url, timeout=2) as answer:
            answer.read()
            self.answers.append(time.monotonic())

    @property
    def silence(self) -> float:
        """The longest time between two answers, in seconds."""
        answers = sorted(self.answers)
        pairs = pairwise(answers)
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
    """The silence of an update, and of docker's own stop and start of the same container."""
    dirg = (sys.executable, str(CHECKOUT / "bin" / "dirg"))
    docker = (shutil.which("docker") or "docker", "-H", host)

    def update() -> None:
        seconds(*dirg, "update", "--no-pull", version=version, cwd=folder)

    def stop_and_start() -> None:
        seconds(*docker, "stop", "web")
        seconds(*docker, "start", "web")

    return silence(url, update), silence(url, stop_and_start)


def silence(url: str, work: Callable[[], None]) -> float:
    """How long nobody answers while something is done, in seconds."""
    client = Client(url)
    client.start()
    time.sleep(0.2)
    work()
    # Until whoever was started last has answered.
    time.sleep(3)
    client.done = True
    client.join()
    return client.silence


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
    updated, yardstick = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{'longest silence of an update':<40} {updated * 1000:7.0f} ms")
    print(f"{'docker stop and docker start':<40} {yardstick * 1000:7.0f} ms")
    print(f"{'ratio (median of ' + str(rounds) + ' rounds)':<40} {updated / yardstick:7.2f}")
    # The client can't tell what is shorter than the time between its questions.
    return 0 if updated <= yardstick + INTERVAL else 1


if __name__ == "__main__":
    sys.exit(main())
