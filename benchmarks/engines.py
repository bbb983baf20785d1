"""Containers on real engines: two docker hosts, and every tool that can bring them up.

In each round, each tool brings all containers up, is asked for it once more when there is nothing
to do, stops them and removes them; what it can't do, docker does for it, unmeasured.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import descriptions, replay
from benchmarks.bench import Bench
from benchmarks.measure import Cost, Unmeasured, Work, run
from benchmarks.peers import COMPOSE, COMPOSE_1, MAESTRO
from benchmarks.rows import Reach, Row, compared, missing

UP, NOTHING, STOP, RM, RM_RUNNING = "run", "run, nothing to do", "stop", "rm of stopped ones", "rm"
_AT_ONCE = 8
_XARGS = f"xargs -P{_AT_ONCE}"
_DOCKER = "docker"
_PEERS = (COMPOSE, COMPOSE_1, MAESTRO)


@dataclass
class Tool:
    """What a tool does for each step, and what each run of it has cost."""

    steps: Mapping[str, Work]
    costs: dict[str, list[Cost]] = field(default_factory=dict)


def rows(bench: Bench) -> Iterator[Row]:
    count = 8 if bench.quick else 24
    tools = {"dirg": _dirg(bench, count), _DOCKER: _docker(bench, count)}
    failures = {}
    for peer in () if bench.quick else _PEERS:
        try:
            tools[peer] = _peer(bench, peer, count)
            _cycle(bench, tools[peer], count)
        except Unmeasured as problem:
            failures[peer] = str(problem)
            tools.pop(peer, None)
    for number in range(bench.rounds + 1):
        for tool in tools.values():
            for step, cost in _cycle(bench, tool, count).items():
                if number:
                    tool.costs.setdefault(step, []).append(cost)
    yield from _beside_docker(tools, count)
    yield from _beside_peers(tools, count)
    for peer, why in failures.items():
        yield missing(f"{count} containers on 2 engines", peer, why)


def _cycle(bench: Bench, tool: Tool, count: int) -> dict[str, Cost]:
    """One round of a tool. Removing what runs needs another start, which is none of its steps."""
    try:
        found = {step: run(tool.steps[step]) for step in (UP, NOTHING) if step in tool.steps}
        if STOP in tool.steps:
            found |= {step: run(tool.steps[step]) for step in (STOP, RM)}
            run(tool.steps[UP])
            found[RM_RUNNING] = run(tool.steps[RM_RUNNING])
    finally:
        run(_on_each_host(bench, "rm -f -v", count))
    return found


def _beside_docker(tools: Mapping[str, Tool], count: int) -> Iterator[Row]:
    yardsticks = {
        UP: f"{_XARGS} of what run -n prints",
        STOP: "docker stop of all, each host",
        RM: "docker rm -v of all, each host",
        RM_RUNNING: "docker stop and rm -v of all, each host",
    }
    for step, yardstick in yardsticks.items():
        ours, theirs = (tools[name].costs[step] for name in ("dirg", _DOCKER))
        # What has stopped is gone in a tenth of a second, which is less than Python takes to start.
        reach = None if step == RM else Reach(1.2)
        yield compared(f"{count} on 2 engines: {step}", yardstick, ours, theirs, reach)
    ours = tools["dirg"].costs[NOTHING]
    yield compared(f"{count} on 2 engines: {NOTHING}", "", ours, reach=Reach(0.35, "wall"))


def _beside_peers(tools: Mapping[str, Tool], count: int) -> Iterator[Row]:
    for peer in _PEERS:
        for step in (UP, NOTHING) if peer in tools else ():
            ours, theirs = (tools[name].costs[step] for name in ("dirg", peer))
            reach = Reach(1) if step == UP else None
            yield compared(f"{count} on 2 engines: {step}", peer, ours, theirs, reach)
    if COMPOSE in tools:
        # What docker alone takes of it, for each container a process that is one of Go, too.
        plain, theirs = (tools[name].costs[UP] for name in (_DOCKER, COMPOSE))
        yield compared(f"{count} on 2 engines: {UP}, {_XARGS}", COMPOSE, plain, theirs)


# --- the tools -------------------------------------------------------------------------------


def described(bench: Bench, image: str, count: int) -> Path:
    """A description of containers on the two hosts."""
    return descriptions.write(bench.work / "live", descriptions.live(image, bench.lab.hosts, count))


def _dirg(bench: Bench, count: int) -> Tool:
    folder = described(bench, bench.lab.image, count)
    up, stop, rm = (bench.dirg(verb, folder=folder) for verb in ("run", "stop", "rm"))
    return Tool({UP: up, NOTHING: up, STOP: stop, RM: rm, RM_RUNNING: rm})


def _docker(bench: Bench, count: int) -> Tool:
    printing = bench.dirg("run", "-n", folder=described(bench, bench.lab.image, count))
    lines = replay.printed(printing)
    return Tool(
        {
            UP: replay.at_once(bench, "live", lines, _AT_ONCE, printing),
            STOP: _on_each_host(bench, "stop", count),
            RM: _on_each_host(bench, "rm -v", count),
            RM_RUNNING: _on_each_host(bench, "stop", count, "rm -v"),
        }
    )


def _on_each_host(bench: Bench, verb: str, count: int, *then: str) -> Work:
    """A docker command for all containers of a host, maybe another one then; hosts at once."""
    hosts = bench.lab.hosts
    each = (
        " && ".join(
            shlex.join(["docker", "-H", host, *words.split(), *names]) for words in (verb, *then)
        )
        for number, host in enumerate(hosts)
        for names in [descriptions.names(count, len(hosts), number)]
    )
    return _together(bench, list(each))


def _together(bench: Bench, lines: Sequence[str]) -> Work:
    """Lines of a shell at the same time; it fails when one does."""
    started = [f"{{ {line}; }} & p{n}=$!" for n, line in enumerate(lines)]
    waits = " && ".join(f"wait $p{n}" for n in range(len(lines)))
    return Work([("sh", "-c", "\n".join([*started, waits]))], bench.work)


def _peer(bench: Bench, name: str, count: int) -> Tool:
    command, env = bench.peers.command(name)
    if name == MAESTRO:
        up = _maestro(bench, command, count)
    else:
        each = [
            shlex.join(["env", f"DOCKER_HOST={host}", *command, "-f", str(file), "up", "-d"])
            for host, file in zip(bench.lab.hosts, _compose_files(bench, count), strict=True)
        ]
        up = Work(_together(bench, each).commands, bench.work, env)
    return Tool({UP: up, NOTHING: up})


def _compose_files(bench: Bench, count: int) -> list[Path]:
    """A file for each host, in a folder of its own, whose name is that of the project."""
    hosts = len(bench.lab.hosts)
    files = [bench.work / f"compose{host}" / "docker-compose.yml" for host in range(hosts)]
    for host, file in enumerate(files):
        file.parent.mkdir(exist_ok=True)
        file.write_text(descriptions.live_compose(bench.lab.image, hosts, host, count))
    return files


def _maestro(bench: Bench, command: Sequence[str], count: int) -> Work:
    hosts = [(address, 2375) for address in bench.lab.addresses]
    file = bench.work / "maestro.yaml"
    file.write_text(descriptions.live_maestro(bench.lab.image, hosts, count))
    return Work([(*command, "-f", str(file), "start", "-c", str(_AT_ONCE))], bench.work)
