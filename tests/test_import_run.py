"""Docker run command lines read as a description: what docker gets by it is what the line says."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dirg import arguments, definitions, files
from dirg.errors import DescriptionError
from dirg.imports.described import Code, Imported, Template, written
from dirg.imports.run.reading import read
from dirg.options import CHOICES, RUN
from tests.helpers import DATA

if TYPE_CHECKING:
    from dirg.arguments import Definition

bounded = settings(deadline=None, derandomize=True)

TYPES: dict[str, str] = json.loads((DATA / "docker-flags.json").read_text())
SHORT = {
    **{"P": "publish-all", "a": "attach", "c": "cpu-shares", "d": "detach", "e": "env"},
    **{"h": "hostname", "i": "interactive", "l": "label", "m": "memory", "p": "publish"},
    **{"q": "quiet", "t": "tty", "u": "user", "v": "volume", "w": "workdir"},
}
HIDDEN = {"net": "network", "net-alias": "network-alias", "dns-opt": "dns-option"}

Said = dict[str, list[str]]


def defined(found: Imported, env: Mapping[str, str] | None = None) -> dict[str, Definition]:
    """What dirg makes of the written description, in the current folder."""
    Path("found.yml").write_text(written(found, "-"))
    description = definitions.parse(files.rendered("found.yml", {}, env or {}), "")
    assert not description.mistakes
    assert not description.warnings
    each = description.containers.values()
    return {container.name: arguments.define(container, "") for container in each}


def said(words: Sequence[str]) -> Said:
    """What a docker run says, by long flags without dashes; read independently of dirg."""
    left = [*words]
    found: Said = {}
    while left[0].startswith("-"):
        word = left.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
        else:
            name, equals, value = SHORT[word[1]], word[2:3], word[2:]
            if TYPES[name] == "bool" and equals not in ("", "="):
                left.insert(0, f"-{value}")
                equals = ""
            value = value.removeprefix("=")
        name = HIDDEN.get(name, name)
        if not equals:
            value = "true" if TYPES[name] == "bool" else left.pop(0)
        found.setdefault(name, []).append(value)
    return {**found, "image": left[:1], "command": left[1:]}


def meant(words: Sequence[str]) -> Said:
    """The same, in one spelling of what docker takes in several, as a container that dirg runs."""
    found = said(words)
    name = found.get("name", ["web"])[-1]
    nameless = found.get("uts") == ["host"] or found.get("network", [""])[0][:10] == "container:"
    found = {**({} if nameless else {"hostname": [name]}), **found, "name": [name]}
    for flag in ("detach", "attach", "sig-proxy"):
        found.pop(flag, None)
    labels = [each for each in found.get("label", []) if not each.startswith("dirg.definition=")]
    found["label"] = labels
    single = [
        flag
        for flag in found
        if TYPES.get(flag) not in (None, "list", "map", "ulimit", "mount", "network")
    ]
    found |= {flag: found[flag][-1:] for flag in single}
    for flag, spelling in SPELLINGS.items():
        found[flag] = [spelling(value) for value in found.get(flag, [])]
    for flag in ("publish", "volume"):
        found[flag] = sorted(found[flag])
    return {flag: values for flag, values in found.items() if values}


def absolute(path: str) -> str:
    return os.path.normpath(Path.cwd() / path)


def from_here(volume: str) -> str:
    source, colon, rest = volume.partition(":")
    return f"{absolute(source)}:{rest}" if source.startswith(".") and colon else volume


SPELLINGS: dict[str, Callable[[str], str]] = {
    "cidfile": absolute,
    "env-file": absolute,
    "label-file": absolute,
    "link": lambda link: link if ":" in link else f"{link}:{link}",
    "publish": lambda port: port.lower().removesuffix("/tcp"),
    "volume": from_here,
    **dict.fromkeys(
        [name for name in TYPES if TYPES[name] == "bool"],
        lambda switch: str(switch in ("1", "t", "T", "true", "True", "TRUE")).lower(),
    ),
}


# Besides -d, --name and the image: each way to write them as people do.
LINES = [
    "-p 8080:80 nginx",
    "-p8080:80 -p=8443:443 --publish 53:53/udp --publish=127.0.0.1:9000:9000 nginx",
    "-p 80 -p 127.0.0.1::81 -p 0.0.0.0:82:82 -p [::1]:83:83 -p 8000-8010:7000-7010 nginx",
    "-p 53:53 -p 53:53/udp -p 54:54/tcp -p 1024-2048:80/sctp nginx",
    "-p 8080:80 -p 8081:80 -p 8081:81/TCP nginx",
    "-p published=8080,target=80,protocol=tcp nginx",
    "--expose 90 --expose=53/udp --expose 7000-7010 -p 80:80 nginx",
    "--expose 53/udp -p 53:53 nginx",
    "--expose 50-60/udp -p 53:1053 -p 53:53 nginx",
    "-P nginx",
    "--publish-all=true nginx",
    "-e A=b -eC=d -e=E=f --env G=h --env=I=j -e K nginx",
    "-e A=1 -e B=2 nginx",
    "-e A= -e 'B=two words' -e \"C=it's\" -e D=a=b=c -e 'E={{e}} {% x %}' -e F=on -e G=1.10 nginx",
    "-e K nginx",
    "-e J -e K nginx",
    "--env-file a.env --env-file=/etc/b.env --env-file ../c.env nginx",
    "-v /srv:/data nginx",
    "-v/srv:/data:ro -v=/a:/b:rw,z --volume /c:/d --volume=data:/e nginx",
    "-v /anonymous -v data:/data -v /x:/y nginx",
    "-v /a:/b -v /a:/c:ro nginx",
    "-v ./rest:/rest -v .:/all -v ../up:/up:Z nginx",
    "-v /b -v /x:/c nginx",
    "--mount type=bind,source=/a,target=/b,readonly --mount=type=volume,src=v,dst=/v nginx",
    "--mount 'type=tmpfs,destination=/t' --tmpfs /run --tmpfs=/run2 nginx",
    "--tmpfs /run:size=64m,mode=1777 --tmpfs /run2:exec nginx",
    "--link db --link mq:queue nginx",
    "--link=db:database nginx",
    "--net host nginx",
    "--net=container:db nginx",
    "--network none nginx",
    "--network back --network front nginx",
    "--network name=back,alias=x,ip=10.0.0.2 nginx",
    "--network=back --network-alias a --net-alias=b --ip 10.0.0.2 --ip6=fd::2 nginx",
    "--link-local-ip 169.254.1.1 --mac-address 92:d0:c6:0a:29:33 nginx",
    "--restart always nginx",
    "--restart=on-failure:5 nginx",
    "--rm -it nginx sh",
    "-itd nginx",
    "-dit -p80:80 nginx",
    "-tiP -d=false nginx",
    "-i=false -t=0 --tty=1 nginx",
    "--init --read-only --privileged=true --oom-kill-disable=F nginx",
    "--no-healthcheck --quiet -q=T nginx",
    "--disable-content-trust=false --use-api-socket nginx",
    "-h other nginx",
    "--hostname=other --domainname example.org nginx",
    "--hostname web nginx",
    "--uts host nginx",
    "-u 1000:1000 -w /srv nginx",
    "--user=me --workdir=/srv nginx",
    "-m 512m --memory-swap=1g --memory-reservation 256m --memory-swappiness=0 nginx",
    "-m=1g -m 2g nginx",
    "-c 512 --cpus=1.5 --cpu-period 100000 --cpu-quota=50000 nginx",
    "-c=512 --cpuset-cpus 0-3 --cpuset-mems=0,1 --cpu-rt-period 1 --cpu-rt-runtime 2 nginx",
    "--cpu-count 2 --cpu-percent 50 --io-maxbandwidth 1m --io-maxiops 5 --isolation hyperv nginx",
    "--kernel-memory 1g --shm-size=64m --pids-limit -1 --oom-score-adj -500 nginx",
    "--blkio-weight 100 --blkio-weight-device /dev/sda:100 --device-read-bps /dev/sda:1mb nginx",
    "--device-read-iops /dev/sda:1 --device-write-bps=/dev/sda:1 --device-write-iops /dev/a:2 i",
    "--device /dev/snd --device=/dev/a:/dev/b:rwm --device-cgroup-rule 'c 42:* rmw' nginx",
    "--gpus all nginx",
    "--gpus '\"device=0,1\"' --runtime nvidia nginx",
    "--cap-add NET_ADMIN --cap-add=SYS_TIME --cap-drop ALL --security-opt no-new-privileges nginx",
    "--security-opt seccomp=unconfined --security-opt=label:disable --group-add audio nginx",
    "-l a=b -la2=c -l=d=e --label f --label=g= --label 'traefik.http=Host(`x`)' nginx",
    "--label-file x.labels --annotation a=b --cgroup-parent /x --cgroupns=host nginx",
    "--log-driver json-file --log-opt max-size=10m --log-opt 'tag={{.Name}}/{{.ID}}' nginx",
    "--sysctl net.core.somaxconn=1024 --ulimit nofile=1024:2048 --ulimit=core=0 nginx",
    "--storage-opt size=10G --volume-driver local --volumes-from data:ro --volumes-from=x nginx",
    "--add-host db:10.0.0.1 --add-host=six:fd::1 nginx",
    "--add-host db=10.0.0.1 --add-host host.docker.internal:host-gateway nginx",
    "--dns 1.1.1.1 --dns=8.8.8.8 --dns-search example.org --dns-opt ndots:2 --dns-option=a nginx",
    "--health-cmd 'curl -f http://localhost/ || exit 1' --health-interval=5s nginx",
    "--health-retries 3 --health-timeout 2s --health-start-period=1m "
    "--health-start-interval 1s nginx",
    "--pid host --ipc=container:db --userns host --platform linux/arm64 --pull=always nginx",
    "--stop-signal SIGQUIT --stop-timeout=30 --detach-keys ctrl-x --cidfile x.cid nginx",
    "--entrypoint '' nginx",
    "--entrypoint=/bin/sh registry:5000/a/b:1.0 -c 'echo \"$HOME\"; ls' x",
    "-- nginx -p 80:80 --rm",
    "nginx nginx -g 'daemon off;'",
    "nginx --flag=value -x -- y",
    "nginx ''",
    "nginx echo on 1.10 null '~' '#' 'a: b' '{x}' '[y]' '{{z}}' é 'two\nlines'",
    "-a stdout -astderr --attach=stdin --sig-proxy=false nginx",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_docker_gets_what_the_line_says(line: str) -> None:
    words = ["-d", "--name", "web", *shlex.split(line)]
    (definition,) = defined(read(f"docker run -d --name web {line}")).values()
    run, *arguments = definition.run()
    assert run == "run"
    assert meant(arguments) == meant(words)


EXAMPLES = {
    "bool": "true", "uint16": "100", "int": "7", "uint": "7", "decimal": "1.5", "duration": "5s",
    "bytes": "64m", "map": "a=b", "ulimit": "nofile=1:2", "mount": "type=tmpfs,target=/t",
    "add-host": "db:10.0.0.1", "expose": "90/udp", "link": "db:alias", "publish": "8080:80",
    "volume": "/a:/b:ro",
}  # fmt: skip


def spellings(name: str) -> list[str]:
    value = (
        CHOICES.get(name, [""])[-1]
        or EXAMPLES.get(name)
        or EXAMPLES.get(TYPES[HIDDEN.get(name, name)], "a=b")
    )
    letters = [letter for letter, long in SHORT.items() if long == name]
    if TYPES.get(name) == "bool":
        short = [f"-{letter}{rest}" for letter in letters for rest in ("", "=true", "=0", "P")]
        return [f"--{name}", f"--{name}=true", f"--{name}=false", *short]
    short = [f"-{letter}{joint}{value}" for letter in letters for joint in (" ", "", "=")]
    return [f"--{name} {value}", f"--{name}={value}", *short, *(f"-i{each[1:]}" for each in short)]


EVERY = [
    (name, line)
    for name in sorted({*TYPES, *HIDDEN} - {"help", "name"})
    for line in spellings(name)
]


def test_these_are_all_flags() -> None:
    assert {*RUN} <= {name.replace("-", "_") for name, _ in EVERY}


@pytest.mark.parametrize("name", sorted({name for name, _ in EVERY}))
def test_every_flag_in_every_spelling(name: str) -> None:
    lines = [line for each, line in EVERY if each == name]
    script = "".join(f"docker run --name web{n} {line} i c\n" for n, line in enumerate(lines))
    definitions = defined(read(script))
    for number, line in enumerate(lines):
        words = ["--name", f"web{number}", *line.split(), "i", "c"]
        assert meant(definitions[f"web{number}"].run()[1:]) == meant(words)


def words_of(command: object) -> list[str]:
    return command.split() if isinstance(command, str) else list(command or [])  # type: ignore[call-overload]


@bounded
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
@example(["a\r\nb"])
def test_any_words_come_back(words: list[str]) -> None:
    assumed = [word.replace("\r\n", "\n") for word in words]
    found = read(f"docker run --name web i {shlex.join(assumed)}")
    assert words_of(found.containers["web"].get("command")) == assumed


_SIGNS = [*"${}()[]<>|&;#~*?!=:-'\"`\\ \nXAi", "\\\n", "$X", "${X:-a}", "$(pwd)", "<<"]
_KNOWN = ["docker", "run", "create", "network", "volume", "--name", "-e", "-v", "-p", "web", "EOF"]
_KNOWN += ["export", "if", "then", "fi", "for", "sudo"]


@bounded
@given(
    st.lists(
        st.sampled_from([*_SIGNS, *(f" {word} " for word in _KNOWN)]) | st.text(max_size=3)
    ).map("".join)
)
@example("docker run --name web -v '' i")
@example("X=$(" * 40 + "docker run i" + ")" * 40)
@example("docker run ${X:-" * 2000)
@example("docker run i " + '"$(' * 2000)
@example("X=aa\n" + "X=$X$X$X$X\n" * 40 + "docker run $X")
@example("\ud800")
def test_no_text_is_too_much(text: str) -> None:
    for script in (text, f"docker run {text}", f"docker network create {text}"):
        with suppress(DescriptionError):
            written(read(script), "-")


# What a shell makes of words, as the command of a container; X is 'a  b', E is empty.
SHELL_WORDS = [
    "a 'b c' \"d e\" f\\ g h'i'\"j\"k",
    "'' \"\" a''b",
    "'a\\b' \"a\\b\\\\\\\"\\$X\\`\" a\\b",
    "$X \"$X\" '$X' ${X} \"${X}y\" y\"$X\"",
    '"${N:-none}" "${E:-none}" "${E-none}" "${N-none}" "${X:-none}" "${N:=none}"',
    '"${N:-$X}" "${N:-"$X"}" "${N:-a b}" "${N:-${M:-deep}}" "${N:-}"',
    "$'a\\tb\\x41\\u00e9\\'\\n\\101' $'\\xc3\\xa9' $\"x\"",
    "a \\\n b\\\nc # comment",
    "a#b '#' \\# # c",
    "$ a$ \"$\" '$'",
    "{x} {{x}} [y] ! = a=b :",
    "a;",
    "a && true",
    "a 2>/dev/null 3>&1",
    "a\\\"b '\"' \"'\"",
    "~ ~/x '~' a~ \"$HOME\"",
    "\"$(pwd)\" \"$PWD/x\" `pwd`",
    '"line\nline" \'two\n\nlines\'',
    "'it'\\''s'",
    "\"${X:?needed}\" \"${X?}\"",
    "é 🐳 '\u2028'",
]  # fmt: skip


@pytest.mark.parametrize("words", SHELL_WORDS)
def test_words_are_those_of_a_shell(words: str) -> None:
    env = {"X": "a  b", "E": "", "HOME": "/root", "PWD": str(Path.cwd()), "LC_ALL": "C.UTF-8"}
    # A value from outside of the script is taken as a word of its own.
    words = words.replace("$X ", '"$X" ', 1).replace("${X} ", '"${X}" ', 1)
    script = f'printf "%s\\0" {words}'
    output = subprocess.run(["bash", "-c", script], env=env, capture_output=True, check=True)
    definitions = defined(read(f"docker run --name web i {words}"), env)
    assert [*definitions["web"].command] == output.stdout.decode().split("\0")[:-1]


def env(text: str) -> Template:
    return Template((Code(f"{text}|tojson"),))


X = env("env['X']")

# The properties of the container that a line makes, but for its image, which is i.
FORMS: list[tuple[str, dict[str, Any]]] = [
    ("-e A=b -e C i", {"env": {"A": "b", "C": None}}),
    ("-e A=1 -e A=2 i", {"env": {"A": "2"}}),
    ("-e A=$X -e B=b$X i", {"env": {"A": X, "B": env("('b' ~ env['X'])")}}),
    ("-e $X i", {"env": [X]}),
    ("-e '$X' i", {"env": {"$X": None}}),
    ("-l a -l b=c i", {"label": {"a": None, "b": "c"}}),
    ("-v /a:/b -v /c:/d:ro i", {"volume_bindings": {"/a": {"bind": "/b"},
                                                    "/c": {"bind": "/d", "ro": True}}}),
    ("-v /a:/b:z,ro i", {"volume_bindings": {"/a": {"bind": "/b", "mode": "z,ro"}}}),
    ("-v /a:/b -v /a:/c i", {"volume_bindings": ["/a:/b", "/a:/c"]}),
    ("-v /a i", {"volumes": ["/a"]}),
    ("-v $PWD:/a -v $(pwd)/x:/b i", {"volume_bindings": {".": {"bind": "/a"},
                                                         "./x": {"bind": "/b"}}}),
    ("-v ~/x:/a -v `pwd`:/b i", {"volume_bindings": {"~/x": {"bind": "/a"}, ".": {"bind": "/b"}}}),
    ('-v "${PWD}x:/a" i', {"volume_bindings": [env("(env['PWD'] ~ 'x:/a')")]}),
    ("-v $X:/a i", {"volume_bindings": [env("(env['X'] ~ ':/a')")]}),
    ("-v $X i", {"volume": [X]}),
    ("--mount type=bind,src=$PWD/x,dst=/y i", {"mount": ["type=bind,src=./x,dst=/y"]}),
    ("--env-file $PWD/x i", {"env_file": ["./x"]}),
    ("-w $PWD i", {"workdir": env("env['PWD']")}),
    ("-p 80:81 -p 82 -p 83:84/udp i", {"port_bindings": {"81": "80", "82": None, "84/udp": "83"}}),
    ("-p 80:81 -p 1.1.1.1:82:81 i", {"port_bindings": {"81": ["80", "1.1.1.1:82"]}}),
    ("-p 53:53 -p 53:53/udp i", {"port_bindings": {"53/tcp": "53", "53/udp": "53"}}),
    ("--expose 53/udp -p 53:53 i", {"ports": ["53/udp"], "port_bindings": {"53/tcp": "53"}}),
    ("-p $X:80 -p 1.1.1.1:${X:-8}:81 i",
     {"port_bindings": {"80": X, "81": env("('1.1.1.1:' ~ (env['X'] or '8'))")}}),
    ("-p 80:$X i", {"publish": [env("('80:' ~ env['X'])")]}),
    ("--link a --link b:c i", {"links": ["a", "b:c"]}),
    ("--link a:b i", {"links": {"a": "b"}}),
    ("--net n i", {"net": "n"}),
    ("--net n --network m i", {"network": ["n", "m"]}),
    ("--network name=n,alias=a i", {"network": ["name=n,alias=a"]}),
    ("--network $X i", {"net": X}),
    ("--rm -it --init=false i", {"rm": True, "interactive": True, "tty": True, "init": False}),
    ("-h web i", {}),
    ("-h other i", {"hostname": "other"}),
    ("-d -a stdin --sig-proxy=false i", {}),
    ("i a b", {"command": "a b"}),
    ("i sh -c 'a b'", {"command": ["sh", "-c", "a b"]}),
    ("i ''", {"command": [""]}),
    ("i -x $X", {"command": ["-x", X]}),
    ("i ${X:-a}/b", {"command": [env("((env['X'] or 'a') ~ '/b')")]}),
    ("i ${X-a}", {"command": [env("(env.get('X', 'a'))")]}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), FORMS)
def test_the_form_of_properties(line: str, expected: dict[str, Any]) -> None:
    found = read(f"docker run --name web {line}")
    assert found.containers == {"web": {"image": "i", **expected}}


# How a command is called, and what the container of it gets beside its image.
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("docker run --name web i", {}),
    ("docker container run --name web i", {}),
    ("sudo docker run --name web i", {}),
    ("sudo -E -u me docker run --name web i", {}),
    ("env A=b docker run -e A --name web i", {"env": {"A": "b"}}),
    ("/usr/bin/docker run --name web i", {}),
    ("exec docker run --name web i", {}),
    ("$ docker run --name web i", {}),
    ("$SUDO docker run --name web i", {}),
    ("D='sudo docker'; $D run --name web i", {}),
    ("docker run \\\n  --name web \\\n  i", {}),
    ("docker run \\\r\n  --name web \\\r\n  i\r\n", {}),
    ("\ufeffdocker run --name web i \\", {}),
    ("cat <<EOF\ndocker run x\n  EOF\nEOF\ndocker run --name web i", {}),
    ("ID=$(docker run --name web i)", {}),
    ("( docker run --name web i )", {}),
    ("docker -H tcp://h:2375 run --name web i", {"docker_host": "tcp://h:2375"}),
    ("docker --host=ssh://h run --name web i", {"docker_host": "ssh://h"}),
    ("docker --context far run --name web i", {"docker_context": "far"}),
    ("docker -c far run --name web i", {"docker_context": "far"}),
    ("docker -H $X run --name web i", {"docker_host": X}),
    ("docker -H tcp://h:1 --tlsverify run --name web i", {"docker_host": "https://h:1"}),
    ("DOCKER_HOST=ssh://h docker run --name web i", {"docker_host": "ssh://h"}),
    ("DOCKER_CONTEXT=far docker run --name web i", {"docker_context": "far"}),
    ("export DOCKER_HOST=ssh://h\ndocker run --name web i", {"docker_host": "ssh://h"}),
    ("DOCKER_HOST=ssh://h\ndocker run --name web i", {}),
    ("DOCKER_HOST=ssh://h docker -c far run --name web i", {"docker_context": "far"}),
    ("A=b docker run -e A --name web i", {"env": {"A": "b"}}),
    ("A=b; docker run -e A --name web i", {"env": {"A": None}}),
    ("A=b; export A; docker run -e A --name web i", {"env": {"A": "b"}}),
    ("A=b; docker run -e C=$A --name web i", {"env": {"C": "b"}}),
    ("A=b docker run -e C=$A --name web i", {"env": {"C": env("env['A']")}}),
    ("A=b; A+=c; docker run -e C=$A --name web i", {"env": {"C": "bc"}}),
    ("A=${X:-b}; docker run -e C=$A --name web i", {"env": {"C": env("(env['X'] or 'b')")}}),
    (": ${A:=b}; docker run -e C=$A --name web i", {"env": {"C": env("(env['A'] or 'b')")}}),
    ("A=; docker run -e C=${A:-b} --name web i", {"env": {"C": "b"}}),
    ("O='-e A=b --rm'; docker run $O --name web i", {"env": {"A": "b"}, "rm": True}),
    ("O=; docker run $O --name web i", {}),
    ("A=b\n[ -z $X ] && A=c\ndocker run -e C=$A --name web i", {"env": {"C": env("env['A']")}}),
    ("if x; then A=c; fi; docker run -e C=$A --name web i", {"env": {"C": env("env['A']")}}),
]


@pytest.mark.parametrize(("script", "expected"), CALLS)
def test_how_docker_is_called(script: str, expected: dict[str, Any]) -> None:
    assert read(script).containers == {"web": {"image": "i", **expected}}


NAMES = [
    ("docker run a/nginx:1", ["nginx"]),
    ("docker run r:5000/a/b@sha256:00", ["container"]),
    ("docker run r:5000/a/bb@sha256:00", ["bb"]),
    ("docker run nginx:$X; docker run $X/nginx", ["nginx", "nginx-2"]),
    ("docker run $X", ["container"]),
    ("docker run nginx; docker run --name nginx i; docker run nginx",
     ["nginx-2", "nginx", "nginx-3"]),
]  # fmt: skip


@pytest.mark.parametrize(("script", "names"), NAMES)
def test_names_by_images(script: str, names: list[str]) -> None:
    assert [*read(script).containers] == names


NOTES = [
    ("#!/bin/sh\nset -e\n# docker\n\n:\n[ -f x ]\nA=b", []),
    ("docker run -d --name web i >/dev/null 2>&1 && true", []),
    ("docker pull x\ndocker rm -f web", ["1: docker pull x: left out",
                                         "2: docker rm …: left out"]),
    ("docker login -p secret h\necho secret | docker login --password-stdin", [
        "1: docker login …: left out", "2: echo …: left out", "2: docker login …: left out"]),
    ("cd /srv", ["1: cd …: left out; relative paths begin where the description is"]),
    ("docker rm $(docker ps -q)", ["1: docker rm …: left out"]),
    ("ssh h docker run i", ["1: ssh …: left out; what it runs in docker is not read"]),
    ('[ "$(docker run i)" ] || A=$(docker run i) x', [
        "1: [ …: left out; what it runs in docker is not read", "1: x: left out",
        "1: A: left out; what it runs in docker is not read"]),
    ("docker create --name web i", ["1: docker create: dirg run starts the container too"]),
    ("docker container create --name web i",
     ["1: docker container create: dirg run starts the container too"]),
    ("podman run --name web i", ["1: podman run: taken as one of docker"]),
    ("docker run nginx", ["1: no --name: called nginx, after its image"]),
    ("docker run --name web -a stdin --sig-proxy i", [
        "1: --attach: left out: containers are always run detached; see dirg logs -f",
        "1: --sig-proxy: left out: containers are always run detached"]),
    ("docker run --name web -m 1g -m 2g i", ["1: --memory is given twice; the last one counts"]),
    ("docker run --help", ["1: --help: left out, since it only makes docker print its help"]),
    ("docker run --name web $X i", [
        "1: a variable without quotes is taken for the image; write out flags that it holds"]),
    ("docker run --name web i *", ["1: a pattern, which a shell may take for names of files, is "
                                   "kept as it is; quote it"]),
    ("docker run --name web i >log", ["1: >…: left out"]),
    ("docker run --name web i | tee log", ["1: tee …: left out"]),
    ("if x\nthen docker run --name web i\nfi", [
        "1: x: left out", "2: docker run: taken in any case, not only on the condition there"]),
    ("x ||\ndocker run --name web i", [
        "1: x: left out", "2: docker run: taken in any case, not only on the condition there"]),
    ("X=$(id -u)", ["1: X: only a shell can compute $(id -u); write what it gives, or a variable "
                    "that you set to it"]),
    ("[ $X ] && A=b", ["1: A: set on a condition; dirg takes it from its environment"]),
    ("A=b docker run --name web i", ["1: A: left out; set it for dirg itself"]),
    ("export DOCKER_CERT_PATH=x", ["1: DOCKER_CERT_PATH: left out; set it for dirg itself"]),
    ("docker --tls -D --config=x run --name web i", [
        f"1: docker --{flag}: left out; dirg goes by docker's variables and its configuration"
        for flag in ("tls", "debug", "config")]),
    ("docker -H tcp://h:1 --tlsverify run --name web i", [
        "1: docker --tlsverify: docker_host says so by https://; the certificates are left out: "
        "dirg goes by docker's variables and its configuration"]),
    ("docker -c x network create net", ["1: network net: its docker host is left out: dirg makes "
                                        "it on each host where a container needs it"]),
    ("podman --remote ps", ["1: podman …: left out"]),
    ("docker volume create", ["1: docker volume create: left out, since it has no name"]),
]  # fmt: skip


@pytest.mark.parametrize(("script", "notes"), NOTES)
def test_what_is_left_out_or_decided_is_told(script: str, notes: list[str]) -> None:
    assert read(script, "x.sh").notes == [f"x.sh:{note}" for note in notes]


def test_a_command_has_a_name_in_messages_too() -> None:
    assert read("docker pull x").notes == ["command:1: docker pull x: left out"]


RESOURCES = [
    ("network create net", {"net": {}}),
    ("network create net -d overlay --attachable --internal=false --label a=b --label c",
     {"net": {"driver": "overlay", "attachable": True, "internal": False,
              "label": ["a=b", "c"]}}),
    ("network create --subnet 10.0.0.0/8 --subnet=fd::/8 --gateway 10.0.0.1 --ip-range 10.1.0.0/16 "
     "--aux-address h=10.0.0.9 --ipv6 --ipv4=true -o a=b --opt=c=d --ipam-driver x --ipam-opt e=f "
     "--ingress --scope swarm --config-only --config-from c net",
     {"net": {"subnet": ["10.0.0.0/8", "fd::/8"], "gateway": ["10.0.0.1"],
              "ip_range": ["10.1.0.0/16"], "aux_address": {"h": "10.0.0.9"}, "ipv6": True,
              "ipv4": True, "opt": {"a": "b", "c": "d"}, "ipam_driver": "x",
              "ipam_opt": {"e": "f"}, "ingress": True, "scope": "swarm", "config_only": True,
              "config_from": "c"}}),
    ("volume create data", {"data": {}}),
    ("volume create --name data -d nfs -o type=none -o device=$X --label a=b",
     {"data": {"driver": "nfs", "opt": {"type": "none", "device": X}, "label": {"a": "b"}}}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), RESOURCES)
def test_networks_and_volumes(line: str, expected: dict[str, Any]) -> None:
    found = read(f"docker {line}\ndocker {line}")
    other = found.volumes if line.startswith("network") else found.networks
    assert (found.networks or found.volumes, other, found.containers) == (expected, {}, {})


MISTAKES = [
    ("docker run --enviroment x i",
     "1:12: docker run has no flag --enviroment; did you mean --env?"),
    ("docker run -X i", "1:12: docker run has no flag -X; see docker run --help"),
    ("docker run -iX i", "1:12: docker run has no flag -X; see docker run --help"),
    ("docker run --xyzzy i", "1:12: docker run has no flag --xyzzy; see docker run --help"),
    ("docker --hots x run i", "1:8: docker has no flag --hots; did you mean --host?"),
    ("docker run -e", "1:12: -e needs a value; write -e VALUE"),
    ("docker run i\ndocker run \\\n  --name", "3:3: --name needs a value; write --name VALUE"),
    ("docker run --init=maybe i",
     "1:12: --init takes true or false; write --init or --init=false"),
    ("docker run --rm=$X i", "1:12: --rm takes true or false; write --rm or --rm=false"),
    ("docker run --$X i", "1:12: --… is a flag with a variable in its name; write it out"),
    ("docker run -i$X i", "1:12: -i… is a flag with a variable in its name; write it out"),
    ("docker run -d", "1:1: the name of the image is missing; write docker run [FLAGS] IMAGE"),
    ("docker run ''", "1:1: the name of the image is missing; write docker run [FLAGS] IMAGE"),
    ("docker run --name a i", "1:19: 'a' is no container name; docker takes two or more of "
     "a-z A-Z 0-9 _ . - and no _ . - at the start"),
    ("docker run --name web.dirg-new i",
     "1:19: 'web.dirg-new' is a name that dirg update uses; choose another one"),
    ("docker run --name web$X i",
     "1:19: the name of a container can't have variables; write it out"),
    ("docker run --name web i\ndocker run --name=web i",
     "2:12: web is defined twice, here and at s:1:19; rename one"),
    ("docker run -p abc i", "1:15: 'abc' is no port; write 80, 53/udp or 7000-7010"),
    ("docker run -p 80:99999 i", "1:15: '99999' is no port; ports are 1 to 65535, the lower one "
     "first"),
    ("docker run --expose http i", "1:21: 'http' is no port; write 80, 53/udp or 7000-7010"),
    ("docker -H x://h run i", "1:11: docker knows no x://; write unix://PATH, tcp://HOST:PORT, "
     "http://HOST, https://HOST, ssh://HOST or HOST:PORT"),
    ("docker -H a:1 -c b run i", "1:11: docker takes one host or context; leave out the others"),
    ("docker -H a:1 -H b:1 run i", "1:18: docker takes one host or context; leave out the others"),
    ("docker run -u $(id -u) i", "1:15: only a shell can compute $(id -u); write what it gives, or "
     "a variable that you set to it"),
    ("docker run i $1 ${X%y} ${X:+y}", *(
        f"1:{column}: only a shell can compute {what}; write what it gives, or a variable that you "
        "set to it" for column, what in ((14, "$1"), (17, "${X%y}"), (24, "${X:+…}")))),
    ("A=$(x) docker run -e A i", "1:1: only a shell can compute $(x); write what it gives, or a "
     "variable that you set to it"),
    ("docker run \\ \n i", "1:12: a blank after \\ lets the command end in this line; remove the "
     "blank"),
    ("docker run i\n -e A=b", "2:2: a command that begins with a flag; end the line before with \\ "
     "and nothing else"),
    ("$ docker run \\\n> -e A=b i", "2:1: > before a flag is what a shell shows at the start of a "
     "line; remove it"),
    ("for x in a b; do docker run i; done", "1:1: for: only a shell can run this; write the "
     "commands out that it runs"),
    ("f() { docker run i; }", "1:2: a function or an array of the shell can't be read; write its "
     "contents out"),
    ("docker run 'i", "1:12: ' has no end; close it"),
    ('docker run "i', '1:12: " has no end; close it'),
    ("docker run `i", "1:12: ` has no end; close it"),
    ("docker run ${i", "1:12: ${ has no end; close it"),
    ("docker run $(i", "1:12: $( has no end; close it"),
    ("docker run $'i", "1:12: ' has no end; close it"),
    ("docker run $'\\0'", "1:12: no text that docker takes; correct it"),
    ("docker run i >", "1:14: > needs the name of a file; write that, or leave this out"),
    ("docker run a\0b", "1:13: a character that no text has; leave it out"),
    ("docker network create", "1:1: docker network create takes one name; write it after the "
     "flags"),
    ("docker network create aa bb", "1:1: docker network create takes one name; write it after the "
     "flags"),
    ("docker network create a", "1:23: 'a' is no network name; docker takes two or more of "
     "a-z A-Z 0-9 _ . - and no _ . - at the start"),
    ("docker network create ab\ndocker network create ab --internal", "2:23: network ab is made "
     "twice, in different ways; leave one out"),
    ("docker volume create --subnet x ab", "1:22: docker volume create has no flag --subnet; see "
     "docker volume create --help"),
    ("docker run -X i\ndocker run -Y i", "1:12: docker run has no flag -X; see docker run --help",
     "2:12: docker run has no flag -Y; see docker run --help"),
]  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_and_where_they_are(case: tuple[str, ...]) -> None:
    script, *expected = case
    with pytest.raises(DescriptionError) as error:
        read(script, "s")
    assert str(error.value).splitlines() == [f"s:{line}" for line in expected]


SCRIPT = """\
#!/bin/sh
set -e
TAG=1.10
docker pull shop:$TAG
docker network create back || true
docker run -d --name db --restart=always -e POSTGRES_PASSWORD=$PW -v data:/data postgres
docker run -d --name web \\
    -p 8080:80 --link db --net back \\   # the shop
