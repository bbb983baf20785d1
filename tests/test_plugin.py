"""dirg as docker calls a plugin; ``engines/test_plugin.py`` has the docker CLI do it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from dirg import __version__, plugin
from tests.helpers import PATIENCE


def test_what_docker_is_told() -> None:
    about = json.loads(plugin.metadata(["docker-cli-plugin-metadata"]))
    assert about == {
        "SchemaVersion": "0.1.0",
        "Vendor": "dirg",
        "Version": __version__,
        "ShortDescription": "Orchestrate docker containers over many hosts",
    }
    assert plugin.metadata(["dirg", "ps"]) == ""
    assert plugin.metadata([]) == ""


@pytest.mark.parametrize(("to", "status"), [("/dev/null", 0), ("/dev/full", 1), ("&-", 0)])
def test_who_does_not_listen_is_given_no_traceback(to: str, status: int) -> None:
    call = "import sys; sys.argv[:] = ['docker-dirg', 'docker-cli-plugin-metadata']"
    code = f"{call}; from dirg.__main__ import main; main()"
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" >{to}', "sh", sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.parametrize(
    ("words", "rest", "environ"),
    [
        ("dirg", "", {"DOCKER_HOST": "h", "DOCKER_CONTEXT": "c"}),
        ("dirg -d ps -c x", "-d ps -c x", {"DOCKER_HOST": "h", "DOCKER_CONTEXT": "c"}),
        ("-H tcp://a:1 dirg ps", "ps", {"DOCKER_HOST": "tcp://a:1"}),
        ("-Htcp://a:1 dirg ps", "ps", {"DOCKER_HOST": "tcp://a:1"}),
        ("--host=tcp://a:1 dirg ps", "ps", {"DOCKER_HOST": "tcp://a:1"}),
        ("-c far dirg ps", "ps", {"DOCKER_CONTEXT": "far"}),
        ("--context far -D -l info dirg ps", "ps", {"DOCKER_CONTEXT": "far"}),
        (
            "--config /etc/docker dirg ps",
            "ps",
            {"DOCKER_HOST": "h", "DOCKER_CONTEXT": "c", "DOCKER_CONFIG": "/etc/docker"},
        ),
        (
            "-H tcp://a:1 --tlsverify --tlscacert /certs/ca.pem --tlskey=/certs/key.pem dirg ps",
            "ps",
            {"DOCKER_HOST": "tcp://a:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"},
        ),
        ("--tlsverify=false --tls dirg", "", {"DOCKER_HOST": "h", "DOCKER_CONTEXT": "c"}),
        ("-H", "", {"DOCKER_HOST": ""}),
        ("help dirg", "--help", {"DOCKER_HOST": "h", "DOCKER_CONTEXT": "c"}),
    ],
)
def test_the_global_flags_of_docker(words: str, rest: str, environ: dict[str, str]) -> None:
    found = {"DOCKER_HOST": "h", "DOCKER_CONTEXT": "c"}
    assert plugin.translated(words.split(), found) == rest.split()
    assert found == environ
