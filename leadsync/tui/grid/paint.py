"""Painting: a prepared row, the layout and where the cursor is → one line of segments.

Cells are plain segments; nothing in them is read as markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from leadsync.tui.grid.cell_text import cell_text, fit, pad, width_of
from leadsync.tui.grid.fields import ARMED, STATE_GLYPHS, kind_glyph
from leadsync.tui.grid.layout import GAP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.style import Style

    from leadsync.core.models import Sort
    from leadsync.tui.grid.layout import Field, Layout, Piece
    from leadsync.tui.grid.window import PreparedRow


@dataclass(frozen=True, slots=True)
class RowLook:
    """What is special about one line.

    Attributes:
        cursor: number of the field under the cursor; -1: the cursor is in another row.
        selected: numbers of the fields inside the range; an empty range: none.
        edge: number of the last frozen field; -1: none is.
    """

    cursor: int = -1
    selected: range = range(0)
    is_marked: bool = False
    edge: int = -1


@dataclass(frozen=True, slots=True)
class HeaderSigns:
    """What labels tell beside the column itself.

    Attributes:
        sort: the order of the rows.
        percents: running column -> how much of its cells is settled.
    """

    sort: tuple[Sort, ...]
    percents: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """How things look.

    Attributes:
        styles: by name: `cell cursor line selected marked gutter header key_header dim edge`, and
            the names of states.
        ascii_only: signs are ASCII.
    """

    styles: Mapping[str, Style]
    ascii_only: bool = False

    @property
    def more(self) -> str:
        """What stands where a text is cut."""
        return "~" if self.ascii_only else "…"

    @property
    def border(self) -> str:
        """What stands behind the last frozen column."""
        return "|" if self.ascii_only else "│"


class _Line:
    """Segments of one line; neighbours of one style become one segment."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._texts: list[str] = []
        self._style: Style | None = None

    def add(self, text: str, style: Style) -> None:
        if style is not self._style:
            self._flush()
            self._style = style
        self._texts.append(text)

    def strip(self, width: int, rest: Style) -> Strip:
        self._flush()
        return Strip(self._segments).adjust_cell_length(width, rest)

    def _flush(self) -> None:
        if self._texts:
            self._segments.append(Segment("".join(self._texts), self._style))
            self._texts = []


def paint_row(
    row: PreparedRow | None,
    lead_id: int,
    layout: Layout,
    pieces: tuple[Piece, ...],
    look: RowLook,
    palette: Palette,
    width: int,
) -> Strip:
    """One lead as a line of exactly `width` cells; None is a row that is not there yet."""
    styles = palette.styles
    base = styles["marked" if look.is_marked else "line" if look.cursor >= 0 else "cell"]
    line = _Line()
    line.add(_gutter(lead_id, layout.gutter, look, palette), styles["gutter"])
    if row is None or not row.is_there:
        word = "…" if row is None else "removed"
        line.add(f" {word}", styles["dim"])
        return line.strip(width, styles["cell"])
    states = dict(row.states)
    for piece in pieces:
        n = piece.number
        style = base
        if n == look.cursor:
            style = styles["cursor"]
        elif n in look.selected:
            style = styles["selected"]
        field = layout.fields[n]
        text = row.cells[n] if n < len(row.cells) else ""
        state = states.get(n, "")
        for part, part_style in _seen(_cell(field, text, state, style, palette), piece, field):
            line.add(part, part_style)
        if piece.skip + piece.width > field.width:
            is_edge = n == look.edge
            line.add(palette.border if is_edge else " ", styles["edge"] if is_edge else base)
    return line.strip(width, base)


def paint_header(
    layout: Layout,
    pieces: tuple[Piece, ...],
    signs: HeaderSigns,
    look: RowLook,
    palette: Palette,
    width: int,
) -> Strip:
    """The line of labels."""
    styles = palette.styles
    line = _Line()
    line.add(" " * layout.gutter, styles["header"])
    for piece in pieces:
        field = layout.fields[piece.number]
        style = styles["key_header" if piece.number == look.cursor else "header"]
        shown = _header_signs(field, signs, ascii_only=palette.ascii_only)
        room = field.width - width_of(shown)
        label = fit(cell_text(field.label), max(room, 1), palette.more)
        text = pad(fit(label + shown, field.width, ""), field.width, right=field.is_right)
        for part, part_style in _seen([(text, style)], piece, field):
            line.add(part, part_style)
        if piece.skip + piece.width > field.width:
            is_edge = piece.number == look.edge
            line.add(palette.border if is_edge else " ", styles["header"])
    return line.strip(width, styles["header"])


def _header_signs(field: Field, wanted: HeaderSigns, *, ascii_only: bool) -> str:
    signs = kind_glyph(field.kind, ascii_only=ascii_only)
    if field.is_armed:
        signs += ARMED[ascii_only]
    for n, key in enumerate(wanted.sort, start=1):
        if key.field == field.key:
            arrow = ("▼", "v")[ascii_only] if key.descending else ("▲", "^")[ascii_only]
            signs += arrow + (str(n) if len(wanted.sort) > 1 else "")
    if field.driver_id in wanted.percents:
        signs += f" {wanted.percents[field.driver_id]}%"
    return f" {signs}" if signs else ""


def _gutter(lead_id: int, width: int, look: RowLook, palette: Palette) -> str:
    mark = " "
    if look.is_marked:
        mark = "*" if palette.ascii_only else "●"
    elif look.cursor >= 0:
        mark = ">" if palette.ascii_only else "\u203a"
    return f"{mark}{lead_id:>{width - 1 - GAP}} "


def _cell(
    field: Field, text: str, state: str, style: Style, palette: Palette
) -> list[tuple[str, Style]]:
    """A cell, as wide as its column: its text, and the sign of its state in that one's colour.

    The sign stands behind a value that is stale or locked, and before everything else.
    """
    if not state:
        return [
            (pad(fit(text, field.width, palette.more), field.width, right=field.is_right), style)
        ]
    sign = STATE_GLYPHS[state][palette.ascii_only]
    colour = style + palette.styles[state]
    room = field.width - 2
    shown = fit(text, room, palette.more)
    if state in ("stale", "locked"):
        return [(pad(shown, room, right=field.is_right), style), (f" {sign}", colour)]
    return [(f"{sign} {pad(shown, room)}", colour)]


def _seen(parts: list[tuple[str, Style]], piece: Piece, field: Field) -> list[tuple[str, Style]]:
    """The part of a cell that is seen, where it is cut at an edge of the grid."""
    end = min(piece.skip + piece.width, field.width)
    if piece.skip == 0 and end == field.width:
        return parts
    cut = Strip([Segment(text, style) for text, style in parts]).crop(piece.skip, end)
    return [(segment.text, style) for segment in cut if (style := segment.style) is not None]
