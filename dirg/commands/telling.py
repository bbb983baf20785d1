"""The commands that tell of containers, descriptions and hosts, and change nothing."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dirg import completion, converge, queries, report, selection
from dirg.acting import driven, finish
from dirg.commands.printing import print_commands, print_listings, print_questions, print_rows
from dirg.drive import Drive
from dirg.errors import DescriptionError
from dirg.info import gather
from dirg.parameters import command, formats, names
from dirg.session import Session, echo
from dirg.state import LiveContainer

_RUNNING = LiveContainer("", state="running")


@command()
@names
@formats
def ps(session: Session, names: Sequence[str], form: str) -> None:
    """List containers and their status."""
    deployments = session.deployments(names)
    if session.options.dry_run:
        print_listings(deployments)
        return
    drive = Drive(session, skip_unreachable=True)
    states = drive.observe(deployments, None)
    rows = report.ps(deployments, states, selection.services_of(session.description))
    print_rows(rows, report.PS_COLUMNS, form)
    finish(drive, [])


@command()
@names
@formats
def stats(session: Session, names: Sequence[str], form: str) -> None:
    """Show what containers use, in one table over all hosts."""
    drive = driven(session, skip=True)
    deployments = session.deployments(names)
    states = drive.observe(deployments, _RUNNING)
    asked = []
    for host, found in states.items():
        wanted = [each.name for each in deployments if each.host == host]
        if running := queries.running(found, wanted):
            asked.append(queries.stats(host, running))
    if session.options.dry_run:
        print_commands(asked)
        return
    usage = {result.command.host: queries.used(result) for result in session.ask(asked)}
    print_rows(report.stats(deployments, usage), report.STATS_COLUMNS, form)
    finish(drive, [])


@command()
@names
@click.option("--rendered", is_flag=True, help="Print the text that the template gives.")
@click.option("--live", is_flag=True, help="Show the containers that there are, in the same form.")
@click.option(
    "--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="How to print."
)
def show(session: Session, names: Sequence[str], rendered: bool, live: bool, form: str) -> None:
    """Show container definitions as the template gives them."""
    if live and rendered:
        raise click.UsageError("--live and --rendered do not go together")
    if session.options.dry_run:
        if live:
            print_questions(session.deployments(names))
        else:
            echo("# dirg show calls no docker")
        return
    if live:
        drive = Drive(session, skip_unreachable=True)
        found = converge.live(drive, names)
        echo(report.as_json(found) if form == "json" else report.as_yaml(found), nl=form == "json")
        finish(drive, [])
        return
    if rendered:
        echo(report.without_secrets(session.rendered.readable(), session.description), nl=False)
        return
    mistakes = [*session.description.mistakes, *selection.mistakes(session.description)]
    if mistakes:
        raise DescriptionError(mistakes)
    shown = session.names(names)
    if session.options.host is not None:
        shown = tuple(each.name for each in session.deployments(names))
    containers = [session.description.containers[name] for name in shown]
    if form == "json":
        echo(report.as_json({each.name: report.plain(each) for each in containers}))
    else:
        echo("\n".join(map(report.definition, containers)), nl=False)


@command("check")
@names
@formats
def check_description(session: Session, names: Sequence[str], form: str) -> None:
    """Check the description, and touch nothing."""
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
