"""dirg's command line: which commands there are, and how dirg ends."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module

import click

from dirg import __version__
from dirg.errors import DescriptionError, DirgError, ExitStatus
from dirg.parameters import COMMANDS, common
from dirg.process import heed_signals, open_streams
from dirg.session import Session, echo, say, say_at

# The commands, each with the module that it is in.
_MODULES = {
    "run": "converging",
    **dict.fromkeys(("start", "stop", "restart", "pause", "unpause", "kill", "rm"), "acting"),
    **dict.fromkeys(("pull", "build"), "acting"),
    **dict.fromkeys(("update", "rollback", "plan"), "converging"),
    **dict.fromkeys(("ps", "stats"), "telling"),
    "show": "showing",
    **dict.fromkeys(("logs", "events"), "logs"),
    **dict.fromkeys(("exec", "top", "port", "inspect", "wait", "cp", "each"), "reaching"),
    **dict.fromkeys(("check", "info", "completion"), "telling"),
    "import": "importing",
}

# After so many new objects, Python looks for those that only refer to each other.
_GARBAGE = 100_000


class _Commands(click.Group):
    """The commands, of which only what is called is read in: that takes a good part of its time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        import_module(f"dirg.commands.{_MODULES[cmd_name]}")
        return COMMANDS[cmd_name]


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(__version__, "--version", message="dirg %(version)s")
@common
@click.pass_context
def cli(context: click.Context) -> None:
    """Orchestrate docker containers over many hosts.

    NAME is a service, a container, or a glob over both; none means the service all.
    """
    if context.invoked_subcommand is None:
        echo(context.get_help())


def main() -> None:
    """Run dirg and exit."""
    open_streams()
    # A description is a great many values that stay, and no garbage: that is looked for less often.
    gc.set_threshold(_GARBAGE)
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
    # All that there is goes with the process: nothing in it needs to be looked for as garbage.
    gc.freeze()
    sys.exit(status)
