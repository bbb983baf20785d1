"""Containers that engines have told of, and how they differ from other definitions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dirg import arguments
from dirg.state import Difference
from tests.helpers import DATA, described

if TYPE_CHECKING:
    from dirg.arguments import Definition

Case = Mapping[str, Any]

_FOLDER = DATA / "inspect"
CASES: Mapping[str, list[Case]] = yaml.safe_load((_FOLDER / "cases.yml").read_text())
# What was asked of real engines by live.FIELDS and live.IMAGE_FIELDS: the folder of the test is
# /srv, the variable FROM_SHELL is set.
CAPTURED: Mapping[str, Any] = {
    version: json.loads((_FOLDER / f"{version}.json").read_text()) for version in ("20.10", "28.5")
}


def define(name: str, lines: Iterable[str], folder: Path) -> Definition:
    """A definition of some lines, of busybox where they name no image."""
    image = [] if any(line.startswith("image:") for line in lines) else ["image: busybox"]
    text = "".join(f"  {placed(line, folder)}\n" for line in [*image, *lines])
    return arguments.define(described(f"{name}:\n{text}").containers[name], str(folder))


def placed(text: str, folder: Path) -> str:
    """A text with paths in the place of the words that stand for them."""
    words = r"FOLDER|\b(?:ENV_|LABEL_)?FILE\b|PROFILE"
    return re.sub(words, lambda word: f"{folder}/{word[0]}", text)


def told(case: Case, folder: Path) -> tuple[Difference, ...]:
    """What is told of a container when its definition has the other line of a case."""
    if "told" not in case:
        return ()
    name = case.get("property") or case["is"].partition(":")[0]
    found, wanted = (placed(text, folder) for text in case["told"])
    return (Difference(name, found, wanted),)
