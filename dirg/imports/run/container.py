"""The flags of docker run as the properties of a container, in the forms of the description."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dirg import options
from dirg.errors import mistake
from dirg.imports.described import Code, Properties
from dirg.imports.run.expansion import HOME, PWD, Given, Pieces
from dirg.imports.run.flags import Flag
from dirg.options import Form, Option
from dirg.ports import Port, ports, published
from dirg.shown import bound
from dirg.values import Text

# As the package strconv of Go reads them, which docker does.
_SWITCHES = {
    **dict.fromkeys(["1", "t", "T", "true", "TRUE", "True"], True),
    **dict.fromkeys(["0", "f", "F", "false", "FALSE", "False"], False),
}
_PORTS = re.compile(r"\d+(?:-\d+)?(?:/\w+)?", re.ASCII)
_FILES = ("cidfile", "env-file", "label-file")
_FOLDERS = {PWD: ".", HOME: "~"}
_PLAIN_WORD = re.compile(r"[\w@%+=:,./-]+")
_ORDER = ["image", "docker_host", "docker_context", *options.PROPERTIES, *options.RUN]


def in_order(properties: Properties) -> Properties:
    """The properties in the order of the tables, which people know."""
    return {name: properties[name] for name in _ORDER if name in properties}


def properties(flags: Sequence[Flag], environment: Mapping[str, Pieces]) -> Properties:
    """The properties that flags of ``docker run`` stand for, of those that are properties.

    ``environment``: what is known of the variables that docker gets. Raises DescriptionError for a
    value that docker would not take.
    """
    given = by_name(_with_environment(flag, environment) for flag in flags)
    found = {"port_bindings": _published(given), **_special(given)}
    for name, words in given.items():
        option = options.RUN.get(name)
        if option and name not in _FORMS and name != "publish":
            found[name] = of_option(option, words)
    return {name: value for name, value in found.items() if value not in ([], {}, None)}


def by_name(flags: Iterable[Flag]) -> dict[str, list[Given]]:
    """The values of flags, by the names of properties."""
    found: dict[str, list[Given]] = {}
    for flag in flags:
        found.setdefault(flag.option.name.replace("-", "_"), []).append(flag.value)
    return found


def _with_environment(flag: Flag, environment: Mapping[str, Pieces]) -> Flag:
    """A variable with the value that it has where docker is called, if that is known."""
    value = flag.value
    if flag.option.name != "env" or not value.plain or value.text not in environment:
        return flag
    pieces = (f"{value.text}=", *environment[value.text])
    return Flag(flag.option, Given(pieces, value.place))


def _special(given: Mapping[str, list[Given]]) -> Properties:
    found: Properties = {}
    for name, form in _FORMS.items():
        if name in given:
            found |= form(given[name])
    return found


def of_option(option: Option, words: Sequence[Given]) -> Any:
    """What a property takes, by the form of its flag; the last of several counts for docker."""
    if option.form is Form.SWITCH:
        return _switch(option, words[-1])
    if option.name in _FILES:
        words = [_from_here(word) for word in words]
    if option.form is Form.VALUE:
        return words[-1].value()
    if option.form is Form.PAIRS:
        return pairs(words, option.joint)
    return [word.value() for word in words]


def _switch(option: Option, word: Given) -> bool:
    if not word.plain or word.text not in _SWITCHES:
        what = f"{option.flag} takes true or false; write {option.flag} or {option.flag}=false"
        raise mistake(word.place, what)
    return _SWITCHES[word.text]


def pairs(words: Sequence[Given], joint: str, alone: bool = False) -> Any:
    """A map; a list where one key has several values, or where keys and values can't be told.

    ``alone``: whether a map may have keys without values.
    """
    found: dict[str, Any] = {}
    for word in words:
        pair = word.partition(joint)
        # CLI 28 takes --add-host NAME=ADDRESS too.
        if pair and pair[0] and pair[0] not in found and "=" not in pair[0]:
            found[pair[0]] = pair[1].value()
        elif not pair and alone and word.plain and word.text and word.text not in found:
            found[word.text] = None
        else:
            return [word.value() for word in words]
    return found


def _env(words: list[Given]) -> Properties:
    """Of several values of a variable, docker takes the last."""
    last: dict[str, Given] = {}
    for word in words:
        pair = word.partition("=")
        key = pair[0] if pair else word.text
        last.pop(key, None)
        last[key] = word
    return {"env": pairs([*last.values()], "=", alone=True)}


def _labels(words: list[Given]) -> Properties:
    return {"label": pairs(words, "=", alone=any(word.partition("=") for word in words))}


def _links(words: list[Given]) -> Properties:
    return {"links": pairs(words, ":")}


def _network(words: list[Given]) -> Properties:
    """A single one by its name alone; more, or more of it, by the flag."""
    if len(words) == 1 and "=" not in words[0].text:
        return {"net": words[0].value()}
    return {"network": [word.value() for word in words]}


def _exposed(words: list[Given]) -> Properties:
    return {"ports": [word.value() for word in words]}


def _mounts(words: list[Given]) -> Properties:
    return {"mount": [_mount(word).value() for word in words]}


def _mount(word: Given) -> Given:
    """A mount whose source begins at the folder of the script, which is . to dirg."""
    pieces = list(word.pieces)
    for number, piece in enumerate(pieces[:-1], 1):
        source = isinstance(piece, str) and piece.endswith(("source=", "src="))
        if source and pieces[number] in _FOLDERS:
            rest = _from_here(Given(tuple(pieces[number:]), word.place), ",")
            return Given((*pieces[:number], *rest.pieces), word.place)
    return word


def _from_here(word: Given, end: str = "") -> Given:
    """A path that begins at the folder of the script, or at home, as one of the description.

    ``end``: what may follow the path.
    """
    first = word.pieces[0] if word.pieces else ""
    rest = Given(word.pieces[1:], word.place)
    if not isinstance(first, Code) or first not in _FOLDERS:
        return word
    if rest.pieces and not rest.head.startswith(("/", end or "/")):
        return word
    return Given((_FOLDERS[first], *rest.pieces), word.place)


def _volumes(words: list[Given]) -> Properties:
    """Bindings and volumes without a source; what may be either by the flag."""
    bindings = [_from_here(word, ":") for word in words if ":" in word.text]
    others = [word for word in words if ":" not in word.text]
    return {
        "volumes": [word.value() for word in others if word.plain],
        "volume": [word.value() for word in others if not word.plain],
        "volume_bindings": _bindings(bindings),
    }


def _bindings(words: Sequence[Given]) -> Any:
    """A map by source; a list where one source is bound at several paths, or has a variable."""
    found = {word.text.partition(":")[0]: bound(word.text.partition(":")[2]) for word in words}
    if len(found) == len(words) and all(word.plain for word in words):
        return found
    return [word.value() for word in words]


def _published(given: dict[str, list[Given]]) -> dict[str, Any]:
    """``port_bindings``: each port of the container, and where it is published: null for any."""
    exposed = [_port(word) for word in given.get("expose", ()) if word.plain]
    places: dict[str, list[Any]] = {}
    words = [word for word in given.get("publish", ()) if not _opaque(word)]
    numbers = {_number(word) for word in words if "/" in word.rpartition(":")[1]}
    for word in words:
        host, port = word.rpartition(":")
        if "/" not in port and (port in numbers or _covered(port, word, exposed)):
            port = f"{port}/tcp"
        places.setdefault(port.lower(), []).append(host.value() or None)
    return {port: found[0] if len(found) == 1 else found for port, found in places.items()}


def _number(word: Given) -> str:
    return word.rpartition(":")[1].partition("/")[0]


def _covered(port: str, word: Given, exposed: Sequence[Port]) -> bool:
    """Whether a port would take the protocol of one that is exposed."""
    (found,) = ports(Text(port, word.place))
    return any(each.protocol and each.covers(found.of(each.protocol)) for each in exposed)


def _port(word: Given) -> Port:
    return ports(Text(word.text, word.place))[0]


def _opaque(word: Given) -> bool:
    """Whether a publication has no form but docker's. Raises DescriptionError for a wrong one."""
    if word.plain and "=" not in word.text:
        published(Text(word.text, word.place))
    return "=" in word.text or not _PORTS.fullmatch(word.rpartition(":")[1])


def _opaquely_published(words: list[Given]) -> Properties:
    return {"publish": [word.value() for word in words if _opaque(word)]}


def command(words: Sequence[Given]) -> Any:
    """A command as text where no word has to be quoted, else as a list."""
    if all(word.plain and _PLAIN_WORD.fullmatch(word.text) for word in words):
        return " ".join(word.text for word in words)
    return [word.value() for word in words]


_FORMS: Mapping[str, Callable[[list[Given]], Properties]] = {
    "env": _env,
    "expose": _exposed,
    "label": _labels,
    "link": _links,
    "mount": _mounts,
    "network": _network,
    "publish": _opaquely_published,
    "volume": _volumes,
}
