"""Cells become few requests, and no request touches a cell that is not among them."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from leadsync.core.sync.table_blocks import patch_blocks, patches_of, row_blocks
from leadsync.core.sync.tables import Limits, Patch

GOOGLE = Limits(cells=50_000, bytes=2_000_000, characters=50_000)
SMALL = Limits(cells=7, bytes=20_600, characters=100)


def cells_of(patches: list[Patch]) -> dict[tuple[int, int], object]:
    return {
        (patch.row + down, patch.column + right): cell
        for patch in patches
        for down, cells in enumerate(patch.cells)
        for right, cell in enumerate(cells)
    }


@given(st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 9)), st.text(max_size=40)))
def test_patches_are_exactly_the_cells_in_blocks_that_hold_to_the_limits(
    cells: dict[tuple[int, int], str],
) -> None:
    blocks = list(patch_blocks(patches_of(cells), SMALL))
    assert cells_of([patch for block in blocks for patch in block]) == cells
    for block in blocks:
        rows = sum(len(patch.cells) for patch in block)
        assert rows == 1 or sum(map(len, (c for p in block for c in p.cells))) <= SMALL.cells


def test_cells_side_by_side_are_one_rectangle() -> None:
    cells = {(row, column): row * column for row in range(3, 900) for column in (2, 3, 4, 9)}
    assert [(p.row, p.column, len(p.cells), len(p.cells[0])) for p in patches_of(cells)] == [
        (3, 2, 897, 3), (3, 9, 897, 1),
    ]  # fmt: skip


def test_all_of_twenty_thousand_leads_are_at_most_twelve_requests_however_scattered() -> None:
    every = {(row, column): f"cell {row} {column}" for row in range(20_000) for column in range(15)}
    assert len(list(patch_blocks(patches_of(every), GOOGLE))) <= 12
    chance = random.Random(7)
    some = {place: text for place, text in every.items() if chance.random() < 0.3}
    blocks = list(patch_blocks(patches_of(some), GOOGLE))
    assert len(blocks) <= 12
    for block in blocks:
        sent = [{"range": f"'Leads'!AA{p.row}", "values": p.cells} for p in block]
        assert len(json.dumps({"valueInputOption": "RAW", "data": sent})) <= GOOGLE.bytes


def test_rows_are_cut_by_bytes_as_they_are_sent() -> None:
    rows = [(n, ["ü" * 1000, n]) for n in range(3000)]  # six bytes a letter in JSON
    blocks = list(row_blocks(rows, GOOGLE))
    assert [name for block in blocks for name in block] == list(range(3000))
    assert len(blocks) == 10
