"""Configuration files: where they are, how they overlay each other, and what is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dirg.errors import UsageError
from dirg.settings import Settings, config_files, load, log

SERVICES = "dirg_services = s.yml\n"


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def settings(text: str, profile: str | None = None) -> Settings:
    """The settings of a dirg.cfg with this text in [DEFAULT]."""
    write("dirg.cfg", f"[DEFAULT]\n{SERVICES}{text}")
    return load(None, profile, {})


def test_a_minimal_configuration() -> None:
    found = settings("")
    assert found.files == ("dirg.cfg",)
    assert found.services == "s.yml"
    assert found.variables == {"dirg_services": "s.yml"}


@pytest.mark.parametrize(
    ("present", "config", "env", "expected"),
    [
        (["dirg.cfg"], None, {}, ["dirg.cfg"]),
        (["dirg.cfg", "b/o.cfg"], None, {"DIRG_CFG": "b/o.cfg"}, ["dirg.cfg", "b/o.cfg"]),
        (["b/o.cfg"], None, {"DIRG_CFG": "b/o.cfg"}, ["b/o.cfg"]),
        (["dirg.cfg"], None, {"DIRG_CFG": ""}, ["dirg.cfg"]),
        (["dirg.cfg", "b/o.cfg", "c.cfg"], "c.cfg", {"DIRG_CFG": "b/o.cfg"}, ["c.cfg"]),
    ],
)
def test_which_files_count(
    present: list[str], config: str | None, env: dict[str, str], expected: list[str]
) -> None:
    for name in present:
        write(name, f"[DEFAULT]\n{SERVICES}")
    assert config_files(config, env) == tuple(expected)


def test_the_second_file_overlays_the_first() -> None:
    write("dirg.cfg", f"[DEFAULT]\n{SERVICES}one = 1\ntwo = 1\n")
    write("b/o.cfg", "[DEFAULT]\ntwo = 2\n")
    found = load(None, None, {"DIRG_CFG": "b/o.cfg"})
    assert found.variables == {"dirg_services": "s.yml", "one": "1", "two": "2"}
    assert found.services == "s.yml"


@pytest.mark.parametrize(
    ("lower", "upper", "services"),
    [
        ("dirg_services = s.yml", "", "s.yml"),
        ("dirg_services = s.yml", "dirg_services = t.yml", "b/t.yml"),
        ("", "dirg_services = t.yml", "b/t.yml"),
        ("", "DIRG_SERVICES = t.yml", "b/t.yml"),
        ("dirg_services = s.yml", "dirg_services = /srv/t.yml", "/srv/t.yml"),
    ],
)
def test_the_description_is_relative_to_the_file_that_names_it(
    lower: str, upper: str, services: str
) -> None:
    write("dirg.cfg", f"[DEFAULT]\n{lower}\n")
    write("b/o.cfg", f"[DEFAULT]\n{upper}\n")
    assert load(None, None, {"DIRG_CFG": "b/o.cfg"}).services == services


def test_a_configuration_elsewhere_names_a_description_beside_it() -> None:
    write("deep/er/dirg.cfg", f"[DEFAULT]\n{SERVICES}")
    assert load("deep/er/dirg.cfg", None, {}).services == "deep/er/s.yml"


def test_the_home_folder_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    write("dirg.cfg", "[DEFAULT]\ndirg_services = ~/s.yml\n")
    assert load(None, None, {}).services == "/home/me/s.yml"


def test_properties_are_known_as_written_and_in_lower_case() -> None:
    variables = settings("Registry_URL = x\n").variables
    assert variables == {"dirg_services": "s.yml", "Registry_URL": "x", "registry_url": "x"}


def test_a_property_overlays_another_spelling_of_itself() -> None:
    write("dirg.cfg", f"[DEFAULT]\n{SERVICES}Registry = a\n")
    write("o.cfg", "[DEFAULT]\nREGISTRY = b\n")
    variables = load(None, None, {"DIRG_CFG": "o.cfg"}).variables
    expected = dict.fromkeys(("Registry", "REGISTRY", "registry"), "b")
    assert variables == {"dirg_services": "s.yml", **expected}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("%(base)s/x", "/srv/x"),
        ("%(Up)s/x", "/SRV/x"),
        ("%(up)s/x", "/SRV/x"),
        ("%(indirect)s/x", "/srv/y/x"),
        ("100%", "100%"),
        ("100%%", "100%%"),
        ("%d %s %(base) (base)s", "%d %s %(base) (base)s"),
        ("a = b : c", "a = b : c"),
        ("", ""),
        ("grün", "grün"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_interpolation(written: str, expected: str) -> None:
    found = settings(f"base = /srv\nindirect = %(base)s/y\nUp = /SRV\nit = {written}\n")
    assert found.variables["it"] == expected


PROFILES = "stage = dev\nurl = %(stage)s.example\n[staging]\nstage = staging\n[prod]\nstage=prod\n"


@pytest.mark.parametrize(
    ("profile", "env", "url"),
    [
        (None, {}, "dev.example"),
        (None, {"DIRG_PROFILE": ""}, "dev.example"),
        (None, {"DIRG_PROFILE": "staging"}, "staging.example"),
        ("staging", {}, "staging.example"),
        ("prod", {"DIRG_PROFILE": "staging"}, "prod.example"),
    ],
)
def test_a_profile_overlays_the_defaults(
    profile: str | None, env: dict[str, str], url: str
) -> None:
    write("dirg.cfg", f"[DEFAULT]\n{SERVICES}{PROFILES}")
    assert load(None, profile, env).variables["url"] == url


def test_a_profile_of_either_file_overlays_the_defaults_of_both() -> None:
    write("dirg.cfg", f"[DEFAULT]\n{SERVICES}a = 1\nb = 1\n[p]\na = p\n")
    write("o.cfg", "[DEFAULT]\na = 2\nb = 2\n")
    variables = load(None, "p", {"DIRG_CFG": "o.cfg"}).variables
    assert (variables["a"], variables["b"]) == ("p", "2")


def test_a_profile_may_name_another_description() -> None:
    write("c/dirg.cfg", f"[DEFAULT]\n{SERVICES}[p]\ndirg_services = p.yml\n")
    assert load("c/dirg.cfg", "p", {}).services == "c/p.yml"


def test_the_last_of_two_equal_keys_counts() -> None:
    assert settings("a = 1\na = 2\n").variables["a"] == "2"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    Path("dirg.cfg").write_bytes(b"\xef\xbb\xbf[DEFAULT]\ndirg_services = s.yml\n")
    assert load(None, None, {}).services == "s.yml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\n", "dirg.cfg:1:1: no section yet; start with [DEFAULT]"),
        ("# c\n\na = 1\n", "dirg.cfg:3:1: no section yet; start with [DEFAULT]"),
        (
            "[DEFAULT]\na = 1\njunk\n",
            "dirg.cfg:3:1: neither KEY = VALUE nor [SECTION]; write one of these",
        ),
        (
            "[DEFAULT]\na = 1\n",
            "dirg.cfg: dirg_services is missing; add dirg_services = dirg-services.yml",
        ),
        (
            "[DEFAULT]\ndirg_services =\n",
            "dirg.cfg: dirg_services is missing; add dirg_services = dirg-services.yml",
        ),
        (
            f"[DEFAULT]\n{SERVICES}a = %(b)s\n",
            "dirg.cfg:3:1: a refers to %(b)s, which is not defined; define it",
        ),
        (
            f"[DEFAULT]\n{SERVICES}a = %(b)s\nb = %(a)s\n",
            "dirg.cfg:3:1: a refers to itself by %(a)s; leave that out\n"
            "dirg.cfg:4:1: b refers to itself by %(b)s; leave that out",
        ),
    ],
)
def test_mistakes_in_the_file(text: str, message: str) -> None:
    write("dirg.cfg", text)
    with pytest.raises(UsageError) as error:
        load(None, None, {})
    assert str(error.value) == message


def test_properties_that_refer_to_each_other_without_measure() -> None:
    chain = "".join(f"a{number} = %(a{number + 1})s\n" for number in range(2000))
    with pytest.raises(UsageError) as error:
        settings(f"{chain}a2000 = b\n")
    told = "dirg.cfg:3:1: a0 refers to more than 100 in a row; write it out"
    assert str(error.value).splitlines()[0] == told
    twice = "".join(f"a{number + 1} = %(a{number})s%(a{number})s\n" for number in range(60))
    with pytest.raises(UsageError) as error:
        settings(f"a0 = b\n{twice}")
    told = "dirg.cfg:24:1: a21 is longer than 1 MiB; shorten it"
    assert str(error.value).splitlines()[0] == told
    assert settings(f"a0 =\n{twice}").variables["a60"] == ""


def test_bytes_that_are_no_text() -> None:
    Path("dirg.cfg").write_bytes(b"[DEFAULT]\na = gr\xfcn\n")
    with pytest.raises(UsageError) as error:
        load(None, None, {})
    assert str(error.value) == "dirg.cfg:2:1: not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize(
    ("config", "env", "message"),
    [
        (
            None,
            {},
            "there is no dirg.cfg in this folder; create one, set DIRG_CFG or give -c FILE",
        ),
        ("x.cfg", {}, "-c names x.cfg, which is not a file"),
        (".", {}, "-c names ., which is not a file"),
        ("x" * 300, {}, f"{'x' * 300}: file name too long; have it where you may read it"),
        (None, {"DIRG_CFG": "x.cfg"}, "DIRG_CFG names x.cfg, which is not a file"),
    ],
)
def test_a_missing_file(config: str | None, env: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        config_files(config, env)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("sections", "known"), [("", "none"), ("[b]\nx = 1\n[a]\nx = 1\n", "a, b")]
)
def test_an_unknown_profile_offers_those_there_are(sections: str, known: str) -> None:
    with pytest.raises(UsageError) as error:
        settings(sections, profile="c")
    assert str(error.value) == f"dirg.cfg: there is no section [c]; sections: {known}"


@pytest.mark.parametrize(
    ("lower", "upper", "profile", "expected"),
    [
        ("", "", None, None),
        ("dirg_log = a", "", None, "a"),
        ("dirg_log = a", "dirg_log = b", None, "b/b"),
        ("dirg_log = a", "DIRG_LOG = /b", None, "/b"),
        ("dirg_log = a", "dirg_log =", None, None),
        ("dirg_log = a", "[staging]\ndirg_log = c", "staging", "b/c"),
        ("dirg_log = a", "[staging]\ndirg_log = c", None, "a"),
        ("dirg_log = a\n[staging]\ndirg_log =", "dirg_log = b", "staging", None),
        ("name = x\ndirg_log = %(name)s.log", "", None, "x.log"),
    ],
)
def test_the_log_needs_no_description(
    lower: str, upper: str, profile: str | None, expected: str | None
) -> None:
    write("dirg.cfg", f"[DEFAULT]\n{lower}\n")
    write("b/o.cfg", f"[DEFAULT]\n{upper}\n")
    found = log(None, profile, {"DIRG_CFG": "b/o.cfg"})
    assert found == expected


def test_the_log_is_looked_for_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    write("dirg.cfg", "[DEFAULT]\ndirg_log = ~/log\n")
    assert log(None, None, {}) == "/home/me/log"


def test_without_a_configuration_there_is_no_log() -> None:
    assert log(None, None, {}) is None
    with pytest.raises(UsageError, match=r"^-c names no.cfg, which is not a file$"):
        log("no.cfg", None, {})
