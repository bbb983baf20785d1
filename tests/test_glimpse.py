"""Names at a glance are those that a whole reading finds, or there are none at a glance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.errors import DescriptionError
from dirg.glimpse import names
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
    ],
)
def test_what_takes_a_whole_reading(text: str) -> None:
    assert names(text) is None
