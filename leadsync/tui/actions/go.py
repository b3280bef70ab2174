"""Moving the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.tui.desk import Desk


def up(desk: Desk, count: int | None) -> None:
    """One row up, or as many as the count says."""
    desk.grid.move(rows=-(count or 1))


def down(desk: Desk, count: int | None) -> None:
    """One row down, or as many as the count says."""
    desk.grid.move(rows=count or 1)


def left(desk: Desk, count: int | None) -> None:
    """One column to the left, or more."""
    desk.grid.move(columns=-(count or 1))


def right(desk: Desk, count: int | None) -> None:
    """One column to the right, or more."""
    desk.grid.move(columns=count or 1)


def first_column(desk: Desk, _count: int | None) -> None:
    """The first column."""
    desk.grid.jump(column=0)


def last_column(desk: Desk, _count: int | None) -> None:
    """The last column."""
    desk.grid.jump(column=len(desk.grid.layout_now.fields) - 1)


def top(desk: Desk, count: int | None) -> None:
    """The first row, or that of the count."""
    desk.grid.jump(row=(count or 1) - 1)


def row(desk: Desk, count: int | None) -> None:
    """The row of the count, or the last one."""
    desk.grid.jump(row=(count or len(desk.model.ids)) - 1)


def half_page_down(desk: Desk, count: int | None) -> None:
    """Half a page down."""
    desk.grid.page((count or 1) / 2)


def half_page_up(desk: Desk, count: int | None) -> None:
    """Half a page up."""
    desk.grid.page(-(count or 1) / 2)


def page_down(desk: Desk, count: int | None) -> None:
    """A page down."""
    desk.grid.page(count or 1)


def page_up(desk: Desk, count: int | None) -> None:
    """A page up."""
    desk.grid.page(-(count or 1))


def centre(desk: Desk, _count: int | None) -> None:
    """The cursor's row in the middle of the screen."""
    desk.grid.centre()


def scroll_left(desk: Desk, count: int | None) -> None:
    """The columns some cells to the left; the cursor stays."""
    desk.grid.scroll_columns(-(count or 1))


def scroll_right(desk: Desk, count: int | None) -> None:
    """The columns some cells to the right; the cursor stays."""
    desk.grid.scroll_columns(count or 1)


def next_value(desk: Desk, _count: int | None) -> None:
    """Down to the next row whose cell in this column differs."""
    _to_different(desk, 1)


def previous_value(desk: Desk, _count: int | None) -> None:
    """Up to the next row whose cell in this column differs."""
    _to_different(desk, -1)


def _to_different(desk: Desk, step: int) -> None:
    field, start = desk.grid.field, desk.grid.cursor.row
    ids, store = desk.model.ids, desk.workspace.store
    if field is None:
        return

    def find() -> int | None:
        here = store.rows([ids[start]], [field.key])
        at = start + step
        while here and 0 <= at < len(ids):
            chunk = list(range(at, max(-1, at + step * 500) if step < 0 else at + 500, step))
            chunk = [n for n in chunk if 0 <= n < len(ids)]
            rows = store.rows([ids[n] for n in chunk], [field.key])
            for place, cell in zip(chunk, rows, strict=False):
                if cell != here[0]:
                    return place
            at = chunk[-1] + step
        return None

    def go(place: int | None) -> None:
        if place is None:
            desk.say("no different value in that direction")
        else:
            desk.grid.jump(row=place)

    desk.ask_store("find", find, go)
