"""What has to be done: pure functions from definitions and live state to a graph of steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dirg.command import Command
from dirg.defaults import PATIENCE
from dirg.state import Difference
from dirg.steps import Action, Deployment, Plan, States, Step, reachable
from dirg.verbs import Verb, problem

if TYPE_CHECKING:
    from dirg.host import Host
    from dirg.resources import Resource
    from dirg.state import HostState
    from dirg.waiting import Wait


def plan(
    verb: Verb, deployments: Sequence[Deployment], states: States, patience: float = PATIENCE
) -> Plan:
    """What a verb does to containers, each after those that it needs, and what it waits for.

    Those on hosts without an answer are left out, and those that need them can't be done.
    ``patience``: how long is waited for a condition, in seconds.
    """
    here = reachable(deployments, states)
    lost = {each.name for each in deployments} - {each.name for each in here}
    graph = Graph()
    for each in here:
        there = states[each.host]
        step = unless_interrupted(each, there, verb(each, there.containers.get(each.name)))
        step = unless_lost(lost, each, step)
        # What has nothing to do has nothing to wait for.
        # What was suspended has begun already; how healthy the others are, nobody has looked.
        begins = step.actions and step.action != "unpause"
        waits = [replace(wait, limit=patience) for wait in each.waits if begins]
        for wait in waits:
            graph.wait(wait)
        made = [
            graph.once((each.host, resource), creation(each, resource))
            for resource in each.resources
            if step.action == "create" and not there.has(resource)
        ]
        needed = [*each.definition.needs, *waits, *made]
        graph.add([each.name], step, needed if step.actions else [])
    return graph.plan()


def creation(deployment: Deployment, resource: Resource) -> Step:
    """Make a network or a volume that a container needs."""
    making = Action(deployment.command(*resource.create()), there_is_done=True)
    return Step(
        resource.name,
        deployment.host,
        f"{resource.kind} created",
        (making,),
        action=f"create {resource.kind}",
        reasons=(Difference("missing", "", ""),),
        kind=resource.kind,
    )


def creations(deployments: Iterable[Deployment], states: States) -> Plan:
    """Make the networks and volumes that some containers need, where they are missing."""
    wanted = {
        (each.host, resource): creation(each, resource)
        for each in deployments
        for resource in each.resources
        if not states[each.host].has(resource)
    }
    return Plan(tuple(wanted.values()))


def removals(
    deployments: Sequence[Deployment],
    everything: Iterable[Deployment],
    states: States,
    kinds: Collection[str],
) -> Plan:
    """Remove the networks and volumes that only the selected containers need, by their kinds."""
    selected = {each.name for each in deployments}
    known = {each.name: each for each in everything}
    others: dict[tuple[Host, Resource], dict[str, None]] = defaultdict(dict)
    for each in known.values():
        for resource in _used(each, known) if each.name not in selected else ():
            others[each.host, resource][each.name] = None
    wanted = {
        (each.host, resource): _removal(each, resource, others.get((each.host, resource), ()))
        for each in reachable(deployments, states)
        for resource in each.resources
        if resource.kind in kinds and states[each.host].has(resource)
    }
    return Plan(tuple(wanted.values()))


def _used(deployment: Deployment, known: Mapping[str, Deployment]) -> Iterator[Resource]:
    """What a container needs: its own, and the volumes of those that it has volumes from."""
    yield from deployment.resources
    for each in deployment.definition.references:
        if each.property == "volumes_from" and each.name in known:
            theirs = known[each.name].resources
            yield from (resource for resource in theirs if resource.kind == "volume")


def _removal(deployment: Deployment, resource: Resource, users: Collection[str]) -> Step:
    said = f"{resource.kind} left, since {', '.join(users)} may need it" if users else ""
    removing = Action(deployment.command(*resource.remove()), gone_is_done=True)
    return Step(
        resource.name,
        deployment.host,
        said or f"{resource.kind} removed",
        () if users else (removing,),
        action="none" if users else "remove",
        kind=resource.kind,
    )


def reversed_plan(verb: Verb, deployments: Sequence[Deployment], states: States) -> Plan:
    """The same in reverse, without waiting: each container after those that need it."""
    here = reachable(deployments, states)
    users: dict[str, list[str]] = {}
    for each in here:
        for name in each.definition.needs:
            users.setdefault(name, []).append(each.name)
    graph = Graph()
    for each in reversed(here):
        step = _with_leftovers(verb, each, states[each.host])
        graph.add([each.name], step, users.get(each.name, ()) if step.actions else ())
    return graph.plan()


class Graph:
    """Steps by keys, with the keys of those that come before each of them."""

    def __init__(self) -> None:
        self._steps: list[tuple[Step, list[object]]] = []
        self._numbers: dict[object, int] = {}

    def add(self, keys: Sequence[object], step: Step, after: Iterable[object]) -> None:
        """Add a step under its keys; what comes before it may be added later."""
        self._numbers.update(dict.fromkeys(keys, len(self._steps)))
        self._steps.append((step, list(after)))

    def once(self, key: object, step: Step) -> object:
        """Add a step, unless there is one of its key already; gives the key."""
        if key not in self._numbers:
            self.add([key], step, ())
        return key

    def wait(self, wait: Wait) -> None:
        """Add waiting for something, unless it is there already."""
        if wait not in self._numbers:
            step = Step(wait.name, wait.host, wait.condition, wait=wait, action="wait")
            self.add([wait], step, [wait.name])

    def plan(self) -> Plan:
        """The plan of all steps, as they were added."""
        numbers = self._numbers
        found = (
            (step, frozenset(numbers[key] for key in after if key in numbers))
            for step, after in self._steps
        )
        return Plan(tuple(replace(step, after=after) if after else step for step, after in found))


def foreseen(work: Plan, states: States) -> Plan:
    """The plan, in which what needs what can't be done can't be done either.

    Nor can what waits for a container that is not there, or has ended, and that nothing starts.
    """
    steps = work.steps
    changed = {
        (each.host, each.name) for step in steps for each in (step, *step.together) if step.actions
    }
    # How many steps each is away from what can't be done itself.
    away = {
        number: 0
        for number, step in enumerate(steps)
        if step.problem
        or (step.wait and (step.host, step.name) not in changed and _in_vain(step.wait, states))
    }
    needed_by: dict[int, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        for needed in step.after:
            needed_by[needed].append(number)
    waiting = [*away]
    for needed in waiting:
        for number in needed_by[needed]:
            if number not in away:
                away[number] = away[needed] + 1
                waiting.append(number)
    found = {number: _lacking(number, work, away) for number in waiting if away[number]}
    return Plan(tuple(_failing(step, found.get(number)) for number, step in enumerate(steps)))


def _in_vain(wait: Wait, states: States) -> bool:
    """Whether what is waited for will not come by itself, as far as is known."""
    there = states.get(wait.host)
    if there is None or there.error:
        return False
    live = there.containers.get(wait.name)
    if live is None:
        return True
    done = wait.condition == "completed" and live.exit_status == 0
    return live.state in ("created", "exited", "dead") and not done


def _lacking(number: int, work: Plan, away: Mapping[int, int]) -> str:
    """What is said of a step that can't be done: it names what comes first of what it needs."""
    nearest = [each for each in work.steps[number].after if away.get(each) == away[number] - 1]
    names = dict.fromkeys(work.steps[each].name for each in sorted(nearest))
    return f"skipped, since it needs {', '.join(names)}"


