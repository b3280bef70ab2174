"""The ledger's entries for tables: a mark of each cell as it was sent or seen last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.models import now_iso
from leadsync.core.sync.table_cells import mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store
    from leadsync.core.sync.table_cells import SentCell

CELLS = "cells"
BEFORE = "before"
UNIT = "unit"

Marks = dict[str, str]
"""By key of a field."""


def marks_of(cells: Mapping[str, SentCell]) -> Marks:
    """The marks of cells that were written."""
    return {key: mark_of(cell.text) for key, cell in cells.items()}


def read_marks(
    store: Store, ledger: str, lead_ids: Collection[int] | None = None
) -> dict[int, Marks]:
    """The marks of leads in a table: of all, or of these.

    A pull that was taken back has not happened: its cells have the marks of before, so that the
    next push does not write over what people changed there.
    """
    entries = store.sent(ledger, None if lead_ids is None else list(lead_ids))
    units = {entry[UNIT] for entry in entries.values() if UNIT in entry}
    undone = {unit.id for unit in store.units() if unit.undone_by} & units if units else set[int]()
    return {lead_id: _marks_in(entry, undone) for lead_id, entry in entries.items()}


def keep_marks(
    store: Store, ledger: str, marks: Mapping[int, Mapping[str, str]], *, pulled_by: int = 0
) -> None:
    """Write down what cells hold now, beside what is known of others of the same leads.

    Args:
        store: whose ledger.
        ledger: the table's name in it.
        marks: by lead and key.
        pulled_by: the unit that wrote these cells here; 0: they were not pulled.
    """
    if not marks:
        return
    entries = store.sent(ledger, list(marks))
    at = now_iso()
    store.keep_sent(
        ledger,
        {
            lead_id: _entry(entries.get(lead_id, {}), new, at, pulled_by)
            for lead_id, new in marks.items()
        },
    )


def _entry(old: Doc, new: Mapping[str, str], at: str, pulled_by: int) -> Doc:
    cells, before = _part(old, CELLS), _part(old, BEFORE)
    entry: Doc = {CELLS: {**cells, **new}, "at": at}
    if pulled_by:
        return entry | {BEFORE: {key: cells.get(key, "") for key in new}, UNIT: pulled_by}
    left = {key: mark for key, mark in before.items() if key not in new}
    return entry | ({BEFORE: left, UNIT: old[UNIT]} if left else {})


def _marks_in(entry: Doc, undone: Collection[int]) -> Marks:
    marks = _part(entry, CELLS)
    if entry.get(UNIT) in undone:
        marks |= _part(entry, BEFORE)
    return {key: mark for key, mark in marks.items() if mark}


def _part(entry: Doc, name: str) -> Marks:
    found: Any = entry.get(name)
    return dict(cast("Marks", found)) if isinstance(found, dict) else {}
