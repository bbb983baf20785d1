"""How docker takes its arguments apart: by its own list of flags, and by the rules of pflag.

A flag that is no switch takes the next word whatever that is; a switch takes none; the first word
that is no flag ends them for ``run`` and ``create``, whose command follows the image.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.helpers import DATA

_TYPES: dict[str, str] = json.loads((DATA / "docker-flags.json").read_text())
_SHORT = {"d": "detach", "e": "env", "v": "volume", "p": "publish", "H": "host", "f": "file"}
_SHORT |= {"t": "tag"}
# Hidden ones, those of docker itself and of other commands; by docker's help.
_SWITCHES = {
    *(name for name, kind in _TYPES.items() if kind == "bool"),
    *("tlsverify", "attachable", "config-only", "ingress", "internal", "ipv4", "ipv6"),
    *("check", "compress", "debug", "force-rm", "load", "no-cache", "push", "squash", "stream"),
}
_VALUES = {
    *(name for name, kind in _TYPES.items() if kind != "bool"),
    *("net", "net-alias", "dns-opt", "host", "context", "file", "tag", "build-arg", "target"),
    *("config-from", "driver", "ipam-driver", "scope", "gateway", "ip-range", "subnet"),
    *("aux-address", "ipam-opt", "opt", "alias", "driver-opt", "gw-priority", "allow", "attest"),
    *("cache-from", "cache-to", "no-cache-filter", "output", "secret", "ssh", "build-context"),
    *("builder", "call", "iidfile", "metadata-file", "progress", "provenance", "sbom"),
}


@dataclass(frozen=True)
class Taken:
    """What docker makes of a command line."""

    before: tuple[tuple[str, str], ...]
    command: str
    flags: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    def values(self, name: str) -> list[str]:
        return [value for flag, value in self.flags if flag == name]


def taken(argv: Sequence[str], interspersed: bool = False) -> Taken:
    """What docker makes of its arguments; ``interspersed``: flags may follow other words."""
    docker, *rest = argv
    assert docker == "docker"
    before, rest = _flags(rest, pull_is_switch=False)
    command, *rest = rest
    if command in ("network", "volume"):
        command, rest = f"{command} {rest[0]}", rest[1:]
    building = command == "build"
    flags, words = _flags(rest, building)
    while interspersed and len(words) > 1 and any(word.startswith("-") for word in words):
        at = next(number for number, word in enumerate(words) if word.startswith("-"))
        more, after = _flags(words[at:], building)
        flags, words = [*flags, *more], [*words[:at], *after]
    return Taken(tuple(before), command, tuple(flags), tuple(words))


def _flags(words: Sequence[str], pull_is_switch: bool) -> tuple[list[tuple[str, str]], list[str]]:
    found: list[tuple[str, str]] = []
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        flag = rest.pop(0)
        assert flag != "--"
        name, equals, value = flag.lstrip("-").partition("=")
        if not flag.startswith("--"):
            assert len(name) == 1, flag
            name = _SHORT[name]
        switch = name in _SWITCHES or (name == "pull" and pull_is_switch)
        assert switch or name in _VALUES, flag
        if switch:
            found.append((name, value if equals else "true"))
        else:
            found.append((name, value if equals else rest.pop(0)))
    return found, rest
