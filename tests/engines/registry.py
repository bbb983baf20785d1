"""A registry on the way to which things go wrong: what engines pull through it can be held up."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import tarfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.engines.lab import IMAGE, Engine, Lab, wait_until

# Of a layer so many bytes come through at once, in the middle of which it can be held up.
_FIRST = 64 * 1024
# More than that, and no two alike.
_SIZE = 512 * 1024
_BLOB = re.compile(rb"GET /v2/(slow-[a-z]+)/blobs/")
_REQUEST = re.compile(rb"^(?:GET|HEAD) (/v2/\S+)", re.MULTILINE)
# What htpasswd -bB makes of user ops, password right.
_PASSWORDS = "ops:$2y$05$abcdefghijklmnopqrstuu8xaCxxL82bnl.UY74PMksDxIJShppPC\n"


class Road:
    """Takes connections for a registry and hands on what is said, until it is told otherwise.

    The layers of repositories called slow-… stop in the middle until they are released.
    """

    def __init__(self, host: str, target: str) -> None:
        self.target = target
        self.asked: list[str] = []
        self.held: set[str] = set()
        self._released = threading.Event()
        self._open: set[socket.socket] = set()
        self._socket = socket.create_server((host, 0))
        self._place = self._socket.getsockname()
        self._begin()

    @property
    def address(self) -> str:
        return "{}:{}".format(*self._place)

    def again(self, target: str) -> None:
        """Be as new, before some registry."""
        self.release()
        self.target = target
        self.asked.clear()
        self.held.clear()
        self._released = threading.Event()

    def release(self) -> None:
        """Let through what is held up, and all that comes."""
        self._released.set()

    def die(self) -> None:
        """Close every connection, and take none any more."""
        for each in (self._socket, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def revive(self) -> None:
        """Take connections at the same place again."""
        self._socket = socket.create_server(self._place)
        self._begin()

    def _begin(self) -> None:
        threading.Thread(target=self._listen, args=(self._socket,), daemon=True).start()

    def _listen(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                host, _, port = self.target.rpartition(":")
                far = socket.create_connection((host, int(port)))
                self._open |= {near, far}
                _Way(self, near, far, self._released)


class _Way:
    """A connection, and the one to the registry that goes with it."""

    def __init__(
        self, road: Road, near: socket.socket, far: socket.socket, released: threading.Event
    ) -> None:
        self._road = road
        self._near = near
        self._far = far
        self._released = released
        self._slow = ""
        self._passed = 0
        for work in (self._there, self._back):
            threading.Thread(target=self._until_closed, args=(work,), daemon=True).start()

    def _until_closed(self, work: object) -> None:
        assert callable(work)
        with suppress(OSError):
            work()
        for each in (self._near, self._far):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _there(self) -> None:
        while said := self._near.recv(65536):
            self._road.asked += [path.decode() for path in _REQUEST.findall(said)]
            blob = _BLOB.search(said)
            self._slow = blob[1].decode() if blob else ""
            self._passed = 0
            self._far.sendall(said)

    def _back(self) -> None:
        while said := self._far.recv(8192):
            self._passed += len(said)
            if self._slow and self._passed > _FIRST and not self._released.is_set():
                self._road.held.add(self._slow)
                self._released.wait()
            self._near.sendall(said)


@contextmanager
def demanding(lab: Lab, folder: Path) -> Iterator[str]:
    """The address of a registry with the same images, that wants user and password."""
    host = lab.registry.partition(":")[0]
    with socket.create_server((host, 0)) as free:
        address = f"{host}:{free.getsockname()[1]}"
    (folder / "passwords").write_text(_PASSWORDS)
    config = folder / "registry.yml"
    config.write_text(
        "version: 0.1\n"
        f"storage: {{filesystem: {{rootdirectory: {lab.directory}/registry}}}}\n"
        f'http: {{addr: "{address}"}}\n'
        f"auth: {{htpasswd: {{realm: lab, path: {folder}/passwords}}}}\n"
    )
    # It ends with this process, however that ends.
    words = ["setpriv", "--pdeathsig", "KILL", "docker-registry", "serve", str(config)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _answers(address))
            yield address
        finally:
            process.send_signal(signal.SIGKILL)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


def road_to(lab: Lab, names: Iterable[str]) -> Road:
    """A way to the registry of the lab, which has images of these names, and one called idle."""
    for name in names:
        push_slow(lab.tls, lab.registry, name)
    idle = f"{lab.registry}/idle:1"
    lab.tls.docker("tag", IMAGE, idle)
    lab.tls.docker("push", "--quiet", idle)
    return Road(lab.registry.partition(":")[0], lab.registry)


def push_slow(engine: Engine, registry: str, name: str) -> None:
    """Push an image of one layer that takes its time, and forget it."""
    image = f"{registry}/{name}:1"
    engine.docker("import", "--change", 'CMD ["sleep", "3600"]', "-", image, given=_tree())
    engine.docker("push", "--quiet", image)
    engine.docker("image", "rm", image)


def _tree() -> bytes:
    """A tree of files with busybox, and something that can't be made smaller."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tree:
        tree.add("/bin/busybox", "bin/busybox")
        for applet in ("sh", "sleep", "cat", "tee"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tree.addfile(link)
        content = os.urandom(_SIZE)
        file = tarfile.TarInfo("content")
        file.size = len(content)
        tree.addfile(file, io.BytesIO(content))
    return written.getvalue()
