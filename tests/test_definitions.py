"""Descriptions as values: what YAML's forms are read as, and what is wrong with their structure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg.definitions import parse
from dirg.errors import DescriptionError
from dirg.values import Items, Text, Value, each, text
from tests.helpers import SERVICES, defined, described, parsed, rendered, unreadable, value


def plain(value: Value | None) -> object:
    """A value as Python has it: text, list, tuple or dict."""
    if value is None or isinstance(value, Text):
        return None if value is None or value.null else value.text
    if isinstance(value, Items):
        return (tuple if value.pair else list)(map(plain, value.items))
    return {key.text: plain(item) for key, item in value.pairs}


def mistakes(text: str) -> list[str]:
    return unreadable(rendered(text))


def mistakes_of(properties: str) -> list[str]:
    """The mistakes of a container called web, whose first property stands in line 4."""
    lines = "".join(f"  {line}\n" for line in properties.splitlines())
    return mistakes(f"{{}}\n---\nweb:\n{lines}")


AS_WRITTEN = [
    "1.10", "22:22", "0123", "0o17", "0x1F", "on", "off", "yes", "no", "y", "n", "True", "FALSE",
    "1e3", "1E+3", ".5", "5.", "1_000", "+1", "-1", "190:20:30", "2026-11-22", "12:30:45",
    "2001-12-14t21:59:43.10-05:00", ".inf", "-.INF", ".NaN", "=", "1,000", "a: b", "#x", "@x",
    "%x", "`x`", "a  b", " lead", "trail ", "", "null", "~", "<<", "!x", "&x", "*x", "é ∞ 🐳", "'",
    '"', "\\n", "tab\there",
]  # fmt: skip


PLAIN = [each for each in AS_WRITTEN if each.strip() == each and each[:1] not in "#@%`!&*'\"~"]
PLAIN = [each for each in PLAIN if each not in ("a: b", "null", "<<")]


def flags(flag: str, prefix: str, words: list[str]) -> tuple[str, ...]:
    return tuple(word for each in words for word in (flag, f"{prefix}{each}"))


def test_quoted_text_stays_as_it_is() -> None:
    quoted = [each.replace("'", "''") for each in AS_WRITTEN]
    lines = "".join(f"- 'k={each}'\n" for each in quoted)
    assert defined(f"env:\n{lines}").options[2:] == flags("-e", "k=", AS_WRITTEN)


def test_plain_text_stays_as_it_is() -> None:
    values = "".join(f"  K{number}: {each}\n" for number, each in enumerate(PLAIN))
    found = defined(f"label:\n{values}command:\n" + "".join(f"- {each}\n" for each in PLAIN))
    assert found.options[2:] == tuple(
        word for number, each in enumerate(PLAIN) for word in ("--label", f"K{number}={each}")
    )
    assert found.command == tuple(PLAIN)


def test_keys_stay_as_they_are_written() -> None:
    keys = ["1.10", "22:22", "0123", "on", "1e3", "2026-11-22", "null", "~"]
    assert plain(value("\n".join(f"{key}: x" for key in keys))) == dict.fromkeys(keys, "x")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("!!null x", None),
        ("!!str null", "null"),
        ("!!str", ""),
        ("!!int 0123", "0123"),
        ("!!float 1.10", "1.10"),
        ("!!bool on", "on"),
        ("!!python/tuple [53, udp]", ("53", "udp")),
        ("!!seq [a]", ["a"]),
        ("!!map {a: b}", {"a": "b"}),
        ("[a, [b], {c: d}]", ["a", ["b"], {"c": "d"}]),
        ("|\n  a\n  b", "a\nb\n"),
        (">-\n  a\n  b", "a b"),
        ('"a\\tb\\u00e9"', "a\tb\u00e9"),
    ],
)
def test_what_is_read(written: str, expected: object) -> None:
    assert plain(value(written)) == expected


def printable(least: int = 0) -> st.SearchStrategy[str]:
    return st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="{\ufeff\ufffe\uffff"),
        min_size=least,
    )


@given(printable())
def test_any_text_arrives(written: str) -> None:
    quoted = "'" + written.replace("'", "''").replace("\u2028", "").replace("\u2029", "") + "'"
    expected = written.replace("\u2028", "").replace("\u2029", "")
    assert defined(f"command: [{quoted}]").command == (expected,)


MERGED = """\
base: &base
  image: busybox
  user: nobody
  env: &env {A: 1.0, B: 2}
more: &more {image: other, hostname: there}
web:
  <<: *base
  user: root
  env: {<<: *env, B: 3}
app:
  <<: [*base, *more]
  <<: {workdir: /srv}
