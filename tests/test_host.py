"""Addresses of hosts and contexts, as words and variables of the docker CLI."""

from __future__ import annotations

import pytest

from dirg import host
from dirg.errors import DescriptionError, UsageError
from dirg.host import Host
from tests.helpers import SERVICES, described

TLS = {"DOCKER_TLS_VERIFY": "1", "DOCKER_TLS": "1", "DOCKER_CERT_PATH": "/certs"}

# An address, the CLI's arguments, and whether TLS has to be kept off it.
ADDRESSES = [
    ("unix:///var/run/docker.sock", "-H unix:///var/run/docker.sock", True),
    ("tcp://h.example:2375", "-H tcp://h.example:2375", False),
    ("tcp://h.example", "-H tcp://h.example", False),
    ("tcp://[::1]:2375", "-H tcp://[::1]:2375", False),
    ("http://h.example:80", "-H tcp://h.example:80", True),
    ("http://h.example", "-H tcp://h.example:2375", True),
    ("http://h.example/", "-H tcp://h.example:2375", True),
    ("http://[::1]", "-H tcp://[::1]:2375", True),
    ("http://[::1]:99", "-H tcp://[::1]:99", True),
    ("https://h.example:2376", "-H tcp://h.example:2376 --tlsverify", False),
    ("https://h.example:2375", "-H tcp://h.example:2375 --tlsverify", False),
    ("https://docker-host01", "-H tcp://docker-host01:2376 --tlsverify", False),
    ("https://docker-host01/", "-H tcp://docker-host01:2376 --tlsverify", False),
    ("https://10.0.0.1", "-H tcp://10.0.0.1:2376 --tlsverify", False),
    ("https://[fe80::1]", "-H tcp://[fe80::1]:2376 --tlsverify", False),
    ("https://[fe80::1]:9", "-H tcp://[fe80::1]:9 --tlsverify", False),
    ("ssh://me@h.example", "-H ssh://me@h.example", True),
    ("ssh://me@h.example:22/run/docker.sock", "-H ssh://me@h.example:22/run/docker.sock", True),
    ("h.example:2375", "-H tcp://h.example:2375", False),
    ("10.0.0.1:2375", "-H tcp://10.0.0.1:2375", False),
    ("[::1]:2375", "-H tcp://[::1]:2375", False),
]
NO_ADDRESSES = [
    ("", "'' is no address; write "),
    ("h.example", "'h.example' is no address; write "),
    ("/var/run/docker.sock", "'/var/run/docker.sock' is no address; write "),
    ("h.example:http", "'h.example:http' is no address; write "),
    ("::1:2375", "'::1:2375' is no address; write "),
    ("tcp://", "'tcp://' is no address; write "),
    ("tcp://a b:1", "'tcp://a b:1' is no address; write "),
    ("-H tcp://h:1", "'-H tcp://h:1' is no address; write "),
    ("https:///", "'https:///' is no address; write "),
    ("ftp://h.example", "docker knows no ftp://; write "),
]


def told(found: Host) -> tuple[object, ...]:
    """All that the CLI is told of a host, and its name."""
    return found.name, found.arguments, found.environment


@pytest.mark.parametrize(("written", "arguments", "without_tls"), ADDRESSES)
def test_addresses(written: str, arguments: str, without_tls: bool) -> None:
    assert told(host.at(written, {})) == (written, tuple(arguments.split()), ())
    switched_off = (("DOCKER_TLS_VERIFY", ""), ("DOCKER_TLS", "")) if without_tls else ()
    assert told(host.at(written, TLS)) == (written, tuple(arguments.split()), switched_off)


@pytest.mark.parametrize("name", ["DOCKER_TLS_VERIFY", "DOCKER_TLS"])
@pytest.mark.parametrize(("value", "off"), [("1", True), ("0", True), ("", False)])
def test_tls_is_kept_off_only_where_a_variable_switches_it_on(
    name: str, value: str, off: bool
) -> None:
    expected = ((name, ""),) if off else ()
    assert host.at("http://h:1", {name: value}).environment == expected


@pytest.mark.parametrize("written", ["tcp://h:1", "ssh://me@h", "https://h:1", "http://h"])
def test_a_slash_at_the_end_makes_no_other_host(written: str) -> None:
    assert host.at(f"{written}/", {}) == host.at(written, {})


