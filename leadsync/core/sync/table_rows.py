"""A table as it is now: which of its columns show which fields, and which row is which lead's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import ID_HEADING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.exporting.formats import ExportColumn
    from leadsync.core.sync.tables import ColumnCells, Table


@dataclass(frozen=True, slots=True)
class TableRow:
    """The row of a lead.

    Attributes:
        number: of the row, from 0.
        texts: by key of the field.
        formulas: keys of fields whose cell is somebody's formula.
    """

    number: int
    texts: Mapping[str, str]
    formulas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TableNow:
    """What was read of a table.

    Attributes:
        id_at: the column of ids.
        at: column by key of the field.
        has_ids: whether the column of ids is there already.
        new: keys of fields that have no column there yet; `at` says where it would be.
        rows: by lead id; where an id stands twice, the first.
        last_row: the last row with something in a column of ours.
        nameless: rows with cells of ours and without an id.
        odd_ids: rows whose id is none of ours.
        repeated: (row, first row) of ids that stand there twice.
    """

    id_at: int
    at: Mapping[str, int]
    has_ids: bool
    new: frozenset[str]
    rows: Mapping[int, TableRow]
    last_row: int = 0
    nameless: tuple[int, ...] = ()
    odd_ids: tuple[int, ...] = ()
    repeated: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Rows:
    by_lead: dict[int, TableRow] = field(default_factory=dict[int, TableRow])
    nameless: list[int] = field(default_factory=list[int])
    odd_ids: list[int] = field(default_factory=list[int])
    repeated: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def read_table(table: Table, columns: Sequence[ExportColumn]) -> TableNow:
    """What stands in a table under the headings of these columns; two to four requests.

    A heading is a column's label or key, whatever its case; the first of that name counts.

    Raises:
        InputError: there are cells and no headings.
    """
    headings = table.read_headings()
    places = _places(headings, columns)
    id_at = _find(headings, (ID_HEADING,))
    known = sorted({*places.values(), *(() if id_at is None else (id_at,))})
    cells = table.read_columns(known, beyond=len(headings))
    if not headings and cells.used_columns:
        raise InputError(
            f"{table.title} has cells and no headings in its first row",
            next_step="put a heading above each column, or name an empty tab: --tab NAME",
        )
    return _table_now(columns, places, id_at, cells, max(len(headings), cells.used_columns))


def column_letter(column: int) -> str:
    """`A` for 0: how people name a column."""
    letters = ""
    while column >= 0:
        letters = chr(ord("A") + column % 26) + letters
        column = column // 26 - 1
    return letters


def _table_now(
    columns: Sequence[ExportColumn],
    places: dict[str, int],
    id_at: int | None,
    cells: ColumnCells,
    width: int,
) -> TableNow:
    rows = _rows(places, cells.texts[id_at] if id_at is not None else (), cells)
    new = [column.key for column in columns if column.key not in places]
    free = width
    if id_at is None:
        id_at, free = free, free + 1
        has_ids = False
    else:
        has_ids = True
    at = places | {key: free + n for n, key in enumerate(new)}
    return TableNow(
        id_at, at, has_ids, frozenset(new), rows.by_lead, cells.used_rows - 1,
        tuple(rows.nameless), tuple(rows.odd_ids), tuple(rows.repeated),
    )  # fmt: skip


def _places(headings: Sequence[str], columns: Sequence[ExportColumn]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column in columns:
        place = _find(headings, (column.header, column.key))
        if place is not None and place not in found.values():
            found[column.key] = place
    return found


def _find(headings: Sequence[str], names: Sequence[str]) -> int | None:
    bare = [heading.strip().casefold() for heading in headings]
    for name in names:
        if name.casefold() in bare:
            return bare.index(name.casefold())
    return None


def _rows(places: Mapping[str, int], ids: Sequence[str], cells: ColumnCells) -> _Rows:
    found = _Rows()
    by_row: dict[int, set[str]] = {}
    keys = {column: key for key, column in places.items()}
    for row, column in cells.formulas:
        if column in keys:
            by_row.setdefault(row, set()).add(keys[column])
    blank = ""
    for number in range(1, cells.used_rows):
        at = number - 1
        texts = {
            key: column[at] if at < len(column) else blank
            for key, column in ((key, cells.texts[place]) for key, place in places.items())
        }
        row = TableRow(number, texts, frozenset(by_row.get(number, ())))
        _sort_in(found, ids[at].strip() if at < len(ids) else blank, row)
    return found


def _sort_in(found: _Rows, lead_id: str, row: TableRow) -> None:
    if not lead_id:
        if any(row.texts.values()):
            found.nameless.append(row.number)
    elif not (lead_id.isascii() and lead_id.isdigit() and len(lead_id) < 18):
        found.odd_ids.append(row.number)
    elif (first := found.by_lead.get(int(lead_id))) is not None:
        found.repeated.append((row.number, first.number))
    else:
        found.by_lead[int(lead_id)] = row
