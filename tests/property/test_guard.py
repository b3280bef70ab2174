"""The formula guard and CSV files, over arbitrary Unicode."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from leadsync.core.exporting.formats import ExportColumn, ExportFormat, ExportOptions
from leadsync.core.exporting.guard import TRIGGERS, guard, unguard
from leadsync.core.exporting.writer import write_export

ODD = "=+-@\t\r\n＝＋－＠'\"`,; \u00a0\ufeff\u2028\x0b\x1c\x85aZ9é😀"
texts = st.one_of(st.text(alphabet=ODD, max_size=8), st.text(max_size=20))
cells = st.one_of(st.none(), texts.filter(bool))


@given(texts)
@example("'=x")
@example("''")
@example("'")
@example("'tis")
@example("")
def test_unguard_takes_back_what_guard_did(text: str) -> None:
    assert unguard(guard(text)) == text


@given(texts, texts)
@example("'=x", "=x")
@example("''a", "'a")
def test_two_texts_never_become_one(first: str, second: str) -> None:
    assert (guard(first) == guard(second)) == (first == second)


@given(texts)
def test_no_guarded_text_begins_with_a_trigger(text: str) -> None:
    assert guard(text)[:1] not in TRIGGERS


@given(texts)
def test_unguard_changes_only_what_guard_can_have_written(text: str) -> None:
    if unguard(text) != text:
        assert guard(unguard(text)) == text


def written(rows: list[tuple[str | None, ...]], width: int, *, raw: bool = False) -> str:
    header = [ExportColumn(f"c{n}", f"c{n}") for n in range(width)]
    file = io.BytesIO()
    assert write_export(rows, header, file, ExportOptions(ExportFormat.CSV, raw=raw)) == len(rows)
    return file.getvalue().decode("utf-8")


tables = st.integers(1, 4).flatmap(
    lambda width: st.tuples(st.just(width), st.lists(st.tuples(*[cells] * width), max_size=6))
)


@given(tables)
def test_a_csv_file_gives_back_the_cells_byte_for_byte(
    table: tuple[int, list[tuple[str | None, ...]]],
) -> None:
    width, rows = table
    read = list(csv.reader(io.StringIO(written(rows, width), newline="")))[1:]
    assert [tuple(unguard(cell) or None for cell in row) for row in read] == rows


@given(tables)
def test_the_file_is_what_the_standard_library_writes(
    table: tuple[int, list[tuple[str | None, ...]]],
) -> None:
    width, rows = table
    expected = io.StringIO(newline="")
    writer = csv.writer(expected, lineterminator="\r\n")
    writer.writerow([f"c{n}" for n in range(width)])
    writer.writerows(rows)
    assert written(rows, width, raw=True) == expected.getvalue()
