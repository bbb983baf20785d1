"""run on any mixture of containers, and what plan and show tell of it."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engines.lab import Engine, Project
    from tests.helpers import Answer

# Each name says what there is of it; OTHER makes another definition of some.
DESCRIPTION = """
all: [missing, stopped, paused, changed, unchanged, adopted, foreign, edited, done]
---
{% set other = env['OTHER'] %}
missing: { {{idle}}, docker_host: "{{h1}}" }
stopped: { {{idle}}, docker_host: "{{h2}}", depends_on: [missing] }
paused: { {{idle}}, docker_host: "{{h3}}", volumes: [/data] }
changed: { {{idle}}, docker_host: "{{h1}}", env: {MODE: {{other or 'first'}}} }
unchanged: { {{idle}}, docker_host: "{{h2}}", ports: [80], port_bindings: {80: } }
adopted: { {{idle}}, docker_host: "{{h3}}", hostname: adopted, env: {A: 1} }
foreign: { {{idle}}, docker_host: "{{h1}}", label: {of: dirg} }
edited: { {{idle}}, docker_host: "{{h2}}", memory: 64m }
done: { image: busybox, command: "true", docker_host: "{{h1}}" }
waiting: { {{idle}}, docker_host: "{{h1}}", depends_on: {done: completed} }
"""
OTHER = {"OTHER": "second"}
IDLE = ("--init", "busybox", "sleep", "3600")


@pytest.fixture
def mixture(project: Project) -> Project:
    project.describe(DESCRIPTION)
    h1, h2, h3 = project.lab.engines
    made = ("stopped", "paused", "changed", "unchanged", "edited", "waiting")
    project.done("run", "missing", "done", *made)
    h1.docker("rm", "-f", "missing")
    h2.docker("stop", "stopped")
    h3.docker("pause", "paused")
    h3.docker("run", "-d", "--name", "adopted", "--hostname", "adopted", "-e", "A=1", *IDLE)
    h1.docker("run", "-d", "--name", "foreign", "--hostname", "foreign", *IDLE)
    h2.docker("update", "--memory", "128m", "--memory-swap", "256m", "edited")
    h1.docker("wait", "done")
    return project


def told(answer: Answer) -> dict[str, str]:
    """What was said of each container."""
    lines = (line.split(maxsplit=2) for line in answer.lines)
    return {name: re.sub(r"  [\d.]+s$", "", said) for name, _, said in lines}


def test_run_on_any_mixture(mixture: Project) -> None:
    answer = mixture.dirg("run", "all", "waiting", env=OTHER)
    assert answer.status == 1
    assert told(answer) == {
        "missing": "created and started",
        "stopped": "started",
        "paused": "unpaused",
        "changed": "failed: its definition has changed (env); dirg update changed replaces it",
        "unchanged": "running",
        "adopted": "running",
        "foreign": "failed: it was made without dirg, and otherwise than it is defined (label); "
        "dirg update foreign replaces it",
        "edited": "failed: it was changed by hand (memory); dirg update edited replaces it",
        "done": "completed",
        "waiting": "running",
    }
    assert len(answer.error.splitlines()) == 4
    with ExitStack() as stack:
        events = [stack.enter_context(each.recorded_events()) for each in mixture.lab.engines]
        again = mixture.dirg("run", "all", "waiting", env=OTHER)
    assert (again.status, again.error) == (1, answer.error)
    assert events == [[], [], []]


def test_what_is_planned(mixture: Project) -> None:
    before = mixture.lab.snapshots()
    answer = mixture.done("plan", "run", "--format", "json", env=OTHER)
    rows = {row["container"]: row for row in json.loads(answer.output)}
    assert {name: row["action"] for name, row in rows.items()} == {
        **dict.fromkeys(("unchanged", "adopted", "done"), "none"),
        **dict.fromkeys(("changed", "foreign", "edited"), "fail"),
        "missing": "create",
        "stopped": "start",
        "paused": "unpause",
    }
    answer = mixture.done("plan", "--format", "json", env=OTHER)
    rows = {row["container"]: row for row in json.loads(answer.output)}
    assert {name: row["action"] for name, row in rows.items() if row["action"] != "none"} == {
        "missing": "create",
        "changed": "replace",
        "foreign": "replace",
        "edited": "replace",
    }
    reasons = {name: [tuple(each.values()) for each in rows[name]["reasons"]] for name in rows}
    assert {name: found for name, found in reasons.items() if found} == {
        "missing": [("missing", "", "")],
        "changed": [("env", "MODE=first", "MODE=second")],
        "foreign": [("made without dirg", "", ""), ("label", "", "of=dirg")],
        "edited": [("memory", "128m", "64m")],
    }
    assert mixture.lab.snapshots() == before


def test_the_exit_status_of_a_plan(mixture: Project) -> None:
    assert mixture.dirg("plan", "unchanged", "--exit-code").status == 0
    assert mixture.dirg("plan", "unchanged", "changed", "--exit-code", env=OTHER).status == 2
    assert mixture.dirg("plan", "run", "missing", "--exit-code").status == 2
    assert mixture.dirg("plan", "missing").status == 0
    # Nothing would change, but it ought to.
    changed = mixture.dirg("plan", "run", "changed", "unchanged", "--exit-code", env=OTHER)
    assert changed.status == 1
    both = mixture.dirg("plan", "run", "changed", "missing", "--exit-code", env=OTHER)
    assert both.status == 2
    table = mixture.done("plan", "run", "missing", "unchanged").lines
    assert [line.split(maxsplit=2)[::2] for line in table] == [
        ["CONTAINER", "ACTION  BECAUSE"],
        ["missing", "create  missing"],
        ["unchanged", "none    -"],
    ]


def test_update_makes_it_as_it_is_defined(mixture: Project) -> None:
    answer = mixture.dirg(
        *("update", "--no-pull", "--grace", "0", "missing", "changed", "foreign", "edited"),
        *("adopted", "unchanged"),
        env=OTHER,
    )
    assert (answer.status, answer.error) == (0, "")
    assert told(answer) == {
        "missing": "created and started",
        **dict.fromkeys(("changed", "foreign", "edited"), "replaced"),
        **dict.fromkeys(("adopted", "unchanged"), "unchanged"),
    }
    plan = mixture.dirg(
        *("plan", "missing", "changed", "foreign", "edited", "adopted", "--exit-code"), env=OTHER
    )
    assert (plan.status, plan.error) == (0, "")


def test_what_really_runs_can_be_shown_and_fed_back(mixture: Project) -> None:
    names = ("changed", "unchanged", "edited", "paused", "adopted")
    shown = mixture.done("show", "--live", *names, env=OTHER)
    assert "MODE: first" in shown.output
    assert "memory: 128m" in shown.output
    mixture.describe("{}\n---\n" + shown.output)
    plan = mixture.done("plan", "--format", "json")
    # The label is that of another text, of the same meaning.
    assert {
        (row["container"], each["property"])
        for row in json.loads(plan.output)
        for each in row["reasons"]
        if each["property"] != "definition"
    } == set()
    missing = mixture.dirg("show", "--live", "nosuch")
    assert missing.status == 2


def test_secrets_are_not_shown_by_what_reads_them_back(project: Project) -> None:
    engine: Engine = project.lab.plain
    secret = "hidden-{}"
    text = (
        "{}\n---\nweb: { {{idle}}, docker_host: '{{h1}}', "
        "secret_env: {TOKEN: {{env['TOKEN']}}, GIVEN: }, env: {A: 1} }\n"
    )
    project.describe(text)
    env = {"TOKEN": secret.format(1), "GIVEN": secret.format("given")}
    project.done("run", env=env)
    changed = {"TOKEN": secret.format(2)}
    for words in (("plan",), ("plan", "run"), ("show", "--live"), ("plan", "--format", "json"),
                  ("run", "-d"), ("update", "-d", "--no-pull", "--grace", "0")):  # fmt: skip
        answer = project.dirg(*words, env=changed)
        assert "secret_env" in answer.output + answer.error or words[0] == "update", words
        assert "hidden" not in answer.output + answer.error, words
    assert f"TOKEN={secret.format(2)}" in engine.inspect("web")["Config"]["Env"]
    # One that is no secret any more may have been one.
    project.describe("{}\n---\nweb: { {{idle}}, docker_host: '{{h1}}' }\n")
    for words in (("plan",), ("show", "--live"), ("update", "-d", "--no-pull", "--grace", "0")):
        answer = project.dirg(*words)
        assert "hidden" not in answer.output + answer.error, words
