"""Compose files, and the docker command lines that come of them in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from dirg.imports.compose import read
from tests.composed import built, docker, found, notes, refused, service, web

NET = "--network shop_default"
DB = "  db: {image: pg}\n"

FLAGS = [
    ("restart: unless-stopped", "--restart unless-stopped"),
    ("restart: no", "--restart no"),
    ('restart: "on-failure:3"', "--restart on-failure:3"),
    ("stop_grace_period: 1m30s", "--stop-timeout 90"),
    ("stop_grace_period: 1500ms", "--stop-timeout 2"),
    ("stop_signal: SIGUSR1", "--stop-signal SIGUSR1"),
    ("init: true\nprivileged: yes\nread_only: on", "--init --privileged --read-only"),
    ("tty: true\nstdin_open: true", "--interactive --tty"),
    ("tty: false\ninit: false", "--init=false"),
    ("privileged: ${P:-true}", "--privileged"),
    ("user: 0123:0123\nworking_dir: /app", "--user 0123:0123 --workdir /app"),
    ("domainname: x.org", "--domainname x.org"),
    ("mem_limit: 50M\nmem_reservation: 1gb", "--memory 50M --memory-reservation 1gb"),
    ("memswap_limit: 1073741824\nmem_swappiness: 10",
     "--memory-swap 1073741824 --memory-swappiness 10"),
    ("cpus: 1.50\ncpuset: 0,1", "--cpus 1.50 --cpuset-cpus 0,1"),
    ("cpu_shares: 73\ncpu_quota: 50000", "--cpu-quota 50000 --cpu-shares 73"),
    ("cpu_rt_runtime: 400ms\ncpu_rt_period: 1400us",
     "--cpu-rt-period 1400 --cpu-rt-runtime 400000"),
    ("pids_limit: 10\nshm_size: 64M", "--pids-limit 10 --shm-size 64M"),
    ("platform: linux/amd64\nruntime: runc", "--platform linux/amd64 --runtime runc"),
    ("cgroup: private\ncgroup_parent: m", "--cgroup-parent m --cgroupns private"),
    ("userns_mode: host", "--userns host"),
    ("oom_kill_disable: true\noom_score_adj: -5", "--oom-score-adj -5 --oom-kill-disable"),
    ("mac_address: 02:42:ac:11:65:43", "--mac-address 02:42:ac:11:65:43"),
    ("pull_policy: always", "--pull always"),
    ("pull_policy: if_not_present", "--pull missing"),
    ("cap_add: [ALL]\ncap_drop: [KILL, MKNOD]", "--cap-add ALL --cap-drop KILL --cap-drop MKNOD"),
    ("dns: 8.8.8.8\ndns_search: [a.org, b.org]\ndns_opt: [use-vc]",
     "--dns 8.8.8.8 --dns-option use-vc --dns-search a.org --dns-search b.org"),
    ("group_add: [mail, 10]", "--group-add mail --group-add 10"),
    ("devices: ['/dev/a:/dev/b:rwm']", "--device /dev/a:/dev/b:rwm"),
    ("devices: [{source: /dev/a, target: /dev/b, permissions: r}]", "--device /dev/a:/dev/b:r"),
    ("device_cgroup_rules: ['c 1:3 mr']", "--device-cgroup-rule 'c 1:3 mr'"),
    ("extra_hosts: {a: 1.2.3.4, b: '::1'}", "--add-host a:1.2.3.4 --add-host b:::1"),
    ("extra_hosts: ['a=1.2.3.4', 'b:host-gateway']",
     "--add-host a:1.2.3.4 --add-host b:host-gateway"),
    ("extra_hosts: {a: [1.2.3.4, 5.6.7.8]}", "--add-host a:1.2.3.4 --add-host a:5.6.7.8"),
    ("sysctls: {net.core.somaxconn: 1024}", "--sysctl net.core.somaxconn=1024"),
    ("sysctls: [net.core.somaxconn=1024]", "--sysctl net.core.somaxconn=1024"),
    ("ulimits: {nproc: 65535, nofile: {soft: 1, hard: 2}}",
     "--ulimit nproc=65535 --ulimit nofile=1:2"),
    ("tmpfs: /run", "--tmpfs /run"),
    ("tmpfs: ['/run:mode=755,size=1', /tmp]", "--tmpfs /run:mode=755,size=1 --tmpfs /tmp"),
    ("storage_opt: {size: 1G}", "--storage-opt size=1G"),
    ("annotations: {com.a: b}", "--annotation com.a=b"),
    ("labels: {a: 1.10, b: }", "--label a=1.10 --label b"),
    ("labels: ['a=b c', d]", "--label 'a=b c' --label d"),
    ("logging: {driver: syslog, options: {tag: '{{.Name}}'}}",
     "--log-driver syslog --log-opt 'tag={{.Name}}'"),
    ("blkio_config:\n  weight: 300\n  weight_device: [{path: /dev/a, weight: 4}]\n"
     "  device_read_bps: [{path: /dev/a, rate: 12mb}]",
     "--blkio-weight 300 --blkio-weight-device /dev/a:4 --device-read-bps /dev/a:12mb"),
    ("credential_spec: {file: my.json}", "--security-opt credentialspec=file://my.json"),
    ("gpus: all", "--gpus all"),
    ("gpus: [{driver: nvidia, count: 2}]", "--gpus count=2,driver=nvidia"),
    ("isolation: default", "--isolation default"),
    ("expose: [80, '90/udp']", "--expose 80 --expose 90/udp"),
    ("use_api_socket: true", "--use-api-socket"),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "flags"), FLAGS)
def test_keys_are_flags(properties: str, flags: str) -> None:
    assert web(properties) == f"{NET} {flags} nginx"


def test_what_changes_the_hostname() -> None:
    assert docker(found(service("hostname: h"))) == {"web": f"--name web {NET} --hostname h nginx"}
    assert docker(found(service("ipc: shareable\nuts: host"))) == {
        "web": f"--name web {NET} --ipc shareable --uts host nginx"
    }


def test_a_profile_of_seccomp_is_found_from_anywhere() -> None:
    line = web("security_opt: ['label:disable', 'seccomp:./s.json']")
    path = Path.cwd() / "s.json"
    assert line == f"{NET} --security-opt label:disable --security-opt seccomp={path} nginx"


COMMANDS = [
    ("command: serve --port 80", "nginx serve --port 80"),
    ("command: sh -c 'a \"b\"'", "nginx sh -c 'a \"b\"'"),
    ("command: [sh, -c, 'a $$B']", "nginx sh -c 'a $B'"),
    ("command: [serve, '${PORT:-80}']", "nginx serve 80"),
    ("command: echo ${WORDS:-a b}", "nginx echo a b"),
    ("entrypoint: /run.sh", "--entrypoint /run.sh nginx"),
    ("entrypoint: [sh, -c]\ncommand: ls -l", "--entrypoint sh nginx -c ls -l"),
    ("entrypoint: sh -c\ncommand: [a b]", "--entrypoint sh nginx -c 'a b'"),
    ("entrypoint: tini -- a", "--entrypoint tini nginx -- a"),
    ("entrypoint: []\ncommand: [a]", "--entrypoint '' nginx a"),
    ("entrypoint: ''\ncommand: a", "--entrypoint '' nginx a"),
    ("entrypoint: [a]\ncommand: []", "--entrypoint a nginx"),
    ("entrypoint:\ncommand:", "nginx"),
]


@pytest.mark.parametrize(("properties", "rest"), COMMANDS)
def test_commands(properties: str, rest: str) -> None:
    imported = found(service(properties))
    line = docker(imported)["web"]
    assert (line, notes(imported)) == (f"--name web --hostname web {NET} {rest}", [])


def test_variables_may_hold_several_words() -> None:
    imported = found(service("entrypoint: ${EP:-sh -c} 'a b'\ncommand: ${C:-c d}"))
    assert docker(imported)["web"].endswith(" --entrypoint sh nginx -c 'a b' c d")
    assert notes(imported) == [
        "5: \"sh -c 'a b'\" is taken as it is now, whatever its variables hold later"
    ]


def test_what_docker_can_t_reset() -> None:
    assert notes(found(service("command: []"))) == [
        "5: services.web.command: an empty one is none to docker run, "
        "which takes that of the image; left out"
    ]
    assert notes(found(service("entrypoint: ''"))) == [
        "5: services.web.entrypoint: docker run drops the command of the image with it; "
        "write the command"
    ]


PORTS = [
    ("[80]", "-p 80"),
    ("['8080:80']", "-p 8080:80"),
    ("[8080:80]", "-p 8080:80"),
    ("['127.0.0.1:8080:80/udp']", "-p 127.0.0.1:8080:80/udp"),
    ("['127.0.0.1::80']", "-p 127.0.0.1::80"),
    ("['[::1]:8080:80']", "-p '[::1]:8080:80'"),
    ("['7000-7010:8000-8010']", "-p 7000-7010:8000-8010"),
    ("[7000-7010]", "-p 7000-7010"),
    ("['8000-9000:80']", "-p 8000-9000:80"),
    ("['53:53', '53:53/udp']", "-p 53:53 -p 53:53/udp"),
    ("['53:53/tcp']", "-p 53:53"),
    ("['80:80', '81:80', '80:80']", "-p 80:80 -p 81:80"),
    ("['${PORT:-8080}:80']", "-p 8080:80"),
    ("['${ADDRESS:-127.0.0.1:8080}:80']", "-p 127.0.0.1:8080:80"),
    ("[{target: 80}]", "-p 80"),
    ("[{target: 80, published: 8080, protocol: udp, mode: host}]", "-p 8080:80/udp"),
    ("[{target: 80, published: '8080-8090', host_ip: 127.0.0.1}]", "-p 127.0.0.1:8080-8090:80"),
    ("[{target: 80, host_ip: '::1', published: 1}]", "-p '[::1]:1:80'"),
]


@pytest.mark.parametrize(("ports", "flags"), PORTS)
def test_ports(ports: str, flags: str) -> None:
    assert web(f"ports: {ports}") == f"{NET} {flags} nginx"


def test_a_port_of_the_host_stays_an_expression() -> None:
    imported = found(service("ports: ['${IP:-1.2.3.4}:${PORT:?}:80']"))
    assert docker(imported, {"PORT": "5", "IP": "5.6.7.8"}) == {
        "web": f"--name web --hostname web {NET} -p 5.6.7.8:5:80 nginx"
    }
    assert docker(imported, {"PORT": "6"}) == {
        "web": f"--name web --hostname web {NET} -p 1.2.3.4:6:80 nginx"
    }


MOUNTS = [
    ("[./data:/data]", "-v /srv/data:/data"),
    ("['.:/data:ro']", "-v /srv:/data:ro"),
    ("['../x:/data:rw,z']", "-v /x:/data:z"),
    ("['/a:/b', '/a:/c']", "-v /a:/b -v /a:/c"),
    ("['v:/b:nocopy']", "-v shop_v:/b:nocopy"),
    ("[/anon]", "-v /anon"),
    ("['${DIR:-./data}:/data']", "-v /srv/data:/data"),
    ("['./${DIR:-data}/x:/data']", "-v /srv/data/x:/data"),
    ("['w:/b']", "-v outside:/b"),
    ("['u:/b']", "-v there:/b"),
    ("[{type: bind, source: data, target: /b, read_only: true}]", "-v /srv/data:/b:ro"),
    ("[{type: bind, source: /a, target: /b, bind: {propagation: rslave, selinux: Z}}]",
     "-v /a:/b:rslave,Z"),
    ("[{type: bind, source: ./a, target: /b, bind: {create_host_path: false}}]",
     "--mount type=bind,source=/srv/a,target=/b"),
    ("[{type: volume, source: v, target: /b, volume: {nocopy: true}}]",
     "--mount type=volume,source=shop_v,target=/b,volume-nocopy=true"),
    ("[{type: volume, target: /b}]", "--mount type=volume,target=/b"),
    ("[{type: volume, source: v, target: /b, volume: {subpath: s}}]",
     "--mount type=volume,source=shop_v,target=/b,volume-subpath=s"),
    ("[{type: volume, source: v, target: /b, volume: {labels: {a: b, c: d}}}]",
     "--mount type=volume,source=shop_v,target=/b,volume-label=a=b,volume-label=c=d"),
    ("[{type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0755}}]",
     "--mount type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=0755"),
    ("[{type: tmpfs, target: /t, tmpfs: {mode: 1023}}]",
     "--mount type=tmpfs,target=/t,tmpfs-mode=1777"),
    ("[{type: image, source: i, target: /t, image: {subpath: s}}]",
     "--mount type=image,source=i,target=/t,image-subpath=s"),
]  # fmt: skip
VOLUMES = "volumes: {v: , w: {external: true, name: outside}, u: {external: {name: there}}}\n"


@pytest.mark.parametrize(("volumes", "flags"), MOUNTS)
def test_mounts(volumes: str, flags: str) -> None:
    imported = found(service(f"volumes: {volumes}", VOLUMES))
    assert docker(imported)["web"] == f"--name web --hostname web {NET} {flags} nginx"
    assert (imported.volumes, notes(imported)) == ({"shop_v": {}}, [])


def test_names_of_volumes_are_taken_as_they_are() -> None:
    imported = found(service("volumes: ['${V:-v}:/a', '${W:?}:/b']", VOLUMES))
    assert docker(imported, {"W": "/w"})["web"].endswith(" -v shop_v:/a -v /w:/b nginx")
    assert notes(imported) == [
        "5: 'v' is taken as it is now, whatever its variables hold later",
        "5: services.web.volumes: the source is taken for a path; it is not known yet",
    ]


def test_files_are_bound_as_secrets_and_configs() -> None:
    text = service(
        "secrets: [a, {source: b, target: c}, {source: b, target: /d}]\n"
        "configs: [e, {source: e, target: /f, mode: 0440}]",
        "secrets: {a: {file: ./a}, b: {file: /b}}\nconfigs: {e: {file: ./e}}\n",
    )
    imported = found(text)
    assert docker(imported)["web"] == (
        f"--name web --hostname web {NET} -v /srv/a:/run/secrets/a:ro -v /b:/run/secrets/c:ro "
        "-v /b:/d:ro -v /srv/e:/e:ro -v /srv/e:/f:ro nginx"
    )
    assert notes(imported) == [
        "6: services.web.configs.e.mode: what is bound is as it is on the host; left out"
    ]


NETWORKS: list[tuple[str, str, dict[str, object]]] = [
    ("", NET, {"shop_default": {}}),
    ("networks: [default]", NET, {"shop_default": {}}),
    ("networks: [a]", "--network shop_a", {}),
    ("networks: [b, a]", "--network shop_a --network outside", {}),
    ("networks: {a: {aliases: [x, y], ipv4_address: 10.0.0.2, ipv6_address: '::2'}}",
     "--network shop_a --ip 10.0.0.2 --ip6 ::2 --network-alias x --network-alias y", {}),
    ("networks: {a: {link_local_ips: [169.254.8.8], mac_address: 02:42:ac:11:65:43}}",
     "--network shop_a --mac-address 02:42:ac:11:65:43 --link-local-ip 169.254.8.8", {}),
    ("networks: {a: {driver_opts: {k: v}}}", "--network name=shop_a,driver-opt=k=v", {}),
    ("networks: {a: {aliases: [x, y]}, b: {priority: 10, ipv4_address: 10.0.0.2}}",
     "--network name=outside,ip=10.0.0.2 --network name=shop_a,alias=x,alias=y", {}),
    ("networks: {a: {driver_opts: {k: v}, interface_name: eth9, x-own: 1, gw_priority: }}",
     "--network "
     "name=shop_a,driver-opt=k=v,driver-opt=com.docker.network.endpoint.ifname=eth9", {}),
    ("network_mode: host", "--network host", {}),
    ("network_mode: none", "--network none", {}),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "flags", "default"), NETWORKS)
def test_networks(properties: str, flags: str, default: dict[str, object]) -> None:
    imported = found(service(properties, "networks: {a: , b: {name: outside, external: true}}\n"))
    line = docker(imported)["web"].removeprefix("--name web --hostname web ")
    assert line.removesuffix(" nginx").split() == flags.split()
    assert imported.networks == {**default, "shop_a": {}}


def test_declared_networks_and_volumes_have_flags() -> None:
    text = service(
        "",
        "networks:\n"
        "  default: {driver: bridge, driver_opts: {mtu: 1400}, labels: [a=b], enable_ipv6: true}\n"
        "  n:\n    name: inside\n    internal: true\n    attachable: true\n    enable_ipv4: false\n"
        "    x-y: z\n    ipam:\n      driver: d\n      options: {o: p}\n"
        "      config: [{subnet: 10.0.0.0/24, gateway: 10.0.0.1, ip_range: 10.0.0.0/25,"
        " aux_addresses: {h: 10.0.0.9}}, {subnet: '2001::/64'}]\n"
        "volumes:\n  v: {driver: local, driver_opts: {type: nfs, device: ':/x'}, labels: {a: b}}\n"
        "  w: {name: '${W:-named}'}\n",
    )
    imported = found(text)
    assert imported.networks == {
        "shop_default": {
            "driver": "bridge", "opt": {"mtu": "1400"}, "label": {"a": "b"}, "ipv6": True,
        },
        "inside": {
            "internal": True, "attachable": True, "ipv4": False,
            "ipam_driver": "d", "ipam_opt": {"o": "p"},
            "subnet": ["10.0.0.0/24", "2001::/64"], "gateway": ["10.0.0.1"],
            "ip_range": ["10.0.0.0/25"], "aux_address": {"h": "10.0.0.9"},
        },
    }  # fmt: skip
    assert imported.volumes == {
        "shop_v": {
            "driver": "local", "opt": {"type": "nfs", "device": ":/x"}, "label": {"a": "b"},
        },
        "named": {},
    }  # fmt: skip
    assert notes(imported) == [
        "19: 'named' is taken as it is now, whatever its variables hold later"
    ]


def test_what_of_networks_and_volumes_dirg_does_not_know_is_noted() -> None:
    text = service(
        "",
        "networks:\n  default: {odd: 1, ipam: {odd: 2, config: [{subnet: 10.0.0.0/24, odd: 3}]}}\n"
        "volumes:\n  v: {driver_opts: {type: none, o: bind, device: ./data}}\n",
    )
    imported = found(text)
    assert imported.networks == {"shop_default": {"subnet": ["10.0.0.0/24"]}}
    folder = str(Path.cwd() / "data")
    assert imported.volumes["shop_v"] == {"opt": {"type": "none", "o": "bind", "device": folder}}
    assert [line.partition(": ")[2] for line in notes(imported)] == [
        "networks.default.odd: unknown to dirg; left out",
        "ipam.odd: unknown to dirg; left out",
        "ipam.config.odd: unknown to dirg; left out",
    ]


HEALTH = [
    ("test: curl -f x || exit 1", "--health-cmd 'curl -f x || exit 1'"),
    ("test: [CMD-SHELL, 'a | b']", "--health-cmd 'a | b'"),
    ("test: [CMD, curl, 'a b']", "--health-cmd 'curl '\"'\"'a b'\"'\"''"),
    ("test: [NONE]", "--no-healthcheck"),
    ("disable: true", "--no-healthcheck"),
    ("interval: 1m30s\ntimeout: 10s\nretries: 3\nstart_period: 40s\nstart_interval: 1d",
     "--health-interval 1m30s --health-retries 3 --health-start-interval 86400s "
     "--health-start-period 40s --health-timeout 10s"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "flags"), HEALTH)
def test_health_checks(lines: str, flags: str) -> None:
    indented = "".join(f"\n  {line}" for line in lines.splitlines())
    assert web(f"healthcheck:{indented}") == f"{NET} {flags} nginx"


DEPENDS = [
    ("[db, mq]", ["db", "mq"]),
    ("{db: {condition: service_started}, mq: }", ["db", "mq"]),
    ("{db: {condition: service_healthy, restart: false}}", {"db": "healthy"}),
    ("{db: {condition: service_completed_successfully}, mq: }",
     {"db": "completed", "mq": "running"}),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), DEPENDS)
def test_dependencies(written: str, expected: object) -> None:
    imported = found(service(f"depends_on: {written}", "  db: {image: pg}\n  mq: {image: mq}\n"))
    assert imported.containers["web"]["depends_on"] == expected
    assert (sorted(docker(imported)), notes(imported)) == (["db", "mq", "web"], [])


DEPLOY = [
    ("resources: {limits: {cpus: '0.5', memory: 50M, pids: 1}, reservations: {memory: 20M}}",
     "--cpus 0.5 --memory 50M --memory-reservation 20M --pids-limit 1", []),
    ("resources: {reservations: {devices: [{capabilities: [gpu], count: all}]}}", "--gpus all", []),
    ("resources: {reservations: {devices: [{capabilities: [gpu, utility], device_ids: [a, b]}]}}",
     "--gpus '\"device=a,b\",capabilities=utility'", []),
    ("restart_policy: {condition: on-failure, max_attempts: 3}", "--restart on-failure:3", []),
    ("restart_policy: {condition: any}", "--restart always", []),
    ("restart_policy: {condition: none, delay: 5s}", "--restart no",
     ["6: services.web.deploy.restart_policy.delay: has no equivalent; left out"]),
    ("mode: replicated\nreplicas: 1", "", []),
    ("mode: global\nreplicas: 3", "", [
        "6: services.web.deploy.mode: has no equivalent; left out",
        "7: services.web.deploy.replicas: 3 containers can't have one name; "
        "write one for each; left out"]),
    ("resources: {limits: , reservations: {devices: [{driver: d, count: 2, options: {a: b}}]}}",
     "--gpus count=2,driver=d", ["6: services.web.gpus.options: has no equivalent; left out"]),
    ("resources: {reservations: {devices: [{capabilities: [gpu]}, {capabilities: [gpu]}]}}",
     "--gpus all", ["6: services.web.gpus: docker run takes one request only; left out"]),
    ("resources: {more: {cpus: 1}}", "", [
        "6: services.web.deploy.resources.more.cpus: has no equivalent; left out",
        "6: services.web.deploy.resources.more: unknown to dirg; left out"]),
    ("restart_policy: {condition: any, max_attempts: 3}", "--restart always", [
        "6: services.web.deploy.restart_policy.max_attempts: docker counts with on-failure only; "
        "left out"]),
    ("replicas: \nlabels: {a: b}", "", [
        "7: services.web.deploy.labels: has no equivalent; left out"]),
    ("resources: {reservations: {cpus: '1', devices: [{capabilities: [tpu]}]}}", "", [
        "6: services.web.deploy.resources.reservations.cpus: has no equivalent; left out",
        "6: services.web.deploy: devices with tpu: has no equivalent; left out"]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "flags", "noted"), DEPLOY)
def test_deploy(lines: str, flags: str, noted: list[str]) -> None:
    indented = "".join(f"\n  {line}" for line in lines.splitlines())
    imported = found(service(f"deploy:{indented}"))
    line = docker(imported)["web"].removeprefix(f"--name web --hostname web {NET}")
    assert (line, notes(imported)) == (f" {flags} nginx" if flags else " nginx", noted)


def test_containers_refer_to_each_other_by_their_names() -> None:
    text = service(
        "links: [db, 'db:base']\nvolumes_from: ['db:ro', 'container:old:ro']\n"
        "external_links: ['old:o']\nipc: service:db\npid: container:old\ndepends_on: [db]",
        "  db: {image: pg, container_name: shop-db}\n"
        "  side: {image: s, network_mode: 'service:web'}\n",
    )
    imported = found(text)
    assert docker(imported) == {
        "web": (
            f"--name web --hostname web {NET} --link shop-db:db --link shop-db:base --link old:o "
            "--ipc container:shop-db --pid container:old "
            "--volumes-from shop-db:ro --volumes-from old:ro nginx"
        ),
        "shop-db": f"--name shop-db --hostname shop-db {NET} --network-alias db pg",
        "side": "--name side --network container:web s",
    }
    assert notes(imported) == [
        "6: old is no container of this file; describe it as well",
        "7: old is no container of this file; describe it as well",
        "9: old is no container of this file; describe it as well",
    ]


BUILDS = [
    ("build: ./web", "-t nginx /srv/web"),
    ("build: https://x.org/a.git#main", "-t nginx 'https://x.org/a.git#main'"),
    ("build: {context: web, dockerfile: D, target: t, args: {A: 1.10, B: }}",
     "-t nginx -f /srv/web/D --target t --build-arg A=1.10 --build-arg B /srv/web"),
    ("build: {dockerfile: D}", "-t nginx -f /srv/D /srv"),
    ("build: {labels: [a=b], tags: [x:1], platforms: [linux/a, linux/b], network: host}",
     "-t nginx --label a=b --tag x:1 --platform linux/a,linux/b --network host /srv"),
    ("build: {cache_from: [c], cache_to: [type=inline], shm_size: 1m, no_cache: true, pull: true}",
     "-t nginx --cache-from c --cache-to type=inline --shm-size 1m --no-cache --pull /srv"),
    ("build: {extra_hosts: {a: 1.2.3.4}, ssh: [default, 'k=~/k'], ulimits: {nofile: 5}}",
     "-t nginx --add-host a:1.2.3.4 --ssh default --ssh 'k=~/k' --ulimit nofile=5 /srv"),
    ("build: {additional_contexts: {a: docker-image://b, c: /d}, entitlements: [e]}",
     "-t nginx --build-context a=docker-image://b --build-context c=/d --allow e /srv"),
    ("build: {secrets: [s, {source: t, target: u}], provenance: true, sbom: false}",
     "-t nginx --secret id=s,src=/s --secret id=u,env=T --provenance true --sbom false /srv"),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "line"), BUILDS)
def test_builds(properties: str, line: str) -> None:
    imported = found(service(properties, "secrets: {s: {file: /s}, t: {environment: T}}\n"))
    assert (built(imported), notes(imported)) == (f"build {line}", [])


def test_what_is_built_has_a_name() -> None:
    imported = found("services: {Web: {build: .}}")
    assert docker(imported)["Web"].endswith(" shop-web")


def test_profiles_are_services() -> None:
    text = "  db: {image: b, profiles: [p, q]}\n  mq: {image: c, profiles: [p]}\n"
    assert found(service("", text)).services == {"all": ["web"], "p": ["db", "mq"], "q": ["db"]}
    assert found(service("")).services == {}
    own = found(service("", "  db: {image: b, profiles: [db]}\n"))
    assert (own.services, notes(own)) == ({"all": ["web"], "db": ["db"]}, [])
    other = found(service("", "  db: {image: b, profiles: [web, all]}\n"))
    assert (other.services, notes(other)) == (
        {"all": ["web"], "web-profile": ["db"], "all-profile": ["db"]},
        [
            "1: profile web: is the name of a container too; it is web-profile here",
            "1: profile all: is what dirg takes without a name; it is all-profile here",
        ],
    )
    only = found("services: {web: {image: i, profiles: [p]}}")
    assert (only.services, notes(only)) == (
        {"p": ["web"]},
        ["1: every service has a profile; without a name, dirg takes all of them"],
    )


def test_what_need_not_be_there_is_not_waited_for() -> None:
    on_db = "depends_on: {db: {condition: service_healthy, required: false}}"
    with_profile = found(service(on_db, "  db: {image: b, profiles: [p]}\n"))
    assert "depends_on" not in with_profile.containers["web"]
    for own in ("", "profiles: [p]\n"):
        profiles = f", profiles: {own[10:]}" if own else ""
        both = found(service(own + on_db, f"  db: {{image: b{profiles.strip()}}}\n"))
        assert both.containers["web"]["depends_on"] == {"db": "healthy"}


def test_names_that_dirg_does_not_take() -> None:
    imported = found("services: {a: {image: i}, _b: {image: i}}")
    assert docker(imported) == {
        "shop-a": f"--name shop-a --hostname shop-a {NET} --network-alias a i",
        "shop-_b": f"--name shop-_b --hostname shop-_b {NET} --network-alias _b i",
    }
    assert notes(imported) == [
        "2: services.a: 'a' is no name that dirg gives a container; it is called shop-a",
        "2: services._b: '_b' is no name that dirg gives a container; it is called shop-_b",
    ]


def test_the_folder_names_a_project() -> None:
    folder = Path("My.Shop_1")
    folder.mkdir()
    (folder / "compose.yml").write_text("services: {web: {image: i}}")
    assert read(folder / "compose.yml").networks == {"myshop_1_default": {}}
    named = read(folder / "compose.yml", environ={"COMPOSE_PROJECT_NAME": "other"})
    assert named.networks == {"other_default": {}}


def test_paths_are_those_of_the_file() -> None:
    folder = Path("sub")
    folder.mkdir()
    file = folder / "compose.yml"
    file.write_text("services: {web: {image: i, volumes: ['./a:/a', '~/b:/b', '../c:/c']}}")
    for relative_to, first in ((None, str(Path.cwd() / "sub/a")), (Path(), "./sub/a")):
        imported = read(file, relative_to=relative_to)
        third = "./c" if relative_to else str(Path.cwd() / "c")
        assert [*imported.containers["web"]["volume_bindings"]] == [first, "~/b", third]


NOTED = [
    ("volumes: ['/a:/b:ro,odd']",
     "volumes: odd: no mode that docker knows; left out"),
    ("volumes: [{type: npipe, source: a, target: b}]",
     "volumes: type npipe: has no equivalent; left out"),
    ("volumes: [{type: bind, source: /a, target: /b, tmpfs: {size: 1}}]",
     "volumes.tmpfs: has no meaning for a bind; left out"),
    ("networks: {default: {odd: 1}}",
     "networks.default.odd: unknown to dirg; left out"),
    ("blkio_config: {odd: 1}",
     "blkio_config.odd: unknown to dirg; left out"),
    ("credential_spec: {config: c}",
     "credential_spec.config: has no equivalent; left out"),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "said"), NOTED)
def test_what_is_left_out_is_noted(properties: str, said: str) -> None:
    assert notes(found(service(properties))) == [f"5: services.web.{said}"]


MISTAKES = [
    ("services: [", "compose.yml:2:12: YAML syntax: did not find expected node content"),
    ("web: {image: i}", "compose.yml:1:1: has no services; write services: and below it what"),
    ("services:", "compose.yml:1:1: has no services; write services: and below it what they are"),
    ("services: [web]", "compose.yml:2:11: services: takes a map of services; write NAME:"),
    ("services: {web: nginx}", "compose.yml:2:12: services.web: takes a map; write web: and"),
    ("services: {web: {}}", "compose.yml:2:17: services.web: has neither an image nor a build"),
    ("services: {web: {image: i, image: j}}",
     "compose.yml:2:28: image is written twice, here and at compose.yml:2:18; Compose takes no"),
    ("services: {web: {image: [i]}}", "compose.yml:2:25: services.web.image: takes text, not a l"),
    ("services: {web: {image: i, ports: 80}}",
     "compose.yml:2:35: services.web.ports: takes a list of ports, not text; write a list"),
    ("services: {web: {image: i, ports: [x]}}",
     "compose.yml:2:36: services.web.ports: 'x' is no port; write 8080:80, 127.0.0.1:8080:80"),
    ("services: {web: {image: i, tty: maybe}}",
     "compose.yml:2:33: services.web.tty: takes true or false, not 'maybe'; write one of them"),
    ("services: {web: {image: '${X'}}",
     "compose.yml:2:25: services.web.image: ${ begins no variable; write ${NAME}, or $${"),
    ("services: {web: {image: i, depends_on: [db]}}",
     "compose.yml:2:41: services.web.depends_on: there is no service 'db'; write one of this"),
    ("services: {web: {image: i, networks: [n]}}",
     "compose.yml:2:39: services.web.networks: 'n' is none of the networks of this file; add"),
    ("services: {web: {image: i, volumes: ['v:/v']}}",
     "compose.yml:2:38: services.web.volumes: 'v' is none of the volumes of this file; add it"),
    ("services: {web: {image: i, network_mode: host, networks: [default]}}",
     "compose.yml:2:42: services.web.networks: network_mode: can't be with networks; leave out"),
    ("services: {web: {image: i, command: \"a 'b\"}}",
     "compose.yml:2:37: services.web.command: no closing quotation; quote it as a shell does"),
    ("services: {web: {image: i}, db: {image: i, container_name: web}}",
     "compose.yml:2:29: services.db: web is the container of web already; give it another"),
    ("services: {web: {image: !x i}}", "compose.yml:2:25: tag !x is none of Compose; leave it o"),
    ("name: My Shop\nservices: {web: {image: i}}",
     "compose.yml:1:7: name: 'My Shop' is no name of a project; write lower case letters"),
    ("services: {web: {image: i, healthcheck: {test: [true]}}}",
     "compose.yml:2:48: services.web.healthcheck: a test begins with CMD, CMD-SHELL or NONE"),
    ("services: {web: {image: i, volumes: ['a:b:c:d']}}",
     "compose.yml:2:38: services.web.volumes: 'a:b:c:d' is no volume; write SOURCE:PATH or PATH"),
    ("services: {web: {image: i, volumes: [{type: odd}]}}",
     "compose.yml:2:38: services.web.volumes: 'odd' is no type; write bind, volume or tmpfs"),
    ("services: {web: {image: i, volumes: [{type: bind, target: /a}]}}",
     "compose.yml:2:38: services.web.volumes: the source is missing; write source: PATH"),
    ("services: {web: {image: i, volumes: [{type: tmpfs, target: /a, tmpfs: {mode: 09}}]}}",
     "compose.yml:2:78: services.web.volumes: '09' is no mode; write one such as 0755"),
    ("services: {web: {image: i, secrets: [{target: /a}]}}",
     "compose.yml:2:38: services.web.volumes: the source is missing; write source: NAME"),
    ("services: {web: {image: i, devices: [{target: /a}]}}",
     "compose.yml:2:38: services.web.devices: the source is missing; write source: /dev/NAME"),
    ("services: {web: {image: i, extra_hosts: [a]}}",
     "compose.yml:2:42: services.web.extra_hosts: a has no address; write a=ADDRESS"),
    ("services: {web: {image: i, ulimits: {nofile: {}}}}",
     "compose.yml:2:46: services.web.ulimits: nofile has no limit; write soft and hard"),
    ("services: {web: {image: i, blkio_config: {device_read_bps: [{path: /dev/a}]}}}",
     "compose.yml:2:61: services.web.blkio_config: the rate is missing; write path and rate"),
    ("services: {web: {image: i, depends_on: {db: {condition: odd}}}, db: {image: i}}",
     "compose.yml:2:57: services.web.depends_on: 'odd' is no condition; write service_started, "),
    ("services: {web: {image: i, deploy: {restart_policy: {condition: odd}}}}",
     "compose.yml:2:53: services.web.deploy: 'odd' is no condition; write none, on-failure, any"),
    ("services: {web: {image: i, labels: [{a: b}]}}",
     "compose.yml:2:37: services.web.labels: takes KEY=VALUE, not a map; write KEY=VALUE"),
    ("services: {web: {image: i, labels: ['=b']}}",
     "compose.yml:2:37: services.web.labels: the key is missing; write KEY=VALUE"),
    ("services: {web: {image: i, stop_grace_period: soon}}",
     "compose.yml:2:47: services.web.stop_grace_period: 'soon' is no time; write one such as"),
    ("services: {web: {image: i, healthcheck: {timeout: soon}}}",
     "compose.yml:2:51: services.web.healthcheck: 'soon' is no time; write one such as 1m30s"),
    ("services: {web: {image: i, networks: {default: {priority: high}}}}",
     "compose.yml:2:59: services.web.networks: takes a whole number, not 'high'; write one"),
    ("services: {web: {image: i, env_file: none.env}}",
     "compose.yml:2:38: services.web.environment: none.env is no file; write one that is there"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_mistakes(text: str, said: str) -> None:
    lines = refused(text).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(said)


def test_several_mistakes_are_told_at_once() -> None:
    text = service("tty: maybe\nports: 80", "  db: {image: i, init: [x]}\n")
    assert [line.partition(": ")[2].partition(":")[0] for line in refused(text).splitlines()] == [
        "services.web.tty",
        "services.web.ports",
        "services.db.init",
    ]


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(Exception, match=r"none\.yml: can't be read: No such file or directory"):
        read(Path("none.yml"))
