"""Verdicts about addresses as the gate reads them: one about another address does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.models import CellState, Status
from leadsync.core.store.filled_cells import is_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadsync.core.engine.cells import LeadCells
    from leadsync.core.models import Task
    from leadsync.core.store.protocol import Store

_NO_STATE = CellState()


class Verdicts:
    """Reads the status and the reason that a column of verification has written.

    Attributes:
        states: ids of the columns whose states it reads.
    """

    def __init__(self, store: Store, status: str, reason: str) -> None:
        """Take the keys of the fields with status and reason."""
        self._store = store
        self._status, self._reason = status, reason
        catalog = store.catalog()
        self._verifier = catalog.driver(status)
        self._column = next((c for c in catalog.columns if c.key == status), None)
        self.states = tuple(c.id for c in (self._verifier, self._column) if c)

    def of(self, lead: LeadCells) -> tuple[object, object]:
        """Status and reason of a lead; none where they do not hold any more."""
        if self.is_outdated(lead):
            return None, None
        return lead.values.get(self._status), lead.values.get(self._reason)

    def is_outdated(self, lead: LeadCells) -> bool:
        """Whether a run wrote the verdict, and its column's last answer is about something else.

        What came from elsewhere is taken as it is, and so is what somebody has typed.
        """
        if self._verifier is None or self._column is None or not self._is_doubtful(lead):
            return False
        value, meta = lead.values.get(self._status), lead.metas.get(self._verifier.id)
        return value is not None and is_own(meta, self._column.slot, value)

    def doubtful(self, leads: Iterable[LeadCells]) -> Iterator[Task]:
        """Of leads whose verdicts may not hold, what was stored with them; `is_outdated` reads it."""
        asked = [lead.lead_id for lead in leads if self._is_doubtful(lead)]
        if self._verifier is not None and asked:
            yield from self._store.tasks(asked, [self._verifier.id])

    def _is_doubtful(self, lead: LeadCells) -> bool:
        """Whether an input has changed since the last answer, or there was none."""
        if self._verifier is None or self._column is None:
            return False
        if lead.states.get(self._column.id, _NO_STATE).locked:
            return False
        state = lead.states.get(self._verifier.id, _NO_STATE)
        status = state.settled[0] if state.settled else state.status
        return state.stale or status is Status.ERROR
