"""Cells and rows in blocks that one request may carry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from leadsync.core.sync.tables import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leadsync.core.sync.tables import Cell, Limits

T = TypeVar("T")
BYTES_AROUND = 120  # of a patch: its range and brackets, with a long name of the tab
BYTES_SPARE = 20_000  # of a request: all that is neither patch nor row


def patches_of(cells: Mapping[tuple[int, int], Cell]) -> list[Patch]:
    """Cells (row, column) as rectangles: cells side by side are one, and equal rows below it.

    No rectangle holds a cell that is not among them.
    """
    runs: dict[tuple[int, int, int], tuple[Cell, ...]] = {}
    for row, columns in _by_row(cells):
        start = 0
        for end in range(1, len(columns) + 1):
            if end == len(columns) or columns[end] != columns[end - 1] + 1:
                part = columns[start:end]
                runs[row, part[0], len(part)] = tuple(cells[row, column] for column in part)
                start = end
    stacks: dict[tuple[int, int], list[tuple[int, list[tuple[Cell, ...]]]]] = {}
    for (row, column, width), values in runs.items():
        stack = stacks.setdefault((column, width), [])
        if stack and stack[-1][0] + len(stack[-1][1]) == row:
            stack[-1][1].append(values)
        else:
            stack.append((row, [values]))
    patches = [
        Patch(row, column, tuple(rows))
        for (column, _), stack in stacks.items()
        for row, rows in stack
    ]
    return sorted(patches, key=lambda patch: (patch.row, patch.column))


def patch_blocks(patches: Iterable[Patch], limits: Limits) -> Iterator[list[Patch]]:
    """Patches by request; one that is too large is cut between rows."""
    pieces = (piece for patch in patches for piece in _pieces(patch, limits))
    sized = ((piece, _cells(piece.cells), _bytes(piece.cells) + BYTES_AROUND) for piece in pieces)
    return _blocks(sized, limits)


def row_blocks(rows: Iterable[tuple[T, Sequence[Cell]]], limits: Limits) -> Iterator[list[T]]:
    """Rows by request, each named by whatever stands beside its cells."""
    return _blocks(((name, len(cells), _bytes((cells,))) for name, cells in rows), limits)


def _by_row(cells: Mapping[tuple[int, int], Cell]) -> Iterator[tuple[int, list[int]]]:
    rows: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        rows.setdefault(row, []).append(column)
    return iter(rows.items())


def _pieces(patch: Patch, limits: Limits) -> Iterator[Patch]:
    sized = (((row, values), len(values), _bytes((values,))) for row, values in
             enumerate(patch.cells, patch.row))  # fmt: skip
    for block in _blocks(sized, limits):
        yield Patch(block[0][0], patch.column, tuple(values for _, values in block))


def _blocks(sized: Iterable[tuple[T, int, int]], limits: Limits) -> Iterator[list[T]]:
    block: list[T] = []
    cells = size = 0
    for item, item_cells, item_bytes in sized:
        is_full = cells + item_cells > limits.cells or size + item_bytes > (
            limits.bytes - BYTES_SPARE
        )
        if block and is_full:
            yield block
            block, cells, size = [], 0, 0
        block.append(item)
        cells += item_cells
        size += item_bytes
    if block:
        yield block


def _cells(rows: Sequence[Sequence[Cell]]) -> int:
    return sum(map(len, rows))


def _bytes(rows: Sequence[Sequence[Cell]]) -> int:
    """As JSON, the way that requests are written: characters beyond ASCII are escapes."""
    return len(json.dumps(rows)) + 2
