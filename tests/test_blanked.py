"""Values of secrets, in all ways that YAML has to write them, in what show --rendered prints."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dirg.blanked import without_secrets
from tests.helpers import describe, dirg

WRITTEN = [
    ("{A: hidden}", "{A: ********}"),
    ("{A: 'hidden'}", "{A: ********}"),
    (r'{A: "hid\x64en"}', "{A: ********}"),
    ("{A: 'hid''den', B: plain}", "{A: ********, B: ********}"),
    ("[A=hidden, B]", "[A=********, B]"),
    ("['A=hidden', \"B=hid\\x64en\"]", "[********, ********]"),
    ("A=hidden", "A=********"),
    ("{A: , B: ~, C: null}", "{A: , B: ~, C: null}"),
    ("{A: {command: [pass, show, db]}}", "{A: {command: [pass, show, db]}}"),
    ("{A: {file: ./f}}", "{A: {file: ./f}}"),
    ("{A: [hidden]}", "{A: [hidden]}"),
    ("{A=hidden: x}", "{A=********: ********}"),
    ("&x {A: hidden} # hidden", "&x {A: ********} # ********"),
    ("{A: e, B: other}", "{A: ********, B: ********}"),
    (
        "\n    A: |\n      hidden\n      more\n\n    B: hid\n      den",
        "\n    A: ********\n\n    B: ********",
    ),
]


@pytest.mark.parametrize(("written", "expected"), WRITTEN)
@pytest.mark.parametrize("key", ["secret_env", "secret-env", '"secret_env"'])
def test_the_value_is_masked(written: str, expected: str, key: str) -> None:
    text = "all:\n---\nii:\n  {}: {}\n  cmd: y\n"
    assert without_secrets(text.format(key, written)) == text.format(key, expected)


def test_an_alias_and_what_is_merged() -> None:
    text = "x: &s {A: hidden}\n---\nii: &m\n  secret_env: {B: other}\njj:\n  <<: *m\n"
    assert without_secrets(text).count("********") == 1
    text = "---\n---\nii:\n  env: &s {A: hidden}\n  secret_env: *s\n"
    assert without_secrets(text) == "---\n---\nii:\n  env: &s {A: ********}\n  secret_env: *s\n"


def test_an_anchor_that_is_used_twice() -> None:
    text = "a: &x 1\n---\nii: {image: &x b, secret_env: {A: &x hidden, B: *x}, l: [*x]}\n"
    masked = text.replace("&x hidden", "********")
    assert without_secrets(text) == masked


@given(
    st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), min_size=1),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.booleans(),
)
def test_nothing_is_left_in_any_style(values: list[str], style: str | None, flow: bool) -> None:
    # Something that can be told from all else.
    secret = {f"K{number}": f"Sentinel {each}\nSentinel" for number, each in enumerate(values)}
    tree = {"web": {"secret_env": secret, "image": "i"}}
    text = yaml.safe_dump(tree, default_style=style, default_flow_style=flow, width=20)
    shown = without_secrets(f"---\n---\n{text}")
    assert "Sentinel" not in shown
    (found,) = [each for each in yaml.safe_load_all(shown.replace("********", "XX")) if each]
    assert {*found["web"]["secret_env"].values()} == {"XX"}
    assert {*found["web"]["secret_env"]} == {*secret}


def test_a_short_one_tells_nothing_of_a_long_one() -> None:
    text = "---\n---\nii: {{secret_env: {{A: {0}, B: {1}}}, command: {1} {0} there}}\n"
    masked = text.format("********", "********").replace("there", "t********")
    assert without_secrets(text.format("e", "here")) == masked


def test_a_text_without_secrets_is_left_as_it_is() -> None:
    text = "a: [b]\n---\nbb: {image: i}   # as written\n"
    assert without_secrets(text) == text


def test_show() -> None:
    describe("---\n---\nweb:\n  image: i\n  secret_env:\n    KEY: |\n      one\n      two\n")
    shown = dirg("show", "--rendered")
    assert (shown.status, shown.output) == (
        0,
        "---\n---\nweb:\n  image: i\n  secret_env:\n    KEY: ********\n",
    )
