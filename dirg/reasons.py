"""Why a host gives no answer, in plain words and in one line, by what docker says of it.

The patterns are what the docker CLIs 20.10 and 28, and OpenSSH 9, were heard to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dirg.command import Result
    from dirg.host import Host

NOT_UNDERSTOOD = "docker gave an answer that is not understood"
_ENGINE_TOO_OLD = "engine too old: it knows API {1} at most, and docker wants {0}"
_NO_ENGINE = "something answers there, but it is no docker engine"
_CLIENT_CERTIFICATE = (
    "TLS: it wants a client certificate that it trusts: cert.pem and key.pem of DOCKER_CERT_PATH "
    "are missing, expired, or of another CA"
)

# The first that fits counts: what is said in passing comes last.
_PATTERNS = [
    (r"certificate signed by unknown authority",
     "TLS: wrong CA: its certificate is not signed by ca.pem of DOCKER_CERT_PATH"),
    (r"certificate has expired or is not yet valid: current time \S+ is after (\S+)",
     "TLS: its certificate has expired, at {0}"),
    (r"certificate has expired or is not yet valid: current time \S+ is before (\S+)",
     "TLS: its certificate is not valid before {0}; is the clock right?"),
    (r"certificate is valid for (.+), not (\S+)",
     "TLS: its certificate is for {0}, not for {1}"),
    (r"not valid for any names|legacy Common Name",
     "TLS: its certificate names no host; it needs a subjectAltName"),
    (r"remote error: tls: expired certificate", "TLS: the client certificate cert.pem has expired"),
    (r"remote error: tls: |client authentication \(--tlsverify\)", _CLIENT_CERTIFICATE),
    # The engine has hung up before docker could read why (measured, in one of six).
    (r"Get \"https://[^\n]*: write: (?:connection reset|broken pipe)", _CLIENT_CERTIFICATE),
    (r"open (\S+\.pem): no such file", "TLS: there is no {0}; DOCKER_CERT_PATH says where"),
    (r"open (\S+\.pem): permission denied", "TLS: you may not read {0}"),
    (r"private key does not match public key", "TLS: key.pem is not the key of cert.pem"),
    (r"(\S+\.pem) seems invalid|any (PEM) data|no valid (private key)",
     "TLS: a file of DOCKER_CERT_PATH is damaged"),
    (r"server gave HTTP response to HTTPS client",
     "it speaks no TLS; write http:// or tcp://, and unset DOCKER_TLS_VERIFY"),
    (r"Client sent an HTTP request to an HTTPS server", "it speaks TLS; write https://"),
    (r"(?i)host key for \S+ has changed|REMOTE HOST IDENTIFICATION HAS CHANGED",
     "ssh: its host key has changed: somebody else may be answering; ssh-keygen -R forgets it"),
    (r"Host key verification failed",
     "ssh: unknown host key; connect by ssh once, and accept it if it is the right one"),
    (r"UNPROTECTED PRIVATE KEY|bad permissions",
     "ssh: no key: others may read the file of your key; chmod 600 it"),
    (r"Permission denied \([^)]*\)", "ssh: no key of yours is accepted there"),
    (r"docker: (?:command )?not found", "ssh: there is no docker command on that host"),
    (r"kex_exchange_identification",
     "ssh: it closes connections at once; too many at a time, or you are not welcome"),
    (r"\"ssh\": executable file not found", "there is no ssh on the PATH"),
    (r"connect to host (\S+) port (\d+): Connection refused",
     "ssh: connection refused: no sshd listens at {0} port {1}"),
    (r"Could not resolve hostname (\S+):", "no such name: {0}"),
    (r"lookup (\S+?)(?: on \S+)?: (?:no such host|Temporary failure|server misbehaving)",
     "no such name: {0}"),
    (r"(?i)no route to host",
     "no route to the host: it is down, or a firewall does not let you through"),
    (r"(?i)network is unreachable", "the network is unreachable"),
    (r"(?i)i/o timeout|(?:connection|operation) timed out",
     "packets get no answer: it is down, or a firewall drops them"),
    (r"permission denied while trying to connect to the Docker daemon socket at (unix://\S+?):? ",
     "permission denied: you may not use {0}; the group docker may"),
    (r"Cannot connect to the Docker daemon at http://docker.example.com",
     "ssh works, but no engine answers there, or not to this user"),
    (r"Cannot connect to the Docker daemon at (\S+)\. ",
     "connection refused: no engine listens at {0}"),
    # The CLI asks for the version first, and takes that: unless it was told one, or got no answer.
    (r"client version (\S+) is too new\. Maximum supported API version is ([\d.]+)",
     "engine too old for API {0}: it knows {1} at most; is DOCKER_API_VERSION set, or does sshd "
     "turn connections away?"),
    (r"client is newer than server \(client API version: ([\d.]+), server API version: ([\d.]+)\)",
     _ENGINE_TOO_OLD),
    (r"client version (\S+) is too old\. Minimum supported API version is ([\d.]+)",
     "docker CLI too old: it speaks API {0}, and the engine wants {1} at least"),
    (r"API version (\S+) is not supported by this client: the minimum \S+ API version is ([\d.]+)",
     "engine too old: it speaks API {0}, and docker wants {1} at least"),
    (r"(?i)context \"([^\"]+)\".*(?:not found|does not exist)",
     "there is no docker context {0}; docker context ls lists them"),
    (r"(?i)invalid bind address format: (\S+)",
     "docker takes no address like {0}; its context has to say tcp://"),
    (r"ssh: connect to host \S+ port \d+: (.+)", "ssh: {0}"),
    (r"has exited with (?:exit status (?!255)|signal)",
     "ssh works, but the docker command there did not; dirg needs docker 18.09 or later on it"),
    (r"has exited with exit status 255,.* stderr=(?:.*\n)*(.+)$", "ssh: {0}"),
    (r"malformed |request returned |invalid character '<'|from daemon: <|first record does not",
     _NO_ENGINE),
    (r"(?:: |^)EOF$|connection reset by peer|unexpected EOF", "it closed the connection"),
]  # fmt: skip

_TIMED_OUT = "the host is down, a firewall drops packets, or the engine hangs"
_LOST = "packets get no answer: it is down, or a firewall drops them"
_HANGS = "it takes connections, but the engine hangs"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_PORTS = {"tcp": 2375, "ssh": 22}
# How long a connection may take when nothing else is to be learned from it, in seconds.
_A_MOMENT = 1.0


def plain(result: Result) -> str:
    """Why a host gave no answer to a query, in plain words; else in docker's own."""
    for pattern, words in _PATTERNS:
        match = re.search(pattern, result.error, re.MULTILINE)
        if match:
            return words.format(*match.groups())
    return result.reason


