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
NAME = "bench-lab"
# The kinds of hosts rotate; the first and the fourth are reached by plain tcp.
_PLAIN = (0, 3)


@dataclass
class Lab:
    """Hosts that go when this process ends, however it does."""

    name: str = NAME
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

    @property
    def registry(self) -> str:
        """Address and port of the registry that the hosts take images from."""
        return str(self._state["registry"])

    @property
    def facts(self) -> dict[str, str]:
        """The version of the engines, where they were started."""
        return {"engines": engine(self.hosts[0])} if self._up else {}

    def down(self) -> None:
        """End the hosts, if they were started."""
        if self._up:
            self._up = False
            self._call("down")

    def _call(self, *words: str) -> str:
        command = [str(CHECKOUT / "bin" / "lab"), "--name", self.name, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unmeasured(f"bin/lab {words[0]}: {done.stderr.strip().rpartition(chr(10))[2]}")
        return done.stdout
