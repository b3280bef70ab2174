"""Marking rows, and ranges of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.query.writing import filter_of_cell, filter_of_pattern
from leadsync.tui.grid import cursor as moves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.tui.desk import Desk


def toggle(desk: Desk, count: int | None) -> None:
    """Mark rows from the cursor on, or take their marks away, and go behind them."""
    start = desk.grid.cursor.row
    desk.model.marks.toggle(desk.model.ids[start : start + (count or 1)])
    desk.grid.move(rows=count or 1)
    _shown(desk)


def same(desk: Desk, _count: int | None) -> None:
    """Mark the rows whose cell in this column is the one under the cursor."""
    field, lead_id = desk.grid.field, desk.grid.lead_id
    if field and lead_id:
        row = desk.workspace.store.rows([lead_id], [field.key])[0]
        _by_filter(desk, filter_of_cell(field.key, row[0]), marks=True)


def pattern(desk: Desk, _count: int | None) -> None:
    """Mark by a pattern in this column."""
    _ask_pattern(desk, "Mark rows that match", marks=True)


def unpattern(desk: Desk, _count: int | None) -> None:
    """Take marks away by a pattern in this column."""
    _ask_pattern(desk, "Unmark rows that match", marks=False)


def all(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """Mark everything that is shown, once all of it is known."""
    if not desk.model.is_whole:
        desk.say("the leads are still being counted; try again in a moment")
        return
    desk.model.marks.add(desk.model.ids)
    _shown(desk)


def none(desk: Desk, _count: int | None) -> None:
    """Take all marks away, also those of rows that are not shown."""
    desk.model.marks.clear()
    if desk.model.look.only_marked:
        desk.show_changed(only_marked=False)
    _shown(desk)


def invert(desk: Desk, _count: int | None) -> None:
    """Exchange marked and unmarked rows of those that are shown."""
    desk.model.marks.toggle(desk.model.ids)
    _shown(desk)


def only(desk: Desk, _count: int | None) -> None:
    """Only the marked rows, or all again."""
    is_on = desk.model.look.only_marked
    if not is_on and not desk.model.marks:
        desk.say("no row is marked; Space marks one")
        return
    desk.show_changed(only_marked=not is_on)


def range(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """Begin or end a range of cells."""
    _toggle_range(desk, whole_rows=False)


def rows(desk: Desk, _count: int | None) -> None:
    """Begin or end a range of rows."""
    _toggle_range(desk, whole_rows=True)


def extend_down(desk: Desk, count: int | None) -> None:
    """Open a range if none is, and grow it."""
    _extend(desk, rows=count or 1)


def extend_up(desk: Desk, count: int | None) -> None:
    """Open a range if none is, and grow it."""
    _extend(desk, rows=-(count or 1))


def extend_right(desk: Desk, count: int | None) -> None:
    """Open a range if none is, and grow it."""
    _extend(desk, columns=count or 1)


def extend_left(desk: Desk, count: int | None) -> None:
    """Open a range if none is, and grow it."""
    _extend(desk, columns=-(count or 1))


def end_range(desk: Desk, _count: int | None) -> None:
    """The cursor alone."""
    desk.grid.place(moves.end_range(desk.grid.cursor))


def _toggle_range(desk: Desk, *, whole_rows: bool) -> None:
    cursor = desk.grid.cursor
    if cursor.has_range and cursor.whole_rows == whole_rows:
        end_range(desk, None)
    else:
        desk.grid.place(moves.begin_range(cursor, whole_rows=whole_rows))


def _extend(desk: Desk, *, rows: int = 0, columns: int = 0) -> None:
    grid = desk.grid
    cursor = moves.begin_range(grid.cursor, whole_rows=grid.cursor.whole_rows)
    grid.place(moves.move(cursor, grid.extent, rows=rows, columns=columns))


def _ask_pattern(desk: Desk, words: str, *, marks: bool) -> None:
    field = desk.grid.field
    if field is None:
        return

    def answered(text: str) -> bool:
        if text.strip():
            _by_filter(desk, filter_of_pattern(field.key, text), marks=marks)
        return True

    desk.ask(f"{words} in {field.label}:", answered)


def _by_filter(desk: Desk, where: str, *, marks: bool) -> None:
    model = desk.model

    def take(places: Iterable[int]) -> None:
        ids = [model.ids[place] for place in places]
        (model.marks.add if marks else model.marks.remove)(ids)
        _shown(desk)
        desk.say(f"{len(ids):,} {'row' if len(ids) == 1 else 'rows'} match {where}")

    desk.ask_store("find", lambda: model.find(where), take)


def _shown(desk: Desk) -> None:
    desk.grid.refresh()
    desk.show_position()
