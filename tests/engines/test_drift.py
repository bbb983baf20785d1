"""What engines say of containers, beside the definitions that these were made of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dirg import arguments, live, options
from dirg.drift import differences
from dirg.shown import as_definition
from dirg.state import Difference
from tests.engines.lab import Engine, Project, call, wait_until
from tests.helpers import described
from tests.inspected import CASES, Case, define, told

if TYPE_CHECKING:
    from dirg.arguments import Definition

# What an engine here can keep in mind, but not run.
CREATED = [
    "privileged: true",
    "gpus: all",
    "blkio_weight: 300",
    "cpu_rt_period: 1000000",
    "cpu_rt_runtime: 1000",
    "device_read_bps: /dev/null:1m",
    "device_write_bps: /dev/null:2048",
    "device_read_iops: /dev/null:010",
    "device_write_iops: /dev/null:100",
    "blkio_weight_device: ['/dev/null:200']",
    "cpu_period: 50000",
    "cpu_quota: 20000",
    "cgroup_parent: /drift",
    "kernel_memory: 64m",
    "security_opt: [systempaths=unconfined, 'seccomp=PROFILE']",
]
# What an image may give, and a definition that wants all of it otherwise.
IMAGE = [
    "ENV FROM_IMAGE=1 BOTH=2",
    "LABEL of=image other=x",
    "EXPOSE 80 53/udp",
    "VOLUME /data",
    "USER 1",
    "WORKDIR /tmp",
    'ENTRYPOINT ["sleep"]',
    'CMD ["3600"]',
    "HEALTHCHECK --interval=1h --retries=2 CMD true",
]
OVERRIDING = [
    "env: {BOTH: 3, FROM_IMAGE: 1}",
    "label: {other: y}",
    "ports: [80, 81]",
    "port_bindings: {53/udp: 10053}",
    "volumes: [/data/, /more]",
    "volume_bindings: {FOLDER: /data}",
    "user: '0'",
    "workdir: /",
    "stop_signal: TERM",
    "entrypoint: sh",
    "command: [-c, sleep 3600]",
    "health_interval: 2h",
]
# Flags for Windows; one that no image store here has; two that CLI 20.10 does not know.
ELSEWHERE = {
    *("cpu_count", "cpu_percent", "io_maxbandwidth", "io_maxiops"),
    "storage_opt",
    *("quiet", "use_api_socket"),
}


@dataclass(frozen=True)
class Bench:
    """An engine, and definitions of containers on it."""

    engine: Engine
    folder: Path
    api: tuple[int, ...]

    @classmethod
    def of(cls, project: Project) -> Bench:
        engine = project.lab.plain
        version = engine.docker("version", "--format", "{{.Client.APIVersion}}").strip()
        bench = cls(engine, project.folder, tuple(map(int, version.split("."))))
        (bench.folder / "ENV_FILE").write_text("FROM_FILE=1\n")
        (bench.folder / "LABEL_FILE").write_text("from=file\n")
        (bench.folder / "PROFILE").write_text('{"defaultAction": "SCMP_ACT_ALLOW"}\n')
        (bench.folder / "FILE").touch()
        (bench.folder / "FOLDER").mkdir()
        return bench

    @property
    def new(self) -> bool:
        """Whether CLI and engine know what came after 20.10."""
        return self.api >= (1, 44)

    def define(self, name: str, lines: Iterable[str]) -> Definition:
        """A definition of some lines; paths are in the folder of the bench."""
        return define(name, lines, self.folder)

    def run(self, name: str, *lines: str) -> Definition:
        """Run a container by dirg's own arguments."""
        definition = self.define(name, lines)
        environ = {**dict(definition.secrets), "FROM_SHELL": "secret"}
        words = [f"{key}={value}" for key, value in environ.items()]
        engine = self.engine
        docker = ["env", *words, "docker", "-H", engine.unix, *definition.run()]
        answer = call(
            *docker, env={"PATH": os.environ["PATH"], "DOCKER_CONFIG": str(engine.config)}
        )
        assert answer.status == 0, answer.error
        return definition

    def create(self, name: str, *lines: str) -> Definition:
        """Create a container by dirg's own arguments."""
        definition = self.define(name, lines)
        self.engine.docker(*definition.create(name))
        return definition

    def answer(self, name: str) -> dict[str, Any]:
        form = _format(live.FIELDS)
        found = json.loads(self.engine.docker("container", "inspect", "--format", form, name))
        assert isinstance(found, dict)
        return found

    def image(self, name: str) -> dict[str, Any]:
        """The configuration of a container's image."""
        form = _format(live.IMAGE_FIELDS)
        id = self.answer(name)["image"]
        found = json.loads(self.engine.docker("image", "inspect", "--format", form, id))
        assert isinstance(found["config"], dict)
        return found["config"]

    def names(self) -> dict[str, str]:
        lines = self.engine.lines("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}")
        pairs = [line.split() for line in lines]
        return {id: next(n for n in names.split(",") if "/" not in n) for id, names in pairs}

    def differences(self, definition: Definition) -> tuple[Difference, ...]:
        name = definition.name
        return differences(definition, self.answer(name), self.image(name), self.names())

    def properties(self, name: str) -> live.Facts:
        return live.properties(self.answer(name), self.image(name), self.names())

    def read_back(self, name: str) -> Definition:
        """What is shown of a container, read as a definition."""
        found = as_definition(name, self.properties(name), "tcp://h:1")
        assert found.pop("docker_host") == "tcp://h:1"
        container = described(yaml.safe_dump({name: found})).containers[name]
        return arguments.define(container, "/")

    def cases(self, name: str) -> list[Case]:
        """The lines of a container, as far as CLI and engine know them."""
        return [case for case in CASES[name] if self.new or not case.get("new")]


