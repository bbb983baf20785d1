"""The documentation is built without a warning, for browsers and for man."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.packaging.checkout import ROOT


def test_sphinx_has_nothing_to_complain_of(tmp_path: Path) -> None:
    options = ["-W", "--keep-going", "-n", "-q", "-d", str(tmp_path / "state")]
    words = [sys.executable, "-m", "sphinx", *options, "-b", "html", "docs", str(tmp_path / "html")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert (tmp_path / "html" / "tutorial.html").is_file()


def test_man_has_nothing_to_complain_of() -> None:
    words = ["man", "--warnings", "-l", "docs/dirg.1"]
    environ = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"}
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "dirg - run docker containers on many hosts" in done.stdout


def test_the_recording_is_a_picture() -> None:
    picture = ElementTree.parse(ROOT / "docs" / "static" / "session.svg").getroot()
    assert picture.tag.endswith("svg")
    assert any("dirg plan" in (text.text or "") for text in picture.iter())
