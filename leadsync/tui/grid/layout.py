"""Where columns stand: widths, frozen ones, and what of them is seen at a scroll offset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from leadsync.core.models import ColumnType
from leadsync.core.views import MAX_WIDTH_CELLS

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 1  # cells between columns
NARROWEST = 3
_USUAL = {
    ColumnType.NUMBER: 10,
    ColumnType.BOOL: 6,
    ColumnType.DATE: 12,
    ColumnType.EMAIL: 26,
    ColumnType.URL: 26,
    ColumnType.LONG_TEXT: 32,
}
_USUAL_OF_KEYS = {"id": 8, "name": 20, "tags": 14, "campaign": 16, "country": 10}
RIGHT_ALIGNED = frozenset({ColumnType.NUMBER, ColumnType.DATE})


@dataclass(frozen=True, slots=True)
class Field:
    """One column as the grid shows it.

    Attributes:
        kind: of the column, or "own" for what every lead has.
        column_id: 0 for what every lead has.
        driver_id: the running column whose state its cells show; 0 where none fills it.
        width: cells, without the gap.
    """

    key: str
    label: str
    type: ColumnType
    kind: str = "own"
    column_id: int = 0
    driver_id: int = 0
    is_armed: bool = False
    width: int = 16

    @property
    def is_right(self) -> bool:
        """Whether its cells stand at the right: numbers and dates."""
        return self.type in RIGHT_ALIGNED


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column that is seen.

    Attributes:
        number: of the field.
        x: where it begins, in cells from the left edge of the grid.
        skip: cells of it that are cut off at its left.
        width: cells that are seen, the gap included.
    """

    number: int
    x: int
    skip: int
    width: int


@dataclass(frozen=True)
class Layout:
    """The columns of the grid in order.

    Attributes:
        frozen: how many of the first ones stay when the others scroll.
        gutter: cells of mark and id at the left.
    """

    fields: tuple[Field, ...] = ()
    frozen: int = 0
    gutter: int = 4

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each column begins when nothing is scrolled; then where the last one ends."""
        widths = (field.width + GAP for field in self.fields)
        return tuple(accumulate(widths, initial=self.gutter))

    @property
    def width(self) -> int:
        """All cells of all columns."""
        return self.starts[-1]

    @property
    def frozen_width(self) -> int:
        """Cells at the left that do not scroll."""
        return self.starts[min(self.frozen, len(self.fields))]

    def number(self, key: str) -> int | None:
        """The place of a field, or None."""
        return next((n for n, field in enumerate(self.fields) if field.key == key), None)

    def visible(self, scroll_x: int, width: int) -> tuple[Piece, ...]:
        """The parts of columns that are seen, from left to right."""
        pieces: list[Piece] = []
        edge = self.frozen_width
        for n, start in enumerate(self.starts[:-1]):
            size = self.starts[n + 1] - start
            left = start if n < self.frozen else start - scroll_x
            x = left if n < self.frozen else max(left, edge)
            right = min(left + size, width)
            if right > x:
                pieces.append(Piece(n, x, x - left, right - x))
        return tuple(pieces)

    def at(self, x: int, scroll_x: int, width: int) -> int | None:
        """The number of the field that is seen at a place, or None in the gutter and beyond."""
        for piece in self.visible(scroll_x, width):
            if piece.x <= x < piece.x + piece.width:
                return piece.number
        return None

    def scroll_for(self, number: int, scroll_x: int, width: int) -> int:
        """The nearest scroll offset at which a column is seen whole, or from its beginning.

        No column is cut in two at the left.
        """
        if number < self.frozen or number >= len(self.fields):
            return scroll_x
        start, end = self.starts[number], self.starts[number + 1]
        if start - scroll_x < self.frozen_width:
            return start - self.frozen_width
        if end - scroll_x <= width:
            return scroll_x
        edges = (edge - self.frozen_width for edge in self.starts[self.frozen : number + 1])
        return next((edge for edge in edges if end - edge <= width), start - self.frozen_width)

    def resized(self, number: int, width: int) -> Layout:
        """With another width of one column."""
        size = max(NARROWEST, min(width, MAX_WIDTH_CELLS))
        fields = [*self.fields]
        fields[number] = replace(fields[number], width=size)
        return replace(self, fields=tuple(fields))

    def moved(self, number: int, to: int) -> Layout:
        """With one column at another place."""
        fields = [*self.fields]
        fields.insert(max(0, min(to, len(fields) - 1)), fields.pop(number))
        return replace(self, fields=tuple(fields))

    def without(self, number: int) -> Layout:
        """With one column less; the last one stays."""
        if len(self.fields) < 2:
            return self
        fields = self.fields[:number] + self.fields[number + 1 :]
        frozen = self.frozen - 1 if number < self.frozen else self.frozen
        return replace(self, fields=fields, frozen=frozen)


def usual_width(key: str, label: str, kind: ColumnType) -> int:
    """The width of a column that nobody has changed."""
    size = _USUAL_OF_KEYS.get(key) or _USUAL.get(kind, 16)
    return max(size, min(len(label) + 3, 24))


def gutter_for(lead_ids: Sequence[int], highest: int) -> int:
    """Cells that mark and id need."""
    digits = len(str(highest)) if len(lead_ids) else 1
    return 1 + max(digits, 3) + GAP
