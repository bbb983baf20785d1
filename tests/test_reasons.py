"""What docker really said of hosts in trouble, and what dirg makes of it (see data/failures.json).

The messages were recorded with the docker CLIs 20.10 and 28.2 and OpenSSH 9.2.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping

import pytest

from dirg import host
from dirg.command import Command, Result
from dirg.host import Host
from dirg.reasons import plain, why
from tests.helpers import DATA

CASES = json.loads((DATA / "failures.json").read_text(encoding="utf-8"))


def failed(error: str, where: Host | None = None) -> Result:
    command = Command(where or Host("h"), ("container", "ls"))
    return Result(command, None, "", error, expired=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['docker']}: {case['title']}")
def test_the_reason_in_plain_words(case: Mapping[str, str]) -> None:
    words = plain(failed(case["error"]))
    assert words == case["words"]
    assert "\n" not in words


def silent(address: str, proxied: bool = False) -> str:
    environ = {"HTTPS_PROXY": "http://proxy"} if proxied else {}
    return why(failed("no answer within 2 s", host.at(address, {})), environ)


HANGS = "no answer within 2 s: it takes connections, but the engine hangs"
UNCLEAR = "no answer within 2 s: the host is down, a firewall drops packets, or the engine hangs"
LOST = "no answer within 2 s: packets get no answer: it is down, or a firewall drops them"


def test_a_host_that_takes_connections_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert silent(f"tcp://127.0.0.1:{port}") == HANGS
        assert silent(f"https://127.0.0.1:{port}") == HANGS
        assert silent(f"ssh://me@127.0.0.1:{port}") == HANGS
        # Docker goes through a proxy, and a connection beside it tells nothing.
        assert silent(f"tcp://127.0.0.1:{port}", proxied=True) == UNCLEAR
    assert silent(f"tcp://127.0.0.1:{port}") == LOST
    # The configuration of ssh may know a way that a connection does not.
    assert silent(f"ssh://127.0.0.1:{port}") == UNCLEAR


def test_a_socket_that_gives_no_answer_hangs() -> None:
    assert silent("unix:///run/docker.sock") == HANGS


def test_of_a_context_no_more_is_known() -> None:
    where = Host("production", ("--context", "production"))
    assert why(failed("no answer within 2 s", where), {}) == UNCLEAR


def test_a_name_that_is_not_found() -> None:
    assert silent("ssh://an-alias-of-ssh.invalid") == UNCLEAR
