"""Which containers an update or a rollback replaces, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dirg import verbs
from dirg.arguments import PREVIOUS
from dirg.command import Later
from dirg.grouping import Planner, Rollout
from dirg.replace import Member
from dirg.state import UNKNOWN, Difference, HostState, LiveContainer, short_image
from dirg.verbs import problem, step

if TYPE_CHECKING:
    from dirg.steps import Deployment, Plan, States, Step

_BEFORE = (
    *("container", "inspect", "--format"),
    f'{{{{index (split (index .Config.Labels "{PREVIOUS}") " ") 0}}}}',
)


def update(deployments: Sequence[Deployment], states: States, rollout: Rollout) -> Plan:
    """Create what is missing, and replace what differs from its definition or its image."""

    def wanted(deployment: Deployment, live: LiveContainer) -> Member | Step:
        reasons = outdated(deployment, live, states[deployment.host])
        if not reasons and rollout.force:
            reasons = (Difference("force", "", ""),)
        if not reasons:
            return step(deployment, "unchanged" if live.running else "unchanged, not running")
        return Member(deployment, live, reasons)

    return Planner(deployments, states, rollout, wanted).plan()


def rollback(deployments: Sequence[Deployment], states: States, rollout: Rollout) -> Plan:
    """Bring back what ran before the last update: the container if it was kept, else its image."""

    def wanted(deployment: Deployment, live: LiveContainer) -> Member | Step:
        if live.previous == UNKNOWN:
            return Member(
                deployment, live, image=Later("", deployment.command(*_BEFORE, live.name))
            )
        there = states[deployment.host]
        kept = there.kept(deployment.name)
        image = live.previous.partition(" ")[0]
        before = kept[0].image_id if kept else image
        reasons = (Difference("image", _short(live.image_id), _short(before)),)
        if kept:
            return Member(deployment, live, reasons, back=kept[0])
        if not image:
            return problem(deployment, "nothing is known of what ran before: no update made it")
        if image == live.image_id:
            text = "ran with the same image before, and the old container was not kept (--keep)"
            return problem(deployment, f"it {text}; change its definition back, and update it")
        if image not in there.images:
            return problem(deployment, f"the image of before, {image}, is not on the host any more")
        return Member(deployment, live, reasons, image=image)

    return Planner(deployments, states, rollout, wanted, "rollback").plan()


def outdated(
    deployment: Deployment, live: LiveContainer, there: HostState
) -> tuple[Difference, ...]:
    """How a container differs from its definition, and from the image that its name stands for."""
    name = deployment.definition.image
    image = there.images.get(name, "")
    differences = verbs.changes(deployment, live)
    if image != live.image_id and not any(each.property == "image" for each in differences):
        differences = (Difference("image", _short(live.image_id), _short(image)), *differences)
    if differences and not live.definition:
        differences = (Difference("made without dirg", "", ""), *differences)
    return differences


def _short(image: str) -> str:
    """The id of an image as people know it from docker."""
    return short_image(image) or "an image that is not there yet"
