"""The commands that make of what runs what is defined; and plan, which only tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dirg import plan, verbs
from dirg.acting import finish, perform, ready
from dirg.defaults import GRACE
from dirg.records import dataclass
from dirg.saying import say
from dirg.state import UNKNOWN, LiveContainer
from dirg.steps import Deployment, Plan, States, Step, reachable

if TYPE_CHECKING:
    from dirg.drive import Drive
    from dirg.grouping import Rollout
    from dirg.session import Session


@dataclass(frozen=True)
class Choices:
    """What a person chooses of an update, by its options."""

    force: bool = False
    no_pull: bool = False
    batch: int = 1
    grace: float = GRACE
    keep: int = 0


def _outdated() -> LiveContainer:
    """What a dry run takes containers for: changed, and with volumes to hand on."""
    from dirg.handover import ANYWHERE

    volumes = ((ANYWHERE, ANYWHERE),)
    return LiveContainer("", state="running", image_id=UNKNOWN, previous=UNKNOWN, volumes=volumes)


def run(drive: Drive, selected: Sequence[str]) -> None:
    """Create what is missing and start what is stopped."""
    deployments, states = _ready(drive, selected, None, alone=True)
    states = _repaired(drive, "run", deployments, states, None)
    states = drive.resources(reachable(deployments, states), states)
    known = drive.details(reachable(deployments, states), states, images=False)
    finish(drive, perform(drive, _run_plan(drive.session, deployments, known)))


def update(drive: Drive, selected: Sequence[str], choices: Choices) -> None:
    """Pull and build, then replace what differs."""
    from dirg import rollout

    drive.chained = True
    outdated = _outdated()
    deployments, states = _ready(drive, selected, outdated, alone=True)
    states = _repaired(drive, "update", deployments, states, outdated)
    here = reachable(deployments, states)
    images = [] if choices.no_pull else [*plan.pull(here).steps, *plan.build(here).steps]
    fetched = perform(drive, Plan(tuple(images)))
    if not all(outcome.ok for outcome in fetched):
        say("no container was touched, since not every image is there")
        finish(drive, fetched)
    # Pulling takes its time.
    states = drive.observe(deployments, outdated)
    known = drive.details(reachable(deployments, states), states, others=True)
    known = drive.resources(reachable(deployments, known), known, assumed=True)
    work = rollout.update(deployments, known, _rollout(drive, choices))
    made = perform(drive, plan.creations(_touched(deployments, work), known))
    if not all(outcome.ok for outcome in made):
        say("no container was touched, since not every network and volume is there")
        finish(drive, made)
    finish(drive, perform(drive, work, halt=drive.chained))


def _ready(
    drive: Drive, selected: Sequence[str], assumed: LiveContainer | None, alone: bool = False
) -> tuple[list[Deployment], States]:
    """As ``ready``, with what containers need to be made: their secrets."""
    deployments, states = ready(drive, selected, assumed, alone)
    if any(each.definition.sources for each in deployments):
        deployments = drive.revealed(deployments, states)
    return deployments, states


def _touched(deployments: Sequence[Deployment], work: Plan) -> list[Deployment]:
    """Those that a plan makes anew."""
    names = {name for step in work.steps if step.actions for name in step.names}
    return [each for each in deployments if each.name in names]


def rollback(drive: Drive, selected: Sequence[str], choices: Choices) -> None:
    """Bring back what ran before the last update."""
    from dirg import rollout

    drive.chained = True
    outdated = _outdated()
    deployments, states = _ready(drive, selected, outdated, alone=True)
    states = _repaired(drive, "rollback", deployments, states, outdated)
    known = drive.details(reachable(deployments, states), states, images=False, others=True)
    work = rollout.rollback(deployments, known, _rollout(drive, choices))
    finish(drive, perform(drive, work, halt=drive.chained))


def planned(drive: Drive, verb: str, selected: Sequence[str]) -> tuple[list[Deployment], Plan]:
    """The selected containers, and what ``run`` or ``update`` would do now; it does nothing."""
    from dirg import repair, rollout

    deployments, states = _ready(drive, selected, None)
    here = reachable(deployments, states)
    mended = repair.repairs(here, drive.session.everything, states)
    known = drive.details(
        here, states, images=verb == "update", needed=False, others=verb == "update"
    )
    known = drive.resources(reachable(here, known), known)
    made: tuple[Step, ...] = ()
    if verb == "run":
        work = _run_plan(drive.session, deployments, known)
    else:
        work = rollout.update(deployments, known, _rollout(drive, Choices()))
        made = plan.creations(_touched(deployments, work), known).steps
    # What is mended first counts where a container is in both.
    return deployments, Plan((*made, *plan.foreseen(work, known).steps, *mended.steps))


def _run_plan(session: Session, deployments: Sequence[Deployment], states: States) -> Plan:
    return plan.plan(verbs.run, deployments, states, session.options.wait_timeout)


def _rollout(drive: Drive, choices: Choices) -> Rollout:
    from dirg import selection
    from dirg.grouping import Rollout
    from dirg.replace import How

    session = drive.session
    how = How(drive.mark(), session.options.wait_timeout, choices.grace, choices.keep)
    services = selection.services_of(session.description)
    everything = session.everything
    return Rollout(how, choices.force, choices.batch, services, everything, session.again)


def _repaired(
    drive: Drive,
    verb: str,
    deployments: Sequence[Deployment],
    states: States,
    assumed: LiveContainer | None,
) -> States:
    """The states when what an update left half done has been finished, or else taken back."""
    if not any(states[each.host].leftovers(each.name) for each in reachable(deployments, states)):
        return states
    from dirg import repair

    everything, patience = drive.session.everything, drive.session.options.wait_timeout
    unwell: set[str] = set()
    for _ in ("finish or take back", "take back what does not stay up"):
        here = reachable(deployments, states)
        work = repair.repairs(here, everything, states, unwell, patience)
        if not work.steps:
            break
        outcomes = perform(drive, _repeated_by(drive.session, verb, work))
        unwell = {
            name
            for outcome in outcomes
            if not outcome.ok and outcome.step.action == "finish"
            for name in outcome.step.names
        }
        states = drive.observe(deployments, assumed)
        if not unwell:
            break
    return states


def _repeated_by(session: Session, verb: str, work: Plan) -> Plan:
    """The same steps, that a person repeats by a command of dirg."""
    return Plan(tuple(replace(step, again=session.again(verb, step.names)) for step in work.steps))
