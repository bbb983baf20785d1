"""``dirg check``, and that every command that acts checks the same before it does."""

from __future__ import annotations

import json
import os
import pty
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.helpers import SERVICES, called, describe, dirg

WRONG = "all: [web]\n---\nweb:\n  image: i\n  prots: [80]\n"
SAID = f"{SERVICES}:5:3: prots is not a property; did you mean ports?\n"
ACTING = ("run", "start", "stop", "restart", "kill", "rm", "pull", "build", "update")


@pytest.mark.parametrize("command", [*ACTING, "ps", "stats", "logs"])
@pytest.mark.parametrize("options", ["", "-n", "-d", "--host default"])
def test_every_command_checks_before_it_does_anything(command: str, options: str) -> None:
    describe(WRONG)
    answer = dirg(command, *options.split())
    said = [line for line in answer.error.splitlines() if not line.startswith("dirg: debug: ")]
    assert said == [SAID.strip()]
    assert (answer.output, answer.status) == ("", 2)


@pytest.mark.parametrize(
    ("words", "selected"),
    [("", "2 of them selected, on 2 hosts"), ("web", "1 of them selected, on 1 host")],
)
def test_a_description_without_mistakes(words: str, selected: str) -> None:
    describe("all: [web, db]\n---\nweb: {image: i}\ndb: {image: i, docker_host: h:1}\n")
    answer = dirg("check", *words.split())
    assert answer.output == f"no mistakes: 1 service, 2 containers, {selected}\n"
    assert (answer.error, answer.status) == ("", 0)


def test_check_takes_names() -> None:
    describe("{}\n---\nweb: {image: i}\n")
    answer = dirg("check", "wbe")
    assert answer.error == "dirg: unknown name 'wbe': did you mean web?\n"
    assert (answer.output, answer.status) == ("", 2)


MISTAKES = """\
all: [web, wbe]
---
web:
  image: i
  env: {A: b}
  net: host
  links: [db]
  env: {A: c}
db: {image: I}
"""


def test_findings_for_programs() -> None:
    describe(MISTAKES)
    answer = dirg("check", "--format", "json")
    found = json.loads(answer.output)
    assert [set(each) for each in found] == [{"file", "line", "column", "severity", "message"}] * 4
    assert {each["file"] for each in found} == {SERVICES}
    assert [(each["line"], each["column"], each["severity"]) for each in found] == [
        (1, 12, "error"),
        (7, 3, "error"),
        (9, 13, "error"),
        (8, 3, "warning"),
    ]
    assert found[0]["message"] == "service all: unknown name 'wbe': did you mean web?"
    assert answer.status == 2


def test_nothing_was_found_for_programs() -> None:
    describe("{}\n---\nweb: {image: i}\n")
    answer = dirg("check", "--format", "json")
    assert (answer.output, answer.error, answer.status) == ("[]\n", "", 0)


def test_a_warning_alone_is_no_mistake() -> None:
    describe("{}\n---\nweb: {image: a, image: b}\n")
    told = f"image is written twice; this one counts, not the one at {SERVICES}:3:7"
    answer = dirg("check")
    assert answer.error == f"{SERVICES}:3:17: warning: {told}\n"
    assert answer.status == 0
    answer = dirg("check", "--format", "json")
    assert json.loads(answer.output) == [
        {"file": SERVICES, "line": 3, "column": 17, "severity": "warning", "message": told}
    ]
    assert answer.status == 0


@pytest.mark.parametrize(
    ("text", "file", "line"),
    [
        ("{}\n---\nweb: {image: i\n", SERVICES, 4),
        ("{}\n---\nweb: {image: {{ 1 + }}\n", SERVICES, 3),
        ("{}\n", SERVICES, 1),
    ],
)
def test_programs_are_told_of_what_cannot_be_read(text: str, file: str, line: int) -> None:
    describe(text)
    answer = dirg("check", "--format", "json")
    found = [(each["file"], each["line"]) for each in json.loads(answer.output)]
    assert found == [(file, line)]
    assert answer.status == 2


