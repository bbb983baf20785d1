"""The commands that hand a docker command on to the containers it is for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from dirg import completion
from dirg.errors import ExitStatus, UsageError
from dirg.parameters import command, names
from dirg.saying import echo, say

if TYPE_CHECKING:
    from dirg.command import Command, Result
    from dirg.session import Session
    from dirg.steps import Deployment

_AFTER_NAMES = "dirg.each"
_WITHOUT = "each: write docker's arguments after --, as in: dirg each web -- top {}"


def _here(session: Session, deployments: Sequence[Deployment]) -> tuple[list[Deployment], bool]:
    """Those that can be reached and exist; and whether these are all. Tells of the others."""
    from dirg.acting import existing
    from dirg.drive import Drive

    drive = Drive(session, skip_unreachable=True)
    here = existing(deployments, drive.observe(deployments, None), advised=True)
    return here, len(here) == len(deployments)


def _hand_on(session: Session, commands: Sequence[Command], several: bool = False) -> None:
    """Execute one command on dirg's own streams; several at once, with names before their lines.

    ``several``: there would be several if all of them could be reached. Exits with the status of a
    single one; of several, with 1 when any has failed.
    """
    from dirg import reach
    from dirg.commands.printing import print_commands

    if session.options.dry_run:
        print_commands(commands)
        return
    if len(commands) == 1 and not several:
        results = [session.docker.attached(commands[0], doubted=False)]
        status = reach.status_of(results[0])
    else:
        results = reach.prefixed(session.docker, commands, session.bounds)
        status = ExitStatus.OK if all(result.ok for result in results) else ExitStatus.FAILED
    _tell(results, several or len(commands) > 1)
    if session.interrupted:
        status = 128 + session.interrupted
    if status:
        raise click.exceptions.Exit(status)


def _tell(results: Iterable[Result], several: bool) -> None:
    """Say what failed, unless docker has said so itself where a person sees it."""
    from dirg import reach

    for result in results:
        text = result.reason if several and not result.ok else reach.said(result)
        if text:
            say(f"{result.command.container} on {result.command.host.name}: {text}")


def _to_each(
    session: Session, deployments: Sequence[Deployment], made: Callable[[Deployment], Command]
) -> None:
    """Execute a docker command for each of some containers."""
    complete = True
    if not session.options.dry_run and len(deployments) > 1:
        deployments, complete = _here(session, deployments)
    _hand_on(session, [made(each) for each in deployments], several=not complete)
    if not complete:
        raise click.exceptions.Exit(ExitStatus.FAILED)


class _Rest(click.Command):
    """A command of which all that follows ``--`` is for docker."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        helped = ctx.resilient_parsing or {"-h", "--help"} & {*args}
        if "--" not in args and not helped:
            raise UsageError(_WITHOUT)
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_AFTER_NAMES] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])


@command("exec", handed_on=True)
@click.argument("name", shell_complete=completion.names)
@click.argument("words", nargs=-1, required=True, metavar="COMMAND [ARGUMENT]...")
@click.option("-e", "--env", multiple=True, metavar="KEY=VALUE", help="Set a variable.")
@click.option("-u", "--user", metavar="USER", help="Run it as somebody else.")
@click.option("-w", "--workdir", metavar="FOLDER", help="Run it in this folder.")
@click.option("--privileged", is_flag=True, help="Let it do everything on the host.")
@click.option("--detach", is_flag=True, help="Leave it running in the background.")
@click.option("-i", "--interactive", is_flag=True, help="As it is in any case.")
@click.option("-t", "--tty", is_flag=True, help="As it is wherever dirg has a terminal.")
@click.option("-T", "--no-tty", is_flag=True, help="Without a terminal, though there is one.")
def execute(session: Session, name: str, words: Sequence[str], **options: Any) -> None:
    """Run a command in a container.

    It has dirg's own input, and a terminal where dirg has one; dirg ends with its status. In
    several containers it runs at once, without input, and their names stand before its lines.
    """
    deployments = session.deployments([name])
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and not options["no_tty"]
    flags = ["-d"] if options["detach"] else []
    if len(deployments) == 1 and not options["detach"]:
        flags += ["-i", "-t"] if terminal else ["-i"]
    for flag in ("user", "workdir"):
        flags += [f"--{flag}={options[flag]}"] if options[flag] is not None else []
    flags += [f"--env={each}" for each in options["env"]]
    flags += ["--privileged"] if options["privileged"] else []
    _to_each(session, deployments, lambda each: each.command("exec", *flags, each.name, *words))


