"""One call of dirg: what it reads when, and what its hosts answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from dirg.defaults import Options
from dirg.errors import DescriptionError, UsageError
from dirg.session import Session
from tests.helpers import describe

TEXT = "all: [web]\n---\nweb: {image: i, links: [db], docker_host: h:1}\ndb: {image: i}\n"


def session(**options: str) -> Session:
    return Session(Options(**options), environ={})  # type: ignore[arg-type]


def test_a_description_is_read_once() -> None:
    describe(TEXT)
    one = session()
    assert [each.name for each in one.deployments([])] == ["web"]
    Path("dirg-services.yml").unlink()
    assert [(each.name, each.host.name) for each in one.deployments(["*"])] == [
        ("web", "h:1"),
        ("db", "default"),
    ]


@pytest.mark.parametrize(
    ("pattern", "names"), [("h", ["web"]), ("default", ["db"]), ("*", ["web", "db"])]
)
def test_only_containers_on_matching_hosts(pattern: str, names: list[str]) -> None:
    describe(TEXT)
    assert [each.name for each in session(host=pattern).deployments(["*"])] == names


def test_a_glob_that_fits_no_host() -> None:
    describe(TEXT)
    with pytest.raises(UsageError, match=r"^--host x: fits no host of the selection; hosts: h:1$"):
        session(host="x").deployments([])


@pytest.mark.parametrize("names", [["web", "nosuch"], ["nosuch"], ["x*"]])
def test_the_description_is_checked_before_the_names(names: list[str]) -> None:
    """A name may be unknown only because of what is wrong in the description."""
    describe("{}\n---\nweb: {image: i, nosuch: x}\n")
    with pytest.raises(DescriptionError, match="nosuch is not a property"):
        session().deployments(names)
    describe("{}\n---\nweb: {image: i}\n")
    with pytest.raises(UsageError, match="unknown name") as error:
        session().deployments(names)
    assert not isinstance(error.value, DescriptionError)


def test_relative_paths_begin_where_the_description_is() -> None:
    folder = Path("conf")
    folder.mkdir()
    (folder / "dirg.cfg").write_text("[DEFAULT]\ndirg_services = s.yml\n")
    (folder / "s.yml").write_text("{}\n---\nweb: {image: i, path: app}\n")
    (web,) = session(config="conf/dirg.cfg").deployments([])
    assert web.definition.build == ("build", "-t", "i", str(Path.cwd() / "conf/app"))


def test_the_shells_docker_host_counts_only_where_it_is_used() -> None:
    describe(TEXT)
    wrong = Session(Options(), environ={"DOCKER_HOST": "nonsense"})
    assert [each.host.name for each in wrong.deployments(["web"])] == ["h:1"]
    with pytest.raises(UsageError, match=r"^DOCKER_HOST: 'nonsense' is no address"):
        wrong.deployments(["db"])
