"""What descriptions of many containers, services and hosts cost, without any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from benchmarks import descriptions
from benchmarks.bench import Bench
from benchmarks.measure import Unmeasured, Work, in_turn
from benchmarks.peers import COMPOSE, COMPOSE_1, PODMAN
from benchmarks.rows import Reach, Row, compared, missing

_HOSTS = 20
_MANY = 1000
_MOST = 10000
_LOOP = "1,000 containers by a loop: run -n"


def rows(bench: Bench) -> Iterator[Row]:
    yield from _beside_a_small_one(bench)
    yield from _beside_config(bench, COMPOSE, bench.rounds, 0.5)
    if not bench.quick:
        yield from _beside_config(bench, COMPOSE_1, bench.rounds)
        # Half a minute for each.
        yield from _beside_config(bench, PODMAN, 3)
    yield from _ten_times(bench)
    yield from _growing(bench, "containers", _printing, _growth(bench))
    if not bench.quick:
        yield from _growing(bench, "services", _in_services, _growth(bench))
        yield from _growing(bench, "hosts", _on_hosts, {_HOSTS: None, _MANY: None})


def _described(bench: Bench, text: str, name: str) -> Work:
    folder = descriptions.write(bench.work / name, text)
    return bench.dirg("run", "-n", folder=folder)


def _printing(bench: Bench, count: int) -> Work:
    return _described(bench, descriptions.dirg(count, _HOSTS), f"containers{count}")


def _in_services(bench: Bench, count: int) -> Work:
    return _described(bench, descriptions.dirg(_MANY, _HOSTS, count), f"services{count}")


def _on_hosts(bench: Bench, count: int) -> Work:
    return _described(bench, descriptions.dirg(_MANY, count), f"hosts{count}")


def _growth(bench: Bench) -> dict[int, float | None]:
    """Sizes, and how many times the first each of them may take, if there is no more work in it."""
    return {_MANY: None, 2 * _MANY: 2.0} | ({} if bench.quick else {4 * _MANY: 4.0})


def _beside_a_small_one(bench: Bench) -> Iterator[Row]:
    small = _described(bench, descriptions.dirg(4, 4), "few")
    found = in_turn({"many": _printing(bench, _MANY), "small": small}, bench.rounds)
    what = f"{_MANY:,} containers on {_HOSTS} hosts: run -n"
    yield compared(what, "run -n of 4 containers", found["many"], found["small"], Reach(5))


def _beside_config(
    bench: Bench, peer: str, rounds: int, most: float | None = None
) -> Iterator[Row]:
    """Beside a tool that prints the same containers; within a reach, both kinds of description."""
    yardstick = f"{peer}: config"
    what = f"{_MANY:,} containers: run -n"
    works = {what: _printing(bench, _MANY)}
    if most:
        works[_LOOP] = _described(bench, descriptions.dirg_loop(_MANY, _HOSTS), "loop")
    try:
        found = in_turn({**works, "peer": _config(bench, peer)}, rounds)
    except Unmeasured as problem:
        yield missing(what, yardstick, str(problem))
        return
    reach = Reach(most) if most else None
    for each in works:
        yield compared(each, yardstick, found[each], found["peer"], reach)


def _config(bench: Bench, peer: str) -> Work:
    command, env = bench.peers.command(peer)
    folder = bench.work / "config"
    folder.mkdir(exist_ok=True)
    file = folder / "compose.yml"
    file.write_text("version: '3.7'\n" * (peer == COMPOSE_1) + descriptions.compose(_MANY))
    return Work([(*command, "-f", str(file), "config")], folder, env)


def _ten_times(bench: Bench) -> Iterator[Row]:
    most = _MOST * 3 // 10 if bench.quick else _MOST
    works = {"most": _printing(bench, most), "many": _printing(bench, _MANY)}
    found = in_turn(works, bench.rounds)
    times = 12 * most / _MOST
    what, many = f"{most:,} containers: run -n", f"run -n of {_MANY:,} containers"
    yield compared(what, many, found["most"], found["many"], Reach(times))
    memory = Reach(150, "memory")
    yield compared(f"{what}, memory", many, found["most"], found["many"], memory, "memory")


def _growing(
    bench: Bench,
    kind: str,
    work: Callable[[Bench, int], Work],
    sizes: Mapping[int, float | None],
) -> Iterator[Row]:
    """The same with more of something, beside the first size."""
    found = in_turn({str(size): work(bench, size) for size in sizes}, bench.rounds)
    first = found[str(next(iter(sizes)))]
    for size, most in list(sizes.items())[1:]:
        reach = Reach(most) if most else None
        what, less = f"{size:,} {kind}: run -n", f"{next(iter(sizes)):,} {kind}"
        yield compared(what, less, found[str(size)], first, reach)
