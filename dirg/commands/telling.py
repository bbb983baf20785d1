"""The commands that tell of containers, descriptions and hosts, and change nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dirg import completion
from dirg.errors import DescriptionError, UsageError
from dirg.parameters import command, formats, names
from dirg.saying import echo

if TYPE_CHECKING:
    from dirg.command import Command
    from dirg.drive import Drive
    from dirg.session import Session
    from dirg.steps import Deployment

# How long it takes until containers are looked at again, in seconds.
_INTERVAL = 2.0


def _on_terminal(option: str) -> None:
    if not sys.stdout.isatty():
        raise UsageError(f"{option} needs a terminal; leave it out")


@command()
@names
@formats
@click.option("-q", "--quiet", is_flag=True, help="Only the names of those that exist.")
@click.option(
    "--restarts", is_flag=True, help="Also how often docker has restarted each, asking twice."
)
@click.option("--watch", is_flag=True, help="Do so again and again, on a terminal.")
def ps(
    session: Session, names: Sequence[str], form: str, quiet: bool, restarts: bool, watch: bool
) -> None:
    """List containers and their status."""
    from dirg import overview, selection, survey
    from dirg.acting import finish
    from dirg.commands.printing import print_listings, print_questions, print_rows
    from dirg.drive import Drive
    from dirg.steps import reachable

    deployments = session.deployments(names)
    if session.options.dry_run:
        (print_questions if restarts else print_listings)(deployments)
        return
    services = selection.services_of(session.description)

    def looked() -> Drive:
        drive = Drive(session, skip_unreachable=True)
        states = drive.observe(deployments, None)
        if restarts:
            states = survey.inspected(session, reachable(deployments, states), states)
        rows = overview.ps(deployments, states, services)
        if quiet:
            rows = [row for row in rows if row["state"]]
            text = "".join(f"{row['container']}\n" for row in rows)
            echo(text, nl=False)
        else:
            columns = [each for each in overview.PS_COLUMNS if restarts or each != "restarts"]
            print_rows(rows, columns, form, watch)
        return drive

    if watch:
        from dirg.watching import watched

        _on_terminal("--watch")
        watched(looked, _INTERVAL)
    else:
        finish(looked(), [])


@command()
@names
@formats
@click.option(
    "--sort", type=click.Choice(["cpu", "memory"]), help="Those first that use most of it."
)
@click.option("--no-stream", is_flag=True, help="Only once, on a terminal too.")
def stats(
    session: Session, names: Sequence[str], form: str, sort: str | None, no_stream: bool
) -> None:
    """Show what containers use, in one table over all hosts, with the sums of each host.

    On a terminal it goes on until Ctrl-C.
    """
    from dirg import overview, queries
    from dirg.acting import driven, finish
    from dirg.commands.printing import print_commands, print_rows

    deployments = session.deployments(names)

    def looked() -> Drive:
        drive = driven(session, skip=True)
        asked = _questions(drive, deployments)
        if session.options.dry_run:
            print_commands(asked)
            return drive
        usage = {result.command.host: queries.used(result) for result in session.ask(asked)}
        rows = overview.stats(deployments, usage, sort)
        sums = [] if form == "json" else overview.sums(rows)
        print_rows([*rows, *sums], overview.STATS_COLUMNS, form, live)
        return drive

    once = no_stream or form == "json" or session.options.dry_run
    live = sys.stdout.isatty() and not once
    if live:
        from dirg.watching import watched

        # docker itself takes its time to measure.
        watched(looked, 0.0)
    drive = looked()
    if not session.options.dry_run:
        finish(drive, [])


def _questions(drive: Drive, deployments: Sequence[Deployment]) -> list[Command]:
    """For each host, what its running containers use."""
    from dirg import queries
    from dirg.state import LiveContainer
    from dirg.steps import by_host

    states = drive.observe(deployments, LiveContainer("", state="running"))
    here = by_host(deployments)
    names = {host: [each.name for each in here.get(host, ())] for host in states}
    up = {host: queries.running(found, names[host]) for host, found in states.items()}
    return [queries.stats(host, running) for host, running in up.items() if running]


@command("check")
@names
@formats
def check_description(session: Session, names: Sequence[str], form: str) -> None:
    """Check the description, and touch nothing."""
    from dirg import report

    try:
        warnings = session.description.warnings
    except DescriptionError as error:
        if form == "table":
            raise
        echo(report.as_json(report.findings(error.mistakes, ())))
        raise DescriptionError(()) from error
    mistakes = list(session.checked.mistakes)
    if not any(not each.refused for each in mistakes):
        mistakes += session.checked.collisions(session.names(names))
    if form == "json":
        echo(report.as_json(report.findings(mistakes, warnings)))
    elif not mistakes:
        echo(report.checked(session.description, session.deployments(names)))
    if mistakes:
        raise DescriptionError([] if form == "json" else mistakes)


@command()
@formats
def info(session: Session, form: str) -> None:
    """Print version, files, environment, docker CLI and hosts."""
    from dirg import report
    from dirg.commands.printing import print_commands
    from dirg.info import gather

    facts = gather(session)
    if session.options.dry_run:
        print_commands(facts.queries)
        return
    echo(report.as_json(facts.as_map()) if form == "json" else facts.as_text())


@command("completion")
@click.argument("shell", type=click.Choice(list(completion.SHELLS)))
@click.pass_context
def print_completion(context: click.Context, session: Session, shell: str) -> None:
    """Print what a shell reads in to complete names and options of dirg."""
    echo(completion.script(context.find_root().command, shell))
