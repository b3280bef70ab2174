"""Parquet files: text columns, numbers where a number column holds nothing else, tags as lists."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from leadsync.core.exporting.formats import unique_headers
from leadsync.core.exporting.text_bytes import well_formed
from leadsync.core.models import ColumnType
from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadsync.core.exporting.formats import Cell, ExportColumn, ExportOptions, Row

_CHUNK_ROWS = 10_000
_MAX_INT = 2**63
_MAX_EXACT_FLOAT = 2**53


class _NumberColumn:
    """What the cells of one number column have been so far."""

    def __init__(self) -> None:
        self.is_whole = True
        self.is_number = True
        self._largest = 0

    def see(self, cells: Sequence[Cell]) -> None:
        """Take note of a chunk of cells."""
        for cell in cells:
            if isinstance(cell, float):
                self.is_whole = False
            elif isinstance(cell, int):
                self._largest = max(self._largest, abs(cell))
            elif cell is not None:
                self.is_number = False
        self.is_number &= self._largest < (_MAX_INT if self.is_whole else _MAX_EXACT_FLOAT)


def write_parquet(
    rows: Iterable[Row], header: Sequence[ExportColumn], file: BinaryIO, options: ExportOptions
) -> int:
    """Write rows as Parquet, a row group for each 10,000, and return how many there were.

    Whether a number column is all numbers is known at the end only, so that rows go to a scratch
    file as text first; files without number columns are written at once.
    """
    numbers = {n: _NumberColumn() for n, c in enumerate(header) if c.type is ColumnType.NUMBER}
    with tempfile.TemporaryFile() as scratch:
        count = _write_texts(rows, header, scratch, numbers)
        found = {n: "int64" if c.is_whole else "float64" for n, c in numbers.items() if c.is_number}
        if not found:
            scratch.seek(0)
            shutil.copyfileobj(scratch, file, 1 << 20)
            return count
        with tempfile.TemporaryFile() as typed:
            _rewrite(scratch, typed, found)
            typed.seek(0)
            shutil.copyfileobj(typed, file, 1 << 20)
    return count


def _write_texts(
    rows: Iterable[Row],
    header: Sequence[ExportColumn],
    file: Any,
    numbers: dict[int, _NumberColumn],
) -> int:
    pa: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    lists = {n for n, column in enumerate(header) if column.key == "tags"}
    names = [well_formed(name) for name in unique_headers(header)]
    kinds = [pa.list_(pa.string()) if n in lists else pa.string() for n in range(len(names))]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    count = 0
    source = iter(rows)
    with parquet.ParquetWriter(file, schema) as writer:
        while chunk := list(islice(source, _CHUNK_ROWS)):
            arrays: list[Any] = []
            for n, cells in enumerate(zip(*chunk, strict=True)):
                if n in numbers:
                    numbers[n].see(cells)
                plain = [_list(c) for c in cells] if n in lists else [_text(c) for c in cells]
                arrays.append(pa.array(plain, kinds[n]))
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(chunk)
    return count


def _rewrite(source: Any, target: Any, numbers: dict[int, str]) -> None:
    """Copy row group by row group, with these columns (position -> type name) as numbers."""
    pa: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    read: Any = parquet.ParquetFile(source)
    schema: Any = read.schema_arrow
    for n, kind in numbers.items():
        schema = schema.set(n, pa.field(schema.names[n], getattr(pa, kind)()))
    with parquet.ParquetWriter(target, schema) as writer:
        for group in range(read.num_row_groups):
            writer.write_table(read.read_row_group(group).cast(schema))


def _text(cell: Cell) -> str | None:
    if cell is None or cell == "":
        return None
    text = cell if isinstance(cell, str) else show(cell)
    return text if text.isascii() else well_formed(text)


def _list(cell: Cell) -> list[str]:
    if isinstance(cell, tuple):
        return [well_formed(tag) for tag in cell]
    text = _text(cell)
    return [] if text is None else [text]
