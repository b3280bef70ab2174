"""An export imported into an empty workspace gives the same cells, whatever is in them."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadsync.core.exporting.formats import ExportColumn, ExportFormat, ExportOptions
from leadsync.core.exporting.writer import write_export
from leadsync.core.importing.destinations import choose_destinations
from leadsync.core.importing.mapping import ColumnMap
from leadsync.core.importing.synonyms import fields, known_field
from leadsync.core.models import Column
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.values import storable
from tests.contract.importing import importing
from tests.contract.making import a_campaign, a_column

COLUMNS = {
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "notes": "Notes",
    "icebreaker": "Icebreaker",
}
TEXT_FIELDS = ("name", "source", *COLUMNS)
ALL = ("email", "linkedin_url", *TEXT_FIELDS, "tags")

unicode = st.text(st.characters(codec="utf-8"), max_size=12) | st.text(
    st.sampled_from("'=+-@\t\r\n\",;|x \ufeff\u200b\uff1d"), max_size=6
)
cell = st.none() | unicode.map(storable)
tag = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=5)
people = st.lists(
    st.tuples(*([cell] * len(TEXT_FIELDS)), st.lists(tag, max_size=2, unique=True)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=120, deadline=None)
@given(people, st.sampled_from([ExportFormat.CSV, ExportFormat.JSONL]), st.booleans())
@example([("'=x", "''", "@", "\r", "\n", "'", "'\u200b", ["vip"])], ExportFormat.CSV, False)
def test_an_export_comes_back_cell_by_cell(
    rows: list[tuple[Any, ...]], kind: ExportFormat, bom: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here, there = (SqliteStore(Path(folder, name)) for name in ("a.db", "b.db"))
        campaign = a_campaign(here)
        for key in COLUMNS:
            a_column(here, key)
        leads = [
            (f"p{n}@x.example", f"https://www.linkedin.com/in/p{n}", *cells[:-1])
            for n, cells in enumerate(rows)
        ]
        with here.unit("ada", "add") as unit:
            unit.add_leads(campaign, ALL[:-1], leads, tags=[cells[-1] for cells in rows])
        file = io.BytesIO()
        header = [ExportColumn(key, COLUMNS.get(key, key)) for key in ALL]
        write_export(here.scan({}, ALL), header, file, ExportOptions(kind, bom=bom))
        importing(there, file.getvalue())
        keys = {column.key for column in there.columns()}
        known = [key for key in ALL if key not in COLUMNS or key in keys]
        assert list(there.scan({}, known)) == list(here.scan({}, known))
        lost = [key for key in ALL if key not in known]
        assert not lost or all(set(row) == {None} for row in here.scan({}, lost))
        here.close()
        there.close()


@pytest.mark.parametrize(
    "field", sorted(fields() - {"full_name", "email", "linkedin_url", "source", "tags"})
)
def test_the_label_of_a_new_column_is_a_known_header_of_its_field(field: str) -> None:
    planned = choose_destinations([ColumnMap("x", field, "")], list[Column]())
    assert known_field(planned.new[field].label) == field