late: {user: me, <<: *base}
alias:
  image: busybox
  env: *env
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web", {"image": "busybox", "user": "root", "env": {"A": "1.0", "B": "3"}}),
        ("late", {"user": "me", "image": "busybox", "env": {"A": "1.0", "B": "2"}}),
        ("alias", {"image": "busybox", "env": {"A": "1.0", "B": "2"}}),
        (
            "app",
            {
                "image": "busybox",
                "user": "nobody",
                "env": {"A": "1.0", "B": "2"},
                "hostname": "there",
                "workdir": "/srv",
            },
        ),
    ],
)
def test_anchors_and_merge_keys(name: str, expected: object) -> None:
    found = described(MERGED)
    properties = found.containers[name].properties
    assert {key: plain(each.value) for key, each in properties.items()} == expected
    assert found.warnings == ()


def test_anchors_of_the_services_are_not_known_among_the_containers() -> None:
    assert mistakes("a: &x [web]\n---\nweb: *x\n") == [
        f"{SERVICES}:3:6: YAML syntax: found undefined alias; correct what stands here or before"
    ]


def test_a_quoted_merge_key_is_a_key() -> None:
    assert plain(value('{"<<": x}')) == {"<<": "x"}


def test_the_last_of_equal_keys_counts_with_a_warning() -> None:
    found = described("web:\n  env: {A: 1}\n  env: {B: 2, B: 3}\n  env: {C: 4}\n")
    assert plain(found.containers["web"].properties["env"].value) == {"C": "4"}
    told = "is written twice; this one counts, not the one at"
    assert sorted(map(str, found.warnings)) == [
        f"{SERVICES}:5:3: env {told} {SERVICES}:4:3",
        f"{SERVICES}:6:3: env {told} {SERVICES}:5:3",
    ]


def test_equal_keys_of_a_nested_map() -> None:
    found = described("web:\n  env: {B: 2, B: 3}\n")
    assert plain(found.containers["web"].properties["env"].value) == {"B": "3"}
    assert [str(each) for each in found.warnings] == [
        f"{SERVICES}:4:15: B is written twice; this one counts, not the one at {SERVICES}:4:9"
    ]


def test_two_spellings_of_a_property_are_the_same_property() -> None:
    found = described("web:\n  shm-size: 1m\n  shm_size: 2m\n")
    assert plain(found.containers["web"].properties["shm_size"].value) == "2m"
    told = f"shm_size is written twice; this one counts, not the one at {SERVICES}:4:3"
    assert [str(each) for each in found.warnings] == [f"{SERVICES}:5:3: {told}"]


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("all: [a1]\nall: [a1]\n---\na1: {}\n", "all", (2, 1)),
        ("{}\n---\nweb: {}\nx1: {}\nweb: {}\n", "web", (5, 3)),
    ],
)
def test_names_are_defined_once(text: str, name: str, place: tuple[int, int]) -> None:
    again, first = place
    assert mistakes(text) == [
        f"{SERVICES}:{again}:1: {name} is defined twice, here and at {SERVICES}:{first}:1; "
        "rename one"
    ]


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system [id]",
        "!!python/object/new:os.system [id]",
        "!!python/object:dirg.errors.Mistake {}",
        "!!python/name:os.system ''",
        "!!python/module:os ''",
        "!!python/none ''",
        "!!python/str x",
        "!!set {a}",
        "!!omap [a: b]",
        "!!binary aGk=",
        "!custom x",
        "!<tag:example.org,2026:x> x",
    ],
)
def test_tags_construct_nothing(tag: str) -> None:
    (mistake,) = mistakes_of(f"env: {tag}")
    shown = tag.split()[0].replace("!<", "").replace(">", "")
    assert mistake == (
        f"{SERVICES}:4:8: tag {shown} is not accepted; write plain data or !!python/tuple [A, B]"
    )


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ("env: &x [*x]", "4:8"),
        ("env: &x {A: *x}", "4:8"),
        ("env: &x\n  A: &y [*x]", "4:8"),
    ],
)
def test_a_value_that_contains_itself(properties: str, place: str) -> None:
    assert mistakes_of(properties) == [
        f"{SERVICES}:{place}: contains itself by an alias; write it out"
    ]


def test_a_map_that_merges_itself() -> None:
    (mistake,) = mistakes_of("env: &x\n  <<: *x\n  A: 1")
    assert mistake == f"{SERVICES}:4:8: merges itself; leave that out"


