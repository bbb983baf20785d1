"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("dirg", "sh", "click", "jinja2", "pyyaml")


def facts() -> dict[str, str]:
    """The machine, and the versions of what is measured."""
    packages = {name: version(name) for name in _PACKAGES}
    return {
        "machine": f"{os.cpu_count()} cores, {_processor()}, Linux {_kernel()}",
        "docker CLI": said("docker", "version", "--format", "{{.Client.Version}}"),
        "Python": platform.python_version(),
        **packages,
    }


def engine(host: str) -> str:
    """The version of the engine of a host."""
    return said("docker", "-H", host, "version", "--format", "{{.Server.Version}}")


def said(*command: str) -> str:
    """The first line that a command prints, whatever its status."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return "none"
    return done.stdout.strip().split("\n")[0] or "none"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def line(found: Mapping[str, str]) -> str:
    """All facts in a line."""
    return "; ".join(
        f"{name} {value}" if name != "machine" else value for name, value in found.items()
    )


def _kernel() -> str:
    """The version of the kernel, without what its builder has added."""
    return platform.release().partition("-")[0]
