"""Compose files of public applications, and what is expected of an import of each.

``compose/NAME/compose.yml`` is as the application's documentation says that it is deployed; what
it reads is beside it. ``compose/NAME/expected.yml`` is written by hand:

* ``containers``: by name (container_name, else the service's name), each with

  * ``image``: as it is run; PROJECT-SERVICE where there is only a build
  * ``needs``: names of containers in depends_on
  * ``ports``: HOST->CONTAINER/protocol, one line for each port of two ranges of equal length;
    nothing before ``->`` is a random port, a range before it is any port of that range
  * ``networks``: names, or the mode as ``docker run --network`` takes it
  * ``volumes``: SOURCE:TARGET, or TARGET alone where it is anonymous, but no tmpfs; secrets and
    configs that are files are among them; a relative SOURCE is relative to the folder, other paths
    are as written
  * ``healthy``: whether the file gives it a health check

* ``services``: the containers of each profile
* ``networks``, ``volumes``: the names of those to be created
* ``notes``: LINE: PATH of each key that docker run, build, network create and volume create have no
  flag for; an item of a list of maps goes by its source, or is left out. Obsolete keys and those
  that begin with ``x-`` are none, nor is what docker does anyway (``mode: host`` of a port).
* ``variables``: what is set in the shell, which is to have nothing else
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parent / "compose"
APPLICATIONS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
KEYS = ["containers", "services", "networks", "volumes", "notes", "variables"]
CONTAINER = ["image", "needs", "ports", "networks", "volumes", "healthy"]
PORT = r"(?:(?:\d+\.){3}\d+:|\[[\da-f:]+\]:)?(?:\d+(?:-\d+)?)?->\d+/(?:tcp|udp)"
MODES = ("host", "none", "container")

# What at least one of the files has to have, as a pattern of a line of what is written.
WRITTEN = {
    "an anchor": r"^[^#\n]*[:-] +&\w",
    "an anchor on a line of its own": r"^ +&[\w-]+$",
    "an alias": r"^[^#\n]*[:-] +\*\w",
    "a merge": r"^ +<<: \*\w",
    "a list of merges": r"^ +<<: \[\*\w+, \*\w",
    "$V": r"[^$]\$[A-Z]\w+",
    "${V}": r"[^$]\$\{\w+\}",
    "${V:-}": r"[^$]\$\{\w+:-",
    "${V-}": r"[^$]\$\{\w+-",
    "${V:?}": r"[^$]\$\{\w+:\?\w",
    "${V?}": r"[^$]\$\{\w+\?\w",
    "${V?} without a message": r"[^$]\$\{\w+\?\}",
    "${V:+}": r"[^$]\$\{\w+:\+",
    "${V+}": r"[^$]\$\{\w+\+",
    "${V:-${W:-}}": r"\$\{\w+:-[^}]*\$\{\w+:-",
    "$$": r"\$\$\{?\w",
    "a port that YAML 1.1 takes for a number": r"^ +- \d+:[0-5]?\d$",
    "a number that YAML takes for an octal one": r": 0\d+$",
    "a comment behind the first line": r"^ +# \w",
    "the marker of a document": r"^---$",
    "literal text": r": \|$|- \|$",
    "folded text": r"[:-] >-$",
    "a template of docker": r"\{\{\.\w+\}\}",
}

# The same, as a pattern of PATH=VALUE, where merges have been made.
_S = r"^services\.[\w-]+\."
MEANT = {
    "a name": r"^name=\w",
    "the obsolete version": r"^version=",
    "an extension": r"^x-\w",
    "test of CMD": _S + r"healthcheck\.test\.0=CMD$",
    "test of CMD-SHELL": _S + r"healthcheck\.test\.0=CMD-SHELL$",
    "test as text": _S + r"healthcheck\.test=",
    "test of NONE": _S + r"healthcheck\.test\.0=NONE$",
    "disable: true": _S + r"healthcheck\.disable=True$",
    "disable: false": _S + r"healthcheck\.disable=False$",
    "start_period": _S + r"healthcheck\.start_period=",
    "start_interval": _S + r"healthcheck\.start_interval=",
    "a duration of two units": _S + r"healthcheck\.\w+=\d+m\d+s$",
    "service_started": _S + r"depends_on\.[\w-]+\.condition=service_started$",
    "service_healthy": _S + r"depends_on\.[\w-]+\.condition=service_healthy$",
    "service_completed_successfully": (
        _S + r"depends_on\.[\w-]+\.condition=service_completed_successfully$"
    ),
    "depends_on as a list": _S + r"depends_on\.0=",
    "depends_on of what need not be there": _S + r"depends_on\.[\w-]+\.required=False$",
    "depends_on with restart": _S + r"depends_on\.[\w-]+\.restart=True$",
    "target of a port": _S + r"ports\.\d+\.target=\d",
    "published": _S + r"ports\.\d+\.published=\d",
    "a range in published": _S + r"ports\.\d+\.published=\d+-\d",
    "host_ip": _S + r"ports\.\d+\.host_ip=\d",
    "protocol": _S + r"ports\.\d+\.protocol=udp$",
    "mode of a port": _S + r"ports\.\d+\.mode=host$",
    "a range of ports": _S + r"ports\.\d+=\d+-\d+:\d+-\d+$",
    "a range of ports of an address": _S + r"ports\.\d+=[\d.]+:\d+-\d+:\d+-\d+$",
    "a range of udp": _S + r"ports\.\d+=\d+-\d+:\d+-\d+/udp$",
    "udp": _S + r"ports\.\d+=\d+:\d+/udp$",
    "a port of the container": _S + r"ports\.\d+=\d{2,5}$",
    "a range of the container": _S + r"ports\.\d+=\d+-\d+$",
    "an address": _S + r"ports\.\d+=127\.0\.0\.1:\d",
    "an IPv6 address": _S + r"ports\.\d+=\[::1\]:\d",
    "a bind": _S + r"volumes\.\d+\.type=bind$",
    "propagation": _S + r"volumes\.\d+\.bind\.propagation=",
    "create_host_path": _S + r"volumes\.\d+\.bind\.create_host_path=False$",
    "nocopy": _S + r"volumes\.\d+\.volume\.nocopy=True$",
    "subpath": _S + r"volumes\.\d+\.volume\.subpath=",
    "size of a tmpfs": _S + r"volumes\.\d+\.tmpfs\.size=\d+[kmg]$",
    "size of a tmpfs in bytes": _S + r"volumes\.\d+\.tmpfs\.size=\d+$",
    "a short bind": _S + r"volumes\.\d+=\./",
    "a short bind above": _S + r"volumes\.\d+=\.\./",
    "a short bind of the home": _S + r"volumes\.\d+=~/",
    "a short absolute bind": _S + r"volumes\.\d+=/",
    "a short volume": _S + r"volumes\.\d+=[\w-]+:/",
    "an anonymous volume": _S + r"volumes\.\d+=/[^:\n]+$",
    "modes": _S + r"volumes\.\d+=.*:ro,Z$",
    "volumes_from": _S + r"volumes_from\.0=\w+:ro$",
    "env_file as text": _S + r"env_file=",
    "env_file as a list": _S + r"env_file\.\d+=",
    "env_file by path": _S + r"env_file\.\d+\.path=",
    "env_file that need not be there": _S + r"env_file\.\d+\.required=False$",
    "env_file as it is": _S + r"env_file\.\d+\.format=raw$",
    "environment as a map": _S + r"environment\.[A-Z]\w+=",
    "environment as a map with null": _S + r"environment\.[A-Z]\w+=None$",
    "environment as a list": _S + r"environment\.\d+=\w+=",
    "environment as a list of names": _S + r"environment\.\d+=\w+$",
    "build as text": _S + r"build=",
    "context": _S + r"build\.context=",
    "dockerfile": _S + r"build\.dockerfile=",
    "dockerfile_inline": _S + r"build\.dockerfile_inline=",
    "args as a map": _S + r"build\.args\.[A-Z]\w+=",
    "args as a list": _S + r"build\.args\.\d+=\w+=",
    "target of a build": _S + r"build\.target=",
    "limits": _S + r"deploy\.resources\.limits\.(?:cpus|memory|pids)=",
    "reservations": _S + r"deploy\.resources\.reservations\.(?:cpus|memory)=",
    "reserved devices": _S + r"deploy\.resources\.reservations\.devices\.0\.driver=",
    "restart_policy": _S + r"deploy\.restart_policy\.condition=",
    "max_attempts": _S + r"deploy\.restart_policy\.max_attempts=",
    "replicas": _S + r"deploy\.replicas=[2-9]",
    "scale": _S + r"scale=\d",
    "restart": _S + r"restart=on-failure:\d",
    "limits of before deploy": _S + r"mem_limit=",
    "driver_opts of a volume": r"^volumes\.[\w-]+\.driver_opts\.device=",
    "labels of a volume": r"^volumes\.[\w-]+\.labels\.",
    "an external volume": r"^volumes\.[\w-]+\.external=True$",
    "name of a volume": r"^volumes\.[\w-]+\.name=",
    "ipam": r"^networks\.[\w-]+\.ipam\.config\.0\.subnet=",
    "aux_addresses": r"^networks\.[\w-]+\.ipam\.config\.0\.aux_addresses\.",
    "an internal network": r"^networks\.[\w-]+\.internal=True$",
    "an external network": r"^networks\.[\w-]+\.external=True$",
    "driver_opts of a network": r"^networks\.[\w-]+\.driver_opts\.",
    "the default network": r"^networks\.default\.",
    "aliases": _S + r"networks\.[\w-]+\.aliases\.0=",
    "a fixed address": _S + r"networks\.[\w-]+\.ipv4_address=",
    "a fixed IPv6 address": _S + r"networks\.[\w-]+\.ipv6_address=",
    "networks as a map with null": _S + r"networks\.[\w.-]+=None$",
    "networks as a list": _S + r"networks\.0=",
    "profiles": _S + r"profiles\.1=",
    "secrets": _S + r"secrets\.0=",
    "long secrets": _S + r"secrets\.0\.target=",
    "a secret of a file": r"^secrets\.\w+\.file=",
    "a secret of the environment": r"^secrets\.\w+\.environment=",
    "configs": _S + r"configs\.0=",
    "long configs": _S + r"configs\.0\.target=",
    "a config of a file": r"^configs\.\w+\.file=",
    "a config of text": r"^configs\.\w+\.content=",
    "extends as text": _S + r"extends=",
    "extends of another file": _S + r"extends\.file=",
    "include as text": r"^include\.0=",
    "include with an env_file": r"^include\.0\.env_file=",
    "logging": _S + r"logging\.options\.",
    "ulimits of two": _S + r"ulimits\.\w+\.soft=",
    "ulimits of one": _S + r"ulimits\.\w+=",
    "sysctls as a map": _S + r"sysctls\.net\.",
    "sysctls as a list": _S + r"sysctls\.0=",
    "cap_add": _S + r"cap_add\.0=",
    "cap_drop": _S + r"cap_drop\.0=ALL$",
    "security_opt": _S + r"security_opt\.0=",
    "tmpfs as text": _S + r"tmpfs=",
    "tmpfs as a list": _S + r"tmpfs\.0=",
    "init": _S + r"init=True$",
    "read_only": _S + r"read_only=True$",
    "user": _S + r"user=",
    "group_add": _S + r"group_add\.0=",
    "entrypoint as a list": _S + r"entrypoint\.1=",
    "entrypoint as text": _S + r"entrypoint=/",
    "no entrypoint": _S + r"entrypoint=$",
    "command as text": _S + r"command=\w",
    "command as a list": _S + r"command\.0=",
    "a command of many lines": _S + r"command(?:\.\d+)?=.*⏎.*⏎",
    "labels as a list": _S + r"labels\.\d+=[\w.]+=",
    "labels as a map": _S + r"labels\.com\.\w+",
    "labels with backquotes": _S + r"labels\..*Host\(`",
    "labels with $$": _S + r"labels\..*\$\$",
    "label_file": _S + r"label_file=",
    "network_mode of a service": _S + r"network_mode=service:",
    "network_mode host": _S + r"network_mode=host$",
    "network_mode none": _S + r"network_mode=none$",
    "pid host": _S + r"pid=host$",
    "pid of a service": _S + r"pid=service:",
    "ipc": _S + r"ipc=shareable$",
    "ipc of a service": _S + r"ipc=service:",
    "devices": _S + r"devices\.0=/dev/\S+:/dev/",
    "device_cgroup_rules": _S + r"device_cgroup_rules\.0=",
    "privileged": _S + r"privileged=True$",
    "extra_hosts as a list": _S + r"extra_hosts\.0=\S+:host-gateway$",
    "extra_hosts as a map": _S + r"extra_hosts\.router\.lan=",
    "dns": _S + r"dns\.0=",
    "dns as text": _S + r"dns=",
    "dns_search": _S + r"dns_search=",
    "dns_opt": _S + r"dns_opt\.0=",
    "hostname": _S + r"hostname=",
    "expose": _S + r"expose\.0=",
    "links": _S + r"links\.0=",
    "stop_grace_period": _S + r"stop_grace_period=",
    "stop_signal": _S + r"stop_signal=",
    "shm_size": _S + r"shm_size=",
    "pull_policy": _S + r"pull_policy=",
    "platform": _S + r"platform=",
    "container_name": _S + r"container_name=",
    "tty": _S + r"tty=True$",
}


@cache
def texts(application: str) -> tuple[str, ...]:
    """The Compose file, and those that it includes or extends."""
    folder = FOLDER / application
    main = folder / "compose.yml"
    others = [
        path
        for path in sorted(folder.rglob("*.yml"))
        if path not in (main, folder / "expected.yml") and "services:\n" in path.read_text()
    ]
    return tuple(path.read_text() for path in (main, *others))


@cache
def loaded(application: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(text) for text in texts(application)]


@cache
def expected(application: str) -> Any:
    return yaml.safe_load((FOLDER / application / "expected.yml").read_text())


def flat(value: object, path: str = "") -> Iterator[str]:
    """PATH=VALUE of everything in it, in a line each."""
    if isinstance(value, dict):
        items = [*value.items()]
    elif isinstance(value, list):
        items = [*enumerate(value)]
    else:
        items = []
        yield f"{path}={value}".replace("\n", "⏎")
    if not items and value in ({}, []):
        yield f"{path}="
    for key, each in items:
        yield from flat(each, f"{path}.{key}" if path else str(key))


@cache
def everything() -> tuple[str, str]:
    """What all files say: as it is written, and by paths."""
    written = "".join(text for each in APPLICATIONS for text in texts(each))
    meant = "\n".join(line for each in APPLICATIONS for file in loaded(each) for line in flat(file))
    return written, meant


def test_there_are_enough_of_them() -> None:
    assert len(APPLICATIONS) >= 16


@pytest.mark.parametrize("feature", WRITTEN)
def test_what_is_written_covers(feature: str) -> None:
    assert re.search(WRITTEN[feature], everything()[0], re.MULTILINE)


@pytest.mark.parametrize("feature", MEANT)
def test_the_files_cover(feature: str) -> None:
    assert re.search(MEANT[feature], everything()[1], re.MULTILINE)


@pytest.mark.parametrize("application", APPLICATIONS)
def test_a_file_says_what_it_is_for_and_has_services(application: str) -> None:
    assert re.match(r"# \w[^\n]+: [^\n]+\.\n", texts(application)[0])
    assert loaded(application)[0]["services"]


@pytest.mark.parametrize("application", APPLICATIONS)
def test_files_of_secrets_and_configs_are_there(application: str) -> None:
    first = loaded(application)[0]
    given = [*first.get("secrets", {}).values(), *first.get("configs", {}).values()]
    files = [FOLDER / application / each["file"] for each in given if "file" in each]
    assert [file for file in files if not file.is_file()] == []


@pytest.mark.parametrize("application", APPLICATIONS)
def test_an_expectation_has_its_form(application: str) -> None:
    its = expected(application)
    assert [*its] == KEYS
    assert [[*each] for each in its["containers"].values()] == [CONTAINER] * len(its["containers"])
    lists = [its["networks"], its["volumes"], *its["services"].values()]
    for container in its["containers"].values():
        assert isinstance(container["image"], str)
        assert isinstance(container["healthy"], bool)
        lists += [container[key] for key in ("needs", "ports", "networks", "volumes")]
    assert lists == [sorted(map(str, each)) for each in lists]
    assert all(isinstance(each, str) for each in its["variables"].values())


@pytest.mark.parametrize("application", APPLICATIONS)
def test_ports_and_volumes_have_their_forms(application: str) -> None:
    containers = expected(application)["containers"].values()
    ports = [port for each in containers for port in each["ports"]]
    volumes = [volume for each in containers for volume in each["volumes"]]
    assert [port for port in ports if not re.fullmatch(PORT, port)] == []
    assert [volume for volume in volumes if not re.fullmatch(r"([^:]+:)?/[^:]+", volume)] == []


def project(application: str) -> str:
    return str(loaded(application)[0].get("name", application))


def names(application: str, kind: str) -> set[str]:
    """The names that networks or volumes have in the end, but for those that a variable gives."""
    found = {f"{project(application)}_default"} if kind == "networks" else set()
    for file in loaded(application):
        for key, its in file.get(kind, {}).items():
            its = its or {}
            default = key if its.get("external") else f"{project(application)}_{key}"
            found.add(re.sub(r"\$\{\w+:-(.*)\}", r"\1", its.get("name", default)))
    return found


def services(application: str) -> dict[str, dict[str, Any]]:
    """Those of the file and of what it includes, by the names of their containers."""
    extended = re.findall(r"file: (\S+)", texts(application)[0])
    unused = {(FOLDER / application / path).read_text() for path in extended if "yml" in path}
    files = [yaml.safe_load(text) for text in texts(application) if text not in unused]
    every = [item for file in files for item in file["services"].items()]
    return {its.get("container_name", key): its for key, its in every}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_containers_are_those_of_the_file(application: str) -> None:
    its = expected(application)["containers"]
    assert {*its} == {*services(application)}
    assert {need for each in its.values() for need in each["needs"]} <= {*its}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_profiles_are_those_of_the_file(application: str) -> None:
    profiles: dict[str, list[str]] = {}
    for name, its in services(application).items():
        for profile in its.get("profiles", []):
            profiles.setdefault(profile, []).append(name)
    # All is what dirg takes without a name.
    assert expected(application)["services"] == {
        "all-profile" if profile == "all" else profile: sorted(those)
        for profile, those in profiles.items()
    }


@pytest.mark.parametrize("application", APPLICATIONS)
def test_networks_and_volumes_are_those_of_the_file(application: str) -> None:
    its = expected(application)
    for kind in ("networks", "volumes"):
        assert {*its[kind]} <= names(application, kind)
    used = {network for each in its["containers"].values() for network in each["networks"]}
    modes = {network for network in used if network.partition(":")[0] in MODES}
    assert used - modes <= names(application, "networks")
    sources = {
        volume.partition(":")[0]
        for each in its["containers"].values()
        for volume in each["volumes"]
        if volume[0] not in "./"
    }
    assert sources <= names(application, "volumes")


@pytest.mark.parametrize("application", APPLICATIONS)
def test_notes_are_of_lines_that_have_their_keys(application: str) -> None:
    lines = texts(application)[0].splitlines()
    for note in expected(application)["notes"]:
        number, _, path = note.partition(": ")
        key = path.rpartition(".")[2]
        assert re.match(rf"\s+(?:- )?(?:source: )?{key}(?::|$)", lines[int(number) - 1])
        assert path.partition(".")[0] in loaded(application)[0]


@pytest.mark.parametrize("application", APPLICATIONS)
def test_variables_are_those_that_the_file_asks_for(application: str) -> None:
    variables = expected(application)["variables"]
    written = "".join(texts(application))
    assert [name for name in variables if name not in written] == []
    dotenv = FOLDER / application / ".env"
    known = {
        *variables,
        *re.findall(r"^(\w+)=", dotenv.read_text() if dotenv.exists() else "", re.M),
    }
    assert {*re.findall(r"(?<!\$)\$\{(\w+):?\?", written)} <= known
