"""The leads that an import has added or changed: as a filter, and one by one."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Doc, UnitRecord
    from leadsync.core.store.protocol import Store


def touched_since(store: Store, unit_id: int) -> Doc:
    """The filter document of the leads that were added or changed since this unit began.

    What others changed in the meantime is among them: a list of ids would be exact, and too long
    for a filter when a file changes a hundred thousand leads here and there.
    """
    return {"updated_at": {"$gte": _unit(store, unit_id).at}}


def touched_by(store: Store, unit_id: int) -> array[int]:
    """The ids of exactly the leads that this unit added or changed, in order."""
    found = {change.lead_id for change in store.changes(unit_id=unit_id) if change.lead_id}
    for first, last in _unit(store, unit_id).created:
        found.update(range(first, last + 1))
    return array("q", sorted(found))


def _unit(store: Store, unit_id: int) -> UnitRecord:
    return next(unit for unit in store.units() if unit.id == unit_id)
