"""Which containers are replaced together, and in which turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from dirg import ties, verbs
from dirg.handover import MOUNTING
from dirg.names import plain_name, reserved
from dirg.plan import Graph, unless_interrupted, unless_lost
from dirg.records import dataclass
from dirg.replace import How, Member, replacement
from dirg.state import Difference, LiveContainer
from dirg.steps import Deployment, Plan, States, Step, reachable
from dirg.verbs import problem

if TYPE_CHECKING:
    from dirg.host import Host


@dataclass(frozen=True)
class Rollout:
    """What an update may do.

    ``force``: also replace what is unchanged. ``batch``: how many containers of a service are
    replaced at once. ``services``: those of each container. ``everything``: the containers of the
    whole description. ``again``: the command line that repeats a verb for some containers.
    """

    how: How
    force: bool = False
    batch: int = 1
    services: Mapping[str, Sequence[str]] = field(default_factory=dict)
    everything: Sequence[Deployment] = ()
    again: Callable[[str, Sequence[str]], str] = lambda verb, names: ""


Wanted = Callable[[Deployment, LiveContainer], Member | Step]


class Planner:
    """Decides for each container, then for what hangs together."""

    def __init__(
        self,
        deployments: Sequence[Deployment],
        states: States,
        rollout: Rollout,
        wanted: Wanted,
        verb: str = "update",
    ) -> None:
        self.here = {each.name: each for each in reachable(deployments, states)}
        self.states = states
        self.rollout = rollout
        self.verb = verb
        self.known = {each.name: each for each in rollout.everything or deployments}
        self.users = ties.users(self.known.values(), states)
        self._sharing = ties.sharing(self.here.values())
        self._used: dict[Host, dict[str, dict[str, str]]] = {}
        self.steps: dict[str, Step] = {}
        self.members: dict[str, Member] = {}
        lost = {each.name for each in deployments} - {*self.here}
        for each in self.here.values():
            made = self._decided(each, wanted, lost)
            if isinstance(made, Member):
                self.members[each.name] = made
            else:
                self.steps[each.name] = made
        self._tie()

    def _live(self, deployment: Deployment) -> LiveContainer | None:
        return self.states[deployment.host].containers.get(deployment.name)

    def _decided(self, deployment: Deployment, wanted: Wanted, lost: set[str]) -> Member | Step:
        """What is to be done with a container, whatever hangs on it."""
        live = self._live(deployment)
        made = wanted(deployment, live) if live else verbs.run(deployment, None)
        if self.verb == "rollback" and live is None:
            made = problem(deployment, "does not exist, so that there is nothing to go back from")
        there = self.states[deployment.host]
        acting = verbs.step(deployment, "", *verbs.created(deployment))
        step = acting if isinstance(made, Member) else made
        step = unless_lost(lost, deployment, unless_interrupted(deployment, there, step))
        if isinstance(made, Member) and live:
            obstacle = step.problem or _obstacle(deployment, live)
            return problem(deployment, obstacle, made.reasons) if obstacle else made
        return step

    def _tie(self) -> None:
        """Replace too what would be cut off from what is replaced; where it can't be, neither."""
        changed, self.members = self.members, {}
        others = ties.leading_to(self.users, lambda user: user not in changed)
        for name, member in changed.items():
            # Where all that hang on it change anyhow, there is nothing to look for.
            hanging = ties.all_users(self.users, name) if name in others else {}
            hindered = [user for user in hanging if self._hindrance(user, changed)]
            if hindered:
                text = self._cut_off(name, hindered[0], hanging[hindered[0]])
                self.steps[name] = problem(member.deployment, text, member.reasons)
                continue
            self._take(member)
            for user, (how, used) in hanging.items():
                if user not in changed:
                    self._take(self._dragged(user, how, used))
        self._share()
        while lost := self._lost():
            for name, text in lost.items():
                member = self.members.pop(name)
                self.steps[name] = problem(member.deployment, text, member.reasons)

    def _share(self) -> None:
        """Replace too what has the mounts of one that is to have others, as far as that can be."""
        waiting = list(self.members.values())
        for member in waiting:
            if not any(each.property in MOUNTING for each in member.reasons):
                continue
            for user in self._users_of_volumes(member.name):
                hanging = {user: ("volumes_from", member.name), **ties.all_users(self.users, user)}
                dragged = {name: tie for name, tie in hanging.items() if name not in self.members}
                if not any(self._hindrance(name, self.members) for name in dragged):
                    for name, tie in dragged.items():
                        self._take(self._dragged(name, *tie))
                        waiting.append(self.members[name])

    def _users_of_volumes(self, name: str) -> Iterator[str]:
        for user in self._sharing.get(name, ()):
            if user not in self.members and self._live(self.here[user]):
                yield user

    def _lost(self) -> dict[str, str]:
        """The members that come back to what is not there for them, each with what is missing."""
        backs = {each.back.name for each in self.members.values() if each.back}
        lost = {}
        for name, member in self.members.items():
            there = self.states[member.deployment.host]
            for used, how in self._used_by(member.back, member.deployment.host).items():
                stays = used in there.containers and not reserved(used)
                if used not in backs and (used in self.members or not stays):
                    lost[name] = self._missing(name, used, how)
        return lost

    def _used_by(self, back: LiveContainer | None, host: Host) -> Mapping[str, str]:
        """What an old container hangs on as it is, each by which property."""
        if back is None:
            return {}
        if host not in self._used:
            self._used[host] = ties.all_used(self.states[host])
        return self._used[host].get(back.name, {})

    def _missing(self, name: str, used: str, how: str) -> str:
        """Why an old container can't come back without another one."""
        told = f"the {name} of before needs"
        if used in self.members:
            return f"{told} {used} as it is now, by its {how}; roll back only one of them"
        if (other := plain_name(used)) in self.known:
            both = f"dirg rollback {other} {name} brings both back"
            return f"{told} the {other} of before, by its {how}; {both}"
        return f"{told} a container that is gone, by its {how}"

    def _take(self, member: Member) -> None:
        self.steps.pop(member.name, None)
        there, name = self.states[member.deployment.host], member.name
        known = replace(member, kept=there.kept(name), kept_as=there.next_kept(name))
        self.members.setdefault(name, known)

    def _dragged(self, user: str, how: str, used: str) -> Member:
        """A container that is replaced for the sake of another one; it is started if it runs."""
        deployment = self.here[user]
        live = self._live(deployment)
        assert live
        reason = Difference(how, f"the old {used}", f"the new {used}")
        image = live.image_id if self.verb == "rollback" else ""
        return Member(deployment, live, (reason,), live.running, image)

    def _hindrance(self, user: str, changed: Mapping[str, Member]) -> str:
        """Why a user of a container can't be replaced with it."""
        if user in changed:
            return ""
        if user not in self.here:
            return "not selected"
        deployment = self.here[user]
        live, there = self._live(deployment), self.states[deployment.host]
        assert live
        # What has nothing to go back to is made anew as it is.
        problem = "" if self.verb == "rollback" else self.steps[user].problem
        interrupted = unless_interrupted(deployment, there, verbs.step(deployment, ""))
        return problem or interrupted.problem or _obstacle(deployment, live)

    def _cut_off(self, name: str, user: str, tie: tuple[str, str]) -> str:
        told = f"{user} would be cut off from {tie[1]}, by its {tie[0]}"
        if user in self.here:
            return f"{told}, and can't be replaced too: {self._hindrance(user, {})}"
        if user in self.known:
            return f"{told}; dirg {self.verb} {name} {user} replaces both"
        return f"{told}; remove {user} first, or describe it"

    def plan(self) -> Plan:
        """The plan: group after group, as many of a service at once as are allowed."""
        graph = Graph()
        turns: dict[str, list[object]] = defaultdict(list)
        for names in self._groups():
            if any(name in self.members for name in names):
                self._add_group(graph, names, turns)
            else:
                self._add_step(graph, names[0])
        return graph.plan()

    def _groups(self) -> list[list[str]]:
        """The names in the order to begin: together those that hang together."""
        acting = {*self.members, *(name for name, step in self.steps.items() if step.actions)}
        needs = {
            name: [each for each in deployment.definition.needs if each in acting]
            if name in acting
            else []
            for name, deployment in self.here.items()
        }
        tied = [
            (name, user)
            for name in self.members
            for user in self.users.get(name, {})
            if user in self.members
        ]
        tied += self._tied_before()
        # Also where only the old ones hang on each other: they may have to come back.
        for used, user in tied:
            needs[user] += [used] if used not in needs[user] else []
        return ties.groups(needs, tied, self._handing_over_ports(acting))

    def _handing_over_ports(self, acting: Collection[str]) -> Iterator[tuple[str, str]]:
        """The pairs of those that give up a port of their host, and those that are to have it.

        Where that goes in a circle, they are replaced together.
        """
        holders = {
            (member.deployment.host, port): name
            for name, member in self.members.items()
            for port in ties.ports(member.live)
        }
        for name in acting:
            deployment = self.here[name]
            for publication in deployment.definition.published:
                for number in publication.taken:
                    port = (publication.port.protocol or "tcp", number)
                    holder = holders.get((deployment.host, port), name)
                    if holder != name:
                        yield holder, name

    def _tied_before(self) -> Iterator[tuple[str, str]]:
        """The pairs of those that come back together: what is used, and who uses it."""
        backs = {each.back.name: name for name, each in self.members.items() if each.back}
        for user in backs.values():
            used = self._used_by(self.members[user].back, self.here[user].host)
            yield from ((backs[name], user) for name in used if name in backs)

    def _add_step(self, graph: Graph, name: str) -> None:
        step = self.steps[name]
        needed = self._needed(graph, [name]) if step.actions else []
        graph.add([name], step, needed)

    def _add_group(self, graph: Graph, names: list[str], turns: dict[str, list[object]]) -> None:
        needed = self._needed(graph, names)
        services = {each for name in names for each in self.rollout.services.get(name) or ("",)}
        for service in sorted(services):
            before = turns[service]
            needed += before[-self.rollout.batch :][:1] if len(before) >= self.rollout.batch else []
            before.append(names[0])
        created = {name: Member(self.here[name], None) for name in names if name in self.steps}
        members = [self.members.get(name) or created[name] for name in names]
        outcome = "rolled back" if self.verb == "rollback" else "replaced"
        work = replacement(members, self.rollout.how, outcome)
        graph.add(names, replace(work, again=self.rollout.again(self.verb, names)), needed)

    def _needed(self, graph: Graph, names: Sequence[str]) -> list[object]:
        """What comes before some containers, with what they wait for."""
        needed: list[object] = []
        together = {*names}
        for name in names:
            deployment = self.here[name]
            needed += [each for each in deployment.definition.needs if each not in together]
            for wait in deployment.waits:
                if wait.name not in together:
                    awaited = replace(wait, limit=self.rollout.how.patience)
                    graph.wait(awaited)
                    needed.append(awaited)
        return needed


def _obstacle(deployment: Deployment, live: LiveContainer) -> str:
    """Why a container can't be replaced; empty where it can."""
    name = deployment.name
    if live.state in ("dead", "removing"):
        return f"is {live.state}; dirg rm {name} removes it"
    if live.auto_remove:
        reason = "was made with --rm, so that it could not be put back if the new one failed"
        return f"{reason}; replace it by dirg rm {name}, dirg run {name}"
    return ""
