"""Images are pulled, and containers replaced by newer ones, without losing anything."""

from __future__ import annotations

import re

import pytest

from tests.engines.lab import Engine, Project, at_once


def test_each_image_is_pulled_once_on_each_host(project: Project) -> None:
    lab = project.lab
    h1, h2, h3 = lab.engines
    ids = {
        name: h3.make_image(f"{lab.registry}/{name}", content=name)
        for name in ("pulled-one:1", "pulled-two:1")
    }
    h3.clean()
    (project.folder / "image").mkdir()
    project.describe(
        """
        {}
        ---
        a1: { image: "{{registry}}/pulled-one:1", docker_host: "{{h1}}" }
        a2: { image: "{{registry}}/pulled-one:1", docker_host: "{{h1}}", command: other }
        a3: { image: "{{registry}}/pulled-two:1", docker_host: "{{h1}}" }
        b1: { image: "{{registry}}/pulled-one:1", docker_host: "{{h2}}" }
        c1: { image: "{{registry}}/pulled-two:1", docker_host: "{{h3}}" }
        built: { image: "built:1", path: image, docker_host: "{{h1}}" }
        """
    )
    with project.recorded_calls("pull") as (calls, shim):
        answer = project.done("pull", env=shim)
    assert calls == sorted(
        [
            f"-H {h1.written} pull {lab.registry}/pulled-one:1",
            f"-H {h1.written} pull {lab.registry}/pulled-two:1",
            f"-H {h2.docker_host} --tlsverify pull {lab.registry}/pulled-one:1",
            f"-H {h3.written} pull {lab.registry}/pulled-two:1",
        ]
    )
    assert len(answer.lines) == len(calls)
    for engine, name in ((h1, "pulled-one:1"), (h1, "pulled-two:1"), (h2, "pulled-one:1")):
        assert engine.image_id(f"{lab.registry}/{name}") == ids[name]
    assert h3.image_id(f"{lab.registry}/pulled-two:1") == ids["pulled-two:1"]
    assert set(h3.snapshot().containers) == set()


# Its containers leave something in each of their volumes when they start for the first time.
DESCRIPTION = """
{}
---
{% macro app(host, image) %}
    image: "{{registry}}/{{image}}"
    docker_host: "{{host}}"
    init: true
    command:
        - sh
        - -c
        - for v in anonymous named; do [ -e /$v/born ] || hostname -i >/$v/born; done; sleep 3600
    volumes: [/anonymous, "named:/named"]
    hostname: app
{% endmacro %}
{% set version = env['VERSION'] or 1 %}
same:
{{ app(h1, "update-same:1") }}
newer:
{{ app(h1, "update-newer:1") }}
changed:
{{ app(h2, "update-same:1") }}
    env: {VERSION: {{version}}}
stopped:
{{ app(h2, "update-same:1") }}
{% if env['VERSION'] %}
missing:
{{ app(h2, "update-same:1") }}
{% endif %}
"""
VERSION_2 = {"VERSION": "2"}
Container = tuple[str, str, str, str]


@pytest.fixture
def running(project: Project) -> Project:
    """Containers that run, one that is stopped, and a new version of the image of one of them."""
    lab = project.lab
    project.describe(DESCRIPTION)
    lab.plain.make_image(f"{lab.registry}/update-same:1", content="same")
    lab.plain.make_image(f"{lab.registry}/update-newer:1", content="one")
    project.dirg("pull")
    project.done("run")
    project.done("kill", "stopped")
    lab.tls.make_image(f"{lab.registry}/update-newer:1", content="two")
    return project


def _containers(project: Project) -> dict[str, Container]:
    """Id, image id, state and what is in the volumes of each container."""

    def ask(engine: Engine) -> dict[str, Container]:
        found = {}
        for name in engine.names():
            inspected = engine.inspect(name)
            state = inspected["State"]["Status"]
            found[name] = (inspected["Id"], inspected["Image"], state, _born(engine, name, state))
        return found

    engines = project.lab.engines
    return {name: it for found in at_once(ask, engines) for name, it in found.items()}


def _born(engine: Engine, name: str, state: str) -> str:
    if state != "running":
        return ""
    return engine.docker("exec", name, "cat", "/anonymous/born", "/named/born")


def _volumes(project: Project) -> list[list[str]]:
    return [engine.volumes() for engine in project.lab.engines]


