"""The scroll bar of a long list: most steps of the list do not change its picture."""

from __future__ import annotations

from textual.scrollbar import ScrollBar

STEPS_A_CELL = 8  # Textual draws the ends of the thumb in eighths of a cell


def move_bar(bar: ScrollBar, position: float) -> None:
    """Let the bar know a position; it is painted anew only where its thumb moves.

    Its fifty lines cost more than the rows beside it: each is styled by itself.
    """
    before, after = _thumb(bar, bar.position), _thumb(bar, position)
    bar.set_reactive(ScrollBar.position, position)
    if before != after:
        bar.refresh()


def _thumb(bar: ScrollBar, position: float) -> int:
    """Where the thumb begins, in eighths of a cell."""
    cells, rows, seen = bar.size.height, bar.window_virtual_size, bar.window_size
    if rows <= seen or not seen:
        return 0
    length = max(1.0, cells * seen / rows)
    return int((cells - length) * position / (rows - seen) * STEPS_A_CELL)
