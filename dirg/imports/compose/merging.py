"""How Compose puts definitions over each other: those of extends, include and further documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from posixpath import normpath

from dirg.errors import mistake
from dirg.imports.compose.files import OVERRIDE, RESET, tag
from dirg.values import Items, Pairs, Text, Value

_Path = tuple[str, ...]
_OVER = {"command", "entrypoint", "healthcheck.test"}
_BY_KEY = {
    "annotations", "build.additional_contexts", "build.args", "build.labels", "deploy.labels",
    "environment", "labels", "sysctls",
}  # fmt: skip
_AS_MAPS = {"depends_on", "networks"}
_ONCE = {
    "cap_add", "cap_drop", "dns", "dns_opt", "dns_search", "expose", "build.tags", "env_file",
    "label_file", "links", "ports", "profiles", "tmpfs",
}  # fmt: skip


def merged(base: Value, over: Value, path: _Path = ()) -> Value:
    """A value with another one put over it. Raises DescriptionError where they don't fit."""
    if tag(over) in (RESET, OVERRIDE) or tag(base) == RESET:
        return over
    if isinstance(over, Text) and over.null and ".".join(path[2:]) not in _OVER:
        return base
    rule = _rule(path)
    return rule(base, over, path)


def without_resets(value: Value, known: dict[int, Value] | None = None) -> Value:
    """A value without what is tagged to be left out.

    ``known``: what has been made already, since aliases make many of few.
    """
    known = {} if known is None else known
    if isinstance(value, Pairs) and id(value) not in known:
        kept = [(key, item) for key, item in value.pairs if tag(item) != RESET]
        made = tuple((key, without_resets(item, known)) for key, item in kept)
        known[id(value)] = replace(value, pairs=made)
    return known.get(id(value), value)


def _rule(path: _Path) -> Callable[[Value, Value, _Path], Value]:
    name = ".".join(path[2:]) if path[:1] == ("services",) else ""
    if name in _OVER or (path[2:3] == ("ulimits",) and len(path) == 4):
        return _over
    by_key = name in _BY_KEY or path[2:] == ("labels",)
    found: Mapping[str, Callable[[Value, Value, _Path], Value]] = {
        "logging": _logging,
        "build": _build,
        "volumes": _by_target,
        "devices": _by_target,
        "secrets": _by_source,
        "configs": _by_source,
        "extra_hosts": _hosts,
        "build.extra_hosts": _hosts,
    }
    if by_key:
        return _by_key
    if name in _AS_MAPS:
        return _as_maps
    return _once if name in _ONCE else found.get(name, _plainly)


def _over(base: Value, over: Value, path: _Path) -> Value:
    return over


def _plainly(base: Value, over: Value, path: _Path) -> Value:
    if isinstance(base, Pairs) and isinstance(over, Pairs):
        return _maps(base, over, path)
    if isinstance(base, Items) and isinstance(over, Items):
        return replace(over, items=(*base.items, *over.items))
    if isinstance(base, Text) and (base.null or isinstance(over, Text)):
        return over
    where = f"the one at {base.place.source()}"
    if name := ".".join(path):
        raise mistake(over.place, f"{name} has another form than {where}; write the same")
    raise mistake(over.place, f"has another form than {where}; write the same")


def _maps(base: Pairs, over: Pairs, path: _Path) -> Value:
    found = {key.text: (key, item) for key, item in base.pairs}
    for key, item in over.pairs:
        before = found.get(key.text)
        found[key.text] = (key, merged(before[1], item, (*path, key.text)) if before else item)
    return replace(over, pairs=tuple(found.values()))


def _by_key(base: Value, over: Value, path: _Path) -> Value:
    """One without a value takes the place of one that has it: it comes from elsewhere."""
    base, over = _as_map(base), _as_map(over)
    found = {key.text: (key, item) for key, item in (*base.pairs, *over.pairs)}
    return replace(over, pairs=tuple(found.values()))


def _as_map(value: Value) -> Pairs:
    """``KEY=VALUE`` in a list as a map."""
    if isinstance(value, Pairs):
        return value
    items = value.items if isinstance(value, Items) else () if _null(value) else (value,)
    return Pairs(tuple(map(_pair, items)), value.place)


def _pair(item: Value) -> tuple[Text, Value]:
    if not isinstance(item, Text):
        raise mistake(item.place, "takes a list of text; write KEY=VALUE")
    key, joint, text = item.text.partition("=")
    null = Text("", item.place, "tag:yaml.org,2002:null")
    return replace(item, text=key), replace(item, text=text) if joint else null


def _null(value: Value) -> bool:
    return isinstance(value, Text) and value.null


def _as_maps(base: Value, over: Value, path: _Path) -> Value:
    """Names in a list as a map of nothing."""
    base, over = (_as_map(each) if isinstance(each, Items) else each for each in (base, over))
    return _plainly(base, over, path)


def _build(base: Value, over: Value, path: _Path) -> Value:
    return _plainly(_context(base), _context(over), path)


def _context(value: Value) -> Value:
    if not isinstance(value, Text) or value.null:
        return value
    return Pairs(((replace(value, text="context"), value),), value.place)


def _logging(base: Value, over: Value, path: _Path) -> Value:
    """Options are those of a driver."""
    drivers = {_text(_get(each, "driver")) for each in (base, over)} - {""}
    return over if len(drivers) > 1 else _plainly(base, over, path)


def _get(value: Value, name: str) -> Value | None:
    pairs = value.pairs if isinstance(value, Pairs) else ()
    return next((item for key, item in pairs if key.text == name), None)


def _text(value: Value | None) -> str:
    return value.text if isinstance(value, Text) else ""


def _once(base: Value, over: Value, path: _Path) -> Value:
    return _unique(base, over, path, _text_or_itself)


def _hosts(base: Value, over: Value, path: _Path) -> Value:
    return _once(_as_list(base), _as_list(over), path)


def _as_list(value: Value) -> Value:
    """A map of names, each with an address or several, as a list."""
    if not isinstance(value, Pairs):
        return value
    items = (
        replace(one, text=f"{key.text}={one.text}") if isinstance(one, Text) else one
        for key, item in value.pairs
        for one in (item.items if isinstance(item, Items) else (item,))
    )
    return Items(tuple(items), value.place)


def _text_or_itself(item: Value) -> str:
    return item.text if isinstance(item, Text) else f"#{id(item)}"


def _by_target(base: Value, over: Value, path: _Path) -> Value:
    """What is mounted at the same path, later in place of earlier."""
    return _unique(base, over, path, _target)


def _target(item: Value) -> str:
    if isinstance(item, Text):
        parts = item.text.split(":")
        return normpath(parts[1] if len(parts) > 1 else parts[0])
    return normpath(_text(_get(item, "target")) or ".")


def _by_source(base: Value, over: Value, path: _Path) -> Value:
    return _unique(base, over, path, lambda item: _text(item) or _text(_get(item, "source")))


def _unique(base: Value, over: Value, path: _Path, index: Callable[[Value], str]) -> Value:
    """Lists one after the other; what has the same index takes the place of what was there."""
    base, over = _listed(base), _listed(over)
    if not (isinstance(base, Items) and isinstance(over, Items)):
        return _plainly(base, over, path)
    found = {index(item): item for item in (*base.items, *over.items)}
    return replace(over, items=tuple(found.values()))


def _listed(value: Value) -> Value:
    """A text as a list of it, where both are allowed."""
    return Items((value,), value.place) if isinstance(value, Text) and not value.null else value
