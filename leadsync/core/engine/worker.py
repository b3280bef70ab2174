"""The worker: joins runs, goes on with those that died, fetches late answers, fills armed columns."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from leadsync.core.access.rights import Right
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.ending import LEFT
from leadsync.core.engine.members import can_be_joined, is_alive
from leadsync.core.engine.pace import Pace, pace_of
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.resting import find_rest, next_looks
from leadsync.core.engine.running import COLLECTING, collect, drive, join, resume
from leadsync.core.engine.starting import is_wanted, start_run
from leadsync.core.engine.stop import StopSignal
from leadsync.core.errors import BusyError, LeadSyncError, StoreError
from leadsync.core.models import Run, RunState, now_iso

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from leadsync.core.engine.events import Event, RunResult
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

CYCLE_S = 5.0
_ARMED_SCOPES = (Scope.EMPTY, Scope.STALE)
"""Failed cells are asked again by people only, so that no error repeats for money."""


@dataclass(slots=True)
class Worked:
    """What a worker has done.

    Attributes:
        results: runs that it drove, in order; only of a worker that works once.
        problems: what it could not do, a sentence each.
        notes: what it leaves alone on purpose, a sentence each.
    """

    results: list[RunResult] = field(default_factory=list["RunResult"])
    problems: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])


def work(  # noqa: PLR0913 - who is told what
    workspace: Workspace,
    *,
    once: bool = False,
    stop: StopSignal | None = None,
    on_event: Callable[[Event], None] | None = None,
    on_end: Callable[[RunResult | str], None] | None = None,
    on_note: Callable[[str], None] | None = None,
    pace: Pace | None = None,
    cycle_s: float = CYCLE_S,
) -> Worked:
    """Work until stopped, or once over all that is due now.

    `on_end` is told each run that ended, and each new problem as a sentence; `on_note` what is left
    alone on purpose.

    Raises:
        AccessError: who is there may not run columns, or not any more.
        StoreError: the store cannot be used any more.
    """
    worker = _Worker(
        workspace, stop or StopSignal(), on_event, on_note, pace or pace_of(workspace.config)
    )
    asked_to_stop = threading.Event()
    forget = worker.stop.listen(asked_to_stop.set)
    try:
        while not worker.stop.is_requested:
            workspace.require(Right.ENRICH)  # a token that was revoked meanwhile ends it here
            worker.cycle()
            for ended in worker.ended:
                if on_end is not None:
                    on_end(ended)
            if not once:
                worker.done.results.clear()
            worker.ended.clear()
            if once:
                worker.tell_next_looks()
            if once or asked_to_stop.wait(cycle_s):
                break
    finally:
        forget()
    return worker.done


class _Usual(TypedDict):
    """How a worker drives any run."""

    on_event: Callable[[Event], None] | None
    pace: Pace
    waits: bool


class _Worker:
    def __init__(
        self,
        workspace: Workspace,
        stop: StopSignal,
        on_event: Callable[[Event], None] | None,
        on_note: Callable[[str], None] | None,
        pace: Pace,
    ) -> None:
        self.stop = stop
        self._on_note = on_note
        self.done = Worked()
        self.ended: list[RunResult | str] = []
        self._workspace = workspace
        self._pace = pace
        self._usual: _Usual = {"on_event": on_event, "pace": pace, "waits": False}
        self._seen = (-1, "")
        self._left_alone: set[int] = set()

    def cycle(self) -> None:
        """All that is due now."""
        store = self._workspace.store
        for run in store.runs():
            if self._is_orphan(run):
                self._try(f"run {run.id}", lambda run=run: self._go_on(run))
            elif self._can_help(run):
                self._try(f"run {run.id}", lambda run=run: self._join(run))
            elif self._has_late_answers(run):
                self._try(f"run {run.id}", lambda run=run: self._collect(run))
        seen = (store.revision(), now_iso()[:10])
        if seen == self._seen:
            return  # nothing has changed since the last look at all leads
        for column in [column for column in store.columns() if column.armed]:
            if rest := find_rest(store, column):
                (self._report if rest.is_held else self._note)(rest.words)
                continue
            for scope in _ARMED_SCOPES:
                self._try(column.key, lambda column=column, scope=scope: self._fill(column, scope))
        self._seen = seen  # what came while it filled them is looked at next, with its own writes

    def _try(self, what: str, act: Callable[[], RunResult | None]) -> None:
        if self.stop.is_requested:
            return
        try:
            result = act()
        except BusyError:
            return  # another worker was faster
        except StoreError:
            raise
        except LeadSyncError as error:
            logger.warning("%s: %s", what, error.message)
            self._report(f"{what}: {error.message}")
            return
        if result is not None:
            self.done.results.append(result)
            self.ended.append(result)

    def tell_next_looks(self) -> None:
        """Tell when late answers that were not due are asked for next."""
        for words in next_looks(self._workspace.store, self._pace.now()):
            self._note(words)

    def _report(self, problem: str) -> None:
        """Tell a problem, once."""
        if problem not in self.done.problems:
            self.done.problems.append(problem)
            self.ended.append(problem)

    def _note(self, words: str) -> None:
        """Tell what is left alone, once."""
        if words not in self.done.notes:
            self.done.notes.append(words)
            if self._on_note is not None:
                self._on_note(words)

    def _is_orphan(self, run: Run) -> bool:
        """Whether nobody works on a run that nobody stopped, and that a worker may go on with."""
        has_died = run.state is RunState.RUNNING and not is_alive(run)
        was_left = run.state is RunState.STOPPED and run.reason in LEFT
        return (has_died or was_left) and is_wanted(self._workspace.store, run)

    def _can_help(self, run: Run) -> bool:
        """Whether cells of a run are due that nobody has claimed."""
        is_ours_to_try = can_be_joined(run) and run.id not in self._left_alone
        return is_ours_to_try and self._is_due(run, late_only=False)

    def _has_late_answers(self, run: Run) -> bool:
        if run.state not in (RunState.STOPPED, RunState.HELD):
            return False
        return self._is_due(run, late_only=True)

    def _is_due(self, run: Run, *, late_only: bool) -> bool:
        moments = (
            self._workspace.store.next_due(run.id, column_id, late_only=late_only)
            for column_id in run.column_ids
        )
        return any(moment is not None and moment <= self._pace.now() for moment in moments)

    def _go_on(self, run: Run) -> RunResult:
        if run.reason == COLLECTING:  # whoever stopped it did not want the rest
            return self._collect(run)
        with self._own_stop() as stop:
            return resume(self._workspace, run.id, stop=stop, **self._usual)

    def _join(self, run: Run) -> RunResult:
        with self._own_stop() as stop:
            result = join(self._workspace, run.id, stop=stop, **self._usual)
        if result.state is RunState.HELD:  # others have what we lack, or are held themselves
            self._left_alone.add(run.id)
        return result

    def _collect(self, run: Run) -> RunResult:
        with self._own_stop() as stop:
            return collect(self._workspace, run.id, stop=stop, **self._usual)

    @contextmanager
    def _own_stop(self) -> Generator[StopSignal]:
        """A stop signal for one run: stopping that run alone does not stop the worker."""
        own = StopSignal()
        forget = self.stop.listen(own.request)
        try:
            yield own
        finally:
            forget()

    def _fill(self, column: Column, scope: Scope) -> RunResult | None:
        if find_rest(self._workspace.store, column):
            return None
        plan = make_plan(self._workspace, [column.key], filter_doc={}, scope=scope)
        if not plan.cells:
            return None
        run = start_run(self._workspace, plan, by_itself=True)
        with self._own_stop() as stop:
            return drive(self._workspace, run.id, stop=stop, **self._usual)
