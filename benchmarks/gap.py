"""How long a service is silent while dirg update replaces its container.

A client asks its published port every 20 ms. The yardstick is the silence while docker itself stops
and starts the same container, seen by the same client in the same run: besides what docker takes, a
network may need a second until it knows where an address is again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from benchmarks import descriptions
from benchmarks.bench import Bench
from benchmarks.measure import Cost, Work, run
from benchmarks.rows import Reach, Row, compared

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


def rows(bench: Bench) -> Iterator[Row]:
    host, address = bench.lab.hosts[0], bench.lab.addresses[0]
    text = DESCRIPTION.format(host=host, port=PORT)
    folder = descriptions.write(bench.work / "gap", text)
    url = f"http://{address}:{PORT}/hosts"
    try:
        run(bench.dirg("run", folder=folder, env={"VERSION": "0"}))
        rounds = 1 if bench.quick else bench.rounds
        pairs = [_measured(bench, folder, host, url, n + 1) for n in range(rounds)]
    finally:
        run(bench.dirg("rm", folder=folder, env={"VERSION": "0"}))
    updates, restarts = ([Cost(each) for each in costs] for costs in zip(*pairs, strict=True))
    row = compared("longest silence of an update", "docker stop, docker start", updates, restarts)
    # The client can't tell what is shorter than the time between its questions.
    most = 1 + INTERVAL / (row.theirs.wall or INTERVAL)
    yield replace(row, reach=Reach(round(most, 3)))


def _measured(bench: Bench, folder: Path, host: str, url: str, version: int) -> tuple[float, float]:
    """The silence of an update, and of docker's own stop and start of the same container."""
    update = bench.dirg("update", "--no-pull", folder=folder, env={"VERSION": str(version)})
    docker = ("docker", "-H", host)
    restart = Work([(*docker, "stop", "web"), (*docker, "start", "web")], folder)
    return silence(url, update), silence(url, restart)


def silence(url: str, work: Work) -> float:
    """How long nobody answers while something is done, in seconds."""
    client = Client(url)
    client.start()
    try:
        time.sleep(0.2)
        run(work)
        # Until whoever was started last has answered.
        time.sleep(3)
    finally:
        client.done = True
        client.join()
    return client.silence
