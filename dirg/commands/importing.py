"""The commands that write a description from what there is already."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dirg.errors import DirgError, ExitStatus, UsageError
from dirg.parameters import COMMANDS, command, helping
from dirg.records import dataclass
from dirg.saying import echo, say

if TYPE_CHECKING:
    from dirg.host import Host
    from dirg.imports.described import Imported
    from dirg.session import Session

_Function = TypeVar("_Function", bound=Callable[..., Any])


@helping
@click.group("import", invoke_without_command=True)
@click.pass_context
def importing(context: click.Context) -> None:
    """Write a description from what there is already."""
    if context.invoked_subcommand is None:
        echo(context.get_help())


COMMANDS["import"] = importing


@dataclass(frozen=True)
class Output:
    """Where a description goes, and what becomes of its secrets."""

    output: str | None
    force: bool
    secrets: str | None
    no_secrets: bool
    secret: Sequence[str]

    def hiding(self) -> AbstractContextManager[None]:
        """What looks like a secret meanwhile."""
        from dirg.imports import hiding

        return hiding.by(() if self.no_secrets else (*hiding.PATTERNS, *self.secret))

    @property
    def folder(self) -> Path:
        """Where the description will be: here, where it is printed."""
        return Path(self.output).parent if self.output else Path()

    def write(self, found: Imported, title: str) -> None:
        """Write it, and tell a person what they have to know."""
        from dirg.imports import hiding, saving

        if not found.containers:
            for each in found.notes:
                say(each)
            raise UsageError("there is no container to import")
        with self.hiding():
            hiding.hide(found)
        for each in saving.save(found, title, self.output, self.secrets, self.force):
            say(each)
        if not self.output:
            echo(saving.text(found, title), nl=False)


def _outputs(function: _Function) -> _Function:
    for option in reversed(
        [
            click.option(
                "-o",
                "--output",
                type=click.Path(),
                metavar="FILE",
                help="Write it here, and a dirg.cfg that names it where there is none.",
            ),
            click.option("--force", is_flag=True, help="Replace files that are there."),
            click.option(
                "--secrets",
                type=click.Path(),
                metavar="FILE",
                help="Write the values of secrets here, for the shell to read.",
            ),
            click.option("--no-secrets", is_flag=True, help="Leave what looks secret in env."),
            click.option(
                "--secret",
                multiple=True,
                metavar="GLOB",
                help="Variables of such names are secrets, too.",
            ),
        ]
    ):
        function = option(function)
    return function


_ITS_OWN = ("host", "config", "profile")
# What calls no docker.
_NO_DOCKER = ("parallel", "timeout", "log", *_ITS_OWN)


@command("containers", group=importing, without=_ITS_OWN)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--host", "hosts", multiple=True, metavar="URL", help="A docker host; docker's own by default."
)
@click.option("--context", "contexts", multiple=True, metavar="NAME", help="A docker context.")
@click.option("-a", "--all", "stopped", is_flag=True, help="Also containers that do not run.")
@click.option(
    "--skip-unreachable", is_flag=True, help="Import from the other hosts when some give no answer."
)
@_outputs
def import_containers(
    session: Session,
    names: Sequence[str],
    hosts: Sequence[str],
    contexts: Sequence[str],
    stopped: bool,
    skip_unreachable: bool,
    **options: Any,
) -> None:
    """Write a description of running containers, or of those that NAMEs (globs) fit."""
    from dirg import queries
    from dirg.commands.printing import print_commands
    from dirg.dry import comment
    from dirg.imports import asking, containers, saving

    output = Output(**options)
    places = dict(_places(session, hosts, contexts))
    if session.options.dry_run:
        print_commands(map(queries.ls, places))
        comment("then it inspects the containers, and their images, networks and volumes")
        return
    saving.check(output.output, output.secrets, output.force)
    sources, dead = asking.ask(session, places, names, stopped)
    for where, error in dead.items():
        say(f"{where.name} is unreachable: {error}")
    if dead and not skip_unreachable:
        raise DirgError("nothing was written; --skip-unreachable imports from the other hosts")
    where_from = ", ".join(source.host.name for source in sources)
    lacking = "".join(f"; {where.name} gave no answer" for where in dead)
    if sources:
        found = containers.imported(sources, names, stopped)
        output.write(found, f"Imported from the containers of {where_from}{lacking}.")
    if dead:
        raise click.exceptions.Exit(ExitStatus.FAILED)


def _places(
    session: Session, hosts: Sequence[str], contexts: Sequence[str]
) -> dict[Host, dict[str, str]]:
    """The hosts, each with the property that says where a container is."""
    from dirg import host

    # One that was written before the command.
    written = [*([session.options.host] if session.options.host else []), *hosts]
    found: dict[Host, dict[str, str]] = {}
    for each in written:
        try:
            found.setdefault(host.at(each, session.environ), {"docker_host": each})
        except ValueError as error:
            raise UsageError(f"--host: {error}") from error
    for each in contexts:
        if not host.is_context(each):
            raise UsageError(f"--context: {each!r} is no name of a context")
        found.setdefault(host.of_context(each), {"docker_context": each})
    return found or {host.default(session.environ): {}}


@command("compose", group=importing, without=_NO_DOCKER)
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@click.option(
    "--env-file",
    type=click.Path(),
    metavar="FILE",
    help="Take variables from here, not from .env.",
)
@_outputs
def import_compose(
    session: Session, files: Sequence[str], env_file: str | None, **options: Any
) -> None:
    """Write a description of the services of Compose files, each put over those before.

    Without FILE, it is what Compose itself reads: COMPOSE_FILE, of the shell or of .env, or the
    file in this folder, or in the nearest above it, by one of the names that it looks for, with its
    override file.
    """
    from dirg.dry import comment
    from dirg.imports import compose, saving

    if session.options.dry_run:
        comment("dirg import compose calls no docker")
        return
    output = Output(**options)
    saving.check(output.output, output.secrets, output.force)
    environ, path = session.environ, Path(env_file) if env_file else None
    sources, env_files = [*map(Path, files)], [path] if path else None
    with output.hiding():
        if not files:
            sources, env_files = compose.found(path, environ)
        found = compose.read(sources, env_files, environ=environ, relative_to=output.folder)
    several = "file" if len(sources) == 1 else "files"
    output.write(found, f"Imported from the Compose {several} {', '.join(map(str, sources))}.")


@command("run", group=importing, handed_on=True, without=_NO_DOCKER)
@_outputs
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[DOCKER RUN COMMAND]")
def import_run(session: Session, words: Sequence[str], **options: Any) -> None:
    """Write a description of docker run commands: the one that is given, or a script on stdin."""
    from dirg.dry import comment
    from dirg.imports import run, saving

    if session.options.dry_run:
        comment("dirg import run calls no docker")
        return
    output = Output(**options)
    saving.check(output.output, output.secrets, output.force)
    if len(words) > 1 and any(map(str.isspace, words[0])):
        raise UsageError("import run: options stand before the command that is quoted")
    if len(words) == 1 and _is_file(words[0]):
        raise UsageError(f"import run: {words[0]} is a file; write dirg import run < {words[0]}")
    if words and words != ("-",):
        # Whoever quotes it hands it on as one word.
        text, source = words[0] if len(words) == 1 else shlex.join(words), "command"
    else:
        text, source = _script(), "stdin"
    output.write(run.read(text, source), f"Imported from {_TITLES[source]}.")


def _is_file(word: str) -> bool:
    # A command is longer than the name of a file may be.
    with suppress(OSError):
        return Path(word).is_file()
    return False


def _script() -> str:
    if sys.stdin.isatty():
        raise UsageError("import run: no command; write it behind, or give a script on stdin")
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError("stdin is not UTF-8; give the script as UTF-8") from error


_TITLES = {"command": "a docker run command", "stdin": "a script of docker run commands"}
