"""Which types docker's answers have, as far as they are read: those of its API.

What is no docker, or a broken one, can answer anything. A shape is a type or two of them; a pattern
of a text; a list of one shape; an Object; or ANYTHING. Lists and objects may be null, as in Go.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, cast

from dirg.records import dataclass

ANYTHING = object()
_NULL = type(None)
_NEVER_NULL = (type, re.Pattern)
_NUMBER = int, _NULL
_TEXTS = [str]
# Of commands, old engines told one word without a list.
_WORDS = [str], str
_PORTS = re.compile(r"(?:[0-9]{1,5}(?:-[0-9]{1,5})?)?")
# What Go's integers can't be.
_TOO_MUCH = 2**64


@dataclass(frozen=True)
class Object:
    """An object: the fields that it has, those that it may have, and the shape of all others."""

    needed: Mapping[str, Any]
    optional: Mapping[str, Any]
    rest: Any = ANYTHING

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        return {**self.optional, **self.needed}


def _map(shape: Any) -> Object:
    return Object({}, {}, shape)


def _fields(shape: Any, names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), shape)


def fits(value: object, shape: Any) -> bool:
    """Whether a value of JSON has a shape."""
    kind = type(shape)
    if kind is type:
        return type(value) is shape and (shape is not int or abs(cast(int, value)) < _TOO_MUCH)
    if kind is tuple:
        first, second = shape
        return fits(value, first) or fits(value, second)
    if kind is Object:
        return value is None or (type(value) is dict and _has(value, shape))
    if kind is list:
        return value is None or (type(value) is list and _all_fit(value, shape[0]))
    return shape is ANYTHING or (type(value) is str and bool(shape.fullmatch(value)))


def _all_fit(items: Collection[object], shape: Any) -> bool:
    return all(item is not None and fits(item, shape) for item in items)


def _has(value: Mapping[str, object], shape: Object) -> bool:
    fields, rest = shape.fields, shape.rest
    for name, item in value.items():
        its = fields.get(name, rest)
        # Most are null, plain, or not read at all, and there are very many of them.
        if its is ANYTHING or (its is type(item) and its is not int):
            continue
        if not (type(its) not in _NEVER_NULL if item is None else fits(item, its)):
            return False
    return shape.needed.keys() <= value.keys()


_HEALTHCHECK = {
    "Test": [str],
    **_fields(_NUMBER, "Interval Timeout StartPeriod StartInterval Retries"),
}
IMAGE_CONFIG = Object(
    {},
    {
        **_fields(_WORDS, "Cmd Entrypoint"),
        "Env": _TEXTS,
        "Healthcheck": Object({}, _HEALTHCHECK),
        "Labels": _map(str),
        "ExposedPorts": _map(ANYTHING),
        "Volumes": _map(ANYTHING),
        **_fields(str, "StopSignal User WorkingDir"),
    },
)
_CONFIG = Object(
    {"Image": str},
    {
        **IMAGE_CONFIG.optional,
        **_fields(str, "Domainname Hostname MacAddress"),
        **_fields(bool, "OpenStdin Tty"),
        "StopTimeout": _NUMBER,
    },
)
_RATE = Object({"Path": str, "Rate": int}, {})
_MOUNT = Object(
    {},
    {
        **_fields(str, "Type Source Target"),
        "ReadOnly": bool,
        "BindOptions": Object(
            {},
            {
                "Propagation": str,
                **_fields(
                    bool,
                    "CreateMountpoint NonRecursive ReadOnlyNonRecursive ReadOnlyForceRecursive",
                ),
            },
        ),
        "VolumeOptions": Object(
            {},
            {
                "NoCopy": bool,
                "Labels": _map(str),
                "DriverConfig": Object({}, {"Name": str, "Options": _map(str)}),
                "Subpath": str,
            },
        ),
        "ImageOptions": Object({}, {"Subpath": str}),
        "TmpfsOptions": Object({}, _fields(_NUMBER, "SizeBytes Mode")),
    },
)
_HOST_CONFIG = Object(
    {},
    {
        **_fields(
            str,
            "CgroupParent CgroupnsMode CpusetCpus CpusetMems Isolation IpcMode NetworkMode PidMode "
            "Runtime UTSMode UsernsMode VolumeDriver",
        ),
        **_fields(
            _TEXTS,
            "Binds CapAdd CapDrop DeviceCgroupRules Dns DnsOptions DnsSearch ExtraHosts GroupAdd "
            "Links MaskedPaths ReadonlyPaths SecurityOpt VolumesFrom",
        ),
        **_fields(
            _NUMBER,
            "BlkioWeight CpuCount CpuPercent CpuPeriod CpuQuota CpuRealtimePeriod "
            "CpuRealtimeRuntime CpuShares IOMaximumBandwidth IOMaximumIOps KernelMemory Memory "
            "MemoryReservation MemorySwap MemorySwappiness NanoCpus OomScoreAdj PidsLimit ShmSize",
        ),
        **_fields(bool, "AutoRemove Privileged PublishAllPorts ReadonlyRootfs"),
        **_fields((bool, _NULL), "Init OomKillDisable"),
        **_fields(_map(str), "Annotations StorageOpt Sysctls Tmpfs"),
        **_fields(
            [_RATE],
            "BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps",
        ),
        "BlkioWeightDevice": [Object({"Path": str, "Weight": int}, {})],
        "Devices": [
            Object(_fields(str, "PathOnHost PathInContainer CgroupPermissions"), {}),
        ],
        "DeviceRequests": [Object({}, {"Driver": str, "Count": _NUMBER, "DeviceIDs": _TEXTS})],
        "LogConfig": Object({}, {"Type": str, "Config": _map(str)}),
        "Mounts": [_MOUNT],
        "PortBindings": _map([Object({}, {"HostIp": str, "HostPort": _PORTS})]),
        "RestartPolicy": Object({}, {"Name": str, "MaximumRetryCount": _NUMBER}),
        "Ulimits": [Object({"Name": str, "Hard": int, "Soft": int}, {})],
    },
)
_ENDPOINT = Object(
    {},
    {
        **_fields(_TEXTS, "Aliases Links"),
        **_fields(str, "MacAddress NetworkID"),
        "IPAMConfig": Object(
            {}, {**_fields(str, "IPv4Address IPv6Address"), "LinkLocalIPs": [str]}
        ),
        "DriverOpts": _map(str),
        "GwPriority": _NUMBER,
    },
)
CONTAINER = Object(
    {
        **_fields(str, "id name image"),
        "config": _CONFIG,
        "host_config": _HOST_CONFIG,
        "networks": _map(_ENDPOINT),
    },
    {
        "mounts": [Object({"Type": str, "Destination": str}, _fields(str, "Name Source"))],
        "restarts": _NUMBER,
        "state": (str, _NULL),
    },
)
IMAGE = Object({"id": str, "config": IMAGE_CONFIG}, {})
_POOL = Object({}, _fields(str, "Subnet IPRange Gateway"))
# What is asked of networks and of volumes.
RESOURCE = Object(
    {"Name": str},
    {
        **_fields(str, "Driver Scope"),
        **_fields(bool, "Internal Attachable EnableIPv6"),
        **_fields(_map(str), "Options Labels"),
        "IPAM": Object({}, {"Driver": str, "Options": _map(str), "Config": [_POOL]}),
    },
)
STATS = Object({"Name": str}, _fields(str, "CPUPerc MemUsage MemPerc NetIO BlockIO PIDs"))
EVENT = Object(
    {
        "Action": str,
        "timeNano": int,
        "Actor": Object({"Attributes": _map(str)}, {}),
    },
    {},
)
