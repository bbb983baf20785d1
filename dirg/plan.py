"""What has to be done: pure functions from definitions and live state to a graph of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dirg.arguments import Definition
from dirg.command import Command
from dirg.host import Host
from dirg.state import HostState, LiveContainer

NEW = ".dirg-new"
OLD = ".dirg-old"


@dataclass(frozen=True)
class Deployment:
    """A container definition and the host it belongs to."""

    definition: Definition
    host: Host

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
    ``after``: the numbers of the steps in the plan that have to be done before.
    """

    name: str
    host: Host
    outcome: str
    actions: tuple[Action, ...] = ()
    cleanup: tuple[Command, ...] = ()
    problem: str = ""
    after: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Plan:
    """The steps of a command, in the order they are begun when nothing else decides."""

    steps: tuple[Step, ...]


States = Mapping[Host, HostState]
Verb = Callable[[Deployment, LiveContainer | None], Step]


def plan(verb: Verb, deployments: Sequence[Deployment], states: States) -> Plan:
    """What a verb does to containers, each after those that it needs."""
    steps = [verb(each, states[each.host].containers.get(each.name)) for each in deployments]
    return Plan(tuple(_ordered(deployments, steps)))


def reversed_plan(verb: Verb, deployments: Sequence[Deployment], states: States) -> Plan:
    """The same in reverse: each container after those that need it."""
    steps = plan(verb, deployments, states).steps
    last = len(steps) - 1
    after: dict[int, set[int]] = {number: set() for number in range(len(steps))}
    for number, step in enumerate(steps):
        for needed in step.after:
            after[last - needed].add(last - number)
    return Plan(
        tuple(
            replace(step, after=frozenset(after[number]))
            for number, step in enumerate(reversed(steps))
        )
    )


def _ordered(deployments: Sequence[Deployment], steps: Sequence[Step]) -> Iterator[Step]:
    numbers = {deployment.name: number for number, deployment in enumerate(deployments)}
    for deployment, step in zip(deployments, steps, strict=True):
        needed = (numbers[name] for name in deployment.definition.needs if name in numbers)
        yield replace(step, after=frozenset(needed))


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


def update(deployments: Sequence[Deployment], states: States, force: bool = False) -> Plan:
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

    return plan(verb, deployments, states)


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
