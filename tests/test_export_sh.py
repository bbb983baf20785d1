"""Containers as a script of the shell, which is executed with a docker that notes its calls."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from dirg import check
from dirg.arguments import Definition
from dirg.exports.sh import as_script
from dirg.steps import Deployment
from tests.helpers import described, script

SHOP = """
web:
  image: shop:1.10
  build: {context: /srv/web, build_arg: {COLOUR: "dark blue"}}
  docker_host: tcp://front:2375
  network: ["name=back,alias=www", elsewhere]
  port_bindings: {80: 8080}
  secret_env: {API_KEY: never written, FROM_SHELL: }
  entrypoint: ""
  depends_on: {db: healthy}
  command: [serve, "--title=It's a $shop"]
cache:
  image: redis
  docker_host: tcp://front:2375
  net: back
db:
  image: postgres
  net: back
  env: {A: "1"}
  secret_env: {PASSWORD: neither, API_KEY: never written}
  volume_bindings: {data: /var/lib/postgresql/data}
  health_cmd: pg_isready
"""
NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "back": {
        "driver": "bridge",
        "subnet": ["10.1.0.0/24", "fd00::/64"],
        "ipv6": True,
        "internal": "false",
        "label": {"team": "shop floor", "empty": None},
    },
    "unused": {},
}
VOLUMES: Mapping[str, Mapping[str, Any]] = {"data": {"driver": None, "opt": ["o=uid=5"]}}
RESOURCES = {"networks": NETWORKS, "volumes": VOLUMES}
N: Mapping[str, Any] = {"networks": {"n": {}}}
WAITING = (
    "(second=0; while [ $((second += 1)) -le 300 ]; do "
    "case \"$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}} "
    "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' db)\" in "
    "running\\ *\\ healthy) exit 0;; running\\ *\\ starting|restarting\\ *) sleep 1;; "
    "*) break;; esac; done; echo 'db is not healthy' >&2; exit 1)"
)
WRITTEN = f"""\
#!/bin/sh
# Makes and starts containers, each after those that it needs.
set -eu

# Secrets, which docker takes from the environment.
: "${{API_KEY?must be set}}"; export API_KEY
: "${{PASSWORD?must be set}}"; export PASSWORD

# Network back on tcp://front:2375
docker -H tcp://front:2375 network inspect back >/dev/null 2>&1 ||
  docker -H tcp://front:2375 network create \\
    --driver bridge \\
    --subnet 10.1.0.0/24 \\
    --subnet fd00::/64 \\
    --ipv6 \\
    --internal=false \\
    --label 'team=shop floor' \\
    --label empty \\
    back

# cache on tcp://front:2375
docker -H tcp://front:2375 run -d \\
  --name cache \\
  --hostname cache \\
  --network back \\
  --label dirg.definition=DIGEST \\
  redis

# Network back on default
docker network inspect back >/dev/null 2>&1 ||
  docker network create \\
    --driver bridge \\
    --subnet 10.1.0.0/24 \\
    --subnet fd00::/64 \\
    --ipv6 \\
    --internal=false \\
    --label 'team=shop floor' \\
    --label empty \\
    back

# Volume data on default
docker volume inspect data >/dev/null 2>&1 ||
  docker volume create --opt o=uid=5 data

# db on default
docker run -d \\
  --name db \\
  --hostname db \\
  --network back \\
  -e A=1 \\
  -e PASSWORD \\
  -e API_KEY \\
  -v data:/var/lib/postgresql/data \\
  --health-cmd pg_isready \\
  --label dirg.definition=DIGEST \\
  postgres

# Wait until db is healthy.
{WAITING}

# Image shop:1.10 on tcp://front:2375
docker -H tcp://front:2375 build \\
  -t shop:1.10 \\
  --build-arg 'COLOUR=dark blue' \\
  /srv/web

# web on tcp://front:2375, after db (healthy)
docker -H tcp://front:2375 create \\
  --name web \\
  --hostname web \\
  -e API_KEY \\
  -e FROM_SHELL \\
  -p 8080:80 \\
  --network name=back,alias=www \\
  --entrypoint '' \\
  --label dirg.definition=DIGEST \\
  shop:1.10 serve '--title=It'"'"'s a $shop'
docker -H tcp://front:2375 network connect elsewhere web
docker -H tcp://front:2375 start web
"""
SECRETS = {"API_KEY": "k", "PASSWORD": "p"}


def deployed(
    containers: str, resources: Mapping[str, Any] | None = None, **environ: str
) -> list[Deployment]:
    """The containers of a description, in its order; ``resources``: its third document."""
    third = f"\n---\n{yaml.safe_dump(resources, sort_keys=False)}" if resources else ""
    found = check.check(described(f"{containers}{third}"), environ)
    assert not found.mistakes
    return [*found.deployments.values()]


def digested(text: str, deployments: Sequence[Deployment]) -> str:
    for each in deployments:
        text = text.replace(each.definition.digest, "DIGEST")
    return text


def ran(text: str, folder: Path, env: Mapping[str, str]) -> tuple[int, str, list[list[str]]]:
    """Run a script with a docker that notes its arguments: status, errors, and the arguments."""
    log = folder / "log"
    body = f"""printf '%s\\0' "$#" "$@" >>{log}
