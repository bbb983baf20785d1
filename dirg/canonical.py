"""Words that mean the same to docker, written the same.

``words`` takes what somebody wrote, or what an engine says, and gives the spelling that both have
in common: ``64m`` for ``67108864`` and for ``64MiB``. What docker would refuse stays as it is.
"""

from __future__ import annotations

import csv
import re
import signal
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dirg import expanded, mounts
from dirg.expanded import address
from dirg.mounts import plain_path

if TYPE_CHECKING:
    from fractions import Fraction

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?", re.ASCII)
_UNITS = "kmgtp"
_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_NANOSECONDS = {
    "h": 3600 * 10**9,
    "m": 60 * 10**9,
    "s": 10**9,
    "ms": 10**6,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ns": 1,
}
_SHOWN_UNITS = ("h", "m", "s", "ms", "us", "ns")
_HUB = re.compile(r"(?:index\.)?docker\.io/(?:library/)?|library/")
_PERMISSIONS = re.compile(r"[rwm]+")


def words(name: str, written: Iterable[str]) -> tuple[str, ...]:
    """What is written of a property, in the words that dirg and docker have in common.

    Several are sorted, unless their order matters; of several with one key the last counts.
    Empty where it stands for nothing, such as ``0`` for no limit.
    """
    reader = _READERS.get(name, str)
    found = [_tolerant(reader, word) for word in written]
    spread = [each for one in found for each in ([one] if isinstance(one, str) else one)]
    kept = [word for word in spread if word not in _NOTHING.get(name, ("",))]
    if name in ORDERED:
        return tuple(spread if name in _EMPTY_WORDS else kept)
    if name in KEYED:
        kept = list({key(name, word): word for word in kept}.values())
    return tuple(sorted({*kept}))


def key(name: str, word: str) -> str:
    """What tells a word from the others of its property: no container has two with one key."""
    return word.partition(KEYED[name])[0] if name in KEYED else word


def _tolerant(reader: _Reader, word: str) -> str | tuple[str, ...]:
    try:
        return reader(word)
    except (ValueError, ArithmeticError, csv.Error):
        return word


def _exact(written: str) -> Fraction:
    # Most containers have nothing of this kind, and reading it in takes its time (measured).
    from fractions import Fraction

    return Fraction(written)


def size(written: str) -> str:
    """Bytes, as docker reads them: in the largest unit that leaves no fraction; -1 is no limit."""
    if written.startswith("-"):
        return "-1"
    match = _SIZE.fullmatch(written.strip().lower())
    if not match:
        raise ValueError
    number = int(_exact(match[1]) * 1024 ** (_UNITS.find(match[2] or " ") + 1))
    power = 0
    while number and number % 1024 == 0 and power < len(_UNITS):
        number, power = number // 1024, power + 1
    return f"{number}{_UNITS[power - 1] if power else ''}"


def bytes_of(size: str) -> int:
    """The number of bytes of a size in canonical words."""
    power = _UNITS.find(size[-1]) + 1
    return int(size[:-1]) * 1024**power if power else int(size)


def duration(written: str) -> str:
    """A time, as Go reads it: ``90s`` is ``1m30s``."""
    parts = _DURATION.findall(written)
    if written != "0" and "".join(map("".join, parts)) != written:
        raise ValueError
    left = int(sum(_exact(number) * _NANOSECONDS[unit] for number, unit in parts))
    shown = ""
    for unit in _SHOWN_UNITS:
        count, left = divmod(left, _NANOSECONDS[unit])
        shown += f"{count}{unit}" if count else ""
    return shown or "0"


def number(written: str) -> str:
    """A whole number, as Go reads it: 010 is eight."""
    octal = re.fullmatch(r"([+-]?)0([0-7]+)", written)
    return str(int(f"{octal[1]}{octal[2]}", 8) if octal else int(written, 0))


def _plain_number(written: str) -> str:
    """A whole number inside of a word, where zeros before it don't count."""
    return str(int(written))


def decimal(written: str) -> str:
    """A number with a fraction: ``1/2`` and ``.50`` are ``0.5``."""
    return f"{float(_exact(written)):.9f}".rstrip("0").rstrip(".")


def image(written: str) -> str:
    """The name of an image without what docker adds in any case, and with its tag."""
    name = _HUB.sub("", written, count=1) if _HUB.match(written) else written
    return name if ":" in name.rpartition("/")[2] or "@" in name else f"{name}:latest"


def bind(written: str) -> str:
    """``SOURCE:PATH[:MODE]`` with plain paths and sorted modes; rw is what it is in any case."""
    source, _, rest = written.partition(":")
    path, _, mode = rest.partition(":")
    modes = sorted({*mode.split(",")} - {"", "rw"})
    return ":".join([plain_path(source), plain_path(path), *([",".join(modes)] if modes else [])])