@pytest.mark.parametrize("printed", [False, True], ids=["by dirg", "by a shell"])
def test_update_replaces_what_differs(running: Project, printed: bool) -> None:
    before = _containers(running)
    volumes = _volumes(running)
    if printed:
        # Nothing is known of the engines then, so all that there is is replaced.
        script = running.done("update", "-n", "newer", "changed", env=VERSION_2).output
        answer = running.shell(script, env=VERSION_2)
        assert answer.status == 0, answer.error
        running.done("run", "missing", env=VERSION_2)
    else:
        answer = running.done("update", env=VERSION_2)
        said = dict(
            re.findall(r"^(\w+)  .*:\d+ +(\w.*?)(?:  [\d.]+s)?$", answer.output, re.MULTILINE)
        )
        assert said == {
            "same": "unchanged",
            "newer": "replaced",
            "changed": "replaced",
            "stopped": "unchanged, not running",
            "missing": "created and started",
        }
    after = _containers(running)
    _as_wanted(running, before, after)
    # Nothing was lost, and nothing is left over: the new ones are an anonymous one of missing.
    found = _volumes(running)
    assert [{*old} - {*new} for old, new in zip(volumes, found, strict=True)] == [set()] * 3
    assert [len({*new} - {*old}) for old, new in zip(volumes, found, strict=True)] == [0, 1, 0]

    # What was replaced is as it was made by run, so there is nothing more to do.
    running.done("run", "newer", "changed", "missing", env=VERSION_2)
    running.done("update", env=VERSION_2)
    assert _containers(running) == after
    running.done("update", "--force", "same", env=VERSION_2)
    forced = _containers(running)
    assert forced["same"][0] != after["same"][0]
    assert forced.pop("same")[1:] == after.pop("same")[1:]
    assert forced == after


def _as_wanted(running: Project, before: dict[str, Container], after: dict[str, Container]) -> None:
    assert sorted(after) == ["changed", "missing", "newer", "same", "stopped"]
    assert (after["same"], after["stopped"]) == (before["same"], before["stopped"])

    newer = running.lab.tls.image_id(f"{running.lab.registry}/update-newer:1")
    assert before["newer"][1] != newer
    assert after["newer"][1:] == (newer, "running", before["newer"][3])
    assert running.lab.plain.docker("exec", "newer", "cat", "/content") == "two"
    assert after["changed"][1:] == before["changed"][1:]
    assert {after[name][0] for name in ("newer", "changed")}.isdisjoint(
        {before[name][0] for name in ("newer", "changed")}
    )
    assert "VERSION=2" in running.lab.tls.inspect("changed")["Config"]["Env"]


def test_no_container_is_touched_when_an_image_is_missing(running: Project) -> None:
    text = (running.folder / "dirg-services.yml").read_text()
    running.describe(text + "\nlost: { image: '{{registry}}/nowhere:1', docker_host: '{{h2}}' }\n")
    before = _containers(running)
    with running.lab.plain.recorded_events() as events:
        answer = running.dirg("update", env=VERSION_2)
    assert answer.status == 1
    registry, host = running.lab.registry, running.lab.tls
    assert answer.error == (
        "dirg: no container was touched, since not every image is there\n"
        "dirg: 1 of 4 failed:\n"
        f"  {registry}/nowhere:1 on {host.written}: Error response from daemon: "
        f"manifest for {registry}/nowhere:1 not found: manifest unknown: manifest unknown\n"
        f"    to repeat it: docker -H {host.docker_host} --tlsverify pull {registry}/nowhere:1\n"
    )
    assert _containers(running) == before
    assert {event.split()[0] for event in events} == {"image"}


@pytest.fixture
def broken(running: Project) -> Project:
    """The same containers, with a new definition that none of them can be started with."""
    text = (running.folder / "dirg-services.yml").read_text()
    # docker's init would start, whatever it is to start then.
    running.describe(
        text.replace("init: true", "init: false").replace("- sh\n", "- /no/such/shell\n")
    )
    return running


def test_the_old_container_comes_back_when_the_new_one_cannot_start(broken: Project) -> None:
    before, volumes = _containers(broken), _volumes(broken)
    answer = broken.dirg("update", "same", "newer")
    assert answer.status == 1
    assert _containers(broken) == before
    assert _volumes(broken) == volumes
    host = broken.lab.plain.written
    summary = answer.error.splitlines()
    assert summary[0] == "dirg: 2 of 2 failed:"
    assert summary[1].startswith(f"  same on {host}: Error response from daemon: ")
    assert "/no/such/shell" in summary[1]
    assert summary[2:4] == ["    same is as it was before", "    to repeat it: dirg update same"]
    # What comes after it is not touched any more.
    assert summary[4:] == [f"  newer on {host}: skipped, since same failed"]


def test_a_shell_stops_where_the_new_container_cannot_start(broken: Project) -> None:
    """It can't put things back, but nothing is lost."""
    before, volumes = _containers(broken), _volumes(broken)
    answer = broken.shell(broken.done("update", "-n", "same", "newer").output)
    assert answer.status != 0
    after = _containers(broken)
    assert after.pop("same.dirg-old")[:2] == before["same"][:2]
    assert (after.pop("same")[2], before.pop("same")[2]) == ("created", "running")
    assert after == before
    assert [{*old} - {*new} for old, new in zip(volumes, _volumes(broken), strict=True)] == [
        set(),
        set(),
        set(),
    ]