"""


def test_a_whole_script() -> None:
    with pytest.raises(DescriptionError, match=r"^run\.sh:8:37: a blank after"):
        read(SCRIPT, "run.sh")
    script = SCRIPT.replace(" \\   # the shop", " \\") + "    shop:$TAG serve --port 80\n"
    assert (
        written(read(script, "run.sh"), "From run.sh.")
        == """\
# From run.sh.
# run.sh:4: docker pull shop:$TAG: left out
{}
---
db:
    image: postgres
    env:
        POSTGRES_PASSWORD: {{env['PW']|tojson}}
    volume_bindings:
        data:
            bind: /data
    restart: always

web:
    image: shop:1.10
    net: back
    port_bindings:
        80: 8080
    links: [db]
    command: serve --port 80
---
networks:
    back: {}
"""
    )


def test_variables_get_their_values_when_dirg_runs() -> None:
    found = read('docker run --name web -e A="x$PW" -p ${PORT:-80}:80 nginx:$TAG "$ALL"')
    odd = 'a"b\\n: {{x}} #\n'
    (web,) = defined(found, {"PW": odd, "TAG": "1.10", "ALL": "null"}).values()
    assert (web.image, web.command) == ("nginx:1.10", ("null",))
    assert web.options == ("--hostname", "web", "-e", f"A=x{odd}", "-p", "80:80")
