"""Several Compose files, or parts of one, that make one together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.composed import docker, files, found, notes, refused

BEGIN = "--name web --hostname web --network shop_default"


def web(text: str) -> str:
    return docker(found(text))["web"].removeprefix(BEGIN).strip()


def test_extensions_and_merge_keys() -> None:
    text = (
        "x-base: &base {restart: always, labels: {a: b}}\n"
        "x-more: &more {init: true, restart: no}\n"
        "services:\n"
        "  web: {<<: [*base, *more], image: i, x-own: {y: z}}\n"
        "  db: {<<: *base, image: j, restart: no}\n"
    )
    assert docker(found(text)) == {
        "web": f"{BEGIN} --restart always --init --label a=b i",
        "db": "--name db --hostname db --network shop_default --restart no --label a=b j",
    }
    assert notes(found(text)) == []


EXTENDS = [
    # base, what extends it, what comes of it
    ("image: i, init: true", "image: j", "--init j"),
    ("image: i, command: a b", "command: [c]", "i c"),
    ("image: i, environment: {A: 1, B: 2}", "environment: [B=3, C=4]", "-e A=1 -e B=3 -e C=4 i"),
    ("image: i, labels: [a=b]", "labels: {a: c}", "--label a=c i"),
    ("image: i, volumes: ['/a:/x', '/b:/y']", "volumes: ['/c:/x']", "-v /c:/x -v /b:/y i"),
    ("image: i, ports: ['80:80']", "ports: ['81:81', '80:80']", "-p 80:80 -p 81:81 i"),
    ("image: i, dns: 1.1.1.1", "dns: [8.8.8.8]", "--dns 1.1.1.1 --dns 8.8.8.8 i"),
    ("image: i, cap_add: [A, B]", "cap_add: [B, C]", "--cap-add A --cap-add B --cap-add C i"),
    ("image: i, dns: [1.1.1.1]", "dns: !override [8.8.8.8]", "--dns 8.8.8.8 i"),
    ("image: i, dns: [1.1.1.1], init: true", "dns: !reset []", "--init i"),
    ("image: i, init: true", "init: !reset null", "i"),
    ("image: i, healthcheck: {test: a, retries: 2}", "healthcheck: {test: [CMD, b]}",
     "--health-cmd b --health-retries 2 i"),
    ("image: i, logging: {driver: a, options: {x: y}}", "logging: {driver: b}", "--log-driver b i"),
    ("image: i, logging: {driver: a, options: {x: y}}", "logging: {options: {z: 0}}",
     "--log-driver a --log-opt x=y --log-opt z=0 i"),
    ("image: i, ulimits: {a: 1}", "ulimits: {a: {soft: 2, hard: 3}}", "--ulimit a=2:3 i"),
    ("image: i, env_file: []", "env_file: a.env", "-e A=1 i"),
    ("image: i, networks: [default]", "networks: {default: {aliases: [z]}}", "--network-alias z i"),
    ("image: i, environment: {A: 1}", "environment: {A: }", "-e A i"),
    ("image: i, environment: {A: 1}", "environment: [A]", "-e A i"),
    ("image: i, init: true", "init: ", "--init i"),
    ("image: i, user: a", "user: b", "--user b i"),
    ("image: i, volumes: [{type: tmpfs, target: /x}]",
     "volumes: [{type: bind, source: /a, target: /x/}]", "-v /a:/x/ i"),
    ("image: i, volumes: [/x]", "volumes: ['/a:/x']", "-v /a:/x i"),
    ("image: i, devices: [/dev/a]", "devices: ['/dev/b:/dev/a']", "--device /dev/b:/dev/a i"),
    ("image: i, tmpfs: /a", "tmpfs: [/a, /b]", "--tmpfs /a --tmpfs /b i"),
    ("image: i, extra_hosts: {a: 1.1.1.1}", "extra_hosts: ['b:2.2.2.2']",
     "--add-host a:1.1.1.1 --add-host b:2.2.2.2 i"),
    ("image: i, sysctls: [a=1]", "sysctls: {a: 2}", "--sysctl a=2 i"),
    ("image: i, expose: [1]", "expose: [1, 2]", "--expose 1 --expose 2 i"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "over", "line"), EXTENDS)
def test_extends(base: str, over: str, line: str) -> None:
    files({"a.env": "A=1"})
    text = f"services:\n  base: {{{base}}}\n  web: {{extends: base, {over}}}\n"
    assert web(text) == line


MISFITS = [
    ("environment: {A: 1}", "environment: [{B: 2}]", "takes a list of text; write KEY=VALUE"),
    ("healthcheck: {test: a}", "healthcheck: [a]", "healthcheck has another form than the one at"),
    ("user: a", "user: [b]", "user has another form than the one at"),
]


@pytest.mark.parametrize(("base", "over", "said"), MISFITS)
def test_extends_of_another_form(base: str, over: str, said: str) -> None:
    lines = refused(f"services:\n  base: {{image: i, {base}}}\n  web: {{extends: base, {over}}}\n")
    assert said in lines


def test_a_build_of_text_and_one_of_a_map_are_one() -> None:
    files({"ctx/Dockerfile": "FROM scratch"})
    base = "base: {build: ctx}"
    text = f"services:\n  {base}\n  web: {{extends: base, build: {{target: prod}}}}\n"
    assert found(text).containers["web"]["build"] == {
        "context": "./ctx", "target": "prod",
    }  # fmt: skip


def test_secrets_of_the_same_source_are_one() -> None:
    files({"pw": "x"})
    text = (
        "services:\n  base: {image: i, secrets: [pw]}\n"
        "  web: {extends: base, secrets: [{source: pw, target: /word}]}\n"
        "secrets: {pw: {file: ./pw}}\n"
    )
    assert "/word:ro" in web(text)
    assert "/run/secrets" not in web(text)


def test_extends_of_another_file() -> None:
    files(
        {
            "sub/base.yml": (
                "services:\n"
                "  first: {image: i, volumes: ['./a:/a'], env_file: x.env}\n"
                "  base: {extends: {service: first}, build: ctx}\n"
            ),
            "sub/x.env": "A=1",
        }
    )
    text = "services: {web: {extends: {file: sub/base.yml, service: base}, volumes: ['./b:/b']}}"
    assert web(text) == "-e A=1 -v /srv/sub/a:/a -v /srv/b:/b i"
    assert found(text).containers["web"]["build"] == "./sub/ctx"


def test_include() -> None:
    files(
        {
            "sub/compose.yml": (
                "services: {db: {image: 'pg:${V:-0}${W:-0}', volumes: ['./a:/a', 'v:/v']}}\n"
                "volumes: {v: }\n"
            ),
            "sub/.env": "V=1\nW=1\n",
            ".env": "W=2\n",
            "one.yml": "services: {mq: {image: a, init: true, volumes: ['./m:/m']}}",
            "two.yml": "services: {mq: {image: b}}",
        }
    )
    imported = found(
        "include:\n  - sub/compose.yml\n"
        "  - {path: [one.yml, two.yml], project_directory: other, env_file: .env}\n"
        "services: {web: {image: i, depends_on: [db]}, db: {tty: true}}\n"
    )
    assert docker(imported) == {
        "web": f"{BEGIN} i",
        "db": "--name db --hostname db --network shop_default -v /srv/sub/a:/a -v shop_v:/v "
        "--tty pg:12",
        "mq": "--name mq --hostname mq --network shop_default -v /srv/other/m:/m --init b",
    }
    assert (imported.volumes, imported.services) == ({"shop_v": {}}, {})


def test_documents_lie_over_each_other() -> None:
    text = "services: {web: {image: i, tty: true}}\n---\nservices: {web: {image: j}}\n"
    assert web(text) == "--tty j"


WRONG = [
    ("services: {web: {extends: db}}", "compose.yml:2:27: services.web.extends: no service db in"),
    ("services: {web: {extends: web, image: i}}",
     "compose.yml:2:27: services.web.extends: leads back to itself; end that"),
    ("services: {web: {extends: db}, db: {extends: web}}",
     "compose.yml:2:27: services.web.extends: leads back to itself; end that"),
    ("services: {web: {extends: {file: x.yml}}}",
     "compose.yml:2:27: extends: the service is missing; write service: NAME"),
    ("services: {web: {extends: {file: no.yml, service: a}}}",
     "no.yml: can't be read: No such file or directory; name another file"),
    ("include: [compose.yml]\nservices: {web: {image: i}}",
     "compose.yml:2:11: include: compose.yml leads back to itself; end that"),
    ("include: sub.yml\nservices: {web: {image: i}}",
     "compose.yml:2:10: takes a list of files, not text; write a list of files"),
    ("services: {db: {tty: {a: b}}, web: {extends: db, tty: true}}",
     "compose.yml:2:55: services.web.tty has another form than the one at compose.yml:2:22"),
    ("services: {web: &a {image: i, x-b: *a}}",
     "compose.yml:2:17: contains itself by an alias; write it out"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_wrong_references(text: str, said: str) -> None:
    assert refused(text).splitlines()[0].startswith(said)


def test_what_is_more_is_noted() -> None:
    files({"sub.yml": "services: {db: {image: i}}"})
    imported = found(
        "include: [{path: sub.yml, huh: 1}]\n"
        "services: {web: {extends: {service: base, huh: 2}}, base: {image: i}}\n"
        "secrets: {s: {file: ./s, template_driver: golang}}\n"
    )
    assert notes(imported) == [
        "3: services.web.extends.huh: unknown to dirg; left out",
        "2: include.huh: unknown to dirg; left out",
        "4: secrets.s.template_driver: unknown to dirg; left out",
    ]


def test_notes_tell_the_file() -> None:
    files({"sub.yml": "services:\n  db:\n    image: i\n    foo: bar\n"})
    imported = found("include: [sub.yml]\nservices: {web: {image: i}}\nbar: {}\n")
    assert imported.notes == [
        "compose.yml:4: bar: unknown to dirg; left out",
        "sub.yml:4: services.db.foo: unknown to dirg; left out",
    ]
    assert Path("sub.yml").exists()
