"""What taking a unit back, or bringing it back, needs: the rights that doing it needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.campaign_settings import retention_of
from leadsync.core.store.undo import COLUMNS, DOCUMENT, NO_LEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.models import Change, Doc, UnitRecord
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

_CAMPAIGNS = f"{DOCUMENT}campaigns/"
_KINDS = {f"{DOCUMENT}hooks/": Right.ADMIN, f"{DOCUMENT}armedTables/": Right.PUSH}
"""Documents whose writes need more than the right to edit."""

_WORDS = {
    Right.ENRICH: "undo or redo the arming of columns",
    Right.PUSH: "undo or redo the arming of tables",
    Right.ADMIN: "undo or redo changes of hooks, or of how long leads are kept",
}


def require_undo(workspace: Workspace, unit: UnitRecord) -> None:
    """Let a unit be taken back, or brought back, by who might have done it.

    Raises:
        AccessError: who is there may not do what it did.
    """
    workspace.require(Right.EDIT)
    if workspace.identity is None:
        return
    for right in _rights_of(workspace.store, {unit.id, unit.undoes} - {0}):
        workspace.require(right, _WORDS[right])


def _rights_of(store: Store, unit_ids: set[int]) -> set[Right]:
    found: set[Right] = set()
    for change in _changes_of_documents(store, unit_ids):
        for slot, (before, after) in change.fields.items():
            found |= {right for kind, right in _KINDS.items() if slot.startswith(kind)}
            if slot.startswith(COLUMNS) and _is_armed(before) != _is_armed(after):
                found.add(Right.ENRICH)
            if slot.startswith(_CAMPAIGNS) and retention_of(before) != retention_of(after):
                found.add(Right.ADMIN)
    return found


def _changes_of_documents(store: Store, unit_ids: set[int]) -> Iterator[Change]:
    for unit_id in sorted(unit_ids):
        yield from store.changes(unit_id=unit_id, lead_id=NO_LEAD)


def _is_armed(column: Doc | None) -> bool:
    return bool(column and column.get("armed"))
