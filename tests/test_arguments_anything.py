"""No value becomes a flag, an image or a command: what docker takes is what was meant."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dirg import arguments, check, host, options
from dirg.command import Command, Later
from dirg.errors import DescriptionError, UsageError
from dirg.host import Host
from dirg.options import Form
from dirg.steps import Deployment
from tests.flags import Taken, taken
from tests.helpers import describe, described, dirg
from tests.test_anything import FORMS, OWN, TEXT, bounded, read, written

NASTY = [
    "-v", "--privileged", "-v/:/host", "--rm", "--", "-", "--name=x", "-H", "--context=x", "-it",
    "$(id)", "`id`", ";id", "&& id", "|id", "\nid", "\r\nid", "!!", "!x", "~", "~root", "*", "'",
    "\"'", "\\", "\x1b[2J", "\u202e", "#", " # ", "-e", "--net=host", "a -v b", "\u2028id",
]  # fmt: skip
WORD = st.one_of(st.sampled_from(NASTY), TEXT)


@st.composite
def nasty(draw: st.DrawFn) -> dict[str, Any]:
    """A container with a word of somebody's in one or two of its properties."""
    found: dict[str, Any] = {"image": "i"}
    for name in draw(st.lists(st.sampled_from([*OWN, *options.RUN]), min_size=1, max_size=2)):
        form = options.RUN[name].form if name in options.RUN else None
        if form is Form.SWITCH:
            found[name] = draw(FORMS[form])
        elif form is Form.PAIRS or name in ("env", "secret_env", "links"):
            found[name] = draw(st.dictionaries(WORD, WORD | st.none(), max_size=2))
        elif name in ("ports", "port_bindings", "volume_bindings", "build"):
            found[name] = draw(OWN[name])
        else:
            found[name] = draw(WORD if form is Form.VALUE else st.lists(WORD, max_size=2))
    return found


def defined(properties: dict[str, Any]) -> arguments.Definition:
    try:
        return arguments.define(read(written(properties)), "/srv")
    except DescriptionError:
        assume(False)
        raise


def commands(definition: arguments.Definition) -> Iterator[Command]:
    deployment = Deployment(definition, Host("h", ("-H", "tcp://h:1")))
    yield deployment.command(*definition.run())
    yield deployment.command(*definition.create("web.dirg-new"))
    for words in definition.connections:
        yield deployment.command("network", "connect", *words, "web")
    if definition.build:
        yield deployment.command(*definition.build)


def as_meant(command: Command, definition: arguments.Definition) -> Taken:
    """What docker takes, which is the command that was meant, whatever its values are."""
    found = taken(command.argv, interspersed=command.arguments[0] in ("network", "build"))
    assert found.before == (("host", "tcp://h:1"),)
    if found.command in ("run", "create"):
        assert found.words == (definition.image, *definition.command)
        assert found.values("detach") == (["true"] if found.command == "run" else [])
        assert found.values("name")[0] == ("web" if found.command == "run" else "web.dirg-new")
        assert len(found.values("name")) == 1
        assert found.values("label")[-1] == f"dirg.definition={definition.digest}"
    elif found.command == "build":
        assert found.words == definition.build[-1:]
        assert found.values("tag")[0] == definition.image
    else:
        assert found.command == "network connect"
        assert len(found.words) == 2
        assert found.words[1] == "web"
    return found


@given(nasty())
def test_no_value_becomes_a_flag(properties: dict[str, Any]) -> None:
    definition = defined(properties)
    asked = {options.RUN[name].name for name in properties if name in options.RUN}
    own = {"env", "expose", "publish", "volume", "link", "network", "name", "hostname", "label"}
    for command in commands(definition):
        found = as_meant(command, definition)
        assert shlex.split(str(command)) == [*command.argv]
        if found.command == "run":
            names = {name for name, _ in found.flags}
            assert names - own <= asked | {"detach"}


@bounded
@given(WORD, WORD)
def test_a_shell_finds_out_a_part_of_a_word(before: str, after: str) -> None:
    assume("\0" not in before + after)
    line = Later(before, "echo 'of it'", after).shell
    printed = subprocess.run(["sh", "-c", f"printf '[%s]' {line}"], capture_output=True, check=True)
    assert printed.stdout.decode() == f"[{before}of it{after}]"
    # Whoever types at a shell has this replaced within double quotes.
    assert "!" not in _within_double_quotes(line)


def _within_double_quotes(line: str) -> str:
    """What stands in double quotes of a shell."""
    found, quote, escaped = "", "", False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif quote == '"':
            found += character
    return found


