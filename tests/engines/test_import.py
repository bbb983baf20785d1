"""What runs, as a description: nothing changes by it, and run makes the same elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from dirg.canonical import bind
from tests.engines.inspecting import differences, inspected
from tests.engines.lab import Engine, Project, at_once

# What docker run takes, each with what it does not go together with.
FLAGS: Sequence[tuple[list[str], set[str]]] = [
    (["-e", "A=1", "-e", "B=it's {{.x}} {% y"], set()),
    (["-e", "DB_PASSWORD=\"it's\" $HOME"], set()),
    (["-p", "80"], {"net"}),
    (["-p", "53/udp", "-p", "127.0.0.1:1NUMBER0-1NUMBER1:7000-7001/tcp"], {"net"}),
    (["--expose", "81", "--expose", "82/udp"], {"net"}),
    (["-P", "--expose", "90-92"], {"net"}),
    (["-v", "FOLDER:/bound:ro"], set()),
    (["-v", "VOLUME:/named"], set()),
    (["-v", "/anonymous", "-v", "FOLDER:/x:rw,z"], set()),
    (["--mount", "type=volume,source=VOLUME,target=/m,readonly,volume-nocopy"], set()),
    (["--mount", "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=700"], set()),
    (["--mount", "type=bind,source=FOLDER,target=/b,bind-propagation=private"], set()),
    (["--tmpfs", "/run:size=1m", "--tmpfs", "/var"], set()),
    (["--volumes-from", "base:ro"], set()),
    (["--link", "base:alias"], {"net"}),
    (["--network", "lan", "--network-alias", "other"], {"net"}),
    (["--network", "lan", "--ip", "10.77.9.NUMBER"], {"net"}),
    (["--network", "host"], {"net", "hostname"}),
    (["--network", "none"], {"net"}),
    (["--network", "container:base"], {"net", "hostname", "dns"}),
    (["--pid", "host"], {"pid"}),
    (["--pid", "container:base", "--ipc", "container:base"], {"pid", "ipc"}),
    (["--ipc", "shareable"], {"ipc"}),
    (["--uts", "host"], {"hostname"}),
    (["--userns", "host"], set()),
    (["--hostname", "own.example"], {"hostname"}),
    (["--domainname", "example.org"], {"hostname"}),
    (["--dns", "10.0.0.53", "--dns-search", "example.org", "--dns-opt", "ndots:1"], {"dns"}),
    (["--add-host", "db:10.0.0.7"], {"dns"}),
    (["--memory", "64m", "--memory-swap", "128m", "--memory-reservation", "32m"], {"memory"}),
    (["-m", "70m"], {"memory"}),
    (["--cpus", "0.5", "--cpuset-cpus", "0", "-c", "512"], {"cpus"}),
    (["--cpu-period", "50000", "--cpu-quota", "20000"], {"cpus"}),
    (["--pids-limit", "50", "--shm-size", "32m"], set()),
    (["--oom-score-adj", "100"], set()),
    (["--ulimit", "nofile=100:200", "--ulimit", "nproc=500"], set()),
    (["--restart", "always"], {"restart"}),
    (["--restart", "on-failure:3"], {"restart"}),
    (["--restart", "unless-stopped"], {"restart"}),
    (["--rm"], {"restart"}),
    (["--health-cmd", "true || exit 1", "--health-interval", "1h30m", "--health-retries", "2"],
     {"h"}),
    (["--no-healthcheck"], {"h"}),
    (["--label", "a=b=c", "--label", "empty", "-l", "t={{x}}"], set()),
    (["--log-driver", "local", "--log-opt", "max-size=1m"], {"log"}),
    (["--log-opt", "max-file=2", "--log-opt", "tag={{.Name}}"], {"log"}),
    (["--user", "1000:1000", "--group-add", "29"], set()),
    (["--workdir", "/srv/work"], set()),
    (["-it"], set()),
    (["--init"], set()),
    (["--read-only"], set()),
    (["--cap-add", "NET_ADMIN", "--cap-drop", "mknod"], {"caps"}),
    (["--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined"], {"caps"}),
    (["--device", "/dev/null:/dev/nothing:r", "--device-cgroup-rule", "c 1:3 mr"], {"caps"}),
    (["--sysctl", "net.ipv4.ip_unprivileged_port_start=80"], {"net"}),
    (["--stop-signal", "SIGINT", "--stop-timeout", "3"], set()),
    (["--entrypoint", "sleep"], {"command"}),
    (["--cgroupns", "host"], set()),
]  # fmt: skip
IDLE = ["sh", "-c", "trap exit TERM INT; echo '{{x}}'; sleep 1000000 & wait"]
COUNT = 60


def _chosen(number: int) -> list[str]:
    """Flags of a container: half a dozen that go together, each one next to ever other ones."""
    step = 1 + number // len(FLAGS) * 2 + number % 5
    flags: list[list[str]] = []
    taken: set[str] = set()
    for at in islice(range(number, number + 10**6, step), 6):
        words, needs = FLAGS[at % len(FLAGS)]
        if not needs & taken and not any(words is each for each in flags):
            flags.append(words)
            taken |= needs
    return [word for words in flags for word in words]


def _run(engine: Engine, number: int, folder: Path) -> None:
    own = {"FOLDER": str(folder), "VOLUME": f"data{number % 7}", "NUMBER": f"{number + 10}"}
    flags = _chosen(number)
    command = ["1000000"] if "--entrypoint" in flags else IDLE
    for word, value in own.items():
        flags = [flag.replace(word, value) for flag in flags]
    engine.docker("run", "-d", "--name", f"c{number:02}", *flags, "busybox", *command)


def _prepare(engine: Engine) -> None:
    engine.docker("network", "create", "--subnet", "10.77.0.0/16", "--label", "of=lan", "lan")
    engine.docker("network", "create", "--internal", "--subnet", "10.78.0.0/16", "wan")
    for number in range(7):
        engine.docker("volume", "create", "--label", f"n={number}", f"data{number}")
    base = ["--name", "base", "--ipc", "shareable", "-v", "/based", "--init"]
    engine.docker("run", "-d", *base, "busybox", "sleep", "1000000")


def _connect(engine: Engine) -> None:
    """Join what is in a network to another one, in each way that there is."""
    ways: tuple[list[str], ...] = (
        ["--alias", "one", "--alias", "two"],
        ["--ip", "10.78.9.NUMBER"],
        [],
    )
    names = engine.lines("ps", "--filter", "network=lan", "--format", "{{.Names}}")
    assert len(names) >= len(ways)
    for number, name in enumerate(names):
        flags = [word.replace("NUMBER", f"{number + 10}") for word in ways[number % len(ways)]]
        engine.docker("network", "connect", *flags, "wan", name)


def test_sixty_containers_are_taken_over_and_made_again(project: Project, tmp_path: Path) -> None:
    lab = project.lab
    engine = lab.plain
    _prepare(engine)
    at_once(lambda number: _run(engine, number, tmp_path), range(COUNT))
    _connect(engine)
    used = {word for number in range(COUNT) for word in _chosen(number)}
    assert {word for words, _ in FLAGS for word in words} <= used
    before = _of_a_person(engine)

    words = ("import", "containers", "--host", engine.written, "-o", "d.yml", "--secrets", "s.sh")
    told = project.dirg(*words)
    assert (told.status, told.output) == (0, "")
    assert told.error.splitlines()[-1] == "dirg: dirg.cfg names it", told.error
    assert not [line for line in told.error.splitlines() if "can't" in line or "left out" in line]

    secrets = _secrets(project)
    with engine.recorded_events() as events:
        for verb in ("run", "update"):
            plan = project.done("plan", verb, "--exit-code", env=secrets)
            assert {line.split()[2] for line in plan.lines[1:]} == {"none"}, plan.output
        ran = project.done("run", env=secrets)
    assert len(ran.lines) == COUNT + 1
    assert [each for each in events if "exec_" not in each and "health" not in each] == []

    lab.clean()
    project.done("run", env=secrets)
    assert differences(before, _of_a_person(engine)) == {}
    assert project.done("run", env=secrets).status == 0


def test_containers_of_several_hosts(project: Project) -> None:
    lab = project.lab
    idle = ("--init", "busybox", "sleep", "1000000")
    lab.tls.docker("run", "-d", "--name", "web", *idle)
    lab.ssh_host.docker("run", "-d", "--name", "db", "-v", "data:/data", *idle)
    lab.ssh_host.docker("create", "--name", "old", *idle)
    dead = "tcp://127.0.0.1:1"
    hosts = [
        word for host in (lab.tls.written, lab.ssh_host.written, dead) for word in ("--host", host)
    ]
    none = project.dirg("import", "containers", *hosts)
    assert (none.status, none.output) == (1, "")
    told = project.dirg("import", "containers", *hosts, "--skip-unreachable")
    assert told.status == 1
    assert told.error.startswith(f"dirg: {dead} is unreachable: ")
    (project.folder / "d.yml").write_text(told.output)
    (project.folder / "dirg.cfg").write_text("[DEFAULT]\ndirg_services = d.yml\n")
    shown = json.loads(project.done("ps", "--format", "json").output)
    assert [(each["container"], each["host"], each["state"]) for each in shown] == [
        ("web", lab.tls.written, "running"),
        ("db", lab.ssh_host.written, "running"),
    ]
    assert project.done("plan", "--exit-code").status == 0
    named = project.dirg("import", "containers", "--host", lab.ssh_host.written, "o*")
    assert named.error == "dirg: old: does not run; dirg run starts it\n"
    assert [line for line in named.lines if line in ("db:", "old:")] == ["old:"]


def _secrets(project: Project) -> dict[str, str]:
    """What a shell that reads in the file has then."""
    shown = project.shell('. ./s.sh; printf %s "$DB_PASSWORD"')
    return {"DB_PASSWORD": shown.output}


def _of_a_person(engine: Engine) -> dict[str, Any]:
    """What the engine has, in one spelling; a host is named as its container, or by its id."""
    everything = inspected(engine)
    for name, found in everything.items():
        config, settings = found["Config"], found["HostConfig"]
        config["Labels"].pop("dirg.definition", None)
        # docker create takes for granted that somebody will attach.
        config["AttachStdout"] = config["AttachStderr"] = False
        joined = settings["NetworkMode"].partition(":")[2] and "base"
        own = (name, f"<id of /{name}>", joined, f"<id of /{joined}>")
        config["Hostname"] = "its own" if config["Hostname"] in own else config["Hostname"]
        config["StopSignal"] = config.get("StopSignal", "").removeprefix("SIG")
        settings["Binds"] = sorted(map(bind, settings["Binds"] or ()))
        settings["Mounts"] = sorted(settings.get("Mounts") or (), key=str)
        for mount in found["Mounts"]:
            mount["Mode"] = mount["Mode"].removeprefix("rw,")
        for network in found["Networks"].values():
            network["Aliases"] = sorted({*(network["Aliases"] or ())} - {name})
    return everything
