"""The leads that an import has just added or changed, as a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store


def touched_since(store: Store, unit_id: int) -> Doc:
    """The filter document of the leads that were added or changed since this unit began.

    What others changed in the meantime is among them: a list of ids would be exact, and too long
    for a filter when a file changes a hundred thousand leads here and there.
    """
    unit = next(unit for unit in store.units() if unit.id == unit_id)
    return {"updated_at": {"$gte": unit.at}}
