"""The options of the command line that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from math import isnan
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from dirg import completion
from dirg.defaults import GRACE, Options
from dirg.saying import echo
from dirg.session import Session


class Seconds(click.FloatRange):
    """A number of seconds; what is no number has no place in any range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        if isnan(seconds):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return seconds


_Function = TypeVar("_Function", bound=Callable[..., Any])


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep an option that was given; one given after the command counts more than one before."""
    if value is not None:
        setattr(context.ensure_object(Session).options, str(parameter.name), value)


def _common(**shared: Any) -> dict[str, Callable[[_Function], _Function]]:
    """The options that commands take, before and after their name."""
    option = partial(click.option, **shared)
    # click's own type of a path looks for a translation of its name.
    file = partial(option, metavar="FILE", shell_complete=completion.files)
    at_once = f"Run so many docker commands at once (default {Options.parallel})."
    answer = f"How long a host may take to answer (default {Options.timeout:g})."
    noted = "Note each docker command in a file (default dirg_log of dirg.cfg)."
    return {
        "debug": option("-d", "--debug", is_flag=True, help="Say what dirg does and why."),
        "dry_run": option("-n", "--dry-run", is_flag=True, help="Print the docker commands only."),
        "config": file("-c", "--config", help="Use this instead of dirg.cfg."),
        "profile": option(
            "--profile",
            metavar="NAME",
            help="Use a section of dirg.cfg.",
            shell_complete=completion.profiles,
        ),
        "host": option(
            "--host",
            metavar="GLOB",
            help="Only containers on these hosts.",
            shell_complete=completion.hosts,
        ),
        "parallel": option("-j", "--parallel", type=click.IntRange(1), metavar="N", help=at_once),
        "timeout": option("--timeout", type=Seconds(0.1, 86400), metavar="SECONDS", help=answer),
        "log": file("--log", help=noted),
    }


def common(function: _Function, without: Sequence[str] = ()) -> _Function:
    """The options that every command takes, but for some that would mean nothing."""
    options = _common(default=None, expose_value=False, callback=_remember)
    for name, option in reversed(options.items()):
        function = function if name in without else option(function)
    return function


def telling(names: Sequence[str], text: str, told: Callable[[click.Context], str]) -> click.Option:
    """An option that prints something, and nothing else is done.

    In place of those of click, which look for a translation of their help: that reads in Python's
    languages, and takes a thirtieth of a short command (measured).
    """

    def show(context: click.Context, _: click.Parameter, given: bool) -> None:
        if given and not context.resilient_parsing:
            echo(told(context))
            context.exit()

    return click.Option(
        names, is_flag=True, is_eager=True, expose_value=False, callback=show, help=text
    )


_Command = TypeVar("_Command", bound=click.Command)


def helping(command: _Command) -> _Command:
    """A command with the option that shows its help."""
    text = "Show this message and exit."
    command.params.append(telling(["-h", "--help"], text, click.Context.get_help))
    return command


# Those that were read in.
COMMANDS: dict[str, click.Command] = {}


def command(
    name: str | None = None,
    text: str | None = None,
    cls: type[click.Command] = click.Command,
    handed_on: bool = False,
    group: click.Group | None = None,
    without: Sequence[str] = (),
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command of dirg: with the common options, and the session as its first argument.

    ``text`` is its help, where the function's own docstring is not. ``handed_on``: what follows its
    first argument may look like options, and is none. ``group``: the command that it belongs to;
    dirg itself where there is none. ``without``: the common options that it does not take.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        settings = {"allow_interspersed_args": not handed_on}
        made = click.command(
            name, cls=cls, help=text or function.__doc__, context_settings=settings
        )
        found = helping(made(common(_called(function), without)))
        if group:
            group.add_command(found)
        else:
            COMMANDS[str(found.name)] = found
        return found

    return decorate


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the session, which knows how it was called."""

    @click.pass_context
    @wraps(function)
    def call(context: click.Context, *words: Any, **options: Any) -> Any:
        session = context.ensure_object(Session)
        session.verb = context.command_path.partition(" ")[2]
        session.written = tuple(_written(context.find_root(), session))
        if context.parent:
            session.written += tuple(_written(context, session))
        return function(session, *words, **options)

    return call


# The options that only ask for more or less words.
_WORDS = ("debug", "dry_run", "quiet")


def _written(context: click.Context, session: Session) -> Iterator[str]:
    """The options of a command line that say what is done."""
    for parameter in context.command.params:
        name = str(parameter.name)
        written = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not (isinstance(parameter, click.Option) and written) or name in _WORDS:
            continue
        value = context.params.get(name, getattr(session.options, name, None))
        yield from [parameter.opts[-1]] if parameter.is_flag else [parameter.opts[-1], str(value)]


names = click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completion.names)
_skip_unreachable = click.option(
    "--skip-unreachable", is_flag=True, help="Work on the other hosts when some are unreachable."
)
_quiet = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    default=None,
    help="Say nothing of what is done, only of what fails.",
    expose_value=False,
    callback=_remember,
)


def acting(function: _Function) -> _Function:
    """The options of commands that act."""
    return _skip_unreachable(_quiet(function))


formats = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", help="How to print."
)
wait_timeout = click.option(
    "--wait-timeout",
    type=Seconds(1, 86400),
    metavar="SECONDS",
    help=(
        "How long a depends_on may take to be met, and a new container to be healthy "
        f"(default {Options.wait_timeout:g})."
    ),
    default=None,
    expose_value=False,
    callback=_remember,
)
wait = click.option(
    "--wait",
    type=Seconds(0, 86400),
    metavar="SECONDS",
    help="How long to wait until others have ended who change the same hosts (default 0).",
    default=None,
    expose_value=False,
    callback=_remember,
)
take_over = click.option(
    "--take-over",
    is_flag=True,
    help="Go on in place of somebody who replaces the same container, since they are dead.",
)


def replacing(function: _Function) -> _Function:
    """The options of commands that replace containers."""
    function = click.option(
        "--grace",
        type=Seconds(0, 3600),
        metavar="SECONDS",
        default=GRACE,
        help=f"How long a new container without a health check has to stay up ({GRACE:g}).",
    )(function)
    return click.option(
        "--keep",
        type=click.IntRange(0, 100),
        metavar="N",
        default=0,
        help="Keep so many old containers of each, stopped, for rollback (default 0).",
    )(function)
