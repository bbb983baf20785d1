"""``path`` and ``build`` as the arguments of docker build."""

from __future__ import annotations

import re

from dirg import forms, options
from dirg.definitions import Property
from dirg.errors import mistake
from dirg.properties import Properties
from dirg.values import Pairs, Value, text

_URL = r"[a-z+]+://|git@"


def build_arguments(properties: Properties, image: str) -> tuple[str, ...]:
    """The arguments of docker that build the image of a definition; none where it is not built.

    Mistakes are noted in ``properties``.
    """
    value = properties.value("build")
    directory = properties.directory
    path = properties.read_text("path", lambda written: _context(written, directory))
    flags: list[str] = []
    if value is not None and path:
        properties.wrong(value.place, "build: path says where to build already; use one")
    elif isinstance(value, Pairs):
        path, flags = _of_map(properties, value)
    elif value is not None:
        path = properties.read_text("build", lambda written: _context(written, directory))
    return ("build", "-t", image, *flags, path) if path else ()


def _context(value: Value, directory: str) -> str:
    written = text(value, "a directory")
    if not written or written.startswith("-"):
        raise mistake(value.place, f"{written!r} is no directory to build from; write ./DIRECTORY")
    return written if re.match(_URL, written) else forms.absolute(written, directory)


def _of_map(properties: Properties, value: Pairs) -> tuple[str, list[str]]:
    parts = {key.text.replace("-", "_"): Property(key, item) for key, item in value.pairs}
    directory = properties.directory
    inner = Properties(parts, directory, options.BUILD)
    context = inner.read_text("context", lambda written: _context(written, directory))
    if not context and not inner.mistakes:
        inner.wrong(value.place, "context is missing; write {context: DIRECTORY}")
    flags: list[str] = []
    for name, written in parts.items():
        if name == "dockerfile":
            flags += ["-f", inner.read_text(name, lambda each: _dockerfile(each, context))]
        elif name in options.BUILD:
            flags += inner.option(name, options.BUILD[name])
        elif name != "context":
            inner.unknown(written, ["context", "dockerfile", *options.BUILD])
    for found in inner.mistakes:
        properties.wrong(found.place, f"build: {found.text}")
    return context, flags


def _dockerfile(value: Value, context: str) -> str:
    """A Dockerfile is looked for in the context; where that is an URL, by the builder."""
    file = text(value, "the name of a file in the context")
    return file if re.match(_URL, context) else forms.absolute(file, context)
