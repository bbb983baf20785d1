"""What each verb does to a container, by how it is: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from dirg.names import reserved
from dirg.state import Difference, LiveContainer
from dirg.steps import Action, Deployment, Step

Verb = Callable[[Deployment, LiveContainer | None], Step]


def step(
    deployment: Deployment,
    outcome: str,
    *actions: Action,
    action: str = "none",
    reasons: tuple[Difference, ...] = (),
) -> Step:
    """The step of one container; ``action`` counts where there is something to do."""
    word = action if actions else "none"
    return Step(deployment.name, deployment.host, outcome, actions, action=word, reasons=reasons)


def problem(deployment: Deployment, text: str, reasons: tuple[Difference, ...] = ()) -> Step:
    """The step that can't be done, and why."""
    return Step(deployment.name, deployment.host, "", problem=text, action="none", reasons=reasons)


def changes(deployment: Deployment, live: LiveContainer) -> tuple[Difference, ...]:
    """How a container differs from its definition.

    Where only the label tells so, the rest is what docker does not tell of a container.
    """
    digest = deployment.definition.digest
    if live.differences or live.definition in ("", digest):
        return live.differences
    return (Difference("definition", live.definition, digest),)


def run(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Create what is missing, start what is stopped, leave alone what runs as defined."""
    if live is None:
        reasons = (Difference("missing", "", ""),)
        making = created(deployment)
        made = step(deployment, "created and started", *making, action="create", reasons=reasons)
        if len(making) == 1:
            return made
        # Of several commands, the last one alone repeats nothing: what it is about is gone.
        return replace(made, again=" && ".join(str(each.command) for each in making))
    same = live.definition == deployment.definition.digest
    # One that was rolled back has another image by intention.
    differences = tuple(
        each for each in changes(deployment, live) if not (same and each.property == "image")
    )
    if same and _half_connected(deployment, live, differences):
        removing = Action(deployment.command("rm", "-v", deployment.name))
        making = (removing, *created(deployment))
        outcome = "created and started"
        return step(deployment, outcome, *making, action="create", reasons=differences)
    if differences:
        return problem(deployment, _refused(deployment, live, differences), differences)
    if deployment.one_shot and live.exit_status == 0:
        return step(deployment, "completed")
    return start(deployment, live)


def _half_connected(
    deployment: Deployment, live: LiveContainer, differences: Collection[Difference]
) -> bool:
    """Whether somebody was stopped who had created it, and not yet joined it to all networks."""
    networks = {each.property for each in differences} == {"net"}
    return networks and live.state == "created" and bool(deployment.definition.connections)


_TIES = {"links", "net", "pid", "ipc", "volumes_from"}
# Which may also be said without another container.
_MODES = {"net", "pid", "ipc"}


def _cut_off(differences: Collection[Difference]) -> bool:
    """Whether it differs only by other containers, which are no longer those that it hangs on."""
    known = [each for each in differences if each.property != "definition"]
    return bool(known) and all(
        each.property in _TIES and (each.property not in _MODES or "container:" in each.wanted)
        for each in known
    )


def _refused(
    deployment: Deployment, live: LiveContainer, differences: tuple[Difference, ...]
) -> str:
    names = dict.fromkeys(each.property for each in differences if each.property != "definition")
    which = f" ({', '.join(names)})" if names else ""
    users = [each for each in live.linked_by if not reserved(each)]
    if [*names] == ["secret_env"]:
        why = "a secret of it has changed (secret_env)"
    elif _cut_off(differences) and live.definition == deployment.definition.digest:
        why = f"what it hangs on is another one by now{which}"
    elif live.definition == deployment.definition.digest:
        why = f"it was changed by hand{which}"
    elif not live.definition:
        why = f"it was made without dirg, and otherwise than it is defined{which}"
    else:
        why = f"its definition has changed{which}"
    whole = " ".join([deployment.name, *users])
    return f"{why}; dirg update {whole} replaces {'them' if users else 'it'}"


def created(deployment: Deployment) -> tuple[Action, ...]:
    """Create the container and start it; with several networks, these are commands of their own."""
    definition = deployment.definition
    if not definition.connections:
        undo = deployment.command("rm", "-v", deployment.name)
        return (Action(deployment.creation(definition.run()), undo=undo),)
    return created_in_parts(deployment)


def created_in_parts(deployment: Deployment) -> tuple[Action, ...]:
    """Create the container, join it to its further networks, and start it."""
    name = deployment.name
    creation = deployment.creation(deployment.definition.create(name))
    return (
        Action(creation, undo=deployment.command("rm", "-v", name)),
        *connected(deployment, name),
        Action(deployment.command("start", name)),
    )


def connected(deployment: Deployment, name: str) -> Iterator[Action]:
    """Join what was created under a name to all networks but its first one."""
    for words in deployment.definition.connections:
        yield Action(deployment.command("network", "connect", *words, name))


def start(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Start what is stopped."""
    name = deployment.name
    if live is None:
        return problem(deployment, f"does not exist; dirg run {name} creates it")
    if live.state == "paused":
        unpausing = Action(deployment.command("unpause", name))
        reasons = _not_running(live)
        return step(deployment, "unpaused", unpausing, action="unpause", reasons=reasons)
    if live.running:
        return step(deployment, live.state)
    if live.state in ("dead", "removing"):
        return problem(deployment, f"is {live.state}; dirg rm {name} removes it")
    starting = Action(deployment.command("start", name))
    return step(deployment, "started", starting, action="start", reasons=_not_running(live))


def _not_running(live: LiveContainer) -> tuple[Difference, ...]:
    return (Difference("state", live.state, "running"),)


def stop(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Stop what runs."""
    if live is None:
        return step(deployment, "not available")
    if not live.running:
        return step(deployment, "not running")
    stopping = Action(deployment.command("stop", deployment.name))
    return step(deployment, "stopped", stopping, action="stop")


def kill(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Kill what runs."""
    if live is None or not live.running:
        return stop(deployment, live)
    killing = Action(deployment.command("kill", deployment.name))
    return step(deployment, "killed", killing, action="kill")


def restart(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Stop and start again what exists."""
    if live is None:
        return start(deployment, live)
    restarting = Action(deployment.command("restart", deployment.name))
    return step(deployment, "restarted", restarting, action="restart")


def pause(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Suspend what runs."""
    if live is None:
        return start(deployment, live)
    if live.state == "paused":
        return step(deployment, "paused")
    if not live.running:
        return step(deployment, "not running")
    if live.state != "running":
        return problem(deployment, f"can't be paused, since it is {live.state}")
    pausing = Action(deployment.command("pause", deployment.name))
    return step(deployment, "paused", pausing, action="pause")


def unpause(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Let what is paused go on; anything else is none of its business."""
    return (
        start(deployment, live)
        if live is None or live.state == "paused"
        else (step(deployment, live.state))
    )


def rm(deployment: Deployment, live: LiveContainer | None) -> Step:
    """Stop gracefully, then remove with the anonymous volumes."""
    if live is None:
        return step(deployment, "not available")
    command, name = deployment.command, deployment.name
    commands = [command("stop", name)] if live.running else []
    commands.append(command("rm", "-v", name))
    # One that was made with --rm goes as soon as it has stopped.
    actions = [Action(each, gone_is_done=True) for each in commands]
    if live.handed_on:
        # docker takes them for named ones.
        removing = command("volume", "rm", *live.handed_on)
        actions.append(Action(removing, gone_is_done=True, in_use_is_done=True))
    return step(deployment, "removed", *actions, action="remove")
