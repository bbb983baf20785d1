"""How a plan is dealt with by a dry run: its commands are printed, for a person to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from dirg.command import Command, Later, Result
from dirg.drive import Drive
from dirg.names import VARIABLE
from dirg.saying import echo
from dirg.state import HostState, LiveContainer
from dirg.steps import Action, Deployment, States, Step
from dirg.together import Bounds
from dirg.waiting import Verdict, Wait

if TYPE_CHECKING:
    from dirg.host import Host
    from dirg.perform import Outcome
    from dirg.session import Session
    from dirg.who import Mark


def comment(text: str) -> None:
    """Print a comment among shell commands: whatever it quotes stays on its line."""
    echo(f"# {' '.join(text.split())}")


class DryDrive(Drive):
    """How the commands of a plan are dealt with: here they are printed, and nothing is touched.

    Commands that depend on each other are joined by ``&&``: a shell that is given them does what
    dirg would do when one fails, and goes no further.
    """

    def __init__(
        self, session: Session, skip_unreachable: bool = False, take_over: bool = False
    ) -> None:
        super().__init__(session, skip_unreachable, take_over)
        self.bounds = Bounds(total=1, names=session.options.parallel, threads=False)
        self._lines: list[str] = []
        self._told = False
        self._named: dict[str, str] = {}
        self._waited: dict[tuple[Host, str, str], str] = {}

    def admit(self, deployments: Sequence[Deployment]) -> None:
        for refusal in self.session.refusals(deployments):
            comment(f"docker refuses this: {refusal}")

    def hold(self, deployments: Sequence[Deployment]) -> None:
        """Who only prints gets in nobody's way; what dirg executes besides is told."""
        name = self.session.settings.lock
        if not name:
            return
        from dirg import hostlock

        label = hostlock.shown(self.mark().by, self.session.verb)
        for host in dict.fromkeys(each.host for each in deployments):
            taken = hostlock.create(host, name, label), hostlock.inspect(host, name)
            for command in taken:
                comment(f"before, dirg executes: {command}")
            comment(f"at the end, dirg executes: {hostlock.remove(host, name)}")

    def observe(self, deployments: Sequence[Deployment], assumed: LiveContainer | None) -> States:
        """What a command finds when it does everything it can do.

        For update that is an image that has changed, and anonymous volumes that have to move along.
        All of the description is there: others may hang on what is selected.
        """
        found: dict[Host, dict[str, LiveContainer]] = {each.host: {} for each in deployments}
        for each in self.session.everything if assumed else ():
            if each.host in found and assumed:
                digest = each.definition.digest
                found[each.host][each.name] = replace(assumed, name=each.name, definition=digest)
        return {where: HostState(containers) for where, containers in found.items()}

    def revealed(self, deployments: Sequence[Deployment], states: States) -> list[Deployment]:
        """For a shell to ask what tells them."""
        from dirg.reveal import with_secrets

        return [with_secrets(each, lambda source: source.later) for each in deployments]

    def details(
        self,
        deployments: Sequence[Deployment],
        states: States,
        images: bool = True,
        needed: bool = True,
        others: bool = False,
    ) -> States:
        return states

    def inspected(self, deployments: Sequence[Deployment], states: States) -> States:
        return states

    def resources(
        self, deployments: Sequence[Deployment], states: States, assumed: bool = False
    ) -> States:
        found = [each for deployment in deployments for each in deployment.resources]
        there = frozenset((each.kind, each.name) for each in found if assumed)
        return {where: replace(state, resources=there) for where, state in states.items()}

    def __call__(self, command: Command) -> Result:
        given = ""
        for name, value in command.secrets:
            if isinstance(value, Later) and VARIABLE.fullmatch(name):
                # Where nothing tells it, nothing is made of it.
                self._lines.append(f"{name}={value.shell}")
                given += f'{name}="${name}" '
            else:
                self._ask_for(name, value, command.container)
        for name in command.inherited:
            self._ask_for(name, "", command.container)
        self._lines.append(f"{given}{command}")
        return Result(command, 0, "", "")

    def _ask_for(self, name: str, value: str, container: str) -> None:
        """Say once that a variable must be set, and again where it needs another value."""
        if name not in self._named:
            comment(f"the variable {name} must be set")
        elif self._named[name] != value:
            comment(f"the variable {name} must be set to another value, that of {container}")
        self._named[name] = value

    def mark(self) -> Mark:
        """Whoever is given the commands replaces them then, and there is no process to look for."""
        from dirg.who import Mark

        return Mark(super().mark().by, "")

    def look(self, wait: Wait) -> tuple[Verdict, str]:
        self._waited[wait.host, wait.name, wait.condition] = str(wait)
        self._lines.append(str(wait))
        return Verdict.REACHED, ""

    def _wait_again(self, step: Step) -> None:
        """Each that waits for something waits for itself: a shell does not know who else did."""
        waits = self._waits.get((step.host, step.name), ()) if self._waited and step.actions else ()
        for each in waits:
            line = self._waited.get((each.host, each.name, each.condition), "")
            if line and line not in self._lines:
                self._lines.insert(0, line)

    @cached_property
    def _waits(self) -> dict[tuple[Host, str], tuple[Wait, ...]]:
        return {(each.host, each.name): each.waits for each in self.session.everything}

    def listener(
        self, line: Callable[[Outcome], str], show: Callable[[str], None] = echo
    ) -> Callable[[Outcome], None]:
        def done(outcome: Outcome) -> None:
            if outcome.step.wait:
                # What it waits for goes with what waits.
                return
            if not self.chained:
                self._wait_again(outcome.step)
            actions = [each for each in outcome.step.actions if isinstance(each, Action)]
            undo = [action.undo for action in reversed(actions) if action.undo]
            if len(undo) > 1 or (undo and not self._told):
                self._told = True
                text = "when a command fails, dirg takes back what was done, but a shell does not"
                comment(f"{text}: {'; '.join(map(str, undo))}")
            if outcome.problem:
                comment(f"{outcome.step.name}: {outcome.problem}")
            if not self.chained:
                self.finish()

        return done

    def finish(self) -> None:
        if self._lines:
            echo(" &&\n".join(self._lines))
        self._lines = []
