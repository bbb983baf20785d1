"""What befalls hosts, registries, and dirg itself, while commands are at work."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.engines.lab import IMAGE, PATIENCE, SH, fault, restarted, wait_until
from tests.engines.playing import Befalling
from tests.engines.registry import demanding
from tests.engines.scenes import LONG, SHORT, Scene

Striking = Iterator[Callable[[], None]]


def go_on(scene: Scene) -> None:
    """Let come what was held up: layers come, and containers end."""
    scene.road.release()
    for act in scene.acts.values():
        if act.deed.hold == "end":
            # Told by docker it would have to wait until the engine has made up its mind.
            held = next(name for name in act.called if scene.dead.state(name) == "running")
            scene.dead.docker("kill", "--signal", "TERM", held)


class HostDies(Befalling):
    """The engine is killed or frozen, or its host is cut off."""

    logs = "lost"

    def __init__(self, kind: str) -> None:
        self.kind = kind
        # Who is killed says no at once.
        self.limit = LONG if kind == "kill" else SHORT

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        with fault(self.kind, scene.dead) as happen:
            yield happen


class DiskFull(Befalling):
    """The file system of the engine has no room left."""

    logs = "silent"

    @contextmanager
    def stage(self, scene: Scene) -> Iterator[None]:
        with restarted(scene.dead, on="size=48m"):
            yield

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        filler = f"{scene.dead.directory}/root/filler"
        fill = f"dd if=/dev/zero of={filler} bs=4k 2>/dev/null; : >{filler}.too 2>/dev/null"

        def strike() -> None:
            scene.dead.inside(SH, "-c", f"{fill}; true")
            scene.road.release()
            # What could not be pulled is removed, and then there is room again.
            wait_until(
                lambda: all(scene.acts[key].has_ended() for key in ("run", "update", "pull"))
            )
            scene.dead.inside(SH, "-c", f"{fill.replace('filler', 'filler.2')}; true")
            go_on(scene)

        try:
            yield strike
        finally:
            scene.dead.inside(SH, "-c", f"rm -f {filler}*")


def fill(file: Path) -> None:
    """Write to a file until there is no room left."""
    with file.open("ab", 0) as written, suppress(OSError):
        while written.write(b"x" * 1024):
            pass


class OwnDiskFull(Befalling):
    """dirg's TMPDIR, HOME and standard output are on a file system that has no room left.

    It is mounted where only this dirg sees it, and goes with it.
    """

    logs = "to write"

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        for act in scene.acts.values():
            disk = act.project.folder / "disk"
            disk.mkdir()
            mount = f'mount -t tmpfs -o size=64k tmpfs {disk} && exec "$@" >>{disk}/out'
            act.prefix = ("unshare", "--mount", SH, "-c", mount, SH)
            act.env = {"TMPDIR": str(disk), "HOME": str(disk)}
            act.out = disk / "out"

        def strike() -> None:
            for act in scene.acts.values():
                # There may be room in the last page of what it has written.
                for name in ("filler", "out"):
                    fill(act.seen(act.project.folder / "disk" / name))
            go_on(scene)

        yield strike


class DirgKilled(Befalling):
    """dirg is killed; the docker commands that it had begun go on."""

    logs = "ends"

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        def strike() -> None:
            for act in scene.acts.values():
                assert act.process
                act.process.kill()
            go_on(scene)
            # The docker process that follows logs does so until its container has ended.
            scene.dead.docker("restart", "--time", "0", scene.acts["logs"].web)
            scene.alive.docker("restart", "--time", "0", scene.acts["logs"].other)

        yield strike


class RegistryDead(Befalling):
    """The registry closes all connections, and takes none any more."""

    @contextmanager
    def stage(self, scene: Scene) -> Iterator[None]:
        # By default, this engine tries five times, for 50 s.
        with restarted(scene.dead, "--max-download-attempts", "1"):
            yield

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        def strike() -> None:
            scene.road.die()
            go_on(scene)

        yield strike
        scene.road.revive()


class RegistrySilent(Befalling):
    """The registry sends nothing more, and keeps its connections; whoever waits is interrupted."""

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        def strike() -> None:
            for key in ("run", "update", "pull"):
                process = scene.acts[key].process
                assert process
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)
            go_on(scene)

        yield strike


class RegistryRefuses(Befalling):
    """The registry does not accept the password that docker has been given."""

    held = False

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        config = scene.folder / "docker-config"
        config.mkdir()
        for act in scene.acts.values():
            act.env = {"DOCKER_CONFIG": str(config)}

        def login(password: str) -> None:
            auth = base64.b64encode(f"ops:{password}".encode()).decode()
            auths = {scene.road.address: {"auth": auth}}
            (config / "config.json").write_text(json.dumps({"auths": auths}))

        def strike() -> None:
            login("wrong")
            scene.road.release()

        with demanding(scene.lab, scene.folder) as address:
            scene.road.target, before = address, scene.road.target
            yield strike
            login("right")
            scene.road.target = before


class NameTaken(Befalling):
    """Somebody else makes a container of the name, between dirg's question and its deed."""

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        docker = scene.dead.docker

        docker = scene.dead.docker

        def take(name: str) -> None:
            docker("run", "-d", "--init", "--name", f"{name}.theirs", IMAGE, "sleep", "3600")
            if name in scene.dead.names():
                docker("rename", name, f"{name}.away")
            docker("rename", f"{name}.theirs", name)

        def strike() -> None:
            for act in scene.acts.values():
                if act.deed.key in ("run", "stop", "rm", "logs"):
                    take(act.web)
                elif act.deed.key == "update":
                    take(f"{act.web}.dirg-new")
            docker("rm", "--force", f"{scene.acts['logs'].web}.away")
            go_on(scene)

        yield strike