@pytest.mark.parametrize(
    "line",
    [
        *("image: -v/:/host", "image: --privileged", "image: -", "image: ''"),
        *("net: --internal", "network: [a, --x]", "network: [{name: --alias, ip: 1.2.3.4}]"),
        *("network: ['name=-x,alias=y']", "path: '-'", "path: -f/etc/passwd", "build: '-'"),
        *("build: {context: '--no-cache'}", "volumes: [-v]", "volume_bindings: {-v: /x}"),
        *("volume_bindings: ['--privileged:/x']", "docker_context: --debug", "docker_host: -foo"),
        *("docker_host: '-H:1'", "docker_host: ssh://-oProxyCommand=id", "docker_host: tcp://-x:1"),
        *("docker_host: ssh://u@-oProxyCommand=id", "docker_host: ssh://-oProxyCommand=id@h"),
        *("docker_host: ssh://%2doProxyCommand=id@h", "docker_host: 'ssh://[-oProxyCommand=id]'"),
        *("docker_host: 'ssh://h;id'", "docker_host: ssh://$(id)", "docker_host: 'ssh://`id`@h'"),
        *("docker_host: 'ssh://h|id'", "docker_host: ssh://h%60id%60", "docker_host: ssh://h'"),
        *('docker_host: "tcp://h\\e[2J:1"', 'docker_context: "a\\e[2J"', "docker_host: https://-x"),
    ],
)
def test_what_could_be_a_flag_or_a_command_is_refused(line: str) -> None:
    found = described(
        f"web:\n  image: i\n  {line}\n" if "image" not in line else f"web: {{{line}}}"
    )
    checked = check.check(found, {})
    assert len(checked.mistakes) == 1, checked.mistakes
    assert "web" not in checked.deployments


@pytest.mark.parametrize(
    ("address", "arguments_"),
    [
        ("ssh://a-b@c-d.example:22", ("-H", "ssh://a-b@c-d.example:22")),
        ("ssh://h/run/docker-x.sock", ("-H", "ssh://h/run/docker-x.sock")),
        ("ssh://h/-x", ("-H", "ssh://h/-x")),
        ("unix:///run/-x", ("-H", "unix:///run/-x")),
        ("tcp://[::1]:2375", ("-H", "tcp://[::1]:2375")),
        ("ssh://grün.example", ("-H", "ssh://grün.example")),
    ],
)
def test_hyphens_elsewhere_are_none_of_a_flag(address: str, arguments_: tuple[str, ...]) -> None:
    assert host.at(address, {}).arguments == arguments_


@pytest.mark.parametrize("address", ["-foo", "ssh://-oProxyCommand=id", "ssh://h;id"])
def test_the_host_of_the_shell_is_refused_too(address: str) -> None:
    with pytest.raises(UsageError, match=r"^DOCKER_HOST: "):
        host.default({"DOCKER_HOST": address})


CALLS = {
    "logs --since -x --until --rm --tail 1 web": "docker logs --tail 1 --since -x --until --rm web",
    "events --since --rm web": "docker events --since=--rm --filter=type=container "
    "--filter=container=web --format '{{json .}}'",
    "exec -u --rm -w -x -e -v web --privileged -it":
        "docker exec -i --user=--rm --workdir=-x --env=-v web --privileged -it",
    "inspect -f --rm web": "docker container inspect --format=--rm web",
    "cp -- -x web:/": "docker cp ./-x web:/",
    "cp -- web:-x -x": "docker cp web:-x ./-x",
    "cp web:/etc -": "docker cp web:/etc -",
    "top web -ef": "docker top web -ef",
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_words_of_the_command_line(call: str) -> None:
    describe("{}\n---\nweb: {image: i}\n")
    command, *words = call.split()
    assert (
        dirg(command, "-n", *words).lines[0].split(" --filter=container=web")[0]
        == CALLS[call].split(" --filter=container=web")[0]
    )


@pytest.mark.parametrize(
    "call",
    [
        *("rm -- --rm", "logs -- -f", "exec -- --privileged id", "top -- -x", "cp -- -x:/a b"),
        *("import containers --context --debug", "import containers --host ssh://-oX=y"),
    ],
)
def test_names_that_look_like_flags_are_unknown(call: str) -> None:
    describe("{}\n---\nweb: {image: i}\n")
    answer = dirg(*call.split())
    assert (answer.status, answer.output) == (2, "")
    assert len(answer.error.splitlines()) == 1
