"""A container as a service of Docker Compose: its properties by their keys there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from dirg.exports import connected, devices, keys, mounted
from dirg.exports.built import build
from dirg.exports.secrets import variables
from dirg.exports.ulimits import number, ulimits
from dirg.exports.yaml_text import listed, variable
from dirg.names import VARIABLE
from dirg.wanted import said

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.exports.secrets import Names

_HEALTH = {
    "health_interval": "interval",
    "health_timeout": "timeout",
    "health_start_period": "start_period",
    "health_start_interval": "start_interval",
}
_CONDITIONS = {
    "running": "service_started",
    "healthy": "service_healthy",
    "completed": "service_completed_successfully",
}
# In which people write them; the others follow.
_ORDER = [
    "container_name",
    "image",
    "build",
    "pull_policy",
    "platform",
    "hostname",
    "entrypoint",
    "command",
    "user",
    "working_dir",
    "environment",
    "env_file",
    "ports",
    "expose",
    "network_mode",
    "networks",
    "links",
    "external_links",
    "volumes",
    "volumes_from",
    "tmpfs",
    "depends_on",
    "healthcheck",
    "restart",
]


class Service:
    """What Compose is to know of a container.

    ``together``: the names of all containers of the same file. ``names``: the variables that give
    them their secrets. ``settings``: its keys there,
    as plain values; ``networks``, ``volumes``: the names of those it has; ``notes``: what Compose
    can't say, in lines.
    """

    def __init__(self, definition: Definition, together: Collection[str], names: Names) -> None:
        self.definition = definition
        self._names = names
        self.together = together
        self.notes: list[str] = []
        self.networks: list[str] = []
        self.volumes: list[str] = []
        self._said = said(definition)
        self._found: dict[str, Any] = {"image": definition.image}
        self._found["container_name"] = definition.name
        for part in _PARTS:
            part(self)

    @property
    def settings(self) -> dict[str, Any]:
        """The keys in the order that people write them in, without what is empty."""
        ordered = [*_ORDER, *(key for key in self._found if key not in _ORDER)]
        found = {key: self._found[key] for key in ordered if key in self._found}
        return {key: value for key, value in found.items() if value not in ([], {}, None)}

    def note(self, property: str, text: str) -> None:
        self.notes.append(f"{self.definition.name}: {property}: {text}")

    def _words(self, name: str) -> list[str]:
        return self._said.get(name, [])

    def _last(self, name: str) -> str | None:
        return next(reversed(self._words(name)), None)

    def _map(self, name: str, missing: str | None = "") -> dict[str, str | None]:
        parts = (word.partition("=") for word in self._words(name))
        return {key: value if joint else missing for key, joint, value in parts}

    def plain(self) -> None:
        """What has the same form in Compose."""
        found = self._found
        for name in self._said:
            if name in keys.TEXTS:
                found[keys.TEXTS[name]] = self._last(name)
            elif name in keys.NUMBERS:
                found[keys.NUMBERS[name]] = number(self._words(name)[-1])
            elif name in keys.SWITCHES:
                found[keys.SWITCHES[name]] = self._last(name) == "true"
            elif name in keys.LISTS:
                found[keys.LISTS[name]] = self._words(name)
            elif name in keys.MAPS:
                found[keys.MAPS[name]] = listed(self._map(name))
            elif name in keys.NONE and (self._last(name) or name in keys.ALWAYS_NOTED):
                self.note(name, keys.NONE[name])
        found["storage_opt"] = self._map("storage_opt")

    def variables(self) -> None:
        """The environment; what is secret has to be in that of Compose."""
        secrets = variables(self.definition)
        found = self._map("env", None)
        for key in found:
            if key in secrets and VARIABLE.fullmatch(key):
                own = self._names[self.definition.name, key]
                found[key] = variable(own)
                value = secrets[key]
                if not isinstance(value, str):
                    self.note("secret_env", f"set the variable {own} by {own}={value.later.shell}")
            elif key in secrets:
                self.note("secret_env", f"{key} is taken from the environment, if it is there")
        self._found["environment"] = listed(found)
        # Compose reads quotes and variables in such a file, docker does not.
        files = [{"path": path, "format": "raw"} for path in self._words("env_file")]
        self._found["env_file"] = files

    def building(self) -> None:
        if self.definition.build:
            self._found["build"] = build(self.definition.build, self.note)

    def ports(self) -> None:
        self._found["ports"] = [_port(word) for word in self._words("port_bindings")]

    def connections(self) -> None:
        """The networks, or the mode that takes their place."""
        endpoints = connected.endpoints(self._said)
        self.networks = [each.name for each in endpoints if not connected.is_mode(each.name)]
        for text in connected.impossible(endpoints):
            self.note("net", text)
        if self.networks:
            self._found["networks"] = connected.joined(endpoints, self.note)
        else:
            self._found["network_mode"] = self._of_container(endpoints[0].name)

    def _of_container(self, mode: str) -> str:
        """A mode that may be that of another container, which is a service if it is in the file."""
        kind, _, name = mode.partition(":")
        return f"service:{name}" if kind == "container" and name in self.together else mode

    def namespaces(self) -> None:
        for name in ("ipc", "pid"):
            mode = self._last(name)
            self._found[name] = None if mode is None else self._of_container(mode)

    def links(self) -> None:
        for word in self._words("links"):
            there = word.partition(":")[0] in self.together
            self._found.setdefault("links" if there else "external_links", []).append(word)

    def storage(self) -> None:
        """What is mounted."""
        bindings, more = self._words("volume_bindings"), self._words("mount")
        self.volumes = mounted.volumes(bindings, more)
        mounts = (mounted.mount(word, self.note) for word in more)
        self._found["volumes"] = [
            *self._words("volumes"),
            *(mounted.binding(word, self.note) for word in bindings),
            *(each for each in mounts if each),
        ]
        self._found["volumes_from"] = [
            word if word.partition(":")[0] in self.together else f"container:{word}"
            for word in self._words("volumes_from")
        ]

    def order(self) -> None:
        """What has to be there before; of several conditions the first one that is one."""
        found: dict[str, str] = {}
        for each in self.definition.references:
            if each.name in self.together:
                found[each.name] = found.get(each.name) or each.condition
            elif each.property == "depends_on":
                wanted = f" ({each.condition})" if each.condition else ""
                self.note("depends_on", f"{each.name}{wanted} is not in this file; start it before")
        conditions = {name: _CONDITIONS[each or "running"] for name, each in found.items()}
        if {*conditions.values()} == {"service_started"}:
            self._found["depends_on"] = [*conditions]
        else:
            self._found["depends_on"] = {
                name: {"condition": condition} for name, condition in conditions.items()
            }

    def health(self) -> None:
        if self._last("no_healthcheck"):
            self._found["healthcheck"] = {"disable": True}
            return
        found: dict[str, Any] = {}
        command = self._last("health_cmd")
        if command:
            found["test"] = ["CMD-SHELL", command]
        for name, key in _HEALTH.items():
            found[key] = self._last(name)
        retries = self._last("health_retries")
        found["retries"] = None if retries is None else number(retries)
        self._found["healthcheck"] = {key: value for key, value in found.items() if value}

    def logging(self) -> None:
        found = {"driver": self._last("log_driver"), "options": self._map("log_opt")}
        self._found["logging"] = {key: value for key, value in found.items() if value}

    def limits(self) -> None:
        self._found["ulimits"] = ulimits(self._words("ulimit"), self.note)
        self._found["blkio_config"] = devices.block_io(self._said, self.note)
        gpus = self._last("gpus")
        if gpus is not None:
            reserved: dict[str, Any] = {"devices": [devices.gpus(gpus, self.note)]}
            # Compose takes what is reserved in one place or in the other, not in both.
            if "mem_reservation" in self._found:
                reserved["memory"] = str(self._found.pop("mem_reservation"))
            self._found["deploy"] = {"resources": {"reservations": reserved}}

    def stopping(self) -> None:
        seconds = self._last("stop_timeout")
        if seconds is not None and seconds.startswith("-"):
            self.note("stop_timeout", "Compose waits for no container without end")
        elif seconds is not None:
            self._found["stop_grace_period"] = f"{seconds}s"


_PARTS: Sequence[Callable[[Service], None]] = (
    Service.plain,
    Service.variables,
    Service.building,
    Service.ports,
    Service.connections,
    Service.namespaces,
    Service.links,
    Service.storage,
    Service.order,
    Service.health,
    Service.logging,
    Service.limits,
    Service.stopping,
)


def _port(word: str) -> str:
    """What ``-p`` takes, in its short form, as docker itself makes it of the long one."""
    if "=" not in word:
        return word
    parts = dict(part.partition("=")[::2] for part in word.lower().split(","))
    protocol = parts.get("protocol", "tcp")
    published = f"{parts['published']}:" if parts.get("published") else ""
    return f"{published}{parts.get('target', '')}/{protocol}"
