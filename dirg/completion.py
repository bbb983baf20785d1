"""What a shell offers where a person has typed half a word: names, hosts, profiles.

Whatever is wrong with the configuration or the description, nothing is said, and what can't be read
for it is not offered: a shell would show it in the middle of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from dirg.errors import DirgError
from dirg.session import Session

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish")


def _profiles(session: Session) -> Iterable[str]:
    from dirg import settings

    # A profile that is written half names none yet.
    found = settings.load(session.options.config, None, session.environ)
    return found.profiles


def _names(session: Session) -> Iterable[str]:
    from dirg import files, glimpse

    seen = glimpse.names(files.read(files.shown(session.settings.services)))
    if seen is not None:
        return seen
    return [*session.description.services, *session.description.containers]


def _logged(session: Session) -> Iterable[str]:
    from dirg import audit, history

    log = audit.path(session)
    return history.names(log, 1000) if log else ()


Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def script(cli: click.Command, shell: str) -> str:
    """The text that a shell reads in to complete the command lines of dirg."""
    from click.shell_completion import ShellComplete, get_completion_class

    completing = get_completion_class(shell)
    assert completing
    found = completing(cli, {}, "dirg", "_DIRG_COMPLETE")
    # Bash's own looks for the version of the bash on the PATH, which needs not be the one in use.
    return ShellComplete.source(found)


def _completer(known: Callable[[Session], Iterable[str]]) -> Completer:
    """What click asks for the words that may stand here, of all that are known."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        session = context.find_object(Session) or Session()
        session.quiet = True
        written = context.params.get(str(parameter.name)) or ()
        taken = {*written} if isinstance(written, (list, tuple)) else ()
        try:
            words = dict.fromkeys(known(session))
        except (DirgError, OSError, ValueError, RecursionError):
            return []
        return [word for word in words if word.startswith(incomplete) and word not in taken]

    return complete


names = _completer(_names)
hosts = _completer(lambda session: (each.host.name for each in session.everything))
profiles = _completer(_profiles)
logged = _completer(_logged)


def files(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Files of this machine, which the shell looks for."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def paths(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """For cp: containers, and files of this machine."""
    from click.shell_completion import CompletionItem

    found = [CompletionItem(f"{name}:") for name in names(context, parameter, incomplete)]
    return [*found, *files(context, parameter, incomplete)]


def planned(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """For plan: first what is planned, then names."""
    given: Sequence[Any] = context.params.get("names") or ()
    verbs = [] if given else [word for word in ("run", "update") if word.startswith(incomplete)]
    return [*verbs, *names(context, parameter, incomplete)]
