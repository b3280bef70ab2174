"""The grid of one tab, as Google Sheets keeps it: cells, formulas, a height and a width.

Facts are of developers.google.com/workspace/sheets/api, read in November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

MOST_CHARACTERS = 50_000
MOST_CELLS = 10_000_000
RANGE = re.compile(r"(?:'((?:[^']|'')+)'|([^!']+))(?:!(.+))?")
CORNER = re.compile(r"([A-Z]*)([0-9]*)")


class BadRequest(Exception):
    """What Google answers with 400."""


@dataclass(frozen=True)
class Formula:
    """A formula that a user typed, and what it comes to."""

    text: str
    shown: Any


@dataclass
class Tab:
    """One sheet of a spreadsheet; rows and columns count from 0 here."""

    sheet_id: int
    title: str
    height: int = 1000
    width: int = 26
    rows: list[list[Any]] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)

    # what a user does ----------------------------------------------------------------------
    def type(self, a1: str, value: Any) -> None:
        """A user fills a cell; a text with `=` at its start has to be a `Formula` here."""
        column, row = corner(a1)
        self.put(row, column, value)

    def cell(self, a1: str) -> Any:
        column, row = corner(a1)
        return self.at(row, column)

    def sort_by(self, column: int, *, descending: bool = False) -> None:
        """A user sorts the rows below the header."""
        head, *rest = self.rows
        rest.sort(key=lambda row: str(row[column] if column < len(row) else ""), reverse=descending)
        self.rows = [head, *rest]

    # cells ---------------------------------------------------------------------------------
    def at(self, row: int, column: int) -> Any:
        line = self.rows[row] if row < len(self.rows) else []
        return line[column] if column < len(line) else None

    def put(self, row: int, column: int, value: Any) -> None:
        while len(self.rows) <= row:
            self.rows.append([])
        line = self.rows[row]
        line.extend([None] * (column + 1 - len(line)))
        line[column] = None if value == "" else value

    @property
    def used_height(self) -> int:
        """Rows up to the last one with something in it."""
        for row in range(len(self.rows) - 1, -1, -1):
            if any(cell is not None for cell in self.rows[row]):
                return row + 1
        return 0

    def table(self) -> list[list[Any]]:
        """All used rows, as a user sees them."""
        return [
            [cell.shown if isinstance(cell, Formula) else cell for cell in row]
            for row in self.rows[: self.used_height]
        ]

    # ranges --------------------------------------------------------------------------------
    def box(self, a1: str) -> tuple[int, int, int, int]:
        """First row, first column, end row, end column of a range; it has to be in the grid."""
        first, _, last = a1.partition(":")
        left, top = corner(first, open_ended=True)
        right, bottom = corner(last or first, open_ended=True)
        top, left = max(top, 0), max(left, 0)
        end_row = bottom + 1 if bottom >= 0 else self.height
        end_column = right + 1 if right >= 0 else self.width
        if top >= self.height or left >= self.width:
            raise BadRequest(
                f"Range ('{self.title}'!{a1}) exceeds grid limits. Max rows: {self.height},"
                f" max columns: {self.width}"
            )
        return top, left, min(end_row, self.height), min(end_column, self.width)

    def values(self, a1: str | None, render: str) -> list[list[Any]]:
        """As `values.get` gives them: blank ends of rows, and rows at the end, are left out."""
        top, left, end_row, end_column = self.box(a1) if a1 else (0, 0, self.height, self.width)
        found: list[list[Any]] = []
        for row in self.rows[top:end_row]:
            cells = [rendered(cell, render) for cell in row[left:end_column]]
            while cells and cells[-1] == "":
                cells.pop()
            found.append(cells)
        while found and not found[-1]:
            found.pop()
        return found

    def write(self, top: int, left: int, values: list[list[Any]]) -> int:
        """Fill cells; null leaves one as it is. How many were written."""
        count = 0
        for down, cells in enumerate(values):
            for right, value in enumerate(cells):
                if value is None:
                    continue
                if isinstance(value, str) and len(value) > MOST_CHARACTERS:
                    raise BadRequest(
                        "Your input contains more than the maximum of 50000 characters in a single"
                        " cell."
                    )
                if top + down >= self.height or left + right >= self.width:
                    raise BadRequest(
                        f"Range ('{self.title}'!{top + down + 1}) exceeds grid limits. Max rows:"
                        f" {self.height}, max columns: {self.width}"
                    )
                self.put(top + down, left + right, value)
                count += 1
        return count

    def append(self, a1: str, values: list[list[Any]], *, inserts: bool) -> str:
        """`values.append`: below the table that the range is in; where there is none, right there."""
        top, left, _, _ = self.box(a1)
        if top < self.used_height:
            top, left = self._below_table(top, left)
        if inserts:
            self._insert_rows(top, len(values))
        else:
            self.height = max(self.height, top + len(values))
        self.write(top, left, values)
        width = max(len(cells) for cells in values)
        return f"'{self.title}'!{name(left)}{top + 1}:{name(left + width - 1)}{top + len(values)}"

    def _below_table(self, row: int, column: int) -> tuple[int, int]:
        """The corner below the table around a cell: rows that touch, from its first column."""
        if self.at(row, column) is None and not any(c is not None for c in self.rows[row]):
            return row, column
        end = row
        while end < len(self.rows) and any(cell is not None for cell in self.rows[end]):
            end += 1
        start = row
        while start and any(cell is not None for cell in self.rows[start - 1]):
            start -= 1
        firsts = [
            next(n for n, cell in enumerate(line) if cell is not None)
            for line in self.rows[start:end]
        ]
        return end, min(firsts)

    def _insert_rows(self, at: int, count: int) -> None:
        while len(self.rows) < at:
            self.rows.append([])
        self.rows[at:at] = [[] for _ in range(count)]
        self.height += count


def corner(a1: str, *, open_ended: bool = False) -> tuple[int, int]:
    """Column and row of `B7`; -1 for the part that `B` or `7` leaves open."""
    found = CORNER.fullmatch(a1)
    if found is None or (not open_ended and not all(found.groups())):
        raise BadRequest(f"Unable to parse range: {a1}")
    letters, digits = found.groups()
    column = -1
    for letter in letters:
        column = (column + 1) * 26 + ord(letter) - ord("A")
    return column, int(digits) - 1 if digits else -1


def name(column: int) -> str:
    """`A` for 0."""
    letters = ""
    while column >= 0:
        letters = chr(ord("A") + column % 26) + letters
        column = column // 26 - 1
    return letters


def rendered(cell: Any, render: str) -> Any:
    if isinstance(cell, Formula):
        return cell.text if render == "FORMULA" else cell.shown
    if cell is None:
        return ""
    return cell if render != "FORMATTED_VALUE" else str(cell)


def split_range(text: str) -> tuple[str, str | None]:
    """The tab's title and the A1 part of `'Q4 leads'!A1:B2`."""
    found = RANGE.fullmatch(unquote(text))
    if found is None:
        raise BadRequest(f"Unable to parse range: {unquote(text)}")
    quoted, bare, a1 = found.groups()
    return (quoted.replace("''", "'") if quoted else bare), a1
