"""Workbooks and JSON become the same rows of text as a CSV file."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from leadsync.core.errors import InputError
from leadsync.core.importing.reader import open_lead_file
from tests.unit.importing.conftest import OpenBytes


def a_workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_workbook_is_known_by_its_content(opened: OpenBytes) -> None:
    day = datetime.date(2026, 1, 2)
    rows: list[list[Any]] = [
        ["Name", "Email", "Age", "Since", "Fan", "Share"],
        ["Zoë", "z@x.example", 42, day, True, 0.5],
    ]
    found = opened(a_workbook(Leads=rows))
    assert (found.kind, found.header_line) == ("xlsx", 1)
    assert list(found.iter_rows()) == [
        (2, ["Zoë", "z@x.example", "42", "2026-01-02", "TRUE", "0.5"])
    ]


def test_a_sheet_is_chosen_by_name(opened: OpenBytes) -> None:
    book = a_workbook(Cover=[["hello"]], Leads=[["Email"], ["a@x.example"]])
    assert list(opened(book, sheet="Leads").raw_records()) == [["a@x.example"]]
    with pytest.raises(InputError, match='no sheet "Laeds"') as refused:
        opened(book, sheet="Laeds")
    assert 'did you mean "Leads"' in refused.value.next_step


def test_rows_above_the_header_of_a_sheet_are_left_out(opened: OpenBytes) -> None:
    rows: list[list[Any]] = [["Report"], [], ["First Name", "Email"], ["Ada", "a@x.example"]]
    found = opened(a_workbook(S=rows))
    assert found.header == ["First Name", "Email"]
    assert list(found.iter_rows()) == [(4, ["Ada", "a@x.example"])]


def test_an_empty_sheet_names_the_others(opened: OpenBytes) -> None:
    with pytest.raises(InputError, match="is empty") as refused:
        opened(a_workbook(Empty=[], Leads=[["Email"], ["a@x.example"]]))
    assert "Leads" in refused.value.next_step


def test_a_zip_archive_of_something_else_is_refused(opened: OpenBytes) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("leads.csv", "Email\na@x.example\n")
    with pytest.raises(InputError, match="ZIP archive"):
        opened(target.getvalue())


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_damaged_workbook_is_refused(opened: OpenBytes, cut: float) -> None:
    whole = a_workbook(S=[["Email"], ["a@x.example"]])
    with pytest.raises(InputError, match="workbook"):
        opened(whole[: int(len(whole) * cut)])
    with pytest.raises(InputError):
        opened(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_a_json_array_has_the_union_of_its_keys(opened: OpenBytes) -> None:
    found = opened(
        b'[{"email": "a@x.example", "n": 1.50}, {"name": "Bob", "email": null,'
        b' "tags": ["x", {"k": 2.0}], "ok": true}]'
    )
    assert (found.kind, found.columns) == ("json", ["email", "n", "name", "tags", "ok"])
    assert [row for _, row in found.iter_rows()] == [
        ["a@x.example", "1.50", "", "", ""],
        ["", "", "Bob", '["x", {"k": 2.0}]', "true"],
    ]


def test_json_lines_are_objects_one_after_another(opened: OpenBytes) -> None:
    found = opened(b'{"email": "a@x.example"}\n{"email": "b@x.example"}\r\n\n')
    assert found.kind == "jsonl"
    assert [row for _, row in found.iter_rows()] == [["a@x.example"], ["b@x.example"]]


def test_objects_longer_than_a_chunk_are_read(tmp_path: Path) -> None:
    path = tmp_path / "leads.json"
    text = ", ".join(f'{{"email": "{"x" * 400_000}{n}"}}' for n in range(5))
    path.write_text(f"[{text}]")
    with open_lead_file(path) as found:
        assert [row[0][-1] for row in found.raw_records()] == list("01234")


@pytest.mark.parametrize(
    "content",
    [
        b'[{"email": "a@x.example"}, {"email": ',
        b'[{"email": "a@x.example"}, 7]',
        b'{"email": "a@x.example"}\n{"email" "b"}\n{"a": "b"}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"email": "a@x.example", "a": ' + b"[" * 700 + b"]" * 700 + b"}",
        b"[]",
    ],
)
def test_broken_json_says_which_object(opened: OpenBytes, content: bytes) -> None:
    with pytest.raises(InputError) as refused:
        opened(content)
    assert refused.value.next_step


def test_a_csv_file_may_begin_with_a_bracket(opened: OpenBytes) -> None:
    found = opened(b"[Name],Email\nAda,a@x.example\n")
    assert found.kind == "delimited"
