"""Tables that fit the terminal: widths from the first rows, long cells cut or wrapped."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Any

from leadsync.core.values import show
from leadsync.core.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MEASURED_ROWS = 200
GAP = "  "
WIDEST_CELL = 48  # of a column, while there are others
NARROWED_TO = 14  # columns are cut down to this before any is left out
LONGEST_SHOWN = 2000  # characters of a cell that are looked at: no terminal is wider


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of one column of a table.

    Attributes:
        wraps: its long cells go on below instead of being cut.
    """

    text: str
    is_number: bool = False
    wraps: bool = False


def draw_table(
    heads: Sequence[Heading], rows: Iterable[Sequence[Any]], width: int, *, ascii_only: bool
) -> Iterator[str]:
    """The lines of a table, streamed. Columns that do not fit are left out at the right.

    The head comes first, then its rule. The last line says how many columns are left out.
    """
    from rich.cells import cell_len, set_cell_size

    shown = ([_lines(c, h) for c, h in zip(row, heads, strict=True)] for row in rows)
    first = list(islice(shown, MEASURED_ROWS))
    wanted = [
        max([cell_len(head.text), *(min(cell_len(t), width) for row in first for t in row[n])])
        for n, head in enumerate(heads)
    ]
    widths = fit_widths(wanted, width)
    rule, mark = ("-", "~") if ascii_only else ("─", "…")

    def line(cells: Sequence[str]) -> str:
        parts: list[str] = []
        for cell, size, head in zip(cells, widths, heads, strict=False):
            length = cell_len(cell)
            if length > size:
                parts.append(set_cell_size(cell, size - 1) + mark)
            else:
                pad = " " * (size - length)
                parts.append(pad + cell if head.is_number else cell + pad)
        return GAP.join(parts).rstrip()

    yield line([head.text for head in heads])
    yield GAP.join(rule * size for size in widths)
    for row in chain(first, shown):
        wrapped = (
            _wrapped(texts, size) if head.wraps else texts
            for texts, size, head in zip(row, widths, heads, strict=False)
        )
        for cells in zip_longest(*wrapped, fillvalue=""):
            yield line(cells)
    if len(widths) < len(heads):
        left_out = ", ".join(head.text for head in heads[len(widths) :])
        yield f"not shown here: {left_out}"


def fit_widths(wanted: Sequence[int], width: int) -> list[int]:
    """Widths of the columns that fit; the widest are cut first, then the last ones left out."""
    widths = [min(size, WIDEST_CELL) for size in wanted] if len(wanted) > 1 else [*wanted]
    while len(widths) > 1 and _total(widths) > width:
        widest = max(widths)
        if widest > NARROWED_TO:
            widths[widths.index(widest)] -= 1
        else:
            widths.pop()
    if len(widths) == 1:
        return [min(widths[0], max(width, 1))]
    # what is left over goes to the columns that were cut
    spare = width - _total(widths)
    for n, size in enumerate(widths):
        more = min(spare, wanted[n] - size)
        widths[n] += more
        spare -= more
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _lines(cell: Any, head: Heading) -> list[str]:
    """A cell as lines of text: one, but for those that go on below."""
    if not head.wraps:
        return [visible(show(cell)[:LONGEST_SHOWN])]
    return visible(show(cell), keep_lines=True).splitlines() or [""]


def _wrapped(lines: Iterable[str], width: int) -> list[str]:
    """Lines that are no wider than `width` cells, broken between words where they have some."""
    from textwrap import wrap

    from rich.cells import cell_len, chop_cells

    pieces = [piece for line in lines for piece in wrap(line, width) or [""]]
    return [
        part
        for piece in pieces
        for part in (chop_cells(piece, width) if cell_len(piece) > width else [piece])
    ]
