"""The commands of dirg: the only place that prints results and exits."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from dirg import __version__, converge, plan, queries, report, selection
from dirg.acting import driven, finish, perform, ready
from dirg.command import Command, Result
from dirg.drive import Drive
from dirg.errors import DescriptionError, DirgError, ExitStatus
from dirg.info import gather
from dirg.logs import Wanted, show_logs
from dirg.parameters import (
    common,
    formats,
    names,
    replacing,
    skip_unreachable,
    take_over,
    wait_timeout,
)
from dirg.plan import Verb
from dirg.process import heed_signals, open_streams
from dirg.session import Session, echo, say, say_at
from dirg.state import LiveContainer
from dirg.steps import Deployment, Plan, States, reachable


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, "--version", message="dirg %(version)s")
@common
@click.pass_context
def cli(context: click.Context) -> None:
    """Orchestrate docker containers over many hosts.

    NAME is a service, a container, or a glob over both; none means the service all.
    """
    if context.invoked_subcommand is None:
        echo(context.get_help())


def command(
    name: str | None = None, text: str | None = None
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command of dirg: with the common options, and the session as its first argument.

    ``text`` is its help, where the function's own docstring is not.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        return cli.command(name, help=text or function.__doc__)(common(click.pass_obj(function)))

    return decorate


_Planner = Callable[[Session, Verb, Sequence[Deployment], States], Plan]
_STOPPED = LiveContainer("", state="exited")
_RUNNING = LiveContainer("", state="running")


def _acting(
    name: str, verb: Verb, assumed: LiveContainer | None, planner: _Planner, text: str
) -> None:
    """Add a command that does to every selected container what a verb says.

    ``assumed`` is what a dry run takes each container for.
    """

    @command(name, text)
    @names
    @skip_unreachable
    def act(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
        drive = driven(session, skip_unreachable)
        deployments, states = ready(drive, names, assumed)
        if verb is plan.rm:
            # Which volumes go with a container, only an inspection tells.
            states = drive.details(reachable(deployments, states), states, images=False)
        finish(drive, perform(drive, planner(session, verb, deployments, states)))

    if planner is _forwards:
        wait_timeout(act)


def _forwards(
    session: Session, verb: Verb, deployments: Sequence[Deployment], states: States
) -> Plan:
    return plan.plan(verb, deployments, states, session.options.wait_timeout)


def _backwards(
    session: Session, verb: Verb, deployments: Sequence[Deployment], states: States
) -> Plan:
    return plan.reversed_plan(verb, deployments, states)


@command()
@names
@skip_unreachable
@take_over
@wait_timeout
def run(session: Session, names: Sequence[str], skip_unreachable: bool, take_over: bool) -> None:
    """Create containers and start them."""
    converge.run(driven(session, skip_unreachable, take_over), names)


_acting("start", plan.start, _STOPPED, _forwards, "Start containers.")
_acting("stop", plan.stop, _RUNNING, _backwards, "Stop containers.")
_acting("restart", plan.restart, _RUNNING, _forwards, "Stop containers and start them again.")
_acting("kill", plan.kill, _RUNNING, _backwards, "Kill containers.")
_acting("rm", plan.rm, _RUNNING, _backwards, "Stop containers and remove them.")


@command()
@names
@skip_unreachable
def pull(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Pull images, each once for every host."""
    drive = driven(session, skip_unreachable)
    deployments = reachable(*ready(drive, names, _RUNNING))
    finish(drive, perform(drive, plan.pull(deployments)))


