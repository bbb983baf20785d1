"""From a description to Compose and back: what Compose can say comes back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dirg import networks, options
from dirg.canonical import words
from dirg.check import check
from dirg.definitions import Description, parse
from dirg.exports import keys
from dirg.exports.compose import Exported, as_compose
from dirg.files import rendered as render
from dirg.imports import compose
from dirg.imports.described import Imported, written
from dirg.masked import plain
from dirg.resources import NETWORK, VOLUME
from dirg.wanted import said
from tests.helpers import parsed

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.steps import Deployment

# For each property a value, in the form in which docker gets it back.
LINES = [
    "add_host: ['one:1.2.3.4', 'two:host-gateway']",
    "annotation: {a: b}",
    "blkio_weight: 300",
    "blkio_weight_device: ['/dev/sda:20']",
    "build: {context: ./web, dockerfile: Other, target: prod, build_arg: {A: 1, B: }, pull: true}",
    "build: .",
    "cap_add: [NET_ADMIN]",
    "cap_drop: [ALL]",
    "cgroup_parent: /shop",
    "cgroupns: host",
    "command: [sh, -c, 'echo $HOME ${X} {{x}} $$ \"a\"']",
    "command: sleep 1e3",
    "cpu_period: 50000",
    "cpu_quota: 20000",
    "cpu_rt_period: 1000",
    "cpu_rt_runtime: 1000",
    "cpu_shares: 512",
    "cpus: 1.50",
    "cpuset_cpus: 0-1",
    "depends_on: [db]",
    "depends_on: {db: healthy, job: completed}",
    "device: ['/dev/null:/dev/x:r']",
    "device_cgroup_rule: ['c 1:3 mr']",
    "device_read_bps: ['/dev/sda:1mb']",
    "device_read_iops: ['/dev/sda:10']",
    "device_write_bps: ['/dev/sda:1mb']",
    "device_write_iops: ['/dev/sda:10']",
    "dns: [10.0.0.53]",
    "dns_option: ['ndots:1']",
    "dns_search: [example.org]",
    "domainname: example.org",
    "entrypoint: /run.sh",
    "env: {A: 1.10, B: on, C: '$x ${y} {{z}} {% q', D: , E: '', F: \"it's \\\"\\n\", x-g: 'null'}",
    "gpus: all",
    "group_add: [audio, '29']",
    "health_cmd: 'curl -f http://localhost/ || exit $?'",
    "health_cmd: x\n  health_interval: 1m30s\n  health_timeout: 5s\n  health_retries: 3\n"
    "  health_start_period: 10s\n  health_start_interval: 2s",
    "hostname: own.example",
    "image: registry:5000/shop/web@sha256:" + "0" * 64,
    "init: true",
    "interactive: true",
    "ip: 10.1.0.9\n  net: back",
    "ipc: container:db",
    "ipc: shareable",
    "isolation: default",
    "label: {a: 'b=c', traefik.rule: 'Host(`x`) && $y', empty: ''}",
    "links: {db: store}",
    "log_driver: local",
    "log_opt: {max-size: 1m, tag: '{{.Name}}'}",
    "memory: 64m",
    "memory_reservation: 32m",
    "memory_swap: -1",
    "memory_swappiness: 10",
    "mount: ['type=volume,source=data,target=/m,readonly,volume-nocopy']",
    "mount: ['type=tmpfs,target=/t,tmpfs-mode=700,tmpfs-size=1m']",
    "mount: ['type=bind,source=/srv/a,target=/b,bind-propagation=rslave']",
    "net: back",
    "net: container:db",
    "net: host",
    "net: none",
    "network: [{name: back, alias: store}, {name: front, ip: 10.2.0.9}]",
    "no_healthcheck: true",
    "oom_kill_disable: true",
    "oom_score_adj: 100",
    "pid: container:db",
    "pid: host",
    "pids_limit: 50",
    "platform: linux/amd64",
    "port_bindings: {80: 8080, 81: '127.0.0.1:8081', 53/udp: 53, 7000-7001: 7000-7001, 90: }",
    "port_bindings: {80: [8080, 8082], 443: '[::1]:8443'}",
    "ports: [80, 53/udp]",
    "privileged: true",
    "pull: always",
    "read_only: true",
    "restart: on-failure:3",
    "restart: unless-stopped",
    "runtime: runc",
    "secret_env: {PW: 'it''s $a \"b\" {{c}}', DB_PASSWORD: x}",
    "security_opt: [no-new-privileges, 'seccomp=unconfined']",
    "shm_size: 32m",
    "stop_signal: SIGINT",
    "stop_timeout: 90",
    "storage_opt: {size: 1G}",
    "sysctl: {net.core.somaxconn: 1024}",
    "tmpfs: {/run: size=64m, /tmp: }",
    "tty: true",
    "ulimit: {nofile: '10:20', core: '0', nproc: '-1'}",
    "user: 0123:0",
    "userns: host",
    "uts: host",
    "volume_bindings: {/srv/x: {bind: /x, ro: true}, ./y: {bind: /y, mode: z}, data: /data}",
    "volumes: [/own, '/srv/z:/z']",
    "volumes_from: ['db:ro']",
    "workdir: /srv",
]
OTHERS = """
db: { image: pg, health_cmd: x }
job: { image: pg }
---
networks:
    back: { subnet: 10.1.0.0/16, internal: true, opt: {a: $b}, label: {x: y} }
    front: { driver: bridge, subnet: 10.2.0.0/16, ipv6: true, attachable: true }
