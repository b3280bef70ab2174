"""The driver of a run: from the queue to settled cells, until it is done, held or stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from leadsync.core.access.guard import is_let_in
from leadsync.core.engine.aborting import abort_late
from leadsync.core.engine.calling_many import ManyCaller
from leadsync.core.engine.cells import CellReader, read_subjects
from leadsync.core.engine.ending import Drive, Leaving
from leadsync.core.engine.events import Progress, RunResult, Stopping
from leadsync.core.engine.filled import replaces_all
from leadsync.core.engine.hold_ups import HoldUps
from leadsync.core.engine.journal import Journal, count_unpriced, most_of
from leadsync.core.engine.lane import Lane
from leadsync.core.engine.late_waits import booked
from leadsync.core.engine.members import Membership
from leadsync.core.engine.provider_lines import ProviderLines
from leadsync.core.engine.purses import Purses
from leadsync.core.engine.recount import true_counts
from leadsync.core.engine.remedies import remedy_of_hold
from leadsync.core.engine.results import counted_of
from leadsync.core.engine.settling import Settler
from leadsync.core.engine.shared import Shared
from leadsync.core.engine.starting import is_wanted
from leadsync.core.engine.store_thread import StoreThread
from leadsync.core.engine.tally import SKIPPED, Tally
from leadsync.core.engine.turns import Turns
from leadsync.core.erasure.redacting import redactor_for
from leadsync.core.errors import LeadSyncError
from leadsync.core.models import Reason, RunState, now_iso

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.engine.cells import Subject
    from leadsync.core.engine.events import Event
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.models import Doc, Run
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)


class Driver:
    """Drives one run that this process is a member of, alone or beside others."""

    def __init__(  # noqa: PLR0913 - what a drive is
        self,
        workspace: Workspace,
        run: Run,
        holder: str,
        *,
        stop: StopSignal,
        on_event: Callable[[Event], None],
        pace: Pace,
        waits: bool = True,
        collects_for: Run | None = None,
    ) -> None:
        """Take a run, and the name under which this process is a member of it.

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
        self._tally = Tally()
        self._member = Membership(self._store, run.id, holder, lease_s=pace.lease_s, now=pace.now)
        self._hold_ups = HoldUps(pace.now)
        self._is_unwanted = False
        self._over = asyncio.Event()
        self._asked_to_stop = asyncio.Event()
        self._stop_is_told = asyncio.Event()
        self._urgent = asyncio.Event()
        self._lanes: list[Lane] = []
        self._purses = Purses(
            workspace, run, thread=self._thread, member=self._member, now=pace.now
        )

    async def drive(self) -> RunResult:
        """Do the rest of the run.

        Raises:
            BusyError: another process took this one for dead.
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
                self._purses.close()
                self._member.leave(_broken_off)
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
                settling = services.create_task(shared.settler.serve())
                services.create_task(self._beat())
                await self._work()
                shared.settler.close()
                await settling
                await self._abort()
                self._over.set()
                for service in journal.services:
                    service.close()
        finally:
            await shared.caller.lines.close()
        return await self._thread.do(self._conclude)

    def _prepare(self) -> list[Subject]:
        """On the store's thread: the columns of the run."""
        by_id = {column.id: column for column in self._store.columns()}
        columns = [by_id[i] for i in self._run.column_ids if i in by_id]
        return read_subjects(self._store, columns)

    def _make_lanes(self, subjects: Sequence[Subject], shared: Shared) -> list[Lane]:
        """On the store's thread: a lane a column, each with the caps that hold for it."""
        reader = CellReader(self._store, subjects, replaces=replaces_all(self._run))
        return [
            Lane(subject, reader, shared, self._purses.purse(subject.column))
            for subject in subjects
        ]

    def _assemble(self, subjects: Sequence[Subject]) -> tuple[Shared, Journal]:
        config = self._workspace.config
        redactor = redactor_for(self._store, config.secrets_in_use())
        journal = Journal(
            self._store, self._thread, redactor, run_id=self._run.id, holder=self._member.holder
        )
        width = int(self._run.caps.get("concurrency") or config.concurrency)
        caller = ManyCaller(
            journal=journal,
            tally=self._tally,
            pace=self._pace,
            lines=ProviderLines(
                pace=self._pace,
                width=width,
                stop=self._stop,
                new_turns=partial(
                    Turns, store=self._store, thread=self._thread, now=self._pace.now
                ),
            ),
            only_own_answers_of=self._run.id if self._run.caps.get("noCache") else None,
        )
        names = ", ".join(subject.column.key for subject in subjects)
        settler = Settler(
            self._store,
            self._thread,
            self._run,
            member=self._member,
            label=f"enrich {names} (run {self._run.id})",
            tally=self._tally,
            pace=self._pace,
            on_event=self._on_event,
        )
        self._caller, self._settler = caller, settler
        shared = Shared(
            run_id=self._run.id,
            holder=self._member.holder,
            width=width,
            store=self._store,
            config=config,
            thread=self._thread,
            caller=caller,
            settler=settler,
            redactor=redactor,
            pace=self._pace,
            stop=self._stop,
            hold_ups=self._hold_ups,
            on_event=self._on_event,
            collects_only=self._collects_for is not None,
            follows=self._collects_for is None or _was_left(self._collects_for),
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
            if self._asked_to_stop.is_set():
                await self._stop_is_told.wait()
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
        in_flight = len(self._caller.in_flight)
        late, booked_for_late = await self._thread.do(self._late)
        self._on_event(Stopping(self._run.id, in_flight, at_most, late, booked_for_late))
        self._stop_is_told.set()
        self._caller.lines.wake_all()
        for lane in self._lanes:
            lane.wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pace.grace_s):
                await self._urgent.wait()
        for task in tasks:
            task.cancel()

    def _late(self) -> tuple[int, int | None]:
        """On the store's thread: cells that wait for late answers, and what these may cost."""
        left = self._store.queue_counts(self._run.id)
        queued = sum(n for (_, reason), n in left.items() if reason == str(Reason.WAITING))
        known = sum(len(lane.late_waits) for lane in self._lanes)
        if known < queued:  # others wait that were not due since this process began
            return queued, None
        call_ids = {call_id for lane in self._lanes for call_id in lane.late_waits.call_ids}
        return known, booked(self._store.calls(call_ids=sorted(call_ids)))

    async def _abort(self) -> None:
        """End what goes on at providers where somebody stops the run; workers may leave it."""
        if not self._stop.is_requested or self._stop.is_urgent:
            return
        if self._waits or await self._thread.do(lambda: self._member.renew().stop_requested):
            await abort_late(self._lanes, self._pace.grace_s)

    # the beat --------------------------------------------------------------------------------
    async def _beat(self) -> None:
        """Keep the lease, look for a stop asked elsewhere, tell how far the run is."""
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.beat_s):
                    await self._over.wait()
            if await self._thread.do(self._keep_lease) and not self._stop.is_requested:
                self._stop.request()
            await self._purses.follow()
            await self._purses.state()
            self._on_event(self._progress())

    def _keep_lease(self) -> bool:
        """On the store's thread: whether the run is to stop.

        Somebody has asked for it, whose login it is may not be here any more, or a worker began it
        by itself and its column is not armed any more.
        """
        run = self._member.renew()
        if self._is_stopped_by_hand and not run.stop_requested:
            run = self._store.update_run(run.id, {"stopRequested": True})
        self._is_unwanted = not is_wanted(self._store, run)
        return run.stop_requested or self._is_unwanted or not is_let_in(self._store)

    @property
    def _is_stopped_by_hand(self) -> bool:
        """Whether somebody stopped the run here; the end of a worker is none of the run's."""
        return self._stop.is_requested and self._waits

    def _progress(self) -> Progress:
        counts = self._settler.run.counts
        settled = sum(counts.values())
        lately = settled - sum(self._run.counts.values())
        passed = asyncio.get_running_loop().time() - self._began
        left = max(0, self._run.planned - settled)
        return Progress(
            run_id=self._run.id,
            settled=settled,
            total=self._run.planned,
            in_flight=len(self._caller.in_flight),
            counts=counts,
            cost_usd_micros=self._settler.run.cost_usd_micros,
            eta_s=passed / lately * left if lately else None,
            waiting_for=self._hold_ups.tell(self._caller.lines.pauses()),
        )

    # the end ---------------------------------------------------------------------------------
    def _conclude(self) -> RunResult:
        """On the store's thread: leave the run, and say what became of it."""
        self._purses.close()
        held = next((lane.held for lane in self._lanes if lane.held is not None), None)
        drive = Drive(
            held,
            is_stopped=self._stop.is_requested,
            is_unwanted=self._is_unwanted,
            is_stopped_by_hand=self._is_stopped_by_hand,
            waits=self._waits,
            collected_for=self._collects_for,
        )
        run = self._member.leave(partial(self._end, drive))
        left = sum(self._store.queue_counts(run.id).values())
        end = drive.ending(Leaving(run, left, is_last=not run.members))
        paid, unanswered = self._store.spending(run.id)
        units, unpriced = counted_of(self._store, run.id)
        tally = self._tally
        counts = {name: number for name, number in run.counts.items() if name != SKIPPED}
        logger.info("run %d: %s, %d settled, %d left", run.id, end.state, tally.settled, left)
        return RunResult(
            run_id=run.id,
            state=end.state,
            planned=run.planned,
            counts=counts,
            skipped=dict(tally.skipped),
            left=left,
            cost_usd_micros=paid,
            at_most_usd_micros=sum(most_of(call) for call in unanswered),
            unpriced_calls=unpriced,
            unpriced_lost=count_unpriced(unanswered),
            units=units,
            errors=tally.groups,
            reason=end.reason,
            remedy=remedy_of_hold(end.why, run.id, end.reason) if end.why else "",
            unit_id=run.unit_id,
            is_last=not run.members,
        )

    def _end(self, drive: Drive, at: Leaving) -> Doc:
        """The fields of the run when this process has left it."""
        stop: Doc = {"stopRequested": True} if drive.is_stopped_by_hand and at.left else {}
        if at.left and not at.is_last:
            return stop
        end = drive.ending(at)
        fields = {"state": str(end.state), "reason": end.reason, "finishedAt": now_iso(), **stop}
        if at.is_last:
            paid, _ = self._store.spending(at.run.id)
            fields |= {"counts": dict(true_counts(self._store, at.run)), "costUsdMicros": paid}
        return fields


def _broken_off(at: Leaving) -> Doc:
    if not at.is_last:
        return {}
    return {"state": str(RunState.STOPPED), "reason": "it broke off", "finishedAt": now_iso()}


def _was_left(run: Run) -> bool:
    """Whether a run was left for its late answers alone: nobody stopped it, and nothing holds it."""
    return run.state is RunState.STOPPED and not run.stop_requested
