"""``volumes``, ``secrets`` and ``configs`` of a service: what is mounted where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dirg.errors import mistake
from dirg.imports.compose.files import items, keys, source
from dirg.imports.compose.mixed import Mixed, Written, joined
from dirg.imports.compose.values import is_null, known, listed, mapped, pairs, settled, switch, text
from dirg.mounts import csv_line
from dirg.records import dataclass
from dirg.values import Pairs, Text, Value

if TYPE_CHECKING:
    from dirg.imports.compose.context import Service

_DRIVE = re.compile(r"([A-Za-z]):([\\/])")
_MODES = {
    "ro", "rw", "z", "Z", "nocopy", "private", "rprivate", "shared", "rshared", "slave", "rslave",
    "cached", "delegated", "consistent",
}  # fmt: skip
_TYPES = ("bind", "volume", "tmpfs", "image")
_OWN = ("type", "source", "target", "read_only", "consistency")


@dataclass(frozen=True)
class _Binding:
    """A path or a volume of the host, a path in the container, and how it is bound."""

    source: Mixed
    target: Mixed
    modes: tuple[str, ...] = ()

    @property
    def word(self) -> Written:
        mode = [Mixed.of(",".join(self.modes))] if self.modes else []
        return joined([self.source, self.target, *mode], ":").short()


def mounts(service: Service) -> None:
    """All that is mounted, in the forms of the description."""
    bindings: list[_Binding] = []
    for value in _items(service, "volumes"):
        found = (
            _long(service, mapped(value)) if isinstance(value, Pairs) else _short(service, value)
        )
        bindings += [found] if found else []
    for section, folder in (("secrets", "/run/secrets"), ("configs", "/")):
        for value in _items(service, section):
            file = _file(service, section, value, folder)
            bindings += [file] if file else []
    if bindings:
        service.set("volume_bindings", _bindings(bindings))


def _items(service: Service, key: str) -> tuple[Value, ...]:
    value = service.written.get(key)
    return () if value is None or is_null(value) else listed(value)


def _bindings(found: list[_Binding]) -> object:
    """A map by source; a list where that is not told by then, or bound at several paths."""
    sources = {binding.source.now for binding in found}
    plain = all(binding.source.plain for binding in found)
    if plain and len(sources) == len(found):
        return {binding.source.now: _bound(binding) for binding in found}
    return [binding.word for binding in found]


def _bound(binding: _Binding) -> dict[str, object]:
    how: dict[str, object] = {"bind": binding.target.short()}
    if binding.modes == ("ro",):
        how["ro"] = True
    elif binding.modes:
        how["mode"] = ",".join(binding.modes)
    return how


def _short(service: Service, value: Value) -> _Binding | None:
    """``[SOURCE:]TARGET[:MODE]``."""
    written = text(value, "text or a map")
    if any(":" in (each.now or "") for each in written.expressions):
        written = Mixed.of(known(value))
    parts = written.split(":", 3)
    drive = _DRIVE.match(written.now)
    # A volume may have a name of one letter as well.
    if drive and len(parts) > 2 and drive[1] not in service.project.section("volumes"):
        parts = [Mixed.of(parts[0], ":", parts[1]), *parts[2:]]
    if not all(part.now or part.unknown for part in parts) or not 1 <= len(parts) <= 3:
        raise mistake(value.place, f"{written.now!r} is no volume; write SOURCE:PATH or PATH")
    if len(parts) == 1:
        service.add("volumes", parts[0].short())
        return None
    modes = settled(parts[2], value).split(",") if len(parts) == 3 else []
    for mode in modes:
        if mode not in _MODES:
            service.left_out(value.place, f"volumes: {mode}", "no mode that docker knows")
    kept = tuple(mode for mode in modes if mode in _MODES and mode != "rw")
    return _Binding(_source(service, parts[0], value), parts[1], kept)


def _is_path(written: str) -> bool:
    return written.startswith((".", "/", "~", "\\\\")) or bool(_DRIVE.match(written))


def _source(service: Service, written: Mixed, value: Value) -> Mixed:
    """A path of the host, or a volume by its name there."""
    if written.unknown:
        service.note(value.place, "volumes: the source is taken for a path; it is not known yet")
        return written
    if _is_path(written.now):
        return service.path(written, value)
    name = settled(written, value)
    return Mixed.of(service.project.resource("volumes", name, value.place))


def _long(service: Service, value: Value) -> _Binding | None:
    value = mapped(value)
    parts = keys(value)
    kind = known(parts["type"]) if "type" in parts else ""
    if kind not in _TYPES:
        if kind not in ("npipe", "cluster"):
            raise mistake(value.place, f"{kind!r} is no type; write bind, volume or tmpfs")
        service.left_out(value.place, f"volumes: type {kind}")
        return None
    for key, _ in items(value):
        if key.text not in (*_OWN, kind):
            service.left_out(key.place, f"volumes.{key.text}", f"has no meaning for a {kind}")
    for name in ("target", *(["source"] if kind in ("bind", "image") else [])):
        if name not in parts:
            raise mistake(value.place, f"the {name} is missing; write {name}: PATH")
    settings = parts.get(kind)
    more = keys(mapped(settings)) if settings is not None and not is_null(settings) else {}
    return _KINDS[kind](service, value, more)


def _mode(parts: Mapping[str, Value]) -> list[str]:
    found = ["ro"] if "read_only" in parts and switch(parts["read_only"]) else []
    return found + ([known(parts["consistency"])] if "consistency" in parts else [])


def _bind(service: Service, value: Pairs, more: Mapping[str, Value]) -> _Binding | None:
    service.rest("volumes.bind", more, ("propagation", "create_host_path", "recursive", "selinux"))
    parts = keys(value)
    path = service.path(text(parts["source"]), parts["source"])
    target = text(parts["target"])
    modes = _mode(parts)
    created = "create_host_path" not in more or switch(more["create_host_path"])
    propagation = [known(more["propagation"])] if "propagation" in more else []
    if created and "recursive" not in more:
        modes += propagation + ([known(more["selinux"])] if "selinux" in more else [])
        return _Binding(path, target, tuple(modes))
    if "selinux" in more:
        service.left_out(more["selinux"].place, "volumes.bind.selinux", "docker has none here")
    if created and "recursive" in more:
        service.note(value.place, "volumes: docker does not create the folder of the host here")
    fields = {"bind-propagation": Mixed.of(*propagation)} if propagation else {}
    if "recursive" in more:
        fields["bind-recursive"] = text(more["recursive"])
    _mount(service, value, "bind", path, target, modes, fields)
    return None


def _volume(service: Service, value: Pairs, more: Mapping[str, Value]) -> None:
    service.rest("volumes.volume", more, ("nocopy", "subpath", "labels"))
    parts = keys(value)
    target, modes = text(parts["target"]), _mode(parts)
    nocopy = "nocopy" in more and switch(more["nocopy"])
    named = "source" in parts and not is_null(parts["source"])
    name = Mixed()
    if named:
        given = known(parts["source"])
        name = Mixed.of(service.project.resource("volumes", given, parts["source"].place))
    fields = {"volume-nocopy": Mixed.of("true")} if nocopy else {}
    if "subpath" in more:
        fields["volume-subpath"] = text(more["subpath"])
    labels = [
        ("volume-label", Mixed.of(f"{key}=", item) if item else Mixed.of(key))
        for key, item in (pairs(more["labels"]) if "labels" in more else {}).items()
    ]
    _mount(service, value, "volume", name, target, modes, fields, labels)


def _tmpfs(service: Service, value: Pairs, more: Mapping[str, Value]) -> _Binding | None:
    service.rest("volumes.tmpfs", more, ("size", "mode"))
    parts = keys(value)
    fields = {"tmpfs-size": text(more["size"])} if "size" in more else {}
    if "mode" in more:
        fields["tmpfs-mode"] = Mixed.of(_octal(more["mode"]))
    _mount(service, value, "tmpfs", Mixed(), text(parts["target"]), _mode(parts), fields)
    return None


def _octal(value: Value) -> str:
    """A mode in octal; a number that YAML reads as a decimal one is decimal to Compose."""
    written = known(value, "a mode such as 0755")
    quoted = isinstance(value, Text) and value.style
    digits = written.lower().removeprefix("0o")
    octal = quoted or written.startswith("0")
    if not re.fullmatch("[0-7]{1,6}" if octal else "[0-9]{1,6}", digits):
        raise mistake(value.place, f"{written!r} is no mode; write one such as 0755")
    return digits if octal else f"{int(digits):o}"


def _image(service: Service, value: Pairs, more: Mapping[str, Value]) -> _Binding | None:
    service.rest("volumes.image", more, ("subpath",))
    parts = keys(value)
    fields = {"image-subpath": text(more["subpath"])} if "subpath" in more else {}
    _mount(
        service, value, "image", text(parts["source"]), text(parts["target"]), _mode(parts), fields
    )
    return None


_KINDS: Mapping[str, Callable[[Service, Pairs, Mapping[str, Value]], _Binding | None]] = {
    "bind": _bind,
    "volume": _volume,
    "tmpfs": _tmpfs,
    "image": _image,
}


def _mount(
    service: Service,
    value: Value,
    kind: str,
    origin: Mixed,
    target: Mixed,
    modes: list[str],
    fields: Mapping[str, Mixed],
    more: list[tuple[str, Mixed]] | None = None,
) -> None:
    """What docker has ``--mount`` for: as a map, or as a line where a key comes twice."""
    found = [("type", Mixed.of(kind)), ("source", origin), ("target", target)]
    found += [("readonly", Mixed.of("true"))] if "ro" in modes else []
    found += [("consistency", Mixed.of(mode)) for mode in modes if mode != "ro"]
    found = [pair for pair in (*found, *fields.items(), *(more or ())) if pair[1].parts]
    if len({name for name, _ in found}) == len(found):
        service.add("mount", {name: item.short() for name, item in found})
    else:
        cells = [f"{name}={settled(item, value)}" for name, item in found]
        service.add("mount", csv_line(cells))


def _file(service: Service, section: str, value: Value, folder: str) -> _Binding | None:
    """A secret or a config, which is a file of the host."""
    parts = keys(value) if isinstance(value, Pairs) else {"source": value}
    if "source" not in parts:
        raise mistake(value.place, "the source is missing; write source: NAME")
    service.rest(section, parts, ("source", "target", "uid", "gid", "mode"))
    name = known(parts["source"], "text or a map")
    known_ones = service.project.section(section)
    if name not in known_ones:
        raise mistake(value.place, f"{name!r} is none of the {section} of this file; add it there")
    for key in ("uid", "gid", "mode"):
        if key in parts:
            why = "what is bound is as it is on the host"
            service.left_out(parts[key].place, f"{section}.{name}.{key}", why)
    settings = known_ones[name][1]
    file = keys(settings).get("file") if isinstance(settings, Pairs) else None
    if file is None:
        why = "only those with a file can be bound"
        service.left_out(value.place, f"{section}.{name}", why)
        return None
    target = text(parts["target"]) if "target" in parts else Mixed.of(name)
    if not target.now.startswith("/"):
        target = Mixed.of(f"{PurePosixPath(folder)}".rstrip("/") + "/", target)
    return _Binding(service.project.path(text(file), source(file), file.place), target, ("ro",))
