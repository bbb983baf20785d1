"""Reads flags from the words of a docker command, as the docker CLI does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from dirg import options
from dirg.errors import DescriptionError, mistake
from dirg.imports.run.expansion import Given
from dirg.options import Form, Option
from dirg.records import dataclass


@dataclass(frozen=True)
class Flags:
    """What flags a command takes: by their long names, and the short ones of these.

    ``anywhere``: whether they may follow words that are none.
    """

    command: str
    long: Mapping[str, Option]
    short: Mapping[str, str]
    anywhere: bool = False


class Flag(NamedTuple):
    """A flag that was given, and its value."""

    option: Option
    value: Given


def _flags(
    command: str,
    table: Mapping[str, Option],
    more: Sequence[Option],
    short: str,
    anywhere: bool = False,
) -> Flags:
    pairs = (word.partition("=") for word in short.split())
    named = {option.name: option for option in (*table.values(), *more)}
    return Flags(command, named, {letter: name for letter, _, name in pairs}, anywhere)


# Older names, which docker hides, of flags that are the same.
_SAME = {"net": "network", "net-alias": "network-alias", "dns-opt": "dns-option"}

DOCKER = _flags(
    "docker",
    {},
    [
        Option("host", Form.EACH),
        *(Option(name, Form.VALUE) for name in ("config", "context", "log-level")),
        *(Option(name, Form.VALUE) for name in ("tlscacert", "tlscert", "tlskey")),
        *(Option(name, Form.SWITCH) for name in ("debug", "help", "tls", "tlsverify", "version")),
    ],
    "D=debug H=host c=context l=log-level v=version",
)
RUN = _flags(
    "docker run",
    options.RUN,
    [
        Option("attach", Form.EACH),
        Option("detach", Form.SWITCH),
        Option("env", Form.EACH),
        Option("help", Form.SWITCH),
        Option("name", Form.VALUE),
        Option("net", Form.EACH),
    ],
    """
    P=publish-all a=attach c=cpu-shares d=detach e=env h=hostname i=interactive l=label m=memory
    p=publish q=quiet t=tty u=user v=volume w=workdir
    """,
)
NETWORK = _flags(
    "docker network create",
    options.NETWORK,
    [Option("help", Form.SWITCH)],
    "d=driver o=opt",
    anywhere=True,
)
VOLUME = _flags(
    "docker volume create",
    options.VOLUME,
    [Option("help", Form.SWITCH), Option("name", Form.VALUE)],
    "d=driver o=opt",
    anywhere=True,
)


def parsed(flags: Flags, words: Sequence[Given]) -> tuple[list[Flag], list[Given]]:
    """The flags among some words, by docker's own names, and the other words.

    Raises DescriptionError for one that the command does not take, or that has no value.
    """
    found: list[Flag] = []
    others: list[Given] = []
    left = iter(words)
    for word in left:
        if word.head == "--" and word.plain:
            others += left
        elif word.head.startswith("-") and (word.head != "-" or not word.plain):
            read = _long if word.head.startswith("--") else _cluster
            found += read(flags, word, left)
        else:
            others.append(word)
            others += () if flags.anywhere else left
    return [_canonical(flags, flag) for flag in found], others


def _canonical(flags: Flags, flag: Flag) -> Flag:
    name = _SAME.get(flag.option.name, flag.option.name)
    return Flag(flags.long[name], flag.value)


def _long(flags: Flags, word: Given, left: Iterator[Given]) -> Iterator[Flag]:
    name, equals, _ = word.head[2:].partition("=")
    option = flags.long.get(name)
    if not equals and not word.plain:
        raise _computed(word)
    if not option or not name:
        raise _unknown(flags, word, f"--{name}")
    if equals:
        yield Flag(option, word.after(len(f"--{name}=")))
    elif option.form is Form.SWITCH:
        yield Flag(option, Given(("true",), word.place))
    else:
        yield Flag(option, _next(f"--{name}", word, left))


def _cluster(flags: Flags, word: Given, left: Iterator[Given]) -> Iterator[Flag]:
    """Short flags; the first that takes a value gets the rest of the word, or the next one."""
    rest = word.after(1)
    while rest.pieces:
        letter = rest.head[:1]
        if not letter:
            raise _computed(word)
        if letter not in flags.short:
            raise _unknown(flags, word, f"-{letter}")
        option = flags.long[flags.short[letter]]
        more, rest = rest, rest.after(1)
        if more.head[1:2] == "=" and (more.head[2:] or not more.plain):
            yield Flag(option, rest.after(1))
            return
        if option.form is Form.SWITCH:
            yield Flag(option, Given(("true",), word.place))
        else:
            yield Flag(option, rest if rest.pieces else _next(f"-{letter}", word, left))
            return


def _next(flag: str, word: Given, left: Iterator[Given]) -> Given:
    value = next(left, None)
    if value is None:
        raise mistake(word.place, f"{flag} needs a value; write {flag} VALUE")
    return value


def _computed(word: Given) -> DescriptionError:
    return mistake(word.place, f"{word.head}… is a flag with a variable in its name; write it out")


def _unknown(flags: Flags, word: Given, flag: str) -> DescriptionError:
    names = {**options.COMPOSE, **{name: name for name in flags.long}}
    meant = {name.replace("_", "-"): each.replace("_", "-") for name, each in names.items()}
    known = [name for name, option in meant.items() if option in flags.long]
    near = get_close_matches(flag.lstrip("-"), known, n=1) if flag.startswith("--") else []
    advice = f"did you mean --{meant[near[0]]}?" if near else f"see {flags.command} --help"
    return mistake(word.place, f"{flags.command} has no flag {flag}; {advice}")
