"""Which variables of the shell give containers their secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dirg.names import own_variable

if TYPE_CHECKING:
    from dirg.steps import Deployment

# By the name of the container and of the variable that it gets.
Names = Mapping[tuple[str, str], str]


def shell_names(deployments: Sequence[Deployment]) -> Names:
    """The variables, each of one value: the same name, unless containers want several there."""
    values: dict[str, set[str]] = {}
    for each in deployments:
        for name, value in each.definition.secrets:
            values.setdefault(name, set()).add(value)
    return {
        (each.name, name): name if len(values[name]) == 1 else own_variable(each.name, name)
        for each in deployments
        for name, _ in each.definition.secrets
    }