@command(text="Show the processes in containers.", handed_on=True)
@click.argument("name", shell_complete=completion.names)
@click.argument("words", nargs=-1, metavar="[PS OPTIONS]...")
def top(session: Session, name: str, words: Sequence[str]) -> None:
    deployments = session.deployments([name])
    _to_each(session, deployments, lambda each: each.command("top", each.name, *words))


@command(text="Show where the ports of containers are published.")
@names
def port(session: Session, names: Sequence[str]) -> None:
    _to_each(session, session.deployments(names), lambda each: each.command("port", each.name))


@command("inspect", "Show all that docker knows of containers, as one JSON array.")
@names
@click.option("-f", "--format", "form", metavar="TEMPLATE", help="docker's own: one line for each.")
def inspect(session: Session, names: Sequence[str], form: str | None) -> None:
    from dirg import reach, report
    from dirg.commands.printing import print_commands

    flags = [] if form is None else [f"--format={form}"]
    deployments = session.deployments(names)
    commands = [each.command("container", "inspect", *flags, each.name) for each in deployments]
    if session.options.dry_run:
        print_commands(commands)
        return
    here, complete = _here(session, deployments)
    asked = [each for each in commands if each.container in {one.name for one in here}]
    results = session.ask(asked)
    if form is None:
        told = [reach.items(each) for each in results]
        results = [result for result, _ in told]
        echo(report.as_json([item for _, items in told for item in items]))
    else:
        echo("".join(result.output for result in results if result.ok), nl=False)
    _tell(results, several=True)
    if not complete or not all(result.ok for result in results):
        raise click.exceptions.Exit(ExitStatus.FAILED)


@command("wait", "Wait until containers have ended; print the exit status of each.")
@names
def wait_for(session: Session, names: Sequence[str]) -> None:
    _to_each(session, session.deployments(names), lambda each: each.command("wait", each.name))


@command("cp")
@click.argument("source", metavar="[NAME:]PATH", shell_complete=completion.paths)
@click.argument("target", metavar="[NAME:]PATH", shell_complete=completion.paths)
@click.option("-a", "--archive", is_flag=True, help="Keep owners.")
@click.option("-L", "--follow-link", is_flag=True, help="Follow links in the source.")
def copy(session: Session, source: str, target: str, archive: bool, follow_link: bool) -> None:
    """Copy files between this machine and containers.

    A path of - is a tar archive on standard input or output. Into several containers it is copied
    at once.
    """
    from dirg import reach

    ways = reach.way(source), reach.way(target)
    found = {each.name: session.deployments([each.name]) for each in ways if each.name}
    flags = [*(["--archive"] if archive else []), *(["--follow-link"] if follow_link else [])]
    _hand_on(session, reach.copying(*ways, found, flags))


@command(
    cls=_Rest,
    text="""Run any docker command for each of some containers.

What follows -- are docker's arguments, with {} in the place of the container's name:
dirg each 'web*' -- update --restart always {}
""",
)
@names
@click.pass_context
def each(context: click.Context, session: Session, names: Sequence[str]) -> None:
    from dirg import reach

    words = context.meta[_AFTER_NAMES]
    if not words:
        raise UsageError(_WITHOUT)
    _to_each(session, session.deployments(names), lambda each: reach.placed(each, words))
