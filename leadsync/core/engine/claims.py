"""Claims of one column in a run: cells from the queue, as jobs with what was read of their leads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadsync.core.engine.cells import Scope, Skip
from leadsync.core.engine.enricher import Job
from leadsync.core.engine.late import LateJob, read_asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.cells import CellReader, LeadCells, Subject, Verdict
    from leadsync.core.engine.shared import Shared
    from leadsync.core.models import QueuedCell

LATE_AT_ONCE = 50_000  # as many as one job at a provider has leads
ASKED_AT_ONCE = 5000  # what is read of their leads is in memory, 2 kB each
CLAIM_LEASE_S = 86_400.0
"""Cells are given back when the run is taken over; the lease that guards them is the run's."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Jobs, late ones, cells that need no answer (lead, why), and when the next cell is due."""

    jobs: list[Job] = field(default_factory=list[Job])
    late: list[LateJob] = field(default_factory=list["LateJob"])
    unasked: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    due: float | None = None

    @property
    def number(self) -> int:
        """How many cells were claimed."""
        return len(self.jobs) + len(self.late) + len(self.unasked)


class Claims:
    """Takes the cells of one column out of the queue, on the store's thread."""

    def __init__(self, subject: Subject, reader: CellReader, shared: Shared) -> None:
        """Take the column, and what all lanes of the run share."""
        self._subject = subject
        self._reader = reader
        self._shared = shared

    def claim(self, *, asks: bool, collects: bool) -> Claimed:
        """The next jobs, late ones first, or when the next cell is due.

        Args:
            asks: cells may be asked.
            collects: late answers may be fetched.
        """
        cells = self._claim_cells(late=True) if collects else []
        if asks:
            cells += self._claim_cells(late=False)
        if not cells:
            run_id, column_id = self._shared.run_id, self._subject.column.id
            return Claimed(due=self._shared.store.next_due(run_id, column_id, late_only=not asks))
        leads = self._reader.read([cell.lead_id for cell in cells])
        claimed = Claimed()
        for cell in cells:
            lead = leads.get(cell.lead_id)
            verdict = self._judge(lead, is_late=bool(cell.handle))
            if lead is None or verdict != "run":
                claimed.unasked.append((cell.lead_id, str(verdict)))
                continue
            job = Job(cell.lead_id, self._subject.column, lead.values, cell.attempts + 1)
            if cell.handle:
                claimed.late.append(LateJob(job, read_asked(cell.handle)))
            else:
                claimed.jobs.append(job)
        return claimed

    def judge_again(self, jobs: Sequence[Job]) -> Claimed:
        """Jobs that have waited for their turn, with what their leads hold now."""
        leads = self._reader.read([job.lead_id for job in jobs])
        claimed = Claimed()
        for job in jobs:
            lead = leads.get(job.lead_id)
            verdict = self._judge(lead, is_late=False)
            if lead is None or verdict != "run":
                claimed.unasked.append((job.lead_id, str(verdict)))
            else:
                claimed.jobs.append(replace(job, values=lead.values))
        return claimed

    def _claim_cells(self, *, late: bool) -> list[QueuedCell]:
        now = self._shared.pace.now()
        size = self._subject.description.batch_size
        at_once = max(size, min(ASKED_AT_ONCE, max(64, 2 * self._shared.width) * size))
        return self._shared.store.claim(
            self._shared.run_id,
            self._subject.column.id,
            # Cells with one handle must be claimed together.
            limit=LATE_AT_ONCE if late else at_once,
            holder=self._shared.holder,
            lease_until=now + CLAIM_LEASE_S,
            now=now,
            late=late,
        )

    def _judge(self, lead: LeadCells | None, *, is_late: bool) -> Verdict:
        """Whether a claimed cell is asked; an answer that is under way is fetched in any case."""
        if lead is None:
            return Skip.GONE
        return "run" if is_late else self._reader.judge(self._subject, lead, scope=Scope.ALL)
