"""Keys of a service that are lists of maps, or maps of maps, and flags of docker run."""

from __future__ import annotations

from dirg.errors import mistake
from dirg.imports.compose.context import Handler, Service, free_map
from dirg.imports.compose.files import items, keys, source
from dirg.imports.compose.mixed import Mixed, joined
from dirg.imports.compose.values import each, entries, is_null, listed, mapped, pairs, text
from dirg.values import Pairs, Value


def _devices(service: Service, value: Value) -> None:
    for item in listed(value):
        if isinstance(item, Pairs):
            parts = keys(item)
            if "source" not in parts:
                raise mistake(item.place, "the source is missing; write source: /dev/NAME")
            service.rest("devices", parts, ("source", "target", "permissions"))
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


def ulimits(service: Service, value: Value) -> dict[str, object]:
    """Limits by their names, soft and hard."""
    found: dict[str, object] = {}
    for key, item in items(mapped(value)):
        if isinstance(item, Pairs):
            parts = keys(item)
            both = [text(parts[name]) for name in ("soft", "hard") if name in parts]
            service.rest(f"ulimits.{key.text}", parts, ("soft", "hard"))
            if not both:
                raise mistake(item.place, f"{key.text} has no limit; write soft and hard")
            found[key.text] = joined(both, ":").short()
        else:
            found[key.text] = text(item).short()
    return found


def _ulimits(service: Service, value: Value) -> None:
    service.set("ulimit", ulimits(service, value))


def _blkio_config(service: Service, value: Value) -> None:
    for key, item in items(mapped(value)):
        name = key.text
        if name == "weight":
            service.set("blkio_weight", text(item).short())
        elif name == "weight_device":
            service.set("blkio_weight_device", _of_devices(service, item, "weight"))
        elif name in ("device_read_bps", "device_read_iops", "device_write_bps",
                      "device_write_iops"):  # fmt: skip
            service.set(name, _of_devices(service, item, "rate"))
        else:
            service.left_out(key.place, f"blkio_config.{name}", "unknown to dirg")


def _of_devices(service: Service, value: Value, what: str) -> list[object]:
    found: list[object] = []
    for item in listed(value):
        parts = keys(mapped(item))
        service.rest("blkio_config", parts, ("path", what))
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


HANDLERS: dict[str, Handler] = {
    "blkio_config": _blkio_config,
    "credential_spec": _credential_spec,
    "devices": _devices,
    "extra_hosts": _extra_hosts,
    "logging": _logging,
    "security_opt": _security_opt,
    "ulimits": _ulimits,
}
