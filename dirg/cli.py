"""dirg's command line: which commands there are, and how dirg ends."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from dirg import __version__
from dirg.errors import DescriptionError, DirgError, ExitStatus
from dirg.parameters import COMMANDS, common, helping, telling
from dirg.process import heed_signals, open_streams
from dirg.saying import echo, say, say_at
from dirg.session import Session

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# The commands: the module that each is in, and what it does in a line.
COMMANDS_IN = {
    "build": ("acting", "Build images, each once for every host."),
    "check": ("telling", "Check the description, and touch nothing."),
    "completion": ("telling", "Print what a shell reads in to complete names and options of dirg."),
    "cp": ("reaching", "Copy files between this machine and containers."),
    "each": ("reaching", "Run any docker command for each of some containers."),
    "events": ("logs", "Show what happens to containers, on all hosts, as it happens."),
    "exec": ("reaching", "Run a command in a container."),
    "history": ("logs", "Tell which docker commands were executed, by the log of them."),
    "import": ("importing", "Write a description from what there is already."),
    "info": ("telling", "Print version, files, environment, docker CLI and hosts."),
    "inspect": ("reaching", "Show all that docker knows of containers, as one JSON array."),
    "kill": ("acting", "Kill containers."),
    "logs": ("logs", "Show what containers wrote, merged in time order."),
    "pause": ("acting", "Suspend containers."),
    "plan": ("converging", "Tell what run or update would do, and why; touch nothing."),
    "port": ("reaching", "Show where the ports of containers are published."),
    "ps": ("telling", "List containers and their status."),
    "pull": ("acting", "Pull images, each once for every host."),
    "restart": ("acting", "Stop containers and start them again."),
    "rm": ("acting", "Stop containers and remove them."),
    "rollback": ("converging", "Go back to what ran before the last update."),
    "run": ("converging", "Create containers and start them."),
    "show": ("showing", "Show container definitions as the template gives them."),
    "start": ("acting", "Start containers."),
    "stats": (
        "telling",
        "Show what containers use, in one table over all hosts, with the sums of each host.",
    ),
    "stop": ("acting", "Stop containers."),
    "top": ("reaching", "Show the processes in containers."),
    "unlock": ("unlocking", "Tell who is at work, and remove locks of those who are not any more."),
    "unpause": ("acting", "Let paused containers go on."),
    "update": (
        "converging",
        "Pull or build images, then replace the containers that differ, one after another.",
    ),
    "wait": ("reaching", "Wait until containers have ended; print the exit status of each."),
}


class _Commands(click.Group):
    """The commands, of which only what is called is read in: that takes a good part of its time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS_IN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS_IN:
            return None
        module, _ = COMMANDS_IN[cmd_name]
        import_module(f"dirg.commands.{module}")
        return COMMANDS[cmd_name]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from dirg.names import nearest

            near = nearest(args[0], COMMANDS_IN)
            if not near:
                raise
            told = f"{error.format_message().rstrip('.')}; did you mean {near}?"
            raise click.UsageError(told, error.ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS_IN.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=text)
            for name, (_, text) in COMMANDS_IN.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


@helping
@click.group(cls=_Commands, invoke_without_command=True)
@common
@click.pass_context
def cli(context: click.Context) -> None:
    """Orchestrate docker containers over many hosts.

    NAME is a service, a container, or a glob over both; none means the service all.
    """
    if context.invoked_subcommand is None:
        echo(context.get_help())
    else:
        heed_signals(context.ensure_object(Session))


cli.params.insert(
    0, telling(["--version"], "Show the version and exit.", lambda _: f"dirg {__version__}")
)


def main() -> int:
    """Run dirg; returns its exit status."""
    open_streams()
    session = Session()
    try:
        status = cli.main(obj=session, prog_name="dirg", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        hint = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        # click has each choice in a line of its own.
        told = error.format_message().replace("\n\t", " ")
        say(f"{told.rstrip('.')}{hint}")
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
    session.close()
    # A question of whether a host is still there may be open.
    session.end(kill=True)
    return _logged(session, int(status or 0))


def _logged(session: Session, status: int) -> int:
    """The exit status: 1 where all went well but for the log."""
    log = session.close_log()
    if not (log and log.missing):
        return status
    say(f"warning: docker commands missing in the log: {log.missing}: {log.trouble}")
    return status or ExitStatus.FAILED
