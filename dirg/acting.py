"""What all commands that act have in common: they observe, plan, perform and report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dirg import report
from dirg.board import board
from dirg.drive import Drive
from dirg.errors import ExitStatus
from dirg.execute import execute
from dirg.saying import say
from dirg.steps import Deployment, Plan, States, reachable

if TYPE_CHECKING:
    from dirg.perform import Outcome
    from dirg.session import Session
    from dirg.state import LiveContainer


def driven(session: Session, skip: bool = False, take_over: bool = False) -> Drive:
    """How commands are dealt with: executed, or printed by a dry run.

    ``skip``: whether unreachable hosts are left out. ``take_over``: whether containers are worked
    on that somebody else is at.
    """
    if session.options.dry_run:
        from dirg.dry import DryDrive

        return DryDrive(session, skip, take_over)
    return Drive(session, skip, take_over)


def perform(drive: Drive, work: Plan, halt: bool = False) -> list[Outcome]:
    """Do what is planned, and tell of each outcome as it happens."""
    progress = report.Progress(
        (step.name for step in work.steps), (step.host.name for step in work.steps)
    )
    session = drive.session
    session.orderly = True
    try:
        with board(session, progress.at_work) as shown:
            tell = drive.listener(progress.line, shown.echo)

            def ended(outcome: Outcome) -> None:
                shown.end(outcome.step)
                tell(outcome)

            return execute(
                work,
                drive,
                ended,
                drive.bounds,
                halt,
                lambda: bool(session.interrupted),
                shown.begin,
            )
    finally:
        session.orderly = False


def finish(drive: Drive, outcomes: Sequence[Outcome]) -> None:
    """Say what failed, and exit with the status that says so."""
    drive.finish()
    if drive.session.interrupted:
        say(report.interrupted(outcomes))
        raise click.exceptions.Exit(128 + drive.session.interrupted)
    summary = report.summary(outcomes)
    if summary:
        say(summary)
    failed = drive.unreachable or drive.untold or any(not each.ok for each in outcomes)
    if failed and not drive.session.options.dry_run:
        raise click.exceptions.Exit(ExitStatus.FAILED)


def existing(
    deployments: Sequence[Deployment], states: States, advised: bool = False
) -> list[Deployment]:
    """Those of some containers that exist on hosts that gave an answer; tells of the missing ones.

    ``advised``: and how they are made.
    """
    there = []
    for each in reachable(deployments, states):
        if each.name in states[each.host].containers:
            there.append(each)
        else:
            advice = f"; dirg run {each.name} creates it" if advised else ""
            say(f"{each.name} on {each.host.name}: does not exist{advice}")
    return there


def ready(
    drive: Drive, selected: Sequence[str], assumed: LiveContainer | None, alone: bool = False
) -> tuple[list[Deployment], States]:
    """The selected containers, and what their hosts have.

    ``alone``: what has to be changed, nobody else may change until dirg ends.
    """
    deployments = drive.session.deployments(selected)
    drive.admit(deployments)
    if alone:
        drive.hold(deployments)
    return deployments, drive.observe(deployments, assumed)