LAUGHS = [
    "- &l0 [ha]",
    *(f"- &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30)),
]


def test_some_laughs_are_read() -> None:
    found = value("\n".join(LAUGHS[:5]))
    assert isinstance(found, Items)
    assert len(found.items) == 5


def test_a_billion_laughs_are_refused_in_no_time() -> None:
    (mistake,) = mistakes_of("it:\n" + "".join(f"    {line}\n" for line in LAUGHS))
    assert mistake == (
        f"{SERVICES}:10:9: stands for more than 100,000 values by its aliases; write less"
    )


def test_a_mistake_in_a_billion_laughs_is_told_once() -> None:
    lines = [LAUGHS[0].replace("ha", "!no ha"), *LAUGHS[1:]]
    (mistake,) = mistakes_of("it:\n" + "".join(f"    {line}\n" for line in lines))
    assert "tag !no is not accepted" in mistake


def test_deep_nesting_is_refused() -> None:
    (mistake,) = mistakes_of("env: " + "[" * 3000 + "]" * 3000)
    assert "nested too deeply" in mistake
    assert mistake.startswith(f"{SERVICES}:")


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ('env: {A: "a\\0b"}', "4:12: holds a NUL character, which no program takes; remove it"),
        ('"a\\0b": x', "4:3: holds a NUL character, which no program takes; remove it"),
        ("env: {[a]: b}", "4:9: the key of a map must be text; quote it"),
        ("? {a: b}\n: c", "4:5: the key of a map must be text; quote it"),
        ("env: [a", "5:1: YAML syntax: did not find expected ',' or ']'"
         "; correct what stands here or before"),
        ("env: *absent", "4:8: YAML syntax: found undefined alias"
         "; correct what stands here or before"),
        ("env: a: b", "4:9: YAML syntax: mapping values are not allowed in this context"
         "; correct what stands here or before"),
        ("env: @x", "4:8: YAML syntax: found character that cannot start any token"
         "; correct what stands here or before"),
        ("\tenv: x", "4:3: YAML syntax: a tab, which YAML does not take here; indent with spaces"),
        ("env: 'a", "5:1: YAML syntax: found unexpected end of stream"
         "; correct what stands here or before"),
        ("<<: text", "4:3: YAML merge: expected a mapping or list of mappings for merging, but "
         "found scalar; write <<: *ALIAS"),
        ("env: a\x07b", "4:9: YAML syntax: control characters are not allowed; leave it out"),
        ("env: é\x00b", "4:9: YAML syntax: control characters are not allowed; leave it out"),
    ],
)  # fmt: skip
def test_mistakes_of_yaml(properties: str, message: str) -> None:
    assert mistakes_of(properties) == [f"{SERVICES}:{message}"]


@pytest.mark.parametrize("newline", ["\u2028", "\x85", "\u2029"])
def test_what_only_yaml_takes_for_the_end_of_a_line(newline: str) -> None:
    text = f"{{}}\n---\n# one{newline}# two\nweb: @\n"
    assert mistakes(text) == [
        f"{SERVICES}:4:6: YAML syntax: found character that cannot start any token"
        "; correct what stands here or before"
    ]


def test_a_mistake_of_yaml_is_told_where_the_template_has_it() -> None:
    found = rendered(
        "{% for n in range(5) %}\n# {{n}}\n{% endfor %}\n{}\n---\nweb:\n  image: a: b\n"
    )
    with pytest.raises(DescriptionError) as error:
        parse(found, "")
    assert str(error.value) == (
        f"{SERVICES}:7:11: YAML syntax: mapping values are not allowed in this context"
        "; correct what stands here or before"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [b]\n", "1:1: needs two YAML documents separated by ---, services and containers; "
         "found 1; write both"),
        ("", "1:1: needs two YAML documents separated by ---, services and containers; "
         "found 0; write both"),
        ("a: [b]\n---\nbb: {}\n---\n---\nc: {}\n",
         "6:1: takes three YAML documents: services, containers, and networks with volumes; "
         "leave out the rest"),
        ("[a]\n---\n", "1:1: this document takes a map of names, not a list; write NAME: "
         "and below it what it is"),
        ("{}\n---\nweb\n", "3:1: this document takes a map of names, not text; write NAME: "
         "and below it what it is"),
        ("{}\n---\nweb: [image]\n",
         "3:6: container web takes a map of properties, not a list; write "
         "web: {image: NAME}"),
        ("{}\n---\nweb:\n", "3:5: container web takes a map of properties, not nothing; write "
         "web: {image: NAME}"),
        ("s1: {a: b}\n---\nweb: {}\n", "1:5: service s1 takes a list of names, not a map; write "
         "s1: [NAME, NAME]"),
        ("s1: [[web]]\n---\nweb: {}\n", "1:6: service s1 takes names, not a list; write "
         "s1: [NAME, NAME]"),
    ],
)  # fmt: skip
def test_mistakes_of_structure(text: str, message: str) -> None:
    assert mistakes(text) == [f"{SERVICES}:{message}"]


