"""The commands that make of what runs what is defined, and the one that only tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dirg import completion
from dirg.parameters import (
    acting,
    command,
    formats,
    names,
    replacing,
    take_over,
    wait,
    wait_timeout,
)

if TYPE_CHECKING:
    from dirg.session import Session


@command()
@names
@acting
@take_over
@wait
@wait_timeout
def run(session: Session, names: Sequence[str], skip_unreachable: bool, take_over: bool) -> None:
    """Create containers and start them."""
    from dirg import converge
    from dirg.acting import driven

    converge.run(driven(session, skip_unreachable, take_over), names)


@command()
@names
@acting
@take_over
@wait
@click.option("--force", is_flag=True, help="Replace unchanged containers too.")
@click.option("--no-pull", is_flag=True, help="Take the images that are there.")
@click.option(
    "--batch",
    type=click.IntRange(1),
    metavar="N",
    default=1,
    help="Replace so many containers of a service at once (default 1).",
)
@replacing
@wait_timeout
def update(
    session: Session,
    names: Sequence[str],
    skip_unreachable: bool,
    take_over: bool,
    **choices: Any,
) -> None:
    """Pull or build images, then replace the containers that differ, one after another."""
    from dirg import converge
    from dirg.acting import driven

    drive = driven(session, skip_unreachable, take_over)
    converge.update(drive, names, converge.Choices(**choices))


@command()
@click.argument(
    "names", nargs=-1, metavar="NAME...", required=True, shell_complete=completion.names
)
@acting
@take_over
@wait
@replacing
@wait_timeout
def rollback(
    session: Session,
    names: Sequence[str],
    skip_unreachable: bool,
    take_over: bool,
    **choices: Any,
) -> None:
    """Go back to what ran before the last update."""
    from dirg import converge
    from dirg.acting import driven

    drive = driven(session, skip_unreachable, take_over)
    converge.rollback(drive, names, converge.Choices(**choices))


@command("plan")
@click.argument(
    "names", nargs=-1, metavar="[run|update] [NAME]...", shell_complete=completion.planned
)
@formats
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit with 2 when something would change, with 1 when nothing can but something ought to.",
)
def tell_plan(session: Session, names: Sequence[str], form: str, exit_code: bool) -> None:
    """Tell what run or update would do, and why; touch nothing.

    Write run or update before the NAMEs; it is update where neither is written.
    """
    from dirg import converge, overview
    from dirg.acting import finish
    from dirg.commands.printing import print_questions, print_rows
    from dirg.drive import Drive
    from dirg.errors import ExitStatus

    told = names[:1] in (("run",), ("update",))
    verb, selected = (names[0], names[1:]) if told else ("update", names)
    if session.options.dry_run:
        print_questions(session.deployments(selected), images=verb == "update")
        return
    drive = Drive(session, skip_unreachable=True)
    deployments, work = converge.planned(drive, verb, selected)
    rows = overview.planned(deployments, work)
    print_rows(rows, overview.PLAN_COLUMNS, form)
    finish(drive, [])
    actions = {row["action"] for row in rows} - {"none"}
    if exit_code and actions:
        raise click.exceptions.Exit(
            ExitStatus.FAILED if actions == {"fail"} else ExitStatus.CHANGES
        )
