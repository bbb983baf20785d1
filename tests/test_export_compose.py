"""Containers as Compose files, by each property, and what is told of what Compose has not."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dirg import check
from dirg.arguments import Definition
from dirg.exports.compose import Exported, as_compose
from dirg.host import Host
from dirg.options import BUILD, CHOICES, PROPERTIES, RUN, Form, Option
from dirg.steps import Deployment
from tests.helpers import defined, described

SHOP = """
db:
  image: postgres:16
  net: back
  network_alias: pg
  env: {VERSION: 1.10, OCTAL: 010, ON: on, TEXT: "cost: $5", SHELL: }
  secret_env: {PASSWORD: never written}
  volume_bindings: {data: /var/lib/postgresql/data, /srv/etc: {bind: /etc/db, mode: "ro,z"}}
  ports: [5432]
  health_cmd: pg_isready -U $USER
  health_interval: 1m30s
  health_retries: 3
migrate:
  image: shop:1.10
  net: back
  command: [migrate, --all, "1e3"]
  depends_on: {db: healthy}
web:
  image: shop:1.10
  build: {context: /srv/web, target: prod, build_arg: {A: 1, B: }}
  network: ["name=back,alias=www", front]
  port_bindings: {80: 8080, 53/udp: "[::1]:53"}
  depends_on: {db: healthy, migrate: completed}
  rm: true
  stop_timeout: 90
side:
  image: busybox
  net: container:web
  depends_on: [far]
  log_opt: {max-size: 10m}
far:
  image: busybox
  docker_host: tcp://far:2375
  links: []
"""
NETWORKS = {"back": {"driver": "bridge", "subnet": "10.1.0.0/24", "internal": True, "scope": "x"}}
VOLUMES = {"data": {"opt": {"type": "nfs", "o": "addr=$HOST"}, "label": ["team=shop"]}}
NOTES = [
    "web: rm: Compose removes no container when it ends; docker compose down does",
    "side: depends_on: far is not in this file; start it before",
    "network back: scope: Compose has no such key",
    "network front has to be there; docker network create front makes it",
]
WRITTEN = {
    "default": """\
# web: rm: Compose removes no container when it ends; docker compose down does
# side: depends_on: far is not in this file; start it before
# network back: scope: Compose has no such key
# network front has to be there; docker network create front makes it
name: my_shop

services:
  db:
    container_name: db
    image: postgres:16
    hostname: db
    environment:
      VERSION: '1.10'
      OCTAL: '010'
      'ON': 'on'
      TEXT: 'cost: $$5'
      SHELL: null
      PASSWORD: ${PASSWORD?PASSWORD must be set}
    expose:
      - '5432'
    networks:
      back:
        aliases:
          - pg
    volumes:
      - data:/var/lib/postgresql/data
      - /srv/etc:/etc/db:ro,z
    healthcheck:
      test:
        - CMD-SHELL
        - pg_isready -U $$USER
      interval: 1m30s
      retries: 3
  migrate:
    container_name: migrate
    image: shop:1.10
    hostname: migrate
    command:
      - migrate
      - --all
      - '1e3'
    networks:
      back: null
    depends_on:
      db:
        condition: service_healthy
  web:
    container_name: web
    image: shop:1.10
    build:
      context: /srv/web
      target: prod
      args:
        A: '1'
        B: null
    hostname: web
    ports:
      - '8080:80'
      - '[::1]:53:53/udp'
    networks:
      back:
        aliases:
          - www
        priority: 2
      front:
        priority: 1
    depends_on:
      db:
        condition: service_healthy
      migrate:
        condition: service_completed_successfully
    stop_grace_period: 90s
  side:
    container_name: side
    image: busybox
    network_mode: service:web
    depends_on:
      - web
    logging:
      options:
        max-size: 10m

networks:
  back:
    name: back
    driver: bridge
    internal: true
    ipam:
      config:
        - subnet: 10.1.0.0/24
  front:
    name: front
    external: true

volumes:
  data:
    name: data
    driver_opts:
      type: nfs
      o: addr=$$HOST
    labels:
      team: shop
""",
    "tcp://far:2375": """\
