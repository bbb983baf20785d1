"""What there is to do, as values: steps of docker commands, and in which order they are done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from dirg.command import UNDO, Command
from dirg.host import Host
from dirg.records import dataclass
from dirg.state import HostState

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.resources import Resource
    from dirg.state import Difference
    from dirg.waiting import Wait

States = Mapping[Host, HostState]


@dataclass(frozen=True)
class Deployment:
    """A container definition and the host it belongs to.

    ``waits``: what has to be the case before it begins. ``one_shot``: others wait until it has
    completed, so that it is not to be run again once it has. ``resources``: the networks and
    volumes of the description that it needs.
    """

    definition: Definition
    host: Host
    waits: tuple[Wait, ...] = ()
    one_shot: bool = False
    resources: tuple[Resource, ...] = ()

    @property
    def name(self) -> str:
        return self.definition.name

    def named(self, name: str) -> Deployment:
        """The same under another name."""
        return replace(self, definition=replace(self.definition, name=name))

    def command(self, *arguments: str) -> Command:
        """A docker command on this container's host, on its behalf."""
        return Command(self.host, arguments, self.name)

    def creation(self, arguments: tuple[str, ...]) -> Command:
        """A docker command that creates the container, which needs its secrets."""
        its = self.definition
        return Command(self.host, arguments, self.name, its.secrets, inherited=its.inherited)


@dataclass(frozen=True)
class Action:
    """A command, and the one that takes it back when a later one of its step fails.

    A command that fails after it has printed something did half of its work (``docker run`` prints
    the id of what it created, then fails to start it): it is taken back as well. So is one that was
    cut off, since the engine may have carried it out.
    ``gone_is_done``: that what it removes is no longer there is no failure.
    ``in_use_is_done``: nor that others use it.
    ``there_is_done``: nor that what it makes has been made meanwhile.
    ``tried``: nor is any other failure: what comes later makes up for it.
    ``vital``: when its undo finds nothing there, what was done before is not taken back: that may
    hold the last of the data.
    ``lasting``: an engine goes on with it when it is cut off: it has to end before it is undone.
    ``rivals``: the questions who else has the name that it was to take.
    """

    command: Command
    undo: Command | None = None
    gone_is_done: bool = False
    in_use_is_done: bool = False
    there_is_done: bool = False
    vital: bool = False
    tried: bool = False
    lasting: bool = False
    rivals: tuple[Command, ...] = ()

    def __post_init__(self) -> None:
        if self.undo is not None and self.undo.cause != UNDO:
            object.__setattr__(self, "undo", replace(self.undo, essential=True, cause=UNDO))


@dataclass(frozen=True)
class Step:
    """What is done to one container, or one image, of a host.

    ``outcome``: what is said when it has been done, or that there was nothing to do.
    ``actions``: commands, and what is waited for between them.
    ``cleanup``: what is left to tidy up when all is done; a failure takes nothing back any more.
    ``problem``: why it can't be done; then there are no actions.
    ``wait``: what it waits for, when that is all it does.
    ``after``: the numbers of the steps in the plan that have to be done before.
    ``action``: in a word what is done, none where nothing is. ``reasons``: how what is there
    differs from what is wanted. ``together``: the single steps that it stands for, if it does.
    ``as_before``: what is told when it has failed and all of it was taken back. ``again``: what
    repeats it when it has failed, where that is not the command that failed. ``kind``: what it is
    done to.
    """

    name: str
    host: Host
    outcome: str
    actions: tuple[Action | Wait, ...] = ()
    cleanup: tuple[Command, ...] = ()
    problem: str = ""
    wait: Wait | None = None
    after: frozenset[int] = field(default_factory=frozenset)
    action: str = "none"
    reasons: tuple[Difference, ...] = ()
    together: tuple[Step, ...] = ()
    as_before: str = ""
    again: str = ""
    kind: str = "container"

    @property
    def names(self) -> list[str]:
        """The names of all that it is about; those of a container hold no comma."""
        return self.name.split(", ")

    def caused(self, command: Command) -> Command:
        """A command of its own with the cause: what is done, and because of what."""
        parts = (each for each in self.together if each.name == command.container)
        part = next(parts, self)
        because = "; ".join(each.line() for each in part.reasons)
        return replace(command, cause=": ".join(filter(None, (part.action, because))))


@dataclass(frozen=True)
class Plan:
    """The steps of a command, in the order they are begun when nothing else decides."""

    steps: tuple[Step, ...]


def by_host(deployments: Iterable[Deployment]) -> dict[Host, list[Deployment]]:
    """Those of each host, hosts and containers in their order."""
    found: dict[Host, list[Deployment]] = {}
    for each in deployments:
        found.setdefault(each.host, []).append(each)
    return found


def reachable(deployments: Sequence[Deployment], states: States) -> list[Deployment]:
    """Those of some containers whose host gave an answer."""
    return [each for each in deployments if not states[each.host].error]
