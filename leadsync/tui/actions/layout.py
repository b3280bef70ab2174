"""Columns on the screen: order of rows, widths, places, what is frozen and hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import ColumnType, Sort
from leadsync.core.selection import parse_sort
from leadsync.core.text import as_number
from leadsync.tui.grid.cell_text import width_of
from leadsync.tui.grid.fields import grid_fields
from leadsync.tui.grid.saved_layout import kept_width, sized_field
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from leadsync.tui.desk import Desk
    from leadsync.tui.grid.layout import Field

STEP = 2  # cells that a column grows or shrinks by
WIDEST_FIT = 60
LEAST_BESIDE_FROZEN = 12  # cells for columns that scroll


def sort_up(desk: Desk, _count: int | None) -> None:
    """By this column alone; blank cells stand last."""
    _sort(desk, descending=False, adds=False)


def sort_down(desk: Desk, _count: int | None) -> None:
    """By this column alone, the greatest first."""
    _sort(desk, descending=True, adds=False)


def add_sort_up(desk: Desk, _count: int | None) -> None:
    """By this column where the keys before are equal."""
    _sort(desk, descending=False, adds=True)


def add_sort_down(desk: Desk, _count: int | None) -> None:
    """By this column downwards where the keys before are equal."""
    _sort(desk, descending=True, adds=True)


def sort(desk: Desk, _count: int | None) -> None:
    """Ask for the whole order, such as `country -employees`; a blank one is by id."""

    def answered(text: str) -> bool:
        order = parse_sort(desk.workspace, text.replace(",", " ").split())
        desk.show_changed(sort=order)
        return True

    desk.ask("Sort by (-field: downwards):", answered, text=" ".join(desk.model.look.sort_texts))


def freeze(desk: Desk, _count: int | None) -> None:
    """Freeze the columns up to this one; again: none. Room for the others has to stay."""
    layout, wanted = desk.grid.layout_now, desk.grid.cursor.column + 1
    frozen = replace(layout, frozen=0 if layout.frozen == wanted else wanted)
    room = desk.grid.width_seen - frozen.frozen_width
    if frozen.frozen and room < LEAST_BESIDE_FROZEN:
        raise InputError("too wide to freeze up to here: - hides a column, < narrows it")
    desk.grid.set_layout(frozen)


def narrower(desk: Desk, count: int | None) -> None:
    """Some cells less."""
    _resize(desk, -(count or STEP))


def wider(desk: Desk, count: int | None) -> None:
    """Some cells more."""
    _resize(desk, count or STEP)


def fit(desk: Desk, _count: int | None) -> None:
    """As wide as the widest cell on the screen."""
    number = desk.grid.cursor.column
    desk.grid.set_layout(desk.grid.layout_now.resized(number, _wanted(desk, number)))


def fit_all(desk: Desk, _count: int | None) -> None:
    """Each as wide as its widest cell on the screen."""
    layout = desk.grid.layout_now
    for number in range(len(layout.fields)):
        layout = layout.resized(number, _wanted(desk, number))
    desk.grid.set_layout(layout)


def hide(desk: Desk, _count: int | None) -> None:
    """Hide the column; its cells stay."""
    field, layout = desk.grid.field, desk.grid.layout_now
    if field is None or len(layout.fields) < 2:
        return
    desk.hidden = {**desk.hidden, field.key: kept_width(field)}
    desk.grid.set_layout(layout.without(desk.grid.cursor.column))
    desk.say(f"{field.label} is hidden; g- shows it again")


def unhide(desk: Desk, _count: int | None) -> None:
    """Show a column that is hidden, at the cursor."""
    catalog, layout = desk.workspace.store.catalog(), desk.grid.layout_now
    shown = {field.key for field in layout.fields}
    fields = [field for field in grid_fields(catalog, catalog.names) if field.key not in shown]
    choices = [Choice(field.key, field.label, field.key) for field in fields]

    def chosen(_key: str, key: str) -> None:
        width = desk.hidden.get(key, 0)
        desk.hidden = {k: cells for k, cells in desk.hidden.items() if k != key}
        at = desk.grid.cursor.column
        now = [*desk.grid.layout_now.fields]
        now[at:at] = [sized_field(field, width) for field in grid_fields(catalog, [key])]
        desk.grid.set_layout(replace(desk.grid.layout_now, fields=tuple(now)))
        desk.grid.jump(column=at)

    if choices:
        desk.pick("Show a column", choices, chosen)
    else:
        desk.say("no column is hidden")


def move_left(desk: Desk, count: int | None) -> None:
    """One place to the left."""
    _move(desk, -(count or 1))


def move_right(desk: Desk, count: int | None) -> None:
    """One place to the right."""
    _move(desk, count or 1)


def _sort(desk: Desk, *, descending: bool, adds: bool) -> None:
    field = desk.grid.field
    if field is None:
        return
    before = desk.model.look.sort if adds else ()
    order = (*(key for key in before if key.field != field.key), Sort(field.key, descending))
    desk.show(replace(desk.model.look, sort=order), _text_of_numbers(desk, field))


def _text_of_numbers(desk: Desk, field: Field) -> str:
    """What to say where all cells on the screen are numbers, in a column of text."""
    if field.type is not ColumnType.TEXT or not field.column_id:
        return ""
    grid = desk.grid
    top = grid.scroll_offset.y
    rows = desk.workspace.store.rows(desk.model.ids[top : top + grid.rows_seen], [field.key])
    cells = [row[0] for row in rows if row[0]]
    if len(cells) < 2 or any(as_number(cell) is None for cell in cells):
        return ""
    key = desk.keys.hint_of("column.settings")
    return f"{field.label} is text, and 10 stands before 9: {key} makes it a number"


def _resize(desk: Desk, cells: int) -> None:
    layout, number = desk.grid.layout_now, desk.grid.cursor.column
    desk.grid.set_layout(layout.resized(number, layout.fields[number].width + cells))


def _move(desk: Desk, places: int) -> None:
    number = desk.grid.cursor.column
    desk.grid.set_layout(desk.grid.layout_now.moved(number, number + places))
    desk.grid.reveal()


def _wanted(desk: Desk, number: int) -> int:
    grid = desk.grid
    field, top = grid.layout_now.fields[number], grid.scroll_offset.y
    rows = (grid.window.row(i) for i in desk.model.ids[top : top + grid.rows_seen])
    cells = [width_of(row.cells[number]) for row in rows if row and row.is_there]
    return min(max([width_of(field.label) + 3, *cells]), WIDEST_FIT)
