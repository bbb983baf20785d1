"""What looks like a secret."""

from __future__ import annotations

import pytest

from dirg.imports.described import Imported, variable
from dirg.imports.hiding import by, hide, looks_secret


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
        "docker: SSH_PASSWORD, a.password look like secrets, but docker itself goes by such names; "
        "they stay in env"
    ]


def test_patterns_of_one_s_own() -> None:
    found = Imported({"web": {"env": {"MINE": "x", "TOKEN": "y"}}})
    with by(("mi*",)):
        hide(found)
    assert found.containers["web"] == {
        "env": {"TOKEN": "y"},
        "secret_env": {"MINE": variable("MINE")},
    }
