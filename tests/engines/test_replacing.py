"""What update does with addresses, ports, links, restart policies, and volumes of every kind."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.engines.lab import wait_until

if TYPE_CHECKING:
    from tests.engines.lab import Engine, Project

GRACE = ("--grace", "0")
VERSION_2 = {"VERSION": "2"}
APP = """
    docker_host: "{{h1}}"
    command: sleep 3600
    init: true
    env: {VERSION: "{{env['VERSION'] or '1'}}"}
"""


def described(project: Project, image: str = "busybox", **containers: str) -> None:
    text = "".join(
        f"{name}:{APP}    image: {image}\n    {more}\n" for name, more in containers.items()
    )
    project.describe("{}\n---\n" + text)


def update(project: Project, *words: str) -> str:
    answer = project.done("update", "--no-pull", *GRACE, *words, env=VERSION_2)
    return re.sub(r"  [\d.]+s$", "", answer.output, flags=re.MULTILINE)


def version(engine: Engine, name: str) -> str:
    return engine.docker("exec", name, "sh", "-c", "echo $VERSION").strip()


def test_fixed_addresses_and_ports(project: Project) -> None:
    engine = project.lab.plain
    engine.docker("network", "create", "--subnet", "10.201.7.0/24", "fixed")
    described(
        project,
        web="network: ['name=fixed,ip=10.201.7.7,alias=shop']\n"
        "    port_bindings: {80: '127.0.0.1:18081'}",
    )
    project.done("run")
    before = engine.inspect("web")
    update(project)
    after = engine.inspect("web")
    assert (version(engine, "web"), after["Id"] == before["Id"]) == ("2", False)
    for each in (before, after):
        network = each["NetworkSettings"]["Networks"]["fixed"]
        assert (network["IPAddress"], "shop" in network["Aliases"]) == ("10.201.7.7", True)
    assert after["NetworkSettings"]["Ports"] == before["NetworkSettings"]["Ports"]
    assert project.done("run", env=VERSION_2).output.split()[2:] == ["running"]


LOOPS = """
{}
---
web:
    image: busybox
    docker_host: "{{h1}}"
    init: true
    restart: always
    env: {VERSION: "{{env['VERSION']}}"}
    command: [sh, -c, "sleep 0.1; {{'sleep 3600' if env['VERSION'] == '2' else 'exit 1'}}"]
"""


def test_what_docker_restarts_again_and_again(project: Project) -> None:
    """While it is down, docker can't rename it."""
    engine = project.lab.plain
    project.describe(LOOPS)

    def loops() -> None:
        wait_until(lambda: engine.inspect("web")["RestartCount"] > 1)

    for kept in ((), ("--keep", "1")):
        project.done("run", env={"VERSION": "1"})
        loops()
        assert update(project, *kept).split()[2:] == ["replaced"]
        assert version(engine, "web") == "2"
        project.done("update", "--no-pull", *GRACE, *kept, env={"VERSION": "3"})
        loops()
        if kept:
            project.done("rollback", "web", *GRACE, env={"VERSION": "3"})
            assert version(engine, "web") == "2"
        project.done("rm", env={"VERSION": "3"})


@pytest.mark.parametrize("mode", ["net", "pid", "ipc"])
def test_nobody_is_cut_off(project: Project, mode: str) -> None:
    """Whoever hangs on a container, though nobody has described that, or not any more."""
    engine = project.lab.plain
    hangs = "{% if not env['VERSION'] %}" + f"{mode}: container:web" + "{% endif %}"
    described(project, web="ipc: shareable", side=hangs)
    project.done("run")
    flag = {"net": "--network"}.get(mode, f"--{mode}")
    engine.docker("run", "-d", "--init", "--name", "other", flag, "container:web", "busybox",
                  "sleep", "3600")  # fmt: skip
    refused = project.dirg("update", "--no-pull", *GRACE, "web", env=VERSION_2)
    assert refused.status == 1
    assert f"other would be cut off from web, by its {mode}; remove other first" in refused.error
    engine.docker("rm", "-f", "other")
    alone = project.dirg("update", "--no-pull", *GRACE, "web", env=VERSION_2)
    text = f"side would be cut off from web, by its {mode}; dirg update web side replaces both"
    assert (alone.status, text in alone.error) == (1, True)
    assert project.done("update", "--no-pull", *GRACE, env=VERSION_2).output.split()[0] == "web,"


