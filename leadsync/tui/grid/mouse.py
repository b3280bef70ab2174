"""The mouse in the grid: what a press, a drag and a click mean. Nothing needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from leadsync.tui.grid import cursor as moves
from leadsync.tui.grid.layout import GAP

if TYPE_CHECKING:
    from textual import events

    from leadsync.tui.grid.layout import Piece
    from leadsync.tui.grid.widget import LeadGrid

HEADER_LINE = 0
RIGHT_BUTTON = 3


class Meant(Message):
    """A click that means an action.

    Attributes:
        action: its id.
    """

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__()


class Mouse:
    """What the mouse is doing: nothing, a range, or the width of a column."""

    def __init__(self, grid: LeadGrid) -> None:
        """Work on `grid`."""
        self._grid = grid
        self._border: int | None = None  # number of the column whose border is dragged
        self._is_dragging = False
        self._pressed_at = (0, 0)

    def press(self, event: events.MouseDown) -> None:
        """Put the cursor, take hold of a border, or mark a row."""
        grid = self._grid
        x, y = event.get_content_offset_capture(grid)
        if y == HEADER_LINE:
            self._border = self._border_at(x)
            if self._border is not None:
                grid.capture_mouse()
            return
        place = y - 1 + grid.scroll_offset.y
        if place >= len(grid.model.ids):
            return
        column = grid.layout_now.at(x, grid.scroll_offset.x, grid.width_seen)
        if column is None:
            grid.model.marks.toggle(grid.model.ids[place : place + 1])
            grid.jump(row=place)
            grid.repaint_all()
            return
        cursor = grid.cursor
        cursor = moves.begin_range(cursor) if event.shift else moves.end_range(cursor)
        grid.place(moves.jump(cursor, grid.extent, row=place, column=column))
        self._pressed_at = (x, y)  # the press may have scrolled: only a move is a drag
        self._is_dragging = event.button == 1
        if self._is_dragging:
            grid.capture_mouse()

    def drag(self, event: events.MouseMove) -> None:
        """Make the range, or the column, as large as the mouse says."""
        grid = self._grid
        x, y = event.get_content_offset_capture(grid)
        if self._border is not None:
            piece = self._piece(self._border)
            if piece is not None:
                width = x - piece.x + piece.skip
                grid.set_layout(grid.layout_now.resized(self._border, width))
        elif self._is_dragging and (x, y) != self._pressed_at:
            place = y - 1 + grid.scroll_offset.y
            column = grid.layout_now.at(x, grid.scroll_offset.x, grid.width_seen)
            column = grid.cursor.column if column is None else column
            if (place, column) != (grid.cursor.row, grid.cursor.column):
                cursor = moves.begin_range(grid.cursor)
                grid.place(moves.jump(cursor, grid.extent, row=place, column=column))

    def release(self) -> None:
        """Let go."""
        if self._is_dragging or self._border is not None:
            self._grid.release_mouse()
        self._is_dragging = False

    def click(self, event: events.Click) -> str:
        """The action that a click means, or nothing."""
        grid = self._grid
        x, y = event.get_content_offset_capture(grid)
        border, self._border = self._border, None
        number = grid.layout_now.at(x, grid.scroll_offset.x, grid.width_seen)
        if event.button == RIGHT_BUTTON:
            return "app.menu"
        if y != HEADER_LINE:
            is_cell = number is not None and y - 1 + grid.scroll_offset.y < len(grid.model.ids)
            if not is_cell:
                return ""
            return "story.inspect" if event.ctrl else "edit.cell" if event.chain == 2 else ""
        if border is not None:
            grid.jump(column=border)
            return "layout.fit" if event.chain == 2 else ""
        if number is None or event.chain > 1:
            return ""
        return self._sort(number, adds=event.ctrl)

    def _sort(self, number: int, *, adds: bool) -> str:
        """Sort by a column; the other way round where it is sorted by it already."""
        grid = self._grid
        grid.jump(column=number)
        key = grid.layout_now.fields[number].key
        is_up = any(s.field == key and not s.descending for s in grid.model.look.sort)
        return f"layout.{'add_' if adds else ''}sort_{'down' if is_up else 'up'}"

    def _border_at(self, x: int) -> int | None:
        grid = self._grid
        for piece in grid.layout_now.visible(grid.scroll_offset.x, grid.width_seen):
            if x == piece.x + piece.width - GAP:
                return piece.number
        return None

    def _piece(self, number: int) -> Piece | None:
        grid = self._grid
        pieces = grid.layout_now.visible(grid.scroll_offset.x, grid.width_seen)
        return next((piece for piece in pieces if piece.number == number), None)
