"""A look at a file tells what an import would make of it, and its records as read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from leadsync.core.errors import InputError
from leadsync.core.importing.inspection import inspect_file, iter_records
from leadsync.core.importing.options import ImportOptions

FOLDER = Path(__file__).resolve().parents[2] / "data" / "lead_files"
RECORDS: dict[str, Any] = json.loads((FOLDER / "records.json").read_text(encoding="utf-8"))


def test_a_file_is_described_with_its_columns_and_first_rows() -> None:
    doc = inspect_file(FOLDER / "linkedin_bom_crlf.csv", rows=1).to_doc()
    doc = json.loads(json.dumps(doc))
    assert (doc["kind"], doc["bom"], doc["header_line"]) == ("delimited", True, 4)
    url = doc["columns"][2]
    assert (url["header"], url["field"]) == ("URL", "linkedin_url")
    assert "2 of 2 cells" in url["reason"]
    assert [row[0] for row in doc["rows"]] == ["Priya"]
    assert doc["notes"] == ["3 lines above the header left out"]


def test_what_the_user_says_counts() -> None:
    file = io.BytesIO(b"Anschrift;Junk;Emial\na@x.example;1;b@x.example\n")
    options = ImportOptions(
        mapping={"Anschrift": "email"}, ignore=("Junk",), delimiter=";", name="x.csv"
    )
    found = inspect_file(file, options)
    assert found.file == "x.csv"
    assert [c.field for c in found.columns] == ["email", None, None]
    assert found.columns[1].ignored
    assert found.columns[2].suggestion == "email"


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_yielded_as_read_behind_their_header(name: str) -> None:
    header, *rows = iter_records(FOLDER / name)
    assert header == {"header": RECORDS[name]["header"]}
    wanted = [row for row in map(bare, RECORDS[name]["records"]) if row]
    assert list(map(bare, rows)) == wanted


def bare(row: Any) -> list[str]:
    """Cells without surrounding space, NULs and blanks at the end."""
    cells = [cell.replace("\0", "").strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def test_as_many_records_as_asked_for_are_read() -> None:
    assert len(list(iter_records(FOLDER / "one_column.csv", limit=2))) == 3


def test_a_file_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        inspect_file(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no file"):
        next(iter_records(tmp_path / "none.csv"))
