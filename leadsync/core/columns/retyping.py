"""Cells of a column whose type changed, as values of the new type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.values import convert, show

if TYPE_CHECKING:
    from leadsync.core.models import Column, Value
    from leadsync.core.store.unit import Unit

LEADS_AT_ONCE = 1000


def retype(unit: Unit, column: Column) -> tuple[int, int]:
    """Convert all filled cells; (how many changed, how many do not fit and stay text)."""
    converted = unfit = 0
    ids = unit.lead_ids()
    for at in range(0, len(ids), LEADS_AT_ONCE):
        edits: dict[int, dict[str, Value]] = {}
        for lead_id, (cell,) in unit.cells(ids[at : at + LEADS_AT_ONCE], [column.key]).items():
            if cell is None:
                continue
            value, fits = convert(show(cell), column.type)
            unfit += not fits
            # 12 and 12.0 are equal, but 12 and "12" are not: the type counts.
            if type(value) is not type(cell) or value != cell:
                edits[lead_id] = {column.key: value}
        converted += len(edits)
        unit.edit(edits)
    return converted, unfit
