"""What a docker command makes: containers, networks and volumes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from operator import itemgetter

from dirg import host, options
from dirg.errors import DescriptionError, Mistake, SourcePlace, mistake
from dirg.imports.described import Imported, Properties, noted
from dirg.imports.run import container, flags
from dirg.imports.run.expansion import Given, Pieces
from dirg.imports.run.flags import Flag, Flags, parsed
from dirg.names import NAME, reserved
from dirg.options import Form
from dirg.records import dataclass

_OF_DOCKER = "dirg goes by docker's variables and its configuration"
_NO_CLIENT = {
    "attach": options.REFUSED["attach"],
    "sig_proxy": "containers are always run detached",
}


@dataclass(frozen=True)
class Invocation:
    """A docker command: its global flags, and the words from the name of the command on.

    ``environment``: what is known of the variables that it gets.
    """

    program: str
    place: SourcePlace
    flags: tuple[Flag, ...]
    words: tuple[Given, ...]
    environment: Mapping[str, Pieces]

    @property
    def made(self) -> str:
        """What it makes: a container, network or volume; empty for nothing."""
        return next((_MADE[verb] for verb in self._verbs() if verb in _MADE), "")

    @property
    def arguments(self) -> tuple[Given, ...]:
        """What follows the name of the command."""
        return self.words[next(len(verb) for verb in self._verbs() if verb in _MADE) :]

    @property
    def verb(self) -> str:
        return " ".join(word.text for word in self.words[: -len(self.arguments) or None])

    def _verbs(self) -> Iterator[tuple[str, ...]]:
        texts = tuple(word.text for word in self.words[:2])
        yield from (texts[:1], texts)


_MADE = {
    ("run",): "container",
    ("create",): "container",
    ("container", "run"): "container",
    ("container", "create"): "container",
    ("network", "create"): "network",
    ("volume", "create"): "volume",
}


def invocation(words: Sequence[Given], environment: Mapping[str, Pieces]) -> Invocation:
    """Read the words of a docker command, the first of which is docker itself.

    Raises DescriptionError for global flags that docker does not have.
    """
    program, *others = words
    given, rest = parsed(flags.DOCKER, others)
    name = program.text.rpartition("/")[2]
    return Invocation(name, program.place, tuple(given), tuple(rest), environment)


@dataclass()
class Made:
    """What has been made so far. ``names``: of containers, and where each was given its own."""

    found: Imported = field(default_factory=Imported)
    names: dict[str, SourcePlace] = field(default_factory=dict)
    containers: list[tuple[str, Given, Properties]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def note(self, place: SourcePlace, text: str) -> None:
        self.notes.append((place.line, f"{place.file}:{place.line}: {text}"))

    def add(self, made: Invocation) -> None:
        """Add what a command makes. Raises DescriptionError where docker would refuse it."""
        _check(made)
        if made.program != "docker":
            self.note(made.place, f"{made.program} {made.verb}: taken as one of docker")
        if made.made == "container":
            self._container(made)
        elif made.made == "network":
            self._resource(made, flags.NETWORK, self.found.networks)
        else:
            self._resource(made, flags.VOLUME, self.found.volumes)

    def _container(self, made: Invocation) -> None:
        given, others = parsed(flags.RUN, made.arguments)
        named = container.by_name(given)
        if "help" in named:
            self.note(made.place, f"--help: left out, since {options.REFUSED['help']}")
            return
        if not others or not others[0].pieces:
            what = "the name of the image is missing; write docker run [FLAGS] IMAGE"
            raise mistake(made.place, what)
        image, *command = others
        properties: Properties = {"image": image.value(), **self._where(made)}
        properties |= container.properties(given, made.environment)
        properties |= {"command": container.command(command)} if command else {}
        name = named["name"][-1] if "name" in named else None
        if name and properties.get("hostname") == name.value():
            del properties["hostname"]
        for left_out in _NO_CLIENT:
            properties.pop(left_out, None)
        self.containers.append((self._name(name), image, container.in_order(properties)))
        self._note_container(made, given, image, bool(command))

    def _note_container(
        self, made: Invocation, given: Sequence[Flag], image: Given, command: bool
    ) -> None:
        if made.verb.endswith("create"):
            self.note(made.place, f"docker {made.verb}: dirg run starts the container too")
        if image.bare and not image.plain and command:
            what = "a variable without quotes is taken for the image; write out flags that it holds"
            self.note(made.place, what)
        named = container.by_name(given)
        for name, why in _NO_CLIENT.items():
            if name in named:
                self.note(made.place, f"--{name.replace('_', '-')}: left out: {why}")
        for name, words in named.items():
            option = flags.RUN.long[name.replace("_", "-")]
            if option.form is Form.VALUE and len(words) > 1:
                self.note(words[-1].place, f"{option.flag} is given twice; the last one counts")

    def _name(self, name: Given | None) -> str:
        """The name of a container, checked; empty where it has none."""
        if name is None:
            return ""
        _check_name(name, "container")
        if reserved(name.text):
            what = f"{name.text!r} is a name that dirg update uses; choose another one"
            raise mistake(name.place, what)
        if name.text in self.names:
            before = self.names[name.text]
            what = f"{name.text} is defined twice, here and at {before}; rename one"
            raise mistake(name.place, what)
        self.names[name.text] = name.place
        return name.text

    def _resource(self, made: Invocation, known: Flags, found: dict[str, Properties]) -> None:
        given, names = parsed(known, made.arguments)
        named = container.by_name(given)
        names += named.pop("name", [])
        if len(names) != 1 or "help" in named:
            if made.made == "volume" and not names:
                self.note(made.place, "docker volume create: left out, since it has no name")
                return
            raise mistake(made.place, f"{known.command} takes one name; write it after the flags")
        _check_name(names[0], made.made)
        name = names[0].text
        table = {key: known.long[key.replace("_", "-")] for key in named}
        properties = {key: container.of_option(table[key], named[key]) for key in named}
        if found.setdefault(name, properties) != properties:
            what = f"{made.made} {name} is made twice, in different ways; leave one out"
            raise mistake(names[0].place, what)
        if self._where(made):
            what = "dirg makes it on each host where a container needs it"
            self.note(made.place, f"{made.made} {name}: its docker host is left out: {what}")

    def _where(self, made: Invocation) -> Properties:
        """``docker_host`` or ``docker_context``, by docker's own precedence."""
        named = container.by_name(made.flags)
        hosts, contexts = named.pop("host", []), named.pop("context", [])
        if len(hosts) > 1 or (hosts and contexts):
            what = "docker takes one host or context; leave out the others"
            raise mistake(hosts[-1].place, what)
        secure = "tlsverify" in named and hosts and hosts[0].head.startswith("tcp://")
        for name in named:
            if not (name == "tlsverify" and secure):
                flag = f"--{name.replace('_', '-')}"
                self.note(made.place, f"docker {flag}: left out; {_OF_DOCKER}")
        if secure:
            rest = hosts[0].after(len("tcp"))
            hosts = [Given(("https", *rest.pieces), rest.place)]
            what = "docker --tlsverify: docker_host says so by https://; the certificates are left"
            self.note(made.place, f"{what} out: {_OF_DOCKER}")
        if not contexts:
            hosts = hosts or _variable(made, "DOCKER_HOST")
        if hosts:
            return {"docker_host": _checked_host(hosts[0]).value()}
        contexts = contexts or _variable(made, "DOCKER_CONTEXT")
        return {"docker_context": contexts[-1].value()} if contexts else {}

    def finished(self) -> Imported:
        """All of it; containers without names get some, by their images."""
        taken = {*self.names}
        for name, image, properties in self.containers:
            if not name:
                name = _free(_by_image(image), taken)
                taken.add(name)
                self.note(image.place, f"no --name: called {name}, after its image")
            self.found.containers[name] = properties
        noted(self.found, (note for _, note in sorted(self.notes, key=itemgetter(0))))
        return self.found


def _variable(made: Invocation, name: str) -> list[Given]:
    pieces = made.environment.get(name)
    return [Given(pieces, made.place)] if pieces else []


def _check(made: Invocation) -> None:
    """Raises DescriptionError for all that only a shell could tell."""
    words = [*made.words, *(flag.value for flag in made.flags)]
    problems = [Mistake(word.place, word.problem) for word in words if word.problem]
    if problems:
        raise DescriptionError(problems)


def _check_name(name: Given, kind: str) -> None:
    if not name.plain:
        what = f"the name of a {kind} can't have variables; write it out"
        raise mistake(name.place, what)
    if not NAME.fullmatch(name.text):
        what = (
            f"{name.text!r} is no {kind} name; docker takes two or more of "
            "a-z A-Z 0-9 _ . - and no _ . - at the start"
        )
        raise mistake(name.place, what)


def _checked_host(address: Given) -> Given:
    if not address.plain:
        return address
    try:
        host.at(address.text, {})
    except ValueError as error:
        raise mistake(address.place, str(error)) from error
    return address


def _by_image(image: Given) -> str:
    """The last part of the name of an image, where that can be a container's name."""
    last = image.text.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return last if NAME.fullmatch(last) and not reserved(last) else "container"


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
