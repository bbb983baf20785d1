"""Why a host can't be reached is told in plain words, for each of many hosts at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.engines.lab import Lab, Project, call, fault
from tests.helpers import script

CLIENT_CERTIFICATE = (
    "TLS: it wants a client certificate that it trusts: cert.pem and key.pem of DOCKER_CERT_PATH "
    "are missing, expired, or of another CA"
)


class OldEngine(BaseHTTPRequestHandler):
    """Answers as docker 1.9 does, which knows API 1.21 at most."""

    status = 400
    answer = "client is newer than server (client API version: 1.24, server API version: 1.21)\n"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.answer.encode())

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


class WebSite(OldEngine):
    """Answers as any web site does."""

    status = 200
    answer = "<html><body>It works!</body></html>\n"


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of something that answers by HTTP."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _describe(project: Project, *hosts: str) -> None:
    """One container on each host, by address or context, and one on a host that is well."""
    keys = ["docker_host" if "://" in host else "docker_context" for host in hosts]
    rows = [
        f"c{at}: {{ {{{{idle}}}}, {key}: '{host}' }}"
        for at, (key, host) in enumerate(zip(keys, hosts, strict=True))
    ]
    project.describe("\n".join(["{}", "---", *rows, "fine: { {{idle}}, docker_host: '{{h1}}' }"]))


def _ssh(project: Project, folder: Path) -> dict[str, str]:
    """An environment whose ssh knows some hosts by other names, each with a mistake of its own."""
    lab = project.lab
    key = lab.ssh.parent / "ssh" / "key"
    known = lab.ssh.parent / "ssh" / "known_hosts"
    for name in ("stranger", "other"):
        call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
    other = " ".join((folder / "other.pub").read_text().split()[:2])
    (folder / "changed").write_text(f"{lab.ssh_host.address} {other}\n")
    (folder / "config").write_text(
        f"""
        Host no-key
            IdentityFile {folder}/stranger
        Host unknown-key
            UserKnownHostsFile /dev/null
        Host changed-key
            UserKnownHostsFile {folder}/changed
        Host no-sshd
            Port 9
        Host nowhere.invalid
            HostName nowhere.invalid
        Host * !no-key
            IdentityFile {key}
        Host *
            HostName {lab.ssh_host.address}
            HostKeyAlias {lab.ssh_host.address}
            User root
            IdentitiesOnly yes
            UserKnownHostsFile {known}
            GlobalKnownHostsFile none
            StrictHostKeyChecking yes
        """
    )
    script(folder / "bin" / "ssh", f'exec /usr/bin/ssh -F {folder}/config "$@"')
    return {"PATH": f"{folder}/bin:{lab.environ()['PATH']}"}


def test_many_hosts_at_once(project: Project, tmp_path: Path) -> None:
    """Each of them has a mistake of its own; an engine that is too old is played."""
    lab = project.lab
    plain, tls, ssh = (engine.address for engine in lab.engines)
    with served(OldEngine) as old, served(WebSite) as site:
        reasons = {
            f"tcp://{plain}:9": f"connection refused: no engine listens at tcp://{plain}:9",
            "unix:///no/such/socket": (
                "connection refused: no engine listens at unix:///no/such/socket"
            ),
            "tcp://nowhere.invalid:2375": "no such name: nowhere.invalid",
            f"http://{tls}:2376": "it speaks TLS; write https://",
            f"https://{plain}:2375": (
                "it speaks no TLS; write http:// or tcp://, and unset DOCKER_TLS_VERIFY"
            ),
            old: "engine too old: it knows API 1.21 at most, and docker wants 1.24",
            site: "something answers there, but it is no docker engine",
            "ssh://no-key": "ssh: no key of yours is accepted there",
            "ssh://unknown-key": (
                "ssh: unknown host key; connect by ssh once, and accept it if it is the right one"
            ),
            "ssh://changed-key": (
                "ssh: its host key has changed: somebody else may be answering; "
                "ssh-keygen -R forgets it"
            ),
            "ssh://no-sshd": f"ssh: connection refused: no sshd listens at {ssh} port 9",
            "ssh://nowhere.invalid": "no such name: nowhere.invalid",
            "nowhere": "there is no docker context nowhere; docker context ls lists them",
        }
        _describe(project, *reasons)
        before = lab.snapshots()
        answer = project.dirg("run", env=_ssh(project, tmp_path))
    assert answer.error.splitlines() == [
        *(f"dirg: {name} is unreachable: {reason}" for name, reason in reasons.items()),
        "dirg: nothing was changed; --skip-unreachable works on the other hosts",
    ]
    assert (answer.status, answer.output) == (1, "")
    assert lab.snapshots() == before


def test_a_black_hole_and_a_frozen_engine_are_told_apart(project: Project) -> None:
    lab = project.lab
    _describe(project, lab.tls.written)
    with fault("drop", lab.plain) as drop, fault("freeze", lab.tls) as freeze:
        drop()
        freeze()
        answer = project.dirg("ps", "--timeout", "1.5")
    assert answer.error == (
        f"dirg: {lab.tls.written} is unreachable: "
        "no answer within 1.5 s: it takes connections, but the engine hangs\n"
        f"dirg: {lab.plain.written} is unreachable: "
        "no answer within 1.5 s: packets get no answer: it is down, or a firewall drops them\n"
    )
    assert answer.status == 1


def _certificates(lab: Lab, folder: Path, kind: str) -> None:
    """Fill a folder for DOCKER_CERT_PATH with certificates of which something is wrong."""
    ours = lab.certificates
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (folder / name).write_bytes((ours / name).read_bytes())
    request = ["openssl", "req", "-batch", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    request += ["-nodes", "-subj", "/CN=client"]
    if kind == "wrong CA":
        made = call(*request, "-x509", "-keyout", folder / "ca-key.pem", "-out", folder / "ca.pem")
    elif kind == "expired":
        made = call(*request, "-new", "-keyout", folder / "key.pem", "-out", folder / "request")
        assert made.status == 0, made.error
        signed_by: list[str | Path] = [
            "-CA",
            ours / "ca.pem",
            "-CAkey",
            ours / "ca-key.pem",
            "-set_serial",
            "1",
        ]
        files: list[str | Path] = ["-in", folder / "request", "-out", folder / "cert.pem"]
        made = call("openssl", "x509", "-req", "-days", "-1", *signed_by, *files)
    else:
        for name in {"no client": ["cert.pem", "key.pem"], "no CA": ["ca.pem"]}[kind]:
            (folder / name).unlink()
        return
    assert made.status == 0, made.error


@pytest.mark.parametrize("kind", ["wrong CA", "expired", "no client", "no CA"])
def test_certificates(project: Project, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    _certificates(project.lab, folder, kind)
    host = project.lab.tls.written
    _describe(project, host)
    # Engines built with Go 1.20 or older do not say what is wrong with it.
    reasons = {
        "wrong CA": ["TLS: wrong CA: its certificate is not signed by ca.pem of DOCKER_CERT_PATH"],
        "expired": ["TLS: the client certificate cert.pem has expired", CLIENT_CERTIFICATE],
        "no client": [CLIENT_CERTIFICATE],
        "no CA": [f"TLS: there is no {folder}/ca.pem; DOCKER_CERT_PATH says where"],
    }[kind]
    answer = project.dirg("ps", "--format", "json", env={"DOCKER_CERT_PATH": str(folder)})
    assert answer.error in [f"dirg: {host} is unreachable: {reason}\n" for reason in reasons]
    assert answer.status == 1
    statuses = {row["container"]: row["status"] for row in json.loads(answer.output)}
    assert statuses == {"c0": "unreachable", "fine": "not available"}
