"""The commands that do the same to every container, whatever they are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from dirg import plan, verbs
from dirg.acting import driven, finish, perform, ready
from dirg.parameters import acting, command, names, wait_timeout
from dirg.resources import NETWORK, VOLUME
from dirg.session import Session, say
from dirg.state import LiveContainer
from dirg.steps import Deployment, Plan, States, reachable
from dirg.verbs import Verb

_Planner = Callable[[Session, Verb, Sequence[Deployment], States], Plan]
_STOPPED = LiveContainer("", state="exited")
_RUNNING = LiveContainer("", state="running")
_PAUSED = LiveContainer("", state="paused")


def _acting(
    name: str, verb: Verb, assumed: LiveContainer | None, planner: _Planner, text: str
) -> None:
    """Add a command that does to every selected container what a verb says.

    ``assumed`` is what a dry run takes each container for.
    """

    @command(name, text)
    @names
    @acting
    def act(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
        drive = driven(session, skip_unreachable)
        deployments, states = ready(drive, names, assumed)
        finish(drive, perform(drive, planner(session, verb, deployments, states)))

    if planner is _forwards and verb is not verbs.unpause:
        # What is unpaused has begun already: it waits for nothing.
        wait_timeout(act)


def _forwards(
    session: Session, verb: Verb, deployments: Sequence[Deployment], states: States
) -> Plan:
    return plan.plan(verb, deployments, states, session.options.wait_timeout)


def _backwards(
    session: Session, verb: Verb, deployments: Sequence[Deployment], states: States
) -> Plan:
    return plan.reversed_plan(verb, deployments, states)


_acting("start", verbs.start, _STOPPED, _forwards, "Start containers.")
_acting("stop", verbs.stop, _RUNNING, _backwards, "Stop containers.")
_acting("restart", verbs.restart, _RUNNING, _forwards, "Stop containers and start them again.")
_acting("pause", verbs.pause, _RUNNING, _backwards, "Suspend containers.")
_acting("unpause", verbs.unpause, _PAUSED, _forwards, "Let paused containers go on.")
_acting("kill", verbs.kill, _RUNNING, _backwards, "Kill containers.")


@command()
@names
@acting
@click.option("--networks", is_flag=True, help="Also the description's networks that they used.")
@click.option("--volumes", is_flag=True, help="Also the description's volumes, with their data.")
def rm(
    session: Session,
    names: Sequence[str],
    skip_unreachable: bool,
    networks: bool,
    volumes: bool,
) -> None:
    """Stop containers and remove them."""
    drive = driven(session, skip_unreachable)
    deployments, states = ready(drive, names, _RUNNING)
    # Which volumes go with a container, only an inspection tells.
    states = drive.details(reachable(deployments, states), states, images=False)
    kinds = [kind for kind, asked in ((NETWORK, networks), (VOLUME, volumes)) if asked]
    if kinds:
        states = drive.resources(reachable(deployments, states), states, assumed=True)
    removed = perform(drive, plan.reversed_plan(verbs.rm, deployments, states))
    # What could not be removed still needs them.
    stay = {name for outcome in removed if not outcome.ok for name in outcome.step.names}
    gone = [each for each in deployments if each.name not in stay]
    work = plan.removals(gone, session.everything, states, kinds)
    if not session.interrupted:
        removed += perform(drive, work)
    finish(drive, removed)


@command()
@names
@acting
def pull(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Pull images, each once for every host."""
    drive = driven(session, skip_unreachable)
    deployments = reachable(*ready(drive, names, _RUNNING))
    finish(drive, perform(drive, plan.pull(deployments)))


@command()
@names
@acting
def build(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Build images, each once for every host."""
    drive = driven(session, skip_unreachable)
    deployments = reachable(*ready(drive, names, _RUNNING))
    work = plan.build(deployments)
    if not work.steps:
        say("nothing to build: no selected container has a path or a build")
    finish(drive, perform(drive, work))