def _failing(step: Step, problem: str | None) -> Step:
    if problem is None or step.wait:
        return step
    together = tuple(replace(each, problem=problem) for each in step.together)
    return replace(step, problem=problem, together=together)


def unless_lost(lost: set[str], deployment: Deployment, step: Step) -> Step:
    """The step, unless what it needs is on a host that gives no answer."""
    needed = [name for name in deployment.definition.needs if name in lost]
    if not needed or not step.actions:
        return step
    return problem(deployment, f"needs {', '.join(needed)}, whose host is unreachable")


def unless_interrupted(deployment: Deployment, there: HostState, step: Step) -> Step:
    """The step, unless an update of the container is under way, or did not end."""
    name = deployment.name
    if name in there.busy:
        return problem(deployment, there.busy[name])
    if there.leftovers(name):
        from dirg.leftovers import leftover

        left = leftover(deployment, there)
        if left.strange:
            return problem(deployment, left.in_the_way)
        advice = f"dirg run {name} finishes it or takes it back"
        return problem(deployment, f"an update of it was interrupted; {advice}")
    return step


def _with_leftovers(verb: Verb, deployment: Deployment, there: HostState) -> Step:
    """The step, for what updates have left under other names as well."""
    name = deployment.name
    if name in there.busy:
        return problem(deployment, there.busy[name])
    own = verb(deployment, there.containers.get(name))
    from dirg.leftovers import owned

    # Of what was kept, none runs: there is nothing to do with it but to remove it.
    others = [*owned(deployment, there), *there.kept(name)]
    more = [verb(deployment.named(each.name), each) for each in others]
    acting = [each for each in (own, *more) if each.actions] or [own]
    actions = [action for each in acting for action in each.actions]
    # A volume can go when the last container has gone that has it.
    actions.sort(key=lambda action: isinstance(action, Action) and _of_volumes(action.command))
    return replace(acting[0], name=name, actions=tuple(actions))


def _of_volumes(command: Command) -> bool:
    return command.arguments[0] == "volume"


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
            Step(
                image,
                host,
                "pulled",
                (Action(Command(host, ("pull", image), each.name)),),
                action="pull",
            )
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
                action="build",
            )
            for (host, arguments), each in reversed(wanted.items())
        )
    )
