"""Plans of definitions and live state, against the golden cases in plans/.

A case says what is defined and what is there; its plan has a line for each step, and below it the
commands, those that take them back, and those that tidy up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from dirg import arguments, host, plan
from dirg.host import Host
from dirg.plan import Deployment, Plan, States, Step
from dirg.state import HostState, LiveContainer
from tests.helpers import described, undigested

CASES = {
    f"{file.stem}: {name}": case
    for file in sorted((Path(__file__).parent / "plans").glob("*.yml"))
    for name, case in yaml.safe_load(file.read_text()).items()
}
WEB = {"web": {"image": "busybox", "command": "sleep 9"}}


def deployed(containers: Mapping[str, Any]) -> list[Deployment]:
    """Containers with their hosts; in JSON, since that is YAML too."""
    text = "".join(f"{json.dumps(name)}: {json.dumps(it)}\n" for name, it in containers.items())
    return [
        Deployment(arguments.define(each, Path("/srv")), host.of_container(each, {}))
        for each in described(text).containers.values()
    ]


def existing(deployment: Deployment, live: Mapping[str, Any]) -> LiveContainer:
    """A container that was made from its definition as it is, unless the case says otherwise."""
    facts = {"id": f"id-{deployment.name}", "definition": deployment.definition.digest, **live}
    facts["volumes"] = tuple(map(tuple, facts.get("volumes", ())))
    return LiveContainer(deployment.name, **facts)


def states_of(deployments: Sequence[Deployment], case: Mapping[str, Any]) -> States:
    containers: dict[Host, dict[str, LiveContainer]] = {each.host: {} for each in deployments}
    for each in deployments:
        if each.name in case.get("live", {}):
            containers[each.host][each.name] = existing(each, case["live"][each.name])
    images = case.get("images", {})
    return {where: HostState(found, images) for where, found in containers.items()}


def planned(case: Mapping[str, Any]) -> Plan:
    deployments = deployed(case.get("containers", WEB))
    states = states_of(deployments, case)
    verb = case["verb"]
    if verb in ("pull", "build"):
        return {"pull": plan.pull, "build": plan.build}[verb](deployments)
    if verb == "update":
        return plan.update(deployments, states, case.get("force", False))
    planner = plan.reversed_plan if case.get("reversed") else plan.plan
    return planner(getattr(plan, verb), deployments, states)


def described_step(step: Step, steps: Sequence[Step]) -> Iterator[str]:
    after = ", ".join(steps[number].name for number in sorted(step.after))
    said = f"cannot: {step.problem}" if step.problem else step.outcome
    yield f"{step.name}: {said}" + (f" (after {after})" if after else "")
    for action in step.actions:
        yield f"  {action.command}"
        if action.undo:
            yield f"    else {action.undo}"
    for command in step.cleanup:
        yield f"  at last {command}"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_plan(case: Mapping[str, Any]) -> None:
    steps = planned(case).steps
    lines = [line for step in steps for line in described_step(step, steps)]
    assert undigested("".join(f"{line}\n" for line in lines)) == case["plan"]


def test_each_verb_meets_each_state() -> None:
    states = {"running", "exited", "created", "paused", "restarting", "dead", "removing"}
    for verb in ("run", "start", "stop", "kill", "restart", "rm"):
        met = {
            case["live"]["web"]["state"] if case.get("live") else "missing"
            for case in CASES.values()
            if case["verb"] == verb and "containers" not in case
        }
        assert met == {*states, "missing"}, verb


def test_only_what_creates_a_container_gets_its_secrets() -> None:
    web = deployed({"web": {"image": "i", "secret_env": {"KEY": "hidden"}}})[0]
    for step in (plan.run(web, None), plan.replacement(web, LiveContainer("web"))):
        for command in [each.command for each in step.actions]:
            creates = command.arguments[0] in ("run", "create")
            assert command.secrets == ((("KEY", "hidden"),) if creates else ())
            assert command.cause == "web"
