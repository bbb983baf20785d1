"""Compose files of public applications as descriptions, against what is expected by hand."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dirg import expanded, mounts, networks
from dirg.check import Checked, check
from dirg.definitions import parse
from dirg.exports.compose import as_compose
from dirg.exports.secrets import shell_names
from dirg.files import rendered as render
from dirg.imports import compose
from dirg.imports.described import Imported, written
from dirg.imports.hiding import looks_secret
from dirg.wanted import said
from tests.helpers import dirg
from tests.test_compose_files import APPLICATIONS, FOLDER, expected
from tests.test_round_trip import arguments

if TYPE_CHECKING:
    from dirg.steps import Deployment

DESCRIPTION = "dirg-services.yml"


def imported(
    application: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Imported, Checked, Mapping[str, str]]:
    """A file as a description, what comes of that, and what it takes from the shell."""
    variables = {name: str(it) for name, it in expected(application)["variables"].items()}
    environ = {"HOME": "/home/me", **variables}
    monkeypatch.setenv("HOME", environ["HOME"])
    # The project has the name of the folder.
    folder = Path(application)
    shutil.copytree(FOLDER / application, folder)
    found = compose.read(folder / "compose.yml", environ=environ, relative_to=folder)
    Path(folder / DESCRIPTION).write_text(written(found, "Imported."))
    shell = {**found.secrets, **environ}
    checked = check(parse(render(str(folder / DESCRIPTION), {}, shell), str(folder)), shell)
    return found, checked, shell


def _essentials(deployment: Deployment, folder: Path) -> dict[str, Any]:
    definition = deployment.definition
    spoken = said(definition)
    needs = {each.name for each in definition.references if each.property == "depends_on"}
    return {
        "image": definition.image,
        "needs": sorted(needs),
        "ports": sorted(_ports(spoken.get("port_bindings", ()))),
        "networks": sorted(each.name for each in networks.written(spoken.get("net", ()))),
        "volumes": sorted(_volumes(spoken, folder)),
        "healthy": "health_cmd" in spoken,
    }


def _ports(words: Sequence[str]) -> Iterator[str]:
    for word in (each for one in words for each in expanded.publications(one)):
        place, _, port = word.rpartition(":")
        shown = port if "/" in port else f"{port}/tcp"
        yield f"{place.removesuffix(':')}->{shown}"


def _volumes(spoken: Mapping[str, Sequence[str]], folder: Path) -> Iterator[str]:
    for word in spoken.get("volume_bindings", ()):
        source, target = word.split(":")[:2]
        yield f"{_relative(source, folder)}:{target}"
    yield from spoken.get("volumes", ())
    for word in spoken.get("mount", ()):
        fields = dict(mounts.fields(word))
        if fields.get("type") != "tmpfs":
            source = fields.get("source", "")
            yield f"{_relative(source, folder)}:{fields['target']}" if source else fields["target"]


def _relative(source: str, folder: Path) -> str:
    whole = folder.resolve()
    if not source.startswith(f"{whole.parent}/"):
        return source
    relative = os.path.relpath(source, whole)
    return relative if relative.startswith(".") else f"./{relative}"


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_essentials(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = expected(name)
    found, checked, _ = imported(name, monkeypatch)
    assert [str(each) for each in checked.mistakes] == []
    containers = {
        each: _essentials(deployment, Path(name))
        for each, deployment in checked.deployments.items()
    }
    assert containers == wanted["containers"]
    services = {key: sorted(its) for key, its in found.services.items() if key != "all"}
    assert services == {key: sorted(its) for key, its in wanted["services"].items()}
    assert sorted(found.networks) == wanted["networks"]
    assert sorted(found.volumes) == wanted["volumes"]
    notes = {_place(note) for note in found.notes}
    missing = [note for note in wanted["notes"] if _key(note) not in notes]
    assert missing == [], "\n".join(found.notes)


def _place(note: str) -> tuple[str, str]:
    """The line and the key of a note, as an expectation has them."""
    match = re.match(r"\S*?compose\.yml:(\d+): ([^\s:]+):", note)
    return match.groups() if match else ("", note)  # type: ignore[return-value]


def _key(note: str) -> tuple[str, str]:
    line, _, key = note.partition(": ")
    return line, key


@pytest.mark.parametrize("name", APPLICATIONS)
def test_check_and_dry_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found, checked, shell = imported(name, monkeypatch)
    Path("dirg.cfg").write_text(f"[DEFAULT]\ndirg_services = {name}/{DESCRIPTION}\n")
    assert dirg("check", env=shell).status == 0
    ran = dirg("run", "-n", "*", env=shell)
    assert (ran.status, ran.error) == (0, "")
    lines = ran.commands.splitlines()
    made = [line for line in lines if " run -d --name " in line or " create --name " in line]
    assert len(made) == len(checked.deployments)
    for variable, secret in found.secrets.items():
        # A name that gives a password by default is one too.
        if not looks_secret(variable):
            continue
        assert f"{variable}={secret}" not in ran.output


@pytest.mark.parametrize("name", APPLICATIONS)
def test_there_and_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read from Compose is written for Compose, and read once more."""
    found, checked, environ = imported(name, monkeypatch)
    shell = dict(environ)
    deployments = [*checked.deployments.values()]
    (text,) = as_compose(deployments, found.networks, found.volumes, name).files.values()
    folder = Path("back")
    folder.mkdir()
    (folder / "compose.yml").write_text(text)
    for each in deployments:
        for variable, secret in each.definition.secrets:
            shell[shell_names(deployments)[each.name, variable]] = secret
    again = compose.read(folder / "compose.yml", environ=shell, relative_to=folder)
    (folder / DESCRIPTION).write_text(written(again, "Imported."))
    shell = {**again.secrets, **shell}
    back = check(parse(render(str(folder / DESCRIPTION), {}, shell), str(folder)), shell)
    assert [str(each) for each in back.mistakes] == []
    assert {each: arguments(it.definition) for each, it in back.deployments.items()} == {
        each: arguments(it.definition) for each, it in checked.deployments.items()
    }
    assert (again.networks.keys(), again.volumes.keys()) == (
        found.networks.keys(),
        found.volumes.keys(),
    )
