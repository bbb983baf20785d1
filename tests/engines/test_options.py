"""The table of flags has every flag that the installed docker CLI has."""

from __future__ import annotations

import os
import re

import pytest

from dirg.options import BUILD, PROPERTIES, REFUSED, RUN
from tests.engines.lab import Lab, call

OF_RUN = {option.name for option in RUN.values()} | {*REFUSED} | {*PROPERTIES}
OF_BUILD = {option.name for option in BUILD.values()} | {"help"}


@pytest.mark.parametrize(
    ("command", "known", "least"),
    [("run", OF_RUN, 90), ("create", OF_RUN, 90), ("build", OF_BUILD, 25)],
)
def test_each_flag_is_a_property(lab: Lab, command: str, known: set[str], least: int) -> None:
    # Where it reaches no engine, the CLI hides no flag that is too new for the engine.
    environ = {"PATH": os.environ["PATH"], "DOCKER_HOST": "unix:///nonexistent"}
    text = call("docker", command, "--help", env=environ).output
    flags = re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", text, re.MULTILINE)
    assert len(flags) > least
    assert [flag for flag in flags if flag not in known] == []
