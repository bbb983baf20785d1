"""The log of docker commands, of real ones on several hosts."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from tests.engines.lab import IMAGE, Project

DESCRIPTION = """
all: [store, web, proxy]
---
store: { {{idle}}, docker_host: "{{h1}}" }
web: { {{idle}}, docker_host: "{{h2}}" }
proxy: { {{idle}}, docker_host: "{{h3}}" }
broken: { image: "IMAGE", command: /nowhere, docker_host: "{{h1}}" }
""".replace("IMAGE", IMAGE)


def test_what_was_done_is_told(project: Project) -> None:
    """By dirgs one after another, and by several at once."""
    project.describe(DESCRIPTION)
    project.done("run", "--log", "log")
    assert project.dirg("run", "--log", "log", "broken").status == 1
    with ThreadPoolExecutor(3) as pool:
        calls = (("stop", "--log", "log", each) for each in ("store", "web", "proxy"))
        assert [each.status for each in pool.map(lambda call: project.dirg(*call), calls)] == [
            0
        ] * 3
    found = json.loads(project.done("history", "--log", "log", "--format", "json").output)
    hosts = dict(
        zip(("store", "web", "proxy", "broken"), (*project.lab.engines, None), strict=True)
    )
    done = [(each["container"], each["cause"], each["status"]) for each in found]
    assert sorted(done[:3]) == [(name, "create: missing", 0) for name in ("proxy", "store", "web")]
    assert done[3:5] == [("broken", "create: missing", 127), ("broken", "undo", 0)]
    assert sorted(done[5:]) == [(name, "stop", 0) for name in ("proxy", "store", "web")]
    for each in found:
        host = hosts[each["container"]] or project.lab.plain
        assert each["host"] == host.written
    error = found[3]["error"]
    assert "nowhere" in error
    assert "\n" not in error
    failed = project.done("history", "--log", "log", "--failed").lines
    assert len(failed) == 2
    assert "  127     " in failed[1]
    assert len({each["process"] for each in found}) == 5
    lines = (project.folder / "log").read_text().splitlines()
    causes = [json.loads(line)["cause"] for line in lines]
    assert len([each for each in causes if each not in ("query", "probe")]) == len(found)
