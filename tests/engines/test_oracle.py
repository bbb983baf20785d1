"""The containers that the dirg of 2015 made of a description are made of it today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.engines.lab import DATA, Project

RECORDED = DATA / "oracle"


def test_the_recorded_description_gives_the_recorded_containers(
    project: Project, tmp_path: Path
) -> None:
    lab = project.lab
    project.describe(
        (RECORDED / "dirg-services.yml").read_text(encoding="utf-8"),
        # In place of /srv, so that nothing is left behind on this machine.
        data_dir=f"{tmp_path}/data",
        logs_dir=f"{tmp_path}/logs",
        image_name="busybox",
        loop_host=lab.tls.written,
    )
    environ = {"FROM_SHELL": "hello", "DOCKER_HOST": lab.plain.docker_host, "NULLV": "from dirg"}
    answer = project.dirg("run", env=environ)
    assert answer.status == 0, answer.error
    found = {
        name: _reduced(engine.inspect(name)) for engine in lab.engines for name in engine.names()
    }
    recorded = (RECORDED / "inspect.json").read_text(encoding="utf-8")
    assert found == _mended(json.loads(recorded.replace("/srv/", f"{tmp_path}/")), str(tmp_path))
    assert lab.names()["h2"] == ["loop1", "loop3"]
    assert lab.names()["h3"] == []


def _reduced(inspected: dict[str, Any]) -> dict[str, Any]:
    """What was recorded of a container, in the recorded form."""
    config, host = inspected["Config"], inspected["HostConfig"]
    return {
        "Binds": sorted(host["Binds"] or []),
        "Cmd": config["Cmd"],
        "Env": sorted(config["Env"] or []),
        "ExposedPorts": sorted(config.get("ExposedPorts") or {}),
        "Hostname": config["Hostname"],
        "Image": config["Image"],
        "Links": sorted(host["Links"] or []),
        # Engine 28 writes it out where the CLI 20.10 has named none.
        "NetworkMode": {"bridge": "default"}.get(host["NetworkMode"], host["NetworkMode"]),
        "PortBindings": host["PortBindings"],
        "Volumes": sorted(config["Volumes"] or {}),
    }


def _mended(recorded: dict[str, Any], srv: str) -> dict[str, Any]:
    """The record, but for what is made otherwise on purpose."""
    # Its image was of the machine that it was recorded on, and it is not in the description.
    del recorded["c-image"]
    for container in recorded.values():
        container["Env"] = sorted(container["Env"] or [])
        # Where a description names no network, the CLI leaves it to the engine: default is bridge.
        if container["NetworkMode"] == "bridge":
            container["NetworkMode"] = "default"
    # A port without a protocol takes the one that ports declares for it.
    bindings = recorded["c-dup"]["PortBindings"]
    bindings["8125/udp"] = bindings.pop("8125/tcp")
    # Values are the text as written, and a null value comes from dirg's own environment.
    recorded["c-env"]["Env"] = sorted(
        {*recorded["c-env"]["Env"], "BOOL=true", "NULLV=from dirg"} - {"BOOL=True", "NULLV=None"}
    )
    # A binding without a mode is given to docker without one.
    recorded["c-vol"]["Binds"] = [f"{srv}/data:/data", f"{srv}/logs:/logs"]
    # The mode ro gives a mount that is read-only.
    recorded["c-volro"]["Binds"] = [f"{srv}/data:/data:ro", f"{srv}/logs:/logs:ro"]
    # A path that is bound needs no volume, which would be left over as an anonymous one.
    recorded["c-vol"]["Volumes"] = recorded["c-volro"]["Volumes"] = []
    return recorded
