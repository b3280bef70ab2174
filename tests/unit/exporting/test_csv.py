"""CSV files: what a spreadsheet or another tool finds in them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import InputError
from leadsync.core.exporting.formats import ExportColumn, ExportOptions
from leadsync.core.exporting.writer import write_export
from leadsync.core.models import ColumnType

if TYPE_CHECKING:
    from leadsync.core.exporting.formats import Cell

EMAIL = ExportColumn("email", "Email", ColumnType.EMAIL)
NOTE = ExportColumn("note", "Note")
STAFF = ExportColumn("staff", "Staff", ColumnType.NUMBER)


def lines(
    header: list[ExportColumn], *rows: tuple[Cell, ...], bom: bool = False, raw: bool = False
) -> list[str]:
    file = io.BytesIO()
    write_export(rows, header, file, ExportOptions(bom=bom, raw=raw))
    text = file.getvalue().decode("utf-8")
    assert text.endswith("\r\n")
    return text[:-2].split("\r\n")


def test_rows_stand_under_their_headers_and_blanks_are_empty() -> None:
    assert lines([EMAIL, NOTE], ("ada@x.example", None), (None, "hi")) == [
        "Email,Note",
        "ada@x.example,",
        ",hi",
    ]


def test_only_cells_that_need_quotes_get_them() -> None:
    row = ('say "hi", Ada', "two\nlines")
    assert lines([EMAIL, NOTE], row) == ["Email,Note", '"say ""hi"", Ada","two\nlines"']


@pytest.mark.parametrize("first", "=+-@\t\r\n＝＋－＠'")
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(first: str) -> None:
    file = io.BytesIO()
    write_export([(first + "x",)], [NOTE], file, ExportOptions())
    assert f"'{first}x" in file.getvalue().decode("utf-8")


def test_a_phone_number_is_guarded_and_raw_leaves_it() -> None:
    assert lines([NOTE], ("+44 20",)) == ["Note", "'+44 20"]
    assert lines([NOTE], ("+44 20",), raw=True) == ["Note", "+44 20"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("+49 (30) 123-45/6", "+49 (30) 123-45/6"),
        ("-5.20", "-5.20"),
        ("'tis", "'tis"),
        ("=1+1", "'=1+1"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-SUM(A1)", "'-SUM(A1)"),
        ("@ada", "'@ada"),
        ("+", "'+"),
    ],
)
def test_for_a_tool_only_what_would_be_run_is_guarded(cell: str, written: str) -> None:
    file = io.BytesIO()
    write_export([(cell,)], [NOTE], file, ExportOptions(for_tool=True))
    assert file.getvalue().decode("utf-8") == f"Note\r\n{written}\r\n"


def test_numbers_of_a_number_column_are_not_guarded() -> None:
    assert lines([STAFF], (-5,), (-2.5,), (3.0,), ("-1.50",), ("+1e3",)) == [
        "Staff", "-5", "-2.5", "3", "-1.50", "+1e3",
    ]  # fmt: skip


def test_text_in_a_number_column_is_guarded_unless_it_is_a_number() -> None:
    assert lines([STAFF], ("-1+cmd|' /C calc'!A0",)) == ["Staff", "'-1+cmd|' /C calc'!A0"]
    assert lines([STAFF], ("=1",)) == ["Staff", "'=1"]


def test_a_header_is_guarded_too() -> None:
    assert lines([ExportColumn("x", "=HYPERLINK(1)")]) == ["'=HYPERLINK(1)"]


def test_tags_are_joined_by_commas() -> None:
    tags = ExportColumn("tags", "Tags")
    assert lines([tags], (("vip", "de"),), ((),)) == ["Tags", '"vip, de"', '""']


def test_a_byte_order_mark_only_on_request() -> None:
    assert lines([NOTE], bom=True) == ["\ufeffNote"]
    assert lines([NOTE]) == ["Note"]


@pytest.mark.parametrize("label", ["[x", "{x", "sep=;", "\ufeffx", "PK\x03\x04"])
def test_a_header_that_looks_like_another_kind_of_file_stands_in_quotes(label: str) -> None:
    assert lines([ExportColumn("x", label), NOTE]) == [f'"{label}",Note']


def test_a_blank_row_of_one_column_is_still_a_record() -> None:
    assert lines([NOTE], (None,), ("",)) == ["Note", '""', '""']


def test_half_a_character_becomes_the_replacement_character() -> None:
    assert lines([NOTE], ("a\ud83d",), ("\ud83d\ude00",)) == ["Note", "a\ufffd", "😀"]


def test_many_rows_are_all_written_in_order() -> None:
    file = io.BytesIO()
    rows = ((f"a{n}@x.example", n) for n in range(1234))
    assert write_export(rows, [EMAIL, STAFF], file, ExportOptions()) == 1234
    read = file.getvalue().decode().splitlines()
    assert read[1:] == [f"a{n}@x.example,{n}" for n in range(1234)]


def test_an_export_without_columns_is_refused() -> None:
    with pytest.raises(InputError, match="no column to export"):
        write_export([], [], io.BytesIO(), ExportOptions())
