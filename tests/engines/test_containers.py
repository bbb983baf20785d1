"""What is described really works inside and around the containers."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from tests.engines.lab import Project, wait_until

# Python of this machine in a container, since busybox has no server for UDP.
ECHO = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("0.0.0.0", 5353))
    while True:
        said, address = server.recvfrom(100)
        server.sendto(b"echo " + said, address)
"""


SERVING = """
        {}
        ---
        store:
            image: busybox
            docker_host: "{{h1}}"
            init: true
            command: httpd -f -p 80 -h /pages
            ports: [80]
            port_bindings: {80: 8080}
            volume_bindings: {"{{pages}}": {bind: /pages, ro: true}}
        web:
            image: busybox
            command: sleep 3600
            docker_host: "{{h1}}"
            links: {store: database}
            volumes: [/pages]
            volume_bindings:
                "{{pages}}": {bind: /pages}
                ./relative: /relative
        echo:
            image: busybox
            docker_host: "{{h1}}"
            init: true
            command: [chroot, /machine, "{{python}}", -c, CODE]
            ports: [!!python/tuple [5353, udp]]
            port_bindings: {5353: 15353}
            volume_bindings: {/: {bind: /machine, mode: ro}}
        """


def test_links_ports_and_volumes(project: Project, tmp_path: Path) -> None:
    engine = project.lab.plain
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "page").write_text("hello from the store\n")
    project.describe(
        SERVING.replace("CODE", json.dumps(ECHO)),
        pages=str(pages),
        python=str(Path(sys.executable).resolve()),
    )
    project.done("run")

    wait_until(lambda: _page(f"http://{engine.address}:8080/page"))
    assert _page(f"http://{engine.address}:8080/page") == "hello from the store\n"
    page = engine.docker("exec", "web", "wget", "-q", "-O-", "http://database/page")
    assert page == "hello from the store\n"
    assert engine.docker("exec", "web", "wget", "-q", "-O-", "http://store/page") == page

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        client.connect((engine.address, 15353))
        wait_until(lambda: _echo(client))
        assert _echo(client) == b"echo hello"

    refused = engine.call("exec", "store", "touch", "/pages/new")
    assert (refused.status, refused.error) == (1, "touch: /pages/new: Read-only file system\n")
    engine.docker("exec", "web", "sh", "-c", "echo 1 >/pages/new; echo 2 >/relative/new")
    assert (pages / "new").read_text() == "1\n"
    assert (project.folder / "relative" / "new").read_text() == "2\n"
    assert engine.docker("exec", "store", "cat", "/pages/new") == "1\n"
    # No anonymous volume is made for what is bound.
    assert engine.volumes() == []


def _page(url: str) -> str:
    with suppress(OSError), urlopen(url, timeout=5) as response:
        return str(response.read().decode())
    return ""


def _echo(client: socket.socket) -> bytes:
    with suppress(OSError):
        client.send(b"hello")
        return client.recv(100)
    return b""