def why(result: Result, environ: Mapping[str, str]) -> str:
    """The same for a host that may not have answered in time, by whether it takes connections.

    ``environ`` is the environment of docker: through a proxy, a connection would tell nothing.
    """
    if not result.expired:
        return plain(result)
    proxied = any(environ.get(name) for name in _PROXIES)
    return f"{result.reason}: {_silence(result.command.host, proxied)}"


def _silence(host: Host, proxied: bool) -> str:
    from urllib.parse import urlsplit

    address = urlsplit(next((str(part) for part in host.endpoint if "://" in str(part)), ""))
    if address.scheme == "unix":
        return _HANGS
    if proxied or not address.hostname or address.scheme not in ("tcp", "ssh"):
        return _TIMED_OUT
    connected = _connected(address.hostname, address.port or _PORTS[address.scheme])
    if connected is None:
        return _TIMED_OUT
    # What ssh connects to may be quite another address, by its configuration.
    return _HANGS if connected else _LOST if address.scheme == "tcp" else _TIMED_OUT


def _connected(host: str, port: int) -> bool | None:
    """Whether a connection is taken; None where not even the name is found in time."""
    import socket
    import threading

    found: list[bool] = []

    def connect() -> None:
        with suppress(OSError):
            address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4]
            found.append(False)
            socket.create_connection((str(address[0]), port), timeout=_A_MOMENT).close()
            found.append(True)

    # The time limit of a connection does not count for the name.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(2 * _A_MOMENT)
    return any(found) if found else None
