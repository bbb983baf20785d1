"""The flags of ``docker run`` and ``docker build``, as the docker CLI 20.10 to 28 has them.

A flag's form says what a property of its name takes:

* value: text; the flag is given once
* switch: true or false
* each: text or a list; the flag is given once for each
* pairs: a map, or a list of ``KEY=VALUE``; the flag is given once for each
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from dirg.records import dataclass


class Form(Enum):
    """What a property takes; its value is how an error message says so."""

    VALUE = "text"
    SWITCH = "true or false"
    EACH = "text or a list"
    PAIRS = "a map or a list"


_EXAMPLES = {
    Form.VALUE: "VALUE",
    Form.SWITCH: "true",
    Form.EACH: "[VALUE, VALUE]",
    Form.PAIRS: "{{KEY: VALUE}} or [KEY{joint}VALUE]",
}


@dataclass(frozen=True)
class Option:
    """A flag: its long name without dashes, its form, and what joins a key to its value."""

    name: str
    form: Form
    joint: str = "="

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def example(self) -> str:
        """How a value of this form is written."""
        return _EXAMPLES[self.form].format(joint=self.joint)


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

# What docker takes of these, and nothing else.
CHOICES = {
    "pull": ("always", "missing", "never"),
    "restart": ("no", "always", "on-failure", "unless-stopped"),
}

# Those of buildx included, which is what docker build calls where it is installed.
BUILD = {
    **_options(
        Form.VALUE,
        """
        builder call cgroup-parent cpu-period cpu-quota cpu-shares cpuset-cpus cpuset-mems file
        iidfile isolation memory memory-swap metadata-file network platform progress provenance
        sbom shm-size target
        """,
    ),
    **_options(
        Form.SWITCH,
        """
        check compress debug disable-content-trust force-rm load no-cache pull push quiet rm squash
        stream
        """,
    ),
    **_options(
        Form.EACH,
        "allow attest cache-from cache-to no-cache-filter output secret security-opt ssh tag",
    ),
    **_options(Form.PAIRS, "annotation build-arg build-context label ulimit"),
    **_options(Form.PAIRS, "add-host", ":"),
}

# Those of docker network create and docker volume create; the name is the key of the definition.
NETWORK = {
    **_options(Form.VALUE, "config-from driver ipam-driver scope"),
    **_options(Form.SWITCH, "attachable config-only ingress internal ipv4 ipv6"),
    **_options(Form.EACH, "gateway ip-range subnet"),
    **_options(Form.PAIRS, "aux-address ipam-opt label opt"),
}
VOLUME = {
    **_options(Form.VALUE, "driver"),
    **_options(Form.PAIRS, "label opt"),
}


@dataclass(frozen=True)
class Own:
    """A property that dirg itself reads: what it takes, an example, and what docker gets of it."""

    takes: str
    example: str
    docker: str


PROPERTIES = {
    "image": Own("the name of an image", "registry:5000/shop:1.0", "the image"),
    "docker_host": Own("an address", "tcp://host:2375", "``-H``"),
    "docker_context": Own("the name of a docker context", "production", "``--context``"),
    "net": Own("a network or a mode", "host", "``--network``"),
    "env": Own("a map or a list", "{KEY: VALUE} or [KEY=VALUE, KEY]", "``-e``"),
    "secret_env": Own("a map or a list", "{KEY: VALUE} or [KEY=VALUE, KEY]", "``-e KEY``"),
    "volumes": Own("a list of paths in the container", "[/data, /logs]", "``-v``"),
    "volume_bindings": Own(
        "a map or a list", "{/srv: {bind: /data, ro: true}} or ['/srv:/data:ro']", "``-v``"
    ),
    "ports": Own("a list of ports", "[80, 53/udp, 7000-7010]", "``--expose``"),
    "port_bindings": Own("a map of container ports to host ports", "{80: 8080}", "``-p``"),
    "links": Own("a map or a list", "{NAME: ALIAS} or ['NAME:ALIAS']", "``--link``"),
    "command": Own("text or a list of words", "serve --port 80", "what follows the image"),
    "path": Own("a directory", "./web", "``docker build``"),
    "build": Own("a directory or a map", "{context: ./web, target: prod}", "``docker build``"),
    "depends_on": Own("a list of containers or a map", "[db] or {db: healthy}", "the order"),
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
    "args": "build_arg",
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
# The same for networks and volumes.
COMPOSE_RESOURCES = {
    "aux_addresses": "aux_address",
    "driver_opts": "opt",
    "enable_ipv4": "ipv4",
    "enable_ipv6": "ipv6",
    "external": "leave out the whole entry: what is not defined is taken as it is",
    "ipam": "use subnet, gateway and ip_range",
    "labels": "label",
    "name": "the key of the definition is the name",
}


def grouped(words: Iterable[str], table: Mapping[str, Option] = RUN) -> Iterator[list[str]]:
    """Each flag of a command line with its value; a switch is alone."""
    remaining = iter(words)
    for flag in remaining:
        name = flag.partition("=")[0][2:].replace("-", "_")
        switch = name in table and table[name].form is Form.SWITCH
        yield [flag] if switch else [flag, next(remaining)]
