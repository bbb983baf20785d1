"""The forms in which Compose files write values: text, lists, maps, switches, times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from dirg.errors import all_of, mistake
from dirg.imports.compose.files import interpolated, items, source
from dirg.imports.compose.mixed import Mixed
from dirg.imports.hiding import looks_secret
from dirg.values import Items, Pairs, Text, Value, kind

_TRUE = ("true", "yes", "on", "y", "1", "t")
_FALSE = ("false", "no", "off", "n", "0", "f")
_TIME = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdw]))+")
_UNIT = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|[smhdw])")
_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3,
    "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0,
}  # fmt: skip


def is_null(value: Value) -> bool:
    return isinstance(value, Text) and value.null


def text(value: Value, form: str = "text") -> Mixed:
    """A scalar, interpolated. ``form`` says in an error what should have been written."""
    if isinstance(value, Text) and not value.null:
        return interpolated(value)
    raise mistake(value.place, f"takes {form}, not {kind(value)}; write {form}")


def known(value: Value, form: str = "text") -> str:
    """A scalar as it is now, where an expression can't stand. Raises DescriptionError."""
    return settled(text(value, form), value)


def settled(found: Mixed, value: Value) -> str:
    """A part of a scalar as it is now; noted where it could have been something else."""
    if found.unknown:
        raise mistake(value.place, "has a variable that is not set; set it, or write it into .env")
    if not found.plain:
        what = f"{found.now!r} is taken as it is now, whatever its variables hold later"
        source(value).book.note(value.place, what)
    return found.now


def mapped(value: Value, form: str = "a map") -> Pairs:
    if isinstance(value, Pairs):
        return value
    raise mistake(value.place, f"takes {form}, not {kind(value)}; write {form}")


def listed(value: Value, form: str = "a list") -> tuple[Value, ...]:
    """The items of a list."""
    if isinstance(value, Items):
        return value.items
    raise mistake(value.place, f"takes {form}, not {kind(value)}; write {form}")


def each(value: Value, form: str = "text or a list") -> list[Mixed]:
    """A list of text, or the text itself as one."""
    found = value.items if isinstance(value, Items) else (value,)
    if isinstance(value, Pairs):
        raise mistake(value.place, f"takes {form}, not a map; write {form}")
    return all_of(text, found)


def entries(value: Value, joints: str = "=") -> list[tuple[str, Value | Mixed | None, Value]]:
    """A map, or a list of ``KEY=VALUE``: each key, its value, and where it stands.

    A value is None where there is none.
    """
    if isinstance(value, Pairs):
        return [(key.text, None if is_null(item) else item, key) for key, item in items(value)]
    return all_of(lambda item: _entry(item, joints), listed(value, "a map or a list"))


def _entry(item: Value, joints: str) -> tuple[str, Mixed | None, Value]:
    form = "KEY=VALUE"
    if not isinstance(item, Text) or item.null:
        raise mistake(item.place, f"takes {form}, not {kind(item)}; write {form}")
    written = interpolated(item, secret=looks_secret(item.text.partition("=")[0]))
    joint = next((each for each in joints if len(written.split(each, 1)) == 2), "")
    key, *rest = written.split(joint, 1) if joint else [written]
    if not key.now:
        raise mistake(item.place, "the key is missing; write KEY=VALUE")
    return settled(key, item), rest[0] if rest else None, item


def pairs(value: Value, joints: str = "=") -> dict[str, Mixed | None]:
    """A map, or a list of ``KEY=VALUE``; the last of equal keys counts."""
    found = entries(value, joints)
    values = all_of(lambda entry: of_key(*entry[:2]), found)
    return {key: item for (key, _, _), item in zip(found, values, strict=True)}


def of_key(key: str, value: Value | Mixed | None) -> Mixed | None:
    """The value of a key, whose variables are secrets where the key says so."""
    if isinstance(value, Text):
        return interpolated(value, secret=looks_secret(key))
    return value if value is None or isinstance(value, Mixed) else text(value)


def switch(value: Value) -> bool:
    """True or false as it is now."""
    return truth(Mixed.of(known(value, "true or false")), value)


def truth(written: Mixed, value: Value) -> bool:
    """Whether a text is true as it is now; ``value`` is what it stands in."""
    now = written.now.lower()
    if now in (*_TRUE, *_FALSE):
        return now in _TRUE
    raise mistake(value.place, f"takes true or false, not {now!r}; write one of them")


def duration(value: Value) -> Mixed:
    """A time as docker takes it, which knows neither days nor weeks."""
    written = text(value, "a time such as 1m30s")
    if not written.unknown and not _is_time(written.now):
        raise mistake(value.place, f"{written.now!r} is no time; write one such as 1m30s")
    if re.search("[dw]", written.now):
        return Mixed.of(f"{ceil(_total(settled(written, value)))}s")
    return written


def seconds(value: Value) -> float:
    """A time in seconds, as it is now."""
    written = known(value, "a time such as 1m30s")
    if not _is_time(written):
        raise mistake(value.place, f"{written!r} is no time; write one such as 1m30s")
    return _total(written)


def _is_time(written: str) -> bool:
    return written == "0" or bool(_TIME.fullmatch(written))


def _total(written: str) -> float:
    return sum(float(number) * _SECONDS[unit] for number, unit in _UNIT.findall(written))


def number(value: Value) -> int:
    """A whole number as it is now."""
    written = known(value, "a number")
    if not re.fullmatch(r"-?[0-9]{1,9}", written):
        raise mistake(value.place, f"takes a whole number, not {written!r}; write one")
    return int(written)


def leaves(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    """What is written in a value, with the keys that lead there, two levels down."""
    for key, item in items(value) if isinstance(value, Pairs) else ():
        inner = [(f"{key.text}.{each.text}", each) for each, _ in _within(item)]
        for where, place in inner or [(key.text, key)]:
            yield f"{path}.{where}", place


def _within(item: Value) -> list[tuple[Text, Value]]:
    return list(items(item)) if isinstance(item, Pairs) else []
