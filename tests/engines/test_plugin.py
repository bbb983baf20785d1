"""``docker dirg``, as the docker CLI itself finds and calls it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.engines.lab import CHECKOUT, Project, call


@pytest.fixture
def config(project: Project, tmp_path: Path) -> Path:
    """A configuration of docker that has the plugin, and the contexts of the lab."""
    folder = tmp_path / "docker"
    plugin = folder / "cli-plugins" / "docker-dirg"
    plugin.parent.mkdir(parents=True)
    program = tmp_path / "dirg"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(CHECKOUT)!r})\n"
                       "from dirg.__main__ import main\nmain()\n")  # fmt: skip
    program.chmod(0o755)
    # As the README says it.
    plugin.symlink_to(program)
    return folder


def docker(project: Project, config: Path, *words: str) -> str:
    environ = {**project.lab.environ(), "DOCKER_CONFIG": str(config)}
    program = shutil.which("docker") or "docker"
    answer = call(program, *words, env=environ, cwd=project.folder)
    assert answer.status == 0, answer
    return answer.output


def test_docker_finds_it(project: Project, config: Path) -> None:
    host = project.lab.plain.unix
    info = json.loads(docker(project, config, "-H", host, "info", "-f", "{{json .ClientInfo}}"))
    (found,) = [each for each in info["Plugins"] if each["Name"] == "dirg"]
    assert not found.get("Err")
    assert found["ShortDescription"] == "Orchestrate docker containers over many hosts"


def test_it_does_what_dirg_does(project: Project, config: Path) -> None:
    """On the host that docker was told of, for what has none of its own."""
    project.describe("{}\n---\nhere: { {{idle}} }\nthere: { {{idle}}, docker_host: '{{h2}}' }\n")
    plain = project.lab.plain
    docker(project, config, "-H", plain.unix, "dirg", "run")
    assert plain.names() == ["here"]
    listed = docker(project, config, "--host", plain.unix, "dirg", "ps", "--format", "json")
    assert [(row["container"], row["state"]) for row in json.loads(listed)] == [
        ("here", "running"),
        ("there", "running"),
    ]
    docker(project, config, "context", "create", "mine", "--docker", f"host={plain.unix}")
    name = docker(project, config, "--context", "mine", "dirg", "exec", "here", "hostname")
    assert name == "here\n"
    assert docker(project, config, "dirg", "-n", "stop", "here") == "docker stop here\n"
