"""A container definition as docker's arguments: those of run, create and build."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from posixpath import normpath
from typing import TYPE_CHECKING

from dirg import forms, networks, options
from dirg.errors import DescriptionError, mistake
from dirg.ports import Port, Publication, ports, publications, published_flag
from dirg.properties import Properties
from dirg.records import dataclass
from dirg.references import Reference, depends_on, network_modes, references
from dirg.values import Value, text

if TYPE_CHECKING:
    from dirg.definitions import Container
    from dirg.secret import Secret, Source

LABEL = "dirg.definition"
# What was there before an update: the id of its image, and its restart policy.
PREVIOUS = "dirg.previous"

_LONGEST_HOSTNAME = 64
# The grammar of the distribution project: [DOMAIN[:PORT]/]PATH[/PATH...][:TAG][@DIGEST]
_WORD = r"[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*"
_DOMAIN = rf"(?:{_WORD}(?:\.{_WORD})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_PATH = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_DIGEST = r"[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[0-9a-fA-F]{32,}"
_TAG = r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}"


@dataclass(frozen=True)
class Definition:
    """What a container is to be made from.

    ``image``: the image's name.
    ``options``: the flags of docker run, but for the name and the label with the digest.
    ``command``: the arguments that follow the image.
    ``build``: the arguments of docker build; none where the image is not built here.
    ``references``: the containers that have to be there before it.
    ``published``: its ports and where they are published.
    ``secrets``: variables that only the docker process gets, by ``-e KEY``. ``sources``: those
    whose values something else tells, once they are needed. ``inherited``: the names of those that
    come from dirg's own environment.
    """

    name: str
    image: str
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    published: tuple[Publication, ...] = ()
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    sources: tuple[tuple[str, Source], ...] = ()
    inherited: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What tells this definition from a changed one; the label ``dirg.definition`` holds it.

        When an image is pulled makes no difference to a container.
        """
        flags, before = [], ""
        for word in self.options:
            flags += [word] if word != "--pull" and before != "--pull" else []
            before = word
        made_from = "\0".join([*flags, "", self.image, *self.command])
        return hashlib.sha256(made_from.encode()).hexdigest()[:16]

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the containers that have to be there before it."""
        return tuple(dict.fromkeys(reference.name for reference in self.references))

    @property
    def bound(self) -> frozenset[str]:
        """The paths in the container that something is mounted at."""
        from dirg import targets

        return frozenset(targets.bound(self.options))

    @property
    def connections(self) -> tuple[tuple[str, ...], ...]:
        """What ``docker network connect`` gets, but for the name, after the container was created.

        None where docker itself joins all of its networks when it creates it.
        """
        found = options.grouped(self.options)
        return networks.connections([value[0] for flag, *value in found if flag == "--network"])

    def run(self) -> tuple[str, ...]:
        """The arguments of docker that create this container and start it."""
        return ("run", "-d", *self._made_of(self.name))

    def create(
        self,
        name: str,
        more: tuple[str, ...] = (),
        options: tuple[str, ...] | None = None,
        image: str = "",
    ) -> tuple[str, ...]:
        """The arguments of docker that create this container under some name, with more flags.

        Of several networks, it joins the first one only, see ``connections``.
        ``options``, ``image``: in place of its own, where these say where its data is, or which
        image exactly is meant.
        """
        flags = self.options if options is None else options
        if self.connections:
            flags = tuple(_with_first_network(flags))
        return ("create", *more, *self._made_of(name, flags, image))

    def _made_of(
        self, name: str, options: tuple[str, ...] | None = None, image: str = ""
    ) -> tuple[str, ...]:
        label = ("--label", f"{LABEL}={self.digest}")
        flags = self.options if options is None else options
        return ("--name", name, *flags, *label, image or self.image, *self.command)


def _with_first_network(words: Iterable[str]) -> Iterator[str]:
    joined = False
    for flag, *value in options.grouped(words):
        if flag != "--network" or not joined:
            yield from (flag, *value)
        joined = joined or flag == "--network"


def define(
    container: Container, directory: str, referred: Iterable[Reference] | None = None
) -> Definition:
    """The definition of a container; relative paths begin at ``directory``.

    ``referred``: its ``references``, where they are known already. Raises DescriptionError with
    every mistake of this container.
    """
    properties = Properties(container.properties, directory)
    image = _required_image(container, properties)
    secret = properties.read("secret_env", lambda value: _secrets(value, directory))
    declared = properties.read("ports", ports)
    published = properties.read("port_bindings", lambda value: publications(value, declared))
    arguments = [
        *_hostname(container.name, properties),
        *_network(properties),
        *_variables(properties, [each.name for each in secret]),
        *_volumes(properties),
        *_ports(declared, published),
        *properties.flags("--link", properties.read("links", forms.links)),
        *_other_flags(properties),
    ]
    command = properties.read("command", forms.command)
    properties.read("depends_on", depends_on)
    build = _build(properties, image)
    if properties.mistakes:
        raise DescriptionError(properties.mistakes)
    referred = references(container) if referred is None else referred
    return Definition(
        name=container.name,
        image=image,
        options=tuple(arguments),
        command=tuple(command),
        build=build,
        references=tuple(each for each in referred if each.name),
        published=(*published, *filter(None, map(published_flag, properties.words("publish")))),
        secrets=tuple((each.name, each.value) for each in secret if each.value is not None),
        sources=tuple((each.name, each.source) for each in secret if each.source),
        inherited=tuple(each.name for each in secret if each.value is None and not each.source),
    )


def _required_image(container: Container, properties: Properties) -> str:
    image = properties.read_text("image", _image)
    if properties.missing("image"):
        properties.wrong(container.place, f"{container.name} has no image; add image: NAME")
    return image


def _image(value: Value) -> str:
    name = text(value, options.PROPERTIES["image"].takes)
    if not _is_image(name):
        if _is_image(name.lower()):
            raise mistake(value.place, f"{name!r} has upper case; docker takes it in a tag only")
        raise mistake(
            value.place, f"{name!r} is no name of an image; write NAME:TAG or REGISTRY/NAME:TAG"
        )
    return name


def _secrets(value: Value, directory: str) -> list[Secret]:
    from dirg.secret import secrets

    return secrets(value, directory)


def _build(properties: Properties, image: str) -> tuple[str, ...]:
    if not {"build", "path"} & {*properties.properties}:
        return ()
    from dirg.building import build_arguments

    return build_arguments(properties, image)


def _is_image(name: str) -> bool:
    """Whether docker takes a name for an image.

    It is told by its parts: most names do not have all of them, and a regular expression of them
    all takes a hundredth of a small dry run to compile (measured).
    """
    name, at, digest = name.partition("@")
    *first, last = name.split("/")
    repository, colon, tag = last.partition(":")
    paths = [*first, repository]
    if len(paths) > 1 and not re.fullmatch(_PATH, paths[0]):
        paths = paths[1:] if re.fullmatch(_DOMAIN, paths[0]) else []
    return (
        bool(paths)
        and all(re.fullmatch(_PATH, each) for each in paths)
        and not (colon and not re.fullmatch(_TAG, tag))
        and not (at and not re.fullmatch(_DIGEST, digest))
    )


def _variables(properties: Properties, secret: list[str]) -> list[str]:
    return properties.flags("-e", [*properties.read("env", _environment), *secret])


def _environment(value: Value) -> list[str]:
    return forms.pairs(value, "=")


def _network(properties: Properties) -> list[str]:
    modes = properties.read("net", lambda value: [forms.network_name(value)])
    return properties.flags("--network", modes)


def _hostname(name: str, properties: Properties) -> list[str]:
    """The container's name is its hostname, unless it has one or docker refuses any."""
    if len(name) > _LONGEST_HOSTNAME:
        return []
    refused = any(mode.startswith("container:") for mode in network_modes(properties))
    refused = refused or properties.scalar("uts") == "host"
    return [] if refused or properties.value("hostname") else ["--hostname", name]


def _volumes(properties: Properties) -> list[str]:
    bindings = properties.read(
        "volume_bindings", lambda value: forms.volume_bindings(value, properties.directory)
    )
    bound = {normpath(binding.split(":")[1]) for binding in bindings}
    volumes = [
        forms.bind(volume, properties.directory)
        for volume in properties.read("volumes", forms.volumes)
        if ":" in volume or normpath(volume) not in bound
    ]
    return properties.flags("-v", [*volumes, *bindings])


def _ports(declared: list[Port], published: list[Publication]) -> Iterator[str]:
    for port in declared:
        if not any(publication.port.covers(port) for publication in published):
            yield from ("--expose", str(port))
    for publication in published:
        yield from ("-p", str(publication))


def _other_flags(properties: Properties) -> Iterator[str]:
    """The flags of every property that docker run has under the same name."""
    for name, written in properties.properties.items():
        if name in options.RUN:
            yield from properties.option(name, options.RUN[name])
        elif name not in options.PROPERTIES:
            properties.unknown(written, [*options.PROPERTIES, *options.RUN])
