"""Every key of Compose leads somewhere, and no file whatsoever to a traceback."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dirg.errors import UsageError
from dirg.imports.compose import read
from dirg.imports.compose.dotenv import entries
from tests.composed import FILE, docker, files, found, notes, service

# Each key that the specification has for a service, with a value.
KEYS: dict[str, object] = {
    "annotations": ["a=b"],
    "attach": False,
    "blkio_config": {"weight": 300},
    "build": {"context": ".", "dockerfile_inline": "FROM x"},
    "cap_add": ["ALL"],
    "cap_drop": ["ALL"],
    "cgroup": "host",
    "cgroup_parent": "m",
    "command": "ls",
    "configs": ["file"],
    "container_name": "other",
    "cpu_count": 1,
    "cpu_percent": 1,
    "cpu_period": 1,
    "cpu_quota": 1,
    "cpu_rt_period": 1,
    "cpu_rt_runtime": 1,
    "cpu_shares": 1,
    "cpus": 1,
    "cpuset": "0",
    "credential_spec": {"config": "c"},
    "depends_on": ["db"],
    "deploy": {"endpoint_mode": "vip"},
    "develop": {"watch": []},
    "device_cgroup_rules": ["c 1:3 mr"],
    "devices": ["/dev/a"],
    "dns": "1.1.1.1",
    "dns_opt": ["x"],
    "dns_search": "x",
    "domainname": "x",
    "entrypoint": "ls",
    "env_file": "a.env",
    "environment": {"B": "c"},
    "expose": [80],
    "extends": {"service": "db"},
    "external_links": ["db"],
    "extra_hosts": ["a=1.1.1.1"],
    "gpus": "all",
    "group_add": ["mail"],
    "healthcheck": {"test": "ls"},
    "hostname": "h",
    "image": "i",
    "init": True,
    "ipc": "host",
    "isolation": "x",
    "label_file": "a.env",
    "labels": ["a=b"],
    "links": ["db"],
    "logging": {"driver": "x"},
    "mac_address": "02:42:ac:11:65:43",
    "mem_limit": "1g",
    "mem_reservation": "1g",
    "mem_swappiness": 1,
    "memswap_limit": "1g",
    "models": ["m"],
    "network_mode": "host",
    "networks": ["other"],
    "oom_kill_disable": True,
    "oom_score_adj": 1,
    "pid": "host",
    "pids_limit": 1,
    "platform": "linux/amd64",
    "ports": [80],
    "post_start": [{"command": "ls"}],
    "pre_start": [{"command": "ls"}],
    "pre_stop": [{"command": "ls"}],
    "privileged": True,
    "profiles": ["p"],
    "provider": {"type": "x"},
    "pull_policy": "always",
    "pull_refresh_after": "1d",
    "read_only": True,
    "restart": "always",
    "runtime": "runc",
    "scale": 2,
    "secrets": ["file"],
    "security_opt": ["x"],
    "shm_size": "1m",
    "stdin_open": True,
    "stop_grace_period": "1s",
    "stop_signal": "SIGINT",
    "storage_opt": {"size": "1G"},
    "sysctls": ["a=b"],
    "tmpfs": "/run",
    "tty": True,
    "ulimits": {"nofile": 1},
    "use_api_socket": True,
    "user": "me",
    "userns_mode": "host",
    "uts": "host",
    "volumes": ["/x"],
    "volumes_from": ["db"],
    "working_dir": "/x",
}


def model(**services: object) -> str:
    parts = {
        "services": {"db": {"image": "pg", "tty": True}, **services},
        "networks": {"other": None},
        "volumes": {"data": None},
        "secrets": {"file": {"file": "./f"}, "env": {"environment": "X"}},
        "configs": {"file": {"file": "./f"}, "text": {"content": "x"}},
    }
    return yaml.dump(parts)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_leads_to_a_property_or_to_a_note(key: str) -> None:
    files({"a.env": "A=1"})
    plain = found(model(web={"image": "nginx"}))
    imported = found(model(web={"image": "nginx", key: KEYS[key]}))
    assert (imported.containers, imported.services) != (plain.containers, plain.services) or (
        imported.notes
    )
    assert not [note for note in imported.notes if "unknown" in note]
    assert docker(imported)


# What can't be said with docker's flags, and what is noted of it.
NOTED = [
    ("foo: bar", "services.web.foo: unknown to dirg; left out"),
    ("build: {dockerfile_inline: FROM x}",
     "services.web.build.dockerfile_inline: has no equivalent; left out"),
    ("build: {privileged: true}", "services.web.build.privileged: has no equivalent; left out"),
    ("build: {additional_contexts: {a: 'service:db'}}",
     "services.web.build.additional_contexts.a: it is a service; left out"),
    ("build: {secrets: [x]}", "services.web.build.secrets: x: it has no file; left out"),
    ("pull_policy: daily",
     "services.web.pull_policy: daily: docker run does not pull so; left out"),
    ("scale: 0",
     "services.web.scale: 0 containers can't have one name; write one for each; left out"),
    ("develop: {watch: []}", "services.web.develop: has no equivalent; left out"),
    ("depends_on: {db: {required: false}}", "services.web.depends_on.db.required: "
     "what is depended on has to be there; left out"),
    ("depends_on: {no: {required: false}}", "services.web.depends_on.no.required: "
     "it may be missing, and is not waited for; left out"),
    ("depends_on: {db: {restart: true}}",
     "services.web.depends_on.db.restart: has no equivalent; left out"),
    ("ports: [{target: 80, name: n}]", "services.web.ports.name: has no equivalent; left out"),
    ("volumes: [{type: npipe, source: a, target: b}]",
     "services.web.volumes: type npipe: has no equivalent; left out"),
    ("volumes: ['/a:/b:huh']",
     "services.web.volumes: huh: no mode that docker knows; left out"),
    ("volumes: [{type: bind, source: /a, target: b, volume: {nocopy: true}}]",
     "services.web.volumes.volume: has no meaning for a bind; left out"),
    ("volumes: [{type: bind, source: /a, target: b, bind: {create_host_path: false, selinux: z}}]",
     "services.web.volumes.bind.selinux: docker has none here; left out"),
    ("volumes: [{type: bind, source: /a, target: b, bind: {recursive: disabled}}]",
     "services.web.volumes: docker does not create the folder of the host here"),
    ("secrets: [env]", "services.web.secrets.env: only those with a file can be bound; left out"),
    ("configs: [text]",
     "services.web.configs.text: only those with a file can be bound; left out"),
    ("networks: {other: {huh: 1}}",
     "services.web.networks.other.huh: unknown to dirg; left out"),
    ("healthcheck: {huh: 1}", "services.web.healthcheck.huh: unknown to dirg; left out"),
    ("deploy: {update_config: {parallelism: 1}}",
     "services.web.deploy.update_config: has no equivalent; left out"),
    ("devices: [{source: /dev/a, huh: 1}]",
     "services.web.devices.huh: unknown to dirg; left out"),
    ("ulimits: {core: {soft: 1, hard: 1, huh: 1}}",
     "services.web.ulimits.core.huh: unknown to dirg; left out"),
    ("blkio_config: {device_read_bps: [{path: /a, rate: 1, huh: 1}]}",
     "services.web.blkio_config.huh: unknown to dirg; left out"),
    ("volumes: [{type: tmpfs, target: /a, tmpfs: {huh: 1}}]",
     "services.web.volumes.tmpfs.huh: unknown to dirg; left out"),
    ("gpus: [{count: 1}, {count: 2}]",
     "services.web.gpus: docker run takes one request only; left out"),
    ("logging: {huh: 1}", "services.web.logging.huh: unknown to dirg; left out"),
    ("provider: {type: x}", "services.web.provider: has no equivalent; left out"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), NOTED)
def test_what_has_no_equivalent_is_noted(line: str, said: str) -> None:
    more = (
        "  db: {image: pg}\nnetworks: {other: }\nsecrets: {env: {environment: X}}\n"
        "configs: {text: {content: x}}\n"
    )
    imported = found(service(line, more))
    assert notes(imported) == [f"5: {said}"]
    assert docker(imported)


def test_a_service_that_is_no_container() -> None:
    imported = found(
        "services:\n  ai: {provider: {type: x}}\n  web: {image: i, depends_on: [ai]}\n"
    )
    assert [*docker(imported)] == ["web"]
    assert notes(imported) == [
        "3: services.ai: has a provider, no container; left out",
        "4: services.web.depends_on.ai: it is no container; left out",
    ]


def test_many_aliases_take_no_time() -> None:
    levels = "".join(f"x-{n}: &{n} [{', '.join([f'*{n - 1}'] * 9)}]\n" for n in range(1, 30))
    text = f"x-0: &0 [a]\n{levels}services: {{web: {{image: i, x-a: *29}}}}\n"
    assert [*docker(found(text))] == ["web"]


_words = st.sampled_from(
    ["", "a", "web", "db", "80", "80:80", "./a:/b", "v:/b", "${X", "${X:-1}", "${X:?}", "$X", "a=b",
     "service:db", "true", "no", "1s", "1m30s", "-1", "0755", "{{a}}", "/x", "'", "null", "K=${P}"]
)  # fmt: skip
_scalars = st.none() | st.booleans() | st.integers(-9, 99999) | _words | st.text(max_size=4)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["target", "source", "type", "bind", "volume", "tmpfs", "test", "limits", "resources",
             "devices", "condition", "db", "path", "context", "args", "aliases", "soft", "driver",
             "options", "weight", "config", "file", "name", "external", "published", "mode"]
        )
        | _words,
        inner,
        max_size=3,
    ),
    max_leaves=8,
)  # fmt: skip
_services = st.dictionaries(
    st.sampled_from([*KEYS]), st.sampled_from([*KEYS.values()]) | _values, max_size=5
)


def taken(text: str) -> None:
    """Read a file; whatever it is, it is taken, or a mistake is told in lines."""
    FILE.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(UsageError):
        imported = read(FILE, environ={"X": "1"}, relative_to=Path())
        # Docker's own rules, such as those for names of images, are told when that is read.
        docker(imported)


@given(web=_services, db=_services)
def test_any_service(web: dict[str, object], db: dict[str, object]) -> None:
    taken(model(web={"image": "nginx", **web}, db={"image": "pg", **db}))


@given(sections=st.dictionaries(
    st.sampled_from(["services", "networks", "volumes", "secrets", "configs", "include", "name"]),
    _values | st.dictionaries(st.sampled_from(["web", "db", "default"]), _values, max_size=2),
))  # fmt: skip
def test_any_sections(sections: dict[str, object]) -> None:
    taken(yaml.dump({"services": {"web": {"image": "i"}}, **sections}))


@given(text=st.text(st.sampled_from("a:- \n{}[]!&*'\"|>$#%\t\0é<") | st.characters(), max_size=60))
def test_any_text(text: str) -> None:
    taken(text)
    taken(f"services:\n  web:\n    image: i\n    command: {text}\n")


@given(text=st.text(st.sampled_from("AB=:'\"\\ \n#$\r{}-é\x0b"), max_size=40))
def test_any_file_of_variables(text: str) -> None:
    Path(".env").write_text(text, encoding="utf-8")
    taken("services: {web: {image: 'i${A}', env_file: .env}}")
    with suppress(UsageError):
        assert all(entry.name for entry in entries(Path(".env")))
