"""The writing of an export: rows of cells into one file or stream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from leadsync.core.errors import InputError
from leadsync.core.exporting.delimited import write_csv
from leadsync.core.exporting.formats import ExportFormat
from leadsync.core.exporting.objects import write_json, write_jsonl
from leadsync.core.exporting.parquet import write_parquet
from leadsync.core.exporting.whole_file import whole_file
from leadsync.core.exporting.workbook import write_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadsync.core.exporting.formats import ExportColumn, ExportOptions, Row

_WRITERS = {
    ExportFormat.CSV: write_csv,
    ExportFormat.XLSX: write_xlsx,
    ExportFormat.JSON: write_json,
    ExportFormat.JSONL: write_jsonl,
    ExportFormat.PARQUET: write_parquet,
}


def write_export(
    rows: Iterable[Row],
    header: Sequence[ExportColumn],
    target: Path | BinaryIO,
    options: ExportOptions,
) -> int:
    """Write rows under their headers, and return how many there were.

    Rows are taken as they come; memory does not grow with their number. A path gets the whole
    file or keeps what it had, also when `rows` raises in the middle; a stream gets the bytes as
    they are made, and its errors (a closed pipe) are the caller's.

    Args:
        rows: cells in the order of `header`, one sequence a lead, all of the same length.
        header: the columns; at least one.
        target: a file, or a binary stream such as `sys.stdout.buffer`.
        options: format and its details.

    Raises:
        InputError: no column, no such folder, or a workbook cannot hold the rows.
        StoreError: the place cannot be written, or is full.
    """
    if not header:
        raise InputError(
            "there is no column to export", next_step="name some: --columns email,name"
        )
    write = _WRITERS[options.format]
    if isinstance(target, Path):
        with whole_file(target) as file:
            return write(rows, header, file, options)
    return write(rows, header, target, options)
