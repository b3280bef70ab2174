"""Runs that an AI client starts: planned, capped by what the server may still spend, driven here."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.assistant.bounds import bounded
from leadsync.core.assistant.reading import read_run
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.enricher import Sends
from leadsync.core.engine.kinds import find_enricher
from leadsync.core.engine.plan_text import plan_lines
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.running import StopSignal, drive
from leadsync.core.engine.starting import start_run
from leadsync.core.errors import AccessError, BusyError, InputError, LeadSyncError
from leadsync.core.selection import select

if TYPE_CHECKING:
    from leadsync.core.assistant.allowance import Allowance
    from leadsync.core.engine.plan import Plan
    from leadsync.core.models import Doc
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

LONGEST_WAIT_S = 60.0
STOPS_WITHIN_S = 12.0  # a stop waits 10 s for answers in flight, then settles


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants to be filled.

    Attributes:
        scope: default empty stale failed all.
        limit: at most so many leads; None: all that match.
    """

    column: str
    where: str = ""
    campaign: str = ""
    scope: str = "default"
    limit: int | None = None


@dataclass(slots=True)
class _Drive:
    thread: threading.Thread
    stop: StopSignal
    problem: str = ""

    def ask_to_stop(self) -> None:
        """Ask once: asked twice, a run leaves without the answers that it has paid for."""
        if not self.stop.is_requested:
            self.stop.request()


@dataclass(slots=True)
class Runs:
    """Plans and runs of one server; may be used from several threads.

    Attributes:
        allowance: what may be spent over all of them.
    """

    workspace: Workspace
    allowance: Allowance
    _drives: dict[int, _Drive] = field(default_factory=dict[int, _Drive])
    _lock: threading.RLock = field(default_factory=threading.RLock)  # close: from a signal, too
    _is_closed: bool = False

    def plan(self, wanted: Wanted) -> Doc:
        """What a run would do and cost; nothing is sent or written.

        Raises:
            InputError: the filter, the scope or the column does not fit.
            NotFound: no such column or campaign.
        """
        return _plan_doc(self._plan(wanted, None))

    def start(self, wanted: Wanted, wait_s: float) -> Doc:
        """Run within what is left of the cap; how it stands after so many seconds.

        Raises:
            AccessError: the server only reads, or its user may not run columns.
            BusyError: a run of this server goes on, somebody else fills the column, or the server
                is ending.
            HeldError: nothing is left of the cap, or a price is not known.
            InputError: the filter, the scope or the column does not fit.
            NotFound: no such column or campaign.
        """
        with self._lock:
            if self._is_closed:
                raise BusyError("the server is ending", next_step="start it again, then this")
            if going_on := [
                run_id for run_id, one in self._drives.items() if one.thread.is_alive()
            ]:
                raise BusyError(f"run {going_on[0]} goes on", next_step="read_run or stop_run")
            plan = self._plan(wanted, self.allowance.left)
            if not plan.cells:
                return {**_plan_doc(plan), "started": False, "why": "there is nothing to do"}
            self.allowance.check(plan.max_usd_micros)
            run = start_run(self.workspace, plan)
            self.allowance.charge(run.id)
            self._drive(run.id)
        return self.read(run.id, wait_s)

    def read(self, run_id: int, wait_s: float = 0) -> Doc:
        """How a run stands; of one of this server, at its end or after so many seconds.

        Raises:
            NotFound: there is no such run.
        """
        one = self._drives.get(run_id)
        if one is not None:
            one.thread.join(max(0.0, min(wait_s, LONGEST_WAIT_S)))
        found = read_run(self.workspace, run_id)
        return {**found, "problem": one.problem} if one and one.problem else found

    def stop(self, run_id: int) -> Doc:
        """Stop a run of this server: no new request leaves, the rest can be resumed.

        Raises:
            AccessError: it is a run of somebody else.
        """
        one = self._drives.get(run_id)
        if one is None:
            raise AccessError(
                f"run {run_id} was not started by this server",
                next_step=f"leadsync runs stop {run_id}, by its owner",
            )
        one.ask_to_stop()
        return self.read(run_id, STOPS_WITHIN_S)

    def close(self) -> None:
        """Stop what goes on, and let nothing begin any more; what was paid is written down."""
        with self._lock:  # a run that is just starting is there afterwards
            self._is_closed = True
            drives = list(self._drives.values())
        for one in drives:
            one.ask_to_stop()
        for one in drives:
            one.thread.join(STOPS_WITHIN_S)

    def _plan(self, wanted: Wanted, cap: int | None) -> Plan:
        if wanted.scope not in list(Scope):
            words = ", ".join(Scope)
            raise InputError(f'"{wanted.scope}" is no scope', next_step=f"one of: {words}")
        if wanted.limit is not None and wanted.limit < 1:
            raise InputError("limit is 1 or more")
        self._check_kind(wanted.column)
        chosen = select(self.workspace, where=wanted.where, campaign=wanted.campaign)
        caps = [one for one in (cap, self.workspace.config.max_cost_usd_micros) if one is not None]
        return make_plan(
            self.workspace,
            [wanted.column],
            filter_doc=chosen.filter,
            filter_text=chosen.text,
            scope=Scope(wanted.scope),
            limit=wanted.limit,
            max_cost_usd_micros=min(caps, default=None),
        )

    def _check_kind(self, key: str) -> None:
        """Refuse columns that hand leads over: what leaves for good is for a person to send."""
        column = self.workspace.column(key)
        driver = self.workspace.store.catalog().driver(column.key) or column
        if driver.is_running and isinstance(find_enricher(driver.kind), Sends):
            raise AccessError(
                f'column "{driver.key}" hands leads over, which no AI client may do',
                next_step=f"its owner may: leadsync enrich --column {driver.key}",
            )

    def _drive(self, run_id: int) -> None:
        stop = StopSignal()

        def work() -> None:
            try:
                drive(self.workspace, run_id, stop=stop, waits=False)
            except LeadSyncError as error:
                logger.warning("run %d: %s", run_id, error.message)
                self._drives[run_id].problem = error.message

        thread = threading.Thread(target=work, name=f"run {run_id}")
        self._drives[run_id] = _Drive(thread, stop)
        thread.start()


def _plan_doc(plan: Plan) -> Doc:
    return bounded({**plan.to_doc(), "summary": [*plan_lines(plan)]})
