"""The format of an export, by word or by extension."""

from __future__ import annotations

import pytest

from leadsync.core.errors import InputError
from leadsync.core.exporting.formats import (
    ExportColumn,
    ExportFormat,
    format_for,
    unique_headers,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("leads.csv", ExportFormat.CSV),
        ("LEADS.XLSX", ExportFormat.XLSX),
        ("a.b/leads.json", ExportFormat.JSON),
        ("leads.jsonl", ExportFormat.JSONL),
        ("leads.ndjson", ExportFormat.JSONL),
        ("leads.parquet", ExportFormat.PARQUET),
        ("-", ExportFormat.CSV),
    ],
)
def test_the_extension_says_the_format(path: str, expected: ExportFormat) -> None:
    assert format_for(path) is expected


def test_a_named_format_wins_over_the_extension() -> None:
    assert format_for("leads.csv", "jsonl") is ExportFormat.JSONL
    assert format_for("-", "XLSX") is ExportFormat.XLSX


@pytest.mark.parametrize("path", ["leads", "leads.pdf", "leads.", ".csv"])
def test_an_unknown_extension_is_refused_with_the_list(path: str) -> None:
    with pytest.raises(InputError) as caught:
        format_for(path)
    assert caught.value.next_step == "use one of: csv, xlsx, json, jsonl, parquet"


def test_a_misspelt_format_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean parquet"):
        format_for("-", "parket")


def test_repeated_headers_are_numbered() -> None:
    header = [ExportColumn(str(n), name) for n, name in enumerate(["a", "a", "a (2)", "a"])]
    names = unique_headers(header)
    assert names[:2] == ["a", "a (2)"]
    assert len(set(names)) == 4
