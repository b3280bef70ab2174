"""Painting sooner, and less, than Textual does by itself.

Textual paints when a clock of 60 ticks a second ticks, so that a key waits for half a tick, and it
asks a widget for all its lines where two have changed. Both stand here alone, because they reach
behind Textual's documented surface; `tests/tui/test_painting.py` says when that no longer fits.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual._compositor import Compositor
from textual.geometry import Region
from textual.screen import UPDATE_PERIOD, Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from textual import events
    from textual.strip import Strip
    from textual.widget import Widget

    Chops = list[dict[int, Strip | None]]


class PromptScreen(Screen[None]):
    """A screen that paints at once what changes after a quiet moment; a burst waits for the clock."""

    def __init__(self) -> None:
        """Begin without a picture."""
        super().__init__()
        self._compositor = LineCompositor()
        self._painted_at = 0.0

    async def _on_idle(self, event: events.Idle) -> None:
        """Paint, where the last picture is older than a frame."""
        is_due = time.monotonic() - self._painted_at >= UPDATE_PERIOD
        if is_due and self._dirty_widgets and self.is_current:
            event.prevent_default()
            self._on_timer_update()  # not while a batch is open: it looks itself

    def _on_timer_update(self) -> None:
        """Paint what has changed."""
        super()._on_timer_update()
        self._painted_at = time.monotonic()


class LineCompositor(Compositor):
    """Asks each widget only for lines that are painted and not covered by others."""

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """The pieces of the lines that are painted, by where they begin."""
        chops: Chops = [dict.fromkeys(line_cuts[:-1]) for line_cuts in self.cuts]
        width = self.size.width
        for top, bottom in _bands(crop, is_rendered_line):
            band = Region(0, top, width, bottom - top)
            for widget, (region, clip) in self.visible_widgets.items():  # the nearest ones first
                seen = region.intersection(clip)
                part = seen.intersection(band)
                is_free = any(None in chops[y].values() for y in part.line_range)
                has_style = widget.parent is not None  # one that was taken away has none any more
                if part and is_free and has_style:
                    self._fill(chops, widget, region, part)
        return chops  # type: ignore[return-value]  # Textual says so, too: what is left is skipped

    def _fill(self, chops: Chops, widget: Widget, region: Region, part: Region) -> None:
        """Put a part of a widget where nothing nearer stands."""
        first, last = part.column_span
        wanted = Region(part.x - region.x, part.y - region.y, part.width, part.height)
        for y, strip in zip(part.line_range, widget.render_lines(wanted), strict=False):
            line = chops[y]
            inside = [cut for cut in self.cuts[y] if first <= cut <= last]
            # A strip that need not be cut stays the one whose escape sequences are known already.
            is_whole = len(inside) == 2 or strip.cell_length <= inside[1] - part.x
            pieces = [strip] if is_whole else strip.divide([cut - part.x for cut in inside[1:]])
            for cut, piece in zip(inside, pieces, strict=False):
                if line.get(cut) is None:
                    line[cut] = piece


def _bands(crop: Region, is_rendered_line: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """Lines that follow one another and are painted: the first, and the one behind the last."""
    top: int | None = None
    for y in crop.line_range:
        if is_rendered_line(y):
            top = y if top is None else top
        elif top is not None:
            yield top, y
            top = None
    if top is not None:
        yield top, crop.bottom
