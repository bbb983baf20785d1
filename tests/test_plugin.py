"""dirg as docker calls a plugin; ``engines/test_plugin.py`` has the docker CLI do it."""

from __future__ import annotations

import json

import pytest

from dirg import __version__, plugin


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
