"""Who replaces a container, as a label of the new one says it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dirg.command import Later
from dirg.records import dataclass

LABEL = "dirg.update"
# What prints the time for a shell, as a mark has it.
DATE = "date -u +%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Mark:
    """The label of a container that an update has made.

    ``by``: the user and the machine. ``at``: the time, ISO 8601 in UTC; empty where a shell is to
    put it in. ``within``: how long it may take at most, in seconds. ``process``: the process id,
    its start time and its namespace; ``boot`` and ``machine`` say where that counts.
    ``members``: the containers that are replaced together, ``olds``: the ids of their old ones, as
    people know them from docker, empty where there is none. ``old``: the id of its own old one;
    ``was``: its state; ``starts``: whether the new one is to be started. ``volumes``: the anonymous
    volumes that were handed on to it by name. ``keep``: how many old ones are to be kept. ``back``:
    what the container was called before, where an old one comes back, and ``restart`` the restart
    policy that it had.
    """

    by: str
    at: str
    within: int = 0
    process: str = ""
    boot: str = ""
    machine: str = ""
    members: tuple[str, ...] = ()
    olds: tuple[str, ...] = ()
    old: str = ""
    was: str = "running"
    starts: bool = True
    keep: int = 0
    back: str = ""
    restart: str = ""
    volumes: tuple[str, ...] = ()

    @property
    def replaced(self) -> dict[str, str]:
        """The ids of ``olds`` by the names of ``members``; none where nobody has told them."""
        return dict(zip(self.members, self.olds, strict=False)) if any(self.olds) else {}

    def __str__(self) -> str:
        words = {
            "by": self.by,
            "at": self.at,
            "within": self.within,
            "process": self.process,
            "boot": self.boot,
            "machine": self.machine,
            "with": ",".join(self.members),
            "olds": ",".join(self.olds) if any(self.olds) else "",
            "old": self.old,
            "was": self.was,
            "start": "" if self.starts else "no",
            "keep": self.keep,
            "back": self.back,
            "restart": self.restart,
            "volumes": ",".join(self.volumes),
        }
        return " ".join(f"{key}={value}" for key, value in words.items() if value)

    @property
    def label(self) -> str:
        """The whole argument of ``--label``."""
        label = f"{LABEL}={self}"
        if self.at:
            return label
        by = f"{LABEL}=by={self.by}"
        return Later(f"{by} at=", DATE, label[len(by) :])

    def handed_on(self, volume: str) -> bool:
        """Whether an anonymous volume was handed on by its name, which docker takes for a name.

        A shell that was given the commands has looked it up, and could not say which it was.
        """
        return volume in self.volumes or not (self.process or self.volumes)

    @property
    def update(self) -> tuple[str, str, str]:
        """What all containers that were replaced together have in common."""
        return self.at, self.process, ",".join(self.members)


def read(label: str) -> Mark | None:
    """The mark that a label holds; None where it is none."""
    words = dict(re.findall(r"(?:^| )([a-z]+)=(\S*)", label))
    if not words.get("by") or not words.get("at"):
        return None
    numbers = {key: int(words[key]) for key in ("within", "keep") if _number(words, key)}
    texts = {key: words.get(key, "") for key in _TEXTS}
    return Mark(
        **texts,
        within=numbers.get("within", 0),
        keep=numbers.get("keep", 0),
        members=_listed(words, "with"),
        olds=_listed(words, "olds"),
        starts=words.get("start") != "no",
        volumes=_listed(words, "volumes"),
    )


_TEXTS = ("by", "at", "process", "boot", "machine", "old", "was", "back", "restart")


def _listed(words: Mapping[str, str], key: str) -> tuple[str, ...]:
    text = words.get(key, "")
    return tuple(text.split(",")) if text else ()


def _number(words: Mapping[str, str], key: str) -> bool:
    text = words.get(key, "")
    return text.isascii() and text.isdigit() and len(text) < 10
