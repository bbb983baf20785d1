"""How containers are replaced: the new ones beside the old ones, which come back on failure.

The new container is created under a temporary name, which no two updates can have at once. Then
both are renamed while the old one still runs, so that nothing but its stop and the start of the new
one is between them. One that docker restarts is stopped before that: while it is down, docker can't
rename it (measured, engine 20.10: "sandbox ... not found").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dirg import who
from dirg.arguments import PREVIOUS
from dirg.command import QUERY, Command, Later
from dirg.defaults import GRACE, PATIENCE
from dirg.handover import data
from dirg.names import NEW, OLD
from dirg.records import dataclass
from dirg.state import RESTARTING, UNKNOWN, LiveContainer
from dirg.steps import Action, Deployment, Step
from dirg.verbs import connected, created_in_parts
from dirg.waiting import UP, UP_OR_DONE, Wait

if TYPE_CHECKING:
    from dirg.state import Difference
    from dirg.who import Mark

# What creating, renaming and starting may take besides, in seconds: then others take over.
_MARGIN = 60
_IMAGE_AND_RESTART = (
    "{{.Image}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}"
)


@dataclass(frozen=True)
class How:
    """How containers are replaced.

    ``mark``: who does it. ``patience``: how long a new one may take to be healthy, and ``grace``:
    how long one without a health check has to stay up, both in seconds. ``keep``: how many old ones
    are kept of each.
    """

    mark: Mark
    patience: float = PATIENCE
    grace: float = GRACE
    keep: int = 0


@dataclass(frozen=True)
class Member:
    """A container that is replaced, maybe together with others.

    ``live``: the old one; None where there is none yet. ``reasons``: why it is replaced.
    ``starts``: whether the new one is started. ``image``: the id of its image, where that is not
    the one behind the name. ``back``: the old container that comes back, where one does.
    ``kept``: the old containers there are, the newest first; ``kept_as``: the name for another one.
    """

    deployment: Deployment
    live: LiveContainer | None
    reasons: tuple[Difference, ...] = ()
    starts: bool = True
    image: str = ""
    back: LiveContainer | None = None
    kept: tuple[LiveContainer, ...] = ()
    kept_as: str = ""

    @property
    def name(self) -> str:
        return self.deployment.name

    @property
    def new(self) -> str:
        return self.name + NEW

    @property
    def old(self) -> str:
        return self.name + OLD

    @property
    def old_one(self) -> str:
        """What the old one is put back by: somebody may have renamed it meanwhile."""
        return self.live.id if self.live and self.live.id else self.old

    @property
    def action(self) -> str:
        return "replace" if self.live else "create"

    @property
    def was(self) -> str:
        """The state of the old one: restarting, too, where that has happened and may again."""
        if self.live is None:
            return ""
        restarted = self.live.state == "running" and self.live.restarts
        return RESTARTING if restarted else self.live.state


def replacement(members: Sequence[Member], how: How, outcome: str = "replaced") -> Step:
    """The step that replaces containers of one host together, each after those it needs."""
    mark = replace(how.mark, within=_within(members, how), keep=how.keep)
    if len(members) > 1:
        olds = tuple(each.live.id[:12] if each.live else "" for each in members)
        mark = replace(mark, members=tuple(each.name for each in members), olds=olds)
    existing = [each for each in members if each.live]
    actions: list[Action | Wait] = [
        *(action for each in existing for action in _made(each, mark)),
        *(action for each in reversed(existing) for action in _stopped(each)),
        *(action for each in members for action in _started(each, members, how)),
        *(_settled(each, how) for each in members if each.starts),
    ]
    cleanup = [command for each in reversed(existing) for command in _tidied(each, how.keep)]
    single = [
        Step(each.name, each.deployment.host, outcome, action=each.action, reasons=each.reasons)
        for each in members
    ]
    name = ", ".join(each.name for each in members)
    return replace(
        single[0],
        name=name,
        as_before=f"{name} {'are as they were' if len(members) > 1 else 'is as it was'} before",
        actions=tuple(actions),
        cleanup=tuple(cleanup),
        together=tuple(single) if len(single) > 1 else (),
    )


def _within(members: Sequence[Member], how: How) -> int:
    stops = sum(each.live.stop_timeout for each in members if each.live)
    return round(stops + len(members) * (how.patience + how.grace + _MARGIN))


def _made(member: Member, mark: Mark) -> Iterator[Action]:
    """Create the new container, and give it the name of the old one."""
    command, name, new, old = member.deployment.command, member.name, member.new, member.old
    creation = _placeholder(member, mark) if member.back else _creation(member, mark)
    yield Action(creation, undo=command("rm", "-v", new), rivals=_marks(member, new, name))
    if not member.back:
        yield from connected(member.deployment, new)
    if member.was == RESTARTING:
        yield Action(command("stop", name), undo=command("start", member.old_one), lasting=True)
    yield Action(
        command("rename", name, old),
        undo=command("rename", member.old_one, name),
        vital=True,
        rivals=_marks(member, name, new),
    )
    taker = member.back.name if member.back else new
    yield Action(command("rename", taker, name), undo=command("rename", name, taker))


def _marks(member: Member, *names: str) -> tuple[Command, ...]:
    """The questions who has the name already."""
    form = f'{{{{index .Config.Labels "{who.LABEL}"}}}}'
    query = ("container", "inspect", "--format", form)
    return tuple(
        Command(member.deployment.host, (*query, name), member.name, cause=QUERY) for name in names
    )


def _creation(member: Member, mark: Mark) -> Command:
    """Create the new container, with the data of the old one."""
    deployment, live = member.deployment, member.live
    assert live
    volumes, options = data(deployment, live, member.reasons)
    words = (*volumes, *(options or ()))
    named = (name for name, _ in live.volumes if any(_names(word, name) for word in words))
    own = replace(_of(mark, member), starts=member.starts, volumes=tuple(named))
    labels = [own.label, _previous(deployment, live)]
    flags = [word for label in labels for word in ("--label", label)]
    return deployment.creation(
        deployment.definition.create(member.new, (*volumes, *flags), options, member.image)
    )


def _names(word: str, volume: str) -> bool:
    """Whether an argument mounts a volume by its name."""
    return word.startswith(f"{volume}:") or f"source={volume}" in word.split(",")


def _placeholder(member: Member, mark: Mark) -> Command:
    """Take the temporary name while an old container comes back; it is never started."""
    assert member.live
    assert member.back
    live, back = member.live, member.back.name
    own = replace(_of(mark, member), back=back, restart=_policy_of_back(member))
    label, image = own.label, live.image_id
    return member.deployment.command(
        "create", "--name", member.new, "--label", label, image, "placeholder"
    )


def _of(mark: Mark, member: Member) -> Mark:
    """The mark with which container is replaced, and what it was."""
    assert member.live
    return replace(mark, old=member.live.id[:12], was=member.was)


def _previous(deployment: Deployment, live: LiveContainer) -> str:
    """The label that tells what was there before: its image, and its restart policy."""
    if live.image_id == UNKNOWN:
        query = ("container", "inspect", "--format", _IMAGE_AND_RESTART, live.name)
        return Later(f"{PREVIOUS}=", deployment.command(*query))
    return f"{PREVIOUS}={live.image_id} {live.restart}"


def _stopped(member: Member) -> Iterator[Action]:
    """Stop the old container, under its new name."""
    command, old = member.deployment.command, member.old
    if member.was == "paused":
        yield Action(command("unpause", old), undo=command("pause", member.old_one))
    if member.live and member.live.running and member.was != RESTARTING:
        yield Action(command("stop", old), undo=command("start", member.old_one), lasting=True)


def _started(member: Member, members: Sequence[Member], how: How) -> Iterator[Action | Wait]:
    """Start the new container, as soon as those that are replaced with it let it."""
    command, name = member.deployment.command, member.name
    if not member.starts:
        return
    for wait in member.deployment.waits:
        if any(each.name == wait.name for each in members):
            yield replace(wait, limit=how.patience)
    if member.live is None:
        # When it is taken back, it may have begun its work.
        *making, start = created_in_parts(member.deployment)
        yield from (*making, replace(start, undo=command("stop", name)))
        return
    policy = _policy_of_back(member)
    if policy:
        undo = command("update", "--restart", "no", name)
        yield Action(command("update", "--restart", policy, name), undo=undo)
    yield Action(command("start", name), undo=command("stop", name))


def _settled(member: Member, how: How) -> Wait:
    """Wait until a new container is healthy, or has stayed up for a while."""
    was_up = member.live is None or member.live.running
    return settled(member.deployment, was_up, how.patience, how.grace)


def settled(deployment: Deployment, was_up: bool, patience: float, grace: float) -> Wait:
    """Waiting for a new container to be well; or to have done its work, as the old one had."""
    condition = UP_OR_DONE if deployment.one_shot or not was_up else UP
    return Wait(deployment.host, deployment.name, condition, patience, grace)


def restart_policy(previous: str) -> str:
    """The restart policy that a label of what was there before tells, as ``--restart`` takes it."""
    name, _, count = previous.partition(" ")[2].partition(":")
    return f"{name}:{count}" if count not in ("", "0") else name


def _policy_of_back(member: Member) -> str:
    """The restart policy for an old container that comes back: what it had, as far as is known."""
    if member.back is None or member.live is None:
        return ""
    image, _, policy = member.live.previous.partition(" ")
    if policy and image == member.back.image_id:
        return restart_policy(member.live.previous)
    # The label is of another one: after a rollback, say.
    flags = dict(pairwise(member.deployment.definition.options))
    return flags.get("--restart", "")


def _tidied(member: Member, keep: int) -> Iterator[Command]:
    kept, name = member.kept, member.kept_as if keep else ""
    yield from retired(member.deployment, member.old, kept, name, keep, member.back)
    if member.back:
        yield member.deployment.command("rm", "-v", member.new)


def retired(
    deployment: Deployment,
    old: str,
    kept: Sequence[LiveContainer],
    name: str,
    keep: int,
    back: LiveContainer | None = None,
) -> Iterator[Command]:
    """Remove an old container, or keep it; and remove the kept ones that are too many.

    ``name``: how it is called when it is kept. ``back``: the one that is kept no more, since it has
    come back; then none is too many, unless somebody says how many are to be kept. Without -v: a
    volume that was not handed on may hold what somebody misses.
    """
    command = deployment.command
    if keep:
        # Or it would be started when its engine starts.
        yield command("update", "--restart", "no", old)
        yield command("rename", old, name)
    else:
        yield command("rm", old)
    rest = [each for each in kept if each != back]
    if keep or back is None:
        for each in rest[max(keep - 1, 0) :]:
            yield command("rm", each.name)
