"""Every command that the documentation shows does what it shows, on docker hosts of the lab.

Pages speak of 10.0.0.2 (plain), 10.0.0.3 (TLS), 10.0.0.4 (by ssh) and registry.example.com, which
are the hosts of the lab and its registry here; its own addresses they show as 10.200.1.N.
"""

from __future__ import annotations

import os
import re
import sys
from getpass import getuser
from pathlib import Path
from socket import gethostname

import pytest

from tests.documents import File, Shown, fits, pages, steps
from tests.engines.lab import CHECKOUT, Lab, Project, call

# What takes the place of all tests, takes minutes, or installs dirg anew. bin/test runs this one,
# tests/packaging does the last two, and tests/test_benchmarks.py has the parts of bin/bench.
ELSEWHERE = re.compile(r".*\bbin/(?:test|bench)\b.*|pip install \.|bin/quickstart(?: stop)?")
# What works on several containers at once prints its lines as they come.
_AT_ONCE = re.compile(
    r"dirg (?:-\S+ )*(?:run|start|stop|restart|kill|rm|build|pull|update|rollback|pause|unpause)\b"
)
# A command in a shell of its own, which goes on where the one before has left.
_STEP = """\
. "$0" && cd "$DIRG_TEST_FOLDER" && eval "$1" </dev/null 2>&1
DIRG_TEST_STATUS=$? DIRG_TEST_FOLDER=$PWD && export -p >"$0" && exit "$DIRG_TEST_STATUS"
"""


def is_done_here(step: File | Shown) -> bool:
    """Whether it is a command, and one that is executed here."""
    return isinstance(step, Shown) and not ELSEWHERE.fullmatch(step.command)


class Reader:
    """Somebody who does what a page says."""

    def __init__(self, lab: Lab, folder: Path, page: str) -> None:
        subnet = lab.plain.address.removesuffix("2")
        names: tuple[tuple[str, str], ...]
        # Of two ways to write the addresses a page takes one.
        if "10.200.1." in page:
            names = (("/tmp/dirg-lab/", f"{lab.directory}/"), ("10.200.1.", subnet))
        else:
            names = (
                ("registry.example.com", lab.registry),
                ("ssh://ops@", "ssh://root@"),
                ("10.0.0.", subnet),
            )
        self._names = (*names, ("ops@desk", f"{getuser()}@{gethostname()}"))
        self._state = folder / "state"
        self._home = home = folder / "home"
        environ = {
            **lab.environ(),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), lab.environ()["PATH"]]),
            "HOME": str(home),
            "CHECKOUT": str(CHECKOUT),
            "DIRG_LAB": lab.name,
            "DIRG_TEST_FOLDER": str(home),
        }
        del environ["DOCKER_CERT_PATH"]
        home.mkdir()
        (home / ".docker").mkdir()
        for each in lab.certificates.glob("*.pem"):
            (home / ".docker" / each.name).write_bytes(each.read_bytes())
        self._environ = environ
        self._state.write_text("export DIRG_TEST_FOLDER\n")
        self._folder = home

    def does(self, step: File | Shown) -> str:
        """What comes of it, as the page would write it."""
        if isinstance(step, File):
            (self._folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / step.name).write_text(self._here(step.text))
            return ""
        words = "bash", "-c", _STEP, str(self._state), self._here(step.command)
        answer = call(*words, env=self._environ, cwd=self._folder)
        found = re.search(r'DIRG_TEST_FOLDER="(.*)"', self._state.read_text())
        self._folder = Path(found[1]) if found else self._folder
        assert step.output is not None or answer.status == 0, (step.command, answer)
        return self._there(answer.output + answer.error)

    def _here(self, text: str) -> str:
        """What a page says, for the hosts that there are here."""
        for shown, here in self._names:
            text = text.replace(shown, here)
        return text

    def _there(self, text: str) -> str:
        """What is printed here, for the hosts of the page."""
        for shown, here in self._names:
            text = text.replace(here, shown)
        return text.replace(str(self._home), "~")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=str(page.relative_to(CHECKOUT)))
        for page in pages(CHECKOUT)
        if any(map(is_done_here, steps(page.read_text(encoding="utf-8"))))
    ],
)
def test_a_page_shows_what_happens(project: Project, page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    reader = Reader(project.lab, tmp_path, text)
    wrong = []
    for step in steps(text):
        if isinstance(step, Shown) and not is_done_here(step):
            continue
        output = reader.does(step)
        if isinstance(step, Shown) and step.output is not None:
            ordered = not _AT_ONCE.search(step.command) or " -n" in step.command
            if not fits(step.output, output, ordered):
                wrong.append(f"line {step.line}: $ {step.command}\n{output}")
    assert not wrong, "\n".join([str(page), *wrong])