@command()
@names
@skip_unreachable
def build(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Build images, each once for every host."""
    drive = driven(session, skip_unreachable)
    deployments = reachable(*ready(drive, names, _RUNNING))
    work = plan.build(deployments)
    if not work.steps:
        say("nothing to build: no selected container has a path or a build")
    finish(drive, perform(drive, work))


@command()
@names
@skip_unreachable
@take_over
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
    drive = driven(session, skip_unreachable, take_over)
    converge.update(drive, names, converge.Choices(**choices))


@command()
@click.argument("names", nargs=-1, metavar="NAME...", required=True)
@skip_unreachable
@take_over
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
    drive = driven(session, skip_unreachable, take_over)
    converge.rollback(drive, names, converge.Choices(**choices))


@command("plan")
@names
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
    told = names[:1] in (("run",), ("update",))
    verb, selected = (names[0], names[1:]) if told else ("update", names)
    if session.options.dry_run:
        _print_questions(session.deployments(selected), images=verb == "update")
        return
    drive = Drive(session, skip_unreachable=True)
    deployments, work = converge.planned(drive, verb, selected)
    rows = report.planned(deployments, work)
    _print_rows(rows, report.PLAN_COLUMNS, form)
    finish(drive, [])
    actions = {row["action"] for row in rows} - {"none"}
    if exit_code and actions:
        raise click.exceptions.Exit(
            ExitStatus.FAILED if actions == {"fail"} else ExitStatus.CHANGES
        )


@command()
@names
@formats
def ps(session: Session, names: Sequence[str], form: str) -> None:
    """List containers and their status."""
    deployments = session.deployments(names)
    if session.options.dry_run:
        _print_listings(deployments)
        return
    drive = Drive(session, skip_unreachable=True)
    states = drive.observe(deployments, None)
    rows = report.ps(deployments, states, selection.services_of(session.description))
    _print_rows(rows, report.PS_COLUMNS, form)
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
        _print_commands(asked)
        return
    usage = {result.command.host: queries.used(result) for result in session.ask(asked)}
    _print_rows(report.stats(deployments, usage), report.STATS_COLUMNS, form)
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
            _print_questions(session.deployments(names))
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


@command()
@names
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@click.option("--tail", metavar="N", help="Only the last N lines of each container.")
@click.option("--since", metavar="TIME", help="Only lines since a time, or of the last 10m.")
@click.option("-t", "--timestamps", is_flag=True, help="Show when each line was written.")
def logs(
    session: Session,
    names: Sequence[str],
    follow: bool,
    tail: str | None,
    since: str | None,
    timestamps: bool,
) -> None:
    """Show what containers wrote, merged in time order."""
    deployments = session.deployments(names)
    wanted = Wanted(follow, tail, since, timestamps)
    if session.options.dry_run:
        _print_commands(wanted.command(each, len(deployments) > 1) for each in deployments)
        return
    drive = Drive(session, skip_unreachable=True)
    states = drive.observe(deployments, None)
    here = reachable(deployments, states)
    there = [each for each in here if each.name in states[each.host].containers]
    for each in here:
        if each.name not in states[each.host].containers:
            say(f"{each.name} on {each.host.name}: does not exist")
    failed: list[Result] = []
    told: set[tuple[str, str]] = set()

    def complain(result: Result) -> None:
        failed.append(result)
        host = result.command.host.name
        # A host that has died is told of once, however many of its containers were followed.
        said = (host if result.lost else f"{result.command.cause} on {host}", result.reason)
        if said not in told and not session.interrupted:
            say(": ".join(said))
        told.add(said)

    show_logs(session.docker, there, wanted, session.bounds, session.took, complain)
    if failed or drive.unreachable or len(there) < len(deployments):
        raise click.exceptions.Exit(ExitStatus.FAILED)


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
        _print_commands(facts.queries)
        return
    echo(report.as_json(facts.as_map()) if form == "json" else facts.as_text())


def _print_commands(commands: Iterable[Command]) -> None:
    for each in commands:
        echo(str(each))


def _print_listings(deployments: Iterable[Deployment]) -> None:
    """Print the question that each host is asked first."""
    _print_commands(map(queries.ls, dict.fromkeys(each.host for each in deployments)))


def _print_questions(deployments: Sequence[Deployment], images: bool = False) -> None:
    """Print what is asked to know containers well; dirg itself asks by the ids that it was told."""
    _print_listings(deployments)
    for host in dict.fromkeys(each.host for each in deployments):
        here = [each for each in deployments if each.host == host]
        _print_commands(
            [queries.inspect(host, (LiveContainer(each.name, each.name) for each in here))]
        )
        if images:
            wanted = dict.fromkeys(each.definition.image for each in here)
            _print_commands([queries.images(host, wanted)])


def _print_rows(rows: Sequence[report.Row], columns: Sequence[str], form: str) -> None:
    echo(report.as_json(rows) if form == "json" else report.table(rows, columns))


def main() -> None:
    """Run dirg and exit."""
    open_streams()
    session = Session()
    heed_signals(session)
    try:
        status = cli.main(obj=session, prog_name="dirg", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        hint = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        say(f"{error.format_message().rstrip('.')}{hint}")
        status = ExitStatus.USAGE
    except DescriptionError as error:
        for mistake in error.mistakes:
            say_at(mistake)
        status = error.status
    except DirgError as error:
        for line in str(error).splitlines():
            say(line)
        status = 128 + session.interrupted if session.interrupted else error.status
    except (KeyboardInterrupt, click.Abort):
        say("interrupted")
        status = 128 + session.interrupted if session.interrupted else ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain when it closes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = ExitStatus.FAILED
    except OSError as error:
        say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        status = ExitStatus.FAILED
    # A question of whether a host is still there may be open.
    session.end(kill=True)
    sys.exit(status)
