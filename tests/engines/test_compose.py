"""Compose files of public applications on an engine, with busybox in the place of their images."""

from __future__ import annotations

import os
import shutil

from dirg.imports import compose
from dirg.imports.described import Imported, written
from tests.engines.lab import IMAGE, Engine, Project, at_once
from tests.test_compose_files import APPLICATIONS, FOLDER, expected

# What belongs to the images, or to the machines that they are for; and what a kernel or an engine
# 20.10 refuses here.
OF_IMAGE = ("build", "entrypoint", "user", "platform", "gpus", "runtime", "device", "pull")
OF_MACHINE = (
    *("ulimit", "sysctl", "cap_add", "cap_drop", "log_driver", "log_opt", "group_add", "cpus"),
    *("mac_address", "health_start_interval", "privileged", "mount"),
)


def _stand_in(found: Imported, host: str) -> None:
    """Give every container an image that is there, and something to do."""
    completed = {
        name
        for properties in found.containers.values()
        for name, condition in dict(_conditions(properties)).items()
        if condition == "completed"
    }
    for name, properties in found.containers.items():
        for each in (*OF_IMAGE, *OF_MACHINE):
            properties.pop(each, None)
        properties["image"] = IMAGE
        properties["docker_host"] = host
        idle = ["sh", "-c", "trap exit TERM; sleep 3600 & wait"]
        properties["command"] = "true" if name in completed else idle
        if "health_cmd" in properties:
            properties["health_cmd"] = "true"
            properties["health_interval"] = "1s"
    for volume in found.volumes.values():
        volume.pop("opt", None)


def _conditions(properties: dict[str, object]) -> dict[str, str]:
    found = properties.get("depends_on")
    return found if isinstance(found, dict) else {}


def _external(found: Imported, engine: Engine, name: str) -> None:
    """Make what the file takes for there."""
    wanted = expected(name)["containers"].values()
    networks = {each for its in wanted for each in its["networks"]} - {*found.networks}
    for each in networks:
        if ":" not in each and each not in ("host", "none", "bridge"):
            engine.docker("network", "create", each)


# A bind on a shared file system, an address of the documentation, a health check of the image.
ELSEWHERE = {"gitea", "jellyfin", "prometheus"}


def test_applications_run(project: Project) -> None:
    names = [name for name in APPLICATIONS if name not in ELSEWHERE]
    engines = project.lab.engines

    def run_some(number: int) -> None:
        for name in names[number :: len(engines)]:
            folder = project.folder / name
            shutil.copytree(FOLDER / name, folder / "compose")
            _run(Project(project.lab, folder), engines[number], name)
            engines[number].clean()

    at_once(run_some, range(len(engines)))


def _run(project: Project, engine: Engine, name: str) -> None:
    """Everything of an application runs, as it is described."""
    variables = {key: str(it) for key, it in expected(name)["variables"].items()}
    environ = {"HOME": os.fspath(project.folder), **variables}
    file = project.folder / "compose" / "compose.yml"
    found = compose.read(file, environ=environ, relative_to=project.folder)
    _stand_in(found, engine.written)
    _external(found, engine, name)
    project.describe(written(found, "Imported."))
    environ = {**found.secrets, **environ}
    answer = project.dirg("run", "*", env=environ)
    assert answer.status == 0, answer
    # Some take a secret from whatever shell calls them.
    assert all("warning: secret_env: " in line for line in answer.error.splitlines()), answer
    completed = {
        each
        for properties in found.containers.values()
        for each, condition in _conditions(properties).items()
        if condition == "completed"
    }
    running = {*engine.lines("ps", "--format", "{{.Names}}")}
    assert running | completed == {*found.containers}, name
    plan = project.done("plan", "run", "*", "--exit-code", env=environ)
    assert {line.split()[2] for line in plan.lines[1:]} == {"none"}, name
