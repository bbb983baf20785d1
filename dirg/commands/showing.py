"""The command that shows definitions, in several forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from dirg.errors import DescriptionError, UsageError
from dirg.parameters import command, names
from dirg.saying import echo, say

if TYPE_CHECKING:
    from dirg.session import Session
    from dirg.steps import Deployment


@command()
@names
@click.option("--rendered", is_flag=True, help="Print the text that the template gives.")
@click.option("--live", is_flag=True, help="Show the containers that there are, in the same form.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json", "compose", "sh"]),
    default="yaml",
    help="How to print: compose is a Compose file, sh a script of docker commands.",
)
def show(session: Session, names: Sequence[str], rendered: bool, live: bool, form: str) -> None:
    """Show container definitions as the template gives them."""

    if live and rendered:
        raise click.UsageError("--live and --rendered do not go together")
    if form in _EXPORTS and (live or rendered):
        raise click.UsageError(f"--format {form} shows what is defined; leave out the other option")
    if session.options.dry_run:
        if live:
            from dirg.commands.printing import print_questions

            print_questions(session.deployments(names))
        else:
            echo("# dirg show calls no docker")
    elif live:
        _show_live(session, names, form)
    elif rendered:
        _show_rendered(session)
    elif form in _EXPORTS:
        echo(_EXPORTS[form](session, session.deployments(names)), nl=False)
    else:
        _show_defined(session, names, form)


def _show_rendered(session: Session) -> None:
    from dirg import blanked

    # Where it is no YAML, nobody knows what is a secret: that is told instead.
    session.description  # noqa: B018
    echo(blanked.without_secrets(session.rendered.readable()), nl=False)


def _show_live(session: Session, names: Sequence[str], form: str) -> None:
    from dirg import readback, report
    from dirg.acting import finish
    from dirg.drive import Drive

    drive = Drive(session, skip_unreachable=True)
    found = readback.live(drive, names)
    echo(report.as_json(found) if form == "json" else report.as_yaml(found), nl=form == "json")
    finish(drive, [])


def _show_defined(session: Session, names: Sequence[str], form: str) -> None:
    from dirg import masked, report, selection

    mistakes = [*session.description.mistakes, *selection.mistakes(session.description)]
    if mistakes:
        raise DescriptionError(mistakes)
    shown = session.names(names)
    if session.options.host is not None:
        shown = tuple(each.name for each in session.deployments(names))
    containers = [session.description.containers[name] for name in shown]
    if form == "json":
        echo(report.as_json({each.name: masked.plain(each) for each in containers}))
    else:
        echo("\n".join(map(masked.definition, containers)), nl=False)


def _resources(session: Session, kind: str) -> dict[str, Mapping[str, Any]]:
    """The networks, or the volumes, of the description, with their properties as plain values."""
    from dirg import masked

    found = session.description.resources
    return {each.name: masked.plain(each) for each in found if each.kind == kind}


def _as_script(session: Session, deployments: Sequence[Deployment]) -> str:
    from dirg.exports.sh import as_script

    return as_script(deployments)


def _as_compose(session: Session, deployments: Sequence[Deployment]) -> str:
    from pathlib import Path

    from dirg.exports.compose import as_compose
    from dirg.resources import NETWORK, VOLUME

    hosts = dict.fromkeys(each.host.name for each in deployments)
    if len(hosts) > 1:
        listed = ", ".join(hosts)
        raise UsageError(
            f"a Compose file is for one host, but there are {listed}; choose by --host"
        )
    project = Path(session.settings.services).resolve().parent.name
    networks, volumes = (_resources(session, kind) for kind in (NETWORK, VOLUME))
    found = as_compose(deployments, networks, volumes, project)
    for note in found.notes:
        say(note)
    return "".join(found.files.values())


_EXPORTS: Mapping[str, Callable[[Session, Sequence[Deployment]], str]] = {
    "compose": _as_compose,
    "sh": _as_script,
}
