"""Commands of dirg at work on a host that something befalls: what comes of each of them.

Each command has a folder, a description and containers of its own: ``web`` is on the host that the
fault befalls, ``other`` on another one. So all of them are at work at once when it strikes.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.engines.lab import (
    IMAGE,
    PATIENCE,
    Engine,
    Lab,
    Project,
    wait_until,
)
from tests.engines.registry import Road
from tests.helpers import Answer

# A host that does not answer is dead after two questions; one that does is never asked so short.
SHORT, LONG = 2.5, 30.0
# What everything but waiting for a dead host may take on a machine that is busy with other things.
OVERHEAD = 40.0

# It takes its time to stop: it stays until it is told to end a second time.
STUBBORN = 'trap "echo told; trap - TERM" TERM; echo ready; while :; do sleep 3600 & wait; done'
CONTAINERS = """
web-KEY:
    image: "{{env['IMAGE'] or road ~ '/idle:1'}}"
    command: COMMAND
    init: true
    docker_host: "{{h1}}"
    stop_timeout: 60
    env: {VERSION: "{{env['VERSION'] or 1}}"}
    volumes: [/anonymous, "data-KEY:/data"]
other-KEY:
    image: "{{registry}}/idle:1"
    command: sleep 3600
    init: true
    docker_host: "{{h2}}"
