"""The forms one by one where test_arguments.py doesn't show them; above all what they refuse."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg import forms, ports
from dirg.errors import DescriptionError, SourcePlace
from dirg.ports import Port
from dirg.values import Text, Value
from tests.helpers import SERVICES, value


def refused(reader: Callable[[Value], object], written: str) -> str:
    with pytest.raises(DescriptionError) as error:
        reader(value(written))
    return str(error.value).removeprefix(f"{SERVICES}:")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        *((word, True) for word in ("true", "True", "TRUE", "yes", "on", "y", "'true'")),
        *((word, False) for word in ("false", "False", "no", "off", "OFF", "n", '"no"')),
    ],
)
def test_switches(written: str, expected: bool) -> None:
    assert forms.switch(value(written)) is expected


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("maybe", "5:5: takes true or false, not 'maybe'"),
        ("1", "5:5: takes true or false, not '1'"),
        ("''", "5:5: takes true or false, not ''"),
        ("[true]", "5:5: takes true or false, not a list"),
    ],
)
def test_what_is_no_switch(written: str, message: str) -> None:
    assert refused(forms.switch, written) == message


@given(st.lists(st.text(st.characters(exclude_categories={"Cs"}, exclude_characters="\0"))))
def test_a_command_is_split_as_a_shell_splits_words(words: list[str]) -> None:
    assert forms.command(Text(shlex.join(words), SourcePlace("here", 1))) == words


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("echo 'a", '5:5: no closing quotation in "echo \'a"; quote it as a shell does'),
        ("a\\", "5:5: no escaped character in 'a\\\\'; quote it as a shell does"),
        ("{a: b}", "5:5: takes text or a list of words, not a map"),
        ("[a, [b]]", "5:9: takes text, not a list"),
        ("[a, ~]", "5:9: takes text, not nothing"),
    ],
)
def test_what_is_no_command(written: str, message: str) -> None:
    assert refused(forms.command, written) == message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("80", [Port(80, 80)]),
        ("[80, 53/udp]", [Port(80, 80), Port(53, 53, "udp")]),
        ("[7000-7010/sctp]", [Port(7000, 7010, "sctp")]),
        ("[[53, udp], [80, tcp]]", [Port(53, 53, "udp"), Port(80, 80, "tcp")]),
        ("[!!python/tuple [53, udp]]", [Port(53, 53, "udp")]),
        ("[[7000-7010, UDP]]", [Port(7000, 7010, "udp")]),
        ("[1, 65535]", [Port(1, 1), Port(65535, 65535)]),
    ],
)
def test_ports(written: str, expected: list[Port]) -> None:
    assert ports.ports(value(written)) == expected


@pytest.mark.parametrize(
    ("port", "written"),
    [
        (Port(80, 80), "80"),
        (Port(80, 80, "tcp"), "80"),
        (Port(80, 80, "udp"), "80/udp"),
        (Port(1, 9), "1-9"),
        (Port(1, 9, "sctp"), "1-9/sctp"),
    ],
)
def test_ports_as_docker_writes_them(port: Port, written: str) -> None:
    assert str(port) == written


@pytest.mark.parametrize(
    ("one", "other", "covered"),
    [
        (Port(80, 80), Port(80, 80), True),
        (Port(80, 80), Port(80, 80, "tcp"), True),
        (Port(80, 80), Port(80, 80, "udp"), False),
        (Port(1, 9), Port(1, 5), True),
        (Port(1, 9), Port(5, 9), True),
        (Port(1, 9), Port(5, 10), False),
        (Port(2, 9), Port(1, 5), False),
    ],
)
def test_whether_ports_cover_others(one: Port, other: Port, covered: bool) -> None:
    assert one.covers(other) is covered


NO_PORT = "is no port; write 80, 53/udp or 7000-7010"
NO_NUMBER = "is no port; ports are 1 to 65535, the lower one first"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[http]", f"5:6: 'http' {NO_PORT}"),
        ("['']", f"5:6: '' {NO_PORT}"),
        ("[80/]", f"5:6: '80/' {NO_PORT}"),
        ("[80/quic]", f"5:6: '80/quic' {NO_PORT}"),
        ("[8080:80]", f"5:6: '8080:80' {NO_PORT}"),
        ("[-80]", f"5:6: '-80' {NO_PORT}"),
        ("[80-]", f"5:6: '80-' {NO_PORT}"),
        ("[٨٠]", f"5:6: '٨٠' {NO_PORT}"),
        ("[0]", f"5:6: '0' {NO_NUMBER}"),
        ("[65536]", f"5:6: '65536' {NO_NUMBER}"),
        ("[20-10]", f"5:6: '20-10' {NO_NUMBER}"),
        ("[[53]]", "5:6: a pair is a port and a protocol; write [53, udp]"),
        ("[[53, udp, x]]", "5:6: a pair is a port and a protocol; write [53, udp]"),
        ("[[53, [udp]]]", "5:11: takes a port and a protocol, not a list"),
        ("[{80: 80}]", "5:6: takes a port, not a map"),
        ("[~]", "5:6: takes a port, not nothing"),
    ],
)
def test_what_is_no_port(written: str, message: str) -> None:
    assert refused(ports.ports, written) == message


def published(written: str, declared: str = "[]") -> list[str]:
    return [str(each) for each in ports.publications(value(written), ports.ports(value(declared)))]


@pytest.mark.parametrize(
    ("written", "declared", "expected"),
    [
        ("{53: 53}", "[53/udp]", ["53:53/udp"]),
        ("{53: 53}", "[53/udp, 53]", ["53:53/udp", "53:53"]),
        ("{53: [1053, 2053]}", "[53/udp, 53/tcp]", [
            "1053:53/udp", "2053:53/udp", "1053:53", "2053:53"]),
        ("{53/tcp: 53}", "[53/udp]", ["53:53"]),
        ("{5: 5}", "[1-9/udp]", ["5:5/udp"]),
        ("{1-9: 1-9}", "[1-9/udp]", ["1-9:1-9/udp"]),
        ("{1-9: 1-9}", "[5/udp]", ["1-9:1-9"]),
        ("{80: ~}", "[]", ["80"]),
        ("{53: ~}", "[53/udp]", ["53/udp"]),
        ("{80: 8080-8090}", "[]", ["8080-8090:80"]),
        ("{80: '127.0.0.1:'}", "[]", ["127.0.0.1::80"]),
        ("{80: '[::1]:8080'}", "[]", ["[::1]:8080:80"]),
        ("{80: !!python/tuple [127.0.0.1]}", "[]", ["127.0.0.1::80"]),
        ("{80: !!python/tuple ['::1', 8080]}", "[]", ["[::1]:8080:80"]),
        ("{80: [!!python/tuple [127.0.0.1, 8080], 8081]}", "[]", ["127.0.0.1:8080:80", "8081:80"]),
        ("{80: [~, 81]}", "[]", ["80", "81:80"]),
    ],
)  # fmt: skip
def test_publications(written: str, declared: str, expected: list[str]) -> None:
    assert published(written, declared) == expected


NO_HOST_PORT = "is no port of a host; write 8080 or 127.0.0.1:8080"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[80]", "5:5: takes a map of container ports to host ports, not a list"),
        ("80", "5:5: takes a map of container ports to host ports, not text"),
        ("{http: 80}", f"5:6: 'http' {NO_PORT}"),
        ("{80: http}", f"5:10: 'http' {NO_HOST_PORT}"),
        ("{80: ''}", f"5:10: '' {NO_HOST_PORT}"),
        ("{80: example.org:80}", "5:10: 'example.org' is no address; write an IP "
         "address, as in 127.0.0.1:8080"),
        ("{80: 8080/udp}", f"5:10: '8080/udp' {NO_HOST_PORT}"),
        ("{80: 65536}", "5:10: '65536' is no port of a host; ports are 0 to 65535"),
        ("{80: 9-8}", "5:10: '9-8' is no port of a host; ports are 0 to 65535"),
        ("{80: {a: b}}", "5:10: takes a port of the host, not a map"),
        ("{80: !!python/tuple [a, b, c]}",
         "5:10: a pair is an address and a port; write !!python/tuple [127.0.0.1, 8080]"),
        ("{80: !!python/tuple []}",
         "5:10: a pair is an address and a port; write !!python/tuple [127.0.0.1, 8080]"),
        ("{80: !!python/tuple ['', 8080]}", f"5:10: ':8080' {NO_HOST_PORT}"),
    ],
)  # fmt: skip
def test_what_is_no_publication(written: str, message: str) -> None:
    assert refused(lambda it: ports.publications(it, []), written) == message


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{'': b}", "5:6: '' is no KEY; write one without ="),
        ("{a=b: c}", "5:6: 'a=b' is no KEY; write one without ="),
        ("['=a']", "5:6: the KEY is missing; write KEY=VALUE"),
        ("['']", "5:6: the KEY is missing; write KEY=VALUE"),
        ("[~]", "5:6: takes text, not nothing"),
        ("{a: [b]}", "5:9: takes text, not a list"),
        ("[{a: b}]", "5:6: takes text, not a map"),
    ],
)
def test_what_are_no_pairs(written: str, message: str) -> None:
    assert refused(lambda it: forms.pairs(it, "="), written) == message


def bound(written: str) -> list[str]:
    return forms.volume_bindings(value(written), "/srv/app")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{/a: {bind: /b}}", "/a:/b"),
        ("{/a: {bind: /b, ro: false}}", "/a:/b"),
        ("{/a: {bind: /b, ro: true}}", "/a:/b:ro"),
        ("{/a: {bind: /b, mode: ro}}", "/a:/b:ro"),
        ("{/a: {bind: /b, mode: 'rw,z'}}", "/a:/b:rw,z"),
        ("{/a: {bind: /b, mode: z, ro: true}}", "/a:/b:z,ro"),
        ("{/a: {bind: /b, mode: 'ro,z', ro: true}}", "/a:/b:ro,z"),
        ("{/a: /b}", "/a:/b"),
        ("{/a: '/b:ro'}", "/a:/b:ro"),
        ("{name: /b}", "name:/b"),
        ("['/a:/b', 'name:/c:ro']", "/a:/b name:/c:ro"),
        ("/a:/b:ro", "/a:/b:ro"),
        ("{./a: /b}", "/srv/app/a:/b"),
        ("{.: /b}", "/srv/app:/b"),
        ("{../a: {bind: /b, ro: true}}", "/srv/a:/b:ro"),
        ("['./a:/b:ro']", "/srv/app/a:/b:ro"),
        ("{}", ""),
        ("[]", ""),
    ],
)
def test_volume_bindings(written: str, expected: str) -> None:
    assert bound(written) == expected.split()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{/a: {ro: true}}", "5:10: bind is missing; write {bind: PATH}"),
        ("{/a: {bind: /b, rw: x}}", "5:21: 'rw' is unknown; a binding takes bind, ro and mode"),
        ("{/a: {bind: [/b]}}", "5:17: takes a path in the container, not a list"),
        ("{/a: {bind: /b, ro: maybe}}", "5:25: takes true or false, not 'maybe'"),
        ("{/a: {bind: /b, mode: rw, ro: true}}",
         "5:35: ro: true contradicts mode: rw; leave one out"),
        ("{/a: ~}", "5:10: takes a path in the container, not nothing"),
        ("{/a: [/b]}", "5:10: takes a path in the container, not a "
         "list"),
        ("[{/a: /b}]", "5:6: takes text, not a map"),
    ],
)  # fmt: skip
def test_what_is_no_binding(written: str, message: str) -> None:
    assert refused(lambda it: forms.volume_bindings(it, ""), written) == message


NO_PATH = "the path in the container is missing; write /a:PATH"
NO_SOURCE = "'' is no path or volume of a host; write HOST:PATH"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{/a: {bind: ''}}", f"5:17: {NO_PATH}"),
        ("{/a: ''}", f"5:10: {NO_PATH}"),
        ("{'': /b}", f"5:6: {NO_SOURCE}"),
        ("[':/b']", f"5:6: {NO_SOURCE}"),
        ("['/a:']", f"5:6: {NO_PATH}"),
        ("['/a::ro']", f"5:6: {NO_PATH}"),
        ("[/a]", f"5:6: {NO_PATH}"),
    ],
)
def test_no_side_of_a_binding_is_empty(written: str, message: str) -> None:
    assert refused(lambda it: forms.volume_bindings(it, ""), written) == message


@pytest.mark.parametrize("written", ["['']", "[-v]", "''"])
def test_what_is_no_volume(written: str) -> None:
    assert refused(forms.volumes, written).endswith("is no path in a container; write /PATH")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{db: database}", ["db:database"]),
        ("{db: ~}", ["db:db"]),
        ("[db, 'web:site']", ["db:db", "web:site"]),
        ("db", ["db:db"]),
    ],
)
def test_links(written: str, expected: list[str]) -> None:
    assert forms.links(value(written)) == expected


def test_relative_paths_of_a_relative_folder_begin_at_the_current_one() -> None:
    assert forms.absolute("a/../b", "conf") == str(Path.cwd() / "conf/b")


def test_a_path_that_does_not_begin_in_the_current_folder_is_there_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert forms.absolute("./a", "/srv") == "/srv/a"


def test_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert forms.absolute("~/a", "conf") == "/home/me/a"
    assert bound("{~/a: /b}") == ["/home/me/a:/b"]
