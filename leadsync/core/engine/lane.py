"""The lane of one column in a run: claims its cells, hands them to the enricher, takes outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, cast

from leadsync.core.engine.asking import ask
from leadsync.core.engine.batch import BatchContext
from leadsync.core.engine.claims import Claims
from leadsync.core.engine.enricher import CallFailed, Job, LateAnswers
from leadsync.core.engine.events import ColumnHeld, Waiting
from leadsync.core.engine.late import (
    Asked,
    LateJob,
    by_handle,
    handles_of,
    with_start,
)
from leadsync.core.engine.late_waits import LateWaits
from leadsync.core.engine.outcome_cells import cells_after, detail_of, ended, inputs_of, task_of
from leadsync.core.engine.outcomes import Held, HeldWhy, Pending, Retry
from leadsync.core.engine.provider_lines import MARKED_AHEAD
from leadsync.core.engine.remedies import remedy_of_hold
from leadsync.core.engine.returning import asked_again, may_retry, put_off
from leadsync.core.engine.settings import account_of
from leadsync.core.engine.settling import Settled, Unasked
from leadsync.core.erasure.redacting import blank_if_erased, without_erased
from leadsync.core.models import Reason
from leadsync.core.store.derive import InputHasher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.cells import CellReader, Subject
    from leadsync.core.engine.claims import Claimed
    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.engine.outcome_cells import Settling
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.engine.purse import Purse
    from leadsync.core.engine.settling import Item
    from leadsync.core.engine.shared import Shared

    Batch = list[Job] | list[LateJob]

logger = logging.getLogger(__name__)

JUDGED_FOR_S = 2.0
"""So long after a look at its lead a request may leave: who is suppressed meanwhile is left out."""
IN_HAND_AT_MOST = 5000
"""No more is claimed while so many cells are asked or wait to be written: 2.5 kB of memory each.

