"""Filled cells that their column did not write: a run keeps them, unless it was asked for all.

They came by an import, say. What decides is the mark beside the column's task
(`core.store.filled_cells`); here tasks are read for a batch of leads at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.models import CellState, Status
from leadsync.core.store.filled_cells import is_own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.cells import LeadCells, Subject
    from leadsync.core.models import Column, Doc, Run
    from leadsync.core.store.protocol import Store

_NO_STATE = CellState()


def replaces_all(run: Run) -> bool:
    """Whether a run replaces what its columns did not write: its plan was made for all cells."""
    return run.estimate.get("scope") == "all"


class FilledCells:
    """Tells filled cells that the columns of a run wrote from those that came from elsewhere.

    Attributes:
        replaces: what came from elsewhere is replaced, too: a plan counts it, a run need not know.
    """

    def __init__(self, store: Store, subjects: Sequence[Subject], *, replaces: bool) -> None:
        """Take the columns, and whether what came from elsewhere is replaced, too."""
        self._store = store
        self._subjects = subjects
        self.replaces = replaces

    def metas(self, leads: Sequence[LeadCells]) -> dict[int, dict[int, Doc]]:
        """What tasks tell of who filled cells, by lead and column, where it matters."""
        found: dict[int, dict[int, Doc]] = {}
        for subject in self._subjects:
            column_id = subject.column.id
            asked = [lead.lead_id for lead in leads if self._matters(subject, lead)]
            for task in self._store.tasks(asked, [column_id]) if asked else ():
                found.setdefault(task.lead_id, {})[column_id] = task.meta
        return found

    def from_elsewhere(self, subject: Subject, lead: LeadCells) -> int:
        """How many filled cells of a lead the column might write to, but did not fill itself."""
        return sum(self._is_strange(subject, lead, target) for target in subject.targets)

    def has_room(self, subject: Subject, lead: LeadCells) -> bool:
        """Whether an answer would be written anywhere."""
        return any(
            not lead.states.get(target.id, _NO_STATE).locked
            and (self.replaces or not self._is_strange(subject, lead, target))
            for target in subject.targets
        )

    def _is_strange(self, subject: Subject, lead: LeadCells, target: Column) -> bool:
        value = lead.values.get(target.key)
        if value is None or lead.states.get(target.id, _NO_STATE).locked:
            return False
        if lead.states.get(subject.column.id, _NO_STATE).status is None:
            return True
        known = self._matters(subject, lead)
        return known and not is_own(lead.metas.get(subject.column.id), target.slot, value)

    def _matters(self, subject: Subject, lead: LeadCells) -> bool:
        """Whether tasks are read: not for fresh cells, which nothing asks for by itself."""
        state = lead.states.get(subject.column.id, _NO_STATE)
        if state.status is None or all(lead.values.get(t.key) is None for t in subject.targets):
            return False
        is_fresh = state.status is Status.SUCCESS and not state.stale
        return self.replaces or bool(subject.before) or not is_fresh