@pytest.mark.parametrize(("written", "message"), NO_ADDRESSES)
def test_what_is_no_address(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"address|docker knows no") as error:
        host.at(written, {})
    assert str(error.value) == message + host.FORMS


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, Host("default")),
        ({"DOCKER_HOST": ""}, Host("default")),
        ({"DOCKER_CONTEXT": "far"}, Host("far")),
        ({"DOCKER_HOST": "tcp://h:1"}, Host("tcp://h:1")),
        ({"DOCKER_HOST": "tcp://h:1", "DOCKER_TLS_VERIFY": "1"}, Host("tcp://h:1")),
        ({"DOCKER_HOST": "tcp://h:1", "DOCKER_CONTEXT": "far"}, Host("tcp://h:1")),
        ({"DOCKER_HOST": "unix:///s"}, Host("unix:///s")),
        (
            {"DOCKER_HOST": "unix:///s", "DOCKER_TLS_VERIFY": "1"},
            Host("unix:///s", (), (("DOCKER_TLS_VERIFY", ""),)),
        ),
        ({"DOCKER_HOST": "https://h"}, Host("https://h", ("-H", "tcp://h:2376", "--tlsverify"))),
        (
            {"DOCKER_HOST": "http://h", "DOCKER_TLS_VERIFY": "1"},
            Host("http://h", ("-H", "tcp://h:2375"), (("DOCKER_TLS_VERIFY", ""),)),
        ),
    ],
)
def test_the_host_of_the_shell(env: dict[str, str], expected: Host) -> None:
    assert told(host.default(env)) == told(expected)
    container = described("web: {image: i}\n").containers["web"]
    assert told(host.of_container(container, env)) == told(expected)


@pytest.mark.parametrize("written", ["h.example", "ftp://h"])
def test_a_wrong_host_of_the_shell(written: str) -> None:
    with pytest.raises(UsageError, match=r"^DOCKER_HOST: ") as error:
        host.default({"DOCKER_HOST": written})
    assert not isinstance(error.value, DescriptionError)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("docker_host: tcp://a:1", Host("tcp://a:1", ("-H", "tcp://a:1"))),
        ("docker_context: far", Host("far", ("--context", "far"))),
        ("docker-host: tcp://a:1", Host("tcp://a:1", ("-H", "tcp://a:1"))),
        ("docker_host:", Host("tcp://h:1")),
        ("docker_context: ~", Host("tcp://h:1")),
    ],
)
def test_the_host_of_a_container(properties: str, expected: Host) -> None:
    container = described(f"web:\n  {properties}\n").containers["web"]
    assert told(host.of_container(container, {"DOCKER_HOST": "tcp://h:1"})) == told(expected)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("docker_host: h", f"4:16: docker_host: 'h' is no address; write {host.FORMS}"),
        ("docker_host: [h]", f"4:16: docker_host: takes {host.FORMS}, not a list; "
         "write docker_host: tcp://host:2375"),
        ("docker_context: [h]", "4:19: docker_context: takes the name of a docker context, not a "
         "list; write docker_context: production"),
        ("docker_context: ''", "4:19: docker_context: '' is no name of a context; write "
         "docker_context: production"),
        ("docker_context: -H", "4:19: docker_context: '-H' is no name of a context; write "
         "docker_context: production"),
        ("docker_host: tcp://a:1\n  docker_context: b",
         "5:19: docker_context: docker_host says already where; leave out one"),
    ],
)  # fmt: skip
def test_mistakes_of_a_container(properties: str, message: str) -> None:
    container = described(f"web:\n  {properties}\n").containers["web"]
    with pytest.raises(DescriptionError) as error:
        host.of_container(container, {})
    assert str(error.value) == f"{SERVICES}:{message}"


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("tcp://web1.example:2375", "web1.example", True),
        ("tcp://web1.example:2375", "web*", True),
        ("tcp://web1.example:2375", "web1.example:2375", True),
        ("tcp://web1.example:2375", "tcp://web1.example:2375", True),
        ("tcp://web1.example:2375", "web2*", False),
        ("tcp://web1.example:2375", "eb1*", False),
        ("ssh://me@web1.example:22/run/x.sock", "web1.example", True),
        ("ssh://me@web1.example", "me@web1*", True),
        ("https://10.0.0.1", "10.0.0.?", True),
        ("https://[fe80::1]:2376", "[[]fe80::1]", True),
        ("unix:///var/run/docker.sock", "/var/run/docker.sock", True),
        ("unix:///var/run/docker.sock", "unix:*", True),
        ("default", "default", True),
        ("far", "*", True),
    ],
)
def test_hosts_by_globs(name: str, pattern: str, fits: bool) -> None:
    assert Host(name).matches(pattern) is fits
