"""Every form of every property, each with the whole list of arguments that docker gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from dirg import arguments, references
from dirg.errors import DescriptionError
from dirg.secret import Source
from tests.helpers import DATA, SERVICES, defined, described, dirg

HOSTNAME = ("--hostname", "web")


def mistakes(properties: str) -> list[str]:
    """The mistakes of a container called web, whose second property stands in line 5."""
    with pytest.raises(DescriptionError) as error:
        defined(properties)
    return str(error.value).splitlines()


NET = [
    ("net: bridge", "--network bridge"),
    ("net: host", "--network host"),
    ("net: none", "--network none"),
    ("net: backend", "--network backend"),
    ("network: backend", "--network backend"),
    ("network: [one, two]", "--network one --network two"),
]
ENV = [
    ("env: {A: b, C: 1.10}", "-e A=b -e C=1.10"),
    ("env:\n  A: ''\n  B:\n  C: ~\n  D: null", "-e A= -e B -e C -e D"),
    ("env: [A=b, C, D=e=f]", "-e A=b -e C -e D=e=f"),
    ("env: A=b", "-e A=b"),
    ("env:", ""),
    ("env: {}", ""),
    ("secret_env: {A: b, C: ~}", "-e A -e C"),
    ("secret_env: [A=b, C]", "-e A -e C"),
    ("env_file: [a.env, /etc/b.env]", "--env-file /srv/a.env --env-file /etc/b.env"),
]
VOLUMES = [
    ("volumes: [/a, /b]", "-v /a -v /b"),
    ("volumes: /a", "-v /a"),
    ("volumes: ['/a:/b', 'name:/c:ro', ./d:/e]", "-v /a:/b -v name:/c:ro -v /srv/d:/e"),
    ("volume_bindings: {/a: {bind: /b}}", "-v /a:/b"),
    ("volume_bindings: {/a: {bind: /b, ro: true}}", "-v /a:/b:ro"),
    ("volume_bindings: {/a: {bind: /b, ro: false}}", "-v /a:/b"),
    ("volume_bindings: {/a: {bind: /b, mode: 'rw,z'}}", "-v /a:/b:rw,z"),
    ("volume_bindings: {/a: /b}", "-v /a:/b"),
    ("volume_bindings: ['/a:/b', '/c:/d:ro']", "-v /a:/b -v /c:/d:ro"),
    ("volumes: [/b, /c]\nvolume_bindings: {/a: {bind: /b}}", "-v /c -v /a:/b"),
    ("volumes: [/b/]\nvolume_bindings: {/a: /b}", "-v /a:/b"),
    ("volumes: [/b]\nvolume_bindings: ['/a:/b/:ro']", "-v /a:/b/:ro"),
    ("volumes: [/b]\nvolume_bindings: {/b: /x}", "-v /b -v /b:/x"),
    ("volume: [/a, ./b:/c]", "--volume /a --volume /srv/b:/c"),
]
PORTS = [
    ("ports: [80, 53/udp, 7000-7010]", "--expose 80 --expose 53/udp --expose 7000-7010"),
    ("ports: 80", "--expose 80"),
    ("ports: [[53, udp], !!python/tuple [54, udp]]", "--expose 53/udp --expose 54/udp"),
    ("port_bindings: {80: 8080}", "-p 8080:80"),
    ("port_bindings: {53/udp: 53}", "-p 53:53/udp"),
    ("port_bindings: {80: 127.0.0.1:8080}", "-p 127.0.0.1:8080:80"),
    ("port_bindings: {80: [8080, 8081]}", "-p 8080:80 -p 8081:80"),
    ("port_bindings: {80: null}", "-p 80"),
    ("port_bindings: {80: !!python/tuple [127.0.0.1, 8080]}", "-p 127.0.0.1:8080:80"),
    ("port_bindings: {7000-7010: 8000-8010}", "-p 8000-8010:7000-7010"),
    ("ports: [80, 90]\nport_bindings: {80: 8080}", "--expose 90 -p 8080:80"),
    ("ports: [53/udp]\nport_bindings: {53: 1053}", "-p 1053:53/udp"),
    ("ports: [53/udp, 53]\nport_bindings: {53: 1053}", "-p 1053:53/udp -p 1053:53"),
    ("ports: [53/udp]\nport_bindings: {53/tcp: 1053}", "--expose 53/udp -p 1053:53"),
    ("ports: [[53, udp]]\nport_bindings: {53: 1053}", "-p 1053:53/udp"),
    ("ports: [!!python/tuple [53, udp]]\nport_bindings: {53: 53}", "-p 53:53/udp"),
    ("ports: [7005]\nport_bindings: {7000-7010: 8000-8010}", "-p 8000-8010:7000-7010"),
    ("ports: [7000-7010]\nport_bindings: {7005: 8005}", "--expose 7000-7010 -p 8005:7005"),
    ("expose: [80]\npublish: ['8080:80']", "--expose 80 --publish 8080:80"),
]
LINKS = [
    ("links: {db: database}", "--link db:database"),
    ("links: {db: db, mq: queue}", "--link db:db --link mq:queue"),
    ("links: [db, 'mq:queue']", "--link db:db --link mq:queue"),
    ("link: [db]", "--link db"),
]
FLAGS = [
    ("restart: unless-stopped", "--restart unless-stopped"),
    ("restart: no", "--restart no"),
    ("memory: 512m", "--memory 512m"),
    ("cpus: 1.50", "--cpus 1.50"),
    ("shm_size: 64m", "--shm-size 64m"),
    ("shm-size: 64m", "--shm-size 64m"),
    ("user: 0123:0123", "--user 0123:0123"),
    ("privileged: true", "--privileged"),
    ("privileged: yes", "--privileged"),
    ("privileged: false", "--privileged=false"),
    ("sig_proxy: false", "--sig-proxy=false"),
    ("read_only: on\ninit: off", "--read-only --init=false"),
    ("cap_add: [NET_ADMIN, SYS_TIME]", "--cap-add NET_ADMIN --cap-add SYS_TIME"),
    ("cap_add: NET_ADMIN", "--cap-add NET_ADMIN"),
    ("dns: [1.1.1.1, 8.8.8.8]", "--dns 1.1.1.1 --dns 8.8.8.8"),
    ("label: {a: b, c: 1.10, d: ~}", "--label a=b --label c=1.10 --label d"),
    ("label: [a=b, c]", "--label a=b --label c"),
    ("label: {a: ''}", "--label a="),
    ("log_opt: {max-size: 10m}", "--log-opt max-size=10m"),
    ("ulimit: {nofile: 1024:2048}", "--ulimit nofile=1024:2048"),
    ("sysctl: {net.core.somaxconn: 1024}", "--sysctl net.core.somaxconn=1024"),
    ("add_host: {db: 10.0.0.1}", "--add-host db:10.0.0.1"),
    ("add_host: ['db:10.0.0.1']", "--add-host db:10.0.0.1"),
    ("tmpfs: {/run: size=64m}", "--tmpfs /run:size=64m"),
    ("tmpfs: /run", "--tmpfs /run"),
    ("mount: ['type=bind,src=/a,dst=/b']", "--mount type=bind,src=/a,dst=/b"),
    ("volumes_from: [data]", "--volumes-from data"),
    ("health_cmd: 'true'\nhealth_interval: 1s", "--health-cmd true --health-interval 1s"),
    ("pull: always", "--pull always"),
    ("pull: missing", "--pull missing"),
    ("pull: never", "--pull never"),
    ("restart:", ""),
    ("workdir: /srv", "--workdir /srv"),
    ("label_file: x.labels", "--label-file /srv/x.labels"),
    ("cidfile: ../x.cid", "--cidfile /x.cid"),
]
NOT_FOR_RUN = [
    ("docker_host: tcp://one.example:2375", ""),
    ("docker_context: one", ""),
    ("path: .", ""),
    ("build: .", ""),
    ("depends_on: [db]", ""),
]
FORMS = [*NET, *ENV, *VOLUMES, *PORTS, *LINKS, *FLAGS, *NOT_FOR_RUN]


@pytest.mark.parametrize(("properties", "expected"), FORMS)
def test_the_arguments_of_each_form(properties: str, expected: str) -> None:
    definition = defined(properties)
    assert definition.run() == (
        *("run", "-d", "--name", "web", *HOSTNAME, *expected.split()),
        *("--label", f"dirg.definition={definition.digest}", "busybox"),
    )


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("hostname: other", "--hostname other"),
        ("hostname:", "--hostname web"),
        ("net: container:db", "--network container:db"),
        ("uts: host", "--uts host"),
        ("net: container:db\nhostname: x", "--network container:db --hostname x"),
        ("network: container:db", "--network container:db"),
        ("network: [container:db]", "--network container:db"),
    ],
)
def test_the_hostname_where_it_is_not_the_name(properties: str, expected: str) -> None:
    assert defined(properties).options == tuple(expected.split())


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("command: echo 'two words' \"a'b\" c\\ d", ("echo", "two words", "a'b", "c d")),
        ("command: [echo, two words, '$HOME', '']", ("echo", "two words", "$HOME", "")),
        ("command: 'echo $HOME; ls # all'", ("echo", "$HOME;", "ls", "#", "all")),
        ("command: [1.10, on]", ("1.10", "on")),
        ("command: >\n  echo\n  a b", ("echo", "a", "b")),
        ("command: |\n  echo a\n  b", ("echo", "a", "b")),
        ("command: ''", ()),
        ("command: []", ()),
        ("command:", ()),
        ("command: -flag", ("-flag",)),
    ],
)
def test_the_command_follows_the_image(properties: str, expected: tuple[str, ...]) -> None:
    definition = defined(properties)
    label = f"dirg.definition={definition.digest}"
    start = ("run", "-d", "--name", "web", *HOSTNAME, "--label", label, "busybox")
    assert definition.run() == (*start, *expected)


def test_a_container_is_created_under_another_name_with_more_flags() -> None:
    definition = defined("command: sleep 9\nenv: {A: b}")
    assert definition.create("web.new", ("--volumes-from", "web")) == (
        *("create", "--volumes-from", "web", "--name", "web.new", *HOSTNAME, "-e", "A=b"),
        *("--label", f"dirg.definition={definition.digest}", "busybox", "sleep", "9"),
    )


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("path: app", "/srv/app"),
        ("build: app", "/srv/app"),
        ("build: /app", "/app"),
        ("build: .", "/srv"),
        ("build: https://example.org/app.git", "https://example.org/app.git"),
        ("build: git@example.org:app.git", "git@example.org:app.git"),
        ("build: {context: app}", "/srv/app"),
        ("build: {context: app, dockerfile: Other}", "-f /srv/app/Other /srv/app"),
        ("build: {context: app, dockerfile: ../Other}", "-f /srv/Other /srv/app"),
        ("build: {context: 'https://a.b/c.git', dockerfile: D}", "-f D https://a.b/c.git"),
        ("build: {context: app, target: final}", "--target final /srv/app"),
        ("build: {context: a, build_arg: {A: b, C: ~}}", "--build-arg A=b --build-arg C /srv/a"),
        ("build: {context: app, build-arg: [A=b]}", "--build-arg A=b /srv/app"),
        ("build: {no_cache: true, context: app}", "--no-cache /srv/app"),
        ("build: {context: app, pull: false}", "--pull=false /srv/app"),
        ("build: {context: app, label: {a: b}}", "--label a=b /srv/app"),
        ("build: {context: app, cache_from: [a, b]}", "--cache-from a --cache-from b /srv/app"),
        ("build: {context: app, file: Other}", "--file /srv/Other /srv/app"),
    ],
)  # fmt: skip
def test_the_arguments_of_build(properties: str, expected: str) -> None:
    assert defined(properties).build == ("build", "-t", "busybox", *expected.split())


@pytest.mark.parametrize("properties", ["", "path:", "build:", "build: ~"])
def test_what_is_not_built(properties: str) -> None:
    assert defined(properties).build == ()


@pytest.mark.parametrize(
    ("properties", "needs"),
    [
        ("links: {db: database, mq: ~}", ("db", "mq")),
        ("links: ['db:x']", ("db",)),
        ("link: ['db:x']", ("db",)),
        ("volumes_from: ['data:ro']", ("data",)),
        ("net: container:db", ("db",)),
        ("network: container:db", ("db",)),
        ("pid: container:db", ("db",)),
        ("ipc: container:db", ("db",)),
        ("pid: host\nnet: host", ()),
        ("depends_on: [db, mq]", ("db", "mq")),
        ("depends_on: db", ("db",)),
        ("depends_on: {db: running}", ("db",)),
        ("depends_on: [mq]\nlinks: [db, mq]", ("db", "mq")),
        ("net: backend", ()),
    ],
)
def test_what_a_container_needs(properties: str, needs: tuple[str, ...]) -> None:
    assert defined(properties).needs == needs


def test_where_docker_demands_the_same_host_and_what_is_waited_for() -> None:
    text = (
        "web: {links: [a1], link: ['a2:x:y'], volumes_from: ['a3:ro'], net: 'container:a4:b', "
        "ipc: 'container:a5', pid: 'container:a6'}"
    )
    own = [(f"a{number}", True, "") for number in (1, 2, 3)]
    own += [("a4:b", True, ""), ("a5", True, ""), ("a6", True, "")]
    container = described(text).containers["web"]
    found = list(references.references(container))
    assert [(each.name, each.same_host, each.condition) for each in found] == own
    for written, expected in (
        ("[b1, b2]", [("b1", False, ""), ("b2", False, "")]),
        ("{b1: healthy, b2: [x]}", [("b1", False, "healthy"), ("b2", False, "")]),
    ):
        container = described(f"web: {{depends_on: {written}}}").containers["web"]
        found = list(references.references(container))
        assert [(each.name, each.same_host, each.condition) for each in found] == expected


def test_references_may_be_known_already() -> None:
    container = described("web: {image: i, links: [db]}").containers["web"]
    assert arguments.define(container, "/srv").needs == ("db",)
    assert arguments.define(container, "/srv", ()).needs == ()


def test_secrets_are_for_the_docker_process_alone() -> None:
    definition = defined("secret_env: {A: hidden, B: ~, C: ''}")
    assert definition.secrets == (("A", "hidden"), ("C", ""))
    assert definition.inherited == ("B",)
    assert "hidden" not in repr(definition)
    assert "hidden" not in " ".join(definition.run())


def test_secrets_that_something_else_tells() -> None:
    definition = defined(
        "secret_env: {A: {command: [pass, show, 'my db']}, B: {command: ./get 'my db'},"
        " C: {file: c.txt}, D: hidden}"
    )
    assert definition.run()[6:14] == ("-e", "A", "-e", "B", "-e", "C", "-e", "D")
    assert definition.secrets == (("D", "hidden"),)
    assert definition.inherited == ()
    assert definition.sources == (
        ("A", Source(("pass", "show", "my db"))),
        ("B", Source(("/srv/get", "my db"))),
        ("C", Source(file="/srv/c.txt")),
    )
    told = [source.later.shell for _, source in definition.sources]
    assert told == [
        """"$(pass show 'my db')\"""",
        """"$(/srv/get 'my db')\"""",
        '"$(cat -- /srv/c.txt)"',
    ]


