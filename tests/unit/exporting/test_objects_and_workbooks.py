"""JSON, XLSX and Parquet files, read back by other people's readers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine

from leadsync.core.errors import InputError
from leadsync.core.exporting.formats import ExportColumn, ExportFormat, ExportOptions
from leadsync.core.exporting.writer import write_export
from leadsync.core.models import ColumnType

if TYPE_CHECKING:
    from leadsync.core.exporting.formats import Cell

NAME = ExportColumn("name", "Name")
STAFF = ExportColumn("staff", "Staff", ColumnType.NUMBER)
TAGS = ExportColumn("tags", "Tags")
HEADER = [NAME, STAFF, TAGS]
ROWS: list[tuple[Cell, ...]] = [
    ("Zoë =1", 12, ("vip", "de")),
    ("'=x", 2.5, ()),
    (None, None, None),
]


def written(
    format_: ExportFormat, rows: list[tuple[Cell, ...]], header: list[ExportColumn]
) -> bytes:
    file = io.BytesIO()
    assert write_export(rows, header, file, ExportOptions(format_)) == len(rows)
    return file.getvalue()


def test_json_is_an_array_of_objects_with_types() -> None:
    assert json.loads(written(ExportFormat.JSON, ROWS, HEADER)) == [
        {"Name": "Zoë =1", "Staff": 12, "Tags": ["vip", "de"]},
        {"Name": "'=x", "Staff": 2.5, "Tags": []},
        {"Name": None, "Staff": None, "Tags": None},
    ]


def test_an_empty_json_export_is_an_empty_array() -> None:
    assert json.loads(written(ExportFormat.JSON, [], HEADER)) == []


def test_jsonl_has_one_object_a_line() -> None:
    lines = written(ExportFormat.JSONL, ROWS, HEADER).decode().splitlines()
    assert [json.loads(line)["Name"] for line in lines] == ["Zoë =1", "'=x", None]
    assert "Zoë" in lines[0]


@pytest.mark.parametrize("format_", [ExportFormat.JSON, ExportFormat.JSONL])
def test_more_rows_than_a_chunk_are_all_there(format_: ExportFormat) -> None:
    text = written(format_, [(str(n),) for n in range(1001)], [NAME]).decode()
    objects: list[Any] = (
        json.loads(text)
        if format_ is ExportFormat.JSON
        else [json.loads(t) for t in text.splitlines()]
    )
    assert [o["Name"] for o in objects] == [str(n) for n in range(1001)]


def test_json_writes_no_number_that_json_does_not_have() -> None:
    text = written(ExportFormat.JSONL, [(float("nan"),), (float("inf"),)], [STAFF]).decode()
    assert [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()] == [
        {"Staff": "nan"},
        {"Staff": "inf"},
    ]


def sheet(rows: list[tuple[Cell, ...]], header: list[ExportColumn]) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(written(ExportFormat.XLSX, rows, header))
    )
    return book.get_sheet_by_index(0).to_python()


def test_a_workbook_holds_texts_and_numbers() -> None:
    assert sheet(ROWS, HEADER)[:3] == [
        ["Name", "Staff", "Tags"],
        ["Zoë =1", 12, "vip, de"],
        ["'=x", 2.5, ""],
    ]


def test_a_text_in_a_workbook_is_never_a_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(ExportFormat.XLSX, [("=1+1",)], [NAME])))
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert cell.quotePrefix


def test_headers_are_bold_and_stay_in_sight() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(ExportFormat.XLSX, ROWS, HEADER)))
    assert book.worksheets[0].freeze_panes == "A2"
    assert book.worksheets[0]["A1"].font.b


@pytest.mark.parametrize(
    "text", ["a\r\nb\tc", " lead ", "<b>&amp;</b>", "_x000D_", "bell\x07", "😀", "x" * 32_767]
)
def test_odd_texts_come_back_from_a_workbook_as_they_were(text: str) -> None:
    assert sheet([(text,)], [NAME])[1] == [text]


def test_a_workbook_that_cannot_hold_a_text_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match=r'32,768 characters in column "Name" of row 3') as caught:
        written(ExportFormat.XLSX, [("ok",), ("x" * 32_768,)], [NAME])
    assert ".csv" in caught.value.next_step


def test_a_workbook_that_cannot_hold_the_rows_is_refused(tmp_path: Path) -> None:
    rows = ((None,) for _ in range(1_048_576))
    with pytest.raises(InputError, match="1,048,575 leads"):
        write_export(rows, [NAME], tmp_path / "leads.xlsx", ExportOptions(ExportFormat.XLSX))
    assert list(tmp_path.iterdir()) == []


def test_long_numbers_keep_their_digits_in_a_workbook() -> None:
    assert sheet([(12345678901234567,)], [STAFF])[1] == ["12345678901234567"]


def test_columns_beyond_z_have_their_places() -> None:
    header = [ExportColumn(f"c{n}", f"c{n}") for n in range(800)]
    row = tuple(str(n) for n in range(800))
    assert sheet([row], header)[1] == list(row)


def table(rows: list[tuple[Cell, ...]], header: list[ExportColumn]) -> Any:
    return pq.read_table(io.BytesIO(written(ExportFormat.PARQUET, rows, header)))


def test_parquet_has_numbers_texts_and_lists() -> None:
    found = table(ROWS, HEADER)
    assert found.schema.field("Staff").type == pa.float64()
    assert found.to_pylist() == [
        {"Name": "Zoë =1", "Staff": 12.0, "Tags": ["vip", "de"]},
        {"Name": "'=x", "Staff": 2.5, "Tags": []},
        {"Name": None, "Staff": None, "Tags": []},
    ]


def test_whole_numbers_stay_whole_in_parquet() -> None:
    found = table([(9007199254740993,), (None,), (-1,)], [STAFF])
    assert found.to_pylist() == [{"Staff": 9007199254740993}, {"Staff": None}, {"Staff": -1}]


@pytest.mark.parametrize("odd", ["about 50", 2**63, "1.50"])
def test_a_number_column_with_anything_else_is_text_in_parquet(odd: Cell) -> None:
    found = table([(12,), (odd,)], [STAFF])
    assert found.to_pylist() == [{"Staff": "12"}, {"Staff": str(odd)}]


def test_a_late_text_turns_the_whole_parquet_column_to_text() -> None:
    rows: list[tuple[Cell, ...]] = [(n,) for n in range(25_000)]
    found = table([*rows, ("many",)], [STAFF])
    assert found.num_rows == 25_001
    assert found.column("Staff")[-1].as_py() == "many"


def test_many_rows_of_numbers_are_numbers_in_parquet() -> None:
    found = table(
        [(n, n / 2) for n in range(25_000)], [STAFF, ExportColumn("x", "X", ColumnType.NUMBER)]
    )
    assert found.column("Staff").to_pylist() == list(range(25_000))
    assert found.column("X")[24_999].as_py() == 12499.5


def test_an_empty_parquet_file_has_its_columns() -> None:
    assert table([], HEADER).column_names == ["Name", "Staff", "Tags"]


@pytest.mark.parametrize("format_", [ExportFormat.JSON, ExportFormat.PARQUET])
def test_repeated_headers_do_not_swallow_a_column(format_: ExportFormat) -> None:
    data = written(format_, [("a", "b")], [NAME, NAME])
    row = (
        json.loads(data)[0]
        if format_ is ExportFormat.JSON
        else pq.read_table(io.BytesIO(data)).to_pylist()[0]
    )
    assert row == {"Name": "a", "Name (2)": "b"}


@pytest.mark.parametrize("format_", list(ExportFormat))
def test_half_a_character_stops_no_export(format_: ExportFormat) -> None:
    assert written(format_, [("a\ud83d",)], [NAME])