def test_programs_are_told_of_mistakes_in_the_configuration() -> None:
    describe("{}\n---\n{}\n", tag="%(nosuch)s")
    answer = dirg("check", "--format", "json")
    assert [(each["file"], each["line"]) for each in json.loads(answer.output)] == [("dirg.cfg", 3)]
    assert answer.status == 2


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (b"{}\n---\nweb:\n  image: i\n  user: gr\xfcn\n", "5:1: not UTF-8; "),
        (b"\xff\xfe{\0}\0", "1:1: not UTF-8; "),
        (b"{}\n---\nweb:\n  image: i\n  user: a\0b\n", "5:10: YAML syntax: control characters "),
        (b"{}\n---\nweb:\n  image: i\n  user: \xc3\xa9\x07\n", "5:10: YAML syntax: control "),
        (b'{}\n---\nweb:\n  image: i\n  user: "a\\0b"\n', "5:9: holds a NUL character"),
        (b'{}\n---\nweb:\n  image: i\n  "a\\0b": x\n', "5:3: holds a NUL character"),
        (b'{}\n---\nweb:\n  image: i\n  user: "\\ud800"\n', "5:12: YAML syntax: found invalid "),
        (b"{}\n---\nweb:\n  image: i\n  user: \"{{'\\udcff'}}\"\n", "5:10: a character that "),
        (b"{}\n---\nweb:\n  image: i\n  user: '{{env['X']}}'\n", "5:10: a character that "),
        (b"\xef\xbb\xbf{}\n---\nweb:\n  image: I\n", "4:10: image: 'I' has upper case"),
        (b"\xef\xbb\xbfall: [wbe]\n---\nweb:\n  image: i\n", "1:7: service all: unknown name"),
        (b"{}\r\n---\r\nweb:\r\n  image: i\r\n  prots: [80]\r\n", "5:3: prots is not a "),
        (b"{}\r\n---\r\nweb: {image: '{{nosuch}}'}\r\n", "3:17: 'nosuch' is undefined; "),
        (b"{}\r\n---\r\nweb:\r\n  image: a: b\r\n", "4:11: YAML syntax: mapping values "),
        ("{}\n---\nweb: {user: grün, image: I}\n".encode(), "3:26: image: 'I' has upper case"),
        (b"{}\n---\nweb: {image: i, env: " + b"[" * 3000 + b"]" * 3000 + b"}\n", "3:"),
    ],
)
def test_odd_characters(written: bytes, place: str) -> None:
    describe("")
    Path(SERVICES).write_bytes(written)
    for command in ("check", "run"):
        answer = dirg(command, env={"X": "a\udcffb"})
        assert answer.error.startswith(f"{SERVICES}:{place}")
        assert answer.error.count("\n") == 1
        assert (answer.output, answer.status) == ("", 2)


@pytest.mark.parametrize(
    ("containers", "places"),
    [
        ("web: {image: i, port_bindings: {80: '1.2.3:80'}}", ["3:37"]),
        ("web: {image: i, port_bindings: {80: '999.1.1.1:80'}}", ["3:37"]),
        ("web: {image: i, port_bindings: {80: '...:80'}}", ["3:37"]),
        ("web: {image: i, port_bindings: {80: '[:]:80'}}", ["3:37"]),
        ("web: {image: i, port_bindings: {7000-7010: 8000-8005}}", ["3:44"]),
        ("web: {image: i, volume_bindings: {-v: /b}}", ["3:35"]),
        ("web: {image: i, docker_host: 'tcp://h:http'}", ["3:30"]),
        ("web: {image: i, docker_host: 'tcp://h:65536'}", ["3:30"]),
        ("web: {image: i, docker_host: 'h:0'}", ["3:30"]),
        ("web: {image: i, docker_host: 'https://h:99999'}", ["3:30"]),
        ("web: !!python/object:dirg.errors.Mistake {image: i}", ["3:6"]),
        ("web: !!set {image}", ["3:6"]),
        ("!!omap\nweb: {image: i}", ["3:1"]),
        ("web: {image: i, publish: ['80:80']}\ndb: {image: i, publish: ['80:90']}", ["4:26"]),
    ],
)
def test_what_is_noticed(containers: str, places: list[str]) -> None:
    describe(f"{{}}\n---\n{containers}\n")
    answer = dirg("check")
    assert [line.split(": ")[0] for line in answer.error.splitlines()] == [
        f"{SERVICES}:{place}" for place in places
    ]
    assert answer.status == 2


