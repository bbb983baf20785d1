"""How commands print what they were told."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dirg import overview, queries, report
from dirg.saying import echo
from dirg.state import LiveContainer
from dirg.steps import by_host

if TYPE_CHECKING:
    from dirg.command import Command
    from dirg.steps import Deployment


def print_commands(commands: Iterable[Command]) -> None:
    for each in commands:
        echo(str(each))


def print_listings(deployments: Iterable[Deployment]) -> None:
    """Print the question that each host is asked first."""
    print_commands(map(queries.ls, dict.fromkeys(each.host for each in deployments)))


def print_questions(deployments: Sequence[Deployment], images: bool = False) -> None:
    """Print what is asked to know containers well; dirg itself asks by the ids that it was told."""
    print_listings(deployments)
    for host, here in by_host(deployments).items():
        print_commands(
            [queries.inspect(host, (LiveContainer(each.name, each.name) for each in here))]
        )
        if images:
            wanted = dict.fromkeys(each.definition.image for each in here)
            print_commands([queries.images(host, wanted)])


def print_rows(
    rows: Sequence[overview.Row], columns: Sequence[str], form: str, watched: bool = False
) -> None:
    """Print rows as a table, or as JSON; ``watched``: on a terminal, though not at once."""
    seen = watched or sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if seen else None
    echo(report.as_json(rows) if form == "json" else report.table(rows, columns, width))