def test_the_digest_stays_the_same_from_release_to_release() -> None:
    assert defined("command: sleep 9\nenv: {A: b}").digest == "fddf0d5671cd9b4d"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("env: {A: b}", "env: {A: c}"),
        ("command: a b", "command: [a b]"),
        ("command: a", "user: a"),
        ("env: {A: b}\nuser: x", "env: {A: b}"),
        ("label: {a: b}", "label: {a: c}"),
        ("", "ports: [80]"),
    ],
)
def test_the_digest_tells_definitions_apart(one: str, other: str) -> None:
    assert defined(one).digest != defined(other).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("env: {A: b}", "env: [A=b]"),
        ("docker_host: tcp://one:2375", "docker_host: tcp://two:2375"),
        ("depends_on: [db]", ""),
        ("path: one", "path: two"),
        ("pull: never", "pull: always"),
        ("pull: missing", ""),
        ("shm-size: 1m", "shm_size: 1m"),
    ],
)
def test_the_digest_depends_only_on_what_docker_gets(one: str, other: str) -> None:
    assert defined(one).digest == defined(other).digest


def test_the_image_and_the_name_take_part_as_docker_gets_them() -> None:
    found = described("web: {image: a}\nweb2: {image: b, hostname: web}\n")
    one, other = (arguments.define(each, "") for each in found.containers.values())
    assert sorted(one.options) == sorted(other.options)
    assert one.digest != other.digest


