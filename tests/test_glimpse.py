"""What is seen at a glance is what a whole reading finds, or nothing is seen at a glance."""

from __future__ import annotations

from configparser import ConfigParser, Error

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.errors import DescriptionError
from dirg.glimpse import names, sections
from tests.helpers import parsed
from tests.test_anything import bounded

LINES = st.sampled_from(
    [
        "---", "--- # more", "---x", "...", "", "  ", "# it's", "  # {", "{}", "{ }", "{#x#}",
        "{# x", "x #}", "{% set a = 'b' %}", "{%- set a = 'b' -%}", "{% set a %}", "{% endset %}",
        "{% set a = 'b' -%}", "{#- x -#}",
        "{% if a %}", "{% endif %}", "{% raw %}", "{% endraw %}", "a: [b, c]", "a: [b", "c]",
        "c: d]", "a: {{a}}", "c: b", "c: b d", "c:d", "c:", "- b", "- b: {}", "-", "  - b", "  b",
        "  'b", "b: c'", "b: {image: i}", "b: {image: '{{a}}'}", "b: {image: i}  # web",
        "b: &b {image: i}", "c: *b", "<<: *b", "  image: i", "  image: {{a}}", "  command: |",
        "    b: {}", "  command: >-", "  'image': i", "  image: \"i", "b: c\"", "'c': {image: i}",
        "{{a}}: {image: i}", "c : {image: i}", "networks:", "  front: {}", "? c", ": {image: i}",
        "-b: {image: i}", "b", "\tb: {}", "1.5: {image: i}", "on: {image: i}", "c: {image: i} d",
        "%YAML 1.1", "\ufeffb: {image: i}", "c: {", "image: i}", "c:\u00a0{image: i}",
        "  env: {A: '#'}", "c: # {image: i}", "c: #[",
    ]
)  # fmt: skip
DOCUMENT = st.lists(LINES, max_size=5)
SIMPLE = st.sampled_from(["{}", "a: [b]", "a: b", "a:\n  - b\n", "b: {image: i}", "b:\n  image: i"])


@bounded
@given(st.lists(st.one_of(DOCUMENT, SIMPLE.map(str.splitlines)), min_size=1, max_size=3))
def test_a_glance_sees_what_there_is(documents: list[list[str]]) -> None:
    text = "\n---\n".join("\n".join(lines) for lines in documents)
    seen = names(text)
    if seen is None:
        return
    try:
        whole = parsed(text)
    except DescriptionError:
        return
    if not whole.mistakes:
        assert {*seen} == {*whole.services, *whole.containers}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all: [web]\n---\nweb: {image: i}\n", ["all", "web"]),
        ("\n---\nall: web\n\n---\nweb:\n    image: i\n# it's\n", ["all", "web"]),
        ("{}\n--- # containers\nweb.1:  # the first\n  image: {{tag}}\n", ["web.1"]),
        ("---\n---\nweb: {image: i}\n---\nnetworks:\n  front: {}\n", ["web"]),
        ("{% set t = 'i' %}\n{# a #}\nall:\n- web\n---\nweb: {image: i}", ["all", "web"]),
    ],
)
def test_what_a_glance_sees(text: str, expected: list[str] | None) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all: [web]\n",
        "{}\n---\n{}\n---\n{}\n---\n{}\n",
        "{}\n---\n{% for n in range(3) %}\nweb{{n}}: {image: i}\n{% endfor %}\n",
        "{}\n---\nweb{{n}}: {image: i}\n",
        "{}\n---\nweb:\n{#- no -#}\n  image: i\n",
        "{}\n---\nweb: {{n}}\n",
        "{}\n---\nweb: {image: i,\nother: j}\n",
        "{}\n---\nweb:\n  command: 'a\ndb: b'\n",
        "{}\n---\n  web: {image: i}\n",
        "{}\n---\n{web: {image: i}}\n",
        "{}\n---\n'web': {image: i}\n",
        "{}\n---\nweb: &web {image: i}\ndb: *web\n",
        '{}\n---\nweb:\n  image: "a\\"\ndb: # \\" b"\n',
        "{}\n---\nweb: {image: i} # a\u2028db: {image: i}\n",
        "{}\n---\nweb: {image: i} # a\x85db: {image: i}\n",
        "{}\n---#\nweb: {image: i}\n",
    ],
)
def test_what_takes_a_whole_reading(text: str) -> None:
    assert names(text) is None


CONFIGURED = st.sampled_from(
    [
        "", "  ", "\t", "\u00a0", "\x1c", "# a = b", "; a = b", "  # a", "[DEFAULT]", "[DEFAULT] ",
        "[a]", "[a] # x", "[a]]", "[[a]", "[]", "[ a ]", "[", "]", " [a]", "[a", "[a]:b", "[a] = b",
        "a = b", "a=b", "a: b", "A : c", "a = b = c", "a: b = c", "a = b: c", "a =", "a:", "a",
        "= b", ": b", "  b", "\tb = c", "a = b # c", "a = ; b", "a b = c", "a.b-c_d = e", "-a = b",
        "1 = 2", "a = %(a)s", "a = %", "a = '[b]'", "a = \u00a0b\u00a0", "\u00e4 = b", "rem a",
        "a\t=\tb",
        "a = b\x0cc", "a\x0c= b", "dirg_services = x.yml", "\ufeff[a]",
    ]
)  # fmt: skip


@bounded
@given(st.lists(CONFIGURED, max_size=8), st.booleans())
def test_a_glance_sees_what_configparser_reads(lines: list[str], begun: bool) -> None:
    text = "\n".join(["[DEFAULT]", *lines] if begun else lines)
    seen = sections(text)
    if seen is None:
        return
    parser = ConfigParser(strict=False, interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except Error:
        pytest.fail(f"{text!r} is wrong")
    assert [*seen.items()] == [(name, dict(parser[name])) for name in parser.sections()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("[DEFAULT]\ndirg_services = a.yml\n", {"DEFAULT": {"dirg_services": "a.yml"}}),
        ("# x\n\n[a]\nb: c = d \n[e]\n[a]\nb=\n", {"a": {"b": ""}, "e": {}}),
    ],
)
def test_sections_at_a_glance(text: str, expected: dict[str, dict[str, str]]) -> None:
    assert sections(text) == expected


@pytest.mark.parametrize(
    "text", ["a = b", "[a]\nb = c\n  d\n", "[a]\nb\n", "[a]\n[b]]\n", "[a]\nb c = d\n", "[]\n"]
)
def test_sections_not_at_a_glance(text: str) -> None:
    assert sections(text) is None