def _link(written: str) -> str:
    """``NAME:ALIAS``; an engine says ``/NAME:/CONTAINER/ALIAS``."""
    name, _, alias = written.partition(":")
    name = name.removeprefix("/")
    return f"{name}:{alias.rpartition('/')[2] or name}"


def _from_container(written: str) -> str:
    return written.removesuffix(":rw")


def _signal(written: str) -> str:
    name = written.upper().removeprefix("SIG")
    return signal.Signals(int(name)).name.removeprefix("SIG") if name.isdigit() else name


def _capability(written: str) -> str:
    return written.upper().removeprefix("CAP_")


def _restart(written: str) -> str:
    return written.removesuffix(":0")


def _device(written: str) -> str:
    """``PATH[:PATH IN CONTAINER[:PERMISSIONS]]`` without what docker adds."""
    source, *rest = written.split(":")
    if len(rest) == 1 and _PERMISSIONS.fullmatch(rest[0]):
        rest = ["", rest[0]]
    source = plain_path(source)
    target = plain_path(rest[0]) if rest and rest[0] else source
    permissions = "".join(sorted(rest[1])) if len(rest) == 2 else "mrw"
    shown = [source, *([target] if target != source or permissions != "mrw" else [])]
    return ":".join([*shown, *([rest[1]] if permissions != "mrw" else [])])


def _of_path(reader: Callable[[str], str]) -> _Reader:
    def read(written: str) -> str:
        path, _, value = written.partition(":")
        return f"{path}:{reader(value)}"

    return read


def _host(written: str) -> str:
    """``NAME:ADDRESS``, which CLI 28 takes as ``NAME=ADDRESS`` too."""
    name, _, found = written.partition("=" if "=" in written else ":")
    return f"{name}:{address(found)}"


def _domain(written: str) -> str:
    return written.strip().rstrip(".") or "."


def _tmpfs(written: str) -> str:
    path, _, options = written.partition(":")
    return f"{plain_path(path)}:{options}".removesuffix(":")


def _ulimit(written: str) -> str:
    name, _, limits = written.partition("=")
    soft, _, hard = limits.partition(":")
    return f"{name}={int(soft)}:{int(hard or soft)}"


def _label(written: str) -> str:
    return written if "=" in written else f"{written}="


def _security(written: str) -> str:
    """``KEY=VALUE``; docker puts the contents of a seccomp profile in the place of its name."""
    name, _, value = written.partition("=" if "=" in written else ":")
    if name == "no-new-privileges":
        return "" if value == "false" else name
    known = name != "seccomp" or value in ("unconfined", "builtin")
    return f"{name}={value if known else 'FILE'}" if value else name


_Reader = Callable[[str], str | tuple[str, ...]]


def _each(reader: _Reader, names: str) -> dict[str, _Reader]:
    return dict.fromkeys(names.split(), reader)


_SIZES = "memory memory_reservation memory_swap kernel_memory shm_size io_maxbandwidth"
_DURATIONS = "health_interval health_start_interval health_start_period health_timeout"
_NUMBERS = """
    blkio_weight cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares
    health_retries io_maxiops memory_swappiness oom_score_adj pids_limit stop_timeout
"""
_READERS: dict[str, _Reader] = {
    **_each(size, _SIZES),
    **_each(duration, _DURATIONS),
    **_each(number, _NUMBERS),
    **_each(_of_path(size), "device_read_bps device_write_bps"),
    **_each(_of_path(_plain_number), "device_read_iops device_write_iops blkio_weight_device"),
    **_each(address, "dns ip ip6 link_local_ip"),
    **_each(_capability, "cap_add cap_drop"),
    **_each(plain_path, "volumes workdir"),
    "add_host": _host,
    "cpus": decimal,
    "device": _device,
    "dns_search": _domain,
    "image": image,
    "label": _label,
    "links": _link,
    "mac_address": str.lower,
    "mount": mounts.canonical,
    "port_bindings": expanded.publications,
    "ports": expanded.ports,
    "restart": _restart,
    "security_opt": _security,
    "stop_signal": _signal,
    "tmpfs": _tmpfs,
    "ulimit": _ulimit,
    "volume_bindings": bind,
    "volumes_from": _from_container,
}

# Words that stand for nothing; elsewhere only the empty one does.
_NOTHING: dict[str, tuple[str, ...]] = {
    **dict.fromkeys([*_SIZES.split(), *_DURATIONS.split(), *_NUMBERS.split(), "cpus"], ("", "0")),
    "memory_swappiness": ("", "-1"),
    "pids_limit": ("", "0", "-1"),
    "restart": ("", "no"),
    "stop_timeout": ("",),
    "userns": ("", "default"),
}

ORDERED = {"command", "dns", "dns_option", "dns_search", "entrypoint", "net"}
_EMPTY_WORDS = {"command"}
KEYED = {
    **dict.fromkeys(["annotation", "env", "label", "log_opt"], "="),
    **dict.fromkeys(["storage_opt", "sysctl", "ulimit"], "="),
    "tmpfs": ":",
}
