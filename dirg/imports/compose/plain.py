"""Keys of a service that docker run has flags for, or that only change their form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import TYPE_CHECKING

from dirg.exports import keys
from dirg.imports.compose.context import Handler, Service, free_map, short_list
from dirg.imports.compose.values import (
    each,
    known,
    listed,
    number,
    pairs,
    seconds,
    switch,
    text,
    truth,
)

if TYPE_CHECKING:
    from dirg.values import Value

# Properties that are read in other ways than by the key of the same form.
_OTHERWISE = {
    *("cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "pull", "restart"),
    *("add_host", "command", "device", "entrypoint", "label", "label_file", "ports"),
    "security_opt",
}


def _by_key(*tables: Mapping[str, str]) -> dict[str, str]:
    """Properties by the keys that Compose has for them."""
    return {
        theirs: name for table in tables for name, theirs in table.items() if name not in _OTHERWISE
    }


_TEXTS = {"image": "image", **_by_key(keys.TEXTS, keys.NUMBERS)}
_SWITCHES = _by_key(keys.SWITCHES)
_LISTS = _by_key(keys.LISTS)
_MAPS = {"storage_opt": "storage_opt", **_by_key(keys.MAPS)}
_PULLS = {
    "always": "always",
    "missing": "missing",
    "never": "never",
    "if_not_present": "missing",
}


def _text(name: str) -> Handler:
    return lambda service, value: service.set(name, text(value).short())


def _switch(name: str) -> Handler:
    def handle(service: Service, value: Value) -> None:
        # Only init has another default, which is the engine's.
        on = switch_written(service, value)
        if on is not False or name == "init":
            service.set(name, on)

    return handle


def switch_written(service: Service, value: Value) -> object:
    """True, false, or an expression that gives one of them."""
    written = text(value, "true or false")
    truth(written, value)
    if written.plain or written.unknown or len(written.now) < 2:
        # Compose takes 1 and t as well.
        return switch(value)
    return written.short()


def _list(name: str) -> Handler:
    return lambda service, value: service.set(name, short_list(each(value)))


def _map(name: str) -> Handler:
    return lambda service, value: service.set(name, free_map(pairs(value)))


def _microseconds(name: str) -> Handler:
    def handle(service: Service, value: Value) -> None:
        written = text(value, "microseconds, or a time such as 400ms")
        if written.unknown or not written.now[-1:].isalpha():
            service.set(name, written.short())
        else:
            service.set(name, str(round(seconds(value) * 1e6)))

    return handle


def _restart(service: Service, value: Value) -> None:
    written = text(value)
    service.set(
        "restart", "no" if written.plain and written.now in ("false", "off") else written.short()
    )


def _stop_grace_period(service: Service, value: Value) -> None:
    service.set("stop_timeout", str(ceil(seconds(value))))


def _pull_policy(service: Service, value: Value) -> None:
    written = known(value)
    if written in _PULLS:
        service.set("pull", _PULLS[written])
    else:
        service.left_out(value.place, f"pull_policy: {written}", "docker run does not pull so")


def _labels(service: Service, value: Value) -> None:
    service.set("label", {**service.properties.get("label", {}), **free_map(pairs(value))})


def _expose(service: Service, value: Value) -> None:
    for item in listed(value):
        service.add("ports", known(item, "a port"))


def _scale(service: Service, value: Value) -> None:
    scaled(service, value, "scale")


def scaled(service: Service, value: Value, key: str) -> None:
    """Note where there is not one container of a service."""
    if (count := number(value)) != 1:
        why = f"{count} containers can't have one name; write one for each"
        service.left_out(value.place, key, why)


def _nothing(service: Service, value: Value) -> None:
    """Read elsewhere."""


def _noted(key: str) -> Handler:
    return lambda service, value: service.left_out((service.key or value).place, key)


_NOTED = (
    "attach", "develop", "models", "post_start", "pre_start", "pre_stop", "provider",
    "pull_refresh_after",
)  # fmt: skip
_MAKERS: dict[str, tuple[Callable[[str], Handler], dict[str, str]]] = {
    "text": (_text, _TEXTS),
    "switch": (_switch, _SWITCHES),
    "list": (_list, _LISTS),
    "map": (_map, _MAPS),
    "time": (
        _microseconds,
        {name: name for name in ("cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime")},
    ),
    "noted": (_noted, {name: name for name in _NOTED}),
}
HANDLERS: dict[str, Handler] = {
    **{key: make(name) for make, names in _MAKERS.values() for key, name in names.items()},
    "container_name": _nothing,
    "expose": _expose,
    "labels": _labels,
    "profiles": _nothing,
    "pull_policy": _pull_policy,
    "restart": _restart,
    "scale": _scale,
    "stop_grace_period": _stop_grace_period,
}
