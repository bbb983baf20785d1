"""Completion as a person has it: typed into real shells, with the tab key."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.helpers import describe

CHECKOUT = Path(__file__).resolve().parents[2]
# How long anything may take before it counts as hanging.
PATIENCE = 60
SHELLS = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
SETTING_UP = {
    "bash": "source <(dirg completion bash)",
    "zsh": "autoload -U compinit; compinit -u -D; source <(dirg completion zsh)",
    "fish": "dirg completion fish | source",
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[pexpect.spawn[str]]:
    """An interactive shell that knows how dirg is completed."""
    name = request.param
    program = tmp_path / "bin" / "dirg"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {CHECKOUT / "bin" / "dirg"} "$@"\n')
    program.chmod(0o755)
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith("DIRG")},
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "xterm",
        "NO_COLOR": "1",
    }
    child = pexpect.spawn(
        name, SHELLS[name], env=environ, timeout=PATIENCE, encoding="utf-8", dimensions=(40, 200)
    )
    try:
        child.sendline(SETTING_UP[name])
        child.sendline("echo rea''dy")
        child.expect("ready")
        yield child
    finally:
        child.close(force=True)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        # What was completed is executed, so that it shows what it was.
        ("dirg show d\t", r"database:\s+image: i"),
        ("dirg sho\tdatabase", r"database:\s+image: i"),
        ("dirg show --format js\tdatabase", r'"database": \{'),
        ("dirg show --host fa\tdatabase", r"database:\s+image: i"),
        ("dirg run --dry-\tsh\t", r"docker run -d --name web "),
    ],
)
def test_the_tab_key(shell: pexpect.spawn[str], typed: str, shown: str) -> None:
    describe(
        "shop: [web]\n---\nweb: {image: i}\ndatabase: {image: i, docker_host: 'far.example:1'}\n"
    )
    first, *rest = re.split(r"(?<=\t)", typed)
    shell.send(first)
    for more in rest:
        # A person looks what has become of it before typing on.
        shell.expect(r"show|--format json|far\.example|--dry-run|database|shop")
        shell.send(more)
    shell.send("\r")
    shell.expect(shown)


def test_a_broken_description_is_silent(shell: pexpect.spawn[str]) -> None:
    describe("{}\n---\nweb: {image: [i}\n")
    shell.send("dirg show w\t")
    shell.send("eb; echo en''d\r")
    shell.expect("YAML syntax")
    assert "YAML syntax" not in str(shell.before)
    shell.expect("end")
