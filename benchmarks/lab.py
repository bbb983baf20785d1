"""Docker hosts of bin/lab, which are started when the first measurement needs them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.machine import engine
from benchmarks.measure import Unmeasured

CHECKOUT = Path(__file__).resolve().parents[1]
# The kinds of hosts rotate; the first and the fourth are reached by plain tcp.
_PLAIN = (0, 3)


@dataclass
class Lab:
    """Hosts that go when this process ends, however it does."""

    # Labs of others, also of another checkout, are left alone.
    name: str = field(default_factory=lambda: f"bench-{os.getpid() % 1_000_000}")
    _up: bool = field(default=False, init=False)

    @cached_property
    def _state(self) -> Any:
        if os.geteuid() != 0:
            raise Unmeasured("starting docker hosts needs root")
        self._up = True
        self._call("up", "4", "--keeper", str(os.getpid()))
        return json.loads(self._call("status", "--format", "json"))

    @property
    def hosts(self) -> list[str]:
        """Two docker hosts that are reached alike, as dirg and docker write them."""
        return [self._state["hosts"][n]["docker_host"] for n in _PLAIN]

    @property
    def addresses(self) -> list[str]:
        return [self._state["hosts"][n]["address"] for n in _PLAIN]

    @cached_property
    def image(self) -> str:
        """An image that both hosts have, of the lab's own registry.

        Tools that pull what is there as well (maestro-ng does) find it here, and ask nobody else.
        """
        image = f"{self._state['registry']}/busybox:bench"
        _checked("docker", "-H", self.hosts[0], "tag", "busybox", image)
        _checked("docker", "-H", self.hosts[0], "push", "-q", image)
        for host in self.hosts:
            _checked("docker", "-H", host, "pull", "-q", image)
        return image

    @property
    def facts(self) -> dict[str, str]:
        """The version of the engines, where they were started."""
        # A state that could not be had is not asked for again.
        return {"engines": engine(self.hosts[0])} if "_state" in vars(self) else {}

    def down(self) -> None:
        """End the hosts, if they were started."""
        if self._up:
            self._up = False
            self._call("down")

    def _call(self, *words: str) -> str:
        return _checked(str(CHECKOUT / "bin" / "lab"), "--name", self.name, *words)


def _checked(*command: str) -> str:
    """The output of a command; Unmeasured with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().split("\n")[-1]
        raise Unmeasured(f"{' '.join(command)}: {words}")
    return done.stdout
