"""The lane of one column in a run: claims its cells, hands them to the enricher, takes outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.batch import BatchContext
from leadsync.core.engine.cells import Scope, Skip
from leadsync.core.engine.enricher import CallFailed, Job
from leadsync.core.engine.events import ColumnHeld
from leadsync.core.engine.outcome_cells import cells_of, detail_of, ended, task_of
from leadsync.core.engine.outcomes import Held, HeldWhy, Invalid, Retry, Value
from leadsync.core.engine.remedies import remedy_of_hold
from leadsync.core.engine.settling import Again, Settled, Unasked
from leadsync.core.errors import AccessError, InputError
from leadsync.core.store.derive import InputHasher
from leadsync.core.templates import BlankInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.budget import Purse
    from leadsync.core.engine.cells import CellReader, Subject
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.engine.shared import Shared

logger = logging.getLogger(__name__)

CLAIM_LEASE_S = 86_400.0
"""Cells are given back when the run is taken over; the lease that guards them is the run's."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Jobs, cells that need no answer (lead, why), and when the next cell is due."""

    jobs: list[Job]
    unasked: list[tuple[int, str]]
    due: float | None = None


class Lane:
    """One column of a run.

    Attributes:
        purse: what its requests are paid from.
        held: what the column waits for; None while it works.
        ended: set when nothing of it is in flight any more.
    """

    def __init__(self, subject: Subject, reader: CellReader, shared: Shared, purse: Purse) -> None:
        """Take a column, what its requests are paid from, and what all lanes of the run share."""
        self.subject = subject
        self.shared = shared
        self.purse = purse
        self.held: Held | None = None
        self.ended = asyncio.Event()
        self._reader = reader
        self._hasher = InputHasher(subject.column)
        self._batches: asyncio.Queue[list[Job] | None] = asyncio.Queue(shared.width)
        self._changed = asyncio.Event()
        self._in_hand = 0

    @property
    def is_open(self) -> bool:
        """Whether requests may leave."""
        return self.held is None and not self.shared.stop.is_requested

    def check(self) -> None:
        """Let a request pass, or end its jobs.

        Raises:
            CallFailed: the column is held, or the run stops.
        """
        if self.held is not None:
            raise CallFailed(self.held)
        if self.shared.stop.is_requested:
            raise CallFailed(Held(HeldWhy.STOPPED, "stopped"))

    async def run(self, before: Sequence[Lane]) -> None:
        """Fill the column's cells, after the columns that it reads; it ends when none is left."""
        try:
            for lane in before:
                await lane.ended.wait()
            waits_for = [lane for lane in before if lane.held is not None]
            if waits_for:
                first = waits_for[0]
                assert first.held is not None
                key = first.subject.column.key
                self.held = Held(first.held.why, f'it waits for "{key}": {first.held.detail}')
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feed())
                for _ in range(self.shared.width):
                    group.create_task(self._work())
        finally:
            self.ended.set()

    def wake(self) -> None:
        """Look again: the run stops, or the column is held."""
        self._changed.set()
        self.purse.wake_all()

    def take(self, job: Job, outcome: Outcome) -> None:
        """Take the outcome of a job."""
        if isinstance(outcome, Held):
            self._hold(outcome)
        elif isinstance(outcome, Retry) and self._may_retry(job, outcome):
            self._retry(job, outcome)
        else:
            final = ended(outcome)
            detail = self.shared.redactor.text(detail_of(final))
            task = task_of(
                job,
                final,
                run_id=self.shared.run_id,
                input_hash=self._hasher.of(job.values),
                detail=detail,
            )
            subject = self.subject
            values = (
                cells_of(subject.column, subject.targets, final.result)
                if isinstance(final, Value)
                else {}
            )
            self.shared.settler.put(Settled(task, values), self._written)

    def skip(self, lead_id: int, why: str) -> None:
        """Leave a cell unasked."""
        self.shared.settler.put(Unasked((lead_id, self.subject.column.id), why), self._written)

    # the queue -------------------------------------------------------------------------------
    async def _feed(self) -> None:
        while self.is_open:
            self._changed.clear()
            claimed = await self.shared.thread.do(self._claim)
            self._in_hand += len(claimed.jobs) + len(claimed.unasked)
            for lead_id, why in claimed.unasked:
                self.skip(lead_id, why)
            size = self.subject.description.batch_size
            for at in range(0, len(claimed.jobs), size):
                await self._batches.put(claimed.jobs[at : at + size])
            if claimed.jobs or claimed.unasked:
                continue
            if claimed.due is None and not self._in_hand:
                break
            await self._wait(claimed.due)
        for _ in range(self.shared.width):
            await self._batches.put(None)

    async def _wait(self, due: float | None) -> None:
        """Until a cell is due, or something of ours was written."""
        pause_s = None if due is None else max(0.001, due - self.shared.pace.now())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._changed.wait()

    def _claim(self) -> _Claimed:
        """On the store's thread: the next jobs, or when the next cell is due."""
        store, now = self.shared.store, self.shared.pace.now()
        run_id, column = self.shared.run_id, self.subject.column
        cells = store.claim(
            run_id,
            column.id,
            limit=max(64, 2 * self.shared.width) * self.subject.description.batch_size,
            holder=self.shared.holder,
            lease_until=now + CLAIM_LEASE_S,
            now=now,
        )
        if not cells:
            return _Claimed([], [], store.next_due(run_id, column.id))
        leads = self._reader.read([cell.lead_id for cell in cells])
        claimed = _Claimed([], [])
        for cell in cells:
            lead = leads.get(cell.lead_id)
            verdict = self._reader.judge(self.subject, lead, scope=Scope.ALL) if lead else Skip.GONE
            if lead and verdict == "run":
                claimed.jobs.append(Job(cell.lead_id, column, lead.values, cell.attempts + 1))
            else:
                claimed.unasked.append((cell.lead_id, str(verdict)))
        return claimed

    def _written(self) -> None:
        self._in_hand -= 1
        self._changed.set()

    # asking ----------------------------------------------------------------------------------
    async def _work(self) -> None:
        while (jobs := await self._batches.get()) is not None:
            if self.is_open:
                await self._ask(jobs)

    async def _ask(self, jobs: list[Job]) -> None:
        batch = BatchContext(self, jobs)
        try:
            await self.subject.enricher.run(jobs, batch)
        except CallFailed as failure:
            batch.end(failure.outcome)
        except BlankInput as blank:
            batch.skip_rest(blank.field)
        except AccessError as error:
            words = [error.message, *([error.next_step] if error.next_step else [])]
            batch.end(Held(HeldWhy.AUTH, "; ".join(words)))
        except InputError as error:
            batch.end(Invalid(error.message))
        except Exception as error:
            logger.exception("run %d: %s broke", self.shared.run_id, self.subject.column.key)
            batch.end(Invalid(f"the enricher broke ({type(error).__name__}); the log says more"))
        batch.end(Invalid("the enricher handed in no outcome"))

    def _may_retry(self, job: Job, outcome: Retry) -> bool:
        return job.attempt < (outcome.tries or self.shared.pace.backoff.tries)

    def _retry(self, job: Job, outcome: Retry) -> None:
        pace = self.shared.pace
        wait_s = outcome.after_s
        if wait_s is None:
            wait_s = pace.backoff.wait_s(job.attempt, pace.chance)
        cell = (job.lead_id, job.column.id)
        again = Again(cell, job.attempt, pace.now() + wait_s)
        self.shared.settler.put(again, self._written)

    def _hold(self, outcome: Held) -> None:
        if outcome.why is HeldWhy.STOPPED or self.held is not None:
            return
        detail = self.shared.redactor.text(outcome.detail)
        self.held = Held(outcome.why, detail)
        logger.warning("column %s is held: %s: %s", self.subject.column.key, outcome.why, detail)
        remedy = remedy_of_hold(outcome.why, self.shared.run_id)
        key = self.subject.column.key
        event = ColumnHeld(self.shared.run_id, key, str(outcome.why), detail, remedy)
        self.shared.on_event(event)
        self.wake()
        self.shared.caller.wake_all()
