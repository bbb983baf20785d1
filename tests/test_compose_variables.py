"""Variables of Compose files: interpolation, files of variables, secrets."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import yaml

from dirg.errors import DescriptionError, UsageError
from dirg.files import rendered as render
from dirg.imports.compose import read
from dirg.imports.compose.dotenv import entries
from dirg.imports.described import Imported, variable, written
from tests.composed import FILE, built, docker, files, found, notes, refused, service

BEGIN = "--name web --hostname web --network shop_default"


def value(text: str, dotenv: str = "", **environ: str) -> object:
    """What a variable of a container is that a Compose file writes so."""
    if dotenv:
        Path(".env").write_text(dotenv)
    imported = found(service(f"environment:\n  A: {text}"))
    return again(imported, **environ)["web"]["env"]["A"]


def again(imported: Imported, **environ: str) -> dict[str, dict[str, dict[str, object]]]:
    """The containers of a description, read once more."""
    Path("found.yml").write_text(written(imported, "-"))
    text = render("found.yml", {}, environ).text
    containers: dict[str, dict[str, dict[str, object]]] = list(yaml.safe_load_all(text))[1]
    return containers


# What it is where X is unset, empty, and x.
FORMS = [
    ("$X", "", "", "x"),
    ("a$X-b", "a-b", "a-b", "ax-b"),
    ("${X}", "", "", "x"),
    ("${X:-d}", "d", "d", "x"),
    ("${X-d}", "d", "", "x"),
    ("${X:-}", "", "", "x"),
    ("${X:+d}", "", "", "d"),
    ("${X+d}", "", "d", "d"),
    ("${X:-a${Y:-b}c}", "abc", "abc", "x"),
    ("${X:-${Y-${Z:-deep}}}", "deep", "deep", "x"),
    ("${X:+${Y:+no}${Y+no}${Y-yes}}", "", "", "yes"),
    ("${X:+${Y:+no}}", "", "", ""),
    ("${X-${Y+no}}z", "z", "z", "xz"),
    ("${X:+<$X>}", "", "", "<x>"),
    ("'${X:-{\"a\": 1}}'", '{"a": 1}', '{"a": 1}', "x"),
    ("$$X $${X} $1 $", "$X ${X} $1 $", "$X ${X} $1 $", "$X ${X} $1 $"),
    ("'{{no}} ${X:-{{7}}} {%'", "{{no}} {{7}} {%", "{{no}} {{7}} {%", "{{no}} x {%"),
    ('"${X:-its \\"q\\" \\\\n}"', 'its "q" \\n', 'its "q" \\n', "x"),
]


@pytest.mark.parametrize(("text", "unset", "empty", "filled"), FORMS)
def test_interpolation(text: str, unset: str, empty: str, filled: str) -> None:
    assert [value(text), value(text, X=""), value(text, X="x")] == [unset, empty, filled]


def test_any_value_comes_through() -> None:
    odd = 'it\'s "a": {b} #c \\ {{d}}\n é'
    assert value("a${X}b", X=odd) == f"a{odd}b"
    assert value("${X:-d}", X=odd) == odd


@pytest.mark.parametrize("text", ["${X:?}", "${X?}", "${X:?why not}"])
def test_what_has_to_be_set(text: str) -> None:
    assert value(text, X="x") == "x"
    with pytest.raises(DescriptionError, match="environment variable X is not set; set it"):
        docker(found(service(f"environment: ['A={text}']")))


def test_why_it_has_to_be_set_is_noted() -> None:
    imported = found(service("environment: ['A=${X:?because of ${Y:-z}}']"))
    assert notes(imported) == ["5: X has to be set: because of z"]


# What .env says of X, and what it is where the shell has none, and x.
DEFAULTS = [
    ("$X", "X=f", "f", "x"),
    ("${X:-d}", "X=f", "f", "x"),
    ("${X-d}", "X=f", "f", "x"),
    ("${X:-d}", "X=", "d", "x"),
    ("${X-d}", "X=", "", "x"),
    ("${X:?e}", "X=f", "f", "x"),
    ("${X?e}", "X=", "", "x"),
    ("${X:+d}", "X=f", "d", "d"),
    ("${X+d}", "X=", "d", "d"),
    ("${X:+d}", "X=", "", "d"),
    ("", "A=f", "f", "f"),
]


@pytest.mark.parametrize(("text", "dotenv", "unset", "filled"), DEFAULTS)
def test_a_file_of_variables_gives_defaults(
    text: str, dotenv: str, unset: str, filled: str
) -> None:
    assert [value(text, dotenv), value(text, dotenv, X="x")] == [unset, filled]


def test_expressions_are_as_people_write_them() -> None:
    Path(".env").write_text("TAG=1.10\n")
    imported = found(service("ports: ['${PORT:-8080}:80']").replace("nginx", "web:${TAG}"))
    assert written(imported, "T").splitlines()[3:] == [
        "web:",
        "    image: \"web:{{env['TAG'] or '1.10'}}\"",
        "    net: shop_default",
        "    port_bindings:",
        "        80: {{env['PORT'] or '8080'}}",
        "---",
        "networks:",
        "    shop_default: {}",
    ]


def test_another_file_of_variables() -> None:
    files({".env": "X=1", "other.env": "Y=2"})
    FILE.write_text("services: {web: {image: 'i:${X:-no}${Y}'}}")
    imported = read(FILE, [Path("other.env")], relative_to=Path())
    assert docker(imported)["web"].endswith(" i:no2")


ENV_FILE = """\
# a comment
A=plain # comment
export B = spaced value \n
C='single $X \\n'
D="double ${X:-x}\\n\\"q\\" \\$Y $A"
E=url#not
F=
G
H: yaml
I="two
lines"
J='it\\'s'
"""


def test_files_of_variables_are_read_as_compose_reads_them() -> None:
    files({"a.env": ENV_FILE})
    containers = again(found(service("env_file: a.env\nenvironment: {F: over}")), G="g")
    assert containers["web"]["env"] == {
        "A": "plain",
        "B": "spaced value",
        "C": "single $X \\n",
        "D": 'double x\n"q" $Y plain',
        "E": "url#not",
        "F": "over",
        "G": None,
        "H": "yaml",
        "I": "two\nlines",
        "J": "it's",
    }


FILES: list[tuple[str, dict[str, object]]] = [
    ("env_file: [a.env, b.env]", {"A": "2", "B": "'3'"}),
    ("env_file:\n  - b.env\n  - {path: a.env}", {"A": "1", "B": "'3'"}),
    ("env_file: [{path: raw.env, format: raw}]", {"Q": "'$X' # no"}),
    ("environment: [A=1, B]", {"A": "1", "B": None}),
    ("environment: {A: 1.10, B: , C: true, D: ''}", {"A": "1.10", "B": None, "C": "true", "D": ""}),
]


@pytest.mark.parametrize(("lines", "expected"), FILES)
def test_variables(lines: str, expected: dict[str, object]) -> None:
    files({"a.env": "A=1", "b.env": "A=2\nB=\"'3'\"", "raw.env": "Q='$X' # no\n"})
    found_env = found(service(lines)).containers["web"]["env"]
    assert found_env == expected


def test_a_file_that_need_not_be_there() -> None:
    imported = found(service("env_file: [{path: none.env, required: false}]"))
    assert (docker(imported)["web"], notes(imported)) == (
        f"{BEGIN} nginx",
        ["5: services.web.env_file: none.env: is not there; left out"],
    )


WRONG = [
    ("A='x", "a.env:1:1: services.web.environment: a quote that is not closed; close it"),
    ("A=1\n=2", "a.env:2:1: services.web.environment: no variable; write NAME=VALUE"),
    (
        "A=1\n\nB=${",
        "a.env:3:1: services.web.environment: "
        "${ begins no variable; write ${NAME}, or $${ for the signs themselves",
    ),
]


@pytest.mark.parametrize(("content", "said"), WRONG)
def test_wrong_files_of_variables(content: str, said: str) -> None:
    files({"a.env": content})
    assert said == refused(service("env_file: a.env"))


def test_label_files() -> None:
    files({"a.labels": "A='1'\nB=2\n"})
    imported = found(service("labels: {B: 3}\nlabel_file: a.labels"))
    assert docker(imported)["web"] == f"{BEGIN} --label A=1 --label B=3 nginx"


def test_secrets_are_taken_from_the_shell() -> None:
    Path(".env").write_text("DB_PASSWORD=of .env\nUSER=me\nURL=postgres://me:pw@db\n")
    text = service(
        "environment:\n"
        "  DB_PASSWORD:\n"
        "  API_TOKEN: literal\n"
        "  ADDRESS: pg://${USER}:${DB_PASSWORD}@db\n"
        "  OTHER: ${URL}\n"
        "  KEY_SECRET: ${SALT:-salt}\n"
        "  SECRET_FILE: /run/secrets/x",
        "  db: {image: pg, environment: {API_TOKEN: another, DB_PASSWORD: '${DB_PASSWORD}'}}\n",
    )
    imported = found(text)
    assert imported.secrets == {
        "DB_PASSWORD": "of .env",
        "URL": "postgres://me:pw@db",
        "SALT": "salt",
        "API_TOKEN": "literal",
        "DB_API_TOKEN": "another",
    }
    shown = written(imported, "T")
    assert not [secret for secret in imported.secrets.values() if secret in shown]
    secrets = {name: f"<{name}>" for name in imported.secrets}
    assert {name: each.get("secret_env") for name, each in again(imported, **secrets).items()} == {
        "web": {
            "DB_PASSWORD": "<DB_PASSWORD>",
            "API_TOKEN": "<API_TOKEN>",
            "ADDRESS": "pg://me:<DB_PASSWORD>@db",
            "OTHER": "<URL>",
            "KEY_SECRET": "<SALT>",
        },
        "db": {"API_TOKEN": "<DB_API_TOKEN>", "DB_PASSWORD": "<DB_PASSWORD>"},
    }
    assert imported.containers["web"]["env"] == {"SECRET_FILE": "/run/secrets/x"}
    assert notes(imported) == [
        f"{line}: {name} looks like a secret; set the variable {name} to its value"
        for line, name in [
            (8, "DB_PASSWORD"), (9, "URL"), (10, "SALT"), (7, "API_TOKEN"), (12, "DB_API_TOKEN"),
        ]
    ]  # fmt: skip


def test_a_secret_has_to_be_set() -> None:
    imported = found(service("environment: [PASSWORD=x]"))
    with pytest.raises(DescriptionError, match="environment variable PASSWORD is not set"):
        docker(imported)
    assert docker(imported, {"PASSWORD": "y"})["web"] == f"{BEGIN} -e PASSWORD nginx"


def test_what_the_docker_cli_goes_by_is_no_secret_variable() -> None:
    imported = found(service("environment: [DOCKER_TOKEN=x, 'HTTPS_PROXY=http://u:pw@h']"))
    assert imported.secrets == {}
    assert docker(imported)["web"] == (
        f"{BEGIN} -e DOCKER_TOKEN=x -e HTTPS_PROXY=http://u:pw@h nginx"
    )
    assert notes(imported) == [
        f"5: services.web.environment.{name} stays in the open, since docker itself goes by such a "
        "variable"
        for name in ("DOCKER_TOKEN", "HTTPS_PROXY")
    ]


def test_a_secret_with_two_defaults_is_two() -> None:
    imported = found(service("labels: ['A=${PASSWORD:-a}', 'B=${PASSWORD:-b}']"))
    assert imported.secrets == {"PASSWORD": "a", "PASSWORD_2": "b"}


def test_no_message_tells_a_secret() -> None:
    Path(".env").write_text("TOKEN=hunter22\n")
    assert refused(service("tty: ${TOKEN}\nstop_grace_period: ${PASSWORD:-hunter23}s")) == (
        "compose.yml:5:10: services.web.tty: takes true or false, not '********'; "
        "write one of them\n"
        "compose.yml:6:24: services.web.stop_grace_period: '********s' is no time; "
        "write one such as 1m30s"
    )
    assert notes(found(service("expose: ['${TOKEN}']"))) == [
        "5: TOKEN looks like a secret; set the variable TOKEN to its value",
        "5: '********' is taken as it is now, whatever its variables hold later",
    ]


def test_what_the_shell_has_is_not_written_down() -> None:
    imported = found(service("environment: [PASSWORD]"), {"PASSWORD": "of the shell"})
    assert (imported.secrets, imported.containers["web"]["secret_env"]) == ({}, {"PASSWORD": None})


def test_what_has_to_be_known_is_told() -> None:
    imported = found(service("ports: ['80:${P:-81}']\ntty: ${T:-true}"), {"P": "82"})
    assert docker(imported)["web"] == f"{BEGIN} -p 80:82 --tty nginx"
    assert refused(service("ports: ['80:${P:?}']")) == (
        "compose.yml:5:13: services.web.ports: has a variable that is not set; "
        "set it, or write it into .env"
    )


def test_arguments_of_a_build() -> None:
    Path(".env").write_text("A=f\n")
    imported = found(service("build: {context: ., args: {A: , B: }}"))
    assert built(imported) == "build -t nginx --build-arg A=f --build-arg B /srv"


def test_entries_know_their_lines() -> None:
    files({"a.env": "A=1\n\n# c\nB='2\n3'\nC=4\n"})
    assert [(each.name, each.place.line) for each in entries(Path("a.env"))] == [
        ("A", 1),
        ("B", 4),
        ("C", 6),
    ]


def test_secrets_of_build_arguments_are_in_no_argument() -> None:
    Path(".env").write_text("NPM_TOKEN=of-the-file\n")
    imported = found(
        "services: {web: {build: {context: ., args: [NPM_TOKEN, A=1]}}, "
        "more: {build: {context: ., args: {NPM_TOKEN: literal}}}}"
    )
    own = variable("MORE_NPM_TOKEN")
    assert {name: its["build"]["build_arg"] for name, its in imported.containers.items()} == {
        "web": {"NPM_TOKEN": None, "A": "1"},
        "more": {"NPM_TOKEN": own},
    }
    assert imported.secrets == {"NPM_TOKEN": "of-the-file", "MORE_NPM_TOKEN": "literal"}
    assert "2: services.web.build.args.NPM_TOKEN: docker keeps it in the image" in notes(imported)


def test_a_literal_takes_no_variable_that_others_read() -> None:
    imported = found(
        "services:\n"
        "  one: {image: i, environment: {DB_PASSWORD: literal}}\n"
        "  two: {image: i, environment: {DB_PASSWORD: '${DB_PASSWORD:?}'}}\n",
        {"DB_PASSWORD": "of the shell"},
    )
    assert imported.secrets == {"ONE_DB_PASSWORD": "literal"}


def test_a_secret_is_one_word_whatever_it_holds() -> None:
    Path(".env").write_text("""PASSWORD="it's; touch /x #"\n""")
    imported = found(service("healthcheck: {test: [CMD, ping, -p, '${PASSWORD}']}"))
    line = docker(imported, imported.secrets)["web"]
    flags = shlex.split(line)
    test = flags[flags.index("--health-cmd") + 1]
    assert shlex.split(test) == ["ping", "-p", "it's; touch /x #"]


def test_numbers_of_yaml_are_told() -> None:
    lines = "{U: 022, V: '022', F: 1.10, G: 1.5, H: 0x1F, I: 10, J: 1e3, K: 1_000, L: -0.50, M: 0}"
    imported = found(service(f"environment: {lines}"))
    assert [note.split(": ")[1].rpartition(".")[2] for note in notes(imported)] == [*"UFHJKL"]
    assert notes(imported)[0] == (
        "5: services.web.environment.U: 022 is taken as it is written; Compose takes a number, and "
        "writes it in its own way"
    )
    assert imported.containers["web"]["env"]["U"] == "022"


def test_a_file_without_end() -> None:
    with pytest.raises(UsageError, match=r"^/dev/zero: is too long for such a file"):
        read(Path("/dev/zero"))


def test_a_secret_in_a_command_is_neither_split_nor_told() -> None:
    Path(".env").write_text("""PASSWORD="it's hidden22"\n""")
    imported = found(service("command: serve --password ${PASSWORD}"))
    assert imported.containers["web"]["command"] == ["serve", "--password", variable("PASSWORD")]
    line = docker(imported, imported.secrets)["web"]
    assert shlex.split(line)[-3:] == ["serve", "--password", "it's hidden22"]
