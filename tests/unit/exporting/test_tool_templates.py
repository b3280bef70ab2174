"""The columns that other tools' importers expect."""

from __future__ import annotations

import pytest

from leadsync.core.errors import InputError, NotFound
from leadsync.core.exporting.tool_templates import apply_template, load_export_templates

LEAD = (
    "id",
    "email",
    "name",
    "first_name",
    "last_name",
    "company",
    "title",
    "phone",
    "pitch",
    "tags",
)


def test_the_tools_of_the_contract_are_there() -> None:
    assert {"instantly", "smartlead", "lemlist", "hubspot", "google-ads"} <= set(
        load_export_templates()
    )


def test_instantly_gets_its_headers_and_other_columns_as_variables() -> None:
    assert apply_template("instantly", LEAD) == [
        ("email", "email"),
        ("first_name", "first_name"),
        ("last_name", "last_name"),
        ("company", "company_name"),
        ("title", "job_title"),
        ("phone", "phone"),
        ("pitch", "pitch"),
    ]


def test_google_ads_gets_nothing_but_its_six_headers() -> None:
    columns = apply_template("google-ads", [*LEAD, "country", "postal_code"])
    assert [header for _, header in columns] == [
        "Email", "Phone", "First Name", "Last Name", "Country", "Zip",
    ]  # fmt: skip


def test_the_first_key_that_is_there_fills_a_header() -> None:
    assert ("website", "website") in apply_template(
        "instantly", ["email", "company_domain", "website"]
    )
    assert ("company_domain", "website") in apply_template("instantly", ["email", "company_domain"])


def test_an_unknown_tool_names_the_nearest() -> None:
    with pytest.raises(NotFound, match='did you mean "instantly"'):
        apply_template("instantley", LEAD)


def test_a_file_that_the_tool_cannot_use_is_refused() -> None:
    with pytest.raises(InputError, match="Instantly cannot import leads without the column email"):
        apply_template("instantly", ["first_name"])
    with pytest.raises(InputError, match="without the column email or phone or zip"):
        apply_template("google-ads", ["first_name"])


@pytest.mark.parametrize("name", sorted(load_export_templates()))
def test_every_template_names_a_key_and_a_header_once(name: str) -> None:
    template = load_export_templates()[name]
    every_key = [key for _, keys in template.headers for key in keys]
    columns = apply_template(name, every_key)
    assert (
        len({key for key, _ in columns}) == len({header for _, header in columns}) == len(columns)
    )
    assert set(template.needs_one_of) <= {header for header, _ in template.headers}
