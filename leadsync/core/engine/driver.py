"""The driver of a run: from the queue to settled cells, until it is done, held or stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.budget import Budget, Purse
from leadsync.core.engine.calling import Caller
from leadsync.core.engine.cells import CellReader, read_subjects
from leadsync.core.engine.daily_caps import daily_cap, spent_today
from leadsync.core.engine.events import Progress, RunResult, Stopping
from leadsync.core.engine.journal import Journal, lost, most_of
from leadsync.core.engine.lane import Lane
from leadsync.core.engine.outcomes import HeldWhy
from leadsync.core.engine.recount import true_tally
from leadsync.core.engine.remedies import remedy_of_hold
from leadsync.core.engine.settling import Settler
from leadsync.core.engine.shared import Shared
from leadsync.core.engine.store_thread import StoreThread
from leadsync.core.engine.tally import SKIPPED, Tally
from leadsync.core.engine.turns import Turns
from leadsync.core.errors import BusyError, LeadSyncError
from leadsync.core.models import CallState, Run, RunState, from_doc, now_iso
from leadsync.core.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.engine.cells import Subject
    from leadsync.core.engine.events import Event
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

_DIED = "its process ended before the answer was written down"


class Driver:
    """Drives one run that this process holds."""

    def __init__(
        self,
        workspace: Workspace,
        run: Run,
        *,
        stop: StopSignal,
        on_event: Callable[[Event], None],
        pace: Pace,
        waits: bool = True,
        collects_for: Run | None = None,
    ) -> None:
        """Take a run that this process holds.

        Without `waits` it is left when only late answers are missing. With `collects_for`, the run
        as it was found, only its late answers are fetched.
        """
        self._waits = waits
        self._collects_for = collects_for
        self._workspace = workspace
        self._store = workspace.store
        self._run = run
        self._stop = stop
        self._on_event = on_event
        self._pace = pace
        self._thread = StoreThread()
        self._tally = Tally(run.counts)
        self._settled_before = self._tally.settled
        self._over = asyncio.Event()
        self._asked_to_stop = asyncio.Event()
        self._urgent = asyncio.Event()
        self._lanes: list[Lane] = []

    async def drive(self) -> RunResult:
        """Do the rest of the run.

        Raises:
            BusyError: another process took the run over.
            LeadSyncError: the store failed.
        """
        loop = asyncio.get_running_loop()

        def notice() -> None:
            loop.call_soon_threadsafe(self._notice_stop)

        forget = self._stop.listen(notice)
        try:
            return await self._drive()
        except BaseException:
            with contextlib.suppress(LeadSyncError):
                self._leave(RunState.STOPPED, "it broke off")
            raise
        finally:
            forget()
            self._thread.close()

    async def _drive(self) -> RunResult:
        self._began = asyncio.get_running_loop().time()
        subjects = await self._thread.do(self._prepare)
        shared, journal = self._assemble(subjects)
        self._lanes = await self._thread.do(lambda: self._make_lanes(subjects, shared))
        self._notice_stop()
        try:
            async with asyncio.TaskGroup() as services:
                for service in journal.services:
                    services.create_task(service.serve())
                services.create_task(shared.settler.serve())
                services.create_task(self._beat())
                await self._work()
                self._over.set()
                for service in journal.services:
                    service.close()
                shared.settler.close()
        finally:
            await shared.caller.close()
        return await self._thread.do(self._conclude)

    def _prepare(self) -> list[Subject]:
        """On the store's thread: the columns, and what earlier drives of the run have spent."""
        by_id = {column.id: column for column in self._store.columns()}
        columns = [by_id[i] for i in self._run.column_ids if i in by_id]
        paid, unanswered = self._store.spending(self._run.id)
        died = [lost(call, _DIED) for call in unanswered if call.state is CallState.SENT]
        if died:
            logger.warning("run %d: %d calls without an answer", self._run.id, len(died))
            self._store.finish_calls(died)
        self._tally = true_tally(self._store, self._run)
        self._settled_before = self._tally.settled
        at_most = sum(most_of(call) for call in unanswered)
        self._budget = Budget(self._run.caps.get("usdMicros"), spent=paid, lost=at_most)
        return read_subjects(self._store, columns)

    def _make_lanes(self, subjects: Sequence[Subject], shared: Shared) -> list[Lane]:
        """On the store's thread: a lane a column, each with its daily cap."""
        reader = CellReader(self._store, subjects)
        lanes: list[Lane] = []
        for subject in subjects:
            budgets = [self._budget]
            cap = daily_cap(subject.column)
            if cap is not None:
                spent, lost_today = spent_today(self._store, subject.column)
                name = f'the daily cap of "{subject.column.key}"'
                budgets.append(Budget(cap, spent=spent, lost=lost_today, name=name))
            lanes.append(Lane(subject, reader, shared, Purse(*budgets)))
        return lanes

    def _assemble(self, subjects: Sequence[Subject]) -> tuple[Shared, Journal]:
        config = self._workspace.config
        redactor = Redactor(config.secrets_in_use())
        journal = Journal(self._store, self._thread, redactor, run_id=self._run.id)
        width = int(self._run.caps.get("concurrency") or config.concurrency)
        caller = Caller(
            journal=journal,
            tally=self._tally,
            pace=self._pace,
            width=width,
            stop=self._stop,
            only_own_answers_of=self._run.id if self._run.caps.get("noCache") else None,
            new_turns=partial(Turns, store=self._store, thread=self._thread, now=self._pace.now),
        )
        names = ", ".join(subject.column.key for subject in subjects)
        settler = Settler(
            self._store,
            self._thread,
            self._run,
            label=f"enrich {names} (run {self._run.id})",
            tally=self._tally,
            budget=self._budget,
            pace=self._pace,
            on_event=self._on_event,
        )
        self._caller, self._settler = caller, settler
        shared = Shared(
            run_id=self._run.id,
            holder=self._run.holder,
            width=width,
            store=self._store,
            config=config,
            thread=self._thread,
            caller=caller,
            settler=settler,
            redactor=redactor,
            pace=self._pace,
            stop=self._stop,
            on_event=self._on_event,
            collects_only=self._collects_for is not None,
            waits=self._waits,
        )
        return shared, journal

    async def _work(self) -> None:
        """All lanes, until they end or a stop has waited long enough."""
        by_column = {lane.subject.column.id: lane for lane in self._lanes}
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(lane.run([by_column[i] for i in lane.subject.before]))
                for lane in self._lanes
            ]
            watch = group.create_task(self._watch_stop(tasks))
            for lane in self._lanes:
                await lane.ended.wait()
            watch.cancel()

    # stopping --------------------------------------------------------------------------------
    def _notice_stop(self) -> None:
        if self._stop.is_requested:
            self._asked_to_stop.set()
        if self._stop.is_urgent:
            self._urgent.set()

    async def _watch_stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        await self._asked_to_stop.wait()
        known = [most for most in self._caller.in_flight.values() if most is not None]
        is_known = len(known) == len(self._caller.in_flight)
        at_most = sum(known) if is_known else None
        self._on_event(Stopping(self._run.id, len(self._caller.in_flight), at_most))
        self._caller.wake_all()
        for lane in self._lanes:
            lane.wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pace.grace_s):
                await self._urgent.wait()
        for task in tasks:
            task.cancel()

    # the beat --------------------------------------------------------------------------------
    async def _beat(self) -> None:
        """Keep the lease, look for a stop asked elsewhere, tell how far the run is."""
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.beat_s):
                    await self._over.wait()
            if await self._thread.do(self._keep_lease) and not self._stop.is_requested:
                self._stop.request()
            self._on_event(self._progress())

    def _keep_lease(self) -> bool:
        """On the store's thread: whether another process asked for a stop."""
        found = self._store.get_document("runs", self._run.id)
        run = from_doc(Run, found) if found else self._run
        if run.holder != self._run.holder:
            raise BusyError(f"run {run.id} was taken over by another process")
        until = self._pace.now() + self._pace.lease_s
        if run.lease_until < until - self._pace.lease_s / 4:
            self._store.update_run(run.id, {"leaseUntil": until})
        return run.stop_requested

    def _progress(self) -> Progress:
        settled = self._tally.settled
        lately = settled - self._settled_before
        passed = asyncio.get_running_loop().time() - self._began
        left = max(0, self._run.planned - settled)
        return Progress(
            run_id=self._run.id,
            settled=settled,
            total=self._run.planned,
            in_flight=len(self._caller.in_flight),
            counts=dict(self._tally.counts),
            cost_usd_micros=self._budget.spent,
            eta_s=passed / lately * left if lately else None,
        )

    # the end ---------------------------------------------------------------------------------
    def _conclude(self) -> RunResult:
        """On the store's thread: the state of the run now, and what became of it."""
        left = sum(self._store.queue_counts(self._run.id).values())
        state, why, reason = self._state(left)
        self._leave(state, reason)
        tally = self._tally
        counts = {name: number for name, number in tally.counts.items() if name != SKIPPED}
        logger.info("run %d: %s, %d settled, %d left", self._run.id, state, tally.settled, left)
        return RunResult(
            run_id=self._run.id,
            state=state,
            planned=self._run.planned,
            counts=counts,
            skipped=dict(tally.skipped),
            left=left,
            cost_usd_micros=self._budget.spent,
            at_most_usd_micros=self._budget.lost,
            unpriced_calls=tally.unpriced,
            units=dict(tally.units),
            errors=tally.groups,
            reason=reason,
            remedy=remedy_of_hold(why, self._run.id) if why else "",
            unit_id=self._settler.unit_id,
        )

    def _state(self, left: int) -> tuple[RunState, HeldWhy | None, str]:
        held = next((lane.held for lane in self._lanes if lane.held is not None), None)
        if not left:
            return RunState.DONE, None, ""
        before = self._collects_for
        if before is not None:
            state = RunState.HELD if before.state is RunState.HELD else RunState.STOPPED
            return state, HeldWhy.STOPPED, before.reason
        if self._stop.is_requested:
            return RunState.STOPPED, HeldWhy.STOPPED, "stopped"
        if held is None and not self._waits:
            return RunState.STOPPED, HeldWhy.STOPPED, "its answers come later"
        if held is None:
            return RunState.STOPPED, HeldWhy.STOPPED, "a column of it was removed"
        return RunState.HELD, held.why, f"{held.why}: {held.detail}"

    def _leave(self, state: RunState, reason: str) -> None:
        found = self._store.get_document("runs", self._run.id)
        if found is None or found.get("holder") != self._run.holder:
            return  # somebody else's by now
        self._store.release(self._run.id, reason="held")
        ending: dict[str, Any] = {
            "state": str(state),
            "reason": reason,
            "holder": "",
            "leaseUntil": 0.0,
            "counts": dict(self._tally.counts),
            "finishedAt": now_iso(),
        }
        if self._stop.is_requested and self._waits:
            ending["stopRequested"] = True  # somebody did it, not the end of a worker
        self._store.update_run(self._run.id, ending)