case " $* " in
*" container inspect "*) echo "running 0 healthy";;
*" network inspect "*|*" volume inspect "*) exit 1;;
esac"""
    script(folder / "docker", body)
    Path("script").write_text(text)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "script"], env={"PATH": path, **env}, capture_output=True, text=True, timeout=10
    )
    words = iter(log.read_text().split("\0")[:-1] if log.exists() else [])
    calls = [[*islice(words, int(count))] for count in words]
    return done.returncode, done.stderr, calls


def test_a_script_is_one_that_a_person_can_read() -> None:
    shop = deployed(SHOP, RESOURCES)
    assert digested(as_script(shop), shop) == WRITTEN


def test_a_script_does_what_dirg_does(tmp_path: Path) -> None:
    shop = {each.name: each for each in deployed(SHOP, RESOURCES)}
    text = as_script([*shop.values()])
    status, errors, calls = ran(text, tmp_path / "bin", SECRETS)
    assert (status, errors) == (0, "")
    front = ["-H", "tcp://front:2375"]
    making = ["network", "create", "--driver", "bridge", "--subnet", "10.1.0.0/24"]
    making += ["--subnet", "fd00::/64", "--ipv6", "--internal=false"]
    making += ["--label", "team=shop floor", "--label", "empty", "back"]
    assert calls == [
        [*front, "network", "inspect", "back"],
        [*front, *making],
        [*front, *shop["cache"].definition.run()],
        ["network", "inspect", "back"],
        making,
        ["volume", "inspect", "data"],
        ["volume", "create", "--opt", "o=uid=5", "data"],
        [*shop["db"].definition.run()],
        [*shop["web"].waits[0].query.arguments],
        [*front, *shop["web"].definition.build],
        [*front, *shop["web"].definition.create("web")],
        [*front, "network", "connect", "elsewhere", "web"],
        [*front, "start", "web"],
    ]


def test_a_secret_has_to_be_there(tmp_path: Path) -> None:
    text = as_script(deployed(SHOP, RESOURCES))
    status, errors, calls = ran(text, tmp_path / "bin", {"API_KEY": "k"})
    assert status == 2
    assert "PASSWORD: must be set" in errors
    assert calls == []


def test_no_secret_is_written() -> None:
    text = as_script(deployed(SHOP, RESOURCES))
    assert "never written" not in text
    assert "neither" not in text


def test_a_variable_that_no_shell_knows_is_told_of() -> None:
    found = deployed("one:\n  image: i\n  secret_env: {my.key: '1'}\n")
    assert digested(as_script(found), found) == (
        "#!/bin/sh\n"
        "# Makes and starts containers, each after those that it needs.\n"
        "set -eu\n\n"
        "# Secrets, which docker takes from the environment.\n"
        "# my.key has to be in the environment; not every shell hands it on.\n\n"
        "# one on default\n"
        "docker run -d \\\n"
        "  --name one \\\n"
        "  --hostname one \\\n"
        "  -e my.key \\\n"
        "  --label dirg.definition=DIGEST \\\n"
        "  i\n"
    )


def test_what_the_environment_says_of_tls_is_kept_from_some_hosts() -> None:
    containers = "one:\n  image: i\n  docker_host: http://h\n  volume_bindings: [data:/d]\n"
    text = as_script(deployed(containers, {"volumes": {"data": {}}}, DOCKER_TLS_VERIFY="1"))
    docker = "DOCKER_TLS_VERIFY='' docker -H tcp://h:2375"
    assert (
        f"{docker} volume inspect data >/dev/null 2>&1 ||\n  {docker} volume create data\n" in text
    )
    assert f"\n{docker} run -d \\\n" in text


def test_a_container_that_hangs_on_others_says_so() -> None:
    containers = """
one: {image: i, links: [two], volumes_from: [three], depends_on: {two: running}}
two: {image: i, pid: "container:three"}
three: {image: i}
"""
    text = as_script(deployed(containers))
    assert [line for line in text.splitlines() if line.startswith("#")][2:] == [
        "# three on default",
        "# two on default, after three",
        "# Wait until two is running.",
        "# one on default, after two (running), three",
    ]


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    containers = "one: {image: i, net: n}\ntwo: {image: i, net: n}\n"
    text = as_script(deployed(containers, N))
    text = text.replace("docker network inspect", "true network inspect")
    _, _, calls = ran(text, tmp_path / "bin", {})
    assert [call[0] for call in calls] == ["run", "run"]


def test_nothing_is_a_script_too(tmp_path: Path) -> None:
    assert ran(as_script([]), tmp_path / "bin", {}) == (0, "", [])


_WORDS = st.text(st.sampled_from("$`'\"\\ \n#&|;<>(){}*?!~=-a") | st.characters(codec="utf-8"))
_WORDS = _WORDS.map(lambda word: word.replace("\0", "").replace("\r", ""))


@given(word=_WORDS, flag=_WORDS)
def test_docker_gets_each_word_as_it_is(word: str, flag: str) -> None:
    (found,) = deployed("one:\n  image: i\n  label: {x: y}\n  command: [c]\n")
    definition = found.definition
    options = tuple(f"x={flag}" if each == "x=y" else each for each in definition.options)
    changed = Definition("one", "i", options, (word,))
    text = as_script([Deployment(changed, found.host)])
    folder = Path.cwd() / "bin"
    (folder / "log").unlink(missing_ok=True)
    status, errors, calls = ran(text, folder, {})
    assert (status, errors, calls) == (0, "", [[*changed.run()]])