GATE = """
all: [web{% if env['VERSION'] %}, gate{% endif %}]
---
web:
    image: busybox
    docker_host: "{{h1}}"
    init: true
    command: "{{'false' if env['VERSION'] == 'bad' else 'httpd -f'}}"
{% if env['VERSION'] %}
    port_bindings: {80: 18082}
    depends_on: [gate]
gate:
    image: busybox
    docker_host: "{{h1}}"
    init: true
    command: httpd -f
{% endif %}
    port_bindings: {80: 18081}
"""


def test_a_new_container_takes_the_port_of_one_that_needs_it(project: Project) -> None:
    """It goes again when that one comes back, and it stays when dirg is killed after that."""
    engine = project.lab.plain

    def up() -> dict[str, str]:
        names = [name for name in engine.names() if engine.state(name) == "running"]
        return {name: engine.docker("port", name).splitlines()[0] for name in names}

    before = {"web": "80/tcp -> 0.0.0.0:18081"}
    after = {"web": "80/tcp -> 0.0.0.0:18082", "gate": "80/tcp -> 0.0.0.0:18081"}
    project.describe(GATE)
    project.done("run")
    failed = project.dirg("update", "--no-pull", *GRACE, env={"VERSION": "bad"})
    assert (failed.status, up(), engine.names()) == (1, before, ["web"])
    with project.working("update", "--no-pull", "--grace", "60", env=VERSION_2) as process:
        # It is created when all others have got their names.
        wait_until(lambda: "gate" in engine.names())
        wait_until(lambda: up() == after)
        process.kill()
    # To the description without it, the container that was created is a stranger.
    told = project.dirg("run")
    assert "interrupted update finished" in told.output
    assert up() == after
    update(project)
    assert up() == after


def test_containers_that_change_their_ports(project: Project) -> None:
    def publish(**ports: int) -> None:
        # Those that are linked go together in any case, and each after what it is linked to.
        more = {"linked": "links: [two]\n    ", "two": "", "one": "", "three": ""}
        text = {name: f"{more[name]}port_bindings: {{80: {port}}}" for name, port in ports.items()}
        described(project, **text)
        update(project)
        for name, port in ports.items():
            told = project.lab.plain.docker("port", name)
            assert told.startswith(f"80/tcp -> 0.0.0.0:{port}"), name

    publish(one=18081, two=18082, three=18083, linked=18084)
    # Two exchange them, then each follows another one that moves on.
    publish(one=18082, two=18081, three=18083, linked=18084)
    publish(one=18081, two=18083, three=18084, linked=18085)
    # A user and what it is linked to, by either way.
    publish(one=18081, two=18085, three=18084, linked=18083)
    publish(one=18081, two=18083, three=18084, linked=18086)
    publish(one=18081, two=18086, three=18084, linked=18087)


def test_users_of_volumes_that_go_their_own_ways(project: Project) -> None:
    """Several sources, a mount of its own in any spelling, and what the image itself has."""
    engine = project.lab.plain
    engine.make_image("with-volume:1", "VOLUME /of-image")
    described(
        project,
        "with-volume:1",
        first="volumes: [/first, /both]",
        second="volumes: [/both]",
        user="volumes_from: [first, second]",
        own="volumes_from: [first]\n    volumes: ['named:/first/']\n    tmpfs: ['/both/']",
    )
    project.done("run")
    assert project.done("plan", "--exit-code").status == 0
    project.done("update", "--no-pull", "--force", *GRACE)
    assert project.done("plan", "--exit-code").status == 0
    # What a source has otherwise, its users have in the same update.
    described(
        project,
        "with-volume:1",
        first="volumes: [/first, /both, '/tmp:/tmp']",
        second="volumes: [/both]",
        user="volumes_from: [first, second]",
        own="volumes_from: [first]\n    volumes: ['named:/first/']\n    tmpfs: ['/both/']",
    )
    project.done("update", "--no-pull", *GRACE)
    assert project.done("plan", "--exit-code").status == 0
    assert "/tmp" in {each["Destination"] for each in engine.inspect("user")["Mounts"]}
    engine.docker("rm", "--force", "--volumes", "second")
    rows = json.loads(project.done("plan", "--format", "json").output)
    assert {row["container"]: row["action"] for row in rows} == {
        "first": "none", "second": "create", "user": "replace", "own": "none",
    }  # fmt: skip
    project.done("update", "--no-pull", *GRACE)
    assert project.done("plan", "--exit-code").status == 0


