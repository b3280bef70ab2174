"""Templates over a batch of leads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadsync.core.errors import InputError
from leadsync.core.templates import TemplateLimit, compile_batch_template

FIELDS = {"email", "linkedin_url", "title", "tags", "items"}
ADA = {"linkedin_url": "https://linkedin.com/in/ada", "title": 'a "quoted" title', "tags": ("a",)}
GRACE: dict[str, Any] = {"linkedin_url": "https://linkedin.com/in/grace", "title": None}


def test_a_list_of_one_field_is_json() -> None:
    text = '{"queries": {{ leads | map(attribute="linkedin_url") | list | tojson }}}'
    template = compile_batch_template(text, FIELDS)
    assert template.fields == ("linkedin_url",)
    urls = ["https://linkedin.com/in/ada", "https://linkedin.com/in/grace"]
    assert json.loads(template.render([ADA, GRACE])) == {"queries": urls}


def test_a_loop_reads_fields_and_blanks_are_empty_text() -> None:
    text = "[{% for lead in leads %}{{ lead.title | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]"
    template = compile_batch_template(text, FIELDS)
    assert template.fields == ("title",)
    assert json.loads(template.render([ADA, GRACE])) == ['a "quoted" title', ""]


def test_all_fields_that_are_named_are_read() -> None:
    text = '{% for lead in leads %}{{ lead["tags"] | tojson }}{{ lead.get("email") }}{% endfor %}'
    template = compile_batch_template(text, FIELDS)
    assert template.fields == ("tags", "email")
    assert template.render([ADA]) == '["a"]'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{{ leads | map(attribute="linkedin_ur") | list }}', 'did you mean "linkedin_url"'),
        ("{% for lead in leads %}{{ lead.titel }}{% endfor %}", 'did you mean "title"'),
        ("{{ email }}", 'no field "email"'),
        ("{{ leads.__class__ }}", "no method"),
        ("{% include 'x' %}", "cannot use"),
        ("{{ leads", "line 1 of the template"),
    ],
)
def test_what_no_batch_has_is_refused_when_it_is_saved(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        compile_batch_template(text, FIELDS)


def test_a_batch_that_is_too_long_is_refused() -> None:
    template = compile_batch_template("{{ leads | tojson }}{{ leads[0].title }}", FIELDS)
    with pytest.raises(TemplateLimit):
        template.render([{"title": "x" * 1000}] * 200)
