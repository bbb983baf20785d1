"""The commands that show what containers wrote, what happens to them, and what was done to them."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dirg import completion
from dirg.errors import ExitStatus, UsageError
from dirg.parameters import command, formats, names
from dirg.saying import say

if TYPE_CHECKING:
    from dirg.command import Result
    from dirg.session import Session


def _tail(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """docker takes what is no number for all."""
    if value in (None, "all") or (str(value).isascii() and str(value).isdigit()):
        return value
    raise click.BadParameter(f"{value!r} is no number of lines; write one, or all")


@command()
@names
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@click.option(
    "--tail", metavar="N", help="Only the last N lines of each container.", callback=_tail
)
@click.option("--since", metavar="TIME", help="Only lines since a time, or of the last 10m.")
@click.option("--until", metavar="TIME", help="Only lines until a time.")
@click.option("--grep", metavar="REGEX", help="Only lines in which this is found.")
@click.option("--no-prefix", is_flag=True, help="Without the names of containers.")
@click.option("-t", "--timestamps", is_flag=True, help="Show when each line was written.")
def logs(
    session: Session,
    names: Sequence[str],
    follow: bool,
    tail: str | None,
    since: str | None,
    until: str | None,
    grep: str | None,
    no_prefix: bool,
    timestamps: bool,
) -> None:
    """Show what containers wrote, merged in time order."""
    from dirg.acting import existing
    from dirg.commands.printing import print_commands
    from dirg.drive import Drive
    from dirg.logs import Wanted, show_logs

    deployments = session.deployments(names)
    wanted = Wanted(follow, tail, since, timestamps, until, not no_prefix, _pattern(grep))
    if session.options.dry_run:
        stamped = follow or len(deployments) > 1 or grep is not None
        print_commands(wanted.command(each, stamped) for each in deployments)
        return
    drive = Drive(session, skip_unreachable=True)
    there = existing(deployments, drive.observe(deployments, None))
    failed: list[Result] = []
    told: set[tuple[str, str]] = set()

    def complain(result: Result) -> None:
        failed.append(result)
        host = result.command.host.name
        # A host that has died is told of once, however many of its containers were followed.
        said = (host if result.lost else f"{result.command.container} on {host}", result.reason)
        if said not in told and not session.interrupted:
            say(": ".join(said))
        told.add(said)

    show_logs(session.docker, there, wanted, session.bounds, session.took, complain)
    if failed or drive.unreachable or len(there) < len(deployments):
        raise click.exceptions.Exit(ExitStatus.FAILED)


@command("events")
@names
@click.option("--since", metavar="TIME", help="Also what has happened since then, or 10m.")
@click.option("--until", metavar="TIME", help="Only until a time; sorted, where that has passed.")
@formats
def tell_events(
    session: Session, names: Sequence[str], since: str | None, until: str | None, form: str
) -> None:
    """Show what happens to containers, on all hosts, as it happens.

    With --format json, one object on each line.
    """
    from dirg import events
    from dirg.commands.printing import print_commands
    from dirg.drive import Drive
    from dirg.steps import reachable

    deployments = session.deployments(names)
    wanted = events.Wanted(since, until)
    if session.options.dry_run:
        print_commands(wanted.commands(deployments))
        return
    drive = Drive(session, skip_unreachable=True)
    here = reachable(deployments, drive.observe(deployments, None))
    failed: list[Result] = []

    def complain(result: Result) -> None:
        failed.append(result)
        if not session.interrupted:
            say(f"{result.command.host.name}: {result.reason}")

    events.show_events(session.docker, here, wanted, form == "json", complain)
    if failed or drive.unreachable:
        raise click.exceptions.Exit(ExitStatus.FAILED)


@command("history")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completion.logged)
@formats
@click.option("--since", metavar="TIME", help="Only what was begun since a time, or in 10m.")
@click.option("--until", metavar="TIME", help="Only what was begun until a time.")
@click.option("--tail", metavar="N", help="Only the last N commands.", callback=_tail)
@click.option("--failed", is_flag=True, help="Only what has failed.")
@click.option("--all", "everything", is_flag=True, help="Also what dirg asked for itself.")
def tell_history(
    session: Session,
    names: Sequence[str],
    form: str,
    since: str | None,
    until: str | None,
    tail: str | None,
    failed: bool,
    everything: bool,
) -> None:
    """Tell which docker commands were executed, by the log of them.

    NAME is a container, or a glob, also of one that is described no more.
    """
    from dirg import audit, history
    from dirg.logged import Wanted

    log = audit.path(session)
    if log is None:
        raise UsageError("no log is kept: give --log FILE, or write dirg_log = FILE in dirg.cfg")
    wanted = Wanted(
        names,
        session.options.host,
        _moment("--since", since, float("-inf")),
        _moment("--until", until, float("inf")),
        failed,
        everything,
        None if tail in (None, "all") else int(tail or 0),
    )
    if not history.show(log, wanted, form):
        raise click.exceptions.Exit(ExitStatus.FAILED)


def _moment(option: str, written: str | None, otherwise: float) -> float:
    from dirg.moments import moment

    try:
        return otherwise if written is None else moment(written, time.time())
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def _pattern(written: str | None) -> re.Pattern[str] | None:
    try:
        return None if written is None else re.compile(written)
    except re.error as error:
        raise UsageError(f"--grep {written}: no regular expression: {error}") from None
