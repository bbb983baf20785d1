"""Which variables of the shell give containers their secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dirg.names import own_variable

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.secret import Source
    from dirg.steps import Deployment

# By the name of the container and of the variable that it gets.
Names = Mapping[tuple[str, str], str]


def variables(definition: Definition) -> dict[str, str | Source]:
    """The secrets of a container: their values, or what tells them."""
    return {**dict(definition.secrets), **dict(definition.sources)}


def shell_names(deployments: Sequence[Deployment]) -> Names:
    """The variables, each of one value: the same name, unless containers want several there."""
    values: dict[str, set[str | Source]] = {}
    for each in deployments:
        for name, value in variables(each.definition).items():
            values.setdefault(name, set()).add(value)
    return {
        (each.name, name): name if len(values[name]) == 1 else own_variable(each.name, name)
        for each in deployments
        for name in variables(each.definition)
    }