volumes:
    data: { driver: local, opt: {type: nfs}, label: {a: 'on'} }
"""


def checked(description: Description, shell: dict[str, str]) -> dict[str, Deployment]:
    found = check(description, shell)
    assert [str(each) for each in found.mistakes] == []
    return dict(found.deployments)


def exported(description: Description, deployments: dict[str, Deployment]) -> Exported:
    made = {
        kind: {each.name: plain(each) for each in description.resources if each.kind == kind}
        for kind in (NETWORK, VOLUME)
    }
    return as_compose([*deployments.values()], made[NETWORK], made[VOLUME], "shop")


def imported(file: str, shell: dict[str, str]) -> tuple[Imported, dict[str, Deployment]]:
    Path("compose.yml").write_text(file)
    found = compose.read(Path("compose.yml"), environ=shell, relative_to=Path())
    Path("back.yml").write_text(written(found, "Back."))
    shell = {**found.secrets, **shell}
    return found, checked(parse(render("back.yml", {}, shell), ""), shell)


def arguments(definition: Definition) -> tuple[object, ...]:
    """What docker gets, whatever the order of flags that do not mind; bridge is its default."""
    spoken = said(definition)
    joined = networks.written(spoken.pop("net", ["bridge"]))
    flags = {name: words(name, its) for name, its in spoken.items()}
    return (
        definition.image,
        {name: its for name, its in flags.items() if its},
        [(each.name, sorted(each.fields)) for each in joined],
        definition.build,
        # What comes first anyway needs not be depended on.
        sorted({(each.name, each.condition) for each in definition.references}),
        dict(definition.secrets),
    )


def resources(deployment: Deployment) -> list[object]:
    found: list[object] = []
    for each in deployment.resources:
        table = {**options.NETWORK, **options.VOLUME}
        flags = sorted(map(tuple, options.grouped(each.options, table)))
        found.append((each.kind, each.name, flags))
    return found


@pytest.mark.parametrize("line", LINES)
def test_what_compose_can_say_comes_back(line: str) -> None:
    image = "" if line.startswith("image:") else "  image: shop/web:1\n"
    text = f"all: [web]\n---\nweb:\n{image}  {line}\n{OTHERS}"
    description = parsed(f"{{% raw %}}{text}{{% endraw %}}")
    before = checked(description, {})
    secrets = {key: it for each in before.values() for key, it in each.definition.secrets}
    there = exported(description, before)
    (file,) = there.files.values()
    back, after = imported(file, secrets)
    notes = [*there.notes, *back.notes]
    assert all("has to be set" in note or "looks like a secret" in note for note in notes), notes
    assert arguments(after["web"].definition) == arguments(before["web"].definition)
    assert resources(after["web"]) == resources(before["web"])


def test_every_property_goes_there_and_back() -> None:
    lines = [part for line in LINES for part in line.split("\n")]
    tested = {line.split(":")[0].strip() for line in lines} | {"docker_host", "docker_context"}
    # What docker has under two names, or only on Windows; and what Compose says in its own way.
    twice = {"expose", "publish", "volume", "link", "network_alias", "net_alias", "dns_opt", "path"}
    elsewhere = {
        "cpu_count",
        "cpu_percent",
        "ip6",
        "link_local_ip",
        "mac_address",
        "use_api_socket",
    }
    files = {"env_file", "label_file"}
    known = {*options.PROPERTIES, *options.RUN} - {*keys.NONE}
    assert known - tested - twice - elsewhere - files == set()
