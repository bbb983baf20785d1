"""What containers run with, in canonical words and as a description has it."""

from __future__ import annotations

import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from dirg import canonical, expanded, live, mounts, networks, options
from dirg.shown import as_definition
from tests.helpers import DATA
from tests.inspected import CAPTURED, define

# The same to docker, and how all of them are spelt.
SAME = [
    ("memory", ["67108864", "65536k", "64m", "64M", "64MB", "64MiB", "64 m", "0.0625g"], "64m"),
    ("memory", ["1000", "1000b", "1000B"], "1000"),
    ("memory", ["1.5k"], "1536"),
    ("memory_swap", ["-1"], "-1"),
    ("memory", ["much"], "much"),
    ("health_interval", ["90s", "1m30s", "1.5m", "90000ms", "90000000000ns", "0h1m30s"], "1m30s"),
    ("health_interval", [".5s", "500ms", "500000us", "500000µs"], "500ms"),
    ("health_interval", ["soon"], "soon"),
    ("cpus", ["0.5", ".50", "1/2", "500000000e-9", "5e-1"], "0.5"),
    ("cpus", ["10", "10.0"], "10"),
    ("cpus", ["1/0"], "1/0"),
    ("cpus", ["1e999"], "1e999"),
    ("cpu_shares", ["8", "010", "0x8", "0b1000", "0o10", "+8"], "8"),
    ("stop_timeout", ["0"], "0"),
    ("ulimit", ["nofile=10", "nofile=10:10", "nofile=010:10"], "nofile=10:10"),
    ("ulimit", ["core=-1"], "core=-1:-1"),
    ("cap_add", ["net_admin", "NET_ADMIN", "CAP_NET_ADMIN", "cap_net_admin"], "NET_ADMIN"),
    ("stop_signal", ["INT", "SIGINT", "int", "2"], "INT"),
    ("restart", ["always", "always:0"], "always"),
    ("restart", ["on-failure:3"], "on-failure:3"),
    ("device", ["/dev/a", "/dev/a:/dev/a", "/dev/a:/dev/a:rwm", "/dev/a:mrw"], "/dev/a"),
    ("device", ["/dev/a:r", "/dev/a:/dev/a:r"], "/dev/a:/dev/a:r"),
    ("device", ["/dev/a:/dev/b/", "/dev/a/:/dev/b:rwm"], "/dev/a:/dev/b"),
    ("device_read_bps", ["/dev/a:1m", "/dev/a:1048576"], "/dev/a:1m"),
    ("device_read_iops", ["/dev/a:010", "/dev/a:10"], "/dev/a:10"),
    ("dns", ["fe80::1", "FE80::0:1"], "fe80::1"),
    ("dns_search", ["a.example", "a.example."], "a.example"),
    ("dns_search", ["."], "."),
    ("add_host", ["a:::1", "a=::1", "a=[::1]", "a:0::1"], "a:::1"),
    ("add_host", ["a:host-gateway", "a=host-gateway"], "a:host-gateway"),
    ("image", ["a", "a:latest", "docker.io/a", "index.docker.io/library/a"], "a:latest"),
    ("image", ["h:5000/a", "h:5000/a:latest"], "h:5000/a:latest"),
    ("image", ["a@sha256:0"], "a@sha256:0"),
    ("label", ["a", "a="], "a="),
    ("links", ["db", "db:db", "/db:/web/db"], "db:db"),
    ("links", ["db:x", "/db:/web/x"], "db:x"),
    ("volumes", ["/a", "/a/", "//a/./b/.."], "/a"),
    ("volume_bindings", ["/a:/b", "/a/:/b/", "/a:/b:rw"], "/a:/b"),
    ("volume_bindings", ["a:/b:z,ro", "a:/b/:ro,z"], "a:/b:ro,z"),
    ("volumes_from", ["a", "a:rw"], "a"),
    ("tmpfs", ["/t", "/t/", "/t:"], "/t"),
    ("tmpfs", ["/t:size=1m", "/t/:size=1m"], "/t:size=1m"),
    ("security_opt", ["label=disable", "label:disable"], "label=disable"),
    ("security_opt", ["no-new-privileges", "no-new-privileges:true"], "no-new-privileges"),
    ("security_opt", ["seccomp=unconfined", "seccomp:unconfined"], "seccomp=unconfined"),
    ("security_opt", ["seccomp=/a.json", 'seccomp={"a": 1}'], "seccomp=FILE"),
    ("mac_address", ["02:42:AC:11:00:02"], "02:42:ac:11:00:02"),
    ("ports", ["80", "80/tcp", "80/TCP", "80-80"], "80"),
    ("ports", ["53/udp"], "53/udp"),
    ("ports", ["http"], "http"),
    ("ports", ["1-99999999999"], "1-99999999999"),
    ("port_bindings", ["8080:80", "8080:80/tcp", "published=8080,target=80"], "8080:80"),
    ("port_bindings", ["80", ":80", "0:80", "::80"], "80"),
    ("port_bindings", ["127.0.0.1::80", "127.0.0.1:0:80"], "127.0.0.1::80"),
    ("port_bindings", ["[::1]:80:80", "[0:0::1]:80:80"], "[::1]:80:80"),
    ("port_bindings", ["8000-8005:80"], "8000-8005:80"),
    ("mount", ["type=volume,src=a,dst=/b", "target=/b/,source=a", "src=a,destination=/b"],
     "source=a,target=/b"),
    ("mount", ["type=bind,src=/a/,dst=/b,ro", "readonly=1,source=/a,target=/b,type=bind",
     "type=bind,src=/a,dst=/b,ro,bind-propagation=rprivate,consistency=cached"],
     "type=bind,readonly,source=/a,target=/b"),
    ("mount", ["type=bind,src=/a,dst=/b,bind-nonrecursive",
     "type=bind,src=/a,dst=/b,bind-recursive=disabled,ro=false"],
     "type=bind,bind-recursive=disabled,source=/a,target=/b"),
    ("mount", ["type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-mode=0700",
     "type=tmpfs,dst=/b,tmpfs-size=1048576,tmpfs-mode=700"],
     "type=tmpfs,target=/b,tmpfs-mode=700,tmpfs-size=1048576"),
    ("mount", ['dst=/b,"volume-label=a=b,c"'], 'target=/b,"volume-label=a=b,c"'),
    ("mount", ["a\nb"], "a\nb"),
    ("userns", ["host"], "host"),
]  # fmt: skip

