"""What has to be done: pure functions from definitions and live state to a graph of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dirg.arguments import Definition
from dirg.command import Command
from dirg.host import Host
from dirg.state import HostState, LiveContainer
from dirg.waiting import PATIENCE, Wait

NEW = ".dirg-new"
OLD = ".dirg-old"


@dataclass(frozen=True)
class Deployment:
    """A container definition and the host it belongs to.

    ``waits``: what has to be the case before it begins. ``one_shot``: others wait until it has
    completed, so that it is not to be run again once it has.
    """

    definition: Definition
    host: Host
    waits: tuple[Wait, ...] = ()
    one_shot: bool = False

    @property
    def name(self) -> str:
        return self.definition.name

    def command(self, *arguments: str) -> Command:
        """A docker command on this container's host, on its behalf."""
        return Command(self.host, arguments, self.name)

    def creation(self, arguments: tuple[str, ...]) -> Command:
        """A docker command that creates the container, which needs its secrets."""
        return Command(self.host, arguments, self.name, self.definition.secrets)


@dataclass(frozen=True)
class Action:
    """A command, and the one that takes it back when a later one of its step fails.

    A command that fails after it has printed something did half of its work (``docker run`` prints
    the id of what it created, then fails to start it): it is taken back as well. So is one that was
    cut off, since the engine may have carried it out.
    ``gone_is_done``: that the container is no longer there is no failure.
    """

    command: Command
    undo: Command | None = None
    gone_is_done: bool = False

    def __post_init__(self) -> None:
        if self.undo is not None:
            object.__setattr__(self, "undo", replace(self.undo, essential=True))


@dataclass(frozen=True)
class Step:
    """What is done to one container, or one image, of a host.

    ``outcome``: what is said when it has been done, or that there was nothing to do.
    ``cleanup``: what is left to tidy up when all is done; a failure takes nothing back any more.
    ``problem``: why it can't be done; then there are no actions.
    ``wait``: what it waits for, when that is all it does.
    ``after``: the numbers of the steps in the plan that have to be done before.
    """

    name: str
    host: Host
    outcome: str
    actions: tuple[Action, ...] = ()
    cleanup: tuple[Command, ...] = ()
    problem: str = ""
    wait: Wait | None = None
    after: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Plan:
    """The steps of a command, in the order they are begun when nothing else decides."""

    steps: tuple[Step, ...]


States = Mapping[Host, HostState]
Verb = Callable[[Deployment, LiveContainer | None], Step]


def reachable(deployments: Sequence[Deployment], states: States) -> list[Deployment]:
    """Those of some containers whose host gave an answer."""
    return [each for each in deployments if not states[each.host].error]


def plan(
    verb: Verb, deployments: Sequence[Deployment], states: States, patience: float = PATIENCE
) -> Plan:
    """What a verb does to containers, each after those that it needs, and what it waits for.

    Those on hosts without an answer are left out, and those that need them can't be done.
    ``patience``: how long is waited for a condition, in seconds.
    """
    here = reachable(deployments, states)
    lost = {each.name for each in deployments} - {each.name for each in here}
    graph = _Graph()
    for each in here:
        step = _unless_lost(lost, each, verb(each, states[each.host].containers.get(each.name)))
        # What has nothing to do has nothing to wait for.
        waits = [replace(wait, limit=patience) for wait in each.waits if step.actions]
        for wait in waits:
            graph.add(wait, _waiting(wait), [wait.name])
        graph.add(each.name, step, [*each.definition.needs, *waits])
    return graph.plan()


def reversed_plan(verb: Verb, deployments: Sequence[Deployment], states: States) -> Plan:
    """The same in reverse, without waiting: each container after those that need it."""
    here = reachable(deployments, states)
    users: dict[str, list[str]] = {}
    for each in here:
        for name in each.definition.needs:
            users.setdefault(name, []).append(each.name)
    graph = _Graph()
    for each in reversed(here):
        step = verb(each, states[each.host].containers.get(each.name))
        graph.add(each.name, step, users.get(each.name, ()))
    return graph.plan()


class _Graph:
    """Steps by keys, with the keys of those that come before each of them."""

    def __init__(self) -> None:
        self._steps: dict[object, tuple[Step, list[object]]] = {}

    def add(self, key: object, step: Step, after: Iterable[object]) -> None:
        """Add a step, unless there is one of this key; what comes before it may be added later."""
        self._steps.setdefault(key, (step, list(after)))

    def plan(self) -> Plan:
        """The plan of all steps, as they were added."""
        numbers = {key: number for number, key in enumerate(self._steps)}
        return Plan(
            tuple(
                replace(step, after=frozenset(numbers[key] for key in after if key in numbers))
                for step, after in self._steps.values()
            )
        )


def _waiting(wait: Wait) -> Step:
    return Step(wait.name, wait.host, wait.condition, wait=wait)


def _unless_lost(lost: set[str], deployment: Deployment, step: Step) -> Step:
    """The step, unless what it needs is on a host that gives no answer."""
    needed = [name for name in deployment.definition.needs if name in lost]
    if not needed or not step.actions:
        return step
    return _problem(deployment, f"needs {', '.join(needed)}, whose host is unreachable")


def _step(deployment: Deployment, outcome: str, *actions: Action) -> Step:
    return Step(deployment.name, deployment.host, outcome, actions)


