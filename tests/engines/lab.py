"""The docker hosts that these tests run on, and dirg as somebody in front of them calls it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from http.client import HTTPException
from pathlib import Path
from textwrap import dedent
from threading import Timer
from typing import Any, TypeVar

from tests.engines.asking import asked
from tests.helpers import Answer

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "bin" / "lab"
DATA = Path(__file__).parent / "data"
SH = shutil.which("sh") or "sh"
IMAGE = "busybox:latest"
NETWORKS = {"bridge", "host", "none"}

# How long anything may take before a test counts as hanging; no test waits for it to pass.
PATIENCE = 120.0
# How many containers are removed at once.
_AT_ONCE = 16

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


def at_once(work: Callable[[_Item], _Found], items: Iterable[_Item]) -> list[_Found]:
    """What a function gives for each item, all of them worked on at the same time."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(work, items))


def call(
    *words: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    given: bytes = b"",
) -> Answer:
    """Run a program to its end; bytes that are no UTF-8 survive as surrogates."""
    done = subprocess.run(
        words, env=env, cwd=cwd, input=given, capture_output=True, timeout=PATIENCE, check=False
    )
    return Answer(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(written: bytes) -> str:
    return written.decode("utf-8", "surrogateescape")


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for what is bound to happen; the time limit only ends a test that has failed.

    It is asked for ever less often: who asks all the time slows down what it waits for.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds, f"never happened: {condition}"
        time.sleep(min(max(waited / 5, 0.02), 0.5))


@dataclass(frozen=True)
class Snapshot:
    """What an engine has: a line for each thing, containers with their state."""

    containers: tuple[str, ...]
    images: tuple[str, ...]
    volumes: tuple[str, ...]
    networks: tuple[str, ...]


@dataclass(frozen=True)
class Engine:
    """A docker host of a lab, reached over its own socket whatever its kind is."""

    name: str
    kind: str
    address: str
    docker_host: str
    unix: str
    pid: int
    network_namespace: str
    config: Path

    @property
    def written(self) -> str:
        """How a description names this host."""
        return self.docker_host.replace("tcp://", "https://" if self.kind == "tls" else "tcp://")

    @property
    def directory(self) -> Path:
        """Where the lab keeps what belongs to this host."""
        return Path(self.unix.removeprefix("unix://")).parent

    @property
    def engine(self) -> int:
        """The process of dockerd, which is another one after a restart."""
        started = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        (found,) = alive(int(pid) for pid in started if _program(int(pid)) == "dockerd")
        return found

    def call(self, *words: str | Path, given: bytes = b"") -> Answer:
        """Run the docker CLI, without anything that the caller's shell has set for it."""
        environ = {"PATH": os.environ["PATH"], "DOCKER_CONFIG": str(self.config)}
        return call("docker", "-H", self.unix, *words, env=environ, given=given)

    def asked(self, *path: str, query: str = "") -> Any:
        """What its API says; None where there is no such thing."""
        return asked(self.unix, *path, query=query)

    def answers(self) -> bool:
        """Whether it takes questions; it may not be there yet."""
        try:
            return bool(asked(self.unix, "version", seconds=5))
        except (OSError, HTTPException):
            return False

    def docker(self, *words: str | Path, given: bytes = b"") -> str:
        """What the docker CLI prints; it has to succeed."""
        answer = self.call(*words, given=given)
        assert answer.status == 0, f"docker {words} on {self.name}: {answer.error}"
        return answer.output

    def inside(self, *words: str | Path) -> None:
        """Run a program that sees what is mounted on the host; it has to succeed."""
        answer = call("nsenter", "--target", str(self.pid), "--mount", "--pid", *words)
        assert answer == Answer(0, "", ""), answer

    def lines(self, *words: str) -> list[str]:
        return sorted(self.docker(*words).splitlines())

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine knows of a container."""
        found = self.asked("containers", name, "json")
        assert isinstance(found, dict), f"no container {name} on {self.name}"
        return found

    def names(self) -> list[str]:
        """The names of all containers."""
        # Links give it more; one that is about to be removed may have none any more.
        all_names = [[name[1:] for name in each["Names"] or ()] for each in self._containers()]
        return sorted(name for names in all_names for name in names if "/" not in name)

    def volumes(self) -> list[str]:
        """The names of all volumes."""
        return sorted(each["Name"] for each in self.asked("volumes")["Volumes"] or ())

    def _containers(self) -> list[dict[str, Any]]:
        """What the engine's list has of each container."""
        found = self.asked("containers", "json", query="?all=1")
        assert isinstance(found, list)
        return found

    def state(self, name: str) -> str:
        """A container's state, such as running; missing where there is no such container."""
        found = self.asked("containers", name, "json")
        return found["State"]["Status"] if found else "missing"

    def image_id(self, name: str) -> str:
        return self.docker("image", "inspect", "--format", "{{.Id}}", name).strip()

    def snapshot(self) -> Snapshot:
        return Snapshot(
            containers=tuple(sorted(self._seen(each["Id"]) for each in self._containers())),
            images=tuple(sorted(map(_image, self.asked("images", "json", query="?all=1")))),
            volumes=tuple(self.volumes()),
            networks=tuple(sorted(each["Id"] for each in self.asked("networks"))),
        )

    def _seen(self, number: str) -> str:
        found, times = self.inspect(number), ("Status", "StartedAt", "FinishedAt")
        return " ".join([number, found["Name"], *(found["State"][each] for each in times)])

    @contextmanager
    def recorded_events(self) -> Iterator[list[str]]:
        """Collects everything that happens on the engine meanwhile."""
        events: list[str] = []
        since = f"{time.time():.9f}"
        yield events
        until = f"{time.time():.9f}"
        form = "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}"
        events += self.docker(
            "events", "--since", since, "--until", until, "--format", form
        ).splitlines()

    def write_log(self, container: str, line: str, stream: int = 1) -> None:
        """Have a container write a line, and wait until the engine has it in the log."""
        script = 'printf "%s\\n" "$1" >/proc/1/fd/$2'
        self.docker("exec", container, "sh", "-c", script, "sh", line, str(stream))

        def logged() -> bool:
            answer = self.call("logs", container)
            return line in (answer.output + answer.error).splitlines()

        wait_until(logged)

    def make_image(self, name: str, *changes: str, content: str = "") -> str:
        """Make an image of busybox, and push it where the name says so; gives its id.

        ``content`` is what tells it from others, as it is in the file /content.
        """
        flags = [word for change in changes for word in ("--change", change)]
        container = self.docker(
            "run", "-d", IMAGE, "sh", "-c", 'printf %s "$1" >/content', "sh", content
        ).strip()
        self.docker("wait", container)
        number = self.docker("commit", *flags, container, name).strip()
        self.docker("rm", container)
        if "/" in name:
            self.docker("push", "--quiet", name)
        return number

    def clean(self) -> None:
        """Remove everything that was not there when the engine was new."""
        containers = [each["Id"] for each in self._containers()]
        if containers:
            # Containers that remove themselves may be faster. An engine 20.10 has locked itself up
            # where dozens in several networks went at once.
            for begin in range(0, len(containers), _AT_ONCE):
                self.call("rm", "--force", "--volumes", *containers[begin : begin + _AT_ONCE])
            wait_until(lambda: not self._containers())
        volumes = self.volumes()
        if volumes:
            self.docker("volume", "rm", "--force", *volumes)
        networks = {each["Name"] for each in self.asked("networks")} - NETWORKS
        if networks:
            self.docker("network", "rm", *networks)
        while images := self._references():
            # Removing one takes its parents along, which are then missing: see what is left.
            self.call("image", "rm", "--force", *images)

    def _references(self) -> list[str]:
        """What names all images but the one that is to stay."""
        found: set[str] = set()
        for each in self.asked("images", "json", query="?all=1"):
            names = {*(each["RepoTags"] or ())} - {"<none>:<none>"}
            digests = {*(each["RepoDigests"] or ())} - {"<none>@<none>"}
            found |= names - {IMAGE} if names else digests or {each["Id"]}
        return sorted(found)


def _image(found: Mapping[str, Any]) -> str:
    names = [*(found["RepoTags"] or ()), *(found["RepoDigests"] or ())]
    return " ".join([found["Id"], *sorted(names)])


@dataclass(frozen=True)
class Fault:
    """A way in which a host dies: kill or freeze its engine, drop or refuse what it is sent.

    ``script`` makes it so, for a shell in the middle of something else.
    """

    kind: str
    engine: Engine
    script: str

    def __call__(self) -> None:
        """Make it so now."""
        answer = call(SH, "-c", self.script)
        assert answer == Answer(0, "", ""), answer


FAULTS = ("kill", "freeze", "drop", "refuse")


@contextmanager
def fault(kind: str, engine: Engine) -> Iterator[Fault]:
    """A fault to come; afterwards the host is well again, whether it has come or not."""
    pid = engine.engine
    started = _started_as(pid)
    space = f"nsenter --net=/run/netns/{engine.network_namespace}"
    rules = {
        "drop": "INPUT -i eth0 -j DROP",
        "refuse": "INPUT -i eth0 -p tcp -j REJECT --reject-with tcp-reset",
    }
    scripts = {
        # Until it is gone, its connections are not.
        "kill": f"kill -KILL {pid}; while kill -0 {pid} 2>/dev/null; do sleep 0.01; done",
        "freeze": f"kill -STOP {pid}",
        **{each: f"{space} iptables -w -I {rule}" for each, rule in rules.items()},
    }
    try:
        yield Fault(kind, engine, scripts[kind])
    finally:
        if kind in rules:
            while call(*space.split(), "iptables", "-w", "-D", *rules[kind].split()).status == 0:
                pass
        elif alive([pid]):
            os.kill(pid, signal.SIGCONT)
        else:
            _start_engine(engine, started)
        wait_until(engine.answers)


def _started_as(pid: int) -> list[str]:
    """The arguments of an engine, after the PATH where it finds its own programs."""
    process = Path(f"/proc/{pid}")
    argv, environ = (
        (process / name).read_text().split("\0")[:-1] for name in ("cmdline", "environ")
    )
    return [*(each for each in environ if each.startswith("PATH=")), *argv]


def _start_engine(engine: Engine, argv: list[str]) -> None:
    """Start dockerd in the place of one that has died, as a child of the host's first process."""
    # Background jobs of a shell ignore SIGINT, and containers would inherit that.
    start = f'env --default-signal "$@" </dev/null >>{engine.directory}/log 2>&1 &'
    spaces = ["--net", "--pid", "--mount", "--uts", "--ipc"]
    answer = call("nsenter", "--target", str(engine.pid), *spaces, SH, "-c", start, SH, *argv)
    assert answer == Answer(0, "", ""), answer


@contextmanager
def restarted(engine: Engine, *flags: str, on: str = "") -> Iterator[None]:
    """An engine with more flags, and all that it keeps in memory where ``on`` says how much.

    It has nothing but the image before and after. What is mounted only its host sees.
    """
    started = _started_as(engine.engine)
    root = engine.directory / "root"
    _stop_engine(engine)
    if on:
        engine.inside("mount", "-t", "tmpfs", "-o", on, "tmpfs", root)
    try:
        _start_engine(engine, [*started, *flags])
        wait_until(engine.answers)
        if on:
            engine.docker("load", "--quiet", "--input", engine.directory.parent / "image.tar")
        yield
    finally:
        _stop_engine(engine)
        if on:
            engine.inside("umount", "--lazy", root)
        _start_engine(engine, started)
        wait_until(engine.answers)


def _stop_engine(engine: Engine) -> None:
    pid = engine.engine
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not alive([pid]))


