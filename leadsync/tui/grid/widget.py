"""The grid as a widget: lines, cursor, keys and mouse. The only file here that knows events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView

from leadsync.tui.grid import cursor as moves
from leadsync.tui.grid.cursor import Cursor, Extent
from leadsync.tui.grid.layout import Layout, gutter_for
from leadsync.tui.grid.lines import Lines
from leadsync.tui.grid.mouse import Meant, Mouse
from leadsync.tui.grid.scroll_bar import move_bar
from leadsync.tui.grid.styles import CSS, STYLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual import events
    from textual.strip import Strip

    from leadsync.tui.grid.layout import Field
    from leadsync.tui.grid.model import GridModel
    from leadsync.tui.grid.window import Window

HEADER = 1  # lines above the rows


class LeadGrid(ScrollView, can_focus=True, inherit_bindings=False):
    """A sheet of leads with a cell cursor.

    Hot state is in plain attributes: a reactive one would repaint everything.

    Attributes:
        cursor: where the cursor is.
        layout_now: the columns.
        percents: running column -> how much of its cells is settled, for the header.
        direction: 1 where the cursor moved downwards last, else -1.
        moved: called when the cursor or a cell stands elsewhere, or what the cursor stands on
            changed; no message, which would cost each key another round of the event loop.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"grid--{name.replace('_', '-')}" for name in STYLES}
    DEFAULT_CSS = CSS

    class Pressed(Message):
        """A key was pressed in the grid.

        Attributes:
            key: the printed character, or the key's name.
        """

        def __init__(self, key: str) -> None:
            self.key = key
            super().__init__()

    class Pasted(Message):
        """The terminal pasted a text."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(
        self, model: GridModel, window: Window, layout: Layout, *, ascii_only: bool
    ) -> None:
        """Show `model`, whose rows come from `window`, in the columns of `layout`."""
        super().__init__()
        self.model = model
        self.window = window
        self.cursor = Cursor()
        self.layout_now = layout
        self.percents: Mapping[int, int] = {}
        self.direction = 1
        self.moved: Callable[[], None] = lambda: None
        self._lines = Lines(self, ascii_only=ascii_only)
        self._column_shown = 0  # the one that the header shows as the cursor's
        self._mouse = Mouse(self)

    # what is under the cursor ------------------------------------------------------------
    @property
    def extent(self) -> Extent:
        """How far the cursor can go."""
        return Extent(len(self.model.ids), len(self.layout_now.fields))

    @property
    def lead_id(self) -> int | None:
        """The lead under the cursor."""
        return self.model.ids[self.cursor.row] if self.cursor.row < len(self.model.ids) else None

    @property
    def field(self) -> Field | None:
        """The column under the cursor."""
        fields = self.layout_now.fields
        return fields[self.cursor.column] if self.cursor.column < len(fields) else None

    @property
    def rows_seen(self) -> int:
        """How many rows the screen has room for."""
        return max(1, self.scrollable_content_region.height - HEADER)

    @property
    def width_seen(self) -> int:
        """Cells of a line."""
        return self.scrollable_content_region.width

    def cell_region(self, row: int, column: int) -> tuple[int, int, int] | None:
        """Where a cell is seen: x, y and width; None where it is not."""
        y = row - self.scroll_offset.y + HEADER
        if HEADER <= y < HEADER + self.rows_seen:
            for piece in self.layout_now.visible(self.scroll_offset.x, self.width_seen):
                if piece.number == column:
                    return piece.x, y, piece.width
        return None

    # what changes it ---------------------------------------------------------------------
    def rows_changed(self, lead_ids: set[int] | None = None) -> None:
        """Paint rows again whose content changed; None: those that have arrived."""
        top = self.scroll_offset.y
        for line in range(self.rows_seen + 1):
            place = top + line
            if place < len(self.model.ids) and (
                lead_ids is None or self.model.ids[place] in lead_ids
            ):
                self._repaint_row(place)
        self.moved()

    def order_changed(self, keep: int | None = None) -> None:
        """Take other ids; the cursor stays on the lead `keep` where it is still there."""
        place = self.model.place_of(keep) if keep is not None else None
        column = self.cursor.column
        if place is not None and place != self.cursor.row:
            screen_row = self.cursor.row - self.scroll_offset.y
            self.cursor = moves.jump(Cursor(column=column), self.extent, row=place)
            self._fit_size()
            self._scroll(y=place - screen_row)
        else:
            self.cursor = moves.clamp(self.cursor, self.extent)
            self._fit_size()
        self.reveal()
        self.repaint_all()

    def set_layout(self, layout: Layout) -> None:
        """Take other columns, or other widths."""
        field = self.field
        self.window.show(layout.fields)
        self.layout_now = layout
        number = layout.number(field.key) if field else None
        if number is not None and number != self.cursor.column:
            self.cursor = moves.jump(self.cursor, self.extent, column=number)
        self.cursor = moves.clamp(self.cursor, self.extent)
        self._fit_size()
        if number is None:  # the cursor's column is gone, and another may be off the screen
            self.reveal()
        self.repaint_all()

    def repaint_all(self) -> None:
        """Paint everything anew."""
        self._lines.forget()
        self.refresh()
        self.moved()

    def notify_style_update(self) -> None:
        """A theme was chosen."""
        self._lines.forget(colours=True)
        super().notify_style_update()

    # moving ------------------------------------------------------------------------------
    def move(self, *, rows: int = 0, columns: int = 0) -> None:
        """Move the cursor some cells."""
        self.place(moves.move(self.cursor, self.extent, rows=rows, columns=columns))

    def jump(self, *, row: int | None = None, column: int | None = None) -> None:
        """Move the cursor to a cell."""
        self.place(moves.jump(self.cursor, self.extent, row=row, column=column))

    def page(self, pages: float) -> None:
        """Move the cursor and the screen by pages or parts of one."""
        step = round(pages * self.rows_seen)
        self._scroll(y=self.scroll_offset.y + step)
        self.move(rows=step)

    def centre(self) -> None:
        """Put the cursor's row in the middle of the screen."""
        self._scroll(y=self.cursor.row - self.rows_seen // 2)

    def scroll_columns(self, columns: int) -> None:
        """Move the screen sideways; the cursor stays."""
        starts = self.layout_now.starts
        edge = self.scroll_offset.x + self.layout_now.frozen_width
        here = sum(start <= edge for start in starts[:-1]) - 1
        there = max(self.layout_now.frozen, min(here + columns, len(starts) - 2))
        self._scroll(x=starts[there] - self.layout_now.frozen_width)

    def place(self, cursor: Cursor) -> None:
        """Put the cursor, and paint what changed by it."""
        before, self.cursor = self.cursor, cursor
        self.direction = 1 if cursor.row >= before.row else -1
        if not self.reveal():
            rows = {before.row, cursor.row}
            if before.has_range or cursor.has_range:
                rows = {*before.rows(), *cursor.rows()} if len(before.rows()) < 500 else set()
                if not rows:
                    self.refresh()
            for row in rows:
                self._repaint_row(row)
        self.moved()

    def refresh_header(self, percents: Mapping[int, int]) -> None:
        """Show in the header in which column the cursor is, and how far runs are."""
        if (self._column_shown, self.percents) != (self.cursor.column, percents):
            self._column_shown, self.percents = self.cursor.column, percents
            self.refresh(Region(0, 0, self.size.width, 1))

    def reveal(self) -> bool:
        """Scroll so that the cursor is seen; whether that was needed."""
        top = self.scroll_offset.y
        y = min(max(top, self.cursor.row - self.rows_seen + 1), self.cursor.row)
        x = self.layout_now.scroll_for(self.cursor.column, self.scroll_offset.x, self.width_seen)
        if (x, y) == (self.scroll_offset.x, top):
            return False
        self._scroll(x=x, y=y)
        return True

    def _scroll(self, *, x: int | None = None, y: int | None = None) -> None:
        self.scroll_to(x, y, animate=False, force=True, immediate=True)

    def _fit_size(self) -> None:
        ids = self.model.ids
        gutter = gutter_for(ids, max(ids[0], ids[-1]) if len(ids) else 0)
        if gutter > self.layout_now.gutter:
            self.layout_now = replace(self.layout_now, gutter=gutter)
        # One screen more than the columns are wide, so that each can stand at the left edge.
        self.virtual_size = Size(self.layout_now.width + self.width_seen, len(ids) + HEADER)

    # painting ----------------------------------------------------------------------------
    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the screen. The grid has no border, padding or links to be drawn around them."""
        header = [self._lines.header()] if crop.y < HEADER else []
        rows = self._lines.rows(range(max(crop.y - HEADER, 0), crop.bottom - HEADER))
        return [line.crop(crop.x, crop.right) for line in (*header, *rows)]

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, or the row that stands there."""
        return self.render_lines(Region(0, y, self.width_seen, 1))[0]

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Paint the columns that are seen now; what stands over a cell goes along."""
        super().watch_scroll_x(old_value, new_value)
        self.moved()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Paint the rows that are seen now, and the scroll bar only where it looks different."""
        if self.show_vertical_scrollbar:
            move_bar(self.vertical_scrollbar, new_value)
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)
            self.moved()

    def _repaint_row(self, place: int) -> None:
        line = place - self.scroll_offset.y + HEADER
        if HEADER <= line <= self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    # events ------------------------------------------------------------------------------
    def on_mount(self) -> None:
        """Show what is there."""
        self.window.show(self.layout_now.fields)
        self._fit_size()

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the cursor on the screen, and what stands over it in its place."""
        self._fit_size()
        self.reveal()
        self.moved()

    def on_key(self, event: events.Key) -> None:
        """Hand the key on; the desk knows what it means."""
        if event.key in ("tab", "shift+tab"):
            return
        event.stop()
        event.prevent_default()
        printed = event.character if event.is_printable else None
        self.post_message(self.Pressed("space" if printed == " " else printed or event.key))

    def on_paste(self, event: events.Paste) -> None:
        """A paste of the terminal is one event."""
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted(event.text))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Cursor, mark, range or width."""
        self._mouse.press(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """A drag."""
        self._mouse.drag(event)

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """The end of a drag."""
        self._mouse.release()

    def on_click(self, event: events.Click) -> None:
        """Sort, edit, fit, menu."""
        action = self._mouse.click(event)
        if action:
            self.post_message(Meant(action))
