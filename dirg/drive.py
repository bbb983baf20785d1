"""How a plan is dealt with: its commands are executed, or printed for a person to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dirg import survey
from dirg.command import Command, Result
from dirg.errors import DescriptionError, DirgError
from dirg.execute import Outcome
from dirg.host import Host
from dirg.session import Session, echo, say
from dirg.state import HostState, LiveContainer
from dirg.steps import Action, Deployment, States, reachable
from dirg.together import Bounds
from dirg.waiting import Verdict, Wait, told
from dirg.who import Mark, Whereabouts


def comment(text: str) -> None:
    """Print a comment among shell commands: whatever it quotes stays on its line."""
    echo(f"# {' '.join(text.split())}")


class Drive:
    """How the commands of a plan are dealt with: here they are executed.

    ``chained``: every step depends on all that come before it. ``take_over``: whoever is at work
    on a container is taken for dead, unless they are known to be alive.
    """

    def __init__(
        self, session: Session, skip_unreachable: bool = False, take_over: bool = False
    ) -> None:
        self.session = session
        self.skip_unreachable = skip_unreachable
        self.unreachable: list[str] = []
        self.bounds = session.bounds
        self.chained = False
        self.mute = False
        self.take_over = take_over

    def admit(self, deployments: Sequence[Deployment]) -> None:
        """Raises DescriptionError when docker would refuse what the description says."""
        refusals = self.session.refusals(deployments)
        if refusals:
            raise DescriptionError(refusals)

    def observe(self, deployments: Sequence[Deployment], assumed: LiveContainer | None) -> States:
        """The live state of the hosts. Raises DirgError when one gives no answer."""
        states = self._admitted(self.session.observe(each.host for each in deployments))
        here = reachable(deployments, states)
        return survey.with_busy(self.session, here, states, self.take_over)

    def _admitted(self, states: States) -> States:
        """Tell of hosts that give no answer, once of each, and go no further unless told to."""
        dead = {where.name: found.error for where, found in states.items() if found.error}
        for name, error in dead.items():
            if name not in self.unreachable:
                say(f"{name} is unreachable: {error}")
                self.unreachable.append(name)
        if dead and not self.skip_unreachable:
            raise DirgError("nothing was changed; --skip-unreachable works on the other hosts")
        return states

    def details(
        self,
        deployments: Sequence[Deployment],
        states: States,
        images: bool = True,
        needed: bool = True,
    ) -> States:
        """The states with what only an inspection of containers and images tells.

        ``images``: also which images the names in definitions stand for; ``needed``: these have to
        be there.
        """
        found = survey.details(self.session, deployments, states, images, images and needed)
        return self._admitted(found)

    def resources(
        self, deployments: Sequence[Deployment], states: States, assumed: bool = False
    ) -> States:
        """The states with the networks and volumes that containers need.

        ``assumed``: whether a dry run takes those of the description for there.
        """
        return self._admitted(survey.with_resources(self.session, deployments, states))

    def __call__(self, command: Command) -> Result:
        """Run a command, however long it takes."""
        return self.session.docker(command)

    def look(self, wait: Wait) -> tuple[Verdict, str]:
        """How far what is waited for is, and why it is given up if it is."""
        result = self.session.query(wait.query)
        if not (result.ok or result.gone):
            # One question without an answer may have been bad luck.
            result = self.session.query(wait.query)
        return wait.judge(result), wait.problem(result)

    def explain(self, wait: Wait) -> tuple[str, ...]:
        """What a person has to know of a wait that was in vain, in lines."""
        return told(map(self.session.query, wait.evidence))

    def rival(self, questions: Sequence[Command]) -> str:
        """Who else is at work, where a name is taken; empty where nobody knows."""
        return survey.rival(map(self.session.query, questions))

    def mark(self) -> Mark:
        """Who replaces containers."""
        return Whereabouts().mark()

    def listener(
        self, line: Callable[[Outcome], str], show: Callable[[str], None] = echo
    ) -> Callable[[Outcome], None]:
        """What is told of each outcome as it happens."""

        def tell(outcome: Outcome) -> None:
            try:
                if not (self.mute or self.session.options.quiet) and outcome.counts:
                    show(line(outcome))
            except OSError:
                # Nobody reads the lines any more; what was begun is worth more than they are.
                self.mute = True

        return tell

    def finish(self) -> None:
        """Called when all is done."""


class DryDrive(Drive):
    """How the commands of a plan are dealt with: here they are printed, and nothing is touched.

    Commands that depend on each other are joined by ``&&``: a shell that is given them does what
    dirg would do when one fails, and goes no further.
    """

    def __init__(
        self, session: Session, skip_unreachable: bool = False, take_over: bool = False
    ) -> None:
        super().__init__(session, skip_unreachable, take_over)
        self.bounds = Bounds(total=1, here=True)
        self._lines: list[str] = []
        self._told = False
        self._named: set[str] = set()

    def admit(self, deployments: Sequence[Deployment]) -> None:
        for refusal in self.session.refusals(deployments):
            comment(f"docker refuses this: {refusal}")

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

    def details(
        self,
        deployments: Sequence[Deployment],
        states: States,
        images: bool = True,
        needed: bool = True,
    ) -> States:
        return states

    def resources(
        self, deployments: Sequence[Deployment], states: States, assumed: bool = False
    ) -> States:
        found = [each for deployment in deployments for each in deployment.resources]
        there = frozenset((each.kind, each.name) for each in found if assumed)
        return {where: replace(state, resources=there) for where, state in states.items()}

    def __call__(self, command: Command) -> Result:
        for name in (name for name, _ in command.secrets if name not in self._named):
            self._named.add(name)
            comment(f"the variable {name} must be set")
        self._lines.append(str(command))
        return Result(command, 0, "", "")

    def mark(self) -> Mark:
        """Whoever is given the commands replaces them then, and there is no process to look for."""
        return Mark(super().mark().by, "")

    def look(self, wait: Wait) -> tuple[Verdict, str]:
        self._lines.append(str(wait))
        return Verdict.REACHED, ""

    def listener(
        self, line: Callable[[Outcome], str], show: Callable[[str], None] = echo
    ) -> Callable[[Outcome], None]:
        def done(outcome: Outcome) -> None:
            if outcome.step.wait:
                # What it waits for goes with what waits.
                return
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
