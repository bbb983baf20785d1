"""The flags of ``docker run`` and ``docker build``, as the docker CLI 20.10 to 28 has them.

A flag's form says what a property of its name takes:

* value: text; the flag is given once
* switch: true or false
* each: text or a list; the flag is given once for each
* pairs: a map, or a list of ``KEY=VALUE``; the flag is given once for each
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Form(Enum):
    """What a property takes; its value is how an error message says so."""

    VALUE = "text"
    SWITCH = "true or false"
    EACH = "text or a list"
    PAIRS = "a map or a list of KEY=VALUE"


@dataclass(frozen=True)
class Option:
    """A flag: its long name without dashes, its form, and what joins a key to its value."""

    name: str
    form: Form
    joint: str = "="

    @property
    def flag(self) -> str:
        return f"--{self.name}"


def _options(form: Form, names: str, joint: str = "=") -> dict[str, Option]:
    return {name.replace("-", "_"): Option(name, form, joint) for name in names.split()}


RUN = {
    **_options(
        Form.VALUE,
        """
        blkio-weight cgroup-parent cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota
        cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems detach-keys domainname
        entrypoint gpus health-cmd health-interval health-retries health-start-interval
        health-start-period health-timeout hostname io-maxbandwidth io-maxiops ip ip6 ipc isolation
        kernel-memory log-driver mac-address memory memory-reservation memory-swap
        memory-swappiness oom-score-adj pid pids-limit platform pull restart runtime shm-size
        stop-signal stop-timeout user userns uts volume-driver workdir
        """,
    ),
    **_options(
        Form.SWITCH,
        """
        disable-content-trust init interactive no-healthcheck oom-kill-disable privileged
        publish-all quiet read-only rm sig-proxy tty use-api-socket
        """,
    ),
    **_options(
        Form.EACH,
        """
        blkio-weight-device cap-add cap-drop device device-cgroup-rule device-read-bps
        device-read-iops device-write-bps device-write-iops dns dns-opt dns-option dns-search
        env-file expose group-add label-file link-local-ip mount net-alias network network-alias
        publish security-opt volume volumes-from
        """,
    ),
    **_options(Form.PAIRS, "annotation label log-opt storage-opt sysctl ulimit"),
    **_options(Form.PAIRS, "add-host link tmpfs", ":"),
}

BUILD = {
    **_options(
        Form.VALUE,
        """
        cgroup-parent cpu-period cpu-quota cpu-shares cpuset-cpus cpuset-mems file iidfile
        isolation memory memory-swap network platform progress shm-size target
        """,
    ),
    **_options(
        Form.SWITCH, "compress disable-content-trust force-rm no-cache pull quiet rm squash stream"
    ),
    **_options(Form.EACH, "cache-from output secret security-opt ssh tag"),
    **_options(Form.PAIRS, "build-arg label ulimit"),
    **_options(Form.PAIRS, "add-host", ":"),
}

# What dirg itself reads, with the form an error message shows.
PROPERTIES = {
    "image": "the name of an image",
    "docker_host": "an address such as tcp://HOST:2375",
    "docker_context": "the name of a docker context",
    "net": "bridge, host, none, container:NAME or the name of a network",
    "env": "a map {KEY: VALUE} or a list of KEY=VALUE or KEY",
    "secret_env": "a map {KEY: VALUE} or a list of KEY=VALUE or KEY",
    "volumes": "a list of paths in the container",
    "volume_bindings": "a map {HOST: {bind: PATH, ro: true}} or a list of HOST:PATH[:MODE]",
    "ports": "a list of PORT, PORT/udp or FROM-TO",
    "port_bindings": "a map {CONTAINER_PORT: HOST_PORT}",
    "links": "a map {NAME: ALIAS} or a list of NAME[:ALIAS]",
    "command": "text or a list of arguments",
    "path": "the directory to build the image from",
    "build": "a directory or a map {context: DIRECTORY, ...}",
    "depends_on": "a list of container names or a map {NAME: running}",
}

# Flags of docker run that have no meaning here, and why.
REFUSED = {
    "name": "the name of a container is the key of its definition",
    "detach": "containers are always run detached",
    "attach": "containers are always run detached; see dirg logs -f",
    "help": "it only makes docker print its help",
}

# What Docker Compose calls some of them: the property here, or advice where there is no single one.
COMPOSE = {
    "container_name": "the key of the definition is the container's name",
    "deploy": "use cpus, memory and restart",
    "environment": "env",
    "extra_hosts": "add_host",
    "external_links": "links",
    "healthcheck": "use health_cmd, health_interval, health_retries and health_timeout",
    "labels": "label",
    "logging": "use log_driver and log_opt",
    "mem_limit": "memory",
    "mem_reservation": "memory_reservation",
    "memswap_limit": "memory_swap",
    "network_mode": "net",
    "networks": "network",
    "pull_policy": "pull",
    "scale": "write one container for each, in a loop of the template",
    "stdin_open": "interactive",
    "stop_grace_period": "use stop_timeout, in seconds",
    "sysctls": "sysctl",
    "ulimits": "ulimit",
    "working_dir": "workdir",
}