def refused(properties: str) -> list[str]:
    """What docker would refuse of a container called web."""
    lines = "".join(f"  {line}\n" for line in properties.splitlines())
    container = described(f"web:\n  image: i\n{lines}").containers["web"]
    return list(map(str, references.refusals(container)))


@pytest.mark.parametrize("mode", ["host", "none", "container:db"])
def test_links_without_a_network_are_refused_by_docker(mode: str) -> None:
    properties = f"net: {mode}\nlinks: [db]"
    assert defined(properties).options[-2:] == ("--link", "db:db")
    assert refused(properties) == [
        f"{SERVICES}:6:3: links: docker has none with net: {mode}; leave out one of them"
    ]


def test_links_beside_several_networks_are_refused_for_the_one() -> None:
    assert len(refused("network: [back, host]\nlinks: [db]")) == 1


def test_the_longest_hostname() -> None:
    for length, named in ((64, True), (65, False)):
        name = "w" * length
        container = described(f"{name}: {{image: i}}").containers[name]
        assert ("--hostname" in arguments.define(container, "").options) == named


@pytest.mark.parametrize("properties", ["links: [db]", "net: host", "net: x\nlinks: [db]"])
def test_what_docker_does_not_refuse(properties: str) -> None:
    assert refused(properties) == []