@pytest.mark.parametrize(
    "containers",
    [
        "web: {image: i, port_bindings: {53: 53}}\ndb: {image: i, port_bindings: {53/udp: 53}}",
        "web: {image: i, port_bindings: {80: 80}}\n"
        "db: {image: i, port_bindings: {80: 80}, docker_host: h:1}",
        "web: {image: i, port_bindings: {80: '127.0.0.1:80'}}\n"
        "db: {image: i, port_bindings: {80: '127.0.0.2:80'}}",
        "web: {image: i, port_bindings: {80: ~}}\ndb: {image: i, port_bindings: {80: ~}}",
        "web: {image: i, port_bindings: {80: 0}}\ndb: {image: i, port_bindings: {80: 0}}",
        # Docker takes a free port of the range.
        "web: {image: i, port_bindings: {80: 8080-8090}}\n"
        "db: {image: i, port_bindings: {80: 8080-8090}}",
        # Without a network of its own a container publishes nothing.
        "web: {image: i, net: host, port_bindings: {80: 80}}\n"
        "db: {image: i, port_bindings: {80: 80}}",
        # The same engine, written in two ways.
        "web: {image: i, docker_host: h:1, links: [db]}\ndb: {image: i, docker_host: tcp://h:1}",
        "web: {image: i, docker_host: http://h, links: [db]}\n"
        "db: {image: i, docker_host: tcp://h:2375}",
        "web: {image: i, links: [db]}\ndb: {image: i, docker_host: tcp://shell:1}",
        "web: {image: i, docker_host: 'https://[fe80::1]'}",
        "web: {image: i, depends_on: [db], docker_host: h:1}\ndb: {image: i}",
        "# {{env['X']}} {{nosuch}}\nweb: {image: i}",
        "web: {image: i}  # {{nosuch}}",
        "web: {image: \"{{env['X'] or 'i'}}\"}",
        "web: {image: 'REGISTRY.example.org:5000/a/b_c--d:Tag.1'}",
        f"web: {{image: 'a@sha256:{'0' * 64}'}}",
        "web: {image: '[fe80::1]:5000/a'}",
        "web: {image: localhost/a}",
    ],
)
def test_what_is_no_mistake(containers: str) -> None:
    describe(f"{{}}\n---\n{containers}\n")
    answer = dirg("check", env={"DOCKER_HOST": "tcp://shell:1"})
    assert (answer.error, answer.status) == ("", 0)


COLLIDING = """\
one: [web]
two: [app]
---
web: {image: i, port_bindings: {80: 80}}
app: {image: i, port_bindings: {80: 80}}
"""


def refusals(*words: str) -> list[str]:
    """What a dry run says that docker would refuse."""
    start = "# docker refuses this: "
    return [
        line.removeprefix(start) for line in dirg("-n", *words).comments if line.startswith(start)
    ]


def test_ports_collide_only_within_a_selection() -> None:
    describe(COLLIDING)
    for names in (["web"], ["two"]):
        assert dirg("check", *names).status == 0
        assert refusals("run", *names) == []
    for words in (["check"], ["check", "one", "two"], ["run", "one", "two"]):
        answer = dirg(*words)
        assert answer.error.startswith(f"{SERVICES}:5:")
        assert answer.error.count("\n") == 1
        assert answer.status == 2


@pytest.mark.parametrize(
    "containers",
    [
        "web: {image: i, port_bindings: {80: 80}}\ndb: {image: i, port_bindings: {80: 80}}",
        "web: {image: i, links: [db]}\ndb: {image: i, docker_host: h:1}",
        "web: {image: i, links: [absent]}",
        "web: {image: i, net: 'container:absent'}",
        "web: {image: i, net: none, links: {db: x}}\ndb: {image: i}",
    ],
)
def test_what_docker_would_refuse_can_be_printed(containers: str) -> None:
    describe(f"{{}}\n---\n{containers}\n")
    said = dirg("run")
    assert (said.output, said.status) == ("", 2)
    assert dirg("check") == said
    printed = dirg("-n", "run")
    assert refusals("run") == said.error.splitlines()
    assert len(printed.commands.splitlines()) == containers.count("image")
    assert (printed.error, printed.status) == ("", 0)


