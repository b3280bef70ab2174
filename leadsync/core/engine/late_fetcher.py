"""The fetcher of late answers: settles cells of runs for which something has come in.

A run that somebody works on is left to them: they look for its late answers themselves.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from leadsync.core.engine.pace import pace_of
from leadsync.core.engine.results import get_run
from leadsync.core.engine.running import collect
from leadsync.core.engine.stop import StopSignal
from leadsync.core.errors import BusyError, LeadSyncError, NotFound
from leadsync.core.models import Reason, RunState

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.events import RunResult
    from leadsync.core.models import Run
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

CYCLE_S = 1.0


class LateFetcher:
    """Fetches in a thread of its own, until closed."""

    def __init__(
        self, workspace: Workspace, stop: StopSignal, on_end: Callable[[RunResult], None]
    ) -> None:
        """Take the workspace, what ends it, and who is told of runs whose cells were settled."""
        self._workspace = workspace
        self._stop = stop
        self._on_end = on_end
        self._pace = pace_of(workspace.config)
        self._runs: set[int] = set()
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._is_closed = False
        self._told: dict[int, str] = {}

    def add(self, run_id: int) -> None:
        """Something has come in for a run."""
        with self._lock:
            self._runs.add(run_id)
        self._changed.set()

    def close(self) -> None:
        """Let `run` end when what it does now is done."""
        self._is_closed = True
        self._changed.set()

    def run(self) -> None:
        """Fetch what is due, again and again; at first of every run that was left waiting."""
        forget = self._stop.listen(self._changed.set)
        try:
            self._find_left()
            while not self._is_closed:
                self._changed.clear()
                with self._lock:
                    runs = sorted(self._runs)
                for run_id in runs:
                    self._try(run_id)
                self._changed.wait(CYCLE_S if runs else None)
        finally:
            forget()

    def _find_left(self) -> None:
        """Take in what came in before the last end and was not fetched then."""
        try:
            left = [run.id for run in self._workspace.store.runs() if _rests(run)]
        except LeadSyncError as error:
            logger.warning("runs that were left waiting are not known: %s", error.message)
            return
        with self._lock:
            self._runs.update(left)

    def _try(self, run_id: int) -> None:
        if self._stop.is_requested:
            return
        try:
            if not self._fetch(run_id):
                with self._lock:
                    self._runs.discard(run_id)
        except BusyError:
            return  # whoever was faster fetches it, or leaves it to the next look
        except LeadSyncError as error:
            if self._told.get(run_id) != error.message:
                self._told[run_id] = error.message
                words = "run %d: late answers stay where they are: %s"
                logger.warning(words, run_id, error.message)

    def _fetch(self, run_id: int) -> bool:
        """Fetch what is due of a run; whether more may come."""
        try:
            run = get_run(self._workspace, run_id)
        except NotFound:
            return False
        left = self._workspace.store.queue_counts(run_id)
        if not any(reason == str(Reason.WAITING) for _, reason in left):
            return run.state is RunState.RUNNING  # its start may not be written down yet
        if _rests(run) and self._is_due(run):
            own = StopSignal()  # stopping that run alone does not stop us
            forget = self._stop.listen(own.request)
            try:
                result = collect(self._workspace, run_id, stop=own, pace=self._pace, waits=False)
            finally:
                forget()
            self._on_end(result)
        return True

    def _is_due(self, run: Run) -> bool:
        moments = (
            self._workspace.store.next_due(run.id, column_id, late_only=True)
            for column_id in run.column_ids
        )
        return any(moment is not None and moment <= self._pace.now() for moment in moments)


def _rests(run: Run) -> bool:
    """Whether nobody works on a run that is not done; one that died is left to a worker."""
    return run.state in (RunState.STOPPED, RunState.HELD)
