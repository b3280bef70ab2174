"""Templates of leads: what they read, what they need, what they say."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest

from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput, compile_template

FIELDS = (
    "name", "first_name", "title", "company", "city", "email", "website", "employees", "tags",
    "notes",
)  # fmt: skip
ADA: dict[str, Any] = {
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "title": "Head of Sales",
    "company": "Acme, Inc.",
    "city": None,
    "email": "Ada@Mail.x.example",
    "website": "https://www.x.example/about?a=1",
    "employees": 120,
    "tags": ("vip", "de"),
}


def said(text: str, **changes: Any) -> str:
    return compile_template(text, FIELDS).render({**ADA, **changes})


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        compile_template(text, FIELDS)
    return caught.value.message


def test_fields_are_put_into_the_text() -> None:
    assert (
        said("Hi {{ first_name }}, {{ title }} at {{ company }}?")
        == "Hi Ada, Head of Sales at Acme, Inc.?"
    )


def test_text_without_fields_stays_as_it_is() -> None:
    assert said("a < b & c\n") == "a < b & c\n"


def test_numbers_and_lists_are_printed_as_cells_show_them() -> None:
    assert said("{{ employees }} {{ employees / 2 }} {{ tags }}") == "120 60 vip, de"
    assert said("{{ employees > 5 }}") == "true"


def test_the_fields_that_a_template_reads_are_known_in_their_order() -> None:
    template = compile_template(
        "{% if city %}{{ city }}{% endif %}{{ title|upper }}{{ name }}", FIELDS
    )
    assert template.fields == ("city", "title", "name")


@pytest.mark.parametrize(
    "text",
    [
        "{{ title }}",
        "{{ title|upper }}",
        "{{ title.split()[0] }}",
        "{{ title[:3] ~ '!' }}",
        "{{ 'x' ~ title }}",
        "{{ title|tojson }}",
        "{{ title + '!' }}",
        "{{ '%s'|format(title) }}",
        "{% set t = title|upper %}{{ t }}",
        "{% with t = title %}{{ t }}{% endwith %}",
        "{% set t %}{{ title }}{% endset %}{{ t }}",
        "{% filter upper %}{{ title }}{% endfilter %}",
    ],
)
def test_a_field_that_is_written_is_required(text: str) -> None:
    template = compile_template(text, FIELDS)
    assert template.required == ("title",)
    with pytest.raises(BlankInput, match="skipped: title is blank") as caught:
        template.render({**ADA, "title": None})
    assert caught.value.field == "title"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{ title or "your role" }}', "your role"),
        ('{{ (title or "your role")|upper }}', "YOUR ROLE"),
        ('{{ title|default("your role") }}', "your role"),
        ('{{ title|d("x")|upper }}', "X"),
        ("{% if title %}as {{ title }}{% endif %}.", "."),
        ("{% if title is blank %}none{% endif %}", "none"),
        ('{{ "some" if title else "none" }}', "none"),
        ('{{ title if title else "none" }}', "none"),
        ("{% for word in title.split() %}{{ word }}{% endfor %}.", "."),
        ('{% set title = title or "x" %}{{ title }}', "x"),
        ("{% if title == 'CEO' %}a{% else %}b{% endif %}", "b"),
        ("{{ title and title|upper }}", ""),
    ],
)
def test_a_field_that_is_only_asked_about_may_be_blank(text: str, expected: str) -> None:
    template = compile_template(text, FIELDS)
    assert template.required == ()
    assert template.fields == ("title",)
    assert template.render({**ADA, "title": "  "}) == expected


def test_a_field_written_in_a_branch_is_needed_only_there() -> None:
    template = compile_template("{% if title %}{{ city|upper }}{% else %}-{% endif %}", FIELDS)
    assert template.required == ()
    assert template.render({"title": None}) == "-"
    with pytest.raises(BlankInput, match="city is blank"):
        template.render({"title": "CEO"})


def test_a_field_in_a_chosen_alternative_is_needed() -> None:
    template = compile_template('{{ "x" if title else city }}', FIELDS)
    assert template.render({"title": "CEO"}) == "x"
    with pytest.raises(BlankInput, match="city is blank"):
        template.render({})


def test_comparing_a_blank_number_skips_the_lead() -> None:
    template = compile_template("{% if employees > 50 %}big{% else %}small{% endif %}", FIELDS)
    assert template.render({"employees": 51}) == "big"
    with pytest.raises(BlankInput, match="employees is blank"):
        template.render({"employees": None, "city": None})


@pytest.mark.parametrize("blank", [None, "", " \n\u00a0", (), []])
def test_none_space_and_no_tags_are_blank(blank: Any) -> None:
    with pytest.raises(BlankInput):
        said("{{ tags }}", tags=blank)


def test_zero_is_not_blank() -> None:
    assert said("{{ employees }}", employees=0) == "0"


def test_fields_that_a_lead_lacks_are_blank() -> None:
    assert compile_template("{{ city or 'x' }}", FIELDS).render({}) == "x"


def test_a_formula_is_stripped_and_blank_when_it_says_nothing() -> None:
    template = compile_template("\n {% if city %}{{ city }}{% endif %}\n", FIELDS)
    assert template.render_cell({"city": "Bonn"}) == "Bonn"
    assert template.render_cell({}) is None


def test_a_cell_holds_no_half_characters() -> None:
    assert compile_template(r"{{ 'a\ud800b' }}", FIELDS).render_cell({}) == "a?b"


def test_loops_conditions_and_own_names_work() -> None:
    text = (
        "{% set mine = name.split() %}"
        "{% for word in mine if word != 'x' %}{{ loop.index }}.{{ word }}{{ ' ' if not loop.last }}{% endfor %}"
    )
    assert said(text) == "1.Ada 2.Lovelace"


def test_a_name_set_in_both_branches_is_known_after_them() -> None:
    assert said("{% if city %}{% set y = 1 %}{% else %}{% set y = 2 %}{% endif %}{{ y }}") == "2"


def test_a_block_on_its_own_line_leaves_no_empty_line() -> None:
    assert said("a\n{% if name %}\n  b\n{% endif %}\nc\n") == "a\n  b\nc\n"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("name|first_word", "Ada"),
        ("name|initials", "AL"),
        ("'Jean-Luc Müller'|initials", "JLM"),
        ("email|domain", "mail.x.example"),
        ("website|domain", "x.example"),
        ("'x.example:8080/a'|domain", "x.example"),
        ("'Ada <ada@x.example>'|domain", "x.example"),
        ("'no domain'|domain", ""),
        ("'Müller & Söhne, Straße'|slug", "muller-sohne-strasse"),
        ("company|clean_company", "Acme"),
        ("'Bosch GmbH & Co. KG'|clean_company", "Bosch"),
        ("'Tiffany & Co.'|clean_company", "Tiffany"),
        ("'Orlen Sp. z o.o.'|clean_company", "Orlen"),
        ("'Danone S.A.'|clean_company", "Danone"),
        ("'Limited'|clean_company", "Limited"),
        ("'Stripe'|clean_company", "Stripe"),
        ("'The Company of Wolves'|clean_company", "The Company of Wolves"),
        ("'say \"hi\"\n'|tojson", '"say \\"hi\\"\\n"'),
        ("tags|tojson", '["vip", "de"]'),
        ("tags|join(' / ')", "vip / de"),
        ("'%05.1f'|format(employees)", "120.0"),
        ("'{:,}'.format(12345)", "12,345"),
        ("(employees / 7)|round(2)", "17.14"),
        ("(employees / 7)|round(0, 'ceil')", "18"),
        ("tags|map('upper')|join(',')", "VIP,DE"),
        ("range(3)|list", "0, 1, 2"),
        ("name|truncate(6)", "Ada..."),
        ("{'a': 1}.items()|list|length", "1"),
    ],
)
def test_filters(expression: str, expected: str) -> None:
    assert said("{{ " + expression + " }}") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ titel }}", 'line 1: no field "titel"; did you mean "title"?'),
        ("a\nb\n{{ compny }}", 'line 3: no field "compny"; did you mean "company"?'),
        ("{% if city %}{{ ttle }}{% endif %}", 'line 1: no field "ttle"; did you mean "title"?'),
        ("{{ title|uper }}", 'line 1: no filter "uper"; did you mean "upper"?'),
        ("{% if 0 %}{{ title|nosuch }}{% endif %}", 'line 1: no filter "nosuch"'),
        ("{{ title is blnk }}", 'line 1: no test "blnk"; did you mean "blank"?'),
        ("{{ title.uper() }}", 'line 1: no method "uper"; did you mean "upper"?'),
        ("{{ loop.index }}", 'line 1: no field "loop"'),
        ("{% for x in tags %}{% endfor %}{{ x }}", 'line 1: no field "x"'),
    ],
)
def test_a_name_that_leads_do_not_have_is_refused_when_saved(text: str, message: str) -> None:
    assert refused(text) == message


@pytest.mark.parametrize(
    "text", ["{{ title", "{% if title %}", "x\n{% endif %}", "{{ title title }}", "{{ }}"]
)
def test_a_syntax_error_names_its_line(text: str) -> None:
    assert refused(text).startswith(f"line {text.count(chr(10)) + 1} of the template: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ name + 1 }}", "+ does not work between a text and a number"),
        ("{{ name.split()[5] }}{{ city or '' }}", '"5" is not in the list'),
        ("{{ employees / 0 }}", "division by zero"),
        ("{{ name|round }}", "could not convert string to float: 'Ada Lovelace'"),
    ],
)
def test_a_template_that_does_not_fit_a_lead_says_why(text: str, message: str) -> None:
    template = compile_template(text, FIELDS)
    with pytest.raises(InputError) as caught:
        template.render(ADA)
    assert caught.value.message == f"the template does not fit this lead: {message}"


def test_one_template_serves_many_threads() -> None:
    template = compile_template(
        "{% for i in range(50) %}{{ name }}{{ employees }}{% endfor %}", FIELDS
    )
    wrong: list[int] = []

    def work(number: int) -> None:
        expected = f"a{number}{number}" * 50
        wrong.extend(
            number
            for _ in range(50)
            if template.render({"name": f"a{number}", "employees": number}) != expected
        )

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_importing_templates_and_exporters_loads_nothing_heavy() -> None:
    script = (
        "import sys, leadsync.core.templates, leadsync.core.exporting.writer\n"
        "heavy = {'jinja2', 'pandas', 'pyarrow', 'openpyxl'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_methods_may_be_called_in_loops() -> None:
    template = compile_template("{% for tag in tags %}{{ tag.upper() }} {% endfor %}", {"tags"})
    assert template.render({"tags": ("a", "b")}) == "A B "