@pytest.mark.parametrize("command", ["check", "run"])
def test_the_line_and_a_caret_on_a_terminal(command: str) -> None:
    describe('{}\n---\nweb:\n  image:\tI\n  env: {größe: "∞"}\n  prots: [80]\n')
    reader, writer = pty.openpty()
    with tempfile.TemporaryFile("w+") as output, os.fdopen(writer, "w", encoding="utf-8") as shown:
        status = called([command], output, shown)
    told = b""
    # A terminal gives what it has so far, and an error once its other side is closed.
    with suppress(OSError):
        while more := os.read(reader, 4096):
            told += more
    os.close(reader)
    assert told.decode().replace("\r\n", "\n").splitlines() == [
        f"{SERVICES}:4:10: image: 'I' has upper case; docker takes it in a tag only",
        "      image:\tI",
        "            \t^",
        f"{SERVICES}:6:3: prots is not a property; did you mean ports?",
        "      prots: [80]",
        "      ^",
    ]
    assert status == 2


def test_only_the_message_without_a_terminal() -> None:
    describe(WRONG)
    assert dirg("check").error == SAID


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


FILES = {
    "conf/dirg.cfg": "[DEFAULT]\ndirg_services = ../shop/s.yml\ntag = 1\n[prod]\ntag = 2\n"
    "[small]\ndirg_services = ../small.yml\n",
    "shop/s.yml": "{% import 'lib/macros.yml' as m %}\n{}\n---\n{% include 'lib/web.yml' %}\n"
    "db: {image: '{{ m.image('db') }}', env_file: db.env, path: ./db}\n",
    "shop/lib/macros.yml": "{% macro image(name) %}{{ name }}:1{% endmacro %}",
    "shop/lib/web.yml": "{% from 'macros.yml' import image %}\n"
    "web: {image: '{{ image('web') }}', user: '{{tag}}', volume_bindings: ['./a:/a']}\n"
    "{% include 'more/x.yml' %}\n",
    "shop/lib/more/x.yml": "app: {image: i, mount: {type: bind, src: ../b, dst: /b}}\n",
    "small.yml": "{}\n---\none: {image: i, label_file: l, build: {context: c, dockerfile: D}}\n",
}
COMMANDS = [
    "docker run -d --name web --hostname web -v CWD/shop/a:/a --user 1 --label LABEL web:1",
    "docker run -d --name app --hostname app --mount type=bind,src=CWD/b,dst=/b --label LABEL i",
    "docker run -d --name db --hostname db --env-file CWD/shop/db.env --label LABEL db:1",
]


def commands(*words: str) -> list[str]:
    printed = dirg("-n", *words).commands.replace("dirg.definition=DIGEST", "LABEL")
    return printed.replace(str(Path.cwd()), "CWD").splitlines()


def test_what_paths_are_relative_to() -> None:
    write(FILES)
    assert commands("run", "-c", "conf/dirg.cfg") == COMMANDS
    assert commands("build", "-c", "conf/dirg.cfg", "db") == ["docker build -t db:1 CWD/shop/db"]


def test_paths_from_within_the_folder_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILES)
    top = str(Path.cwd())
    monkeypatch.chdir("conf")
    found = [line.replace(top, "CWD") for line in commands("run")]
    assert found == COMMANDS


def test_profiles() -> None:
    write(FILES)
    (line,) = commands("run", "-c", "conf/dirg.cfg", "--profile", "prod", "web")
    assert line == COMMANDS[0].replace("--user 1", "--user 2")
    assert commands("build", "-c", "conf/dirg.cfg", "--profile", "small") == [
        "docker build -t i -f CWD/c/D CWD/c"
    ]


@pytest.mark.parametrize("file", ["shop/s.yml", "shop/lib/web.yml", "shop/lib/more/x.yml"])
def test_mistakes_in_each_of_these_files(file: str) -> None:
    write({**FILES, file: FILES[file].replace("{image: ", "{imag: x, image: ")})
    answer = dirg("check", "-c", "conf/dirg.cfg")
    (said,) = answer.error.splitlines()
    assert said.startswith(f"{file}:")
    assert said.endswith(": imag is not a property; did you mean image?")
    assert answer.status == 2


def test_a_file_that_one_profile_alone_includes() -> None:
    write({**FILES, "shop/s.yml": "{}\n---\n{% if tag == '2' %}{% include 'a.yml' %}{% endif %}"})
    assert dirg("check", "-c", "conf/dirg.cfg").status == 0
    answer = dirg("check", "-c", "conf/dirg.cfg", "--profile", "prod")
    assert answer.error.startswith("shop/s.yml:3:1: no such file: ")
    assert answer.status == 2
