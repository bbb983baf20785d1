"""Keys of a service that docker run has flags for, or that only change their form."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from dirg.errors import mistake
from dirg.imports.compose.context import Handler, Service, free_map, short_list
from dirg.imports.compose.files import items, keys, source
from dirg.imports.compose.mixed import Mixed, joined
from dirg.imports.compose.values import (
    each,
    entries,
    is_null,
    known,
    listed,
    mapped,
    number,
    pairs,
    seconds,
    switch,
    text,
)
from dirg.values import Pairs, Value

_TEXTS = {
    **{
        name: name
        for name in (
            "cgroup_parent", "cpu_count", "cpu_percent", "cpu_shares", "cpus", "domainname",
            "hostname", "image", "isolation", "mac_address", "oom_score_adj", "pids_limit",
            "platform", "runtime", "shm_size", "stop_signal", "user", "uts",
        )
    },
    "cgroup": "cgroupns",
    "cpuset": "cpuset_cpus",
    "mem_limit": "memory",
    "mem_reservation": "memory_reservation",
    "mem_swappiness": "memory_swappiness",
    "memswap_limit": "memory_swap",
    "userns_mode": "userns",
    "working_dir": "workdir",
}  # fmt: skip
_SWITCHES = {
    **{
        name: name
        for name in (
            "init", "oom_kill_disable", "privileged", "read_only", "tty", "use_api_socket",
        )
    },
    "stdin_open": "interactive",
}  # fmt: skip
_LISTS = {
    "cap_add": "cap_add",
    "cap_drop": "cap_drop",
    "device_cgroup_rules": "device_cgroup_rule",
    "dns": "dns",
    "dns_opt": "dns_option",
    "dns_search": "dns_search",
    "group_add": "group_add",
    "tmpfs": "tmpfs",
}
_MAPS = {"annotations": "annotation", "sysctls": "sysctl", "storage_opt": "storage_opt"}
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
    return written.short() if written.expressions and not written.unknown else switch(value)


def _list(name: str) -> Handler:
    return lambda service, value: service.set(name, short_list(each(value)))


def _map(name: str) -> Handler:
    return lambda service, value: service.set(name, free_map(pairs(value)))


def _microseconds(name: str) -> Handler:
    def handle(service: Service, value: Value) -> None:
        written = text(value, "microseconds, or a time such as 400ms")
        if not written.now[-1:].isalpha():
            service.set(name, written.short())
        else:
            service.set(name, str(round(seconds(value) * 1e6)))

    return handle


def _namespace(name: str) -> Handler:
    return lambda service, value: service.set(name, shared(service, value).short())


def shared(service: Service, value: Value) -> Mixed:
    """A namespace, which may be that of another service."""
    written = text(value)
    kind, *rest = written.split(":", 1)
    if kind.now == "service" and rest:
        return Mixed.of(f"container:{service.container(rest[0].now, value.place)}")
    if kind.now == "container" and rest:
        _described(service, rest[0].now, value)
    return written


def _described(service: Service, container: str, value: Value) -> None:
    """Note that a container has to be there, which is none of this file."""
    if container not in service.project.containers.values():
        what = "is no container of this file; describe it as well"
        service.project.note(value.place, f"{container} {what}")


def _restart(service: Service, value: Value) -> None:
    written = text(value)
    service.set("restart", "no" if written.now in ("false", "off", "") else written.short())


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


def _devices(service: Service, value: Value) -> None:
    for item in listed(value):
        if isinstance(item, Pairs):
            parts = keys(item)
            if "source" not in parts:
                raise mistake(item.place, "the source is missing; write source: /dev/NAME")
            written = [text(parts[key]) for key in ("source", "target", "permissions")
                       if key in parts]  # fmt: skip
            service.add("device", joined(written, ":").short())
        else:
            service.add("device", text(item).short())


def hosts(value: Value) -> object:
    """``extra_hosts`` as a map, or as a list where one name has several addresses."""
    found: list[tuple[str, Mixed]] = []
    for key, item, place in entries(value, "=:"):
        if item is None:
            raise mistake(place.place, f"{key} has no address; write {key}=ADDRESS")
        found += [(key, one) for one in ([item] if isinstance(item, Mixed) else each(item))]
    if len({key for key, _ in found}) == len(found):
        return {key: item.short() for key, item in found}
    return [Mixed.of(f"{key}:", item).short() for key, item in found]


def _extra_hosts(service: Service, value: Value) -> None:
    service.set("add_host", hosts(value))


def _security_opt(service: Service, value: Value) -> None:
    """A profile is read from a file by docker itself, from wherever it is called."""
    for item in each(value):
        name = next((each for each in ("seccomp:", "seccomp=") if item.now.startswith(each)), "")
        rest = item.now.removeprefix(name)
        if name and item.plain and rest.startswith("."):
            item = Mixed.of("seccomp=", service.project.absolute(Mixed.of(rest), source(value)))
        service.add("security_opt", item.short())


def _credential_spec(service: Service, value: Value) -> None:
    for key, item in items(mapped(value)):
        if key.text in ("file", "registry"):
            written = Mixed.of(f"credentialspec={key.text}://", text(item))
            service.add("security_opt", written.short())
        else:
            service.left_out(key.place, f"credential_spec.{key.text}")


def ulimits(value: Value) -> dict[str, object]:
    """Limits by their names, soft and hard."""
    found: dict[str, object] = {}
    for key, item in items(mapped(value)):
        if isinstance(item, Pairs):
            parts = keys(item)
            both = [text(parts[name]) for name in ("soft", "hard") if name in parts]
            if not both:
                raise mistake(item.place, f"{key.text} has no limit; write soft and hard")
            found[key.text] = joined(both, ":").short()
        else:
            found[key.text] = text(item).short()
    return found


def _ulimits(service: Service, value: Value) -> None:
    service.set("ulimit", ulimits(value))


def _blkio_config(service: Service, value: Value) -> None:
    for key, item in items(mapped(value)):
        name = key.text
        if name == "weight":
            service.set("blkio_weight", text(item).short())
        elif name == "weight_device":
            service.set("blkio_weight_device", _of_devices(item, "weight"))
        elif name in ("device_read_bps", "device_read_iops", "device_write_bps",
                      "device_write_iops"):  # fmt: skip
            service.set(name, _of_devices(item, "rate"))
        else:
            service.left_out(key.place, f"blkio_config.{name}", "unknown to dirg")


def _of_devices(value: Value, what: str) -> list[object]:
    found: list[object] = []
    for item in listed(value):
        parts = keys(mapped(item))
        missing = next((name for name in ("path", what) if name not in parts), "")
        if missing:
            raise mistake(item.place, f"the {missing} is missing; write path and {what}")
        found.append(joined([text(parts["path"]), text(parts[what])], ":").short())
    return found


def _logging(service: Service, value: Value) -> None:
    for key, item in items(mapped(value)):
        if key.text == "driver":
            service.set("log_driver", text(item).short())
        elif key.text == "options":
            service.set("log_opt", free_map(pairs(item)) if not is_null(item) else {})
        else:
            service.left_out(key.place, f"logging.{key.text}", "unknown to dirg")


def _links(service: Service, value: Value) -> None:
    for item in listed(value):
        name, *alias = known(item).split(":", 1)
        container = service.container(name, item.place)
        service.add("links", f"{container}:{alias[0] if alias else name}")


def _external_links(service: Service, value: Value) -> None:
    for item in listed(value):
        name, *alias = known(item).split(":", 1)
        _described(service, name, item)
        service.add("links", f"{name}:{alias[0] if alias else name}")


def _volumes_from(service: Service, value: Value) -> None:
    for item in listed(value):
        kind, *rest = known(item).split(":")
        if kind == "container" and rest:
            _described(service, rest[0], item)
            service.add("volumes_from", ":".join(rest))
        else:
            service.add("volumes_from", ":".join([service.container(kind, item.place), *rest]))


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
    return lambda service, value: service.left_out(value.place, key)


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
    "namespace": (_namespace, {"ipc": "ipc", "pid": "pid"}),
    "noted": (_noted, {name: name for name in _NOTED}),
}
HANDLERS: dict[str, Handler] = {
    **{key: make(name) for make, names in _MAKERS.values() for key, name in names.items()},
    "blkio_config": _blkio_config,
    "container_name": _nothing,
    "credential_spec": _credential_spec,
    "devices": _devices,
    "expose": _expose,
    "external_links": _external_links,
    "extra_hosts": _extra_hosts,
    "labels": _labels,
    "links": _links,
    "logging": _logging,
    "profiles": _nothing,
    "pull_policy": _pull_policy,
    "restart": _restart,
    "scale": _scale,
    "security_opt": _security_opt,
    "stop_grace_period": _stop_grace_period,
    "ulimits": _ulimits,
    "volumes_from": _volumes_from,
}
