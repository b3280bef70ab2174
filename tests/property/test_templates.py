"""Any text is a template or an error; any template renders, skips or says why not."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput, compile_template

FIELDS = ("title", "n", "tags")
PIECES = [
    "{{ ", " }}", "{% if ", "{% endif %}", "{% for x in ", "{% endfor %}", "{% set y = ", " %}",
    "{% else %}", "title", "n", "tags", "x", "y", "loop.index", "range(5)", "'a'", "1", "2.5", "[1, 2]",
    "{'a': 1}", " + ", " * ", " ** ", " ~ ", " % ", " == ", " < ", " in ", " and ", " or ", "not ",
    " if ", " else ", "|upper", "|join(',')", "|round", "|default('x')", "|list", "|map('upper')",
    "|first_word", "|clean_company", ".split()", ".format(1)", "[0]", "[::2]", "(", ")", ",", " ", "\n",
    " is blank", " is defined", "-", "text",
]  # fmt: skip
templates = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
)
values = st.fixed_dictionaries(
    {},
    optional={
        "title": st.one_of(st.none(), st.text(max_size=12)),
        "n": st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3)),
        "tags": st.lists(st.text(min_size=1, max_size=4), max_size=4).map(tuple),
    },
)


@settings(max_examples=300, deadline=None)
@given(templates, values)
def test_every_text_is_answered(text: str, lead: dict[str, Any]) -> None:
    try:
        template = compile_template(text, FIELDS)
    except InputError:
        return
    assert set(template.required) <= set(template.fields) <= set(FIELDS)
    with contextlib.suppress(InputError, BlankInput):
        template.render(lead).encode("utf-8")


@given(st.text(max_size=30).filter(lambda t: not t.isspace() and t != ""))
def test_a_field_is_written_as_it_is(value: str) -> None:
    expected = value.encode("utf-8", "replace").decode("utf-8")
    assert compile_template("<{{ title }}>", FIELDS).render({"title": value}) == f"<{expected}>"
