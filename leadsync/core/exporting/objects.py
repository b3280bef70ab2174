"""JSON files: one object a lead, as an array or line by line."""

from __future__ import annotations

import json
import math
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from leadsync.core.exporting.formats import unique_headers
from leadsync.core.exporting.text_bytes import encode
from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leadsync.core.exporting.formats import Cell, ExportColumn, ExportOptions, Row

_CHUNK_ROWS = 500
_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def write_jsonl(
    rows: Iterable[Row], header: Sequence[ExportColumn], file: BinaryIO, options: ExportOptions
) -> int:
    """Write one JSON object a line, and return how many there were. Blank cells are null."""
    count = 0
    for lines in _chunks(rows, header):
        file.write(encode("\n".join(lines) + "\n"))
        count += len(lines)
    return count


def write_json(
    rows: Iterable[Row], header: Sequence[ExportColumn], file: BinaryIO, options: ExportOptions
) -> int:
    """Write a JSON array of one object a line, and return how many there were."""
    count = 0
    for lines in _chunks(rows, header):
        file.write(encode((",\n" if count else "[\n") + ",\n".join(lines)))
        count += len(lines)
    file.write(b"\n]\n" if count else b"[]\n")
    return count


def _chunks(rows: Iterable[Row], header: Sequence[ExportColumn]) -> Iterator[list[str]]:
    names = unique_headers(header)
    source = iter(rows)
    while chunk := [_line(names, row) for row in islice(source, _CHUNK_ROWS)]:
        yield chunk


def _line(names: Sequence[str], row: Row) -> str:
    try:
        return _to_json(dict(zip(names, row, strict=True)))
    except ValueError:
        return _to_json(dict(zip(names, map(_finite, row), strict=True)))


def _finite(cell: Cell) -> Cell:
    """JSON has no infinity and no NaN; such numbers are written as the text that the grid shows."""
    return show(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell
