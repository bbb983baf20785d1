"""Whether what the variables of a container have was no secret when the container was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dirg.arguments import LABEL
from dirg.options import grouped

if TYPE_CHECKING:
    from dirg.arguments import Definition


def stood_openly(
    definition: Definition, config: Mapping[str, Any], variables: Iterable[str]
) -> bool:
    """Whether a container was made without secrets among what a definition has in ``env`` now.

    Either dirg did not make it, or its label says that it was made of this very definition but for
    the values of variables, and the image. ``config``: of the container, as docker tells it;
    ``variables``: what it has, as KEY=VALUE.
    """
    has = dict(word.partition("=")[::2] for word in variables)
    label = (config.get("Labels") or {}).get(LABEL)
    words: list[str] = []
    for flag, *value in grouped(definition.options):
        if flag != "-e":
            words += [flag, *value]
            continue
        name, equals, _ = value[0].partition("=")
        if name in has:
            words += [flag, f"{name}={has[name]}" if equals else name]
    images = (definition.image, config.get("Image") or "")
    made_of = (replace(definition, options=tuple(words), image=image) for image in images)
    return label is None or any(each.digest == label for each in made_of)
