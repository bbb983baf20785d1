"""Every way to say which host: in the description, by contexts, and in the shell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engines.lab import Engine, Lab, Project, call


@pytest.fixture
def contexts(lab: Lab, tmp_path: Path) -> dict[str, str]:
    """An environment with a docker context for each host, called plain, tls and ssh."""
    folder = tmp_path / "docker-config"
    certs = {"ca": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
    files = "".join(f",{key}={lab.certificates / file}" for key, file in certs.items())
    environ = {"DOCKER_CONFIG": str(folder)}
    for engine in lab.engines:
        endpoint = f"host={engine.docker_host}{files if engine.kind == 'tls' else ''}"
        words = ["docker", "context", "create", engine.kind, "--docker", endpoint]
        answer = call(*words, env=lab.environ(**environ))
        assert answer.status == 0, answer.error
    return environ


def _works(
    project: Project, hosts: Mapping[str, tuple[str, Engine]], environ: Mapping[str, str]
) -> None:
    """Containers, each with what says its host, run there; what is printed of them works too."""
    rows = [f"{name}: {{ {{{{idle}}}}, {host} }}" for name, (host, _) in hosts.items()]
    project.describe("\n".join(["{}", "---", *rows]))

    def states() -> dict[str, str]:
        return {name: engine.state(name) for name, (_, engine) in hosts.items()}

    project.done("run", env=environ)
    assert states() == dict.fromkeys(hosts, "running")
    rows = json.loads(project.done("ps", "--format", "json", env=environ).output)
    assert {row["container"]: row["state"] for row in rows} == dict.fromkeys(hosts, "running")

    printed = project.done("-n", "-j", "1", "stop", env=environ)
    assert len(printed.lines) == len(hosts)
    pasted = project.shell(printed.output, env=environ)
    assert (pasted.status, pasted.error) == (0, "")
    assert states() == dict.fromkeys(hosts, "exited")


def test_hosts_beside_an_https_address_in_the_shell(
    project: Project, contexts: dict[str, str]
) -> None:
    lab = project.lab
    plain, tls, ssh = lab.engines
    hosts = {
        "shell": ("", tls),
        "bare": (f"docker_host: '{plain.address}:2375'", plain),
        "http": (f"docker_host: 'http://{plain.address}:2375'", plain),
        "http-without-port": (f"docker_host: 'http://{plain.address}'", plain),
        "https-without-port": (f"docker_host: 'https://{tls.address}'", tls),
        "tcp-context": ("docker_context: plain", plain),
        "tls-context": ("docker_context: tls", tls),
        "ssh-context": ("docker_context: ssh", ssh),
    }
    environ = {"DOCKER_HOST": f"https://{tls.address}:2376", **contexts}
    _works(project, hosts, environ)

    def listed(pattern: str) -> set[str]:
        answer = project.done("ps", "--host", pattern, "--format", "json", env=environ)
        return {row["container"] for row in json.loads(answer.output)}

    assert listed("ssh") == {"ssh-context"}
    assert listed("[pt]l*") == {"tcp-context", "tls-context"}
    assert listed("https://*") == {"shell", "https-without-port"}
    assert listed(plain.address) == {"bare", "http", "http-without-port"}


@pytest.mark.parametrize("certificates", [True, False], ids=["certificates", "no certificates"])
def test_hosts_while_the_shell_asks_for_tls(
    project: Project, contexts: dict[str, str], tmp_path: Path, certificates: bool
) -> None:
    plain, tls, ssh = project.lab.engines
    hosts = {
        "unix": (f"docker_host: '{plain.unix}'", plain),
        "ssh": (f"docker_host: '{ssh.docker_host}'", ssh),
        "http": (f"docker_host: 'http://{plain.address}'", plain),
        "ssh-context": ("docker_context: ssh", ssh),
        "tcp-context": ("docker_context: plain", plain),
        "shell": ("", ssh),
    }
    environ = {"DOCKER_TLS_VERIFY": "1", "DOCKER_HOST": ssh.docker_host, **contexts}
    if certificates:
        hosts["tcp"] = (f"docker_host: '{tls.docker_host}'", tls)
        hosts["bare"] = (f"docker_host: '{tls.address}:2376'", tls)
        hosts["https"] = (f"docker_host: '{tls.written}'", tls)
    else:
        environ["DOCKER_CERT_PATH"] = str(tmp_path)
    _works(project, hosts, environ)


@pytest.mark.parametrize("kind", ["plain", "tls", "ssh"])
def test_a_context_in_the_shell(project: Project, contexts: dict[str, str], kind: str) -> None:
    (engine,) = (each for each in project.lab.engines if each.kind == kind)
    _works(project, {"shell": ("", engine)}, {"DOCKER_CONTEXT": kind, **contexts})