UNKNOWN = [
    ("enviroment", "did you mean env?"),
    ("prots", "did you mean ports?"),
    ("port-bindings2", "did you mean port_bindings?"),
    ("Image", "did you mean image?"),
    ("environment", "did you mean env?"),
    ("network_mode", "did you mean net?"),
    ("container_name", "the key of the definition is the container's name"),
    ("labels", "did you mean label?"),
    ("working_dir", "did you mean workdir?"),
    ("stop-grace-period", "use stop_timeout, in seconds"),
    ("name", "the name of a container is the key of its definition"),
    ("detach", "containers are always run detached"),
    ("xyzzy", "see docs/properties.rst"),
]


@pytest.mark.parametrize(("name", "advice"), UNKNOWN)
def test_unknown_properties(name: str, advice: str) -> None:
    assert mistakes(f"{name}: x") == [f"{SERVICES}:5:3: {name} is not a property; {advice}"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("env: {A: [b]}", "5:12: env: takes text, not a list; write env: {KEY: VALUE} or "
         "[KEY=VALUE, KEY]"),
        ("env: [[b]]", "5:9: env: takes text, not a list; write env: {KEY: VALUE} or "
         "[KEY=VALUE, KEY]"),
        ("depends_on: [[db]]", "5:16: depends_on: takes text, not a list; write "
         "depends_on: [db] or {db: healthy}"),
        ("depends_on: {db: [running]}", "5:20: depends_on: takes running, healthy or completed, "
         "not a list; write depends_on: [db] or {db: healthy}"),
        ("memory: [1]", "5:11: memory: takes text, not a list; write memory: VALUE"),
        ("shm-size: {a: b}", "5:13: shm-size: takes text, not a map; write shm-size: VALUE"),
        ("privileged: 1", "5:15: privileged: takes true or false, not '1'; write "
         "privileged: true"),
        ("cap_add: {a: b}", "5:12: cap_add: takes text or a list, not a map; write "
         "cap_add: [VALUE, VALUE]"),
        ("label: [[a]]", "5:11: label: takes text, not a list; write label: {KEY: VALUE} or "
         "[KEY=VALUE]"),
        ("net: [a]", "5:8: net: takes a network or a mode, not a list; write net: host"),
        ("ports: [http]", "5:11: ports: 'http' is no port; write 80, 53/udp or 7000-7010"),
        ("command: {a: b}", "5:12: command: takes text or a list of words, not a map; write "
         "command: serve --port 80"),
        ("volumes: [[a]]", "5:13: volumes: takes text, not a list; write "
         "volumes: [/data, /logs]"),
        ("build: {target: x}", "5:10: build: context is missing; write {context: DIRECTORY}"),
        ("build: {context: a, dockerfil: x}",
         "5:23: build: dockerfil is not a property; did you mean dockerfile?"),
        ("build: {context: a, target: [x]}", "5:31: build: target: takes text, not a list; "
         "write target: VALUE"),
        ("build: [a]", "5:10: build: takes a directory, not a list; write build: "
         "{context: ./web, target: prod}"),
        ("build: -x", "5:10: build: '-x' is no directory to build from; write ./DIRECTORY"),
        ("path: ''", "5:9: path: '' is no directory to build from; write ./DIRECTORY"),
        ("path: a\nbuild: b", "6:10: build: path says where to build already; use one"),
        ("depends_on: {db: ready}", "5:20: depends_on: 'ready' can't be waited for; write "
         "running, healthy or completed"),
    ],
)  # fmt: skip
def test_mistakes_of_values(properties: str, message: str) -> None:
    assert mistakes(properties) == [f"{SERVICES}:{message}"]


