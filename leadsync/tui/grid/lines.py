"""The lines of the grid, painted once and kept while nothing of them changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.cache import LRUCache
from textual.strip import Strip

from leadsync.tui.grid.paint import HeaderSigns, Palette, RowLook, paint_header, paint_row
from leadsync.tui.grid.styles import OWN_STYLES, STYLES

if TYPE_CHECKING:
    from leadsync.tui.grid.widget import LeadGrid
    from leadsync.tui.grid.window import PreparedRow

LINES_KEPT = 512  # ten screens
PAGES_AHEAD = 3  # that are fetched in the direction of travel

Key = tuple[int, RowLook, int, int]
"""Lead, look, scroll offset, width."""


class Lines:
    """Paints what stands on a line of the screen.

    A kept line is true as long as the row in the window is the same object.
    """

    def __init__(self, grid: LeadGrid, *, ascii_only: bool) -> None:
        """Paint for `grid`."""
        self._grid = grid
        self._ascii_only = ascii_only
        self._kept: LRUCache[Key, tuple[PreparedRow, Strip]] = LRUCache(LINES_KEPT)
        self._palette: Palette | None = None

    def forget(self, *, colours: bool = False) -> None:
        """Paint everything anew, in other colours where these have changed."""
        self._kept.clear()
        if colours:
            self._palette = None

    def header(self) -> Strip:
        """The line of labels."""
        grid = self._grid
        layout, width = grid.layout_now, grid.width_seen
        pieces = layout.visible(grid.scroll_offset.x, width)
        look = RowLook(grid.cursor.column, edge=layout.frozen - 1)
        signs = HeaderSigns(grid.model.look.sort, grid.percents)
        return self._filtered(paint_header(layout, pieces, signs, look, self._styles(), width))

    def rows(self, lines: range) -> list[Strip]:
        """The rows on these lines, counted below the header; blank behind the last one."""
        scroll, width = self._grid.scroll_offset, self._grid.width_seen
        return [self._row(line + scroll.y, scroll.x, width) for line in lines]

    def _row(self, place: int, scroll_x: int, width: int) -> Strip:
        """A row at its place in the order."""
        grid, palette = self._grid, self._styles()
        if place >= len(grid.model.ids):
            return self._filtered(Strip.blank(width, palette.styles["cell"]))
        lead_id = grid.model.ids[place]
        row = grid.window.row(lead_id) or self._fetched(place, lead_id)
        look = self._look(place, lead_id)
        key = (lead_id, look, scroll_x, width)
        known = self._kept.get(key)
        if known is not None and known[0] is row:
            return known[1]
        layout = grid.layout_now
        pieces = layout.visible(scroll_x, width)
        strip = self._filtered(paint_row(row, lead_id, layout, pieces, look, palette, width))
        if row is not None:
            self._kept[key] = (row, strip)
        return strip

    def _fetched(self, place: int, lead_id: int) -> PreparedRow | None:
        """A row, after asking for all those on the screen and for the next ones."""
        grid = self._grid
        ids, seen = grid.model.ids, grid.rows_seen + 1
        top = max(0, min(grid.scroll_offset.y, place))
        far = PAGES_AHEAD * seen
        ahead = top + seen if grid.direction > 0 else max(0, top - far)
        grid.window.want(ids[top : top + seen], ids[ahead : ahead + far])
        return grid.window.row(lead_id)

    def _look(self, place: int, lead_id: int) -> RowLook:
        grid, cursor = self._grid, self._grid.cursor
        selected = range(0)
        if cursor.has_range and place in cursor.rows():
            selected = cursor.columns(grid.extent)
        return RowLook(
            cursor.column if place == cursor.row else -1,
            selected,
            lead_id in grid.model.marks,
            grid.layout_now.frozen - 1,
        )

    def _styles(self) -> Palette:
        if self._palette is None:
            styles = {
                name: self._grid.get_component_rich_style(
                    f"grid--{name.replace('_', '-')}", partial=name not in OWN_STYLES
                )
                for name in STYLES
            }
            self._palette = Palette(styles, self._ascii_only)
        return self._palette

    def _filtered(self, strip: Strip) -> Strip:
        """A line in the colours that the terminal has: `NO_COLOR`, few colours."""
        for line_filter in self._grid.get_line_filters():
            strip = strip.apply_filter(line_filter, self._grid.background_colors[1])
        return strip