Where answers come faster than the store takes them, all that is left would pile up.
"""


class Lane:
    """One column of a run.

    Attributes:
        purse: what its requests are paid from.
        held: what the column waits for; None while it works.
        late_waits: its cells that wait for late answers.
        ended: set when nothing of it is in flight any more.
    """

    def __init__(self, subject: Subject, reader: CellReader, shared: Shared, purse: Purse) -> None:
        """Take a column, what its requests are paid from, and what all lanes of the run share."""
        self.subject = subject
        self.shared = shared
        self.purse = purse
        self._accounts: dict[tuple[str, ...], str] = {}
        self.held: Held | None = None
        self.late_waits = LateWaits()
        self.ended = asyncio.Event()
        self._claims = Claims(subject, reader, shared)
        self._hasher = InputHasher(subject.column)
        # Beside those in flight, some get their mark in the journal.
        self._workers = shared.width + shared.width // MARKED_AHEAD
        self._batches: asyncio.Queue[tuple[Batch, float] | None] = asyncio.Queue(shared.width)
        self._changed = asyncio.Event()
        self._in_hand = 0
        self._said_waiting = 0
        self._kept = 0
        self._is_early = False
        self._can_poll = isinstance(subject.enricher, LateAnswers)

    @property
    def _name(self) -> str:
        return f"run {self.shared.run_id}: {self.subject.column.key}"

    @property
    def column_id(self) -> int:
        """The column that it fills."""
        return self.subject.column.id

    @property
    def is_open(self) -> bool:
        """Whether requests may leave."""
        is_free = self.held is None and not self.shared.collects_only
        return is_free and not self._is_early and not self.shared.stop.is_requested

    @property
    def collects(self) -> bool:
        """Whether late answers are fetched: also where a cap or spent credits hold the column."""
        return self._can_poll and not self.shared.stop.is_requested

    def account(self, request: CallRequest) -> str:
        """A mark of the keys that a request is sent with: those of one key share its limits."""
        names = self.subject.description.secrets if request.secrets is None else request.secrets
        if names not in self._accounts:
            self._accounts[names] = account_of(self.shared.config, names)
        return self._accounts[names]

    def check(self) -> None:
        """Let a request pass, or end its jobs.

        Raises:
            CallFailed: the column is held, or the run stops.
        """
        if self.held is not None:
            raise CallFailed(self.held)
        if self.shared.stop.is_requested or not self.shared.follows:
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
                if not self.collects:
                    return
            # Cells of theirs that are left wait for late answers; ours are asked when these are in.
            self._is_early = await self.shared.thread.do(lambda: self._are_left(before))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feed())
                for _ in range(self._workers):
                    group.create_task(self._work())
        finally:
            self.ended.set()

    def wake(self) -> None:
        """Look again: the run stops, or the column is held."""
        self._changed.set()
        self.purse.wake_all()

    def take(self, job: Job, outcome: Outcome, asked: Asked | None = None) -> None:
        """Take the outcome of a job; `asked` where its answer was late."""
        match outcome:
            case Held():
                self._hold(outcome, from_poll=asked is not None)
                self._in_hand -= 1  # it stays claimed, until the run is left
                self._kept += asked is not None
            case Pending() if self._can_poll:
                pace = self.shared.pace
                input_hash = asked.input_hash if asked else self._hasher.of(job.values)
                begun = asked.bill if asked else outcome.bill
                self.late_waits.note(job.lead_id, begun.call_ids)
                self._put(put_off(job, outcome, asked, input_hash=input_hash, pace=pace))
            case Retry() if may_retry(job, outcome, asked, self.shared.pace):
                if outcome.anew:
                    self.late_waits.over(job.lead_id)
                again = asked_again(job, outcome, asked, self.shared.pace)
                cause = self.shared.redactor.text(outcome.detail)
                self.shared.hold_ups.note(cause, again.not_before)
                self._put(again)
            case _:
                self._settle(job, ended(outcome), asked)

    def _settle(self, job: Job, final: Settling, asked: Asked | None) -> None:
        if asked is not None:
            self.late_waits.over(job.lead_id)
            final = with_start(final, asked.bill)
        final = without_erased(final, self.shared.redactor)
        task = task_of(
            job,
            final,
            run_id=self.shared.run_id,
            input_hash=asked.input_hash if asked else self._hasher.of(job.values),
            inputs=asked.inputs if asked else inputs_of(job),
            detail=self.shared.redactor.text(detail_of(final)),
        )
        subject = self.subject
        values = cells_after(subject.column, subject.targets, final)
        values = {key: blank_if_erased(cell) for key, cell in values.items()}
        self._put(Settled(task, values))

    def skip(self, lead_id: int, why: str) -> None:
        """Leave a cell unasked."""
        self._put(Unasked((lead_id, self.subject.column.id), why))

    def _put(self, item: Item) -> None:
        self.shared.settler.put(item, self._written)

    # the queue -------------------------------------------------------------------------------
    async def _feed(self) -> None:
        size = self.subject.description.batch_size
        most = max(IN_HAND_AT_MOST, self._workers * size)
        while self.is_open or self.collects:
            self._changed.clear()
            if self._in_hand >= most:
                await self._wait(None)
                continue
            claimed_at = self.shared.pace.now()
            claimed = await self.shared.thread.do(self._claim)
            self._in_hand += claimed.number
            for lead_id, why in claimed.unasked:
                self.skip(lead_id, why)
            self.late_waits.note_all(claimed.late)
            for late in by_handle(claimed.late):
                await self._batches.put((late, claimed_at))
            for at in range(0, len(claimed.jobs), size):
                await self._batches.put((claimed.jobs[at : at + size], claimed_at))
            if claimed.number:
                continue
            if not self._in_hand and (claimed.due is None or await self._only_kept()):
                break
            if not self._in_hand and await self._only_waits() and not self.shared.waits:
                break
            await self._wait(claimed.due)
        for _ in range(self._workers):
            await self._batches.put(None)

    def _are_left(self, before: Sequence[Lane]) -> bool:
        """On the store's thread: whether columns that this one reads have cells left."""
        if not before:
            return False
        left = self.shared.store.queue_counts(self.shared.run_id)
        columns = {lane.column_id for lane in before}
        return any(column_id in columns for column_id, _ in left)

    async def _only_waits(self) -> bool:
        """Whether nothing is left but to wait; tells it once for each number of cells."""
        left = await self._left()
        waiting = left.get(str(Reason.WAITING), 0)
        if waiting and waiting != self._said_waiting:
            self._said_waiting = waiting
            column = self.subject.column
            self.shared.on_event(Waiting(self.shared.run_id, column.key, waiting))
        return waiting == sum(left.values()) or (waiting > 0 and not self.is_open)

    async def _only_kept(self) -> bool:
        """Whether all late cells are held: nothing more is done until the run is left."""
        if not self._kept or self.is_open:
            return False
        left = await self._left()
        late = left.get(str(Reason.WAITING), 0) + left.get(str(Reason.RUNNING), 0)
        return late <= self._kept

    async def _left(self) -> dict[str, int]:
        """Cells of the column that are left, by reason."""
        run_id, own = self.shared.run_id, self.column_id
        left = await self.shared.thread.do(lambda: self.shared.store.queue_counts(run_id))
        return {reason: number for (column_id, reason), number in left.items() if column_id == own}

    async def _wait(self, due: float | None) -> None:
        """Until a cell is due, something of ours was written, or it is time to look again.

        Cells in the hands of other processes may come back at any time.
        """
        pace = self.shared.pace
        pause_s = pace.beat_s if due is None else min(pace.beat_s, max(0.02, due - pace.now()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._changed.wait()

    def _claim(self) -> Claimed:
        """On the store's thread."""
        return self._claims.claim(asks=self.is_open, collects=self.collects)

    def _written(self) -> None:
        self._in_hand -= 1
        self._changed.set()

    # asking ----------------------------------------------------------------------------------
    async def _work(self) -> None:
        while (taken := await self._batches.get()) is not None:
            batch, claimed_at = taken
            late = [item for item in batch if isinstance(item, LateJob)]
            jobs = [item for item in batch if isinstance(item, Job)]
            if late and self.collects:
                asked = {item.job.lead_id: item.asked for item in late}
                poller = cast("LateAnswers", self.subject.enricher)
                context = BatchContext(self, [item.job for item in late], asked)
                await ask(poller.poll(handles_of(late), context), context, self._name)
            elif jobs and self.is_open:
                if not (jobs := await self._judged(jobs, claimed_at)):
                    continue
                context = BatchContext(self, jobs)
                await ask(self.subject.enricher.run(jobs, context), context, self._name)
            else:
                self._in_hand -= len(batch)

    async def _judged(self, jobs: list[Job], claimed_at: float) -> list[Job]:
        """Of jobs whose turn has come late those that are still to be asked, as their leads are now."""
        if self.shared.pace.now() - claimed_at < JUDGED_FOR_S:
            return jobs
        again = await self.shared.thread.do(lambda: self._claims.judge_again(jobs))
        for lead_id, why in again.unasked:
            self.skip(lead_id, why)
        return again.jobs

    def _hold(self, outcome: Held, *, from_poll: bool) -> None:
        if outcome.why is HeldWhy.STOPPED or outcome is self.held:
            return
        if from_poll or outcome.why is HeldWhy.AUTH:
            self._can_poll = False
        if self.held is not None:
            return
        detail = self.shared.redactor.text(outcome.detail)
        self.held = Held(outcome.why, detail)
        logger.warning("column %s is held: %s: %s", self.subject.column.key, outcome.why, detail)
        remedy = remedy_of_hold(outcome.why, self.shared.run_id, detail)
        key = self.subject.column.key
        event = ColumnHeld(self.shared.run_id, key, str(outcome.why), detail, remedy)
        self.shared.on_event(event)
        self.wake()
        self.shared.caller.lines.wake_all()