NOTHING = [
    ("memory", "0"),
    ("memory", ""),
    ("pids_limit", "0"),
    ("pids_limit", "-1"),
    ("memory_swappiness", "-1"),
    ("restart", "no"),
    ("restart", ""),
    ("cpus", "0.0"),
    ("health_interval", "0s"),
    ("health_retries", "0"),
    ("security_opt", "no-new-privileges:false"),
    ("user", ""),
    ("hostname", ""),
]


@pytest.mark.parametrize(
    ("name", "written", "spelt"),
    [(name, written, spelt) for name, several, spelt in SAME for written in several],
)
def test_the_same_is_spelt_the_same(name: str, written: str, spelt: str) -> None:
    assert canonical.words(name, [written]) == (spelt,)
    assert canonical.words(name, [spelt]) == (spelt,)


@pytest.mark.parametrize(("name", "written"), NOTHING)
def test_what_stands_for_nothing(name: str, written: str) -> None:
    assert canonical.words(name, [written]) == ()


@pytest.mark.parametrize(
    ("name", "written", "spelt"),
    [
        ("cap_add", ["b", "a", "CAP_B"], ("A", "B")),
        ("dns", ["10.0.0.2", "10.0.0.1"], ("10.0.0.2", "10.0.0.1")),
        ("command", ["sh", "", "sh"], ("sh", "", "sh")),
        ("env", ["A=1", "B", "A=2"], ("A=2", "B")),
        ("env", ["A=1", "A"], ("A",)),
        ("label", ["a=1", "a"], ("a=",)),
        ("tmpfs", ["/a:x", "/a/"], ("/a",)),
        ("ports", ["80-82", "81"], ("80", "81", "82")),
        ("port_bindings", ["8000-8001:80-81/udp"], ("8000:80/udp", "8001:81/udp")),
        ("port_bindings", ["80-81"], ("80", "81")),
        ("port_bindings", ["127.0.0.1::80-81"], ("127.0.0.1::80", "127.0.0.1::81")),
    ],
)
def test_several_words(name: str, written: list[str], spelt: tuple[str, ...]) -> None:
    assert canonical.words(name, written) == spelt


@pytest.mark.parametrize(
    ("size", "number"), [("64m", 2**26), ("1000", 1000), ("1p", 2**50), ("3k", 3072), ("0", 0)]
)
def test_bytes_of_a_size(size: str, number: int) -> None:
    assert canonical.bytes_of(size) == number
    assert canonical.size(str(number)) == size