"""


# Of a container: web-stop.dirg-old is that of stop.
_NAME = r"(\w+)-([a-z]+)(.*)"


@dataclass(frozen=True)
class Deed:
    """A command of dirg, and how far it is when something befalls its host.

    ``made``: whether there are containers already. ``hold``: what it is held up by: a layer of an
    image that does not come, or a container that does not end. ``next``: what a person calls next.
    """

    key: str
    words: tuple[str, ...]
    made: bool = True
    hold: str = ""
    version: str = "1"
    image: str = ""
    next: tuple[str, ...] = ()


_REPLACE = ("update", "--no-pull", "--grace", "0")
DEEDS = (
    Deed("run", ("run",), made=False, hold="layer", image="slow-run"),
    Deed("stop", ("stop",), hold="end"),
    Deed("rm", ("rm",), hold="end"),
    Deed("update", ("update", "--grace", "0"), hold="layer", image="slow-update"),
    Deed("replace", _REPLACE, hold="end", version="2"),
    Deed("pull", ("pull",), made=False, hold="layer", image="slow-pull"),
    Deed("logs", ("logs", "-f"), hold="line", next=("logs", "web-logs")),
)
KEYS = tuple(deed.key for deed in DEEDS)


@dataclass
class Act:
    """A command of dirg in its own folder."""

    scene: Scene
    deed: Deed
    project: Project
    prefix: Sequence[str] = ()
    env: dict[str, str] = field(default_factory=dict)
    out: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def web(self) -> str:
        return f"web-{self.deed.key}"

    @property
    def other(self) -> str:
        return f"other-{self.deed.key}"

    @property
    def called(self) -> tuple[str, ...]:
        """What the container that there was before may be called by now; an update renames it."""
        return (f"{self.web}.away", f"{self.web}.dirg-old", self.web)

    @property
    def environ(self) -> dict[str, str]:
        """What dirg is called with."""
        image = {"IMAGE": f"{self.scene.road.address}/{self.deed.image}:1"}
        return {
            "VERSION": self.deed.version,
            **(image if self.deed.image else {}),
            **self.project.marked,
            **self.env,
        }

    def file(self, stream: str) -> Path:
        return self.project.folder / stream

    def said(self, stream: str) -> str:
        return self.file(stream).read_text(encoding="utf-8", errors="surrogateescape")

    @property
    def stubborn(self) -> bool:
        """Whether its container takes its time to end."""
        return self.deed.hold == "end" and self.scene.held

    @property
    def containers(self) -> str:
        """The definitions of its containers."""
        command = f"[sh, -c, '{STUBBORN}']" if self.stubborn else "sleep 3600"
        return CONTAINERS.replace("KEY", self.deed.key).replace("COMMAND", command)

    def keep(self) -> None:
        """Put something into the volumes of the container that there is."""
        if self.deed.made:
            script = "echo kept | tee /anonymous/said >/data/said"
            self.scene.dead.docker("exec", self.web, "sh", "-c", script)
        if self.stubborn:
            self._wrote("ready")

    def _wrote(self, line: str) -> None:
        def wrote() -> bool:
            logs = (self.scene.dead.call("logs", each).lines for each in self.called)
            return any(line in lines for lines in logs)

        wait_until(lambda: wrote() or self.has_ended())

    def start(self) -> None:
        words = [*self.prefix, *self.project.command(*self.deed.words)]
        words += ["--timeout", f"{self.scene.limit:g}"]
        with self.file("out").open("wb") as out, self.file("err").open("wb") as err:
            self.process = subprocess.Popen(
                words,
                env=self.project.lab.environ(**self.environ),
                cwd=self.project.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def wait_until_at_work(self) -> None:
        """Wait until it is held up, in the middle of what it does."""
        if self.deed.hold == "layer":
            wait_until(lambda: self.deed.image in self.scene.road.held or self.has_ended())
        elif self.deed.hold == "end":
            self._wrote("told")
        else:
            self.scene.dead.write_log(self.web, "early")
            wait_until(lambda: "early" in self.shown() or self.has_ended())
        if self.deed.key in ("run", "stop", "rm"):
            # What is on the other host is done.
            wait_until(lambda: self.other in self.shown() or self.has_ended())
        assert not self.has_ended(), (self.deed.key, self.said("out"), self.said("err"))

    def shown(self) -> str:
        """What it has written to its standard output so far."""
        return (self.seen(self.out) if self.out else self.file("out")).read_text(encoding="utf-8")

    def wait_until_shown(self, pattern: str) -> None:
        wait_until(lambda: re.search(pattern, self.shown(), re.MULTILINE))

    def seen(self, path: Path) -> Path:
        """A file as dirg sees it, while it is there."""
        assert self.process
        return Path(f"/proc/{self.process.pid}/root{path}")

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def end(self) -> Answer:
        """Wait until it has ended."""
        assert self.process
        status = self.process.wait(PATIENCE)
        return Answer(status, self.said("out"), self.said("err"))

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@dataclass
class Scene:
    """All commands at work, on a host that something is about to befall and another one."""

    lab: Lab
    road: Road
    folder: Path
    limit: float = LONG
    held: bool = True
    acts: dict[str, Act] = field(default_factory=dict)

    @property
    def dead(self) -> Engine:
        return self.lab.plain

    @property
    def alive(self) -> Engine:
        return self.lab.tls

    def add(self, deed: Deed) -> Act:
        act = self.acts[deed.key] = Act(self, deed, self.project(deed.key))
        return act

    def project(self, name: str) -> Project:
        folder = self.folder / name
        folder.mkdir()
        return Project(self.lab, folder)

    def prepare(self) -> None:
        """Write the descriptions, and have what there is before run, with data in its volumes."""
        self.alive.docker("tag", IMAGE, f"{self.lab.registry}/idle:1")
        self.dead.docker("tag", IMAGE, f"{self.road.address}/idle:1")
        acts = self.acts.values()
        for act in acts:
            self.describe(act.project, [act])
        everything = self.project("everything")
        self.describe(everything, [act for act in acts if act.deed.made])
        everything.done("run")
        self.each(Act.keep)

    def describe(self, project: Project, acts: Iterable[Act]) -> None:
        text = "{}\n---\n" + "".join(act.containers for act in acts)
        project.describe(text, road=self.road.address)

    def each(self, work: Callable[[Act], None], together: int = 3) -> None:
        """Do something for every command, for a few at once: the machine may be busy."""
        with ThreadPoolExecutor(together) as pool:
            list(pool.map(work, self.acts.values()))

    def start(self) -> None:
        def start(act: Act) -> None:
            act.start()
            act.wait_until_at_work()

        self.each(start)

    def states(self) -> dict[str, dict[str, str]]:
        """The state of each container that there is, and of the image that is pulled, by command.

        Without the key in the names: web, other, and what became of them.
        """
        found: dict[str, dict[str, str]] = {key: {} for key in self.acts}
        for engine in (self.dead, self.alive):
            # The list may be wrong of one that ended while the disk was full (20.10).
            for name in engine.names():
                told = re.fullmatch(_NAME, name)
                state = engine.state(name)
                if told and state != "missing":
                    first, key, rest = told.groups()
                    found[key][first + rest] = state
        image = self.acts["pull"].environ["IMAGE"]
        if self.dead.asked("images", image, "json"):
            found["pull"]["image"] = "there"
        return found