name: my_shop

services:
  far:
    container_name: far
    image: busybox
    hostname: far
    network_mode: bridge
""",
}
# What every container has unless it says otherwise.
USUAL = {"container_name": "web", "hostname": "web", "image": "busybox", "network_mode": "bridge"}

ALL_GPUS = {
    "deploy": {
        "resources": {"reservations": {"devices": [{"capabilities": ["gpu"], "count": "all"}]}}
    }
}


def exported(*definitions: Definition, **resources: Any) -> Exported:
    deployments = [Deployment(each, Host("default")) for each in definitions]
    resources = {"networks": {}, "volumes": {}, "project": "shop", **resources}
    return as_compose(deployments, **resources)


def read(found: Exported) -> dict[str, Any]:
    """What a file says; the only one."""
    (text,) = found.files.values()
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def service(properties: str) -> tuple[dict[str, Any], list[str]]:
    """The unusual keys of a container, and the notes."""
    found = exported(defined(properties), defined("", "db"))
    said = read(found)["services"]["web"]
    return {key: item for key, item in said.items() if USUAL.get(key) != item}, found.notes


def test_there_is_a_file_for_each_host() -> None:
    deployments = check.check(described(SHOP), {}).deployments
    found = as_compose([*deployments.values()], NETWORKS, VOLUMES, "My_Shop!")
    assert found == Exported(WRITTEN, NOTES)


@pytest.mark.parametrize(
    ("properties", "keys"),
    [
        ("add_host: {one: 1.2.3.4}", {"extra_hosts": ["one:1.2.3.4"]}),
        ("annotation: {a: b}", {"annotations": {"a": "b"}}),
        ("blkio_weight: 300", {"blkio_config": {"weight": 300}}),
        (
            "device_read_bps: /dev/sda:1mb\nblkio_weight_device: [/dev/sda:20]",
            {
                "blkio_config": {
                    "weight_device": [{"path": "/dev/sda", "weight": 20}],
                    "device_read_bps": [{"path": "/dev/sda", "rate": "1mb"}],
                }
            },
        ),
        ("cgroupns: host", {"cgroup": "host"}),
        ("command: serve --port 80", {"command": ["serve", "--port", "80"]}),
        ("cpus: 1.5", {"cpus": "1.5"}),
        ("cpu_count: 2", {"cpu_count": 2}),
        ("cpuset_cpus: 0", {"cpuset": "0"}),
        ("device: [/dev/a:/dev/b:rw]", {"devices": ["/dev/a:/dev/b:rw"]}),
        ("dns_opt: [ndots:1]\ndns_option: [a]", {"dns_opt": ["ndots:1", "a"]}),
        ("entrypoint: ''", {"entrypoint": [""]}),
        ("env_file: prod.env", {"env_file": [{"path": "/srv/prod.env", "format": "raw"}]}),
        ("env: [A=1, A=2]", {"environment": {"A": "2"}}),
        ("env: [x-a=$1, B]", {"environment": ["x-a=$$1", "B"]}),
        ("label: {x-a$: '', b: }", {"labels": ["x-a$$=", "b="]}),
        ("gpus: all", ALL_GPUS),
        ("gpus: count=all", ALL_GPUS),
        (
            """gpus: 'driver=nvidia,"device=0,1","capabilities=utility","options=a=b"'""",
            {"deploy": {"resources": {"reservations": {"devices": [{
                "capabilities": ["gpu", "utility"], "driver": "nvidia", "device_ids": ["0", "1"],
                "options": {"a": "b"}}]}}}},
        ),
        (
            "gpus: driver=nvidia\nmemory_reservation: 1g",
            {"deploy": {"resources": {"reservations": {
                "devices": [{"capabilities": ["gpu"], "driver": "nvidia", "count": 1}],
                "memory": "1g"}}}},
        ),
        ("no_healthcheck: true", {"healthcheck": {"disable": True}}),
        ("no_healthcheck: false", {}),
        ("health_timeout: 5s", {"healthcheck": {"timeout": "5s"}}),
        ("hostname: 0123", {"hostname": "0123"}),
        ("init: false\ntty: yes", {"init": False, "tty": True}),
        ("interactive: true", {"stdin_open": True}),
        ("ipc: container:db", {"ipc": "service:db", "depends_on": ["db"]}),
        ("pid: container:gone", {"pid": "container:gone"}),
        ("links: [db, 'gone:g']",
            {"links": ["db:db"], "external_links": ["gone:g"], "depends_on": ["db"]}),
        ("depends_on: {db: running}", {"depends_on": ["db"]}),
        ("links: [db]\ndepends_on: {db: healthy}",
            {"links": ["db:db"], "depends_on": {"db": {"condition": "service_healthy"}}}),
        ("log_driver: none", {"logging": {"driver": "none"}}),
        ("memory: 64m\nmemory_swap: -1", {"mem_limit": "64m", "memswap_limit": -1}),
        ("mount: type=bind,src=/a,dst=/b", {"volumes": [
            {"type": "bind", "source": "/a", "target": "/b",
             "bind": {"create_host_path": False}}]}),
        (
            "mount: ['type=bind,src=/a,dst=/b,ro,bind-propagation=rslave,bind-nonrecursive,"
            "bind-create-src']",
            {"volumes": [{"type": "bind", "source": "/a", "target": "/b", "read_only": True,
                "bind": {"create_host_path": True, "propagation": "rslave",
                         "recursive": "disabled"}}]},
        ),
        (
            "mount: {type: tmpfs, target: /t, tmpfs-mode: 1777, tmpfs-size: 64m, readonly: false}",
            {"volumes": [{"type": "tmpfs", "target": "/t",
                          "tmpfs": {"mode": 0o1777, "size": "64m"}}]},
        ),
        (
            "mount: ['dst=/t,volume-nocopy,volume-label=a=b,volume-label=c']",
            {"volumes": [{"type": "volume", "target": "/t",
                          "volume": {"nocopy": True, "labels": {"a": "b", "c": ""}}}]},
        ),
        ("net: host", {"network_mode": "host"}),
        ("net: default", {}),
        ("net: container:db", {"network_mode": "service:db", "depends_on": ["db"]}),
        ("net: container:gone", {"network_mode": "container:gone"}),
        ("pids_limit: -1", {"pids_limit": -1}),
        ("pids_limit: many", {"pids_limit": "many"}),
        ("port_bindings: {80: '127.0.0.1:', 81: }", {"ports": ["127.0.0.1::80", "81"]}),
        ("publish: 'target=80,published=8080,protocol=UDP,mode=host'", {"ports": ["8080:80/udp"]}),
        ("publish: target=80", {"ports": ["80/tcp"]}),
        ("pull: never", {"pull_policy": "never"}),
        ("restart: on-failure:3", {"restart": "on-failure:3"}),
        ("rm: false\npublish_all: false", {}),
        ("secret_env: {PW: x}", {"environment": {"PW": "${PW?PW must be set}"}}),
        ("secret_env: {PW: }", {"environment": {"PW": None}}),
        ("storage_opt: {size: 1G}", {"storage_opt": {"size": "1G"}}),
        ("stop_timeout: 0", {"stop_grace_period": "0s"}),
        ("sysctl: {net.core.somaxconn: 1024}", {"sysctls": {"net.core.somaxconn": "1024"}}),
        ("tmpfs: {/run: 'size=64m', /tmp: }", {"tmpfs": ["/run:size=64m", "/tmp"]}),
        ("ulimit: {nofile: '1024:2048', core: -1}",
            {"ulimits": {"nofile": {"soft": 1024, "hard": 2048}, "core": -1}}),
        ("use_api_socket: true", {"use_api_socket": True}),
        ("user: 1000:1000", {"user": "1000:1000"}),
        ("volumes: [/data]", {"volumes": ["/data"]}),
        ("volumes_from: [db:ro, gone]",
            {"volumes_from": ["db:ro", "container:gone"], "depends_on": ["db"]}),
        ("workdir: /srv", {"working_dir": "/srv"}),
    ],
)  # fmt: skip
def test_a_property_has_a_key_of_compose(properties: str, keys: dict[str, Any]) -> None:
    assert service(properties) == (keys, [])


@pytest.mark.parametrize(
    ("properties", "keys", "note"),
    [
        ("publish_all: true", {},
            "publish_all: Compose publishes no port that is not under ports; write each there"),
        ("cidfile: /f", {},
            "cidfile: Compose writes no file with the id; docker compose ps -q tells it"),
        ("disable_content_trust: false", {},
            "disable_content_trust: Compose knows no content trust"),
        ("depends_on: {gone: healthy}", {},
            "depends_on: gone (healthy) is not in this file; start it before"),
        ("device_write_bps: /dev/sda", {}, "device_write_bps: /dev/sda says nothing of how much"),
        ("gpus: all,speed=9", ALL_GPUS, "gpus: Compose has no speed=9"),
        ("mount: 'dst=/t,volume-driver=d'", {"volumes": [{"type": "volume", "target": "/t"}]},
            "mount: volume-driver=d can only be said of the volume, at the top level"),
        ("mount: 'dst=/t,new=1'", {"volumes": [{"type": "volume", "target": "/t"}]},
            "mount: Compose has no new=1"),
        ("mount: ''", {}, "mount:  is no mount"),
        ("net: host\nip: 10.0.0.1", {"network_mode": "host"},
            "net: host takes no ip, as in ip=10.0.0.1"),
        ("network: [host, none]", {"network_mode": "host"},
            "net: Compose joins nothing to none and to another network"),
        ("secret_env: {my.key: x}", {"environment": {"my.key": None}},
            "secret_env: my.key is taken from the environment, if it is there"),
        ("secret_env: {PW: x, x-a: y}\nenv: {A: $PW}",
            {"environment": ["A=$$PW", "PW=${PW?PW must be set}", "x-a"]},
            "secret_env: x-a is taken from the environment, if it is there"),
        ("stop_timeout: -1", {}, "stop_timeout: Compose waits for no container without end"),
        ("ulimit: [nofile]", {}, "ulimit: nofile has no limit"),
        ("volume_bindings: ['/a:/b:ro,cached']", {"volumes": ["/a:/b:ro,cached"]},
            "volume_bindings: Compose ignores cached in /a:/b:ro,cached"),
    ],
)  # fmt: skip
def test_what_compose_can_t_say_is_told(properties: str, keys: dict[str, Any], note: str) -> None:
    assert service(properties) == (keys, [f"web: {note}"])


def test_networks_are_joined_in_their_order() -> None:
    found = exported(
        defined(
            "network: ['name=one,driver-opt=a=b,gw-priority=-1', two, bridge, 'name=x-3,new=1']\n"
            "ip: 10.0.0.2\nip6: fd00::2\nlink_local_ip: [169.254.0.1]\nmac_address: '02:00:00'"
        )
    )
    document = read(found)
    assert found.notes == [
        "web: net: Compose joins nothing to bridge and to another network",
        "web: network: Compose has no new=1",
        *(
            f"network {name} has to be there; docker network create {name} makes it"
            for name in ("one", "two", "x-3")
        ),
    ]
    assert document["services"]["web"] == {
        "container_name": "web",
        "image": "busybox",
        "hostname": "web",
        "mac_address": "02:00:00",
        "networks": {
            "one": {
                "driver_opts": {"a": "b"},
                "gw_priority": -1,
                "ipv4_address": "10.0.0.2",
                "ipv6_address": "fd00::2",
                "link_local_ips": ["169.254.0.1"],
                "priority": 3,
            },
            "two": {"priority": 2},
            "_x-3": {"priority": 1},
        },
    }
    assert document["networks"] == {
        "one": {"name": "one", "external": True},
        "two": {"name": "two", "external": True},
        "_x-3": {"name": "x-3", "external": True},
    }


NETWORK = {
    "driver": "bridge",
    "subnet": ["10.0.0.0/24", "fd00::/64"],
    "gateway": ["fd00::1", "10.0.0.1", "1.1.1.1", "no address"],
    "ip-range": "10.0.0.128/25",
    "aux_address": {"router": "10.0.0.9", "other": "10.0.0.8"},
    "ipam_driver": "default",
    "ipam_opt": ["a=1"],
    "ipv6": "true",
    "ipv4": False,
    "attachable": None,
    "opt": {"mtu": 1400, "x": None},
    "label": {"x-a": "$"},
    "config_only": True,
    "scope": None,
}


def test_a_network_is_made_as_docker_makes_it() -> None:
    found = exported(defined("net: back"), networks={"back": NETWORK, "unused": {}})
    assert found.notes == [
        "network back: config_only: Compose has no such key",
        "network back: gateway: 1.1.1.1 is in no subnet",
        "network back: gateway: no address is in no subnet",
    ]
    assert read(found)["networks"] == {
        "back": {
            "name": "back",
            "driver": "bridge",
            "driver_opts": {"mtu": "1400", "x": ""},
            "labels": ["x-a=$$"],
            "enable_ipv6": True,
            "enable_ipv4": False,
            "ipam": {
                "driver": "default",
                "options": {"a": "1"},
                "config": [
                    {
                        "subnet": "10.0.0.0/24",
                        "ip_range": "10.0.0.128/25",
                        "gateway": "10.0.0.1",
                        "aux_addresses": {"router": "10.0.0.9", "other": "10.0.0.8"},
                    },
                    {"subnet": "fd00::/64", "gateway": "fd00::1"},
                ],
            },
        }
    }


def test_volumes_are_made_or_have_to_be_there() -> None:
    found = exported(
        defined("volume_bindings: ['data:/d', 'x-a:/x', '/srv:/s']\nmount: ['src=x-a,dst=/y']"),
        volumes={"data": {"driver": "local", "opt": "type=tmpfs", "availability": "active"}},
    )
    document = read(found)
    assert found.notes == [
        "volume data: availability: Compose has no such key",
        "volume x-a has to be there; docker volume create x-a makes it",
    ]
    assert document["services"]["web"]["volumes"] == [
        "data:/d",
        "_x-a:/x",
        "/srv:/s",
        {"type": "volume", "source": "_x-a", "target": "/y"},
    ]
    assert document["volumes"] == {
        "data": {"name": "data", "driver": "local", "driver_opts": {"type": "tmpfs"}},
        "_x-a": {"name": "x-a", "external": True},
    }


@pytest.mark.parametrize(
    ("build", "keys", "notes"),
    [
        ("/srv/web", {"context": "/srv/web"}, []),
        (
            "{context: /w, dockerfile: D, cache_from: [a, b], tag: t, no_cache: true, pull: false}",
            {
                "context": "/w",
                "dockerfile": "/w/D",
                "cache_from": ["a", "b"],
                "tags": ["t"],
                "no_cache": True,
                "pull": False,
            },
            [],
        ),
        (
            "{context: /w, ulimit: {nofile: 1}, label: {a: }, build_context: {b: /b}}",
            {
                "context": "/w",
                "ulimits": {"nofile": 1},
                "labels": {"a": ""},
                "additional_contexts": {"b": "/b"},
            },
            [],
        ),
        (
            "{context: /w, secret: 'id=a,src=/a', squash: true, force_rm: false}",
            {"context": "/w"},
            [
                "secret id=a,src=/a: write it under secrets, at the top level and in build",
                "squash: Compose has no such key",
            ],
        ),
    ],
)
def test_what_builds_an_image(build: str, keys: dict[str, Any], notes: list[str]) -> None:
    assert service(f"build: {build}") == ({"build": keys}, [f"web: build: {n}" for n in notes])


def sample(option: Option) -> str:
    """A value of an option's form, in YAML."""
    if option.name == "publish":
        return "['80']"
    if option.name in CHOICES and option.form is Form.VALUE:
        return CHOICES[option.name][-1]
    values = {Form.VALUE: "'5'", Form.SWITCH: "true", Form.EACH: "['/a:/b']", Form.PAIRS: "{a: b}"}
    return values[option.form]


