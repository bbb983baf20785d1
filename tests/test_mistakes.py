"""Wrong descriptions, and all that dirg says of each: whatever command is given, before it acts.

The cases are in ``mistakes/``: ``### TITLE``, the description, and what is said behind ``=>``.
``>>> FILE`` begins another file, ``$ NAME=VALUE`` sets a variable of the shell. A message without
a file is one of the description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers import SERVICES, dirg

FOLDER = Path(__file__).parent / "mistakes"
CONFIG = f"[DEFAULT]\ndirg_services = {SERVICES}\n"


@dataclass(frozen=True)
class Case:
    """A wrong description."""

    files: dict[str, str]
    shell: dict[str, str]
    said: list[str]

    def write(self) -> None:
        for name, text in self.files.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")


def case(text: str) -> Case:
    """The case that some lines are."""
    files = {"dirg.cfg": CONFIG, SERVICES: ""}
    shell: dict[str, str] = {}
    said: list[str] = []
    name = SERVICES
    for line in text.rstrip("\n").splitlines():
        if line.startswith(">>> "):
            name = line[4:]
            files[name] = ""
        elif line.startswith("$ "):
            variable, _, value = line[2:].partition("=")
            shell[variable] = value
        elif line.startswith("=> "):
            said.append(re.sub(r"^(?=\d+:)", f"{SERVICES}:", line[3:]))
        else:
            files[name] += f"{line}\n"
    return Case(files, shell, said)


def cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for file in sorted(FOLDER.glob("*.txt")):
        for part in file.read_text(encoding="utf-8").split("### ")[1:]:
            title, _, text = part.partition("\n")
            found[f"{file.stem}: {title}"] = case(text)
    return found


CASES = cases()


@pytest.mark.parametrize("title", CASES)
def test_what_is_said_of_a_wrong_description(title: str) -> None:
    wrong = CASES[title]
    wrong.write()
    # A command that acts says the same; some of them are enough to see that.
    acts = list(CASES).index(title) % 4 == 0
    for command in ("check", "run") if acts else ("check",):
        answer = dirg(command, env=wrong.shell)
        assert answer.error.splitlines() == wrong.said
        assert (answer.output, answer.status) == ("", 2)
