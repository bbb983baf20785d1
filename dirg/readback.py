"""What the engines really run, each container in the form of its definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dirg import live as read_back
from dirg.acting import existing
from dirg.openly import stood_openly
from dirg.shown import as_definition
from dirg.steps import reachable
from dirg.values import Text

if TYPE_CHECKING:
    from dirg.drive import Drive
    from dirg.session import Session


def live(drive: Drive, selected: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the engines really run, each container in the form of its definition."""
    deployments = drive.session.deployments(selected)
    states = drive.observe(deployments, None)
    known = drive.details(reachable(deployments, states), states, images=False)
    found = {}
    for each in existing(deployments, known):
        there = known[each.host]
        container = there.containers[each.name]
        names = {live.id: name for name, live in there.containers.items()}
        image = there.configs.get(container.image_id)
        properties = read_back.properties(container.found, image, names)
        variables = properties.get("env", ())
        openly = stood_openly(each.definition, container.found["config"], variables)
        shown = as_definition(each.name, properties, "", each.definition, openly)
        image_and_place = {"image": shown["image"], **_place(drive.session, each.name)}
        found[each.name] = {**image_and_place, **shown}
    return found


def _place(session: Session, name: str) -> dict[str, str]:
    """Where a container is, as it is written."""
    written = session.description.containers[name].properties
    values = {
        key: written[key].value for key in ("docker_host", "docker_context") if key in written
    }
    return {key: value.text for key, value in values.items() if isinstance(value, Text)}
