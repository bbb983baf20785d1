"""Whatever is written, dirg gives docker just that, or says what is wrong with it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dirg import arguments, masked, options
from dirg.command import Command
from dirg.errors import DescriptionError
from dirg.host import Host
from dirg.options import Form
from tests.helpers import SERVICES, describe, dirg, parsed

if TYPE_CHECKING:
    from dirg.definitions import Container

# The same examples each time, unless somebody has time for many.
bounded = settings(derandomize=settings.get_current_profile_name() != "thorough")

ODD = [
    "", " ", "-", "-x", "--rm", "#", "a #b", ":", "a: b", "{}", "[]", "{", "]", ",", "'", '"', "\\",
    "\n", "a\nb", "\ta", " a", "a ", "a\n\n", "\n a", "&a", "*a", "!a", "!!str", "|", ">", "%a",
    "@", "`", "?", "---", "...", "~", "null", "on", "no", "0123", "1e3", "1.10", "22:22",
    "2026-11-22", ".inf", "<<", "=", "a=b", "\x85", "\u2028", "\ufeff", "\r\n", "é", "🐳", "\x7f",
    "$HOME",
    "{{ a }}", "{% if %}", "{#",
]  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.text(st.sampled_from("ab:-#{}[]'\"\n \\,&*!|>%@`=/."), max_size=8),
)
KEY = st.one_of(st.sampled_from(["a", "K", "/p"]), TEXT)
LIST = st.lists(TEXT, max_size=3)
MAP = st.dictionaries(KEY, st.one_of(TEXT, st.none()), max_size=3)
PORT = st.one_of(
    st.integers(1, 65535).map(str), st.sampled_from(["53/udp", "70-80", "80/tcp"]), TEXT
)
OWN: dict[str, st.SearchStrategy[Any]] = {
    "image": st.one_of(st.sampled_from(["i", "a/b:1.10"]), TEXT),
    "net": TEXT,
    "env": st.one_of(MAP, LIST, TEXT),
    "secret_env": st.dictionaries(KEY, st.none(), max_size=2),
    "volumes": st.one_of(LIST, TEXT),
    "volume_bindings": st.one_of(
        st.dictionaries(KEY, st.one_of(TEXT, st.fixed_dictionaries({"bind": TEXT})), max_size=2),
        LIST,
    ),
    "ports": st.one_of(PORT, st.lists(PORT, max_size=2)),
    "port_bindings": st.dictionaries(PORT, st.one_of(PORT, st.none(), st.lists(PORT)), max_size=2),
    "links": st.one_of(MAP, LIST),
    "command": st.one_of(TEXT, LIST),
    "path": TEXT,
    "build": st.one_of(TEXT, st.fixed_dictionaries({"context": TEXT, "label": MAP})),
    "depends_on": st.one_of(LIST, TEXT),
}
FORMS = {
    Form.VALUE: TEXT,
    Form.SWITCH: st.sampled_from(["true", "off", "1"]),
    Form.EACH: st.one_of(LIST, TEXT),
    Form.PAIRS: st.one_of(MAP, LIST),
}


@st.composite
def containers(draw: st.DrawFn) -> dict[str, Any]:
    """The properties of a container, few at a time, so that most are free of mistakes."""
    names = st.one_of(st.sampled_from([*OWN]), st.sampled_from([*options.RUN]))
    found: dict[str, Any] = {"image": "i"}
    for name in draw(st.lists(names, min_size=1, max_size=3)):
        found[name] = draw(OWN[name] if name in OWN else FORMS[options.RUN[name].form])
    return found


def written(properties: dict[str, Any]) -> str:
    """A container in YAML that leaves no doubt of its text."""
    return yaml.safe_dump({"web": properties}, default_style='"', sort_keys=False)


def read(text: str) -> Container:
    """The container of a text, which is taken as it is: the template changes nothing."""
    found = parsed(f"{{}}\n---\n{{% raw %}}{text}{{% endraw %}}\n")
    assume(not found.mistakes)
    return found.containers["web"]


def made_of(container: Container) -> tuple[object, ...] | list[str]:
    """What docker is given for a container, or what is wrong with it."""
    try:
        found = arguments.define(container, "/srv")
    except DescriptionError as error:
        return sorted(each.text for each in error.mistakes)
    return found.image, found.options, found.command, found.build, found.digest


@bounded
@given(containers())
def test_what_is_shown_can_be_fed_back(properties: dict[str, Any]) -> None:
    container = read(written(properties))
    shown = masked.definition(container)
    assert made_of(read(shown)) == made_of(container)
    assert masked.definition(read(shown)) == shown


@bounded
@given(st.dictionaries(st.sampled_from(["A", "B"]), TEXT), st.lists(TEXT, max_size=5))
def test_any_text_reaches_docker(env: dict[str, str], words: list[str]) -> None:
    assume("\0" not in "".join([*env.values(), *words]))
    properties = {"image": "i", "env": env, "command": words}
    found = arguments.define(read(written(properties)), "/srv")
    assert found.command == tuple(words)
    assert found.options[len(found.options) - 2 * len(env) :] == tuple(
        word for key, value in env.items() for word in ("-e", f"{key}={value}")
    )


@bounded
@given(
    st.lists(TEXT, max_size=5),
    st.lists(TEXT, max_size=2),
    st.dictionaries(st.sampled_from(["A", "B"]), TEXT),
)
def test_a_shell_reads_a_printed_command_as_it_is(
    words: list[str], flags: list[str], variables: dict[str, str]
) -> None:
    command = Command(Host("h", tuple(flags), tuple(variables.items())), tuple(words))
    expected = [*(f"{name}={value}" for name, value in variables.items()), *command.argv]
    assert shlex.split(str(command)) == expected


def answers(description: bytes, config: bytes | None = None) -> None:
    """Nothing but a status and messages, whatever the files hold."""
    describe("")
    Path(SERVICES).write_bytes(description)
    if config is not None:
        Path("dirg.cfg").write_bytes(config)
    answer = dirg("check")
    assert answer.status in (0, 2)
    assert (answer.status == 2) == bool(
        [line for line in answer.error.splitlines() if ": warning: " not in line]
    )
    assert "Traceback" not in answer.error


@bounded
@given(st.binary(max_size=40), st.sampled_from([b"", b"{}\n---\n", b"{}\n---\nweb: "]))
def test_any_bytes_as_a_description(written: bytes, before: bytes) -> None:
    answers(before + written)


WORDS = [
    "web", "db", "image", "ports", "links", "env", ": ", ":\n  ", ":\n    ", "\n", "\n- ", "\n  ",
    "- ", "{", "}", "[", "]", ", ", "'", '"', "&a ", "*a", "<<: *a", "<<: ", "!!set ", "!x ",
    "!!python/tuple ", "---\n", "...\n", "? ", "| ", ">\n ", "# ", "\t", "80", "i", "~", "é", "''",
    "{{ x }}", "{{ env['X'] }}", "{% for n in [1, 2] %}", "{% endfor %}", "{{", "%}", "{{ n }}",
    "%YAML 1.1\n", "\x85", "\r\n", "%", "@",
]  # fmt: skip


@bounded
@given(
    st.lists(st.sampled_from(WORDS), max_size=15).map("".join),
    st.sampled_from(
        ["", "{}\n---\n", "{}\n---\nweb: {image: i}\ndb: ", "{}\n---\nweb:\n  image: "]
    ),
)
def test_what_looks_like_yaml(written: str, before: str) -> None:
    answers((before + written).encode())


LINES = [
    "[DEFAULT]", "[a]", "[", "]", "dirg_services = dirg-services.yml", "dirg_services", "a = %(b)s",
    "b = %(a)s", "b: 1", "= x", "  more", "\t", "# c", "; c", "a = %(", "A = %(A)s", "é = ∞", "%",
    "a = {{ b }}", "[DEFAULT", "dirg_services = \0", "dirg_services = .", "dirg_services = ~nobody",
]  # fmt: skip


@bounded
@given(
    st.one_of(
        st.binary(max_size=40),
        st.lists(st.sampled_from(LINES), max_size=6).map(lambda lines: "\n".join(lines).encode()),
    ),
    st.sampled_from([b"", b"[DEFAULT]\n", b"[DEFAULT]\ndirg_services = dirg-services.yml\n"]),
)
def test_anything_as_a_configuration(written: bytes, before: bytes) -> None:
    answers(b"{}\n---\n{}\n", before + written)
