"""Templates: what they give, what they may not do, and where their mistakes are told."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dirg import template
from dirg.definitions import parse
from dirg.errors import DescriptionError, UsageError
from dirg.files import read, shown
from dirg.files import rendered as render
from dirg.origins import Origins, Part
from tests.helpers import SERVICES, rendered, unreadable

if TYPE_CHECKING:
    from dirg.origins import Rendered


def place(found: Rendered, needle: str) -> str:
    """Where the first occurrence of something in the rendered text was written."""
    return str(found.place(found.text.index(needle)))


def files(**texts: str) -> None:
    for name, text in texts.items():
        path = Path(name.replace("__", "/") + ".yml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_text_without_templating_stays_as_it_is() -> None:
    text = "a: 1\n\nb: {c: 'x'}\n# é %} }\n"
    found = rendered(text)
    assert found.text == text
    assert [place(found, each) for each in ("a", "1", "b", "c", "%")] == [
        f"{SERVICES}:{each}" for each in ("1:1", "1:4", "3:1", "3:5", "4:5")
    ]
    assert found.unset == {}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x: {{name}}", "x: value"),
        ("x: {{NAME}}", "x: VALUE"),
        ("x: {{env['SHELL_VAR']}}\n", "x: set\n"),
        ("x: {{env.SHELL_VAR}}\n", "x: set\n"),
        ("x: {{env['UNSET'] or 'default'}}\n", "x: default\n"),
        ("x: {{env.UNSET or 'default'}}\n", "x: default\n"),
        ("x: {{env['UNSET'] | default('default')}}\n", "x: default\n"),
        ("x: {{env.get('UNSET', 'default')}}\n", "x: default\n"),
        ("x: {{env.get('SHELL_VAR', 'default')}}\n", "x: set\n"),
        ("{% if env['UNSET'] %}a{% else %}b{% endif %}", "b"),
        ("{% if not env.get('UNSET') %}b{% endif %}", "b"),
        ("{% if env['UNSET'] is defined %}a{% else %}b{% endif %}", "b"),
        ("{% if env['EMPTY'] %}a{% else %}b{% endif %}", "b"),
        ("x: {{env['EMPTY']}}.\n", "x: .\n"),
        ("{{env|length}} {{env|list|sort|join(' ')}}", "2 EMPTY SHELL_VAR"),
        ("{{env|dictsort}}", "[('EMPTY', ''), ('SHELL_VAR', 'set')]"),
        (
            "{{env|tojson}} {{env}}",
            "{\"EMPTY\": \"\", \"SHELL_VAR\": \"set\"} {'SHELL_VAR': 'set', 'EMPTY': ''}",
        ),
        ("{{'SHELL_VAR' in env}} {{'X' in env}} {{env is mapping}}", "True False True"),
        ("{{'%(SHELL_VAR)s' % env}} {{'{SHELL_VAR}'.format(**env)}}", "set set"),
        ("{{dict(env)}} {{dict(env, X='1')['X']}}", "{'SHELL_VAR': 'set', 'EMPTY': ''} 1"),
        ("x: {{ [name, 1] | tojson }}\n", 'x: ["value", 1]\n'),
        ("{# {{unknown}} #}x\n", "x\n"),
        ("{% raw %}{{name}}{% endraw %}\n", "{{name}}\n"),
    ],
)
def test_what_is_rendered(text: str, result: str) -> None:
    env = {"SHELL_VAR": "set", "EMPTY": ""}
    assert rendered(text, env, name="value", NAME="VALUE").text == result


LOOP = """\
start
{% for n in [1, 2] %}
  item{{n}}

  tail{{n}}
{% endfor %}
end
"""

MACRO = """\
{% macro container(name) %}
{{name}}:
    image: {{name}}
{% endmacro %}
before
{{ container('one') }}
{{ container('two') | indent(4) }}
{% filter upper %}
{{ container('three') }}
loud
{% endfilter %}
after
"""

SPREAD = """\
{#
   a comment of
   several lines
#}
{%- set words = [
    'a',
    'b',
] %}
{{ words
   | join(' ') }} joined
{% set block %}
inner
{% endset %}
{{ block }}
{% raw %}
{{ raw }}
{% endraw %}
last
"""

# Without the newline that ends a line, what follows it decides where a line of text ends.
TRIMMED = """\
{% for n in [1, 2] %}
item{{n}}: {image: busybox}
{%- endfor %}
{% if true -%}
  inside
{%- endif %}
end
"""


@pytest.mark.parametrize(
    ("text", "needle", "expected"),
    [
        (LOOP, "start", "1:1"),
        (LOOP, "item1", "3:3"),
        (LOOP, "item2", "3:3"),
        (LOOP, "tail1", "5:3"),
        (LOOP, "tail2", "5:3"),
        (LOOP, "end", "7:1"),
        (MACRO, "before", "5:1"),
        (MACRO, "one:", "2:1"),
        (MACRO, "image: one", "3:5"),
        (MACRO, "image: two", "3:5"),
        (MACRO, "IMAGE: THREE", "3:5"),
        (MACRO, "LOUD", "10:1"),
        (MACRO, "after", "12:1"),
        (SPREAD, "joined", "10:19"),
        (SPREAD, "inner", "12:1"),
        (SPREAD, "{{ raw", "16:1"),
        (SPREAD, "last", "18:1"),
        (TRIMMED, "item1", "2:1"),
        (TRIMMED, "item2", "2:1"),
        (TRIMMED, "inside", "5:3"),
        (TRIMMED, "end", "7:1"),
    ],
)
def test_the_source_of_a_rendered_line(text: str, needle: str, expected: str) -> None:
    assert place(rendered(text), needle) == f"{SERVICES}:{expected}"


def test_the_lines_after_a_value_of_several_lines() -> None:
    found = rendered("a\n{{env['LINES']}} x\nb\n", {"LINES": "1\n2\n3"})
    assert found.text == "a\n1\n2\n3 x\nb\n"
    places = [place(found, needle).split(":")[1] for needle in "a123b"]
    assert places == ["1", "2", "2", "2", "3"]


def test_includes_and_imports_are_relative_to_the_file_that_says_it() -> None:
    files(
        parts__web="web line\n{% include 'more.yml' %}\nweb end\n",
        parts__more="\nmore line\n",
        parts__macros="{% macro m(x) %}\nmacro {{x}}\n{% endmacro %}\n",
        parts__user="{% from 'macros.yml' import m %}\n{{ m('there') }}\n",
    )
    found = rendered(
        "first\n{% include 'parts/web.yml' %}\n"
        "{% import 'parts/macros.yml' as macros %}{{ macros.m('here') }}\n"
        "{% include 'parts/user.yml' %}\nlast\n"
    )
    expected = {
        "first": f"{SERVICES}:1:1",
        "web line": "parts/web.yml:1:1",
        "more line": "parts/more.yml:2:1",
        "web end": "parts/web.yml:3:1",
        "macro here": "parts/macros.yml:2:1",
        "macro there": "parts/macros.yml:2:1",
        "last": f"{SERVICES}:5:1",
    }
    assert {needle: place(found, needle) for needle in expected} == expected


def test_an_included_file_sees_the_variables() -> None:
    files(part="{{name}} {{env['SHELL_VAR']}}")
    assert rendered("{% include 'part.yml' %}", {"SHELL_VAR": "b"}, name="a").text == "a b"


@pytest.mark.parametrize(
    # Between two expressions, the column is that of the first: nothing else is certain.
    ("needle", "column"),
    [("key", 1), ("value", 6), ("rest", 6), ("more", 32)],
)
def test_columns_before_in_and_after_expressions(needle: str, column: int) -> None:
    found = rendered("key: {{name}}, rest: {{name}}, more\n", name="value")
    assert place(found, needle) == f"{SERVICES}:1:{column}"


def test_a_byte_order_mark_and_line_ends_of_windows() -> None:
    Path(SERVICES).write_bytes(b"\xef\xbb\xbfa\r\n{{name}}\r\nb")
    found = render(SERVICES, {"name": "x"}, {})
    assert found.text == "a\nx\nb"
    assert place(found, "b") == f"{SERVICES}:3:1"


UNSET = "environment variable X is not set; set it, or write {{env['X'] or 'default'}}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("image: {{env['X']}}", f"4:19: {UNSET}"),
        ("image: a{{env.X}}b", f"4:19: {UNSET}"),
        ("image: '{{env.get('X')}}'", f"4:24: {UNSET}"),
        ("{{env['X']}}: busybox", f"4:12: {UNSET}"),
        ("env: {A: [{{env['X']}}]}", f"4:22: {UNSET}"),
        ("image: {{registri}}", "4:14: 'registri' is undefined; define it in dirg.cfg"),
    ],
)
def test_an_unset_variable_in_a_value_is_a_mistake(line: str, message: str) -> None:
    found = rendered(f"{{}}\n---\nweb:\n    {line}\n")
    assert unreadable(found) == [f"{SERVICES}:{message}"]


def test_an_unset_variable_in_a_yaml_comment_does_no_harm() -> None:
    found = rendered("{}\n---\nweb:  # {{env['X']}}\n    image: i\n# {{registri}}\n")
    assert [each.reason for each in found.unset.values()] == [
        UNSET,
        "'registri' is undefined; define it in dirg.cfg",
    ]
    assert list(parse(found, "").containers) == ["web"]
    assert found.readable() == "{}\n---\nweb:  # \n    image: i\n# \n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{{ [env['X']] }}", "template: environment variable X is not set; set it, or write "
         "{{env['X'] or 'default'}}"),
        ("{{ {'a': nosuch} }}", "template: 'nosuch' is undefined; define it in dirg.cfg"),
        ("{{ [nosuch]|tojson }}", "template: 'nosuch' is undefined; define it in dirg.cfg"),
        ("{{ range(10**6) }}", "template: Range too big. The sandbox blocks ranges larger than "
         "MAX_RANGE (100000); correct the expression"),
        ("{{ ''.zfill(2**62) }}",
         "template: it makes more than there is room for in memory; make less"),
        ("{{ 'a' ~ env['X'] }}", "template: environment variable X is not set; set it, or write "
         "{{env['X'] or 'default'}}"),
        ("{{ env['X'].split(',') }}",
         "template: environment variable X is not set; set it, or write "
         "{{env['X'] or 'default'}}"),
        ("{{ registri.host }}", "template: 'registri' is undefined; define it in dirg.cfg"),
        ("{% if registri %}{% endif %}",
         "template: 'registri' is undefined; define it in dirg.cfg"),
        ("{{ 1 / 0 }}", "template: division by zero; correct the expression"),
        ("{% include 'absent.yml' %}",
         "no such file: absent.yml; files are relative to the one that "
         "names them"),
        ("{{ name.__class__.__mro__ }}", "template: access to attribute '__class__' of 'str' "
         "object is unsafe; correct the expression"),
        ("{% for %}",
         "template syntax: Expected an expression, got 'end of statement block'; correct it"),
        ("{{ name | nosuch }}", "template syntax: No filter named 'nosuch'; correct it"),
        ("{{ name", "template syntax: unexpected end of template, expected 'end of print "
         "statement'; correct it"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["itself", "an include"])
def test_mistakes_are_told_where_they_are(line: str, message: str, where: str) -> None:
    text = f"first\n\n{line}"
    file = SERVICES
    if where == "an include":
        files(part=text)
        file, text = "part.yml", "a\n{% include 'part.yml' %}\n"
    with pytest.raises(DescriptionError) as error:
        rendered(text, name="a")
    assert str(error.value) == f"{file}:3:1: {message}"


def test_a_mistake_in_a_macro_is_told_where_the_macro_is() -> None:
    files(macros="{% macro m() %}\n\n{{ 1 / 0 }}\n{% endmacro %}")
    with pytest.raises(DescriptionError) as error:
        rendered("{% import 'macros.yml' as macros %}\n{{ macros.m() }}")
    assert str(error.value) == "macros.yml:3:1: template: division by zero; correct the expression"


@pytest.mark.parametrize(
    "text",
    [
        "{% include 'dirg-services.yml' %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
)
def test_endless_recursion(text: str) -> None:
    with pytest.raises(DescriptionError) as error:
        rendered(text)
    assert str(error.value) == (
        f"{SERVICES}:1:1: template: it includes or calls itself without end; end that"
    )


@pytest.mark.parametrize(
    "expression",
    [
        "name.__class__",
        "cycler.__init__.__globals__.os",
        "name.format.__self__.__class__",
        "'{0.__class__}'.format(name)",
        "self._TemplateReference__context",
    ],
)
def test_a_template_gets_at_nothing_of_python(expression: str) -> None:
    text = f"{{}}\n---\nweb: {{image: '{{{{ {expression} }}}}'}}\n"
    try:
        found = unreadable(rendered(text, name="a"))
    except DescriptionError as error:
        found = str(error).splitlines()
    assert len(found) == 1
    assert found[0].startswith(f"{SERVICES}:3:")


def test_text_that_is_not_utf_8() -> None:
    Path(SERVICES).write_bytes(b"a\nb\ngr\xfcn\n")
    with pytest.raises(DescriptionError) as error:
        render(SERVICES, {}, {})
    assert str(error.value) == f"{SERVICES}:3:1: not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("absent.yml", "no such file"),
        (".", "is a directory"),
        ("loop.yml", "too many levels of symbolic links"),
    ],
)
def test_a_description_that_is_not_there(path: str, why: str) -> None:
    Path("loop.yml").symlink_to("loop.yml")
    with pytest.raises(UsageError) as error:
        render(path, {}, {})
    assert str(error.value) == f"{path}: {why}; it is what dirg_services names"
    Path(SERVICES).write_text(f"{{% include '{path}' %}}")
    with pytest.raises(DescriptionError) as wrong:
        render(SERVICES, {}, {})
    advice = "files are relative to the one that names them"
    assert str(wrong.value) == f"{SERVICES}:1:1: {why}: {path}; {advice}"


def test_a_description_without_end() -> None:
    with pytest.raises(DescriptionError) as error:
        render("/dev/zero", {}, {})
    assert str(error.value) == "/dev/zero:1:1: longer than 64 MiB; split it"


def test_how_a_path_is_shown() -> None:
    assert shown("a/../b/c.yml") == "b/c.yml"
    assert shown(str(Path.cwd() / "b/c.yml")) == "b/c.yml"
    assert shown("/srv/../etc/c.yml") == "/etc/c.yml"
    assert shown("a\0b.yml") == "a\0b.yml"


def test_what_is_above_a_folder_that_is_a_link_is_read_and_shown_as_it_is_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "c.yml").write_text("there")
    Path("c.yml").write_text("here")
    Path("link").symlink_to(tmp_path / "folder")
    assert shown("link/../c.yml") == "link/../c.yml"
    assert render("link/../c.yml", {}, {}).text == "there"


@pytest.mark.parametrize("filtered", ["m()|length", "m()|truncate(9, True, '')", "m()|int", "''"])
def test_what_cannot_be_printed_is_told_where_a_filter_made_something_else_of_it(
    filtered: str,
) -> None:
    macro = "{% macro m() %}{{ nosuch }}/web{% endmacro %}"
    with pytest.raises(DescriptionError) as error:
        rendered(f"a: 1\n{macro}\n{{% set x = m() %}}b: {{{{ {filtered} }}}}\n")
    assert str(error.value) == f"{SERVICES}:2:19: 'nosuch' is undefined; define it in dirg.cfg"


PLAIN = ["a: b", "  - c # d", "{a: {b: c}}", "'}} %} #}'", "\tx\r", "é\u2028", "", "--- |"]


@given(st.lists(st.sampled_from(PLAIN), max_size=8).map("\n".join))
def test_what_is_no_template_is_read_as_one(text: str) -> None:
    """Without Jinja2, but with the same text and the same places."""
    Path(SERVICES).write_text(text, encoding="utf-8", newline="")
    plain = render(SERVICES, {}, {})
    known = read(SERVICES)
    by_jinja = template.render(SERVICES, known, {}, {})
    assert plain.text == by_jinja.text
    places = [*range(len(plain.text))]
    assert [plain.place(at) for at in places] == [by_jinja.place(at) for at in places]


def test_a_description_may_come_from_a_pipe() -> None:
    os.mkfifo("pipe")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(Path("pipe").write_text, "a: {{ b }}\nc: {{ d }}\n")
        found = render("pipe", {"b": "1", "d": "2"}, {})
    assert found.text == "a: 1\nc: 2\n"
    # There is nothing to read any more when somebody asks where something was written.
    assert (found.place(8).line, found.place(8).column) == (2, 4)


@pytest.mark.parametrize(
    "change",
    [
        *("env.update({'A': 'b'})", "env.clear()", "env.pop('A')", "env.setdefault('B', 'b')"),
        *("env.popitem()", "dict.update(env, A='b')", "dict.pop(env, 'A')", "dict.clear(env)"),
        *("env.__setitem__('A', 'b')", "env._environ.clear()", "env|attr('clear')()"),
        *("registry.__init__.__globals__", "env.get.__func__.__globals__['os']"),
    ],
)
def test_a_template_changes_nothing_of_the_shell(change: str) -> None:
    shell = {"A": "a"}
    with pytest.raises(DescriptionError) as error:
        rendered(f"x{{{{ {change} }}}}", shell, registry="r")
    assert f"{SERVICES}:1:" in str(error.value)
    assert shell == {"A": "a"}


def test_what_a_template_may_change_is_its_own() -> None:
    text = "{% set found = [] %}{% set _ = found.append('a') %}{{ found|join }}"
    assert rendered(text).text == "a"


def test_a_long_row_of_signs_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jinja2 looks at each of them again for each two of them, where it optimizes them."""
    monkeypatch.delattr("jinja2.compiler.Optimizer")
    assert rendered("{{ " + "-" * 100 + "1 }}").text == "1"


def test_lines_of_a_text_that_comes_out_otherwise_the_second_time() -> None:
    """Where a template tells the time, say: lines that are the same are found all the same."""
    source = [f"line {number}" for number in range(1, 6)]
    parts = [[Part(0, "f", number)] for number in range(1, 6)]
    origins = Origins(source, parts, {"f": source})
    once = ["new", "line 1", "line 2", "line 4", "line 5", "end", "end"]
    found = [origins.find(number, 0, once)[0].line for number in range(len(once))]
    assert found == [1, 1, 2, 4, 5, 5, 5]
