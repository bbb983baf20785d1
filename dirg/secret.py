"""``secret_env``: which variables a container gets, and where their values come from."""

from __future__ import annotations

import re
from dataclasses import field

from dirg import forms, shell
from dirg.command import Later
from dirg.errors import DescriptionError, Mistake, Place, SourcePlace, all_of, mistake
from dirg.records import dataclass
from dirg.values import MASK, Pairs, Text, Value, each, text

# Most calls need none of it, and compiling takes its time (measured).
_OF_DOCKER = (
    r"DOCKER_.*|BUILDKIT_.*|PATH|HOME|LD_.*|SSH_.*|(?:HTTPS?|ALL|NO|FTP)_PROXY|SSL_CERT_.*|GO[A-Z]+"
    r"|(?:https?|all|no|ftp)_proxy"
)
_TELLING = (["command"], ["file"])
_WRONG_KEY = "a key is wrong; write one that is not empty and has no ="
_FORMS = "text, {command: WORDS} or {file: PATH}"


def of_docker(name: str) -> bool:
    """Whether docker, its ssh, or the system that runs them go by a variable."""
    return bool(re.fullmatch(_OF_DOCKER, name))


@dataclass(frozen=True)
class Source:
    """What tells the value of a secret: a program that prints it, or a file that holds it.

    ``command``: the program and its arguments; none where it is a ``file``.
    """

    command: tuple[str, ...] = ()
    file: str = ""
    place: Place = field(default=SourcePlace("", 0), compare=False, repr=False)

    @property
    def later(self) -> Later:
        """The value, for a shell to put in. It takes off the line ends, as dirg does."""
        return Later("", shell.join(self.command or ("cat", "--", self.file)))


@dataclass(frozen=True)
class Secret:
    """A variable; ``value`` is None where a ``source`` tells it, or dirg's own environment."""

    name: str
    value: str | None = field(default=None, repr=False)
    source: Source | None = None


def secrets(value: Value, directory: str) -> list[Secret]:
    """The variables of a ``secret_env``; paths that begin with a dot begin at ``directory``.

    Raises DescriptionError, whose text quotes nothing that may be a secret.
    """

    def mapped(pair: tuple[Text, Value]) -> Secret:
        name, item = pair
        if isinstance(item, Pairs):
            return Secret(_key(name), source=_source(name.text, item, directory))
        (word,) = _words(Pairs((pair,), name.place))
        return _plain((word, item))

    if isinstance(value, Pairs):
        found = all_of(mapped, value.pairs)
    else:
        found = all_of(_plain, zip(_words(value), each(value), strict=True))
    for name in (secret.name for secret in found if of_docker(secret.name)):
        what = f"{name} would change the docker CLI itself, which gets it too; use env"
        raise mistake(value.place, what)
    return found


def told(value: Value) -> bool:
    """Whether a value is none, but says what tells it."""
    return isinstance(value, Pairs) and [key.text for key, _ in value.pairs] in _TELLING


def _source(name: str, value: Pairs, directory: str) -> Source:
    if not told(value):
        raise mistake(value.place, f"{name} takes {_FORMS}; write it so")
    ((key, item),) = value.pairs
    if key.text == "file":
        path = text(item, "a path")
        if not path:
            raise mistake(item.place, f"{name}: the path is empty; write file: PATH")
        return Source(file=forms.absolute(path, directory), place=item.place)
    first, *others = forms.command(item) or [""]
    if not first:
        raise mistake(item.place, f"{name}: the command is empty; write command: [PROGRAM]")
    program = forms.absolute(first, directory) if first.startswith(".") else first
    return Source((program, *others), place=item.place)


def _key(name: Text) -> str:
    if not name.text or "=" in name.text:
        raise mistake(name.place, _WRONG_KEY)
    return name.text


def _words(value: Value) -> list[str]:
    try:
        return forms.pairs(value, "=")
    except DescriptionError as error:
        raise DescriptionError(
            [
                Mistake(each.place, _WRONG_KEY if " is no KEY" in each.text else each.text)
                for each in error.mistakes
            ]
        ) from None


def _plain(variable: tuple[str, Value]) -> Secret:
    """Raises DescriptionError where what is shown in the place of a secret was taken for it."""
    word, written = variable
    name, given, value = word.partition("=")
    if value == MASK:
        advice = "write its value, or none to take it from dirg's environment"
        raise mistake(written.place, f"{name} is {MASK}, which dirg shows for a secret; {advice}")
    return Secret(name, value if given else None)
