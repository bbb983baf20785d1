"""What dirg knows of itself and of its surroundings."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dirg import __version__, host
from dirg.command import QUERY, Command, Result, readable
from dirg.errors import DirgError
from dirg.host import Host
from dirg.reasons import NOT_UNDERSTOOD, plain
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.session import Session

VARIABLES = (
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CONFIG",
    "DOCKER_API_VERSION",
    "DIRG_CFG",
    "DIRG_PROFILE",
)
_CONTAINERS = ("info", "--format", "{{.Containers}} {{.ContainersRunning}}")
# Of an engine and of its API.
_VERSIONS = re.compile(r"([!-~]{1,80}) (\d[!-~]{0,20})")
_SERVER = ("version", "--format", "{{.Server.Version}} {{.Server.APIVersion}}")


@dataclass()
class Facts:
    """The facts of a session; those that docker has to be asked for are asked for when needed."""

    session: Session

    @cached_property
    def hosts(self) -> list[Host]:
        """The hosts of the description, or docker's default one where there is none."""
        try:
            found = dict.fromkeys(each.host for each in self.session.deployments([]))
        except DirgError:
            found = {}
        return list(found) or [host.default(self.session.environ)]

    @cached_property
    def configuration(self) -> tuple[list[str], str, str]:
        """The configuration files, the description, and what is wrong with them."""
        try:
            settings = self.session.settings
        except DirgError as error:
            return [], "", str(error)
        try:
            self.session.deployments([])
            problem = ""
        except DirgError as error:
            problem = str(error)
        return [*settings.files], settings.services, problem

    @property
    def queries(self) -> Iterator[Command]:
        yield self._client
        for query in (_SERVER, _CONTAINERS):
            yield from (Command(each, query, cause=QUERY) for each in self.hosts)

    @property
    def _client(self) -> Command:
        return Command(Host("client"), ("--version",), cause=QUERY)

    @cached_property
    def answers(self) -> list[Result]:
        return self.session.ask(self.queries)

    def as_map(self) -> Mapping[str, Any]:
        """The facts, keyed as ``info --format json`` prints them."""
        # One that can't be opened is no fact, but a mistake.
        self.session.audit  # noqa: B018
        files, services, problem = self.configuration
        try:
            client, *answers = self.answers
            docker = readable(client.output.strip().partition("\n")[0]) or client.reason
        except DirgError as error:
            docker, answers = str(error), []
        half = len(answers) // 2
        return {
            "version": __version__,
            "python": platform.python_version(),
            "configuration": files,
            "services": services,
            "problem": problem,
            "environment": {name: self.session.environ.get(name) for name in VARIABLES},
            "docker": docker,
            "hosts": list(map(_host, answers[:half], answers[half:])),
        }

    def as_text(self) -> str:
        """The facts as lines for a person."""
        facts = self.as_map()
        lines = [
            f"dirg {facts['version']} on Python {facts['python']}",
            f"docker: {facts['docker']}",
            f"configuration: {', '.join(facts['configuration']) or 'none'}",
            f"services: {facts['services'] or 'none'}",
        ]
        lines += [f"problem: {line}" for line in facts["problem"].splitlines()]
        lines += [
            f"{name}={value if value is not None else ''}"
            for name, value in facts["environment"].items()
        ]
        for each in facts["hosts"]:
            said = each["error"] or f"engine {each['engine']}, API {each['api']}"
            if each["containers"] is not None:
                said += f", {each['containers']} containers, {each['running']} of them running"
            lines.append(f"host {each['host']}: {said}")
        return "\n".join(lines)


def _host(answer: Result, counted: Result) -> Mapping[str, Any]:
    known_form = _VERSIONS.fullmatch(answer.output.strip())
    engine, api = known_form.groups() if known_form else ("", "")
    error = plain(answer) if not answer.ok else "" if known_form else NOT_UNDERSTOOD
    numbers = [int(word) for word in counted.output.split() if word.isascii() and word.isdigit()]
    known = counted.ok and len(numbers) == 2 and not error
    return {
        "host": answer.command.host.name,
        "reachable": not error,
        "engine": "" if error else engine,
        "api": "" if error else api,
        "containers": numbers[0] if known else None,
        "running": numbers[1] if known else None,
        "error": error,
    }


def gather(session: Session) -> Facts:
    """The facts of a session."""
    return Facts(session)