def test_what_hangs_on_a_container_is_replaced_with_it(project: Project) -> None:
    engine = project.lab.plain
    described(
        project,
        db="volumes: [/data]",
        web="links: {db: database}",
        side="net: container:web",
        other="depends_on: [db]",
    )
    project.done("run")
    ids = {name: engine.inspect(name)["Id"] for name in engine.names()}
    alone = project.dirg("update", "--no-pull", *GRACE, "db", env=VERSION_2)
    assert alone.status == 1
    assert "web would be cut off from db, by its links; dirg update db web replaces both" in (
        alone.error
    )
    assert {name: engine.inspect(name)["Id"] for name in ids} == ids
    told = update(project)
    assert sorted(line.rpartition("  ")[0].rpartition("  ")[0].strip() for line in told.splitlines()
                  ) == ["db, web, side", "other"]  # fmt: skip
    assert {version(engine, name) for name in ids} == {"2"}
    address = engine.inspect("db")["NetworkSettings"]["IPAddress"]
    hosts = engine.docker("exec", "side", "cat", "/etc/hosts")
    assert f"{address}\tdatabase " in hosts
    # They are linked for good, not only until they are started again.
    engine.docker("restart", "db", "web")
    engine.docker("exec", "web", "ping", "-c", "1", "database")


def test_a_stranger_who_links_to_a_container(project: Project) -> None:
    engine = project.lab.plain
    described(project, db="")
    project.done("run")
    engine.docker("run", "-d", "--name", "stranger", "--link", "db", "busybox", "sleep", "60")
    before = engine.snapshot()
    answer = project.dirg("update", "--no-pull", env=VERSION_2)
    assert answer.status == 1
    assert answer.error.splitlines()[1] == (
        f"  db on {engine.written}: stranger would be cut off from db, by its links; "
        "remove stranger first, or describe it"
    )
    assert engine.snapshot() == before


def test_restart_policies_and_states(project: Project) -> None:
    engine = project.lab.plain
    described(
        project,
        always="restart: always",
        failure="restart: on-failure:3",
        stopped="restart: unless-stopped",
        paused="",
        made="",
        vanishing="rm: true",
    )
    project.done("run")
    engine.docker("stop", "stopped")
    engine.docker("pause", "paused")
    engine.docker("rm", "-f", "made")
    project.done("run", "made")
    engine.docker("kill", "made")
    ids = {name: engine.inspect(name)["Id"] for name in engine.names()}
    answer = project.dirg("update", "--no-pull", *GRACE, env=VERSION_2)
    assert answer.status == 1
    assert (
        f"  vanishing on {engine.written}: was made with --rm, so that it could not be put back if "
        "the new one failed; replace it by dirg rm vanishing, dirg run vanishing"
    ) in answer.error.splitlines()
    rest = [name for name in ids if name != "vanishing"]
    told = update(project, *rest)
    assert told.count("replaced") + answer.output.count("replaced") >= len(rest)
    assert {name: (engine.state(name), version(engine, name)) for name in ids} == {
        **dict.fromkeys(rest, ("running", "2")),
        "vanishing": ("running", "1"),
    }
    policies = {name: engine.inspect(name)["HostConfig"]["RestartPolicy"]["Name"] for name in ids}
    assert policies == {
        "always": "always",
        "failure": "on-failure",
        "stopped": "unless-stopped",
        "paused": policies["made"],
        "made": policies["made"],
        "vanishing": policies["made"],
    }


def test_a_paused_container_is_paused_again_when_its_update_fails(project: Project) -> None:
    engine = project.lab.plain
    command = "{{'exit 1' if env['VERSION'] else 'sleep 3600'}}"
    project.describe(
        "{}\n---\npaused: {image: busybox, init: true, docker_host: '{{h1}}', "
        f'command: [sh, -c, "{command}"]}}\n'
    )
    project.done("run")
    engine.docker("pause", "paused")
    number = engine.inspect("paused")["Id"]
    answer = project.dirg("update", "--no-pull", *GRACE, env=VERSION_2)
    assert answer.status == 1
    assert (engine.state("paused"), engine.inspect("paused")["Id"]) == ("paused", number)
    assert engine.names() == ["paused"]


VOLUMES = "volumes: [/plain, 'named:/named']\n    mount: ['type=volume,target=/mounted']"