def _format(fields: Mapping[str, str]) -> str:
    """The format that makes docker give a JSON object with these fields."""
    return "{" + ",".join(f'"{key}":{{{{json {at}}}}}' for key, at in fields.items()) + "}"


@pytest.fixture
def bench(project: Project, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An engine without anything."""
    monkeypatch.chdir(project.folder)
    return Bench.of(project)


@pytest.fixture
def others(bench: Bench) -> None:
    """What the containers need: others that they join, and networks."""
    for name, number in {"lan": "77", "wan": "78", "man": "79"}.items():
        subnets = (f"--subnet=10.{number}.0.0/16", "--ipv6", f"--subnet=fd00:{number}::/64")
        bench.engine.docker("network", "create", *subnets, name)
    idle = ("init: true", "command: sleep 3600", "ipc: shareable")
    bench.run("db", *idle, "volumes: [/dbvol]")
    bench.run("peer", *idle, "net: lan")


def test_each_flag_is_compared() -> None:
    lines = [case["is"] for cases in CASES.values() for case in cases]
    tested = {line.strip().partition(":")[0] for line in [*lines, *CREATED]} - {""}
    known = {*options.RUN, "env", "net", "command"}
    known |= {"volumes", "volume_bindings", "ports", "port_bindings", "links"}
    assert tested | ELSEWHERE == known


def test_containers_as_defined_and_each_change(bench: Bench, others: None) -> None:
    for name in CASES:
        cases = bench.cases(name)
        lines = [case["is"] for case in cases]
        commanded = any(line.startswith("command:") for line in lines)
        idle = [] if commanded else ["command: sleep 3600"]
        definition = bench.run(name, *lines, *idle)
        assert bench.differences(definition) == ()
        assert bench.differences(bench.read_back(name)) == ()
        answer, image, names = bench.answer(name), bench.image(name), bench.names()
        for at, case in enumerate(cases):
            before, after = lines[:at], [*lines[at + 1 :], *idle]
            changed = bench.define(name, [*before, case["other"], *after])
            found = differences(changed, answer, image, names)
            assert found == told(case, bench.folder), case
            without = bench.define(name, [*before, *after])
            gone = [each.property for each in differences(without, answer, image, names)]
            assert gone == case.get("gone", [each.property for each in found]), case
        bench.engine.docker("kill", name)
        if "rm: true" not in lines:
            assert bench.differences(definition) == ()


def test_what_an_engine_here_can_only_keep_in_mind(bench: Bench) -> None:
    definition = bench.create("kept", *CREATED)
    assert bench.differences(definition) == ()
    # What a profile holds can't be written in a description.
    assert bench.differences(bench.read_back("kept")) == (
        Difference("security_opt", "seccomp=FILE", ""),
    )
    bare = bench.define("kept", ())
    assert [(each.property, each.found) for each in bench.differences(bare)] == [
        ("cgroup_parent", "/drift"),
        ("cpu_period", "50000"),
        ("cpu_quota", "20000"),
        ("cpu_rt_period", "1000000"),
        ("cpu_rt_runtime", "1000"),
        ("device_read_bps", "/dev/null:1m"),
        ("device_read_iops", "/dev/null:10"),
        ("device_write_bps", "/dev/null:2k"),
        ("device_write_iops", "/dev/null:100"),
        ("gpus", "all"),
        *([] if bench.new else [("kernel_memory", "64m")]),
        ("privileged", "true"),
        ("security_opt", "seccomp=FILE, systempaths=unconfined"),
    ]


def test_an_image_gives_what_is_no_difference(bench: Bench) -> None:
    bench.engine.make_image("full", *IMAGE)
    definition = bench.run("plain", "image: full", 'label: {"of": "me"}')
    assert bench.differences(definition) == ()
    assert bench.properties("plain") == {
        "hostname": ("plain",),
        "image": ("full:latest",),
        "label": (f"dirg.definition={definition.digest}", "of=me"),
    }
    assert as_definition("plain", bench.properties("plain")) == {
        "image": "full:latest",
        "label": {"of": "me"},
    }

    overridden = bench.run("other", "image: full", *OVERRIDING)
    assert bench.differences(overridden) == ()
    assert bench.differences(bench.read_back("other")) == ()
    assert bench.properties("other") == {
        "command": ("-c", "sleep 3600"),
        "entrypoint": ("sh",),
        "env": ("BOTH=3",),
        "health_interval": ("2h",),
        "hostname": ("other",),
        "image": ("full:latest",),
        "label": (f"dirg.definition={overridden.digest}", "other=y"),
        "port_bindings": ("10053:53/udp",),
        "ports": ("81",),
        "stop_signal": ("TERM",),
        "user": ("0",),
        "volume_bindings": (f"{bench.folder}/FOLDER:/data",),
        "volumes": ("/more",),
        "workdir": ("/",),
    }


def test_an_image_that_is_gone(bench: Bench) -> None:
    bench.engine.make_image("full", *IMAGE)
    definition = bench.run("plain", "image: full", "env: {OWN: 1}", "ports: [81]")
    answer, names = bench.answer("plain"), bench.names()
    assert differences(definition, answer, None, names) == ()
    changed = bench.define("plain", ["image: full", "env: {OWN: 2}", "user: 0:0", "ports: [82]"])
    assert differences(changed, answer, None, names) == (
        Difference("env", "OWN=********", "OWN=2"),
        Difference("ports", "", "82"),
        Difference("user", "1", "0:0"),
    )


def test_what_somebody_does_by_hand(bench: Bench, others: None) -> None:
    docker = bench.engine.docker
    definition = bench.run(
        "web", "command: sleep 3600", "init: true", "net: lan", "restart: always"
    )
    docker("update", "--memory", "64m", "--memory-swap", "128m", "--cpus", "0.5", "web")
    assert bench.differences(definition) == (
        Difference("cpus", "0.5", ""),
        Difference("memory", "64m", ""),
    )
    docker("update", "--restart", "no", "--pids-limit", "100", "--cpu-shares", "100", "web")
    docker("update", "--memory-swap", "200m", "--memory-reservation", "32m", "web")
    docker("network", "connect", "wan", "web")
    assert bench.differences(definition) == (
        Difference("cpu_shares", "100", ""),
        Difference("cpus", "0.5", ""),
        Difference("memory", "64m", ""),
        Difference("memory_reservation", "32m", ""),
        Difference("memory_swap", "200m", ""),
        Difference("net", "lan, wan", "lan"),
        Difference("pids_limit", "100", ""),
        Difference("restart", "", "always"),
    )
    docker("network", "disconnect", "lan", "web")
    docker("network", "disconnect", "wan", "web")
    assert Difference("net", "", "lan") in bench.differences(definition)


def test_one_that_somebody_made_again(bench: Bench) -> None:
    definition = bench.run("web", "command: sleep 3600", "init: true", "ports: [80]", "env: {A: 1}")
    bench.engine.docker("rm", "-f", "web")
    flags = ("--name", "web", "--init", "-p", "127.0.0.1:8080:80", "-e", "A=1", "-e", "OLD=secret")
    label = f"dirg.definition={definition.digest}"
    # Tools that make a container again take its labels along.
    bench.engine.docker("create", *flags, "--label", label, "busybox", "sleep", "1")
    host = bench.answer("web")["id"][:12]
    assert bench.differences(definition) == (
        Difference("command", "sleep 1", "sleep 3600"),
        Difference("env", "OLD", ""),
        Difference("hostname", host, "web"),
        Difference("port_bindings", "127.0.0.1:8080:80", ""),
    )


def test_others_that_are_replaced_or_gone(bench: Bench, others: None) -> None:
    lines = ("command: sleep 3600", "init: true")
    linked = bench.run("linked", *lines, "links: {db: database}")
    joined = bench.run("joined", *lines, "net: container:db")
    assert bench.differences(linked) == bench.differences(joined) == ()
    id = bench.answer("db")["id"]
    bench.engine.docker("rename", "db", "db.dirg-old")
    bench.run("db", *lines)
    assert bench.differences(linked) == (
        Difference("links", "db.dirg-old:database", "db:database"),
    )
    assert bench.differences(joined) == (
        Difference("net", "container:db.dirg-old", "container:db"),
    )
    bench.engine.docker("rm", "-f", "db.dirg-old")
    # The name stays in the link.
    assert bench.differences(linked) == (
        Difference("links", "db.dirg-old:database", "db:database"),
    )
    assert bench.differences(joined) == (Difference("net", f"container:{id[:12]}", "container:db"),)


def test_what_an_update_hands_on(bench: Bench) -> None:
    engine = bench.engine
    idle = ("command: sleep 3600", "init: true")
    lines = (*idle, "volumes: [/data]", "mount: ['dst=/more']", "volumes_from: [other]")
    bench.run("other", *idle, "volumes: [/other]")
    definition = bench.run("web", *lines)
    volume = _volume(bench, "/data")
    mark = f"dirg.update=by=me at=now process=1.2.3 volumes={volume}"
    by_name = ("-v", f"{volume}:/data", "--label", mark)
    for flags in (("--volumes-from", "web"), by_name):
        engine.docker(*definition.create("web.dirg-new", flags))
        engine.docker("rm", "-f", "web")
        engine.docker("rename", "web.dirg-new", "web")
        engine.docker("start", "web")
        assert bench.differences(definition) == ()
        assert bench.differences(bench.read_back("web")) == ()


def _volume(bench: Bench, path: str) -> str:
    form = "{{range .Mounts}}{{.Destination}} {{.Name}} {{end}}"
    words = bench.engine.docker("inspect", "--format", form, "web").split()
    return words[words.index(path) + 1]


def test_secrets_are_compared_and_never_told(bench: Bench) -> None:
    lines = ("command: sleep 3600", "init: true")
    secrets = "secret_env: {TOKEN: hidden, OTHER: 'hidden too', FROM_SHELL: ~}"
    definition = bench.run("web", *lines, secrets, "env: {A: 1}")
    assert bench.differences(definition) == ()
    changed = bench.define("web", [*lines, "secret_env: {TOKEN: new, OTHER: hidden too, MORE: x}"])
    assert bench.differences(changed) == (
        Difference("env", "A, FROM_SHELL", ""),
        Difference("secret_env", "another TOKEN=********", "TOKEN=********"),
        Difference("secret_env", "", "MORE=********"),
    )
    shown = as_definition("web", bench.properties("web"), "", definition)
    assert shown["env"] == {"A": "1"}
    assert shown["secret_env"] == dict.fromkeys(["FROM_SHELL", "OTHER", "TOKEN"], "********")


def test_a_container_that_was_never_started_or_has_stopped(bench: Bench, others: None) -> None:
    lines = ("command: sleep 3600", "init: true", "net: lan", "ip: 10.77.0.9")
    for at, net in enumerate((lines[2:], ["net: host"], ["net: none"], ["net: container:db"], [])):
        created = bench.create(f"created{at}", *lines[:2], *net)
        assert bench.differences(created) == (), net
    stopped = bench.run("two", "command: 'true'", "env: {A: b}")
    wait_until(lambda: bench.engine.state("two") == "exited")
    assert bench.differences(stopped) == ()
