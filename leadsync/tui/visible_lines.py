"""The last door before the terminal: no line that is drawn steers it, whatever drew the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from leadsync.core.visible_text import signs

if TYPE_CHECKING:
    from textual.color import Color


class VisibleLines(LineFilter):
    """Draws a sign for each character that would steer a terminal; the line keeps its width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line without anything that steers."""
        del background
        shown = [_shown(segment) for segment in segments]
        if all(new is old for new, old in zip(shown, segments, strict=True)):
            return segments
        width = sum(segment.cell_length for segment in segments)
        return Segment.adjust_line_length(shown, width)


def _shown(segment: Segment) -> Segment:
    text = segment.text
    if segment.control or (text.isascii() and text.isprintable()):
        return segment
    safe = signs(text).replace("\n", " ").replace("\t", " ")
    return segment if safe == text else Segment(safe, segment.style)
