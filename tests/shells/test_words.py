"""The words of a command, pasted into the shells that people have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dirg import shell

SHELLS = ("sh", "bash", "dash", "busybox sh", "zsh -f", "fish --no-config")
PRINTER = "import os, sys; os.write(1, b'\\0'.join(map(os.fsencode, sys.argv[1:])))"
WORDS = (
    *("a", "", " ", "-n", "--", "~", "~root", "#", "#x", "*", "?", "[a]", "{a,b}", "=cat", "=catx"),
    *(
        "a=b",
        "a=~",
        "%self",
        "%1",
        "100%",
        "$HOME",
        "${HOME}",
        "$(x)",
        "`x`",
        "!",
        "!!",
        "!x",
        "^a^b",
    ),
    *(
        "a\\",
        "\\",
        "\\\\",
        "\\'",
        "'\\",
        "'\\'",
        "\\\\'",
        "a\\'; touch x #",
        "\\d+\\.x\\n",
        "\\\\n",
    ),
    *("it's", "'", "''", '"', '"\'"', "a\nb", "\t", "a;b", "a&b", "a|b", "<a>b", "(a)", "a b"),
    *("\u00e9", "\u4f60", "@a", "+a", ":a", ",a", "/a", "a\\ b", "$'a'", "\\x41", "\\$(x)"),
)


@pytest.mark.parametrize("name", SHELLS)
def test_each_shell_takes_them_for_the_same_words(name: str, tmp_path: Path) -> None:
    line = shell.join([sys.executable, "-c", PRINTER, *WORDS])
    done = subprocess.run(
        [*name.split(), "-c", line], capture_output=True, cwd=tmp_path, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().split("\0") == [*WORDS]
    assert [*tmp_path.iterdir()] == []


def test_what_needs_no_quotes_has_none() -> None:
    words = ("docker", "-H", "tcp://10.0.0.1:2375", "A=b", "100%", "registry:5000/shop@sha256:0")
    assert shell.join(words) == " ".join(words)
    assert shell.quote("it's") == """'it'"'"'s'"""
    assert shell.quote(r"\d+\.x") == r"'\d+\.x'"
