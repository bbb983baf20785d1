"""How a plan is dealt with: its commands are executed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dirg.errors import DescriptionError, DirgError
from dirg.saying import echo, say
from dirg.steps import Deployment, States, reachable

if TYPE_CHECKING:
    from dirg.command import Command, Result
    from dirg.perform import Outcome
    from dirg.session import Session
    from dirg.state import LiveContainer
    from dirg.waiting import Verdict, Wait
    from dirg.who import Mark


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
        self.untold = False
        self.take_over = take_over
        # Hosts that could not even be locked.
        self.lost: States = {}

    def admit(self, deployments: Sequence[Deployment]) -> None:
        """Raises DescriptionError when docker would refuse what the description says."""
        refusals = self.session.refusals(deployments)
        if refusals:
            raise DescriptionError(refusals)

    def hold(self, deployments: Sequence[Deployment]) -> None:
        """Have the hosts for this dirg alone. Raises DirgError when somebody else is at work."""
        from dirg import lock

        self.lost = lock.hold(self.session, (each.host for each in deployments))
        self.admitted(self.lost)

    def observe(self, deployments: Sequence[Deployment], assumed: LiveContainer | None) -> States:
        """The live state of the hosts. Raises DirgError when one gives no answer."""
        from dirg import survey

        asked = [each.host for each in deployments if each.host not in self.lost]
        states = self.admitted({**self.session.observe(asked), **self.lost})
        here = reachable(deployments, states)
        return survey.with_busy(self.session, here, states, self.take_over)

    def admitted(self, states: States) -> States:
        """Tell of hosts that give no answer, once of each, and go no further unless told to."""
        dead = {where.name: found.error for where, found in states.items() if found.error}
        for name, error in dead.items():
            if name not in self.unreachable:
                say(f"{name} is unreachable: {error}")
                self.unreachable.append(name)
        if dead and not self.skip_unreachable:
            raise DirgError("nothing was changed; --skip-unreachable works on the other hosts")
        return states

    def revealed(self, deployments: Sequence[Deployment], states: States) -> list[Deployment]:
        """The containers, those of hosts that answered with the values of all of their secrets.

        Raises DescriptionError when one is not told.
        """
        from dirg.reveal import Revealed

        with self.session.programs() as programs:
            known = Revealed(programs)
            here = [each for each in deployments if not states[each.host].error]
            told = {each.name: known.deployment(each) for each in here}
        return [told.get(each.name, each) for each in deployments]

    def details(
        self,
        deployments: Sequence[Deployment],
        states: States,
        images: bool = True,
        needed: bool = True,
        others: bool = False,
    ) -> States:
        """The states with what only an inspection of containers and images tells.

        ``images``: also which images the names in definitions stand for; ``needed``: these have to
        be there; ``others``: also who hangs on containers, though nobody has described that.
        """
        from dirg import survey

        found = survey.details(self.session, deployments, states, images, images and needed, others)
        return self.admitted(found)

    def inspected(self, deployments: Sequence[Deployment], states: States) -> States:
        """The states with what an inspection of containers tells, but for how they differ."""
        from dirg import survey

        return self.admitted(survey.inspected(self.session, deployments, states))

    def resources(
        self, deployments: Sequence[Deployment], states: States, assumed: bool = False
    ) -> States:
        """The states with the networks and volumes that containers need.

        ``assumed``: whether a dry run takes those of the description for there.
        """
        from dirg import survey

        return self.admitted(survey.with_resources(self.session, deployments, states))

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
        from dirg.waiting import told

        return told(map(self.session.query, wait.evidence))

    def rival(self, questions: Sequence[Command]) -> str:
        """Who else is at work, where a name is taken; empty where nobody knows."""
        from dirg import survey

        return survey.rival(map(self.session.query, questions))

    def mark(self) -> Mark:
        """Who replaces containers."""
        from dirg.whereabouts import Whereabouts

        return Whereabouts().mark()

    def listener(
        self, line: Callable[[Outcome], str], show: Callable[[str], None] = echo
    ) -> Callable[[Outcome], None]:
        """What is told of each outcome as it happens."""

        def tell(outcome: Outcome) -> None:
            try:
                if not (self.mute or self.session.options.quiet) and outcome.counts:
                    show(line(outcome))
            # What was begun is worth more than the lines that tell of it.
            except BrokenPipeError:
                self.mute = True
            except DirgError as error:
                self.mute = self.untold = True
                say(f"{error}; what is done from here on is not told")

        return tell

    def finish(self) -> None:
        """Called when all is done."""
