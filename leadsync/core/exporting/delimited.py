"""CSV files as spreadsheets and other tools read them: UTF-8, CRLF, minimal quotes, guarded."""

from __future__ import annotations

import codecs
import csv
import io
import re
from itertools import islice
from types import NoneType
from typing import TYPE_CHECKING, BinaryIO

from leadsync.core.exporting.guard import APOSTROPHE, GUARDED, guard
from leadsync.core.exporting.text_bytes import encode
from leadsync.core.models import ColumnType
from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadsync.core.exporting.formats import Cell, ExportColumn, ExportOptions, Row

CHUNK_ROWS = 1000
_TEXT = frozenset({str, NoneType})
_WHOLE = frozenset({int, NoneType})
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_MISLEADING = re.compile("\ufeff|[\\[{\x1f]|sep=|PK\x03", re.IGNORECASE)


def write_csv(
    rows: Iterable[Row], header: Sequence[ExportColumn], file: BinaryIO, options: ExportOptions
) -> int:
    """Write rows as CSV, a chunk at a time, and return how many there were."""
    guarded = not options.raw
    file.write((codecs.BOM_UTF8 if options.bom else b"") + _header_line(header, guarded=guarded))
    kinds = [column.type for column in header]
    count = 0
    source = iter(rows)
    # Column by column: three times as fast as cell by cell, because most columns need no change.
    while chunk := list(islice(source, CHUNK_ROWS)):
        columns = zip(*chunk, strict=True)
        cells = [_cells(c, kind, guarded=guarded) for c, kind in zip(columns, kinds, strict=True)]
        buffer = io.StringIO(newline="")
        csv.writer(buffer, lineterminator="\r\n").writerows(zip(*cells, strict=True))
        file.write(encode(buffer.getvalue()))
        count += len(chunk)
    return count


def _header_line(header: Sequence[ExportColumn], *, guarded: bool) -> bytes:
    """The headers; in quotes where the file's first characters would pass for something else."""
    names = [guard(column.header) if guarded else column.header for column in header]
    quoting = csv.QUOTE_ALL if _MISLEADING.match(names[0]) else csv.QUOTE_MINIMAL
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n", quoting=quoting).writerow(names)
    return encode(buffer.getvalue())


def _cells(column: Sequence[Cell], kind: ColumnType, *, guarded: bool) -> Sequence[object]:
    found = set(map(type, column))
    if kind is ColumnType.NUMBER:
        return column if found <= _WHOLE else [_number_cell(c, guarded=guarded) for c in column]
    if found <= _TEXT:
        return _guarded(column) if guarded else column  # type: ignore[arg-type]  # all are texts or None
    texts = [show(cell) for cell in column]
    return _guarded(texts) if guarded else texts


def _guarded(texts: Sequence[str | None]) -> list[str | None]:
    return [t if not t or t[0] not in GUARDED else APOSTROPHE + t for t in texts]


def _number_cell(cell: Cell, *, guarded: bool) -> str:
    """A number as it is shown; text that is no number is guarded like any other."""
    text = show(cell)
    if not guarded or not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return text
    return guard(text)