def _problem(deployment: Deployment, problem: str) -> Step:
    return Step(deployment.name, deployment.host, "", problem=problem)


def run(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Create what is missing, start what is stopped, leave alone what runs as defined."""
    if live is None:
        return _step(deployment, "created and started", _created(deployment))
    if live.definition not in ("", deployment.definition.digest):
        name = deployment.name
        return _problem(deployment, f"its definition has changed; dirg update {name} replaces it")
    if deployment.one_shot and live.exit_status == 0:
        return _step(deployment, "completed")
    return start(deployment, live)


def _created(deployment: Deployment) -> Action:
    return Action(
        deployment.creation(deployment.definition.run()),
        undo=deployment.command("rm", "-v", deployment.name),
    )


def start(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Start what is stopped."""
    name = deployment.name
    if live is None:
        return _problem(deployment, f"does not exist; dirg run {name} creates it")
    if live.state == "paused":
        return _step(deployment, "unpaused", Action(deployment.command("unpause", name)))
    if live.running:
        return _step(deployment, live.state)
    if live.state in ("dead", "removing"):
        return _problem(deployment, f"is {live.state}; dirg rm {name} removes it")
    return _step(deployment, "started", Action(deployment.command("start", name)))


def stop(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Stop what runs."""
    if live is None:
        return _step(deployment, "not available")
    if not live.running:
        return _step(deployment, "not running")
    return _step(deployment, "stopped", Action(deployment.command("stop", deployment.name)))


def kill(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Kill what runs."""
    if live is None or not live.running:
        return stop(deployment, live)
    return _step(deployment, "killed", Action(deployment.command("kill", deployment.name)))


def restart(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Stop and start again what exists."""
    if live is None:
        return start(deployment, live)
    return _step(deployment, "restarted", Action(deployment.command("restart", deployment.name)))


def rm(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Stop gracefully, then remove with the anonymous volumes."""
    if live is None:
        return _step(deployment, "not available")
    stopping = stop(deployment, live).actions
    removing = Action(deployment.command("rm", "-v", deployment.name))
    # One that was made with --rm goes as soon as it has stopped.
    actions = (replace(action, gone_is_done=True) for action in (*stopping, removing))
    return _step(deployment, "removed", *actions)


def pull(deployments: Sequence[Deployment]) -> Plan:
    """Pull each image once for each host, but for those that are built here or never pulled."""
    wanted = {
        (each.host, each.definition.image): each
        for each in reversed(deployments)
        if not each.definition.build
        and ("--pull", "never") not in pairwise(each.definition.options)
    }
    return Plan(
        tuple(
            Step(image, host, "pulled", (Action(Command(host, ("pull", image), each.name)),))
            for (host, image), each in reversed(wanted.items())
        )
    )


def build(deployments: Sequence[Deployment]) -> Plan:
    """Build each image once for each host."""
    wanted = {
        (each.host, each.definition.build): each
        for each in reversed(deployments)
        if each.definition.build
    }
    return Plan(
        tuple(
            Step(
                each.definition.image,
                host,
                "built",
                (Action(Command(host, arguments, each.name)),),
            )
            for (host, arguments), each in reversed(wanted.items())
        )
    )


def update(
    deployments: Sequence[Deployment],
    states: States,
    force: bool = False,
    patience: float = PATIENCE,
) -> Plan:
    """Replace what differs from its definition or its image."""

    def verb(deployment: Deployment, live: LiveContainer | None) -> Step:
        image = states[deployment.host].images.get(deployment.definition.image, "")
        if live is None:
            return run(deployment, live)
        same_image = image == live.image_id
        if same_image and live.definition == deployment.definition.digest and not force:
            return _step(deployment, "unchanged" if live.running else "unchanged, not running")
        if live.auto_remove:
            name = deployment.name
            problem = "was made with --rm, so that it could not be put back if the new one failed"
            return _problem(deployment, f"{problem}; replace it by dirg rm {name}, dirg run {name}")
        return replacement(deployment, live)

    return plan(verb, deployments, states, patience)


def replacement(deployment: Deployment, live: LiveContainer) -> Step:
    """Make the new container beside the old one, and remove the old one when the new one runs."""
    command, name = deployment.command, deployment.name
    new, old = name + NEW, name + OLD
    created = deployment.definition.create(new, _volumes(deployment, live))
    stopping = (Action(command("stop", name), undo=command("start", name)),) if live.running else ()
    step = _step(
        deployment,
        "replaced",
        Action(deployment.creation(created), undo=command("rm", "-v", new)),
        *stopping,
        Action(command("rename", name, old), undo=command("rename", old, name)),
        Action(command("rename", new, name), undo=command("rename", name, new)),
        Action(command("start", name), undo=command("stop", name)),
    )
    # Without -v: a volume that was not handed on may hold what somebody misses.
    return replace(step, cleanup=(command("rm", old),))


def _volumes(deployment: Deployment, live: LiveContainer) -> tuple[str, ...]:
    """The arguments that make the anonymous volumes of the old container those of the new one."""
    if not live.volumes:
        return ()
    if live.definition == deployment.definition.digest:
        return ("--volumes-from", live.name)
    # From a changed definition, --volumes-from would bring back the binds that it no longer has.
    bound = deployment.definition.bound
    kept = [f"{name}:{path}" for name, path in live.volumes if path not in bound]
    return tuple(word for volume in kept for word in ("-v", volume))
