"""The 29 sample files: what they are, every cell, and what their headers mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leadsync.core.importing.mapping import propose_mapping
from leadsync.core.importing.reader import open_lead_file

FOLDER = Path(__file__).resolve().parents[2] / "data" / "lead_files"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
RECORDS: dict[str, Any] = json.loads((FOLDER / "records.json").read_text(encoding="utf-8"))


def _bare(row: list[str]) -> list[str]:
    """The cells as they are compared: without surrounding space, NULs and blanks at the end."""
    cells = [cell.replace("\0", "").strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_file_is(name: str) -> None:
    expected = EXPECTED[name]
    with open_lead_file(FOLDER / name) as found:
        assert found.bom == expected["bom"]
        assert found.delimiter == expected["delimiter"]
        assert found.preamble == expected["preamble"]
        if (FOLDER / name).read_bytes().isascii():
            assert found.encoding == "utf-8"
        elif expected["encoding"].endswith("?"):
            assert found.encoding in ("utf-8+cp1252", "cp1252")
        else:
            assert found.encoding == expected["encoding"]


@pytest.mark.parametrize("name", RECORDS)
def test_every_cell_is_as_in_the_file(name: str) -> None:
    with open_lead_file(FOLDER / name) as found:
        assert found.header == RECORDS[name]["header"]
        wanted = [_bare(row) for row in RECORDS[name]["records"]]
        assert [_bare(row) for row in found.raw_records()] == [row for row in wanted if row]
        widths = {len(row) for _, row in found.iter_rows()}
        assert widths <= {len(found.columns), len(found.columns) + 1}


@pytest.mark.parametrize("name", EXPECTED)
def test_headers_map_to_their_fields(name: str) -> None:
    with open_lead_file(FOLDER / name) as found:
        maps = propose_mapping(found.columns, found.sample, has_header=found.header is not None)
    fields = {column.header: column.field for column in maps}
    for header, wanted in EXPECTED[name]["mapping"].items():
        if wanted and wanted.endswith("?"):
            assert fields[header] in (wanted[:-1], None)
        else:
            assert fields[header] == wanted, next(m for m in maps if m.header == header).reason
    assert all(column.reason for column in maps)
