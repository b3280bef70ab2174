"""The cell cursor with its range: from state to state, never outside the data."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows and columns there are to move in."""

    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the cursor is, and where its range began.

    Attributes:
        anchor: (row, column) at which a range began; None: the cell alone.
        whole_rows: the range takes all columns.
    """

    row: int = 0
    column: int = 0
    anchor: tuple[int, int] | None = None
    whole_rows: bool = False

    @property
    def has_range(self) -> bool:
        """Whether a range is open."""
        return self.anchor is not None

    def rows(self) -> range:
        """The rows of the range, or the one row."""
        other = self.anchor[0] if self.anchor else self.row
        return range(min(self.row, other), max(self.row, other) + 1)

    def columns(self, extent: Extent) -> range:
        """The columns of the range, or the one column."""
        if self.whole_rows:
            return range(extent.columns)
        other = self.anchor[1] if self.anchor else self.column
        return range(min(self.column, other), min(max(self.column, other) + 1, extent.columns))


def clamp(cursor: Cursor, extent: Extent) -> Cursor:
    """The nearest cursor that is inside the data; of a range, its beginning, too."""
    row, column = _inside(cursor.row, cursor.column, extent)
    anchor = cursor.anchor and _inside(*cursor.anchor, extent)
    if (row, column, anchor) == (cursor.row, cursor.column, cursor.anchor):
        return cursor
    return replace(cursor, row=row, column=column, anchor=anchor)


def move(cursor: Cursor, extent: Extent, *, rows: int = 0, columns: int = 0) -> Cursor:
    """The cursor some rows and columns away, inside the data; an open range grows or shrinks."""
    return clamp(replace(cursor, row=cursor.row + rows, column=cursor.column + columns), extent)


def jump(
    cursor: Cursor, extent: Extent, *, row: int | None = None, column: int | None = None
) -> Cursor:
    """The cursor at a row, at a column, or at both."""
    return clamp(
        replace(
            cursor,
            row=cursor.row if row is None else row,
            column=cursor.column if column is None else column,
        ),
        extent,
    )


def begin_range(cursor: Cursor, *, whole_rows: bool = False) -> Cursor:
    """Open a range at the cursor, keep the one that is open, or change its kind."""
    return replace(
        cursor, anchor=cursor.anchor or (cursor.row, cursor.column), whole_rows=whole_rows
    )


def end_range(cursor: Cursor) -> Cursor:
    """The cursor without a range."""
    return replace(cursor, anchor=None, whole_rows=False)


def _inside(row: int, column: int, extent: Extent) -> tuple[int, int]:
    return (
        max(0, min(row, extent.rows - 1)),
        max(0, min(column, extent.columns - 1)),
    )
