"""Exports for other tools: each has the header that its tool documents, and comes back as it was."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.exporting.exported_files import exports_with
from leadsync.core.exporting.exporter import export_header, export_leads
from leadsync.core.exporting.formats import ExportFormat, ExportOptions
from leadsync.core.exporting.tool_templates import load_export_templates
from leadsync.core.selection import Selection
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.suppression import suppress
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
        "personalization": "icebreaker", "linkedin_url": "linkedin_url",
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
        "Country/Region": "country", "LinkedIn URL": "linkedin_url",
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
    assert set(report.new_columns) <= {"company_url"}
    assert {key: _cells(store, key) for key in LEADS[0]} == before


def _export(workspace: Any, tool: str) -> bytes:
    options = ExportOptions(ExportFormat.CSV, for_tool=True)
    chosen = Selection({}, "")
    header = export_header(workspace, chosen, options, template=tool)
    target = io.BytesIO()
    done = export_leads(workspace, chosen, target, header, options, template=tool)
    assert (done.leads, done.words) == (len(LEADS), "")
    return target.getvalue()


def test_what_instantly_calls_personalization_is_the_icebreaker_that_is_there(
    store: Store,
) -> None:
    a_campaign(store)
    a_column(store, "icebreaker")
    file = b"email,personalization\nada@x.example,Hello Ada\n"
    assert importing(store, file, name="x.csv").new_columns == []
    assert _cells(store, "icebreaker") == [("ada@x.example", "Hello Ada")]
    both = b"email,personalization,icebreaker\nbob@x.example,P,I\n"
    assert importing(store, both, name="y.csv").new_columns == ["personalization"]
    assert ("bob@x.example", "I") in _cells(store, "icebreaker")


@pytest.mark.parametrize(
    ("tool", "leads", "words"),
    [
        ("", 4, "1 of them suppressed: not for sending"),
        ("instantly", 2, "1 suppressed left out; 1 without email left out"),
        ("lemlist", 3, "1 suppressed left out"),
    ],
)
def test_a_file_for_a_tool_has_nobody_who_is_suppressed_and_no_row_of_no_use(
    store: Store, tmp_path: Path, tool: str, leads: int, words: str
) -> None:
    workspace = a_workspace(store, tmp_path)
    profile = "https://www.linkedin.com/in/grace"
    people = [("ada@x.example", None), ("Stop@Y.example", None), (None, profile)]
    people.append(("cy@z.example", None))
    rows = [{"name": "P", "email": e, "linkedin_url": url} for e, url in people]
    some_leads(store, a_campaign(store), rows)
    suppress(workspace, ["y.example"], reason="unsubscribed", source="typed")
    chosen, options = Selection({}, ""), ExportOptions(ExportFormat.CSV, for_tool=bool(tool))
    header = export_header(workspace, chosen, options, template=tool)
    file = tmp_path / "out.csv"
    done = export_leads(workspace, chosen, file, header, options, template=tool)
    assert (done.leads, done.words) == (leads, words)
    text = file.read_text()
    assert len(text.splitlines()) == 1 + leads
    assert ("stop@y.example" in text.casefold()) == (not tool)
    assert (profile in text) == (tool != "instantly")
    held = exports_with(store, [2])
    assert len(held) == (0 if tool else 1)


def _cells(store: Store, key: str) -> list[tuple[Any, Any]]:
    return sorted(store.scan({}, ("email", key)))
