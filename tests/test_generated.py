"""Templates do the same whether Jinja2's own code or dirg's shorter code is what runs."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment

from dirg.generated import Environment

PARTS = [
    "text",
    "line\n",
    "'\"\\ {",
    "{{ a }}",
    "{{ b }}",
    "{{ unset }}",
    "{{ a }}{{ b }}{{ a }}",
    "{{ a|upper }}",
    "{{ [a, b]|join('-') }}",
    "{{ unset|default('d') }}",
    "{{ unset.of }}",
    "{{ number // 0 }}",
    "{{ number + 1 }}",
    "{{ a.__class__ }}",
    "{{ none }}{{ true }}{{ 1.5 }}",
    "{{ tag|safe }}{{ tag }}",
    "{{ loop }}",
    "{% set a = 'changed' %}",
    "{% set c %}captured {{ a }}{% endset %}{{ c }}",
    "{% include 'part' %}",
    "{% from 'part' import m %}{{ m(a) }}",
    "{% import 'part' as part with context %}{{ part.m(b) }}",
    "{# {{ unset.of }} #}",
    "{% raw %}{{ a }}{% endraw %}",
]
AROUND = [
    "{% for a in items %}@{% endfor %}",
    "{% for it in items if it != 'y' %}@{{ loop.index }}{% else %}none{% endfor %}",
    "{% if b %}@{% elif a %}x{% else %}y{% endif %}",
    "{% macro n(a, b='dflt') %}@{{ caller() if caller else '' }}{% endmacro %}{{ n('arg') }}",
    "{% macro k() %}{{ caller(1) }}{% endmacro %}{% call(b) k() %}@{% endcall %}",
    "{% filter upper %}@{% endfilter %}",
    "{% autoescape true %}@{% endautoescape %}",
    "{% autoescape number %}@{% endautoescape %}",
    "{% with b = 'inner' %}@{% endwith %}",
    "{% block x scoped %}@{% endblock %}",
    "{% set kept %}@{% endset %}{{ kept }}",
]
TEMPLATES = st.recursive(
    st.sampled_from(PARTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.tuples(st.sampled_from(AROUND), inner).map(lambda it: it[0].replace("@", it[1])),
    ),
    max_leaves=12,
)
CONTEXT = {"a": "one", "b": "", "items": ["x", "y"], "number": 3, "tag": "<b>"}
PART = "{% macro m(x) %}({{ x }}{{ unset_too }}){% endmacro %}part {{ a }}{{ unset }}"


def finalized(value: object) -> object:
    return "~" if isinstance(value, jinja2.Undefined) else value


def rendered(environment: type[SandboxedEnvironment], text: str) -> tuple[object, ...]:
    """What comes out; or what goes wrong, and in which line of which template."""
    made = environment(
        loader=jinja2.DictLoader({"main": text, "part": PART}),
        undefined=jinja2.StrictUndefined,
        finalize=finalized,
        keep_trailing_newline=True,
    )
    try:
        return (made.get_template("main").render(CONTEXT),)
    except Exception as error:
        places, traceback = [], error.__traceback__
        while traceback:
            places.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
            traceback = traceback.tb_next
        known = [place for place in places if place[0] in ("main", "part", "<template>")]
        return type(error), str(error), known


@given(TEMPLATES)
def test_both_print_the_same(text: str) -> None:
    assert rendered(Environment, text) == rendered(SandboxedEnvironment, text)


# The ways out of a sandbox that people have found, and how far they come here.
ATTACKS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''|attr('__class__')|attr('__mro__') }}",
    "{{ ''['__class__']['__mro__'] }}",
    "{{ [1]|map(attribute='__class__.__mro__')|first }}",
    "{{ [1]|groupby('__class__.__mro__') }}",
    "{{ [1]|sum(attribute='__class__') }}",
    "{{ [1]|map('attr', '__class__')|first.mro() }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ joiner|attr('__init__')|attr('__globals__') }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id') }}",
    "{{ (lipsum|attr('__globals__'))['os'] }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ self.__init__.__globals__ }}",
    "{{ '{0.__class__.__mro__}'.format(a) }}",
    "{{ '{a.__class__}'.format_map({'a': a}) }}",
    "{{ '{0.__init__.__globals__}'|format(cycler) }}",
    "{{ ('{0.__class__}'|safe).format(a) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(a) }}",
    "{{ dict.mro() }}{{ dict.__base__ }}",
    "{{ range.__class__.__base__ }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{{ m.__globals__ }}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% macro m() %}{{ m._func.__globals__ }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ varargs.__class__.__base__ }}{% endmacro %}{{ m(1) }}",
    "{% import 'part' as part %}{{ part._body_stream }}{{ part.m._environment }}",
    "{% import 'part' as part %}{{ part.__class__.__init__.__globals__ }}",
    "{% from 'part' import m %}{{ m._environment.loader }}",
    "{% for it in items %}{{ loop._iterator.gi_frame }}{% endfor %}",
    "{% for it in items %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "{{ (items|map('upper')).gi_frame.f_globals }}",
    "{{ (items|map('upper')).gi_code }}",
    "{{ unset.__class__ }}{{ unset._undefined_exception }}",
    "{% autoescape true %}{{ ''.__class__.__mro__ }}{{ a }}{% endautoescape %}",
    "{% set ns = namespace() %}{% set ns.__class__ = cycler %}{{ ns.__class__.__init__ }}",
    "{{ environment }}{{ context }}{{ resolve }}{{ Undefined }}",
    "{{ range(100001) }}",
    "{{ a.__class__ }}{{ b }}{{ a }}",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_both_keep_templates_in(text: str) -> None:
    ours = rendered(Environment, text)
    assert ours == rendered(SandboxedEnvironment, text)
    # What they find instead is nothing, or an error.
    printed, *_ = ours
    assert not isinstance(printed, str) or set(printed) <= set("~<b>one")


def test_the_code_is_shorter() -> None:
    text = "image: {{ registry }}/web:{{ tag }}\n" * 100
    made = [each(finalize=finalized) for each in (Environment, SandboxedEnvironment)]
    ours, jinjas = (len(each.compile(text, raw=True)) for each in made)
    assert ours < jinjas / 3


def test_variables_in_a_row_are_printed_at_once() -> None:
    code = Environment().compile("x {{ a }} y {{ b }}", raw=True)
    assert "environment.all_printed((" in code