def test_every_mistake_of_structure_is_told_at_once() -> None:
    assert mistakes("s1: {a: b}\n---\nweb: text\nx: {}\n") == [
        f"{SERVICES}:1:5: service s1 takes a list of names, not a map; write s1: [NAME, NAME]",
        f"{SERVICES}:3:6: container web takes a map of properties, not text; "
        "write web: {image: NAME}",
        f"{SERVICES}:4:1: 'x' is no container name; docker takes two or more of "
        "a-z A-Z 0-9 _ . - and no _ . - at the start",
    ]


@pytest.mark.parametrize(
    ("name", "ok"),
    [("ab", True), ("0.a_b-c", True), ("A9", True), ("a", False), ("_ab", False), ("-ab", False),
     ("a/b", False), ("a b", False), ("é1", False), ("ab\n", False)],
)  # fmt: skip
def test_names_of_containers(name: str, ok: bool) -> None:
    escaped = name.replace("\n", "\\n")
    text = f'{{}}\n---\n"{escaped}": {{image: i}}\n'
    if ok:
        assert list(parsed(text).containers) == [name]
    else:
        assert len(mistakes(text)) == 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [("[a, b]", ["a", "b"]), ("a", ["a"]), ("", []), ("[]", []), ("[1, on]", ["1", "on"])],
)
def test_the_members_of_a_service(written: str, expected: list[str]) -> None:
    found = parsed(f"s1: {written}\n---\n{{}}\n")
    assert [member.text for member in found.services["s1"].members] == expected


@pytest.mark.parametrize("services", ["", "{}", "# nothing", "~"])
def test_a_description_without_services(services: str) -> None:
    found = parsed(f"---\n{services}\n---\nweb: {{image: i}}\n")
    assert (list(found.services), list(found.containers)) == ([], ["web"])


@pytest.mark.parametrize("end", ["", "...\n", "---", "---\nnetworks:\n", "---\n{}\n"])
def test_how_a_description_may_end(end: str) -> None:
    found = parsed(f"{{}}\n---\nweb: {{image: i}}\n{end}")
    assert ([*found.containers], found.resources) == (["web"], ())


def test_networks_and_volumes() -> None:
    found = parsed(
        "{}\n---\n{}\n---\nnetworks: {back: , front: {driver: x}}\nvolumes: {data: {}}\n"
    )
    assert [(each.kind, each.name, [*each.properties]) for each in found.resources] == [
        ("network", "back", []),
        ("network", "front", ["driver"]),
        ("volume", "data", []),
    ]
    assert [str(each.place.source()) for each in found.resources] == [
        f"{SERVICES}:{place}" for place in ("5:12", "5:20", "6:11")
    ]


def test_a_network_may_have_a_name_of_one_letter_and_a_volume_not() -> None:
    text = "{}\n---\n{}\n---\nnetworks: {a: {}}\n"
    assert [each.name for each in parsed(text).resources] == ["a"]
    assert mistakes(f"{text}volumes: {{b: {{}}}}\n") == [
        f"{SERVICES}:6:11: 'b' is no volume name; docker takes two or more of "
        "a-z A-Z 0-9 _ . - and no _ . - at the start"
    ]


def test_mistakes_of_networks_are_told_beside_those_before() -> None:
    assert mistakes("{}\n---\nweb: text\n---\nnetworks: [a]\nvolumes: text\n") == [
        f"{SERVICES}:3:6: container web takes a map of properties, not text; "
        "write web: {image: NAME}",
        f"{SERVICES}:5:11: this document takes a map of names, not a list; "
        "write NAME: and below it what it is",
        f"{SERVICES}:6:10: this document takes a map of names, not text; "
        "write NAME: and below it what it is",
    ]


def test_a_name_of_a_network_that_is_written_twice_is_no_warning_besides() -> None:
    text = "{}\n---\nweb: {image: i, image: j}\n---\nnetworks: {aa: {}, aa: {}}\n"
    found = parsed(text)
    assert list(map(str, found.mistakes)) == [
        f"{SERVICES}:5:20: aa is defined twice, here and at {SERVICES}:5:12; rename one"
    ]
    assert list(map(str, found.warnings)) == [
        f"{SERVICES}:3:17: image is written twice; this one counts, not the one at {SERVICES}:3:7"
    ]


def test_text_of_values() -> None:
    assert text(value("a"), "text") == "a"
    for written, given_kind in (("[a]", "a list"), ("{a: b}", "a map"), ("~", "nothing")):
        with pytest.raises(DescriptionError, match=f"takes a word, not {given_kind}$"):
            text(value(written), "a word")


@pytest.mark.parametrize(
    ("written", "expected"), [("[a, b]", ["a", "b"]), ("a", ["a"]), ("~", []), ("[]", [])]
)
def test_each_of_a_value(written: str, expected: list[str]) -> None:
    assert [plain(item) for item in each(value(written))] == expected