def test_anonymous_volumes_move_along_and_go_with_the_container(project: Project) -> None:
    """From one update to the next, with the same definition and with others, and then rm."""
    engine = project.lab.plain
    engine.make_image("with-volume:1", "VOLUME /of-image")
    described(
        project,
        "with-volume:1",
        web=VOLUMES,
        data="volumes: [/shared]",
        user="volumes_from: [data]",
        temporary="volumes: [/kept]\n    mount: ['type=tmpfs,target=/scratch']",
    )
    project.done("run")
    engine.docker("exec", "temporary", "sh", "-c", "echo kept >/kept/said")
    folders = ("/plain", "/mounted", "/of-image")
    for folder in folders:
        engine.docker("exec", "web", "sh", "-c", f"echo {folder} >{folder}/said")
    engine.docker("exec", "data", "sh", "-c", "echo shared >/shared/said")
    volumes = engine.volumes()
    steps = (("--force",), (), ("--force",), ())
    for number, words in enumerate(steps, 2):
        env = {"VERSION": str(number // 2)}
        project.done("update", "--no-pull", *GRACE, *words, env=env)
        for folder in folders:
            assert engine.docker("exec", "web", "cat", f"{folder}/said") == f"{folder}\n", number
        assert engine.docker("exec", "user", "cat", "/shared/said") == "shared\n"
        assert engine.docker("exec", "temporary", "cat", "/kept/said") == "kept\n"
        assert engine.volumes() == volumes
        # It is as it was defined, volumes included.
        plan = json.loads(project.done("plan", "--format", "json", env=env).output)
        assert [row["action"] for row in plan] == ["none"] * 4, plan
    project.done("rm", env=env)
    assert engine.volumes() == ["named"]


HANGING = {
    "db": "",
    "data": "volumes: [/data]",
    "joined": "net: container:db",
    "linked": "links: {db: database}",
    "user": "volumes_from: [data]",
    "other": "volumes_from: [data]\n    volumes: [/data]",
}


def test_what_hangs_on_a_container_that_was_made_anew(project: Project) -> None:
    """It goes on with what was there before, until it is replaced as well."""
    engine = project.lab.plain
    described(project, **HANGING)
    project.done("run")
    assert project.done("plan", "--exit-code").status == 0
    engine.docker("exec", "user", "sh", "-c", "echo said >/data/said")
    project.done("rm", "db", "data")
    project.done("run", "db", "data")
    answer = project.dirg("run")
    assert re.findall(r"^  (\w+) on \S+: (.*);", answer.error, re.MULTILINE) == [
        ("joined", "what it hangs on is another one by now (net)"),
        ("linked", "what it hangs on is another one by now (links)"),
        ("user", "what it hangs on is another one by now (volumes_from)"),
        ("other", "what it hangs on is another one by now (volumes_from)"),
    ]
    rows = json.loads(project.done("plan", "--format", "json").output)
    because = {row["container"]: row["because"] for row in rows if row["action"] != "none"}
    assert because.pop("joined").startswith("net: container:")
    assert because == {
        "linked": "links: the db of before -> db",
        "user": "volumes_from: the data of before -> data",
        "other": "volumes_from: the data of before -> data",
    }
    project.done("update", "--no-pull", *GRACE)
    assert project.done("plan", "--exit-code").status == 0
    assert "database" in engine.docker("exec", "linked", "cat", "/etc/hosts")
    mounts = [
        {each["Name"] for each in engine.inspect(name)["Mounts"]} for name in ("user", "data")
    ]
    assert mounts[0] == mounts[1]
    # That of before, which nobody has any more, is not taken for one of its own.
    project.done("rm")
    project.done("run")


def test_a_volume_that_a_definition_gives_up_is_left_behind(project: Project) -> None:
    engine = project.lab.plain
    engine.make_image("with-volume:1", "VOLUME /of-image")
    described(project, "with-volume:1", web="volumes: [/kept, /given-up]")
    project.done("run")
    for folder in ("/kept", "/given-up", "/of-image"):
        engine.docker("exec", "web", "sh", "-c", f"echo {folder} >{folder}/said")
    before = {each["Destination"]: each["Name"] for each in engine.inspect("web")["Mounts"]}
    described(project, "with-volume:1", web="volumes: [/kept]")
    (row,) = json.loads(project.done("plan", "--format", "json").output)
    assert "volumes: /given-up -> (not set)" in row["because"]
    project.done("update", "--no-pull", *GRACE)
    after = {each["Destination"]: each["Name"] for each in engine.inspect("web")["Mounts"]}
    given_up = before.pop("/given-up")
    assert after == before
    assert given_up in engine.volumes()
    (row,) = json.loads(project.done("plan", "--format", "json").output)
    assert row["action"] == "none", row


def test_volumes_that_others_have_stay_when_a_container_goes(project: Project) -> None:
    engine = project.lab.plain
    described(project, data="volumes: [/shared]", user="volumes_from: [data]")
    project.done("run")
    engine.docker("exec", "data", "sh", "-c", "echo shared >/shared/said")
    update(project)
    project.done("rm", "data", env=VERSION_2)
    assert engine.docker("exec", "user", "cat", "/shared/said") == "shared\n"


def test_rollback_to_the_image_of_before(project: Project) -> None:
    engine = project.lab.plain
    old = engine.make_image("moving:1", content="old")
    project.describe(
        "{}\n---\nweb: {image: 'moving:1', init: true, command: sleep 3600, docker_host: '{{h1}}'}"
    )
    project.done("run")
    new = engine.make_image("moving:1", content="new")
    done = ("--grace", "0")
    project.done("update", "--no-pull", *done)
    assert engine.inspect("web")["Image"] == new
    project.done("rollback", "web", *done)
    assert engine.inspect("web")["Image"] == old
    # run leaves it alone, plan tells it, and back again is the way it came.
    assert project.done("run").output.split()[2:] == ["running"]
    (row,) = json.loads(project.done("plan", "--format", "json").output)
    assert (row["action"], {each["property"] for each in row["reasons"]}) == ("replace", {"image"})
    project.done("rollback", "web", *done)
    assert engine.inspect("web")["Image"] == new
    project.done("rollback", "web", *done)
    engine.docker("image", "rm", "--force", "moving:1", new)
    answer = project.dirg("rollback", "web", *done)
    assert answer.status == 1
    assert engine.inspect("web")["Image"] == old


def test_rollback_to_the_container_of_before(project: Project) -> None:
    engine = project.lab.plain
    described(project, web="restart: always\n    volumes: [/data]", db="")
    never = project.dirg("rollback", "web")
    assert never.status == 1
    assert "does not exist" in never.error
    project.done("run")
    engine.docker("exec", "web", "sh", "-c", "echo data >/data/said")
    first = engine.inspect("web")["Id"]
    never = project.dirg("rollback", "web", *GRACE)
    assert "nothing is known of what ran before: no update made it" in never.error
    update(project, "--keep", "2")
    second = engine.inspect("web")["Id"]
    project.done("update", "--no-pull", *GRACE, "--keep", "2", env={"VERSION": "3"})
    assert sorted(name for name in engine.names() if name.startswith("web")) == [
        *("web", "web.dirg-kept-1", "web.dirg-kept-2"),
    ]
    # Kept ones stay stopped, also when their engine is started anew.
    kept = engine.inspect("web.dirg-kept-2")
    assert (kept["Id"], kept["State"]["Status"]) == (second, "exited")
    assert kept["HostConfig"]["RestartPolicy"]["Name"] == "no"
    project.done("rollback", "web", *GRACE, env={"VERSION": "3"})
    web = engine.inspect("web")
    assert (web["Id"], version(engine, "web")) == (second, "2")
    assert web["HostConfig"]["RestartPolicy"]["Name"] == "always"
    project.done("rollback", "web", *GRACE, env={"VERSION": "3"})
    assert (engine.inspect("web")["Id"], version(engine, "web")) == (first, "1")
    assert engine.docker("exec", "web", "cat", "/data/said") == "data\n"
    project.done("rm", env={"VERSION": "3"})
    assert (engine.names(), engine.volumes()) == ([], [])


def test_a_rollback_that_fails_leaves_everything_as_it_was(project: Project) -> None:
    engine = project.lab.plain
    taken = "{{'' if env['VERSION'] else 'port_bindings: {80: 18082}'}}"
    described(project, web=taken)
    project.done("run")
    update(project, "--keep", "1")
    engine.docker("run", "-d", "--name", "taker", "-p", "18082:80", "busybox", "sleep", "60")
    before = [engine.inspect(name)["Id"] for name in ("web", "web.dirg-kept-1")]
    answer = project.dirg("rollback", "web", *GRACE, env=VERSION_2)
    assert answer.status == 1
    assert "port is already allocated" in answer.error
    assert [engine.inspect(name)["Id"] for name in ("web", "web.dirg-kept-1")] == before
    assert (engine.state("web"), version(engine, "web")) == ("running", "2")
    assert sorted(engine.names()) == ["taker", "web", "web.dirg-kept-1"]
