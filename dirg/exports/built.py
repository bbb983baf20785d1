"""The arguments of docker build, as Docker Compose says them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dirg import options
from dirg.exports.ulimits import ulimits
from dirg.exports.yaml_text import listed
from dirg.options import Form

if TYPE_CHECKING:
    from dirg.exports.mounted import Note

_NAMES = {"f": "file", "t": "tag"}
_KEYS = {
    "file": "dockerfile",
    "isolation": "isolation",
    "network": "network",
    "provenance": "provenance",
    "sbom": "sbom",
    "shm_size": "shm_size",
    "target": "target",
}
_LISTS = {
    "add_host": "extra_hosts",
    "allow": "entitlements",
    "cache_from": "cache_from",
    "cache_to": "cache_to",
    "platform": "platforms",
    "ssh": "ssh",
    "tag": "tags",
}
_MAPS = {"build_arg": "args", "build_context": "additional_contexts", "label": "labels"}
_SWITCHES = {"no_cache": "no_cache", "pull": "pull"}
_ADVICE = {
    "annotation": "write it under labels, or build with docker buildx",
    "attest": "write it as provenance or sbom",
    "secret": "write it under secrets, at the top level and in build",
    "progress": "docker compose --progress takes it",
    "builder": "docker compose build --builder takes it",
    "push": "docker compose build --push does it",
    "memory": "docker compose build --memory takes it",
    "check": "docker compose build --check does it",
    "quiet": "docker compose build --quiet does it",
}


def build(arguments: Sequence[str], note: Note) -> dict[str, Any]:
    """What builds an image; ``arguments``: those of ``docker build -t IMAGE``."""
    _, _, _, *flags, context = arguments
    found: dict[str, Any] = {"context": context}
    spoken: dict[str, list[str]] = {}
    for flag, *word in options.grouped(flags, options.BUILD):
        option, _, value = flag.partition("=")
        short = option.lstrip("-").replace("-", "_")
        spoken.setdefault(_NAMES.get(short, short), []).append(*(word or [value or "true"]))
    for name, words in spoken.items():
        if name in _KEYS:
            found[_KEYS[name]] = words[-1]
        elif name in _LISTS:
            found[_LISTS[name]] = words
        elif name in _MAPS:
            found[_MAPS[name]] = listed(_map(words, None if name == "build_arg" else ""))
        elif name in _SWITCHES:
            found[_SWITCHES[name]] = words[-1] == "true"
        elif name == "ulimit":
            found["ulimits"] = ulimits(words, note)
        else:
            _none(name, words, note)
    return found


def _map(words: Sequence[str], missing: str | None) -> dict[str, str | None]:
    pairs = (word.partition("=") for word in words)
    return {key: value if joint else missing for key, joint, value in pairs}


def _none(name: str, words: Sequence[str], note: Note) -> None:
    advice = _ADVICE.get(name, "Compose has no such key")
    for word in words:
        if options.BUILD[name].form is not Form.SWITCH:
            note("build", f"{name} {word}: {advice}")
        elif word == "true":
            note("build", f"{name}: {advice}")
