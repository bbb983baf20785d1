"""What the tests share: dirg as a person calls it, and descriptions as a person writes them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from unittest.mock import patch

from dirg import arguments, cli, definitions, files
from dirg.errors import DescriptionError

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.definitions import Description
    from dirg.origins import Rendered
    from dirg.values import Value

DATA = Path(__file__).parent / "data"
SERVICES = "dirg-services.yml"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
# No call of dirg takes longer here, so that one that never ends does not stop the tests.
LIMIT = 60
# How long is waited for what has to come, in seconds.
PATIENCE = 20.0
_MARK = (
    r"dirg\.update=by=\S+ at=(?:\$\(date -u \+%Y-%m-%dT%H:%M:%SZ\)|\S+) within=\d+"
    r"(?: process=\S+ boot=\S+ machine=[0-9a-z]+)?"
)


@dataclass(frozen=True)
class Answer:
    """How a call of dirg ended."""

    status: int
    output: str
    error: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()

    @property
    def commands(self) -> str:
        """The output but for comments, with DIGEST in place of digests."""
        return undigested("".join(f"{line}\n" for line in self.lines if line[:1] != "#"))

    @property
    def comments(self) -> list[str]:
        return [line for line in self.lines if line[:1] == "#"]


def dirg(*words: str, env: Mapping[str, str] | None = None) -> Answer:
    """Call dirg in this process, as its console script does.

    Real files stand for the terminal, since docker processes may write to them as well.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        tempfile.TemporaryFile("w+", encoding="utf-8") as error,
    ):
        status = called(words, output, error, env)
        return Answer(status, _written(output), _written(error))


def called(
    words: Sequence[str],
    output: IO[str] | None,
    error: IO[str] | None,
    env: Mapping[str, str] | None = None,
) -> int:
    """The exit status of a call of dirg that writes to some files; None are closed ones."""
    handlers = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LIMIT)
    with (
        tempfile.TemporaryFile("r", encoding="utf-8") as nothing,
        patch.dict("os.environ", env or {}),
        patch.object(sys, "argv", ["dirg", *words]),
        patch.object(sys, "stdin", nothing),
        patch.object(sys, "stdout", output),
        patch.object(sys, "stderr", error),
    ):
        try:
            return cli.main()
        finally:
            signal.alarm(0)
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _too_long(number: int, frame: object) -> None:
    raise TimeoutError(f"dirg took more than {LIMIT} s")


def _written(file: IO[str]) -> str:
    file.flush()
    file.seek(0)
    return file.read()


def describe(text: str, **properties: str) -> None:
    """Write a service description and the dirg.cfg that names it into the current folder."""
    Path(SERVICES).write_text(text, encoding="utf-8")
    lines = [f"{name} = {value}" for name, value in properties.items()]
    config = "\n".join(["[DEFAULT]", f"dirg_services = {SERVICES}", *lines, ""])
    Path("dirg.cfg").write_text(config, encoding="utf-8")


def described(containers: str, services: str = "{}") -> Description:
    """The description of some containers, as the parser gives it."""
    return parsed(f"{services}\n---\n{containers}")


def parsed(text: str) -> Description:
    """The description that a text holds, as far as it can be read."""
    return definitions.parse(rendered(text), "")


def unreadable(found: Rendered) -> list[str]:
    """What can't be read of a description: all of it, or parts."""
    try:
        return list(map(str, definitions.parse(found, "").mistakes))
    except DescriptionError as error:
        return str(error).splitlines()


def rendered(text: str, env: Mapping[str, str] | None = None, **variables: str) -> Rendered:
    """A text rendered as a template."""
    Path(SERVICES).write_text(text, encoding="utf-8")
    return files.rendered(SERVICES, variables, env or {})


def defined(properties: str, name: str = "web") -> Definition:
    """The definition of a container called web, whose image is busybox."""
    text = f"{name}:\n  image: busybox\n" + "".join(
        f"  {line}\n" for line in properties.splitlines()
    )
    return arguments.define(described(text).containers[name], "/srv")


def value(text: str) -> Value:
    """The value that a text in YAML stands for."""
    lines = "".join(f"\n    {line}" for line in text.splitlines())
    found = described(f"web:\n  it: {lines}\n").containers["web"].properties["it"].value
    assert found is not None
    return found


def undigested(text: str) -> str:
    """A text with DIGEST in place of the digest of each definition, and MARK for who updates."""
    text = re.sub(r"(dirg\.definition=)[0-9a-f]{16}\b", r"\1DIGEST", text)
    return re.sub(_MARK, "dirg.update=MARK", text)


def script(path: Path, body: str) -> Path:
    """Write a program for the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def python(code: str, *words: str, stderr: int | None = None) -> subprocess.Popen[str]:
    """A program in Python that finds dirg, and is talked to through pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )


class Engine:
    """A docker that notes how it is called, and does what a test told it.

    An answer is a body for the shell, found by a pattern of the shell that fits the arguments.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answer({})

    def answer(self, answers: Mapping[str, str]) -> None:
        quoted = {pattern.replace(" ", "\\ "): body for pattern, body in answers.items()}
        cases = "\n".join(f"{pattern}) {body};;" for pattern, body in quoted.items())
        log = self.folder / "calls"
        script(self.folder / "docker", f'echo "$*" >>{log}\ncase "$*" in\n{cases}\nesac')

    @property
    def calls(self) -> list[str]:
        """The arguments of each call, but for a format."""
        log = self.folder / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [re.sub(r" --format \{.*\}", "", line) for line in lines]


def listing(name: str, definition: str = "", state: str = "running", status: str = "Up") -> str:
    """What ``docker container ls`` answers of a container."""
    facts = {"id": f"id-{name}", "names": name, "image": "busybox", "state": state}
    facts |= {"status": status, "ports": "", "definition": definition, "mark": "", "created": ""}
    return json.dumps(facts)


def inspection(name: str, *mounts: object, image: str = "i") -> str:
    """What ``docker container inspect`` answers of a container of some image."""
    config = {"Hostname": name, "Image": image}
    facts = {"id": f"id-{name}", "name": f"/{name}", "image": "sha256:old", "config": config}
    settings = {"NetworkMode": "default"}
    return json.dumps(
        {**facts, "host_config": settings, "mounts": mounts, "networks": {"bridge": {}}}
    )