def test_every_mistake_of_a_container_is_told_at_once() -> None:
    assert mistakes("ports: [http]\nenviroment: x\nmemory: [1]") == [
        f"{SERVICES}:5:11: ports: 'http' is no port; write 80, 53/udp or 7000-7010",
        f"{SERVICES}:6:3: enviroment is not a property; did you mean env?",
        f"{SERVICES}:7:11: memory: takes text, not a list; write memory: VALUE",
    ]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("env: {A: b}", "3:1: web has no image; add image: NAME"),
        ("image:", "3:1: web has no image; add image: NAME"),
        ("image: ''", "4:10: image: '' is no name of an image; write NAME:TAG or "
         "REGISTRY/NAME:TAG"),
        ("image: --privileged", "4:10: image: '--privileged' is no name of an image; write "
         "NAME:TAG or REGISTRY/NAME:TAG"),
        ("image: [a]", "4:10: image: takes the name of an image, not a list; write image: "
         "registry:5000/shop:1.0"),
    ],
)  # fmt: skip
def test_mistakes_of_the_image(properties: str, message: str) -> None:
    container = described(f"web:\n  {properties}\n").containers["web"]
    with pytest.raises(DescriptionError) as error:
        arguments.define(container, "")
    assert str(error.value) == f"{SERVICES}:{message}"


