"""A cell that somebody has seen and types anew: stored only where it is still what was seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, NotFound
from leadsync.core.leads.editing import write_texts
from leadsync.core.leads.typed_cells import read_cells
from leadsync.core.values import show

if TYPE_CHECKING:
    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SeenCell:
    """A cell as somebody has seen it.

    Attributes:
        value: what it held.
        is_trashed: the lead was in the trash, and was seen there.
    """

    lead_id: int
    key: str
    value: Value
    is_trashed: bool = False


def edit_seen(workspace: Workspace, seen: SeenCell, text: str) -> SeenCell | None:
    """Set a cell by hand, unless it has become something else meanwhile.

    Returns:
        None where it is done; else the cell as it is now, and nothing is stored. A text that is
        what was seen, so that nothing was typed, leaves what others have written.

    Raises:
        InputError: the text does not fit, would make two live leads of a campaign one, or the
            column was removed or the lead put in the trash meanwhile.
        NotFound: there is no such lead any more.
    """
    store = workspace.store
    label = f"edit lead {seen.lead_id}: {seen.key}"
    with store.unit(workspace.actor, label) as unit:
        typed = read_cells(store.columns(), {seen.key: text}, may_make=False)
        value = _value_now(store, seen)
        if value != seen.value and value != typed.cells[seen.key]:
            return None if text == show(seen.value) else replace(seen, value=value)
        write_texts(workspace, unit, [seen.lead_id], {seen.key: text}, may_make=False)
    return None


def _value_now(store: Store, seen: SeenCell) -> Value:
    lead_id = seen.lead_id
    rows = store.rows([lead_id], [seen.key])
    is_live = bool(rows and store.count({"id": lead_id}))
    if rows and not is_live and store.count({"id": lead_id}, trashed=True):
        if not seen.is_trashed:
            raise InputError(
                f"lead {lead_id} is in the trash by now",
                next_step=f"leadsync leads restore {lead_id}",
            )
    elif not is_live:
        raise NotFound("lead", lead_id, next_step="leadsync leads list")
    return rows[0][0]
