"""``healthcheck``, ``depends_on``, ``deploy`` and ``gpus`` of a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dirg.errors import mistake
from dirg.imports.compose.context import Service, profiles
from dirg.imports.compose.files import items, keys
from dirg.imports.compose.mixed import Mixed, joined
from dirg.imports.compose.plain import scaled
from dirg.imports.compose.values import (
    duration,
    each,
    is_null,
    known,
    leaves,
    listed,
    mapped,
    number,
    settled,
    switch,
    text,
)
from dirg.mounts import csv_line
from dirg.values import Items, Pairs, Value

_TIMES = ("interval", "timeout", "start_period", "start_interval")
_CONDITIONS = {
    "service_started": "running",
    "service_healthy": "healthy",
    "service_completed_successfully": "completed",
}
_POLICIES = {"none": "no", "on-failure": "on-failure", "any": "always"}


def healthcheck(service: Service, value: Value) -> None:
    parts = keys(mapped(value))
    if "disable" in parts and switch(parts["disable"]):
        service.set("no_healthcheck", True)
        return
    for key, item in items(mapped(value)):
        if is_null(item) or key.text == "disable":
            continue
        if key.text == "test":
            _test(service, item)
        elif key.text == "retries":
            service.set("health_retries", text(item).short())
        elif key.text in _TIMES:
            service.set(f"health_{key.text}", duration(item).short())
        else:
            service.left_out(key.place, f"healthcheck.{key.text}", "unknown to dirg")


def _test(service: Service, value: Value) -> None:
    """The command of a health check, which docker gives to a shell in any case."""
    if not isinstance(value, Items):
        service.set("health_cmd", text(value, "text or a list").free())
        return
    kind, *words = each(value) or [Mixed()]
    if kind.now == "NONE":
        service.set("no_healthcheck", True)
    elif kind.now == "CMD-SHELL" and len(words) == 1:
        service.set("health_cmd", words[0].free())
    elif kind.now == "CMD" and words:
        service.set("health_cmd", joined([word.quoted() for word in words], " ").free())
    else:
        what = "a test begins with CMD, CMD-SHELL or NONE; write [CMD, WORD, WORD]"
        raise mistake(value.place, what)


def depends_on(service: Service, value: Value) -> None:
    """A list where only the order counts, a map where something is waited for."""
    found: dict[str, str] = {}
    if isinstance(value, Pairs):
        for key, item in items(value):
            parts = {} if is_null(item) else keys(mapped(item))
            if container := _needed(service, key, key.text, parts):
                found[container] = _condition(parts.get("condition"))
    else:
        for item in listed(value, "a list or a map of services"):
            if container := _needed(service, item, known(item), {}):
                found[container] = "running"
    plain = all(condition == "running" for condition in found.values())
    service.set("depends_on", list(found) if plain else found)


def _needed(service: Service, key: Value, name: str, parts: Mapping[str, Value]) -> str:
    """The container that is depended on; nothing where it need not be there, and is not."""
    for option, item in parts.items():
        path = f"depends_on.{name}.{option}"
        if option == "required" and not switch(item):
            if name not in service.project.containers or _may_be_missing(service, name):
                service.left_out(item.place, path, "it may be missing, and is not waited for")
                return ""
            service.left_out(item.place, path, "what is depended on has to be there")
        elif option == "restart" and switch(item):
            service.left_out(item.place, path)
        elif option not in ("condition", "required", "restart") and not option.startswith("x-"):
            service.left_out(item.place, path, "unknown to dirg")
    if name in service.project.provided:
        service.left_out(key.place, f"depends_on.{name}", "it is no container")
        return ""
    return service.container(name, key.place)


def _may_be_missing(service: Service, name: str) -> bool:
    """Whether another service has a profile without which this one runs."""
    _, other = service.project.section("services")[name]
    own = {*profiles(service.value)}
    its = {*profiles(other)} if isinstance(other, Pairs) else set()
    return bool(its) and not its <= own


def _condition(value: Value | None) -> str:
    written = known(value) if value is not None else "service_started"
    if value is not None and written not in _CONDITIONS:
        raise mistake(value.place, f"{written!r} is no condition; write {', '.join(_CONDITIONS)}")
    return _CONDITIONS[written]


def deploy(service: Service, value: Value) -> None:
    """What of ``deploy`` one host does."""
    for key, item in items(mapped(value)):
        if is_null(item):
            continue
        if key.text == "replicas":
            scaled(service, item, "deploy.replicas")
        elif key.text in _DEPLOY:
            _DEPLOY[key.text](service, item)
        elif not (key.text == "mode" and known(item) == "replicated"):
            service.left_out(key.place, f"deploy.{key.text}")


def _resources(service: Service, value: Value) -> None:
    for key, item in items(mapped(value)):
        for inner, limit in () if is_null(item) else items(mapped(item)):
            where = f"{key.text}.{inner.text}"
            if where in _LIMITS:
                service.set(_LIMITS[where], text(limit).short())
            elif where == "reservations.devices":
                gpus(service, limit)
            else:
                service.left_out(inner.place, f"deploy.resources.{where}")
        if key.text not in ("limits", "reservations"):
            service.left_out(key.place, f"deploy.resources.{key.text}", "unknown to dirg")


_LIMITS = {
    "limits.cpus": "cpus",
    "limits.memory": "memory",
    "limits.pids": "pids_limit",
    "reservations.memory": "memory_reservation",
}


def _restart_policy(service: Service, value: Value) -> None:
    parts = keys(mapped(value))
    condition = known(parts["condition"]) if "condition" in parts else "any"
    if condition not in _POLICIES:
        what = f"{condition!r} is no condition; write {', '.join(_POLICIES)}"
        raise mistake(value.place, what)
    times = f":{number(parts['max_attempts'])}" if "max_attempts" in parts else ""
    policy = _POLICIES[condition]
    if times and policy != "on-failure":
        why = "docker counts with on-failure only"
        service.left_out(parts["max_attempts"].place, "deploy.restart_policy.max_attempts", why)
        times = ""
    if is_null(service.written.get("restart", value)) or "restart" not in service.written:
        service.set("restart", f"{policy}{times}")
    for path, place in leaves(value, "deploy.restart_policy"):
        if path.rpartition(".")[2] not in ("condition", "max_attempts"):
            service.left_out(place.place, path)


_DEPLOY: Mapping[str, Callable[[Service, Value], None]] = {
    "resources": _resources,
    "restart_policy": _restart_policy,
}


def gpus(service: Service, value: Value) -> None:
    """``gpus``, and the devices of ``deploy`` that are GPUs, as docker's ``--gpus`` takes them."""
    if not isinstance(value, Items):
        service.set("gpus", text(value, "all or a list of devices").short())
        return
    for item in value.items:
        parts = keys(mapped(item))
        wanted = _texts(parts.get("capabilities"))
        if wanted and "gpu" not in wanted:
            service.left_out(item.place, f"deploy: devices with {', '.join(wanted)}")
        elif "gpus" in service.properties:
            service.left_out(item.place, "gpus", "docker run takes one request only")
        else:
            service.set(
                "gpus", _request(service, parts, [name for name in wanted if name != "gpu"])
            )


def _texts(value: Value | None) -> list[str]:
    return [] if value is None or is_null(value) else [settled(item, value) for item in each(value)]


def _request(service: Service, parts: Mapping[str, Value], capabilities: list[str]) -> str:
    count = known(parts["count"]) if "count" in parts else ""
    ids = _texts(parts.get("device_ids"))
    driver = known(parts["driver"]) if "driver" in parts else ""
    for key, item in parts.items():
        if key not in ("capabilities", "count", "device_ids", "driver"):
            service.left_out(item.place, f"gpus.{key}")
    cells = [f"count={'-1' if count == 'all' else count}"] if count and not ids else []
    cells += [f"device={','.join(ids)}"] if ids else []
    cells += [f"driver={driver}"] if driver else []
    cells += [f"capabilities={','.join(capabilities)}"] if capabilities else []
    if not ids and not driver and not capabilities:
        return count or "all"
    return csv_line(cells if count or ids else ["all", *cells])
