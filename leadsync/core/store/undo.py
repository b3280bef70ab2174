"""Taking units back: the value that the units still standing give a cell."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.models import Change, UnitRecord
    from leadsync.core.store.protocol import Tx

    Write = Callable[[Mapping[int, Mapping[str, Any]]], int]

LEADS_AT_ONCE = 1000
DOCUMENT = "doc:"
NO_LEAD = 0
"""The lead id under which history keeps changes of documents."""


def restore_unit(tx: Tx, target: UnitRecord, write: Write, *, undone_by: int) -> None:
    """Toggle a unit: one that stands is taken back, one that was an undo brings its unit back.

    `write` sets cells of leads with all that follows from them.
    """
    undone = not target.undone_by
    tx.put_unit(dataclasses.replace(target, undone_by=undone_by if undone else 0))
    _set_standing(tx, target, write, undone=undone)
    if target.undoes:
        first = tx.get_unit(target.undoes)
        if first is not None:
            tx.put_unit(dataclasses.replace(first, undone_by=0 if undone else target.id))
            _set_standing(tx, first, write, undone=not undone)


def _set_standing(tx: Tx, unit: UnitRecord, write: Write, *, undone: bool) -> None:
    inactive = tx.undone_units()
    documents: set[str] = set()
    at = 0
    while batch := tx.changes(unit_id=unit.id, after=at):
        at = batch[-1].seq
        touched: dict[int, set[str]] = {}
        for change in batch:
            touched.setdefault(change.lead_id, set()).update(change.fields)
        documents |= touched.pop(NO_LEAD, set())
        ids = list(touched)
        for start in range(0, len(ids), LEADS_AT_ONCE):
            chunk = ids[start : start + LEADS_AT_ONCE]
            history = _by_lead(tx.changes(lead_ids=chunk))
            write({i: _standing_values(history[i], touched[i], inactive) for i in chunk})
    for first, last in unit.created:
        tx.set_created_undone(first, last, undone=undone)
    _restore_documents(tx, documents, inactive)


def _restore_documents(tx: Tx, slots: set[str], inactive: set[int]) -> None:
    """Bring documents to what the standing units say.

    A column or campaign whose creation is undone stays while leads of other units use it, and
    comes back when one of those is redone: nobody else's cells vanish with it.
    """
    history = tx.changes(lead_ids=[NO_LEAD])
    created_by = {
        s: c.unit_id for c in reversed(history) for s, (b, _) in c.fields.items() if not b
    }
    orphans = {
        slot
        for slot, unit_id in created_by.items()
        if unit_id in inactive and slot.startswith(("doc:columns/", "doc:campaigns/"))
    }
    for slot, body in _standing_values(history, slots | orphans, inactive).items():
        kind, _, number = slot.removeprefix(DOCUMENT).partition("/")
        doc_id = int(number)
        kept = body
        if slot in orphans and tx.in_use(kind, doc_id):
            kept = tx.get_document(kind, doc_id) or _last_image(history, slot)
        if kept is None:
            tx.remove_document(kind, doc_id)
        elif kept != tx.get_document(kind, doc_id):
            tx.put_document(kind, kept)


def _last_image(history: Sequence[Change], slot: str) -> dict[str, Any] | None:
    images = [c.fields[slot][1] for c in history if slot in c.fields and c.fields[slot][1]]
    return images[-1] if images else None


def _standing_values(
    history: Sequence[Change], slots: set[str], inactive: set[int]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for change in history:
        for slot in slots & change.fields.keys():
            before, after = change.fields[slot]
            values.setdefault(slot, before)
            if change.unit_id not in inactive:
                values[slot] = after
    return values


def _by_lead(changes: Sequence[Change]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = {}
    for change in changes:
        found.setdefault(change.lead_id, []).append(change)
    return found
