"""How containers differ from definitions, by what real engines have said of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dirg import arguments, live
from dirg.drift import differences, given_up
from dirg.shown import as_definition
from tests.helpers import described
from tests.inspected import CAPTURED, CASES, define, told

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.state import Difference

FOLDER = Path("/srv")
EVERY = [(version, name) for version, found in CAPTURED.items() for name in found["containers"]]
# What somebody wrote of the container "plain", to begin with.
PLAIN = "command: sleep 3600"


@dataclass
class Container:
    """A container that an engine has told of; a test may change what it has told."""

    name: str
    answer: dict[str, Any]
    image: dict[str, Any] | None
    names: Mapping[str, str]

    @classmethod
    def of(cls, version: str, name: str) -> Container:
        found = copy.deepcopy(CAPTURED[version])
        one = found["containers"][name]
        return cls(name, one["answer"], one["image"], found["names"])

    def differences(self, *lines: str) -> list[tuple[str, str, str]]:
        found = self.against(define(self.name, lines, FOLDER))
        return [(each.property, each.found, each.wanted) for each in found]

    def against(self, definition: Definition) -> tuple[Difference, ...]:
        return differences(definition, self.answer, self.image, self.names)

    def made_of(self, *lines: str) -> None:
        """Let its label say that it was made of a definition."""
        digest = define(self.name, lines, FOLDER).digest
        self.answer["config"]["Labels"][arguments.LABEL] = digest

    def host(self, **settings: object) -> None:
        self.answer["host_config"].update(settings)

    def config(self, **settings: object) -> None:
        self.answer["config"].update(settings)


@pytest.fixture(params=CAPTURED)
def plain(request: pytest.FixtureRequest) -> Container:
    return Container.of(request.param, "plain")


@pytest.mark.parametrize(("version", "name"), EVERY)
def test_a_container_is_as_it_was_made(version: str, name: str) -> None:
    container = Container.of(version, name)
    lines = CAPTURED[version]["containers"][name]["lines"]
    # Its folder is another one now.
    container.made_of(*lines)
    assert container.differences(*lines) == []


@pytest.mark.parametrize(("version", "name"), [each for each in EVERY if each[1] in CASES])
def test_each_change_of_a_definition_is_told(version: str, name: str) -> None:
    container = Container.of(version, name)
    lines = CAPTURED[version]["containers"][name]["lines"]
    changes = [case for case in CASES[name] if case["is"] in lines]
    # Its folder is another one now.
    container.made_of(*lines)
    assert len(changes) >= len(lines) - 1
    for case in changes:
        changed = [case["other"] if line == case["is"] else line for line in lines]
        assert container.against(define(name, changed, FOLDER)) == told(case, FOLDER)


@pytest.mark.parametrize(("version", "name"), [each for each in EVERY if each[1] != "kept"])
def test_what_is_shown_is_a_definition_of_the_same_container(version: str, name: str) -> None:
    container = Container.of(version, name)
    found = live.properties(container.answer, container.image, container.names)
    text = yaml.safe_dump({name: as_definition(name, found)})
    definition = arguments.define(described(text).containers[name], str(FOLDER))
    assert container.against(definition) == ()


@pytest.mark.parametrize(
    ("settings", "line", "difference"),
    [
        ({"BlkioWeight": 300}, "blkio_weight: 200", ("blkio_weight", "300", "200")),
        (
            {"BlkioWeightDevice": [{"Path": "/dev/sda", "Weight": 300}]},
            "blkio_weight_device: ['/dev/sda:200']",
            ("blkio_weight_device", "/dev/sda:300", "/dev/sda:200"),
        ),
        ({"CpuCount": 2}, "cpu_count: 3", ("cpu_count", "2", "3")),
        ({"CpuPercent": 20}, "cpu_percent: 30", ("cpu_percent", "20", "30")),
        ({"IOMaximumIOps": 5}, "io_maxiops: 6", ("io_maxiops", "5", "6")),
        ({"IOMaximumBandwidth": 4096}, "io_maxbandwidth: 3k", ("io_maxbandwidth", "4k", "3k")),
        ({"StorageOpt": {"a": "1"}}, "storage_opt: {a: 2}", ("storage_opt", "a=1", "a=2")),
        ({"UsernsMode": "host"}, "userns: ''", ("userns", "host", "")),
        ({"OomKillDisable": True}, "oom_kill_disable: no", ("oom_kill_disable", "true", "")),
        ({"RestartPolicy": {"Name": "always"}}, "restart: no", ("restart", "always", "")),
        ({"MemorySwap": 2**30}, "memory: 0", ("memory_swap", "1g", "")),
        ({"PublishAllPorts": True}, "publish_all: false", ("publish_all", "true", "")),
        ({"SecurityOpt": ["label=a:b"]}, "security_opt: []", ("security_opt", "label=a:b", "")),
        ({"IpcMode": "host"}, "ipc:", ("ipc", "host", "")),
        ({"IpcMode": "shareable"}, "ipc: private", ("ipc", "shareable", "private")),
        ({"Binds": ["data:/data"]}, "volumes: []", ("volume_bindings", "data:/data", "")),
        ({"VolumesFrom": ["db"]}, "volumes_from: []", ("volumes_from", "db", "")),
        ({}, "gpus: all", ("gpus", "", "all")),
        ({}, "memory: 64m", ("memory", "", "64m")),
        ({}, "hostname: other", ("hostname", "plain", "other")),
        ({}, "image: busybox:1.36", ("image", "busybox:latest", "busybox:1.36")),
        ({}, "net: other", ("net", "bridge", "other")),
        ({"NetworkMode": "container:" + "0" * 64}, "", ("net", "container:000000000000", "bridge")),
    ],
)  # fmt: skip
def test_what_differs(
    plain: Container, settings: dict[str, Any], line: str, difference: tuple[str, str, str]
) -> None:
    plain.host(**settings)
    assert plain.differences(PLAIN, line) == [difference]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}]}, "ulimit: {}"),
        ({"LogConfig": {"Type": "local", "Config": {"max-file": "3"}}}, "log_opt: {}"),
        ({"Runtime": "crun", "ShmSize": 2**20, "CgroupnsMode": "private"}, "ulimit: {}"),
        ({"IpcMode": "shareable"}, "ipc:"),
        ({"IpcMode": ""}, "ipc:"),
        ({"PidsLimit": 0}, "pids_limit: -1"),
        ({"PidsLimit": -1}, ""),
        ({"MemorySwappiness": -1}, ""),
        ({"OomKillDisable": None, "Init": False}, "oom_kill_disable: false"),
        ({"Init": None}, "init: false"),
        ({"RestartPolicy": {"Name": "", "MaximumRetryCount": 0}}, "restart: no"),
        ({"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}}, ""),
        ({"MemorySwap": -1}, ""),
        ({"Memory": 2**26, "MemorySwap": -1}, "memory: 64m"),
        ({"Memory": 2**26, "MemorySwap": 2**27}, "memory: 64m"),
        ({"Memory": 2**26, "MemorySwap": 0}, "memory: 64m"),
        ({"Privileged": True, "SecurityOpt": ["label=disable"]}, "privileged: true"),
        ({"PidMode": "host", "SecurityOpt": ["label=disable"]}, "pid: host"),
        ({"VolumesFrom": ["plain"]}, ""),
        ({"VolumesFrom": ["gone:ro"]}, ""),
        ({"Mounts": [{"Type": "volume", "Source": "0" * 64, "Target": "/d"}]}, "mount: ['dst=/d']"),
        ({"NetworkMode": "default"}, "net: bridge"),
        ({"NetworkMode": "bridge"}, "net: default"),
        ({"NetworkMode": ""}, ""),
        ({"Tmpfs": {"/t/": ""}}, "tmpfs: /t"),
        ({"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "0"}]}}, "port_bindings: {80: ~}"),
        ({"PortBindings": {"80/tcp": None}}, "port_bindings: {80: ~}"),
        (
            {"PortBindings": {"80/udp": [{"HostIp": "::1", "HostPort": "8080"}]}},
            "publish: ['[0::1]:8080:80/udp']",
        ),
        ({"ExtraHosts": ["h:host-gateway"]}, "add_host: [h=host-gateway]"),
        (
            {"Mounts": [{"Type": "bind", "Source": "/run/d", "Target": "/var/run/docker.sock"}]},
            "use_api_socket: true",
        ),
        ({"DeviceRequests": [{"Driver": "", "Count": 2, "DeviceIDs": None}]}, "gpus: all"),
        ({"DeviceRequests": [{"Driver": "cdi", "DeviceIDs": ["v.d/g=a"]}]}, "device: v.d/g=a"),
    ],
)  # fmt: skip
def test_what_does_not_differ(plain: Container, settings: dict[str, Any], line: str) -> None:
    plain.host(**settings)
    assert plain.differences(PLAIN, line) == []


@pytest.mark.parametrize(
    ("mount", "lines", "differs"),
    [
        ({"Type": "bind", "Destination": "/x"}, [], True),
        ({"Type": "bind", "Destination": "/x"}, ["volume_bindings: {/tmp: /x/}"], False),
        ({"Type": "bind", "Destination": "/x"}, ["volumes_from: [other]"], False),
        ({"Type": "volume", "Name": "data", "Destination": "/x"}, [], True),
        ({"Type": "volume", "Name": "0" * 64, "Destination": "/x"}, [], False),
    ],
)
def test_mounts_that_were_taken_over(
    plain: Container, mount: dict[str, str], lines: list[str], differs: bool
) -> None:
    """As what an update prints takes them over, with the volumes that it is about."""
    plain.host(VolumesFrom=["plain"])
    plain.answer["mounts"] = [mount]
    assert (("volumes_from", "plain", "") in plain.differences(PLAIN, *lines)) == differs


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"Env": ["HTTP_PROXY=x", "no_proxy=y"]}, ""),
        ({"Env": ["FROM_FILE=1"]}, "env_file: some"),
        ({"Env": ["A"]}, "env: [A]"),
        ({"Env": None}, "env: [A]"),
        ({"Env": ["A=1"]}, "env: [A]"),
        ({"Env": ["B=2", "A=1"]}, "env: [A=0, B=2, A=1]"),
        ({"Env": ["DOCKER_CONFIG=/x"]}, "use_api_socket: true"),
        ({"Labels": {"dirg.x": "y", "desktop.docker.io/ports.scheme": "v2"}}, ""),
        ({"Labels": {"from": "file"}}, "label_file: some"),
        ({"StopSignal": "SIGTERM"}, ""),
        ({"Image": "docker.io/library/busybox"}, "image: busybox:latest"),
        ({"Cmd": ["sh"]}, "command: sh"),
        ({"ExposedPorts": {"80/tcp": {}}}, "ports: [80]"),
        ({"MacAddress": "02:42:AC:11:00:02"}, "mac_address: 02:42:ac:11:00:02"),
        ({"Healthcheck": {"Test": ["NONE"]}}, "no_healthcheck: true"),
        ({"Hostname": "0123456789ab"}, f"uts: host\nnet: {'x' * 3}"),
    ],
)  # fmt: skip
def test_what_does_not_differ_inside(plain: Container, settings: dict[str, Any], line: str) -> None:
    plain.config(**settings)
    command = "command: sh" if "Cmd" in settings else PLAIN
    told = plain.differences(command, *line.splitlines())
    assert told == ([("net", "bridge", "xxx"), ("uts", "", "host")] if "uts" in line else [])


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("annotation: {a: b}", "a=b"),
        ("blkio_weight: 300", "300"),
        ("blkio_weight_device: ['/dev/a:300']", "/dev/a:300"),
        ("cpu_period: 50000", "50000"),
        ("cpu_quota: 20000", "20000"),
        ("cpu_shares: 512", "512"),
        ("cpus: 0.5", "0.5"),
        ("cpuset_cpus: 0-1", "0-1"),
        ("cpuset_mems: 0", "0"),
        ("device_read_bps: ['/dev/a:1m']", "/dev/a:1m"),
        ("device_read_iops: ['/dev/a:10']", "/dev/a:10"),
        ("device_write_bps: ['/dev/a:1m']", "/dev/a:1m"),
        ("device_write_iops: ['/dev/a:10']", "/dev/a:10"),
        ("health_start_interval: 1s", "1s"),
        ("memory: 64m", "64m"),
        ("memory_reservation: 32m", "32m"),
        ("memory_swap: 128m", "128m"),
        ("memory_swappiness: 10", "10"),
        ("oom_kill_disable: true", "true"),
        ("pids_limit: 50", "50"),
    ],
)
def test_what_an_engine_leaves_out(plain: Container, line: str, word: str) -> None:
    assert plain.differences(PLAIN, line) == [(line.partition(":")[0], "", word)]
    plain.made_of(PLAIN, line)
    assert plain.differences(PLAIN, line) == []


def test_engines_of_today_have_no_kernel_memory(plain: Container) -> None:
    assert plain.differences(PLAIN, "kernel_memory: 64m") == []
    plain.host(KernelMemory=2**20)
    assert plain.differences(PLAIN, "kernel_memory: 64m") == [("kernel_memory", "1m", "64m")]


def test_a_port_is_told_of_once(plain: Container) -> None:
    plain.config(ExposedPorts={"80/tcp": {}})
    assert plain.differences(PLAIN, "port_bindings: {80: 8080}") == [
        ("port_bindings", "", "8080:80")
    ]
    plain.host(PortBindings={"80/tcp": [{"HostIp": "", "HostPort": "8080"}]})
    assert plain.differences(PLAIN, "ports: [80]") == [("port_bindings", "8080:80", "")]


def test_the_names_of_a_container_that_it_is_joined_with(plain: Container) -> None:
    plain.answer["networks"] = {}
    plain.host(NetworkMode="container:" + "0" * 64)
    plain.config(Hostname="db", Domainname="example.org")
    lines = (PLAIN, "net: lan", "domainname: a.example")
    assert plain.differences(*lines) == [("net", "container:000000000000", "lan")]


def test_a_health_check_that_the_image_forbids(plain: Container) -> None:
    plain.image = {"Healthcheck": {"Test": ["NONE"]}}
    plain.config(Healthcheck={"Test": ["CMD-SHELL", "true"]})
    assert plain.differences(PLAIN, "health_cmd: 'true'") == []
    plain.config(Healthcheck={"Test": ["NONE"]})
    assert plain.differences(PLAIN) == []
    assert plain.differences(PLAIN, "health_cmd: 'true'") == [
        ("health_cmd", "", "true"),
        ("no_healthcheck", "true", ""),
    ]


def test_what_an_engine_has_left_out_with_a_warning(plain: Container) -> None:
    lines = (PLAIN, "memory: 64m", "blkio_weight: 300", "cpus: 0.5", "restart: always")
    assert plain.differences(*lines) == [
        ("blkio_weight", "", "300"),
        ("cpus", "", "0.5"),
        ("memory", "", "64m"),
        ("restart", "", "always"),
    ]
    plain.made_of(*lines)
    assert plain.differences(*lines) == [("restart", "", "always")]
    plain.host(Memory=2**20, MemorySwap=2**21)
    assert plain.differences(*lines) == [("memory", "1m", "64m"), ("restart", "", "always")]


def test_swap_that_the_kernel_does_not_know(plain: Container) -> None:
    lines = (PLAIN, "memory: 64m", "memory_swap: 100m")
    plain.host(Memory=2**26, MemorySwap=-1)
    assert plain.differences(*lines) == [("memory_swap", "-1", "100m")]
    plain.made_of(*lines)
    assert plain.differences(*lines) == []


def test_what_the_bridge_can_not_have(plain: Container) -> None:
    lines = (PLAIN, "network_alias: [x]", "ip: 10.0.0.1")
    assert plain.differences(*lines) == [("ip", "", "10.0.0.1"), ("network_alias", "", "x")]
    plain.made_of(*lines)
    assert plain.differences(*lines) == []


def test_a_part_of_a_volume_that_is_mounted_whole(plain: Container) -> None:
    lines = (PLAIN, "mount: ['source=v,target=/v,volume-subpath=a']")
    plain.host(Mounts=[{"Type": "volume", "Source": "v", "Target": "/v"}])
    assert plain.differences(*lines) == [
        ("mount", "source=v,target=/v", "source=v,target=/v,volume-subpath=a")
    ]
    plain.made_of(*lines)
    assert plain.differences(*lines) == []


def networked(plain: Container, **settings: object) -> Container:
    """The container in a network called net only."""
    plain.host(NetworkMode="net")
    plain.answer["networks"] = {"net": {"NetworkID": "1" * 64, **settings}}
    return plain


@pytest.mark.parametrize(
    ("settings", "line", "difference"),
    [
        ({}, "net: net", []),
        ({}, "net: '111111111111'", [("net", "net", "111111111111")]),
        ({}, "network: ['name=net']", []),
        ({"Aliases": ["plain", "ID"]}, "network_alias: [plain]", []),
        ({"Aliases": ["a", "plain"]}, "network_alias: [a]", []),
        ({"Aliases": ["a"]}, "", [("network_alias", "a", "")]),
        ({"IPAMConfig": {"IPv4Address": "10.0.0.1"}}, "", [("ip", "10.0.0.1", "")]),
        (
            {"IPAMConfig": {"IPv4Address": "10.0.0.1"}, "NetworkID": "kt8hzoyx0rp6awln55ksuwl8j"},
            "",
            [],
        ),
        (
            {"IPAMConfig": {"IPv6Address": "fd00::1"}, "NetworkID": "kt8hzoyx0rp6awln55ksuwl8j"},
            "",
            [],
        ),
        ({"MacAddress": "02:42:ac:11:00:02"}, "", []),
        ({"MacAddress": "02:42:ac:11:00:02"}, "mac_address: '02:42:AC:11:00:02'", []),
        ({"MacAddress": ""}, "mac_address: '02:42:ac:11:00:02'", []),
        (
            {"MacAddress": "02:42:ac:11:00:02"},
            "mac_address: '02:42:ac:11:00:03'",
            [("mac_address", "", "02:42:ac:11:00:03")],
        ),
        ({"Links": ["db:x"]}, "links: {db: x}", []),
        (
            {"DriverOpts": {
                "com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.forwarding=1"
            }},
            "sysctl: {net.ipv4.conf.eth0.forwarding: 1}",
            [],
        ),
    ],
)  # fmt: skip
def test_networks(
    plain: Container, settings: dict[str, Any], line: str, difference: list[tuple[str, str, str]]
) -> None:
    if "Aliases" in settings:
        id = plain.answer["id"][:12]
        settings = {"Aliases": [id if alias == "ID" else alias for alias in settings["Aliases"]]}
    networked(plain, **settings)
    net = () if line.startswith("net") and "alias" not in line else ("net: net",)
    assert plain.differences(PLAIN, *net, line) == difference


def test_a_network_by_its_id(plain: Container) -> None:
    networked(plain).host(NetworkMode="1" * 12)
    assert plain.differences(PLAIN, "net: '111111111111'") == []


def test_one_that_is_in_no_network_any_more(plain: Container) -> None:
    plain.answer["networks"] = {}
    assert plain.differences(PLAIN) == [("net", "", "bridge")]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], []),
        (["env: {OWN: 1}"], [("env", "", "OWN=1")]),
        (["user: '2'"], [("user", "1", "2")]),
        (["user: '1'", "workdir: /tmp/", "env: {FROM_IMAGE: 1}", "ports: [80]"], []),
        (["env: {FROM_IMAGE: 2}"], [("env", "FROM_IMAGE=1", "FROM_IMAGE=2")]),
        (["entrypoint: sh"], [("command", "3600", ""), ("entrypoint", "sleep", "sh")]),
        (["entrypoint: ''"], [("command", "3600", ""), ("entrypoint", "sleep", "")]),
        (["command: '5'"], [("command", "3600", "5")]),
        (["no_healthcheck: true"], [("health_cmd", "true", ""), ("no_healthcheck", "", "true")]),
        (["volumes: [/data/]"], []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", CAPTURED)
def test_an_image_gives_what_a_definition_leaves_out(
    version: str, lines: list[str], found: list[tuple[str, str, str]]
) -> None:
    assert Container.of(version, "imaged").differences("image: full", *lines) == found


@pytest.mark.parametrize("version", CAPTURED)
def test_what_can_be_told_where_the_image_is_gone(version: str) -> None:
    container = Container.of(version, "imaged")
    container.image = None
    assert container.differences("image: full") == []
    lines = ("user: '2'", "env: {FROM_IMAGE: 2, MORE: 3}", "ports: [80, 81]", "command: '5'")
    assert container.differences("image: full", *lines) == [
        ("command", "3600", "5"),
        ("env", "FROM_IMAGE=********", "FROM_IMAGE=2, MORE=3"),
        ("ports", "", "81"),
        ("user", "1", "2"),
    ]


OLD = ["env: {A: one, B: two}", "net: none", "secret_env: [C=hidden]"]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (OLD, ["env: {A: new, B: two}", *OLD[1:]], "A=one"),
        (OLD, ["env: {A: new, D: more, B: other}", *OLD[1:]], "A=one, B=two"),
        # What else it was made of is not known: any of these may have been secret.
        (OLD, ["env: {A: new, B: two}", OLD[2]], "A=********"),
        (OLD, ["env: {A: new}", *OLD[1:]], "A=********, B"),
        (OLD, ["env: {A: new, B: new, C: new}", OLD[1]], "A=********, B=********, C=********"),
        (["secret_env: {A: one, B: two}"], ["env: {A: new, B: two}"], "A=********"),
        (["secret_env: {A: one, B: two}"], ["env: {A: new}"], "A=********, B"),
        (["env: {A: , B: two}"], ["env: {A: new, B: two}"], "A=********"),
        (None, ["env: {A: new, B: two}"], "A=one"),
    ],
)
def test_what_a_variable_had_is_told_where_it_was_no_secret(
    plain: Container, old: list[str] | None, new: list[str], found: str
) -> None:
    has = ["A=one", "B=two", *(["C=hidden"] if old is OLD else [])]
    plain.config(Env=has)
    plain.answer["config"]["Labels"] = {}
    if old is not None:
        plain.made_of(*old)
    told = {name: words for name, words, _ in plain.differences(*new)}
    assert told["env"] == found


@pytest.mark.parametrize("version", CAPTURED)
def test_secrets_are_never_told(version: str) -> None:
    container = Container.of(version, "secret")
    lines = ("command: sleep 3600", "env: {A: c}", "secret_env: {TOKEN: other, MORE: more}")
    told = container.differences(*lines)
    assert told == [
        # It may have been a secret once.
        ("env", "A=********, FROM_SHELL", "A=c"),
        ("secret_env", "another TOKEN=********", "TOKEN=********"),
        ("secret_env", "", "MORE=********"),
    ]


def test_text_that_would_spoil_a_line_is_told_escaped(plain: Container) -> None:
    assert plain.differences(PLAIN, 'label: {a: "b\\nc"}') == [("label", "", "a=b\\nc")]


@pytest.mark.parametrize(
    ("lines", "paths"),
    [
        ((), {"/mine", "/mounted"}),
        (("volumes: [/mine]",), {"/mounted"}),
        (("volumes: [/mine]", "mount: ['type=volume,dst=/mounted,volume-label=a=b']"), set()),
        (("volumes: ['named:/mine']", "tmpfs: [/mounted]"), set()),
    ],
)
def test_volumes_that_a_definition_has_no_more(
    plain: Container, lines: tuple[str, ...], paths: set[str]
) -> None:
    """What the old image gives, or the new one, moves along in any case."""
    plain.config(Volumes={each: {} for each in ("/mine", "/of-image", "/of-new-image")})
    source = "0123456789abcdef" * 4
    plain.host(
        Mounts=[
            {"Type": "volume", "Source": source, "Target": "/mounted"},
            {"Type": "volume", "Source": "named", "Target": "/named"},
        ]
    )
    old = {**(plain.image or {}), "Volumes": {"/of-image": {}}}
    new: dict[str, Any] = {"Volumes": {"/of-new-image": {}}}
    definition = define(plain.name, (PLAIN, *lines), FOLDER)
    assert given_up(definition, plain.answer, old, new) == paths
    assert given_up(definition, plain.answer, None, new) == set()


def test_a_volume_whose_name_looks_like_that_of_an_anonymous_one(plain: Container) -> None:
    """It is one where an update has handed it on, as its label says; else somebody has named it."""
    volume = "0" * 64
    plain.host(Binds=[f"{volume}:/data"])
    difference = ("volume_bindings", f"{volume}:/data", "")
    mark = "by=a at=b process=1.2.3"
    for label, expected in [
        ("", [difference]),
        (mark, [difference]),
        (f"{mark} volumes={volume}", []),
        # A shell was given the commands.
        ("by=a at=b", []),
    ]:
        plain.answer["config"]["Labels"]["dirg.update"] = label
        assert plain.differences(PLAIN) == expected, label
