"""Descriptions as imports write them: read again, they say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dirg.errors import DescriptionError
from dirg.files import rendered as render
from dirg.imports.described import Code, Imported, Template, variable, written

FOUND = Imported(
    containers={
        "web": {
            "image": "shop:1.10",
            "init": True,
            "secret_env": {"PW": variable("PW")},
            "log_opt": {"tag": "{{.Name}}"},
            "port_bindings": {
                "80": Template((Code("env['PORT'] or '8080'"),)),
                "81": None,
            },
            "net": Template(("back", Code("env['STAGE'] or '1'"))),
        }
    },
    services={"all": ["web"]},
    networks={"back1": {"driver": "bridge"}, "other": {}},
    notes=["web: {{nothing}} of it", "one\nline"],
)


def documents(text: str, **environ: str) -> list[object]:
    Path("found.yml").write_text(text)
    rendered = render("found.yml", {}, environ).text
    return [*yaml.safe_load_all(rendered)]


def test_a_description_is_written_as_people_write_them() -> None:
    assert written(FOUND, "From here.") == (
        "# From here.\n# web: {{ '{{' }}nothing}} of it\n# one line\n"
        "all: [web]\n"
        "---\n"
        "web:\n"
        "    image: shop:1.10\n"
        "    init: true\n"
        "    secret_env:\n"
        "        PW: {{env['PW']|tojson}}\n"
        "    log_opt:\n"
        "        tag: '{{ '{{' }}.Name}}'\n"
        "    port_bindings:\n"
        "        80: {{env['PORT'] or '8080'}}\n"
        "        81: null\n"
        "    net: \"back{{env['STAGE'] or '1'}}\"\n"
        "---\n"
        "networks:\n"
        "    back1:\n"
        "        driver: bridge\n"
        "    other: {}\n"
    )


def test_expressions_are_the_template_s_and_nothing_else_is() -> None:
    secret = 'it\'s "a" \\ <b>\n é: {{no}}'
    services, containers, resources = documents(written(FOUND, "-"), PW=secret, STAGE="2")
    assert services == {"all": ["web"]}
    assert resources == {"networks": {"back1": {"driver": "bridge"}, "other": {}}}
    assert containers == {
        "web": {
            "image": "shop:1.10",
            "init": True,
            "secret_env": {"PW": secret},
            "log_opt": {"tag": "{{.Name}}"},
            "port_bindings": {80: 8080, 81: None},
            "net": "back2",
        }
    }


def test_a_variable_has_to_be_set() -> None:
    with pytest.raises(DescriptionError, match="environment variable PW is not set; set it"):
        documents(written(FOUND, "-"))


def test_nothing_found_is_a_description_too() -> None:
    assert documents(written(Imported(), "-")) == [{}, {}]


_texts = st.text(
    st.sampled_from("{}%#-'\" \n:a~0é") | st.characters(exclude_categories=["Cs", "Cc"])
)


@given(
    value=_texts.filter(lambda text: not text.isdigit()),
    key=_texts.filter(lambda key: key.strip() and not key.isdigit()),
)
def test_any_text_comes_back(value: str, key: str) -> None:
    found = Imported({"web": {"image": "i", "env": {key: value}, "command": [value]}})
    _, containers = documents(written(found, key))
    assert containers == {"web": {"image": "i", "env": {key: value}, "command": [value]}}


def test_numbers_and_short_lists_are_plain() -> None:
    found = Imported(
        {"web": {"user": "1000", "cpus": "1.0", "a": "012", "b": "on", "c": "", "d": ["x"] * 3}}
    )
    found.containers["web"] |= {"long": ["x" * 50, "y" * 50], "many": ["a\nb"], "none": []}
    assert written(found, "-").splitlines()[3:] == [
        "web:",
        "    user: 1000",
        "    cpus: '1.0'",
        "    a: '012'",
        "    b: 'on'",
        "    c: ''",
        "    d: [x, x, x]",
        "    long:",
        f"        - {'x' * 50}",
        f"        - {'y' * 50}",
        "    many:",
        "        - 'a",
        "",
        "            b'",
        "    none: []",
    ]
