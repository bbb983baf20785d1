"""The commands of dirg: the only place that prints results and exits."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from dirg import __version__, plan, report, selection, state
from dirg.command import Command
from dirg.drive import Drive, DryDrive, comment
from dirg.errors import DirgError, ExitStatus
from dirg.execute import Bounds, Outcome, execute
from dirg.info import gather
from dirg.logs import Wanted, show_logs
from dirg.plan import Deployment, Plan, States, Verb
from dirg.session import Options, Session, say
from dirg.state import LiveContainer

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep an option that was given; one given after the command counts more than one before."""
    if value is not None:
        setattr(context.ensure_object(Session).options, str(parameter.name), value)


def _common(function: _Function) -> _Function:
    """The options that every command takes, before and after its name."""
    shared: dict[str, Any] = {"default": None, "expose_value": False, "callback": _remember}
    for option in reversed(
        [
            click.option(
                "-d", "--debug", is_flag=True, help="Say what dirg does and why.", **shared
            ),
            click.option(
                "-n", "--dry-run", is_flag=True, help="Print the docker commands only.", **shared
            ),
            click.option(
                "-c", "--config", metavar="FILE", help="Use this instead of dirg.cfg.", **shared
            ),
            click.option("--profile", metavar="NAME", help="Use a section of dirg.cfg.", **shared),
            click.option(
                "--host", metavar="GLOB", help="Only containers on these hosts.", **shared
            ),
            click.option(
                "-j",
                "--parallel",
                type=click.IntRange(1),
                metavar="N",
                help=f"Work on so many containers at once (default {Options.parallel}).",
                **shared,
            ),
            click.option(
                "--timeout",
                type=click.FloatRange(0, min_open=True),
                metavar="SECONDS",
                help=f"How long a host may take to answer (default {Options.timeout:g}).",
                **shared,
            ),
        ]
    ):
        function = option(function)
    return function


names = click.argument("names", nargs=-1, metavar="[NAME]...")
skip_unreachable = click.option(
    "--skip-unreachable", is_flag=True, help="Work on the other hosts when some are unreachable."
)
formats = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", help="How to print."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="dirg %(version)s")
@_common
def cli() -> None:
    """Orchestrate docker containers over many hosts.

    NAME is a service, a container, or a glob over both; none means the service all.
    """


def command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """A command of dirg: with the common options, and the session as its first argument."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return cli.command(name)(_common(click.pass_obj(function)))

    return decorate


def _drive(session: Session, skip: bool = False) -> Drive:
    return (DryDrive if session.options.dry_run else Drive)(session, skip)


def _perform(drive: Drive, work: Plan, halt: bool = False) -> list[Outcome]:
    progress = report.Progress(
        (step.name for step in work.steps), (step.host.name for step in work.steps)
    )
    return execute(work, drive.runner, drive.listener(progress.line), drive.bounds, halt)


def _finish(drive: Drive, outcomes: Sequence[Outcome]) -> None:
    """Say what failed, and exit with the status that says so."""
    drive.finish()
    summary = report.summary(outcomes)
    if summary:
        say(summary)
    failed = drive.unreachable or any(not outcome.ok for outcome in outcomes)
    if failed and not drive.session.options.dry_run:
        raise click.exceptions.Exit(ExitStatus.FAILED)


def _ready(
    drive: Drive, selected: Sequence[str], assumed: LiveContainer | None
) -> tuple[list[Deployment], States]:
    """The selected containers on hosts that answer, and what these hosts have."""
    deployments = drive.session.deployments(selected)
    drive.admit(deployments)
    states = drive.observe(deployments, assumed)
    return [each for each in deployments if not states[each.host].error], states


def _act(
    session: Session,
    selected: Sequence[str],
    skip: bool,
    verb: Verb,
    assumed: LiveContainer | None,
    planner: Callable[[Verb, Sequence[Deployment], States], Plan] = plan.plan,
) -> None:
    """Do to every selected container what a verb says."""
    drive = _drive(session, skip)
    deployments, states = _ready(drive, selected, assumed)
    _finish(drive, _perform(drive, planner(verb, deployments, states)))


_STOPPED = LiveContainer("", state="exited")
_RUNNING = LiveContainer("", state="running")


@command()
@names
@skip_unreachable
def run(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Create containers and start them."""
    if session.options.dry_run:
        comment("a container that is created but can't be started is removed: docker rm -v NAME")
    _act(session, names, skip_unreachable, plan.run, None)