@pytest.mark.parametrize(
    "image",
    [
        "busybox",
        "busybox:1.36",
        "a/b/c",
        "registry.example:5000/a/b:c",
        "a@sha256:" + "0123abcd" * 8,
        "a__b",
    ],
)
def test_names_of_images(image: str) -> None:
    container = described(f"web: {{image: '{image}'}}\n").containers["web"]
    assert arguments.define(container, "").image == image


@pytest.mark.parametrize("folder", ["oracle", "sample"])
def test_whole_descriptions(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DATA / folder)
    answer = dirg("run", "--dry-run", env={"FROM_SHELL": "hello"})
    assert answer.commands == Path("run.txt").read_text()
    assert answer.status == 0


def test_the_sample_is_shown_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DATA / "sample")
    answer = dirg("show")
    assert answer.output == Path("show.txt").read_text()
    told = "is written twice; this one counts, not the one at"
    assert answer.error.splitlines() == [
        f"{SERVICES}:27:5: warning: env {told} {SERVICES}:18:5",
        f"{SERVICES}:45:5: warning: ports {told} {SERVICES}:39:5",
        f"{SERVICES}:47:5: warning: port_bindings {told} {SERVICES}:42:5",
    ]
    assert answer.status == 0


def test_what_is_shown_can_be_fed_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(DATA / "oracle")
    shown = dirg("show").output
    (tmp_path / SERVICES).write_text(f"{{}}\n---\n{shown}")
    (tmp_path / "dirg.cfg").write_text(f"[DEFAULT]\ndirg_services = {SERVICES}\n")
    commands = dirg("run", "-n").commands.splitlines()
    monkeypatch.chdir(tmp_path)
    assert sorted(dirg("run", "-n").commands.splitlines()) == sorted(commands)
    assert dirg("show").output == shown