def seen(properties: str) -> bool:
    """Whether something becomes of a property: a key, or a note."""
    return exported(defined(properties)) != exported(defined(""))


@pytest.mark.parametrize("name", RUN)
def test_no_flag_of_docker_run_is_dropped(name: str) -> None:
    assert seen(f"{name}: {sample(RUN[name])}")


@pytest.mark.parametrize("name", BUILD)
def test_no_flag_of_docker_build_is_dropped(name: str) -> None:
    plain = exported(defined("build: {context: /w}"))
    assert exported(defined(f"build: {{context: /w, {name}: {sample(BUILD[name])}}}")) != plain


OWN = {
    "net": "host",
    "env": "{A: b}",
    "secret_env": "{A: b}",
    "volumes": "[/a]",
    "volume_bindings": "[/a:/b]",
    "ports": "[80]",
    "port_bindings": "{80: 80}",
    "links": "[db]",
    "command": "a",
    "path": "/w",
    "build": "/w",
    "depends_on": "[db]",
}
# The image is always there; the other two say which file it is in.
ELSEWHERE = {"image", "docker_host", "docker_context"}


def test_no_property_of_dirg_is_dropped() -> None:
    assert OWN.keys() | ELSEWHERE == PROPERTIES.keys()
    assert [name for name, value in OWN.items() if not seen(f"{name}: {value}")] == []


