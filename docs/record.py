"""Records a session in a terminal as an animated SVG.

``python docs/record.py docs/static/session.svg`` makes the picture of the README.

It needs the extra ``test``, dirg in the PATH, and root: the session is real, on the docker hosts of
a lab of its own (``bin/lab``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import pexpect
import pyte

LAB = Path(__file__).resolve().parents[1] / "bin" / "lab"
NAME = "dirg-record"
COLUMNS, ROWS = 96, 26
# The size of a character, in pixels, and the margin.
WIDTH, HEIGHT, MARGIN = 8.4, 18, 16
# Seconds: between two keys, and the longest that nothing happens in the picture.
KEY, LONGEST, LAST = 0.03, 1.5, 4.0
COLOURS = {
    "default": "#d6deeb", "black": "#4b6479", "red": "#ef5350", "green": "#22da6e",
    "brown": "#e5c07b", "blue": "#82aaff", "magenta": "#c792ea", "cyan": "#21c7a8",
    "white": "#ffffff",
}  # fmt: skip

DESCRIPTION = """\
---
web: [web1, web2, web3]
---
{% for host in ['paris', 'oslo', 'rome'] %}
web{{loop.index}}:
    image: busybox:{{tag}}
    docker_context: {{host}}
    port_bindings: {80: 8080}
    command: httpd -f
    init: true
{% endfor %}
"""
SESSION = (
    "cat dirg-services.yml",
    "dirg run --dry-run web2",
    "dirg run",
    "dirg ps",
    "sed -i 's/init:/memory: 64m\\n    init:/' dirg-services.yml",
    "dirg plan",
    "dirg update --no-pull",
)


@dataclass(frozen=True)
class Run:
    """Characters of one line that look alike, from a column on."""

    column: int
    text: str
    colour: str
    bold: bool


Line = tuple[Run, ...]


def prepared(folder: Path) -> dict[str, str]:
    """The environment of the session: its contexts are the hosts of the lab."""
    lab = json.loads(_called(str(LAB), "--name", NAME, "status", "--format", "json"))
    certificates = Path(lab["certificates"])
    environ = {
        "PATH": os.pathsep.join([lab["ssh"], os.environ["PATH"]]),
        "HOME": str(folder),
        "DOCKER_CONFIG": str(folder / ".docker"),
        "LC_ALL": "C.UTF-8",
        "TERM": "linux",
        "COLUMNS": str(COLUMNS),
        "LINES": str(ROWS),
    }
    keys = ",".join(f"{key}={certificates / key}.pem" for key in ("ca", "cert", "key"))
    for name, host in zip(("paris", "oslo", "rome"), lab["hosts"], strict=True):
        tls = f",{keys}" if host["kind"] == "tls" else ""
        endpoint = f"host={host['docker_host']}{tls}"
        _called("docker", "context", "create", name, "--docker", endpoint, environ=environ)
    (folder / "dirg.cfg").write_text("[DEFAULT]\ndirg_services = dirg-services.yml\ntag = latest\n")
    (folder / "dirg-services.yml").write_text(DESCRIPTION)
    return environ


def _called(*words: str, environ: dict[str, str] | None = None) -> str:
    return subprocess.run(words, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout


def frames(environ: dict[str, str], folder: Path) -> Iterator[tuple[float, list[Line]]]:
    """What the screen shows, each with the second that it begins to."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    shell = pexpect.spawn(
        "bash", ["--norc", "--noprofile"], env={**environ, "PS1": "$ "}, cwd=str(folder),
        dimensions=(ROWS, COLUMNS), encoding="utf-8",
    )  # fmt: skip
    clock = 0.0
    began = time.monotonic()

    def watched(until: str) -> Iterator[tuple[float, list[Line]]]:
        nonlocal clock, began
        seen = ""
        while not seen.endswith(until):
            piece = shell.read_nonblocking(4096, timeout=60)
            seen += piece
            stream.feed(piece)
            now = time.monotonic()
            clock += min(now - began, LONGEST)
            began = now
            yield clock, [_line(screen, row) for row in range(ROWS)]

    yield from watched("$ ")
    for command in SESSION:
        for key in command:
            time.sleep(KEY)
            shell.send(key)
            yield from watched(key)
        time.sleep(LONGEST / 3)
        shell.send("\r")
        yield from watched("$ ")
        time.sleep(LONGEST)
    shell.close()


def _line(screen: pyte.Screen, row: int) -> Line:
    cells = [(column, screen.buffer[row][column]) for column in range(COLUMNS)]
    runs = []
    for (colour, bold), group in groupby(cells, lambda cell: (cell[1].fg, cell[1].bold)):
        found = list(group)
        text = "".join(each.data for _, each in found)
        if text.strip():
            runs.append(Run(found[0][0], text.rstrip(), colour, bold))
    return tuple(runs)


def svg(shown: list[tuple[float, list[Line]]]) -> str:
    """The picture: each different line once, and all screens one below the other, passing by."""
    kept = [next(alike) for _, alike in groupby(shown, key=lambda screen: screen[1])]
    total = kept[-1][0] + LAST
    width, height = COLUMNS * WIDTH + 2 * MARGIN, ROWS * HEIGHT + 2 * MARGIN
    numbers: dict[Line, int] = {}
    for _, lines in kept:
        for line in lines:
            numbers.setdefault(line, len(numbers))
    symbols = [
        f'<g id="l{number}">{"".join(map(_text, line))}</g>'
        for line, number in numbers.items()
        if line
    ]
    pages = [
        f'<use href="#l{numbers[line]}" y="{page * height + (row + 1) * HEIGHT:g}"/>'
        for page, (_, lines) in enumerate(kept)
        for row, line in enumerate(lines)
        if line
    ]
    end = f"100%{{transform:translateY({-(len(kept) - 1) * height:g}px)}}"
    steps = [
        f"{at / total * 100:.3f}%{{transform:translateY({-page * height:g}px)}}"
        for page, (at, _) in enumerate(kept)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">\n'
        f"<style>text{{font:14px ui-monospace,Menlo,Consolas,monospace;white-space:pre}}"
        f"#all{{animation:play {total:.1f}s steps(1,end) infinite}}"
        f"@keyframes play{{{''.join(steps)}{end}}}"
        f"</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="#011627"/>\n'
        f"<defs>{''.join(symbols)}</defs>\n"
        f'<svg x="{MARGIN}" y="{MARGIN}" width="{COLUMNS * WIDTH:g}" height="{ROWS * HEIGHT:g}">'
        f'<g id="all">{"".join(pages)}</g></svg>\n</svg>\n'
    )


def _text(run: Run) -> str:
    colour = COLOURS.get(run.colour, COLOURS["default"])
    weight = "bold" if run.bold else "normal"
    place = f'x="{run.column * WIDTH:g}" textLength="{len(run.text) * WIDTH:g}"'
    return f'<text {place} fill="{colour}" font-weight="{weight}">{escape(run.text)}</text>'


def main() -> None:
    (target,) = map(Path, sys.argv[1:])
    _called(str(LAB), "--name", NAME, "up", "3", "--keeper", str(os.getpid()))
    try:
        with tempfile.TemporaryDirectory() as home:
            shown = list(frames(prepared(Path(home)), Path(home)))
        target.write_text(svg(shown), encoding="utf-8")
    finally:
        _called(str(LAB), "--name", NAME, "down")


if __name__ == "__main__":
    main()
