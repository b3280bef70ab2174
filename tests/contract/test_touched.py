"""What an import tells of its rows: which leads it touched, and which rows it could not take."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from leadsync.core.importing.importer import import_file
from leadsync.core.importing.options import ImportOptions
from leadsync.core.importing.touched import touched_by
from tests.contract.importing import a_csv, counts, importing, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.store.protocol import Store

HEADER = ("Email", "Title")


def test_exactly_the_leads_that_an_import_added_or_changed_are_its_own(store: Store) -> None:
    importing(store, a_csv(HEADER, ("a@x.example", ""), ("b@x.example", "CTO")))
    report = importing(
        store,
        a_csv(HEADER, ("a@x.example", "CEO"), ("b@x.example", "CTO"), ("c@x.example", "")),
    )
    assert counts(report) == {"created": 1, "updated": 1, "unchanged": 1}
    assert report.unit is not None
    found = touched_by(store, report.unit)
    assert [sheet(store, "email", id=lead_id)[0][0] for lead_id in found] == [
        "a@x.example",
        "c@x.example",
    ]


def test_rejected_rows_are_told_with_line_and_reason_in_a_dry_run_too(store: Store) -> None:
    told: list[tuple[int, Sequence[str], str]] = []
    file = io.BytesIO(a_csv(HEADER, ("a@x.example", "CEO"), ("a@@x", "CTO")))
    import_file(
        store, file, ImportOptions(dry_run=True), actor="ada",
        rejected=lambda *row: told.append(row),
    )  # fmt: skip
    ((line, row, reason),) = told
    assert (line, list(row)) == (3, ["a@@x", "CTO"])
    assert '"a@@x" is no e-mail address' in reason
    assert store.count({}) == 0


def test_a_header_can_be_kept_from_the_field_that_it_is_a_name_of(store: Store) -> None:
    file = a_csv(("Email", "Company"), ("a@x.example", "Acme"))
    report = importing(store, file, mapping={"Company": "+"})
    key = report.mapping["Company"]
    assert key not in ("company", None)
    assert sheet(store, "email", str(key)) == [("a@x.example", "Acme")]
    again = importing(store, file)
    assert again.mapping == report.mapping
