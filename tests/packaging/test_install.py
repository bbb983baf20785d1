"""dirg installs from a clone, in an empty virtual environment, on every Python there is here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.checkout import ROOT, called, copied

STRESS = Path(__file__).parent / "stress.py"
MINORS = range(10, 15)
# What the unit tests need; those that take long, or do not hang on the version, are left out.
NEEDED = ("coverage", "docutils", "hypothesis", "pexpect", "pyte", "pytest")
LEFT_OUT = (
    *("benchmarks", "completion", "docker", "execute", "lock", "logs", "resources", "scale"),
    *("start", "taking", "visible"),
)
PARTS = ("dirg", "docs", "setup.cfg", "setup.py", "pyproject.toml", "README.rst", "LICENSE")


def interpreters() -> Iterator[str]:
    """A working Python of each minor version: from the PATH, or as pyenv keeps them."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for minor in MINORS:
        name = f"python3.{minor}"
        kept = sorted(pyenv.glob(f"versions/3.{minor}.*/bin/{name}"))
        for candidate in (shutil.which(name), *map(str, kept)):
            if candidate and subprocess.run([candidate, "-V"], capture_output=True).returncode == 0:
                yield candidate
                break


def bounds() -> list[str]:
    """The oldest and the newest of them: what both do, those in between do."""
    found = list(interpreters())
    return sorted({*found[:1], *found[-1:]})


def is_this(python: str) -> bool:
    """Whether it is of the version that the tests run with."""
    return Path(python).name == f"python3.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installation needs, apart, since building writes beside it."""
    folder = tmp_path_factory.mktemp("source")
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    return folder


@pytest.mark.parametrize("python", list(interpreters()))
def test_dirg_works_after_pip_install(python: str, source: Path, tmp_path: Path) -> None:
    shutil.copytree(source, tmp_path / "source")
    called(python, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    installed = tmp_path / "venv" / "bin"
    called(installed / "pip", "install", "-q", tmp_path / "source", cwd=tmp_path)

    (tmp_path / "dirg.cfg").write_text("[DEFAULT]\ndirg_services = services.yml\n")
    (tmp_path / "services.yml").write_text("---\n---\nweb: {image: busybox, command: sleep 1}\n")
    version = called(installed / "dirg", "--version", cwd=tmp_path)
    printed = called(installed / "dirg", "run", "-n", cwd=tmp_path).splitlines()[-1]
    assert version == called(installed / "python", "-m", "dirg", "--version", cwd=tmp_path)
    assert version.startswith("dirg 2.")
    assert printed.startswith("docker run -d --name web --hostname web --label ")
    assert printed.endswith(" busybox sleep 1")
    _stress(installed / "python", tmp_path)


@pytest.mark.parametrize("python", [each for each in bounds() if not is_this(each)])
def test_the_unit_tests_pass(python: str, tmp_path: Path) -> None:
    """With the other Pythons; the tests of this checkout are at work with this one."""
    called(python, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    program = tmp_path / "venv" / "bin" / "python"
    copied(tmp_path / "dirg")
    called(program, "-m", "pip", "install", "-q", "-e", "./dirg", *NEEDED, cwd=tmp_path)
    others = [f"--ignore=tests/{folder}" for folder in ("engines", "packaging", "shells")]
    others += [f"--ignore=tests/test_{name}.py" for name in LEFT_OUT]
    quick = "-q", "-p", "no:cacheprovider", "--hypothesis-profile", "quick"
    called(program, "-m", "pytest", *quick, "tests", *others, cwd=tmp_path / "dirg")


def _stress(python: Path, folder: Path) -> None:
    """Nothing is lost or left over, and Python complains of nothing."""
    command: list[str | Path] = [python, STRESS, "150", "32", folder]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