@given(
    some.sampled_from(sorted({*options.RUN, *options.PROPERTIES} - {"command"})),
    some.text("ab01:/=,.-[]m \n", max_size=12) | some.text(string.printable, max_size=20),
)
def test_any_text_has_a_spelling(name: str, written: str) -> None:
    found = canonical.words(name, [written])
    assert all(found)
    # Those of an image are spelt again together with those of the definition.
    assert name not in live.ADDED or canonical.words(name, found) == found


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["80", "81", "82", "90"], ["80-82", "90"]),
        (["9", "10", "8"], ["8-10"]),
        (["80", "81/udp"], ["80", "81/udp"]),
        (["54/udp", "53/udp", "53"], ["53", "53-54/udp"]),
        (["80", "http"], ["80", "http"]),
        ([], []),
    ],
)
def test_ports_are_shown_as_ranges(words: list[str], shown: list[str]) -> None:
    assert expanded.ranges(words) == shown


@pytest.mark.parametrize(
    ("mount", "word"),
    [
        ({"Type": "volume", "Source": "0" * 64, "Target": "/a"}, "target=/a"),
        (
            {
                "Type": "volume",
                "Source": "v",
                "Target": "/a/",
                "ReadOnly": True,
                "VolumeOptions": {
                    "NoCopy": True,
                    "Labels": {"a": "b", "c": ""},
                    "DriverConfig": {"Name": "x", "Options": {"type": "nfs"}},
                    "Subpath": "s",
                },
            },
            "readonly,source=v,target=/a,volume-driver=x,volume-label=a=b,volume-label=c,"
            "volume-nocopy,volume-opt=type=nfs,volume-subpath=s",
        ),
        (
            {
                "Type": "bind",
                "Source": "/a",
                "Target": "/b",
                "BindOptions": {"Propagation": "rslave", "NonRecursive": True},
                "Consistency": "cached",
            },
            "type=bind,bind-propagation=rslave,bind-recursive=disabled,source=/a,target=/b",
        ),
        (
            {"Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": {
                "ReadOnlyForceRecursive": True, "CreateMountpoint": True}},
            "type=bind,bind-create-src,bind-recursive=readonly,source=/a,target=/b",
        ),
        (
            {"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1024, "Mode": 448}},
            "type=tmpfs,target=/t,tmpfs-mode=700,tmpfs-size=1024",
        ),
        (
            {"Type": "image", "Source": "i", "Target": "/t", "ImageOptions": {"Subpath": "s"}},
            "type=image,image-subpath=s,source=i,target=/t",
        ),
    ],
)  # fmt: skip
def test_mounts_as_engines_say_them(mount: dict[str, Any], word: str) -> None:
    assert mounts.of_engine(mount) == word
    assert mounts.canonical(word) == word


@pytest.mark.parametrize(
    ("words", "properties"),
    [
        (["lan"], {"net": ["lan"]}),
        (["default"], {"net": ["bridge"]}),
        (["name=lan,alias=a,alias=b,ip=10.0.0.1,ip6=::1,link-local-ip=169.254.0.1"],
         {"net": ["lan"], "network_alias": ["a", "b"], "ip": ["10.0.0.1"], "ip6": ["::1"],
          "link_local_ip": ["169.254.0.1"]}),
        (["name=lan,mac-address=02:42:ac:11:00:02"],
         {"net": ["lan"], "mac_address": ["02:42:ac:11:00:02"]}),
        (["lan", "name=wan,ip=10.0.0.1,alias=b,alias=a,mac-address=02:42:ac:11:00:02"],
         {"net": ["lan", "name=wan,alias=a,alias=b,ip=10.0.0.1"]}),
        (["Name=lan,Driver-Opt=a=b,gw-priority=2"],
         {"net": ["name=lan,driver-opt=a=b,gw-priority=2"]}),
        (["name=lan,driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.x=1"],
         {"net": ["lan"], "sysctl": ["net.ipv4.conf.eth0.x=1"]}),
    ],
)  # fmt: skip
def test_networks_as_people_write_them(words: list[str], properties: dict[str, list[str]]) -> None:
    assert networks.properties(networks.written(words)) == properties


@pytest.mark.parametrize("version", CAPTURED)
@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("plain", {"image": ("busybox:latest",), "command": ("sleep", "3600"),
                   "hostname": ("plain",), "label": ("dirg.definition=DIGEST",)}),
        ("imaged", {"image": ("full:latest",), "hostname": ("imaged",),
                    "label": ("dirg.definition=DIGEST",)}),
        ("joined", {"image": ("busybox:latest",), "command": ("sleep", "3600"),
                    "hostname": ("db",), "init": ("true",), "ipc": ("container:db",),
                    "label": ("dirg.definition=DIGEST",), "net": ("container:db",),
                    "pid": ("container:db",), "rm": ("true",)}),
    ],
)  # fmt: skip
def test_properties(version: str, name: str, properties: live.Facts) -> None:
    container = CAPTURED[version]["containers"][name]
    answer, image = container["answer"], container["image"]
    digest = answer["config"]["Labels"]["dirg.definition"]
    found = live.properties(answer, image, CAPTURED[version]["names"])
    found["label"] = tuple(word.replace(digest, "DIGEST") for word in found["label"])
    assert found == properties