class Cli(Befalling):
    """The docker CLI becomes something else, for dirg."""

    def __init__(
        self, body: str = "", held: bool = True, env: dict[str, str] | None = None
    ) -> None:
        self.body = body
        self.held = held
        self.logs = "goes on" if held else "ends"

    @contextmanager
    def striking(self, scene: Scene) -> Striking:
        docker = shutil.which("docker")
        assert docker
        folder = Path(tempfile.mkdtemp(dir=scene.folder))
        program = folder / "docker"
        program.symlink_to(docker)
        for act in scene.acts.values():
            act.env = {"PATH": str(folder)}

        def strike() -> None:
            program.unlink()
            if self.body:
                new = folder / "new"
                new.write_text(f"#!/bin/sh\ndocker={docker}\n{self.body}\n")
                new.chmod(0o755)
                new.rename(program)
            if self.held:
                go_on(scene)

        yield strike


NOISE = (
    "/usr/bin/head -c 3000 /dev/urandom; echo; "
    "/usr/bin/head -c 300000 /dev/zero | /usr/bin/tr '\\0' '{'; echo; echo '{\"id\":\"'"
)
BEFALLING: dict[str, Befalling] = {
    "engine killed": HostDies("kill"),
    "engine frozen": HostDies("freeze"),
    "host cut off": HostDies("drop"),
    "disk full on the engine": DiskFull(),
    "registry dead": RegistryDead(),
    "registry silent": RegistrySilent(),
    "registry refuses": RegistryRefuses(),
    "name taken": NameTaken(),
    "dirg killed": DirgKilled(),
    "own disk full": OwnDiskFull(),
    "CLI missing": Cli(held=False),
    "CLI removed": Cli(),
    "CLI too old": Cli('DOCKER_API_VERSION=1.11 exec "$docker" "$@"', held=False),
    "garbage": Cli(NOISE, held=False),
    "garbage and failure": Cli(f"{NOISE}; {NOISE} >&2; exit 1", held=False),
    "garbage from now on": Cli(NOISE),
}
