"""Where docker's answers have what the properties of a description say, and how to read it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dirg import expanded, mounts

_Reader = Callable[[Any], Iterable[str]]


def linked(answer: Mapping[str, Any]) -> Iterator[str]:
    """The links in networks that somebody made; those in the bridge are elsewhere."""
    for network in (answer["networks"] or {}).values():
        yield from (network or {}).get("Links") or ()


def system_paths(host_config: Mapping[str, Any]) -> list[str]:
    """``systempaths=unconfined``, which the CLI turns into empty lists."""
    paths = (host_config.get(name) for name in ("MaskedPaths", "ReadonlyPaths"))
    return ["systempaths=unconfined"] if all(each == [] for each in paths) else []


def _texts(value: Any) -> Iterator[str]:
    """Each text of a list; a single one stands for the list of it, null for no text."""
    if isinstance(value, list):
        yield from map(str, value)
    elif value is not None:
        yield str(value)


def _switch(value: Any) -> Iterator[str]:
    yield from ["true"] if value else []


def _pairs(value: Any) -> Iterator[str]:
    yield from (f"{name}={item}" for name, item in (value or {}).items())


def _form(form: str) -> _Reader:
    """What is read of each element of a list of objects, or of a single number."""

    def read(value: Any) -> Iterator[str]:
        for each in value if isinstance(value, list) else [value]:
            yield from [] if each is None else [form.format(each, **_keys(each))]

    return read


def _keys(value: Any) -> Mapping[str, Any]:
    """The keys of an object, as a reader; anything else has none."""
    return value if isinstance(value, Mapping) else {}


def _restart(value: Any) -> Iterator[str]:
    count = (value or {}).get("MaximumRetryCount") or 0
    yield f"{(value or {}).get('Name') or 'no'}:{count}".removesuffix(":0")


def _tmpfs(value: Any) -> Iterator[str]:
    yield from (f"{path}:{options}" for path, options in (value or {}).items())


def _bindings(value: Any) -> Iterator[str]:
    for port, places in (value or {}).items():
        for place in places or [{}]:
            address, outside = place.get("HostIp", ""), place.get("HostPort", "")
            yield expanded.publication(address, outside, port)


def _mounts(value: Any) -> Iterator[str]:
    yield from map(mounts.of_engine, value or ())


def _test(value: Any) -> Iterator[str]:
    """The command of a health check; ``health_cmd`` is always for the shell."""
    kind, *words = value or ["NONE"]
    if kind != "NONE":
        yield " ".join(words) if kind == "CMD-SHELL" else shlex.join(words)


def _disabled(value: Any) -> Iterator[str]:
    yield from ["true"] if value == ["NONE"] else []


def _gpus(value: Any) -> Iterator[str]:
    for request in value or ():
        if request.get("Driver") != "cdi":
            ids = ",".join(request.get("DeviceIDs") or ())
            count = request.get("Count") or 0
            yield f'"device={ids}"' if ids else "all" if count < 0 else str(count)


def cdi(host_config: Mapping[str, Any]) -> Iterator[str]:
    """The devices that are named, as ``VENDOR/CLASS=NAME``, rather than told by their path."""
    for request in host_config.get("DeviceRequests") or ():
        yield from (request.get("DeviceIDs") or () if request.get("Driver") == "cdi" else ())


_NANOSECONDS = _form("{0}ns")
_RATE = _form("{Path}:{Rate}")

_Table = Mapping[str, tuple[str, _Reader]]
OF_IMAGE: _Table = {
    "command": ("Cmd", _texts),
    "entrypoint": ("Entrypoint", _texts),
    "env": ("Env", _texts),
    "health_cmd": ("Healthcheck.Test", _test),
    "health_interval": ("Healthcheck.Interval", _NANOSECONDS),
    "health_retries": ("Healthcheck.Retries", _texts),
    "health_start_interval": ("Healthcheck.StartInterval", _NANOSECONDS),
    "health_start_period": ("Healthcheck.StartPeriod", _NANOSECONDS),
    "health_timeout": ("Healthcheck.Timeout", _NANOSECONDS),
    "label": ("Labels", _pairs),
    "no_healthcheck": ("Healthcheck.Test", _disabled),
    "ports": ("ExposedPorts", _keys),
    "stop_signal": ("StopSignal", _texts),
    "user": ("User", _texts),
    "volumes": ("Volumes", _keys),
    "workdir": ("WorkingDir", _texts),
}
OF_CONFIG: _Table = {
    **OF_IMAGE,
    "domainname": ("Domainname", _texts),
    "hostname": ("Hostname", _texts),
    "image": ("Image", _texts),
    "interactive": ("OpenStdin", _switch),
    "mac_address": ("MacAddress", _texts),
    "stop_timeout": ("StopTimeout", _texts),
    "tty": ("Tty", _switch),
}
OF_HOST: _Table = {
    "add_host": ("ExtraHosts", _texts),
    "annotation": ("Annotations", _pairs),
    "blkio_weight": ("BlkioWeight", _texts),
    "blkio_weight_device": ("BlkioWeightDevice", _form("{Path}:{Weight}")),
    "cap_add": ("CapAdd", _texts),
    "cap_drop": ("CapDrop", _texts),
    "cgroup_parent": ("CgroupParent", _texts),
    "cgroupns": ("CgroupnsMode", _texts),
    "cpu_count": ("CpuCount", _texts),
    "cpu_percent": ("CpuPercent", _texts),
    "cpu_period": ("CpuPeriod", _texts),
    "cpu_quota": ("CpuQuota", _texts),
    "cpu_rt_period": ("CpuRealtimePeriod", _texts),
    "cpu_rt_runtime": ("CpuRealtimeRuntime", _texts),
    "cpu_shares": ("CpuShares", _texts),
    "cpus": ("NanoCpus", _form("{0}e-9")),
    "cpuset_cpus": ("CpusetCpus", _texts),
    "cpuset_mems": ("CpusetMems", _texts),
    "device": ("Devices", _form("{PathOnHost}:{PathInContainer}:{CgroupPermissions}")),
    "device_cgroup_rule": ("DeviceCgroupRules", _texts),
    "device_read_bps": ("BlkioDeviceReadBps", _RATE),
    "device_read_iops": ("BlkioDeviceReadIOps", _RATE),
    "device_write_bps": ("BlkioDeviceWriteBps", _RATE),
    "device_write_iops": ("BlkioDeviceWriteIOps", _RATE),
    "dns": ("Dns", _texts),
    "dns_option": ("DnsOptions", _texts),
    "dns_search": ("DnsSearch", _texts),
    "gpus": ("DeviceRequests", _gpus),
    "group_add": ("GroupAdd", _texts),
    "init": ("Init", _switch),
    "io_maxbandwidth": ("IOMaximumBandwidth", _texts),
    "io_maxiops": ("IOMaximumIOps", _texts),
    "ipc": ("IpcMode", _texts),
    "kernel_memory": ("KernelMemory", _texts),
    "links": ("Links", _texts),
    "log_driver": ("LogConfig.Type", _texts),
    "log_opt": ("LogConfig.Config", _pairs),
    "memory": ("Memory", _texts),
    "memory_reservation": ("MemoryReservation", _texts),
    "memory_swap": ("MemorySwap", _texts),
    "memory_swappiness": ("MemorySwappiness", _texts),
    "mount": ("Mounts", _mounts),
    "oom_kill_disable": ("OomKillDisable", _switch),
    "oom_score_adj": ("OomScoreAdj", _texts),
    "pid": ("PidMode", _texts),
    "pids_limit": ("PidsLimit", _texts),
    "port_bindings": ("PortBindings", _bindings),
    "privileged": ("Privileged", _switch),
    "publish_all": ("PublishAllPorts", _switch),
    "read_only": ("ReadonlyRootfs", _switch),
    "restart": ("RestartPolicy", _restart),
    "rm": ("AutoRemove", _switch),
    "runtime": ("Runtime", _texts),
    "security_opt": ("SecurityOpt", _texts),
    "shm_size": ("ShmSize", _texts),
    "storage_opt": ("StorageOpt", _pairs),
    "sysctl": ("Sysctls", _pairs),
    "tmpfs": ("Tmpfs", _tmpfs),
    "ulimit": ("Ulimits", _form("{Name}={Soft}:{Hard}")),
    "userns": ("UsernsMode", _texts),
    "uts": ("UTSMode", _texts),
    "volume_bindings": ("Binds", _texts),
    "volume_driver": ("VolumeDriver", _texts),
    "volumes_from": ("VolumesFrom", _texts),
}


def read(found: Mapping[str, Any], table: _Table) -> Iterator[tuple[str, list[str]]]:
    """Each property of a table, as raw words."""
    for name, (path, reader) in table.items():
        value: Any = found
        for part in path.split("."):
            value = (value or {}).get(part)
        yield name, list(reader(value))
