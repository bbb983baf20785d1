"""What a container really runs with: docker's answers as properties, in canonical words.

The names are those of the description; where one thing has several there (``port_bindings`` and
``publish``), the one that is a property of dirg's own. See ``dirg.canonical`` for the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dirg import canonical, expanded, networks
from dirg.answers import (
    OF_CONFIG,
    OF_HOST,
    OF_IMAGE,
    cdi,
    linked,
    read,
    system_paths,
)
from dirg.mounts import ANONYMOUS

# What is asked of ``docker container inspect``: an answer, as the functions here take it.
FIELDS = {
    "id": ".Id",
    "name": ".Name",
    "image": ".Image",
    "config": ".Config",
    "host_config": ".HostConfig",
    "networks": ".NetworkSettings.Networks",
}
# What is asked of ``docker image inspect``; ``image`` below is ``config`` of its answer.
IMAGE_FIELDS = {"id": ".Id", "config": ".Config"}

Answer = Mapping[str, Any]
Facts = dict[str, tuple[str, ...]]

# What an image has of these, its containers have as well as their own.
ADDED = ("env", "label", "ports", "volumes")
# What an engine does unless it is told otherwise, as engines are set up in general.
_DEFAULTS = {
    "cgroupns": {("host",), ("private",)},
    "ipc": {("private",)},
    "log_driver": {("json-file",)},
    "net": {(networks.BRIDGE,)},
    "runtime": {("runc",)},
    "shm_size": {("64m",)},
}


def properties(
    answer: Answer, image: Mapping[str, Any] | None, names: Mapping[str, str] | None = None
) -> Facts:
    """The properties of a container that neither its image nor docker gives it.

    ``answer``: an object of FIELDS. ``image``: the configuration of the image it was made from,
    None where the image is gone. ``names``: the names of the containers of its host, by id.
    """
    found = facts(answer, names)
    given = inherited(image or {})
    kept = {name: _own(name, words, given.get(name, ())) for name, words in found.items()}
    kept["security_opt"] = tuple(word for word in kept["security_opt"] if not added(word, kept))
    if kept["memory_swap"] == swap(kept["memory"]):
        kept["memory_swap"] = ()
    # An image's command goes with its entrypoint only.
    kept["command"] = kept["command"] or (found["command"] if kept["entrypoint"] else ())
    return {
        name: words
        for name, words in kept.items()
        if words and words not in _DEFAULTS.get(name, ())
    }


def _own(name: str, words: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a property without those that the image gives it."""
    if name in ADDED:
        return tuple(word for word in words if word not in given)
    cleared = name == "entrypoint" and given and not words
    return ("",) if cleared else () if words == given else words


def added(word: str, found: Facts) -> bool:
    """Whether docker itself adds a word of ``security_opt``, as it does to what is not confined."""
    free = any(found.get(name) not in (None, (), ("private",), ("shareable",)) for name in _SPACES)
    return word.startswith("label=") and (free or bool(found.get("privileged")))


_SPACES = ("pid", "ipc")


def swap(memory: tuple[str, ...]) -> tuple[str, ...]:
    """``memory_swap`` as docker sets it for a limit of memory, where nobody else does."""
    return canonical.words("memory_swap", [str(2 * canonical.bytes_of(word)) for word in memory])


def facts(answer: Answer, names: Mapping[str, str] | None = None) -> Facts:
    """All that an engine says of a container, with what its image and docker give it."""
    config, host_config = answer["config"], answer["host_config"]
    found = dict([*read(config, OF_CONFIG), *read(host_config, OF_HOST)])
    found["device"] += cdi(host_config)
    found["links"] += linked(answer)
    found["security_opt"] += system_paths(host_config)
    for name, words in networks.properties(networks.of_engine(answer)).items():
        found[name] = [*found.get(name, []), *words]
    return resolved(spelt(found), names or {})


def spelt(found: Mapping[str, Iterable[str]]) -> Facts:
    """Properties in canonical words; a port that is published is not exposed besides."""
    facts = {name: canonical.words(name, words) for name, words in found.items()}
    published = expanded.published(facts.get("port_bindings", ()))
    exposed = facts.get("ports", ())
    return {**facts, "ports": tuple(port for port in exposed if port not in published)}


def inherited(image: Mapping[str, Any]) -> Facts:
    """What an image gives its containers, by its configuration."""
    return {name: canonical.words(name, words) for name, words in read(image, OF_IMAGE)}


def resolved(found: Facts, names: Mapping[str, str]) -> Facts:
    """The same with names in the place of the ids of containers."""
    return {
        name: tuple(_named(word, names, name) for word in words) if name in _REFER else words
        for name, words in found.items()
    }


_REFER = ("net", "pid", "ipc", "links", "volumes_from")


def _named(word: str, names: Mapping[str, str], name: str) -> str:
    prefix = "container:" if word.startswith("container:") else ""
    if not prefix and name in _MODES:
        return word
    written, colon, rest = word.removeprefix(prefix).partition(":")
    known = [] if len(written) < _SHORT else [id for id in names if id.startswith(written)]
    shown = names[known[0]] if known else written
    # A container that is gone has no name any more.
    shown = shown[:_SHORT] if ANONYMOUS.fullmatch(shown) else shown
    return f"{prefix}{shown}{colon}{rest}"


_MODES = ("net", "pid", "ipc")
_SHORT = 12