def test_two_hosts_of_one_name_have_two_files() -> None:
    hosts = [Host("default"), Host("default", ("--context", "default"))]
    deployments = [Deployment(Definition("web", "busybox"), host) for host in hosts]
    assert [*as_compose(deployments, {}, {}, "").files] == ["default", "--context default"]


def test_the_name_of_the_project_is_one_for_compose() -> None:
    assert read(exported(defined(""), project="_Ä Shop.de 2"))["name"] == "shopde2"
    assert read(exported(defined(""), project="---"))["name"] == "dirg"


def test_no_secret_is_written() -> None:
    found = exported(defined("secret_env: {PW: never written, my.key: never written}"))
    assert "never written" not in repr(found)


# What readers of YAML 1.2 take for no text.
_CORE = re.compile(
    r"~|null|true|false|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-f]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)"
    r"(?:e[-+]?[0-9]+)?|[-+]?\.inf|\.nan|y|n|yes|no|on|off",
    re.I,
)
_SIGNS = st.text(st.sampled_from("$${}`'\"\\ \n\t#&|:-?!%@,[]~=0159.exob+_yn")) | st.sampled_from(
    ["0o17", "1e3", "0x1F", "010", "1_000", "12:30", ".5", "+1", "-.inf", "y", "NO", "null", "~"]
)
_TEXTS = _SIGNS | st.text(st.characters(codec="utf-8", exclude_characters="\0"))


