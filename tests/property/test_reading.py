"""Any table written by the standard library is read back cell by cell."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from leadsync.core.importing.reader import open_lead_file

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    ROWS, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
)
def test_a_written_table_comes_back(rows: list[list[str]], delimiter: str, codec: str) -> None:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter)
    writer.writerow(["Full Name", "Email", "Notes"])
    writer.writerows(rows)
    with open_lead_file(io.BytesIO(target.getvalue().encode(codec))) as found:
        assert found.columns == ["Full Name", "Email", "Notes"]
        full = [row for row in rows if "".join(row).strip()]
        assert [row for _, row in found.iter_rows()] == full
        assert found.report.repaired_quotes == []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    from contextlib import suppress

    from leadsync.core.errors import InputError

    with suppress(InputError), open_lead_file(io.BytesIO(content)) as found:
        width = len(found.columns)
        assert all(width <= len(row) <= width + 1 for _, row in found.iter_rows())
