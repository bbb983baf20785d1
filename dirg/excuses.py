"""Why a container may differ from its definition though nobody changed it.

An engine has a way of its own to say some things, is set up by somebody, and may not be able to do
what it is told; the docker CLI adds what its own configuration says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dirg import expanded, live, networks, who
from dirg.answers import OF_IMAGE
from dirg.arguments import LABEL, Definition
from dirg.canonical import key
from dirg.live import ADDED, Answer, Facts
from dirg.mounts import ANONYMOUS
from dirg.records import dataclass

# What depends on how the engine or its host is set up, where a definition does not say it.
_OF_ENGINE = {"cgroupns", "hostname", "log_driver", "runtime", "shm_size"}
# Of these, an engine has more than it was told.
_MORE_OF_ENGINE = {"log_opt", "ulimit"}
# What an engine leaves out with a mere warning where its kernel, or its version, does not know it.
_LEFT_OUT = {
    *("annotation", "blkio_weight", "blkio_weight_device", "cpu_period", "cpu_quota", "cpus"),
    *("cpu_shares", "cpuset_cpus", "cpuset_mems", "device_read_bps", "device_read_iops"),
    *("device_write_bps", "device_write_iops", "health_start_interval", "kernel_memory", "memory"),
    *("memory_reservation", "memory_swap", "memory_swappiness", "oom_kill_disable", "pids_limit"),
}
# What CLI 20.10 leaves out on the bridge.
_LEFT_OUT_ON_BRIDGE = {"ip", "ip6", "link_local_ip", "network_alias"}
_NO_OWN_IPC = {"private", "shareable"}
# The CLI passes them on where its own configuration says so.
_PROXIES = {f"{kind}_proxy" for kind in ("http", "https", "ftp", "no", "all")}
_LABELS = ("dirg.", "desktop.docker.io/")
_SUBPATH = re.compile(r",?volume-subpath=[^,]*")


@dataclass(frozen=True)
class Case:
    """A container beside its definition."""

    definition: Definition
    answer: Answer
    image: Mapping[str, Any] | None
    names: Mapping[str, str]
    said: Mapping[str, list[str]]
    found: Facts
    wanted: Facts

    @property
    def made_of_it(self) -> bool:
        """Whether its label says that it was made of this very definition."""
        labels = self.answer["config"].get("Labels") or {}
        return labels.get(LABEL) == self.definition.digest

    def takes_over(self, mount: Mapping[str, Any]) -> bool:
        """Whether a mount is one that the definition does not know, and somebody has chosen."""
        chosen = mount.get("Type") == "bind" or (
            mount.get("Type") == "volume" and not ANONYMOUS.fullmatch(mount.get("Name") or "")
        )
        known = "volumes_from" in self.said or mount["Destination"] in self.definition.bound
        return chosen and not known

    def keys(self, name: str) -> set[str]:
        """The keys of the words that are wanted of a property."""
        return {key(name, word) for word in self.wanted.get(name, ())}


def excused_more(case: Case, name: str, word: str) -> bool:
    """Whether a word that is not wanted comes from somebody else than a person."""
    untold = key(name, word) not in case.keys(name) if name in ADDED else name not in case.said
    if untold and case.image is None and name in OF_IMAGE:
        return True
    if untold and name in _OF_ENGINE:
        return True
    if name in _MORE_OF_ENGINE:
        return key(name, word) not in case.keys(name)
    return name in _MORE and _MORE[name](case, word)


def excused_less(case: Case, name: str, word: str) -> bool:
    """Whether a word that is wanted but not found can't be there."""
    if name in _LEFT_OUT and case.made_of_it and not case.found.get(name):
        return True
    if name in _LEFT_OUT_ON_BRIDGE and case.made_of_it and case.wanted["net"] == ("bridge",):
        return True
    return name in _LESS and _LESS[name](case, word)


def _variable(case: Case, word: str) -> bool:
    name, written, _ = word.partition("=")
    elsewhere = name in case.wanted.get("env", ()) or not written
    proxy = name.lower() in _PROXIES and name not in case.keys("env")
    injected = "env_file" in case.said or (
        name == "DOCKER_CONFIG" and "use_api_socket" in case.said
    )
    return elsewhere or proxy or (injected and name not in case.keys("env"))


def _published(case: Case, word: str) -> bool:
    return word in expanded.published(case.wanted.get("port_bindings", ()))


def _is_published(case: Case, word: str) -> bool:
    return word in expanded.published(case.found.get("port_bindings", ()))


def _unset(case: Case, word: str) -> bool:
    return "=" not in word


