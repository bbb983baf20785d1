"""What looks like a secret."""

from __future__ import annotations

import pytest

from dirg.imports.described import Code, Imported, Template, variable
from dirg.imports.hiding import by, has_credentials, hide, looks_secret


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *((name, True) for name in ("DB_PASSWORD", "db_password", "PASS", "DB_PASS", "API_KEY")),
        *((name, True) for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "SENTRY_DSN")),
        *((name, True) for name in ("MYSQL_ROOT_PASSWORD", "SECRET_KEY_BASE", "DB_PWD")),
        *((name, False) for name in ("PWD", "PATH", "COMPASS", "PASSIVE", "KEY", "USER", "")),
        *((name, False) for name in ("POSTGRES_PASSWORD_FILE", "TOKEN_TTL", "SECRETS_DIR")),
    ],
)
def test_names(name: str, secret: bool) -> None:
    assert looks_secret(name) is secret


def test_secrets_move_to_the_shell() -> None:
    found = Imported(
        {
            "web": {"env": {"TOKEN": "one", "A": "1", "URL": "amqp://u:p@h/"}},
            "web-2": {"env": {"TOKEN": "two"}, "secret_env": {"X": None}},
            "same": {"env": {"TOKEN": "one", "EMPTY_TOKEN": "", "FROM_SHELL_TOKEN": None}},
            "list": {"env": ["TOKEN=x"]},
            "docker": {"env": {"SSH_PASSWORD": "x", "a.password": "y"}},
            "none": {"image": "i"},
        }
    )
    hide(found)
    assert found.containers == {
        "web": {
            "env": {"A": "1"},
            "secret_env": {"TOKEN": variable("TOKEN"), "URL": variable("URL")},
        },
        "web-2": {"secret_env": {"X": None, "TOKEN": variable("WEB_2_TOKEN")}},
        "same": {
            "env": {"EMPTY_TOKEN": "", "FROM_SHELL_TOKEN": None},
            "secret_env": {"TOKEN": variable("TOKEN")},
        },
        "list": {"env": ["TOKEN=x"]},
        "docker": {"env": {"SSH_PASSWORD": "x", "a.password": "y"}},
        "none": {"image": "i"},
    }
    assert found.secrets == {"TOKEN": "one", "URL": "amqp://u:p@h/", "WEB_2_TOKEN": "two"}
    assert found.notes == [
        "docker: SSH_PASSWORD, a.password: look like secrets, but no shell takes them by such "
        "names, or docker goes by them; left in env"
    ]


def test_each_secret_has_a_variable_of_its_own() -> None:
    names = ("x", "x-a", "x.a", "x_a", "X_A")
    found = Imported({name: {"env": {"TOKEN": f"of {name}"}} for name in names})
    found.containers["x_a"]["env"]["X_A_TOKEN"] = "own"
    hide(found)
    given = [
        found.secrets[str(code).removeprefix("env['").removesuffix("']|tojson")]
        for name in names
        for code in [found.containers[name]["secret_env"]["TOKEN"].parts[0].text]
    ]
    assert given == [f"of {name}" for name in names]
    assert sorted(found.secrets.values()) == sorted([*given, "own"])


def expression(code: str) -> Template:
    return Template((Code(code),))


def test_variables_that_somebody_else_reads_are_left_alone() -> None:
    found = Imported(
        {
            "one": {"env": {"API_TOKEN": "literal"}},
            "two": {"env": {"TOKEN": expression("env['API_TOKEN']|tojson")}},
        }
    )
    hide(found)
    assert found.secrets == {"ONE_API_TOKEN": "literal"}
    assert found.containers == {
        "one": {"secret_env": {"API_TOKEN": variable("ONE_API_TOKEN")}},
        "two": {"secret_env": {"TOKEN": variable("API_TOKEN")}},
    }


def test_defaults_of_secrets_are_secrets() -> None:
    default = expression("(env['TOKEN'] or 'it\\'s')|tojson")
    url = expression("('http://u:' ~ env['PW'] ~ '@h/')|tojson")
    found = Imported(
        {
            "web": {
                "env": {"TOKEN": default, "URL": url},
                "command": ["x", default],
                "label": {"a": url},
            }
        }
    )
    hide(found)
    assert found.secrets == {"TOKEN": "it's"}
    assert found.containers["web"] == {
        "command": ["x", variable("TOKEN")],
        "label": {"a": url},
        "secret_env": {"TOKEN": variable("TOKEN"), "URL": url},
    }


def test_two_defaults_of_one_variable() -> None:
    one, two = (expression(f"(env['TOKEN'] or '{value}')|tojson") for value in ("aa", "bb"))
    found = Imported(
        {"web": {"env": {"TOKEN": one}}, "db": {"env": {"TOKEN": two}, "command": [two]}}
    )
    hide(found)
    assert found.secrets == {"TOKEN": "aa", "DB_TOKEN": "bb"}
    assert found.containers["web"] == {"secret_env": {"TOKEN": variable("TOKEN")}}
    assert found.containers["db"] == {
        "command": [two],
        "secret_env": {"TOKEN": variable("DB_TOKEN")},
    }


@pytest.mark.parametrize(
    ("secret", "told"),
    [("hunter22", True), ("short", False), ("postgres", False), ('it\'s "a"', True)],
)
def test_where_else_a_secret_stands_is_told(secret: str, told: bool) -> None:
    web = {"image": secret, "env": {"TOKEN": secret}, "command": ["run", f"--token={secret}"]}
    found = Imported({"web": web})
    hide(found)
    note = "web: command holds the value of TOKEN, in the open"
    assert found.notes == ([note] if told else [])


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("jdbc:postgresql://h/d?user=a&password=b", True),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", True),
        ("http://user@host/", False),
        ("a" * 200_000, False),
        ("http://" + "a:" * 50_000, False),
    ],
)
def test_values(value: str, secret: bool) -> None:
    assert has_credentials(value) is secret


def test_patterns_of_one_s_own() -> None:
    found = Imported({"web": {"env": {"MINE": "x", "TOKEN": "y"}}})
    with by(("mi*",)):
        hide(found)
    assert found.containers["web"] == {
        "env": {"TOKEN": "y"},
        "secret_env": {"MINE": variable("MINE")},
    }
