"""Other tools that do the like, each installed into a folder of its own, with no change elsewhere.

One that can't be installed is left out, and the reason is told.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Unmeasured

COMPOSE, COMPOSE_1 = "Compose 2", "docker-compose 1"
PODMAN, MAESTRO = "podman-compose", "maestro-ng"
# Its own demands are of 2021: a PyYAML that builds no more, and exact old versions of others.
_COMPOSE_1 = ("docker-compose==1.29.2",)
_COMPOSE_1_NEEDS = (
    "docker<6",
    "requests<2.29",
    "urllib3<2",
    "PyYAML",
    "python-dotenv<1",
    "docopt",
    "dockerpty",
    "distro",
    "websocket-client<1",
    "jsonschema<4",
    "texttable",
    "packaging",
    # Of it comes distutils, which Python itself has no more.
    "setuptools<81",
)
_APT = """\
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "root";
Acquire::Languages "none";
"""
_SID = (
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    " http://deb.debian.org/debian sid main\n"
)
# podman-compose asks for podman's version even where it only prints its file.
_NO_PODMAN = "#!/bin/sh\necho podman version 4.3.1\n"


@dataclass
class Peers:
    """The tools that are there, in ``folder``; ``failures`` says why others are not."""

    folder: Path
    failures: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def command(self, name: str) -> tuple[list[str], dict[str, str]]:
        """How a tool is called, and with which environment, once it is installed.

        Raises Unmeasured, with the reason, when it can't be.
        """
        if name not in self.failures and name not in self.versions:
            try:
                self._install(name)
            except (Unmeasured, OSError, subprocess.SubprocessError) as problem:
                self.failures[name] = f"{name} is left out: {problem}"
        if name in self.failures:
            raise Unmeasured(self.failures[name])
        return self._call(name)

    def _call(self, name: str) -> tuple[list[str], dict[str, str]]:
        if name == COMPOSE:
            return ["docker", "compose"], {"DOCKER_CONFIG": str(self.folder / "compose")}
        if name == COMPOSE_1:
            return [self._script(name, "docker-compose")], {}
        if name == PODMAN:
            folder = str(self.folder / "podman")
            path = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
            return [self._script(name, "podman-compose")], path
        return [self._script(name, "maestro")], {}

    def _script(self, name: str, program: str) -> str:
        return str(self._environment(name) / "bin" / program)

    def _environment(self, name: str) -> Path:
        return self.folder / name.replace(" ", "-")

    def _install(self, name: str) -> None:
        print(f"bench: looking for {name}", file=sys.stderr, flush=True)
        installers: dict[str, Callable[[], None]] = {
            COMPOSE: self._install_compose,
            COMPOSE_1: lambda: self._install_python(name, _COMPOSE_1_NEEDS, _COMPOSE_1),
            PODMAN: self._install_podman_compose,
            MAESTRO: lambda: self._install_python(name, ("maestro-ng", "setuptools<81")),
        }
        # What was left half installed is no use.
        done = self._environment(name).with_suffix(".done")
        if not done.exists():
            installers[name]()
        command, env = self._call(name)
        flag = "--version" if name in (PODMAN, MAESTRO) else "version"
        self.versions[name] = _said([*command, flag], env).split("\n")[0].strip()
        done.touch()

    def _install_python(
        self, name: str, packages: Sequence[str], alone: Sequence[str] = ()
    ) -> None:
        """Packages with what they depend on, and others without."""
        folder = self._environment(name)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q"]
        _said([*pip, "--disable-pip-version-check", *packages])
        if alone:
            _said([*pip, "--disable-pip-version-check", "--no-deps", *alone])

    def _install_podman_compose(self) -> None:
        self._install_python(PODMAN, ("podman-compose",))
        stub = self.folder / "podman" / "podman"
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(_NO_PODMAN)
        stub.chmod(0o755)

    def _install_compose(self) -> None:
        """From Debian's newest packages, unpacked here and no more."""
        folder = self.folder / "apt"
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text(_SID)
        (folder / "apt.conf").write_text(_APT.format(folder=folder))
        env = {"APT_CONFIG": str(folder / "apt.conf")}
        _said(["apt-get", "-q", "update"], env)
        _said(["apt-get", "-q", "download", "docker-compose"], env, folder)
        (package,) = folder.glob("docker-compose_*.deb")
        _said(["dpkg", "-x", str(package), str(folder / "root")])
        (program,) = (folder / "root").rglob("cli-plugins/docker-compose")
        plugins = self.folder / "compose" / "cli-plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        shutil.copy(program, plugins / "docker-compose")
        shutil.rmtree(folder)


def _said(
    command: Sequence[str], env: dict[str, str] | None = None, cwd: Path | None = None
) -> str:
    """The output of a command; Unmeasured with its last words when it fails."""
    done = subprocess.run(
        command,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or "it said nothing").split("\n")
        raise Unmeasured(f"{' '.join(command[:2])}: {words[-1]}")
    return done.stdout
