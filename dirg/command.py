"""One docker command: what is executed, and what a person reads, copies and pastes."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from dirg import shell
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.host import Host

# The reason of what was ended, or not begun, since somebody interrupted dirg.
INTERRUPTED = "interrupted"
# The causes of what dirg asks for itself: what there is, and whether a host is still there.
QUERY, PROBE = "query", "probe"
# The cause of what takes back something that was begun.
UNDO = "undo"


@dataclass(frozen=True)
class Command:
    """A docker command on a host.

    ``arguments``: what follows docker's global arguments.
    ``container``: the name of the container that it is executed for, or of several, with commas
    between; of an image, a network or a volume, the first that needs it. Empty for none.
    ``secrets``: variables for the docker process alone: neither printed nor compared.
    ``inherited``: the names of secrets that it has from dirg's own environment.
    ``essential``: it puts something back, and has to be carried out even after an interruption.
    ``cause``: why it is executed: QUERY, PROBE, UNDO, or what a step of a plan does and because of
    what; empty where a person asked for this very command.
    """

    host: Host
    arguments: tuple[str, ...]
    container: str = ""
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)
    inherited: tuple[str, ...] = field(default=(), repr=False, compare=False)
    essential: bool = field(default=False, compare=False)
    cause: str = field(default="", repr=False, compare=False)

    @property
    def argv(self) -> tuple[str, ...]:
        """The whole argument list, docker itself first."""
        return ("docker", *self.host.arguments, *self.arguments)

    def __str__(self) -> str:
        """The line for a POSIX shell."""
        variables = (f"{name}={shell.quote(value)}" for name, value in self.host.environment)
        words = (word.shell if isinstance(word, Later) else shell.quote(word) for word in self.argv)
        return " ".join([*variables, *words])


class Later(str):
    """An argument of which a part is known only when a shell comes to it: what a command prints.

    dirg executes no such argument: it knows by then. ``before``, ``after``: what stands around it.
    """

    shell: str

    def __new__(cls, before: str, command: Command | str, after: str = "") -> Later:
        later = super().__new__(cls, f"{before}$({command}){after}")
        later.shell = f"{_opened(before)}$({command}){_closed(after)}"
        return later


def _opened(text: str) -> str:
    """A text up to where a shell puts in what it has found out, within double quotes."""
    if "!" in text:
        # What a person types at, replaces it even within these.
        return f'{shell.quote(text)}"'
    return f'"{_within_quotes(text)}'


def _closed(text: str) -> str:
    return f'"{shell.quote(text)}' if "!" in text else f'{_within_quotes(text)}"'


def _within_quotes(text: str) -> str:
    return re.sub(r'([\\"$`])', r"\\\1", text)


@dataclass(frozen=True)
class Result:
    """How a command ended.

    ``status``: the exit status, negative for a signal, None when it could not be started or was
    ended by the time limit (``error`` says so). ``seconds``: how long it took. ``lost``: its host
    was found dead, so that nobody knows what came of it. ``expired``: it took longer than allowed.
    """

    command: Command
    status: int | None
    output: str
    error: str
    seconds: float = 0.0
    lost: bool = False
    expired: bool = False

    @property
    def ok(self) -> bool:
        return self.status == 0

    @property
    def begun(self) -> bool:
        """Whether docker was called at all; that takes its time, even where it does not start."""
        return self.seconds > 0

    @property
    def refused(self) -> bool:
        """Whether the engine said no. Other failures tell nothing of what the engine has done."""
        return not self.ok and "error response from daemon" in self.error.lower()

    @property
    def turned_away(self) -> bool:
        """Whether a busy sshd closed the connection before it began: nothing can have been done.

        When that befalls only docker's first question, of which version the engine has, docker goes
        on with its own version, which an older engine then refuses (measured). Where docker writes
        to its ssh before it sees that this has ended, it can't say why (measured, on a machine with
        much to do): a question is asked again then, while more may have gone before anything else.
        """
        error = self.error
        closed = "kex_exchange_identification" in error or " is too new. " in error
        unsaid = self.command.cause == QUERY and "write |1: broken pipe" in error
        return not self.ok and (closed or unsaid)

    @property
    def gone(self) -> bool:
        """Whether it failed because what it is about is not there any more, or about to go."""
        return not self.ok and bool(re.search(_GONE, self.error.lower()))

    @property
    def in_use(self) -> bool:
        """Whether it failed because another container has the volume as well."""
        return not self.ok and "volume is in use" in self.error

    @property
    def taken(self) -> bool:
        """Whether it failed because another container has the name."""
        return not self.ok and "is already in use by container" in self.error

    @property
    def there(self) -> bool:
        """Whether it failed because the network that it was to make is there already."""
        return not self.ok and "already exists" in self.error

    @property
    def runs(self) -> bool:
        """Whether a container was not removed because it runs."""
        return self.refused and bool(re.search(_RUNS, self.error))

    @property
    def reason(self) -> str:
        """In one line why it failed, in docker's own words."""
        # docker asks for another password, and nobody is there to answer (measured with an engine
        # 28, and CLI 20.10 and 28, where they have one that the registry does not take).
        if re.match(_ASKS_TO_LOG_IN, self.output):
            return "unauthorized: the registry refuses what docker login has stored for it"
        before_help = self.error.partition("\nUsage:")[0]
        lines = [line.strip() for line in before_help.splitlines() if line.strip()]
        said = [line for line in lines if not line.startswith(_NOISE)]
        return readable(" ".join(said[-1:])) or f"docker ended with status {self.status}"


def readable(line: str) -> str:
    """A line that somebody else has written, such that a terminal and a person can bear it."""
    shown = "".join(each if each.isprintable() or each == "\t" else "\ufffd" for each in line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


# As long as what docker says of a container that does not start (measured), and more.
_LONGEST = 2000
# Most calls need none of these, and compiling takes its time (measured).
_GONE = r"no such (?:container|volume|network)|network \S+ not found|is already in progress"
_ASKS_TO_LOG_IN = r"\s*(?:Please l|L)ogin prior to "
# Engines before 28, and since.
_RUNS = "cannot remove a running container|cannot remove container .*is running"
_NOISE = (
    "See 'docker ",
    "Run 'docker ",
    "DEPRECATED:",
    "WARNING:",
    "Unable to find image",
    "Error: failed to start",
)
