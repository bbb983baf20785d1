"""Has something befall commands that are at work, and sees what comes of them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.engines.lab import IMAGE, at_once, wait_until
from tests.engines.scenes import DEEDS, LONG, Act, Scene
from tests.helpers import Answer


class Befalling:
    """Something that goes wrong.

    ``limit``: how long hosts may take to answer meanwhile, in seconds. ``held``: whether commands
    are at work when it comes, or begin after that. ``logs``: what becomes of ``logs -f``: the
    container that it follows ``goes on``, is ``silent``, or is ``lost``; or it ``ends`` by itself,
    or as soon as there is something ``to write``.
    """

    limit = LONG
    held = True
    logs = "goes on"

    @contextmanager
    def stage(self, scene: Scene) -> Iterator[None]:
        """What has to be the case before there is anything; and is undone at the very end."""
        yield

    @contextmanager
    def striking(self, scene: Scene) -> Iterator[Callable[[], None]]:
        """It comes when that is called, and has gone in the end."""
        raise NotImplementedError


@dataclass
class Came:
    """What came of a command: how it ended, after how many seconds, and what was left then."""

    seconds: float
    left: Mapping[str, str]
    answer: Answer


@dataclass(frozen=True)
class Played:
    """What came of a command, and of the next call of it.

    ``again``: what that said; ``after``: the containers after that; ``kept``: what was in the
    volumes then.
    """

    came: Came
    again: Answer
    after: Mapping[str, str]
    kept: Sequence[str]


Playing = dict[str, dict[str, Played]]


def play(scene: Scene, befalling: Mapping[str, Befalling]) -> Playing:
    """What comes of each command by what befalls it, one after another where nothing is touched.

    In the end the host is well again, and everything is asked for once more.
    """
    first = next(iter(befalling.values()))
    scene.limit, scene.held = first.limit, first.held
    for deed in DEEDS:
        scene.add(deed)
    with ExitStack() as stack:
        stack.enter_context(first.stage(scene))
        stack.callback(scene.lab.clean)
        stack.callback(scene.each, Act.kill)
        scene.prepare()
        came = {name: struck(scene, each) for name, each in befalling.items()}
        scene.road.release()
        acts = scene.acts.values()
        again = dict(zip(scene.acts, at_once(repeated, acts), strict=True))
        # Logs that are followed end some seconds after what they followed.
        came[[*befalling][-1]]["logs"].answer = scene.acts["logs"].end()
        for act in acts:
            act.project.nothing_left()
        after = scene.states()
        volumes = dict(zip(scene.acts, at_once(kept, acts), strict=True))
        return {
            name: {key: Played(found[key], again[key], after[key], volumes[key]) for key in found}
            for name, found in came.items()
        }


def struck(scene: Scene, befalling: Befalling) -> dict[str, Came]:
    """Have something befall all commands."""
    with befalling.striking(scene) as strike:
        if befalling.held:
            scene.start()
        began = time.monotonic()
        strike()
        if not befalling.held:
            scene.each(Act.start)
        follow(scene.acts["logs"], befalling.logs)
        seconds, answers = {}, {}
        for key, act in scene.acts.items():
            still = key == "logs" and befalling.logs == "lost"
            answers[key] = Answer(0, "", "") if still else act.end()
            seconds[key] = time.monotonic() - began
    left = scene.states()
    return {key: Came(seconds[key], left[key], answers[key]) for key in scene.acts}


def follow(act: Act, how: str) -> None:
    """See what there still is to be seen of logs that are followed, and have them end."""
    alive, dead = (act.scene.alive, act.other), (act.scene.dead, act.web)
    if how == "lost":
        wait_until(lambda: "dirg: " in act.said("err") or act.has_ended())
    writing = {"ends": [], "goes on": [alive, dead]}.get(how, [alive])
    for engine, name in writing:
        engine.write_log(name, "late")
        if how != "to write":
            act.wait_until_shown(rf"^{name} *[|] late$")
    assert act.process
    if how == "lost":
        act.scene.alive.docker("rm", "--force", act.other)
    elif how in ("goes on", "silent"):
        act.process.send_signal(signal.SIGINT)


def repeated(act: Act) -> Answer:
    """What the next call of a command says, with nothing in its way."""
    act.env = {name: value for name, value in act.env.items() if name == "DOCKER_CONFIG"}
    return act.project.dirg(*(act.deed.next or act.deed.words), env=act.environ)


def kept(act: Act) -> list[str]:
    """What is in the volumes of a container, or else in its named one where it is gone."""
    if not act.deed.made:
        return []
    engine = act.scene.dead
    own = '{{index .Config.Labels "dirg.definition"}}'
    if engine.call("container", "inspect", "--format", own, act.web).output.strip():
        words = [["cp", f"{act.web}:/{each}/said", "-"] for each in ("data", "anonymous")]
    else:
        volume = f"data-{act.deed.key}:/data"
        words = [["run", "--rm", "--volume", volume, IMAGE, "cat", "/data/said"]]
    return [engine.docker(*each) for each in words]
