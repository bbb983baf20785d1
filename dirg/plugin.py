"""dirg as a plugin of the docker CLI: ``docker dirg ps`` is ``dirg ps``.

docker calls a program by the name of ``docker-dirg`` with its own arguments as they are: its global
flags, the name of the plugin, and all that follows; and once before with a single word, to be told
what it is (github.com/docker/cli, cli-plugins/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

from dirg import __version__

_METADATA = "docker-cli-plugin-metadata"
# docker's global flags that take a value, each with the variable that says the same.
_VALUES = {
    "-H": "DOCKER_HOST",
    "--host": "DOCKER_HOST",
    "-c": "DOCKER_CONTEXT",
    "--context": "DOCKER_CONTEXT",
    "--config": "DOCKER_CONFIG",
    "--tlscacert": "DOCKER_CERT_PATH",
    "--tlscert": "DOCKER_CERT_PATH",
    "--tlskey": "DOCKER_CERT_PATH",
    "-l": "",
    "--log-level": "",
}
# A flag counts more than the variable of the other one.
_INSTEAD = {"DOCKER_HOST": "DOCKER_CONTEXT", "DOCKER_CONTEXT": "DOCKER_HOST"}


def metadata(words: Sequence[str]) -> str:
    """What docker is told of the plugin where it asks for that; empty where it does not."""
    if list(words) != [_METADATA]:
        return ""
    about = {
        "SchemaVersion": "0.1.0",
        "Vendor": "dirg",
        "Version": __version__,
        "ShortDescription": "Orchestrate docker containers over many hosts",
    }
    return json.dumps(about)


def translated(words: Sequence[str], environ: MutableMapping[str, str]) -> list[str]:
    """The arguments of dirg, by those of docker; its global flags become variables of ``environ``.

    They may stand before the name of the plugin only, as with docker itself.
    """
    rest = list(words)
    found: dict[str, str] = {}
    while rest and rest[0].startswith("-"):
        flag, equals, value = rest.pop(0).partition("=")
        if flag[:2] in _VALUES and not flag.startswith("--") and len(flag) > 2:
            # The value may follow without a blank.
            flag, value, equals = flag[:2], flag[2:] + equals + value, "="
        if flag in _VALUES:
            value = value if equals else (rest.pop(0) if rest else "")
            found[_VALUES[flag]] = str(Path(value).parent) if "--tls" in flag else value
        elif flag == "--tlsverify" and value != "false":
            found["DOCKER_TLS_VERIFY"] = "1"
    _apply(found, environ)
    # ``docker help dirg``, which docker hands on as it is.
    return ["--help"] if rest[:1] == ["help"] else rest[1:]


def _apply(found: Mapping[str, str], environ: MutableMapping[str, str]) -> None:
    for name, value in found.items():
        if name:
            environ[name] = value
            environ.pop(_INSTEAD.get(name, ""), None)
