"""Exports for other tools: each has the header that its tool documents, and comes back as it was."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.exporting.exporter import export_header, export_leads
from leadsync.core.exporting.formats import ExportFormat, ExportOptions
from leadsync.core.exporting.tool_templates import load_export_templates
from leadsync.core.selection import Selection
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.importing import counts, importing
from tests.contract.making import a_campaign, a_column, a_workspace, some_leads

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.store.protocol import Store

LEADS: list[dict[str, Any]] = [
    {
        "email": "ada@analytical.example",
        "name": "Ada Lovelace",
        "linkedin_url": "https://www.linkedin.com/in/ada-lovelace",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "company": 'Engines, "Babbage" & Co',
        "title": "Head of Engines",
        "phone": "+44 20 7946 0000",
        "website": "https://analytical.example/",
        "domain": "analytical.example",
        "city": "London",
        "state": "England",
        "country": "GB",
        "location": "London, GB",
        "zip": "01234",
        "icebreaker": "=Note G\nwas the first, wasn't it?",
    },
    {
        "email": "jörg@müller.example",
        "name": "Jörg Müller",
        "linkedin_url": "https://www.linkedin.com/in/jörg-müller",
        "first_name": "Jörg",
        "last_name": "Müller",
        "company": "Müller & Söhne",
        "title": "Geschäftsführer",
        "phone": "+49 30 901820",
        "website": None,
        "domain": None,
        "city": "Köln",
        "state": None,
        "country": "DE",
        "location": "Köln",
        "zip": "50667",
        "icebreaker": None,
    },
]
DOCUMENTED = {
    "instantly": {
        "email": "email", "first_name": "first_name", "last_name": "last_name",
        "company_name": "company", "job_title": "title", "phone": "phone", "website": "website",
        "personalization": "icebreaker",
    },
    "smartlead": {
        "email": "email", "first_name": "first_name", "last_name": "last_name",
        "phone_number": "phone", "company_name": "company", "website": "website",
        "location": "location", "linkedin_profile": "linkedin_url", "company_url": "domain",
    },
    "lemlist": {
        "email": "email", "firstName": "first_name", "lastName": "last_name",
        "companyName": "company", "jobTitle": "title", "companyDomain": "domain",
        "linkedinUrl": "linkedin_url", "phone": "phone", "icebreaker": "icebreaker",
    },
    "hubspot": {
        "Email": "email", "First Name": "first_name", "Last Name": "last_name",
        "Job Title": "title", "Company Name": "company", "Phone Number": "phone",
        "Website URL": "website", "City": "city", "State/Region": "state",
        "Country/Region": "country",
    },
    "google-ads": {
        "Email": "email", "Phone": "phone", "First Name": "first_name", "Last Name": "last_name",
        "Country": "country", "Zip": "zip",
    },
}  # fmt: skip
"""Header as the tool documents it -> our field; sources stand in templates.toml."""
ELSEWHERE = {
    ("instantly", "icebreaker"): "personalization",
    ("smartlead", "domain"): "company_url",
}
"""Fields that come back under the tool's name: our importer does not know what is meant by it."""


@pytest.mark.parametrize("tool", sorted(DOCUMENTED))
def test_a_file_for_a_tool_has_its_documented_header_and_comes_back(
    store: Store, tmp_path: Path, tool: str
) -> None:
    assert set(DOCUMENTED) == set(load_export_templates())
    campaign = a_campaign(store)
    for key in LEADS[0]:
        if key not in ("email", "name", "linkedin_url"):
            a_column(store, key)
    some_leads(store, campaign, LEADS)

    file = _export(a_workspace(store, tmp_path), tool)

    header, *_ = csv.reader(io.StringIO(file.decode()))
    assert header[: len(DOCUMENTED[tool])] == list(DOCUMENTED[tool])
    back = SqliteStore(tmp_path / "back.db")
    try:
        report = importing(back, file, name=f"for-{tool}.csv")
        assert counts(report) == {"created": 2}
        for field in DOCUMENTED[tool].values():
            key = ELSEWHERE.get((tool, field), field)
            assert _cells(back, key) == _cells(store, field), (tool, field)
    finally:
        back.close()


@pytest.mark.parametrize("tool", sorted(DOCUMENTED))
def test_the_same_file_imported_over_its_leads_changes_nothing_they_had(
    store: Store, tmp_path: Path, tool: str
) -> None:
    campaign = a_campaign(store)
    for key in LEADS[0]:
        if key not in ("email", "name", "linkedin_url"):
            a_column(store, key)
    some_leads(store, campaign, LEADS)
    before = {key: _cells(store, key) for key in LEADS[0]}

    report = importing(store, _export(a_workspace(store, tmp_path), tool), name=f"for-{tool}.csv")

    assert report.created == report.rejected == report.conflicts == 0
    assert {key: _cells(store, key) for key in LEADS[0]} == before


def _export(workspace: Any, tool: str) -> bytes:
    options = ExportOptions(ExportFormat.CSV, for_tool=True)
    chosen = Selection({}, ())
    header = export_header(workspace, chosen, options, template=tool)
    target = io.BytesIO()
    assert export_leads(workspace, chosen, target, header, options) == len(LEADS)
    return target.getvalue()


def _cells(store: Store, key: str) -> list[tuple[Any, Any]]:
    return sorted(store.scan({}, ("email", key)))