def interpolated(value: str) -> str:
    assert not re.search(r"(?<!\$)(?:\$\$)*\$(?!\$)", value)
    return value.replace("$$", "$")


@given(words=st.lists(_TEXTS, min_size=1), key=_TEXTS.filter(lambda key: key and "=" not in key))
def test_each_text_comes_back(words: list[str], key: str) -> None:
    options = ("-e", f"{key}={words[0]}", "--label", f"{key}={words[-1]}", "--user", words[0])
    found = exported(Definition("web", "busybox", options, tuple(words)))
    (text,) = found.files.values()
    said = read(found)["services"]["web"]
    assert [interpolated(word) for word in said["command"]] == words
    assert interpolated(said["user"]) == words[0]
    for name, word in (("environment", words[0]), ("labels", words[-1])):
        pairs = said[name]
        if isinstance(pairs, list):
            assert [interpolated(pair) for pair in pairs] == [f"{key}={word}"]
        else:
            assert {item: interpolated(each) for item, each in pairs.items()} == {key: word}
    plain = [e.value for e in yaml.parse(text) if isinstance(e, yaml.ScalarEvent) and not e.style]
    assert [value for value in plain if _CORE.fullmatch(value)] == []


@given(word=_TEXTS)
def test_a_note_is_a_line_of_comment(word: str) -> None:
    found = exported(Definition("web", "busybox", ("--mount", f"target=/a,volume-opt={word}")))
    assert read(found)["services"]["web"]["container_name"] == "web"