_ENGINE_FIELDS = [field.name for field in fields(Engine) if field.name != "config"]


@dataclass(frozen=True)
class Lab:
    """Docker hosts on this machine, as ``lab status`` tells of them."""

    name: str
    directory: Path
    registry: str
    certificates: Path
    ssh: Path
    switch: str
    engines: tuple[Engine, ...]
    home: Path

    @property
    def plain(self) -> Engine:
        return self._of_kind("plain")

    @property
    def tls(self) -> Engine:
        return self._of_kind("tls")

    @property
    def ssh_host(self) -> Engine:
        return self._of_kind("ssh")

    def _of_kind(self, kind: str) -> Engine:
        return next(engine for engine in self.engines if engine.kind == kind)

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of somebody who works with this lab."""
        return {
            "PATH": os.pathsep.join([str(self.ssh), os.environ["PATH"]]),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "DOCKER_CERT_PATH": str(self.certificates),
            **more,
        }

    def snapshots(self) -> list[Snapshot]:
        return at_once(Engine.snapshot, self.engines)

    def clean(self) -> None:
        at_once(Engine.clean, self.engines)

    def names(self) -> dict[str, list[str]]:
        """The names of the containers on each engine."""
        names = at_once(Engine.names, self.engines)
        return {engine.name: found for engine, found in zip(self.engines, names, strict=True)}


def lab_command(name: str, *words: str) -> Answer:
    """Call bin/lab; its messages are not mixed up with what it starts."""
    return call(SCRIPT, "--name", name, *words)


def read_lab(name: str, home: Path) -> Lab:
    """What the script says of a lab that is up."""
    answer = lab_command(name, "status", "--format", "json")
    assert answer.status == 0, answer.error
    said = json.loads(answer.output)
    config = home / "no-docker-config"
    config.mkdir(exist_ok=True)
    return Lab(
        name=said["name"],
        directory=Path(said["directory"]),
        registry=said["registry"],
        certificates=Path(said["certificates"]),
        ssh=Path(said["ssh"]),
        switch=said["switch"],
        engines=tuple(
            Engine(**{field: host[field] for field in _ENGINE_FIELDS}, config=config)
            for host in said["hosts"]
        ),
        home=home,
    )


class Project:
    """A folder with a description, and dirg called in it.

    Every description may use the variables ``h1`` and so on, the docker hosts of the lab;
    ``registry``; and ``idle``, the properties of a container that does nothing until it is
    stopped, which it is at once.
    """

    IDLE = f"image: '{IMAGE}', command: sleep 3600, init: true"

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder

    def describe(self, text: str, **variables: str) -> None:
        """Write the service description, and the dirg.cfg that names it."""
        (self.folder / "dirg-services.yml").write_text(dedent(text), encoding="utf-8")
        hosts = {engine.name: engine.written for engine in self.lab.engines}
        known = {**hosts, "registry": self.lab.registry, "idle": self.IDLE, **variables}
        lines = ["[DEFAULT]", "dirg_services = dirg-services.yml"]
        lines += [f"{name} = {value}" for name, value in known.items()]
        (self.folder / "dirg.cfg").write_text("\n".join(lines), encoding="utf-8")

    def apart(self, name: object) -> tuple[str, str]:
        """The options by which dirg takes a copy of the description.

        Those that have the same description keep out of each other's way.
        """
        copies = {"dirg-services.yml": f"copy-{name}.yml", "dirg.cfg": f"copy-{name}.cfg"}
        for file, copy in copies.items():
            text = (self.folder / file).read_text(encoding="utf-8")
            text = text.replace("= dirg-services.yml", f"= copy-{name}.yml")
            (self.folder / copy).write_text(text, encoding="utf-8")
        return "-c", f"copy-{name}.cfg"

    def command(self, *words: str) -> list[str]:
        """The command line of dirg from this checkout."""
        return [sys.executable, str(CHECKOUT / "bin" / "dirg"), *words]

    def dirg(self, *words: str, env: Mapping[str, str] | None = None) -> Answer:
        """Run dirg as a process of its own."""
        environ = self.lab.environ(**(env or {}))
        return call(*self.command(*words), env=environ, cwd=self.folder)

    def done(self, *words: str, env: Mapping[str, str] | None = None) -> Answer:
        """Run dirg, which has to succeed and to complain of nothing."""
        answer = self.dirg(*words, env=env)
        assert (answer.status, answer.error) == (0, ""), answer
        return answer

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start dirg and leave it at work."""
        return subprocess.Popen(
            self.command(*words),
            env=self.lab.environ(**(env or {})),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def working(
        self, *words: str, env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """dirg at work; it is killed where it hangs, and afterwards in any case."""
        with self.start(*words, env=env) as process:
            watchdog = Timer(PATIENCE, process.kill)
            watchdog.start()
            try:
                yield process
            finally:
                watchdog.cancel()
                process.kill()

    def shell(self, script: str, env: Mapping[str, str] | None = None) -> Answer:
        """Give a shell what dirg has printed."""
        return call(
            SH,
            env=self.lab.environ(**(env or {})),
            cwd=self.folder,
            given=script.encode("utf-8", "surrogateescape"),
        )

    def shim(self, body: str) -> dict[str, str]:
        """An environment in which docker is a script, that finds the real one as "$docker"."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        program = folder / "docker"
        # Looked for here: where there was none, the lab has installed it.
        docker = shutil.which("docker")
        assert docker
        program.write_text(f"#!/bin/sh\ndocker={docker}\n{body}\n", encoding="utf-8")
        program.chmod(0o755)
        return {"PATH": os.pathsep.join([str(folder), self.lab.environ()["PATH"]])}

    @property
    def marked(self) -> dict[str, str]:
        """An environment by which to know every process that dirg starts in it."""
        return {"DIRG_TEST_MARKER": str(self.folder)}

    def nothing_left(self) -> None:
        """No process of a marked dirg is left, as soon as those that were ended are gone."""
        marks = [f"{name}={value}" for name, value in self.marked.items()]
        wait_until(lambda: not any(map(with_environment, marks)), 5)

    @contextmanager
    def recorded_calls(self, word: str) -> Iterator[tuple[list[str], dict[str, str]]]:
        """Collects the docker commands with some word that are executed in an environment."""
        log = self.folder / "calls"
        log.touch()
        calls: list[str] = []
        yield calls, self.shim(f'echo "$*" >>{log}; exec "$docker" "$@"')
        lines = log.read_text(encoding="utf-8").splitlines()
        calls += sorted(line for line in lines if word in line.split())


def children(pid: int) -> set[int]:
    """The processes that a process has started, and theirs."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        parents.setdefault(parent, []).append(int(folder.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = parents.get(waiting.pop(), [])
        found.update(new)
        waiting += new
    return found


def alive(pids: Iterable[int]) -> set[int]:
    """Those of some processes that have not ended."""
    return {pid for pid in pids if _state(pid) not in ("", "Z", "X")}


def with_environment(variable: str) -> set[int]:
    """The processes that have a variable, given as NAME=VALUE, in their environment."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if variable.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
