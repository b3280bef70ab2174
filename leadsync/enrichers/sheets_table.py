"""One tab of a Google spreadsheet as a table: what is read of it, and how it is written.

All is written as RAW: nothing is run as a formula. Facts are of
developers.google.com/workspace/sheets/api/reference/rest/v4, read in November 2026.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gspread.utils import absolute_range_name

from leadsync.core.errors import InputError, ProviderError, nearest
from leadsync.core.sync.table_cells import shown_there
from leadsync.core.sync.table_rows import column_letter
from leadsync.core.sync.tables import AnswerLost, ColumnCells, Limits
from leadsync.enrichers.sheets_errors import not_google

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.sync.tables import Cell, Patch
    from leadsync.enrichers.sheets import SheetAddress
    from leadsync.enrichers.sheets_http import SheetsHttp

LIMITS = Limits(cells=50_000, bytes=2_000_000, characters=50_000)
"""Google advises 2 MB a request, and holds 50,000 characters a cell."""
FIRST_HEIGHT, FIRST_WIDTH = 1000, 26
TABS_NAMED = 10
RAW = "RAW"
_IN_COLUMN_A = re.compile(r"A[0-9]")
_FIELDS = "properties.title,sheets.properties(sheetId,title,gridProperties)"


def open_tab(http: SheetsHttp, place: SheetAddress, tab: str) -> SheetTab:
    """A tab by its name, else by the address, else the first; one request.

    Raises:
        InputError: the spreadsheet, or the tab of the address, is not there.
        AccessError: it may not be seen.
    """
    http.what = f'the spreadsheet "{place.file_id}"'
    file: Any = http.fetch_sheet_metadata(place.file_id, {"fields": _FIELDS})
    try:
        title = str(file["properties"]["title"])
        tabs: list[Any] = [sheet["properties"] for sheet in file["sheets"]]
        _ = [(one["title"], int(one["sheetId"])) for one in (*tabs, tabs[0])]
    except (LookupError, TypeError, ValueError) as error:
        raise not_google(http.what) from error
    http.what = f'the spreadsheet "{title}"'
    found = tabs[0] if not tab and place.gid is None else None
    if tab:
        found = next((one for one in tabs if one["title"] == tab), None)
        near = nearest(tab, [str(one["title"]) for one in tabs])
        if found is None and near and near.casefold() == tab.casefold():
            raise InputError(f'"{title}" has a tab "{near}", not "{tab}"')
    elif place.gid is not None:
        found = next((one for one in tabs if one["sheetId"] == place.gid), None)
        if found is None:
            names = _names([str(one["title"]) for one in tabs])
            raise InputError(
                f'"{title}" has no such tab as in the address; it has {names}',
                next_step="copy the address while the tab is open, or cut #gid=… off and say --tab",
            )
    return SheetTab(http, place.file_id, title, tab, found, [str(one["title"]) for one in tabs])


class SheetTab:
    """See `tables.Table`. One that is not there yet is made by the first write."""

    limits = LIMITS

    def __init__(
        self,
        http: SheetsHttp,
        file_id: str,
        file_title: str,
        tab: str,
        there: Any,
        tabs: Sequence[str],
    ) -> None:
        """Take what one look at the file told."""
        self._http = http
        self.traffic = http.traffic
        self._file_id = file_id
        self._tab = str(there["title"]) if there else tab
        self._sheet_id: int | None = int(there["sheetId"]) if there else None
        grid: Any = there.get("gridProperties", {}) if there else {}
        self._height = int(grid.get("rowCount", 0))
        self._width = int(grid.get("columnCount", 0))
        self.ledger = f"sheets:{file_id}/{self._tab}"
        self.title = f'sheet "{file_title} / {self._tab}"'
        self._file = f'"{file_title}"'
        self._tabs = tabs

    def must_be_there(self) -> None:
        """Look at what one look at the file told."""
        if self._sheet_id is None:
            raise InputError(
                f'{self._file} has no tab "{self._tab}"; it has {_names(self._tabs)}',
                next_step="name one of these; a new one is made by a push alone",
            )

    # reading -------------------------------------------------------------------------------
    def read_headings(self) -> tuple[str, ...]:
        """The first row."""
        if not self._height:
            return ()
        found: Any = self._http.values_get(self._file_id, self._range("1:1"), _plain())
        rows: list[list[Any]] = found.get("values", [])
        return tuple(shown_there(cell) for cell in rows[0]) if rows else ()

    def read_columns(self, columns: Sequence[int], *, beyond: int | None = None) -> ColumnCells:
        """Cells twice: as they are shown, and as they were typed, which tells formulas."""
        groups = _groups(columns) if self._height > 1 else []
        ranges = [self._range(f"{column_letter(a)}2:{column_letter(b)}") for a, b in groups]
        if beyond is not None and beyond < self._width:
            letters = f"{column_letter(beyond)}1:{column_letter(self._width - 1)}"
            ranges.append(self._range(letters))
        shown = self._batch_get(ranges, _plain())
        typed = self._batch_get(ranges[: len(groups)], _plain() | {"valueRenderOption": "FORMULA"})
        texts: dict[int, list[str]] = {column: [] for column in columns}
        formulas: set[tuple[int, int]] = set()
        for (first, last), block, sources in zip(groups, shown, typed, strict=False):
            for column in range(first, last + 1):
                texts[column] = _column_of(block, column - first)
            formulas |= _formulas(block, sources, first)
        used = 0
        if beyond is not None and len(shown) > len(groups):
            width = max((len(row) for row in shown[-1]), default=0)
            used = beyond + width if width else 0
        return ColumnCells(texts, frozenset(formulas), used)

    def read_ids(self, column: int) -> Sequence[str]:
        """One column below the headings."""
        letter = column_letter(column)
        (found,) = self._batch_get([self._range(f"{letter}2:{letter}")], _plain())
        return _column_of(found, 0)

    # writing -------------------------------------------------------------------------------
    def make_room(self, headings: Mapping[int, str], *, hidden: Sequence[int], rows: int) -> None:
        """At most three requests; none where all is there."""
        if self._sheet_id is None:
            self._add_tab()
        changes: list[dict[str, Any]] = []
        width, height = max([0, *headings]) + 1, max(rows, 2)
        if width > self._width:
            changes.append(self._more("COLUMNS", width - self._width))
            self._width = width
        if rows and height > self._height:
            changes.append(self._more("ROWS", height - self._height))
            self._height = height
        changes += [self._hide(column) for column in hidden]
        if changes:
            self._change(changes)
        if headings:
            self._write(
                [(f"{column_letter(at)}1", [[text]]) for at, text in sorted(headings.items())]
            )

    def update(self, patches: Sequence[Patch]) -> None:
        """All in one request."""
        self._write([(_corner(patch.row, patch.column), patch.cells) for patch in patches])

    def append(self, row: int, rows: Sequence[Sequence[Cell]]) -> None:
        """Rows are inserted, so that nothing is written over, whoever types there meanwhile."""
        where = self._range(_corner(row, 0))
        how = {"valueInputOption": RAW, "insertDataOption": "INSERT_ROWS"}
        done: Any = self._http.values_append(
            self._file_id, where, {**how}, {"values": [list(cells) for cells in rows]}
        )
        if done.get("spreadsheetId") != self._file_id:
            raise AnswerLost(f"{self.title}: the answer is not Google's own")
        self._height += len(rows)
        at = str(done.get("updates", {}).get("updatedRange", "")).rpartition("!")[2]
        if at and not _IN_COLUMN_A.match(at):
            raise ProviderError(
                f"{self.title}: Google put new rows at {at}, not under their headings",
                next_step="take these rows out by hand; is column A blank beside other cells?",
            )

    def _write(self, cells: Sequence[tuple[str, Sequence[Sequence[Cell]]]]) -> None:
        data = [
            {"range": self._range(a1), "values": [list(row) for row in rows]} for a1, rows in cells
        ]
        body = {"valueInputOption": RAW, "data": data}
        done: Any = self._http.values_batch_update(self._file_id, body)
        if done.get("spreadsheetId") != self._file_id:
            raise not_google(self.title)

    def _change(self, changes: list[dict[str, Any]]) -> list[Any]:
        done: Any = self._http.batch_update(self._file_id, {"requests": changes})
        if done.get("spreadsheetId") != self._file_id:
            raise not_google(self.title)
        return done.get("replies", [])

    def _add_tab(self) -> None:
        grid = {"rowCount": FIRST_HEIGHT, "columnCount": FIRST_WIDTH}
        wish = {"addSheet": {"properties": {"title": self._tab, "gridProperties": grid}}}
        (made,) = self._change([wish])
        self._sheet_id = int(made["addSheet"]["properties"]["sheetId"])
        self._height, self._width = FIRST_HEIGHT, FIRST_WIDTH

    def _more(self, dimension: str, length: int) -> dict[str, Any]:
        wish = {"sheetId": self._sheet_id, "dimension": dimension, "length": length}
        return {"appendDimension": wish}

    def _hide(self, column: int) -> dict[str, Any]:
        where = {"sheetId": self._sheet_id, "dimension": "COLUMNS", "startIndex": column,
                 "endIndex": column + 1}  # fmt: skip
        wish = {"range": where, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
        return {"updateDimensionProperties": wish}

    def _range(self, a1: str) -> str:
        return absolute_range_name(self._tab, a1)

    def _batch_get(self, ranges: list[str], how: dict[str, Any]) -> list[list[list[Any]]]:
        if not ranges:
            return []
        found: Any = self._http.values_batch_get(self._file_id, ranges, how)
        blocks: list[Any] = found.get("valueRanges", [])
        if len(blocks) != len(ranges):
            raise not_google(self.title)
        return [block.get("values", []) for block in blocks]


def _names(titles: Sequence[str]) -> str:
    named = ", ".join(f'"{title}"' for title in titles[:TABS_NAMED])
    more = len(titles) - TABS_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _plain() -> dict[str, Any]:
    """Numbers as numbers, dates as they are shown."""
    return {
        "valueRenderOption": "UNFORMATTED_VALUE",
        "dateTimeRenderOption": "FORMATTED_STRING",
    }


def _corner(row: int, column: int) -> str:
    return f"{column_letter(column)}{row + 1}"


def _groups(columns: Sequence[int]) -> list[tuple[int, int]]:
    """Columns side by side as (first, last)."""
    found: list[tuple[int, int]] = []
    for column in sorted(columns):
        if found and found[-1][1] == column - 1:
            found[-1] = (found[-1][0], column)
        else:
            found.append((column, column))
    return found


def _column_of(block: Sequence[Sequence[Any]], at: int) -> list[str]:
    texts = [shown_there(row[at]) if at < len(row) else "" for row in block]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _formulas(
    shown: Sequence[Sequence[Any]], typed: Sequence[Sequence[Any]], first: int
) -> set[tuple[int, int]]:
    """A cell that was typed as `=…` and shows something else; a text `=…` shows itself."""
    return {
        (row, first + at)
        for row, sources in enumerate(typed, 1)
        for at, source in enumerate(sources)
        if isinstance(source, str)
        and source.startswith("=")
        and source != _at(_at(shown, row - 1, ()), at, "")
    }


def _at(items: Any, index: int, default: Any) -> Any:
    return items[index] if index < len(items) else default