def _label(case: Case, word: str) -> bool:
    return word.startswith(_LABELS) or (
        "label_file" in case.said and key("label", word) not in case.keys("label")
    )


def _handed_on(case: Case, word: str) -> bool:
    volume = word.partition(":")[0]
    mark = who.read((case.answer["config"].get("Labels") or {}).get(who.LABEL, ""))
    return bool(ANONYMOUS.fullmatch(volume) and mark and mark.handed_on(volume))


def _from_itself(case: Case, word: str) -> bool:
    """Whether volumes come from the container that this one has replaced, and no mounts with them.

    What a dry run of an update prints takes over all that the old one has mounted.
    """
    name = word.partition(":")[0]
    itself = case.answer["name"].removeprefix("/")
    gone = bool(case.names) and name not in case.names.values()
    return (name == itself or gone) and not any(
        map(case.takes_over, case.answer.get("mounts") or ())
    )


def _swap(case: Case, word: str) -> bool:
    """Docker sets it by itself, to no limit where the kernel does not know one."""
    if "memory_swap" in case.said:
        return word == "-1" and case.made_of_it
    return word == "-1" or (word,) == live.swap(case.found["memory"])


def _no_swap(case: Case, word: str) -> bool:
    return case.found["memory_swap"] == ("-1",) and case.made_of_it


def _own_ipc(case: Case, word: str) -> bool:
    return "ipc" not in case.said and word in _NO_OWN_IPC


def _socket(case: Case, word: str) -> bool:
    return "use_api_socket" in case.said and "target=/var/run/docker.sock" in word


def _whole_volume(case: Case, word: str) -> bool:
    """Engine 20.10 mounts all of a volume, whatever part of it is wanted."""
    return case.made_of_it and word in map(_without_part, case.wanted.get("mount", ()))


def _part_of_volume(case: Case, word: str) -> bool:
    return case.made_of_it and _without_part(word) in case.found["mount"]


def _without_part(mount: str) -> str:
    return _SUBPATH.sub("", mount)


def _name_of_another(case: Case, word: str) -> bool:
    """Whether it has the host name of what it shares that with: another container, or its host."""
    joined = "".join(case.found["net"]).startswith("container:")
    return joined or case.found["uts"] == ("host",)


def _of_its_id(case: Case, word: str) -> bool:
    """Whether docker took the host name of one that was made without dirg from its id."""
    by_id = case.found["hostname"] == (case.answer["id"][:12],)
    made_by_dirg = LABEL in (case.answer["config"].get("Labels") or {})
    return by_id and not made_by_dirg and case.wanted["hostname"] == (case.definition.name,)


def _hostname(case: Case, word: str) -> bool:
    return _name_of_another(case, word) or _of_its_id(case, word)


def _given_address(case: Case, word: str) -> bool:
    """Whether it has the address in fact, or has none while it is stopped."""
    told = [
        str((at or {}).get("MacAddress", "")) for at in (case.answer["networks"] or {}).values()
    ]
    return not case.found["mac_address"] and {word, ""} & {*told, *([] if told else [""])} != set()


def _of_swarm(name: str) -> Callable[[Case, str], bool]:
    def excused(case: Case, word: str) -> bool:
        swarm = any(map(networks.given_by_swarm, (case.answer["networks"] or {}).values()))
        return swarm and not case.wanted.get(name)

    return excused


def _some(name: str) -> Callable[[Case, str], bool]:
    return lambda case, word: bool(case.found.get(name) and case.wanted.get(name))


_MORE: Mapping[str, Callable[[Case, str], bool]] = {
    "domainname": _name_of_another,
    "env": _variable,
    "gpus": _some("gpus"),
    "hostname": _hostname,
    "ipc": _own_ipc,
    "ip": _of_swarm("ip"),
    "ip6": _of_swarm("ip6"),
    "label": _label,
    "memory_swap": _swap,
    "mount": lambda case, word: _socket(case, word) or _whole_volume(case, word),
    "ports": _published,
    "security_opt": lambda case, word: live.added(word, case.found),
    "stop_signal": lambda case, word: word == "TERM" and not case.wanted.get("stop_signal"),
    "volume_bindings": _handed_on,
    "volumes_from": _from_itself,
}
_LESS: Mapping[str, Callable[[Case, str], bool]] = {
    "domainname": _name_of_another,
    "env": _unset,
    "gpus": _some("gpus"),
    "hostname": _hostname,
    "kernel_memory": lambda case, word: not case.found["kernel_memory"],
    "mac_address": _given_address,
    "memory_swap": _no_swap,
    "mount": _part_of_volume,
    "ports": _is_published,
}