@pytest.mark.parametrize("version", CAPTURED)
def test_as_a_definition(version: str) -> None:
    expected = yaml.safe_load((DATA / "inspect" / "shown.yml").read_text())
    found = CAPTURED[version]
    for name, container in found["containers"].items():
        facts = live.properties(container["answer"], container["image"], found["names"])
        shown = as_definition(name, facts, "tcp://host:2375")
        wanted = {**expected["all"], **expected[name], **expected.get(f"{name} {version}", {})}
        assert shown == wanted, name


def test_secrets_are_masked() -> None:
    variables = ("A=1", "B=was", "KEY=hidden", "OTHER=hidden", "UNSET")
    found = {"image": ("i:latest",), "env": variables}
    definition = define("web", ["env: [A=1, B=0, KEY]", "secret_env: {OTHER: x}"], DATA)
    assert as_definition("web", found, "", definition) == {
        "image": "i:latest",
        "env": {"A": "1"},
        "secret_env": {"B": "********", "KEY": "********", "OTHER": "********"},
    }


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ({"port_bindings": ("8080:80",)}, {"port_bindings": {"80": "8080"}}),
        ({"port_bindings": ("80",)}, {"port_bindings": {"80": None}}),
        ({"port_bindings": ("127.0.0.1::80",)}, {"port_bindings": {"80": "127.0.0.1:"}}),
        ({"port_bindings": ("[::1]:8080:80",)}, {"port_bindings": {"80": "[::1]:8080"}}),
        (
            {"port_bindings": ("53:53", "53:53/udp")},
            {"port_bindings": {"53/tcp": "53", "53/udp": "53"}},
        ),
        ({"port_bindings": ("80", "81:80")}, {"port_bindings": {"80": [None, "81"]}}),
        (
            {"ports": ("53/udp",), "port_bindings": ("1053:53",)},
            {"ports": ["53/udp"], "port_bindings": {"53/tcp": "1053"}},
        ),
        ({"volume_bindings": ("/a:/b",)}, {"volume_bindings": {"/a": {"bind": "/b"}}}),
        (
            {"volume_bindings": ("/a:/b:ro", "c:/d:ro,z")},
            {
                "volume_bindings": {
                    "/a": {"bind": "/b", "ro": True},
                    "c": {"bind": "/d", "mode": "ro,z"},
                }
            },
        ),
        ({"volume_bindings": ("/a:/b", "/a:/c")}, {"volume_bindings": ["/a:/b", "/a:/c"]}),
        ({"volume_bindings": ("0" * 64 + ":/b",)}, {}),
        ({"volumes_from": ("web", "db")}, {"volumes_from": ["db"]}),
        ({"links": ("db:x", "mq:mq")}, {"links": {"db": "x", "mq": "mq"}}),
        ({"links": ("db:x", "db:y")}, {"links": ["db:x", "db:y"]}),
        ({"add_host": ("a:1.1.1.1", "a:::1")}, {"add_host": ["a:1.1.1.1", "a:::1"]}),
        ({"net": ("bridge",)}, {}),
        ({"net": ("lan",)}, {"net": "lan"}),
        ({"net": ("lan", "wan")}, {"network": ["lan", "wan"]}),
        ({"net": ("name=lan,driver-opt=a=b",)}, {"network": ["name=lan,driver-opt=a=b"]}),
        ({"label": ("a=b", "dirg.definition=x")}, {"label": {"a": "b"}}),
        ({"hostname": ("web",)}, {}),
        ({"hostname": ("0123456789ab",)}, {"hostname": "0123456789ab"}),
        ({"hostname": ("x",), "uts": ("host",)}, {"uts": "host"}),
        ({"hostname": ("x",), "net": ("container:db",)}, {"net": "container:db"}),
        ({"entrypoint": ("",), "command": ("sh",)}, {"command": ["sh"], "entrypoint": ""}),
        ({"security_opt": ("seccomp=FILE",)}, {}),
    ],
)
def test_the_forms_of_properties(words: live.Facts, shown: dict[str, Any]) -> None:
    assert as_definition("web", words) == shown
