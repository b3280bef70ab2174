"""The ledger's entries for tables: a mark of each cell as it was sent or seen last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.models import now_iso
from leadsync.core.sync.table_cells import mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store
    from leadsync.core.sync.table_cells import SentCell

CELLS = "cells"

Marks = dict[str, str]
"""By key of a field."""


def marks_of(cells: Mapping[str, SentCell]) -> Marks:
    """The marks of cells that were written."""
    return {key: mark_of(cell.text) for key, cell in cells.items()}


def marks_in(entry: Doc | None) -> Marks:
    """The marks of an entry of the ledger."""
    found: Any = entry.get(CELLS) if entry else None
    return dict(cast("Marks", found)) if isinstance(found, dict) else {}


def keep_marks(store: Store, ledger: str, marks: Mapping[int, Mapping[str, str]]) -> None:
    """Write down what cells hold now, beside what is known of others of the same leads."""
    if not marks:
        return
    before = store.sent(ledger, list(marks))
    at = now_iso()
    entries: dict[int, Doc] = {
        lead_id: {CELLS: {**marks_in(before.get(lead_id)), **new}, "at": at}
        for lead_id, new in marks.items()
    }
    store.keep_sent(ledger, entries)
