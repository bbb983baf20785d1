"""A running container as a definition: its properties in the forms of the description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dirg import expanded, networks, options
from dirg.mounts import ANONYMOUS
from dirg.options import Form
from dirg.values import MASK
from dirg.wanted import said

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.live import Facts

_ORDER = ["image", "docker_host", *options.PROPERTIES, *options.RUN]


def as_definition(
    name: str,
    properties: Facts,
    host: str = "",
    definition: Definition | None = None,
    openly: bool = False,
) -> dict[str, Any]:
    """The properties of a container as a description has them: text, lists, maps and true.

    ``properties``: as ``live.properties`` gives them. ``host``: what ``docker_host`` is to be.
    ``definition``: what it was made from, where that is known: it tells which variables are
    secrets, whose values are masked; variables that it has not, or with another value, count as
    such, since they may have been secrets of before. Read as a definition, the result fits the
    same container, but for these. ``openly``: another value was none, by ``dirg.openly``.
    """
    secrets = _secrets(definition)
    found: dict[str, Any] = {"docker_host": host} if host else {}
    for property, words in _own(name, properties):
        found |= _FORMS.get(property, _flag)(property, words)
    variables = _variables(properties.get("env", ()))
    hidden = secrets | {*variables} - _known(definition, variables, openly)
    found["env"] = {key: value for key, value in variables.items() if key not in hidden}
    found["secret_env"] = {key: MASK for key in variables if key in hidden}
    bindings, exposed = found.get("port_bindings", {}), properties.get("ports", ())
    found["port_bindings"] = _with_protocols(bindings, exposed)
    return {key: found[key] for key in _ORDER if found.get(key) not in (None, {}, [])}


def _secrets(definition: Definition | None) -> set[str]:
    """The variables that a definition knows by name only."""
    variables = said(definition).get("env", []) if definition else []
    return {word for word in variables if "=" not in word}


def _known(definition: Definition | None, variables: Mapping[str, str], openly: bool) -> set[str]:
    """The variables that have the values of a definition; all where there is none."""
    if definition is None:
        return {*variables}
    defined = _variables(said(definition).get("env", []))
    return {*defined} if openly else {k for k, v in variables.items() if defined.get(k) == v}


def _variables(words: Iterable[str]) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in words if "=" in word)


def _own(name: str, properties: Facts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The properties without what dirg, or a replacement of the container, adds."""
    joined = properties.get("net", ("",))[0].startswith("container:")
    nameless = joined or properties.get("uts") == ("host",)
    for property, words in properties.items():
        left = tuple(word for word in words if not _added(name, property, word))
        if left and not (property == "hostname" and nameless):
            yield property, left


def _added(name: str, property: str, word: str) -> bool:
    if property == "label":
        return word.startswith("dirg.")
    if property == "volume_bindings":
        return bool(ANONYMOUS.fullmatch(word.partition(":")[0]))
    if property == "volumes_from":
        return word.partition(":")[0] == name
    return word == "seccomp=FILE" or (property == "hostname" and word == name)


_Words = tuple[str, ...]


def _flag(property: str, words: _Words) -> dict[str, Any]:
    """A flag of docker, in the form that it has."""
    option = options.RUN[property]
    if option.form is Form.VALUE:
        return {property: words[0]}
    if option.form is Form.SWITCH:
        return {property: True}
    if option.form is Form.PAIRS:
        return {property: _map(words, option.joint)}
    return {property: list(words)}


def _map(words: _Words, joint: str) -> dict[str, str | None] | list[str]:
    """Words as a map, or as they are where one key has several values."""
    pairs = [word.partition(joint) for word in words]
    found = {key: value if joined else None for key, joined, value in pairs}
    return found if len(found) == len(words) else list(words)


def _text(property: str, words: _Words) -> dict[str, Any]:
    return {property: words[0]}


def _nothing(property: str, words: _Words) -> dict[str, Any]:
    return {}


def _list(property: str, words: _Words) -> dict[str, Any]:
    return {property: list(words)}


def _network(property: str, words: _Words) -> dict[str, Any]:
    """A single one by its name alone; more, or more of it, by the flag."""
    if words == (networks.BRIDGE,):
        return {}
    return (
        {"net": words[0]} if len(words) == 1 and "=" not in words[0] else {"network": list(words)}
    )


def _ports(property: str, words: _Words) -> dict[str, Any]:
    return {property: expanded.ranges(words)}


def _published(property: str, words: _Words) -> dict[str, Any]:
    """Each port of the container, and where it is published: null for any port of the host."""
    places: dict[str, list[str | None]] = {}
    for word in sorted(words, key=_number):
        place, _, port = word.rpartition(":")
        places.setdefault(port, []).append(place or None)
    return {
        property: {port: found[0] if len(found) == 1 else found for port, found in places.items()}
    }


def _with_protocols(bindings: Mapping[str, Any], exposed: _Words) -> dict[str, Any]:
    """Bindings, with tcp where a port would take another protocol of its number."""
    others = {port.partition("/")[0] for port in (*bindings, *exposed) if "/" in port}
    return {f"{port}/tcp" if port in others else port: at for port, at in bindings.items()}


def _number(word: str) -> int:
    return int(word.rpartition(":")[2].partition("/")[0])


def _bindings(property: str, words: _Words) -> dict[str, Any]:
    """A map by source; a list where one source is bound at several paths."""
    found = {source: bound(rest) for source, _, rest in (word.partition(":") for word in words)}
    return {property: found if len(found) == len(words) else list(words)}


def bound(written: str) -> dict[str, Any]:
    """What follows the source of a binding, as a map."""
    path, _, mode = written.partition(":")
    how: dict[str, Any] = {"ro": True} if mode == "ro" else {"mode": mode} if mode else {}
    return {"bind": path, **how}


def _links(property: str, words: _Words) -> dict[str, Any]:
    return {property: _map(words, ":")}


_FORMS: Mapping[str, Callable[[str, _Words], dict[str, Any]]] = {
    "command": _list,
    "entrypoint": _text,
    "env": _nothing,
    "image": _text,
    "links": _links,
    "net": _network,
    "port_bindings": _published,
    "ports": _ports,
    "volume_bindings": _bindings,
    "volumes": _list,
}
