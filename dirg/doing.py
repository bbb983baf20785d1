"""What the commands do that treat every container alike, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dirg import plan, verbs
from dirg.acting import finish, perform, ready
from dirg.resources import NETWORK, VOLUME
from dirg.saying import say
from dirg.state import LiveContainer
from dirg.steps import Deployment, States, reachable

if TYPE_CHECKING:
    from dirg.drive import Drive

_RUNNING = LiveContainer("", state="running")
# Each with the state that a dry run takes a container to be in. For the first ones, what a
# container needs has to be there before it; the others go the other way round.
_FORWARDS = {
    "start": (verbs.start, "exited"),
    "restart": (verbs.restart, "running"),
    "unpause": (verbs.unpause, "paused"),
}
_BACKWARDS = {
    "stop": (verbs.stop, "running"),
    "pause": (verbs.pause, "running"),
    "kill": (verbs.kill, "running"),
}


def act(drive: Drive, name: str, selected: Sequence[str]) -> None:
    """Do to each container what the verb of a name says."""
    verb, assumed = {**_FORWARDS, **_BACKWARDS}[name]
    deployments, states = ready(drive, selected, LiveContainer("", state=assumed), alone=True)
    if name in _FORWARDS:
        work = plan.plan(verb, deployments, states, drive.session.options.wait_timeout)
    else:
        work = plan.reversed_plan(verb, deployments, states)
    finish(drive, perform(drive, work))


def rm(drive: Drive, selected: Sequence[str], networks: bool, volumes: bool) -> None:
    """Stop and remove; also the description's networks and volumes, where that is asked for."""
    deployments, states = ready(drive, selected, _RUNNING, alone=True)
    # Of one that an update has made, only an inspection tells which volumes go with it.
    updated = [each for each in reachable(deployments, states) if _updated(each, states)]
    states = drive.inspected(updated, states)
    kinds = [kind for kind, asked in ((NETWORK, networks), (VOLUME, volumes)) if asked]
    if kinds:
        states = drive.resources(reachable(deployments, states), states, assumed=True)
    removed = perform(drive, plan.reversed_plan(verbs.rm, deployments, states))
    # What could not be removed still needs them.
    stay = {name for outcome in removed if not outcome.ok for name in outcome.step.names}
    gone = [each for each in deployments if each.name not in stay]
    work = plan.removals(gone, drive.session.everything, states, kinds)
    if not drive.session.interrupted:
        removed += perform(drive, work)
    finish(drive, removed)


def _updated(deployment: Deployment, states: States) -> bool:
    """Whether an update has made a container, or what is left or kept of it."""
    there, name = states[deployment.host], deployment.name
    current = there.containers.get(name)
    found = (*there.leftovers(name), *there.kept(name), *([current] if current else ()))
    return any(each.mark for each in found)


def pull(drive: Drive, selected: Sequence[str]) -> None:
    """Pull images, each once for every host."""
    deployments = reachable(*ready(drive, selected, _RUNNING))
    finish(drive, perform(drive, plan.pull(deployments)))


def build(drive: Drive, selected: Sequence[str]) -> None:
    """Build images, each once for every host."""
    deployments = reachable(*ready(drive, selected, _RUNNING))
    work = plan.build(deployments)
    if not work.steps:
        say("nothing to build: no selected container has a path or a build")
    finish(drive, perform(drive, work))