@command()
@names
@skip_unreachable
def start(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Start containers."""
    _act(session, names, skip_unreachable, plan.start, _STOPPED)


@command()
@names
@skip_unreachable
def stop(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Stop containers."""
    _act(session, names, skip_unreachable, plan.stop, _RUNNING, plan.reversed_plan)


@command()
@names
@skip_unreachable
def restart(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Stop containers and start them again."""
    _act(session, names, skip_unreachable, plan.restart, _RUNNING)


@command()
@names
@skip_unreachable
def kill(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Kill containers."""
    _act(session, names, skip_unreachable, plan.kill, _RUNNING, plan.reversed_plan)


@command()
@names
@skip_unreachable
def rm(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Stop containers and remove them with their anonymous volumes."""
    _act(session, names, skip_unreachable, plan.rm, _RUNNING, plan.reversed_plan)


@command()
@names
@skip_unreachable
def pull(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Pull images, each once for every host."""
    drive = _drive(session, skip_unreachable)
    deployments, _ = _ready(drive, names, _RUNNING)
    _finish(drive, _perform(drive, plan.pull(deployments)))


@command()
@names
@skip_unreachable
def build(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Build images, each once for every host."""
    drive = _drive(session, skip_unreachable)
    deployments, _ = _ready(drive, names, _RUNNING)
    work = plan.build(deployments)
    if not work.steps:
        say("nothing to build: no selected container has a path or a build")
    _finish(drive, _perform(drive, work))


@command()
@names
@skip_unreachable
@click.option("--force", is_flag=True, help="Replace unchanged containers too.")
def update(session: Session, names: Sequence[str], skip_unreachable: bool, force: bool) -> None:
    """Pull or build images, then replace the containers that differ, one after another."""
    drive = _drive(session, skip_unreachable)
    drive.chained = True
    deployments, states = _ready(drive, names, _RUNNING)
    images = Plan((*plan.pull(deployments).steps, *plan.build(deployments).steps))
    fetched = _perform(drive, images)
    if not all(outcome.ok for outcome in fetched):
        say("no container was touched, since not every image is there")
        _finish(drive, fetched)
    drive.bounds = Bounds(total=1)
    work = plan.update(deployments, drive.details(deployments, states), force)
    _finish(drive, _perform(drive, work, halt=drive.chained))


@command()
@names
@formats
def ps(session: Session, names: Sequence[str], form: str) -> None:
    """List containers and their status."""
    deployments = session.deployments(names)
    hosts = dict.fromkeys(each.host for each in deployments)
    if session.options.dry_run:
        _print_commands(state.ls(host) for host in hosts)
        return
    states = session.observe(hosts)
    rows = report.ps(deployments, states, selection.services_of(session.description))
    _print_rows(rows, report.PS_COLUMNS, form)
    _exit_for_dead(states)


@command()
@names
@formats
def stats(session: Session, names: Sequence[str], form: str) -> None:
    """Show what containers use, in one table over all hosts."""
    deployments = session.deployments(names)
    assumed = session.options.dry_run
    states = _drive(session, skip=True).observe(deployments, _RUNNING)
    queries = [
        state.stats(host, running)
        for host in states
        if (running := state.running(states[host], (e.name for e in deployments if e.host == host)))
    ]
    if assumed:
        _print_commands(queries)
        return
    usage = {result.command.host: state.used(result) for result in session.ask(queries)}
    _print_rows(report.stats(deployments, states, usage), report.STATS_COLUMNS, form)
    _exit_for_dead(states)


@command()
@names
@click.option("--rendered", is_flag=True, help="Print the text that the template gives.")
@click.option(
    "--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="How to print."
)
def show(session: Session, names: Sequence[str], rendered: bool, form: str) -> None:
    """Show container definitions as the template gives them."""
    if session.options.dry_run:
        click.echo("# dirg show calls no docker")
        return
    if rendered:
        click.echo(session.rendered.readable(), nl=False)
        return
    containers = [session.description.containers[name] for name in session.names(names)]
    if form == "json":
        click.echo(report.as_json({each.name: report.plain(each) for each in containers}))
    else:
        click.echo("\n".join(map(report.definition, containers)), nl=False)


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
    failed = show_logs(session.docker, deployments, wanted)
    for result in failed:
        say(f"{result.command.cause} on {result.command.host.name}: {result.reason}")
    if failed:
        raise click.exceptions.Exit(ExitStatus.FAILED)


@command()
@formats
def info(session: Session, form: str) -> None:
    """Print version, files, environment, docker CLI and hosts."""
    facts = gather(session)
    if session.options.dry_run:
        _print_commands(facts.queries)
        return
    click.echo(report.as_json(facts.as_map()) if form == "json" else facts.as_text())


def _print_commands(commands: Iterable[Command]) -> None:
    for each in commands:
        click.echo(str(each))


def _print_rows(rows: Sequence[report.Row], columns: Sequence[str], form: str) -> None:
    click.echo(report.as_json(rows) if form == "json" else report.table(rows, columns))


def _exit_for_dead(states: States) -> None:
    """Say which hosts gave no answer, and exit with the status that says so."""
    dead = {host: found.error for host, found in states.items() if found.error}
    for host, error in dead.items():
        say(f"{host.name} is unreachable: {error}")
    if dead:
        raise click.exceptions.Exit(ExitStatus.FAILED)


def _heed_signals(session: Session) -> None:
    """Have the docker processes ended first: threads that wait for them would keep dirg alive."""

    def end(number: int, _: object) -> None:
        session.interrupt()
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def main() -> None:
    """Run dirg and exit."""
    session = Session()
    _heed_signals(session)
    try:
        status = cli.main(obj=session, prog_name="dirg", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        hint = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        say(f"{error.format_message()}{hint}")
        status = ExitStatus.USAGE
    except DirgError as error:
        for line in str(error).splitlines():
            say(line)
        status = error.status
    except (KeyboardInterrupt, click.Abort):
        say("interrupted")
        status = ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain when it closes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        session.interrupt()
        status = ExitStatus.FAILED
    sys.exit(status)
