"""Plans of definitions and live state, against the golden cases in plans/.

A case says what is defined and what is there; its plan has a line for each step, and below it what
it waits for, the commands, those that take them back, and those that tidy up. ``selected`` are
those that are planned for, where that is not all; ``unreachable`` the hosts without an answer;
``resources`` the networks and volumes of the description, ``made`` those that hosts have by name;
``foreseen`` whether what needs what can't be done is planned not to be done either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dirg import arguments, check, host, plan, verbs
from dirg.defaults import PATIENCE
from dirg.grouping import Rollout
from dirg.repair import repairs
from dirg.replace import How, Member, replacement
from dirg.resources import define
from dirg.rollout import rollback, update
from dirg.state import Difference, HostState, LiveContainer
from dirg.steps import Action, Deployment, Plan, States, Step
from dirg.waiting import Wait
from dirg.who import Mark
from tests.helpers import parsed, undigested

if TYPE_CHECKING:
    from dirg.host import Host

CASES = {
    f"{file.stem}: {name}": case
    for file in sorted((Path(__file__).parent / "plans").glob("*.yml"))
    for name, case in yaml.safe_load(file.read_text()).items()
}
MARK = Mark("ops@here", "2026-01-02T03:04:05Z", process="1.2.3", boot="b", machine="m")
WEB = {"web": {"image": "busybox", "command": "sleep 9"}}


def deployed(
    containers: Mapping[str, Any], resources: Mapping[str, Any] | None = None
) -> list[Deployment]:
    """Containers with their hosts; in JSON, since that is YAML too."""
    text = "".join(f"{json.dumps(name)}: {json.dumps(it)}\n" for name, it in containers.items())
    description = parsed(f"{{}}\n---\n{text}---\n{json.dumps(resources or {})}")
    found = description.containers
    known = [define(each, "/srv") for each in description.resources]
    definitions = {name: arguments.define(each, "/srv") for name, each in found.items()}
    hosts = {name: host.of_container(each, {}) for name, each in found.items()}
    return [*check.deployments(definitions, hosts, known).values()]


def existing(name: str, digest: str, live: Mapping[str, Any]) -> LiveContainer:
    """A container that was made from its definition as it is, unless the case says otherwise."""
    facts = {"id": f"id-{name}", "definition": digest, **live}
    facts["volumes"] = tuple(map(tuple, facts.get("volumes", ())))
    facts["differences"] = tuple(Difference(*each) for each in facts.get("differences", ()))
    for key in ("handed_on", "linked_by"):
        facts[key] = tuple(facts.get(key, ()))
    return LiveContainer(name, **facts)


def states_of(deployments: Sequence[Deployment], case: Mapping[str, Any]) -> States:
    containers: dict[Host, dict[str, LiveContainer]] = {each.host: {} for each in deployments}
    live = case.get("live", {})
    for each in deployments:
        # Also those that an update has left of it.
        for name in (
            each.name,
            *(other for other in live if other.startswith(f"{each.name}.dirg-")),
        ):
            if name in live:
                found = existing(name, each.definition.digest, live[name])
                containers[each.host][name] = found
    for name, facts in case.get("foreign", {}).items():
        containers[deployments[0].host][name] = existing(name, "", facts)
    images, busy = case.get("images", {}), case.get("busy", {})
    made = frozenset(map(tuple, case.get("made", ())))
    dead = case.get("unreachable", ())
    return {
        where: HostState(error="no route")
        if where.name in dead
        else HostState(found, images, busy=busy, resources=made)
        for where, found in containers.items()
    }


def planned(case: Mapping[str, Any]) -> Plan:
    everything = deployed(case.get("containers", WEB), case.get("resources"))
    selected = case.get("selected", [each.name for each in everything])
    deployments = [each for each in everything if each.name in selected]
    states = states_of(everything, case)
    verb = case["verb"]
    if verb in ("pull", "build"):
        return {"pull": plan.pull, "build": plan.build}[verb](deployments)
    if verb in ("update", "rollback"):
        how = How(MARK, keep=case.get("keep", 0))
        rollout = Rollout(
            how,
            case.get("force", False),
            case.get("batch", 1),
            case.get("services", {}),
            everything,
        )
        return {"update": update, "rollback": rollback}[verb](deployments, states, rollout)
    if verb == "repair":
        return repairs(deployments, everything, states, case.get("unwell", ()))
    if verb == "create networks and volumes":
        return plan.creations(deployments, states)
    if verb == "remove networks and volumes":
        return plan.removals(deployments, everything, states, case["kinds"])
    planner = plan.reversed_plan if case.get("reversed") else plan.plan
    found = planner(getattr(verbs, verb), deployments, states)
    return plan.foreseen(found, states) if case.get("foreseen") else found


def title(step: Step) -> str:
    if step.wait:
        return f"{step.name} {step.outcome}"
    return step.name if step.kind == "container" else f"{step.kind} {step.name}"


def described_step(step: Step, steps: Sequence[Step]) -> Iterator[str]:
    after = ", ".join(map(title, (steps[number] for number in sorted(step.after))))
    said = f"cannot: {step.problem}" if step.problem else step.outcome
    name = step.name if step.wait else title(step)
    yield f"{name}: {said}" + (f" (after {after})" if after else "")
    if step.wait:
        assert step.wait.condition == step.outcome
        query = str(step.wait.query).partition(" --format ")
        yield f"  wait for {query[0]} {query[2].rpartition(' ')[2]}"
    for action in step.actions:
        if isinstance(action, Wait):
            yield f"  wait for {action.name} {action.condition}"
            continue
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
    verbs = ("run", "start", "stop", "kill", "restart", "rm", "update", "rollback")
    for verb in verbs:
        met = {
            case["live"]["web"]["state"] if case.get("live") else "missing"
            for case in CASES.values()
            if case["verb"] == verb
            and "containers" not in case
            and ("live" not in case or [*case["live"]] == ["web"])
        }
        assert met == {*states, "missing"}, verb


def test_only_what_creates_a_container_gets_its_secrets() -> None:
    web = deployed({"web": {"image": "i", "secret_env": {"KEY": "hidden"}}})[0]
    replaced = replacement([Member(web, LiveContainer("web"))], How(MARK))
    for step in (verbs.run(web, None), replaced):
        done = (each.command for each in step.actions if isinstance(each, Action))
        for command in (*done, *step.cleanup):
            creates = command.arguments[0] in ("run", "create")
            assert command.secrets == ((("KEY", "hidden"),) if creates else ())
            assert command.container == "web"


def test_what_is_done_in_a_word_and_to_what() -> None:
    done = {(step.kind, step.action) for case in CASES.values() for step in planned(case).steps}
    assert done == {
        ("container", "none"),
        ("container", "create"),
        ("container", "start"),
        ("container", "stop"),
        ("container", "kill"),
        ("container", "restart"),
        ("container", "pause"),
        ("container", "unpause"),
        ("container", "remove"),
        ("container", "replace"),
        ("container", "finish"),
        ("container", "take back"),
        ("container", "wait"),
        ("container", "pull"),
        ("container", "build"),
        ("network", "none"),
        ("network", "create network"),
        ("network", "remove"),
        ("volume", "none"),
        ("volume", "create volume"),
        ("volume", "remove"),
    }


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_commands_are_for_a_container_and_for_the_host_of_their_step(
    case: Mapping[str, Any],
) -> None:
    names = {*case.get("containers", WEB), *case.get("foreign", ())}
    for step in planned(case).steps:
        done = [each.command for each in step.actions if isinstance(each, Action)]
        for command in (*done, *step.cleanup):
            assert command.host == step.host
            assert command.container.partition(".dirg-")[0] in names
        if step.wait:
            assert step.wait.host == step.host


def test_what_is_made_may_be_there_and_what_is_removed_may_be_gone() -> None:
    for name in ("create networks and volumes", "remove networks and volumes"):
        acting = [
            action
            for case in CASES.values()
            if case["verb"] == name
            for step in planned(case).steps
            for action in step.actions
        ]
        assert acting
        for action in acting:
            assert isinstance(action, Action)
            assert action.there_is_done == name.startswith("create")
            assert action.gone_is_done == name.startswith("remove")


def test_what_stands_for_several_foresees_for_each() -> None:
    one, two = deployed({"one": {"image": "i"}, "two": {"image": "i"}})
    live = {each.name: LiveContainer(each.name) for each in (one, two)}
    members = [Member(each, live[each.name]) for each in (one, two)]
    together = replace(replacement(members, How(MARK)), after=frozenset({0}))
    assert [each.name for each in together.together] == ["one", "two"]
    lost = Step("db", one.host, "", problem="is dead")
    found = plan.foreseen(Plan((lost, together, lost)), {}).steps
    told = "skipped, since it needs db"
    assert [each.problem for each in found] == ["is dead", told, "is dead"]
    assert [each.problem for each in found[1].together] == [told, told]
    assert [each.name for each in found[1].together] == ["one", "two"]


def test_what_can_be_done_is_left_as_it_is() -> None:
    work = planned(CASES["order: run, what is needed first"])
    assert plan.foreseen(work, {}) == work


CHAIN = {"web": {"image": "i", "depends_on": {"db": "healthy"}}, "db": {"image": "i"}}


@pytest.mark.parametrize("verb", [verbs.run, verbs.start, verbs.restart])
def test_how_long_is_waited_is_up_to_the_caller(verb: verbs.Verb) -> None:
    chain = deployed(CHAIN)
    live = {each.name: LiveContainer(each.name, state="exited") for each in chain}
    states = {chain[0].host: HostState(live)}
    for patience, steps in (
        (PATIENCE, plan.plan(verb, chain, states).steps),
        (7.5, plan.plan(verb, chain, states, 7.5).steps),
    ):
        assert [each.wait.limit for each in steps if each.wait] == [patience]


def test_how_long_an_update_waits_is_up_to_the_caller() -> None:
    chain = deployed(CHAIN)
    live = {each.name: LiveContainer(each.name) for each in chain}
    found = update(
        chain,
        {chain[0].host: HostState(live)},
        Rollout(How(MARK, patience=7.5, grace=0.5), force=True),
    )
    waits = [each.wait for each in found.steps if each.wait]
    settling = [each for step in found.steps for each in step.actions if isinstance(each, Wait)]
    assert [(each.name, each.limit) for each in waits] == [("db", 7.5)]
    assert [(each.name, each.limit, each.grace) for each in settling] == [
        ("db", 7.5, 0.5),
        ("web", 7.5, 0.5),
    ]


def test_the_steps_of_a_plan_stand_after_those_they_need() -> None:
    assert [(each.name, sorted(each.after)) for each in planned(CASES["waits: run"]).steps] == [
        ("db", []),
        ("db", [0]),
        ("migration", [0, 1]),
        ("migration", [2]),
        ("web", [0, 1, 2, 3]),
    ]


def test_which_containers_are_run_only_once() -> None:
    deployments = deployed(CASES["waits: run"]["containers"])
    assert {each.name: each.one_shot for each in deployments} == {
        "db": False,
        "migration": True,
        "web": False,
    }
