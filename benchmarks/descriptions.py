"""Writes the same containers for dirg, for Compose and for maestro-ng.

Hosts share the containers in turn: the first container is on the first host, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

# Containers of a service, where nobody wants another number.
TEN = 10
_BODY = """\
    image: registry.example.com/app/web:{tag}
    docker_host: {host}
    env:
        NAME: {name}
        LEVEL: info
    port_bindings: {{80: {port}}}
    volumes: [/data]
    restart: always
    command: serve --port 80
"""
_COMPOSE = """\
    {name}:
        image: registry.example.com/app/web:1.25
        container_name: {name}
        hostname: {name}
        environment:
            NAME: {name}
            LEVEL: info
        ports: ["{port}:80"]
        volumes: [/data]
        restart: always
        command: serve --port 80
"""
_LOOP = """\
{{% for number in range({count}) %}}
c{{{{number}}}}:
{body}{{% endfor %}}
"""


def addresses(count: int) -> list[str]:
    """Docker hosts that nobody asks anything."""
    return [f"tcp://10.{n // 62500}.{n // 250 % 250}.{n % 250 + 1}:2375" for n in range(count)]


def services(containers: int, count: int) -> str:
    """Services that share the containers, and ``all``, which names all services.

    Where there are more services than containers, several name the same one.
    """
    each = max(1, containers // count)
    lines = [
        f"s{s}: [{', '.join(f'c{(s * each + n) % containers}' for n in range(each))}]"
        for s in range(count)
    ]
    return "\n".join([*lines, f"all: [{', '.join(f's{s}' for s in range(count))}]"])


def dirg(containers: int, hosts: int, groups: int = 0) -> str:
    """A description with a Jinja2 expression in each container."""
    where = addresses(hosts)
    bodies = (
        f"c{n}:\n"
        + _BODY.format(tag="{{tag}}", host=where[n % hosts], name=f"c{n}", port=10000 + n)
        for n in range(containers)
    )
    return _documents(services(containers, groups or max(1, containers // TEN)), bodies)


def dirg_loop(containers: int, hosts: int) -> str:
    """The same containers, made by a loop of Jinja2."""
    where = f"{addresses(hosts)}[number % {hosts}]"
    body = _BODY.format(
        tag="{{tag}}",
        host="{{" + where + "}}",
        name="c{{number}}",
        port="{{10000 + number}}",
    )
    loop = _LOOP.format(count=containers, body=body)
    return _documents(services(containers, max(1, containers // TEN)), [loop])


def _documents(groups: str, bodies: Iterable[str]) -> str:
    return "{% set tag = '1.25' %}\n---\n" + groups + "\n---\n" + "".join(bodies)


def compose(containers: int) -> str:
    """A Compose file of the same containers, which has no hosts."""
    bodies = (_COMPOSE.format(name=f"c{n}", port=10000 + n) for n in range(containers))
    return "services:\n" + "".join(bodies)


def write(folder: Path, text: str) -> Path:
    """Make a folder with a description for dirg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dirg.cfg").write_text("[DEFAULT]\ndirg_services = dirg-services.yml\n")
    (folder / "dirg-services.yml").write_text(text)
    return folder


# --- containers that are really run ----------------------------------------------------------

# Ends at once when it is asked to, with any tool, also those that know no --init.
COMMAND = ("sh", "-c", "trap exit TERM; sleep 1000000 & wait")


def names(count: int, hosts: int, host: int) -> list[str]:
    """The containers of a host."""
    return [f"bench{n}" for n in range(count) if n % hosts == host]


def live(image: str, hosts: Sequence[str], count: int) -> str:
    """A description for dirg of containers that do nothing."""
    bodies = (
        f"bench{n}:\n    image: {image}\n    docker_host: {hosts[n % len(hosts)]}\n"
        f"    env: {{NAME: bench{n}}}\n    command: {list(COMMAND)}\n"
        for n in range(count)
    )
    return "{}\n---\n" + "".join(bodies)


def live_compose(image: str, hosts: int, host: int, count: int) -> str:
    """A Compose file for one of the hosts."""
    bodies = (
        f"    {name}:\n        image: {image}\n        container_name: {name}\n"
        f"        hostname: {name}\n        network_mode: bridge\n"
        f"        environment: {{NAME: {name}}}\n        command: {list(COMMAND)}\n"
        for name in names(count, hosts, host)
    )
    # docker-compose 1.29 wants a version, or takes the file for one of an older kind.
    return "version: '3.7'\nservices:\n" + "".join(bodies)


def live_maestro(image: str, hosts: Sequence[tuple[str, int]], count: int) -> str:
    """A description for maestro-ng, with all hosts; these are addresses and ports."""
    ships = "".join(
        f"  host{n}: {{ip: {address}, docker_port: {port}}}\n"
        for n, (address, port) in enumerate(hosts)
    )
    instances = "".join(
        f"      bench{n}: {{ship: host{n % len(hosts)}, env: {{NAME: bench{n}}}, "
        f"command: {list(COMMAND)}}}\n"
        for n in range(count)
    )
    head = f"name: bench\nships:\n{ships}services:\n  bench:\n    image: {image}\n"
    return f"__maestro:\n  schema: 2\n{head}    instances:\n{instances}"
