"""Templates cannot leave the sandbox, nor take more time or memory than a cell is worth."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest

from leadsync.core.errors import InputError
from leadsync.core.templates import TemplateLimit, compile_template

FIELDS = ("title", "notes", "tags", "n")
LEAD: dict[str, Any] = {
    "title": "Head",
    "notes": "word " * 199_999,
    "tags": tuple(f"t{n}" for n in range(100)),
    "n": 7,
}


def doubled(first: str, again: str) -> str:
    return first + again * 60


def attempt(text: str) -> str:
    """The output for one lead, in bounded time and memory."""
    tracemalloc.start()
    started = time.thread_time()
    try:
        return compile_template(text, FIELDS).render(LEAD)
    finally:
        seconds = time.thread_time() - started
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seconds < 5  # 0.5 s without tracemalloc, which slows small objects tenfold
        assert peak < 60_000_000


ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ title.__class__ }}",
    "{{ title['__class__'] }}",
    "{{ title|attr('__class__') }}",
    "{{ ().__class__.__base__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__ }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}",
    "{{ request.application }}",
    "{{ url_for.__globals__ }}",
    "{{ environment }}",
    "{{ context.environment }}",
    "{{ missing }}",
    "{{ range.__self__ }}",
    "{{ range.__init__.__globals__ }}",
    "{{ title.format.__globals__ }}",
    "{{ title.upper.__self__ }}",
    "{{ '{0.__class__}'.format(title) }}",
    "{{ '{0[__class__]}'.format(title) }}",
    "{{ '{x.__class__.__mro__}'.format_map({'x': 1}) }}",
    "{{ tags|map(attribute='__class__')|list }}",
    "{{ tags|map('attr', '__class__')|list }}",
    "{{ tags|sort(attribute='__class__') }}",
    "{{ tags|groupby('__class__') }}",
    "{{ tags|select('callable')|list }}",
    "{{ title|_filled('x') }}",
    "{{ tags|map('_counted', 1)|list }}",
    "{{ tags|map('_filled', 'x')|list }}",
    "{{ tags.append(1) }}",
    "{{ [].append(1) }}",
    "{{ {}.update({'a': 1}) }}",
    "{{ title.encode() }}",
    "{{ n.to_bytes(1000000000) }}",
    "{% for x in tags %}{{ loop._iterator }}{% endfor %}",
    "{% for x in tags %}{{ loop['_iterator'] }}{% endfor %}",
    "{% for x in tags %}{{ loop.cycle.__func__ }}{% endfor %}",
    "{% for x in tags %}{{ loop(tags) }}{% endfor %}",
    "{% for x in tags recursive %}{{ loop(tags) }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'base' %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% call f() %}{% endcall %}",
    "{% autoescape true %}{% endautoescape %}",
    "{% set title.x = 1 %}",
    "{{ title.upper }}",
    "{{ range }}",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_known_ways_out_of_the_sandbox_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        attempt(text)


BOMBS = [
    "{{ range(10**9)|list }}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{% for x in range(100) %}" * 6 + "x" + "{% endfor %}" * 6,
    "{% for x in notes %}{% for y in notes %}{% endfor %}{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ [1] * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ 9**9**9**9 }}",
    "{{ ('9' * 4000)|int }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '%.999999999f'|format(1.5) }}",
    "{{ '%(a)s%(a)s' % {'a': notes} }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ '{:>{w}}'.format(1, w=999999999) }}",
    "{{ '{0}{0}'.format(notes) }}",
    "{{ 'x'|center(10**9) }}",
    "{{ 'x'|indent(10**9) }}",
    "{{ ('a\n' * 400000)|indent(900) }}",
    "{{ tags|map('center', 10**9)|list }}",
    "{{ 'x'.ljust(10**9) }}",
    "{{ 'x'.zfill(10**9) }}",
    "{{ notes.replace('', notes) }}",
    "{{ notes|replace('w', notes) }}",
    "{{ notes.join(notes) }}",
    "{{ notes|join(notes) }}",
    "{{ notes.split() }}",
    "{{ notes|list }}",
    "{{ notes }}",
    "{{ notes ~ notes }}",
    "{{ notes|upper|lower|title|title|title|title }}",
    "{% for x in range(9000) %}{% if notes == notes[::1] %}{% endif %}{% endfor %}",
    "{% for x in range(9000) %}{% if 'zzz' in notes %}{% endif %}{% endfor %}",
    "{% for x in range(9000) %}{{ notes|wordcount }}{% endfor %}",
    "{% for x in range(9000) %}" + "y" * 90_000 + "{% endfor %}",
    "{% set z %}{% for x in range(9000) %}"
    + "y" * 90_000
    + "{% endfor %}{% endset %}{{ z|length }}",
    doubled("{% set a = 'xxxxxxxx' %}", "{% set a = a ~ a %}") + "{{ a }}",
    doubled("{% set a = 'xxxxxxxx' %}", "{% set a = a + a %}") + "{{ a }}",
    doubled("{% set a = [1] %}", "{% set a = [a, a] %}") + "{{ a }}",
    doubled("{% set a = (1,) %}", "{% set a = (a, a) %}") + "{{ a == a }}",
    doubled("{% set a = {} %}", "{% set a = {'x': a, 'y': a} %}") + "{{ a|tojson }}",
    doubled("{% set a = 'xxxxxxxx' %}", "{% set a %}{{ a }}{{ a }}{% endset %}") + "{{ a }}",
]


@pytest.mark.parametrize("text", BOMBS)
def test_a_template_that_wants_too_much_is_stopped(text: str) -> None:
    with pytest.raises(TemplateLimit, match="the template goes too far"):
        attempt(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ " + "-" * 5000 + "1 }}",
        "{{ " + "+".join("1" * 9000) + " }}",
        "{{ " + "[" * 500 + "]" * 500 + " }}",
        "{{ 1" + "|abs" * 3000 + " }}",
        "{{ 1 " + "if 1 else 1 " * 2000 + "}}",
        "{% if 1 %}" * 500 + "{% endif %}" * 500,
        "{% for a in tags %}" * 25 + "{% endfor %}" * 25,
        "{{ " + "9" * 5000 + " }}",
        "{{" * 40_000,
        "{% raw %}" * 9000,
        "x" * 100_001,
    ],
)
def test_a_template_that_is_too_deep_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        attempt(text)


def test_a_large_template_within_the_limits_is_rendered() -> None:
    assert len(attempt("x" * 90_000)) == 90_000
    assert attempt("{{ notes[:500]|trim|length }}") == "499"
    nested = "{% for t in tags %}{% for u in tags %}{{ loop.index }} {% endfor %}{% endfor %}"
    assert len(attempt(nested)) == 29_200
    assert attempt("{{ notes|truncate(4000, true)|length }}") == "4000"


def test_a_default_may_be_a_large_number() -> None:
    assert compile_template("{{ n|default(50000) }}", FIELDS).render({}) == "50000"


def test_the_time_limit_holds_without_any_help() -> None:
    template = compile_template(
        "{% for x in range(9000) %}{% if 'zzz' in notes %}{% endif %}{% endfor %}", FIELDS
    )
    started = time.thread_time()
    with pytest.raises(TemplateLimit, match="seconds"):
        template.render(LEAD)
    assert time.thread_time() - started < 1.5
