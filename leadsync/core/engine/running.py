"""Running from the outside: drive, resume and stop a run. A synchronous face of the driver."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.engine.driver import Driver
from leadsync.core.engine.interpreter import suited_to_runs
from leadsync.core.engine.members import Membership, is_alive, new_holder, own_holder
from leadsync.core.engine.pace import Pace, pace_of
from leadsync.core.engine.results import get_run
from leadsync.core.engine.sending import require_push_of_run
from leadsync.core.engine.starting import check_has_cells, take_over
from leadsync.core.engine.stop import StopSignal
from leadsync.core.errors import BusyError, first_cause
from leadsync.core.models import RunState, now_iso
from leadsync.core.store.succession import is_continued

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.events import Event, RunResult
    from leadsync.core.models import Run
    from leadsync.core.workspace import Workspace

__all__ = ["Pace", "StopSignal", "collect", "drive", "get_run", "join", "request_stop", "resume"]


COLLECTING = "fetching late answers"
"""The reason of a run that somebody drives without asking anything new."""


def drive(
    workspace: Workspace,
    run_id: int,
    *,
    stop: StopSignal | None = None,
    on_event: Callable[[Event], None] | None = None,
    pace: Pace | None = None,
    waits: bool = True,
) -> RunResult:
    """Do a run that this process has started, until it is done, held or stopped.

    It is not done while an answer that comes later is waited for, or while others work on the rest.
    Installs no signal handler: the caller's own calls `stop.request()`; the second request leaves
    at once. `on_event` is called from this thread. Without `waits` it ends as soon as all that is
    left waits for late answers.

    Raises:
        BusyError: this process is no member of the run.
        LeadSyncError: the store failed; what was paid stands in the journal.
    """
    run = get_run(workspace, run_id)
    holder = own_holder(run)
    if not holder or run.state is not RunState.RUNNING:
        raise BusyError(
            f"run {run_id} is not held by this process", next_step=f"leadsync runs resume {run_id}"
        )
    return _drive(workspace, run, holder, stop=stop, on_event=on_event, pace=pace, waits=waits)


def join(
    workspace: Workspace,
    run_id: int,
    *,
    stop: StopSignal | None = None,
    on_event: Callable[[Event], None] | None = None,
    pace: Pace | None = None,
    waits: bool = False,
) -> RunResult:
    """Work on a run beside the processes that do so already.

    A stop of this process is none of the run; whoever leaves last ends it.

    Raises:
        AccessError: a column of it hands leads over, and who is there may not push.
        BusyError: the run has ended, or takes nobody in.
        NotFound: there is no such run.
    """
    require_push_of_run(workspace.store, get_run(workspace, run_id))
    pace = pace or pace_of(workspace.config)
    store, holder = workspace.store, new_holder()
    run = Membership(store, run_id, holder, lease_s=pace.lease_s, now=pace.now).join()
    return _drive(workspace, run, holder, stop=stop, on_event=on_event, pace=pace, waits=waits)


def resume(
    workspace: Workspace,
    run_id: int,
    *,
    stop: StopSignal | None = None,
    on_event: Callable[[Event], None] | None = None,
    pace: Pace | None = None,
    waits: bool = True,
    max_cost_usd_micros: int | None = None,
) -> RunResult:
    """Do exactly the rest of a run that was held or stopped, or whose process died.

    Answers that were paid and not settled are used from the journal. What the run has spent
    already counts into its cap; a new cap replaces the old one.

    A run that has given way to a newer one has no cells of its own any more, but late answers.

    Raises:
        BusyError: somebody drives it, or another run on its columns.
        InputError: a newer run has continued it.
        NotFound: there is no such run.
    """
    before = get_run(workspace, run_id)
    if is_continued(before):
        check_has_cells(workspace, before)
        return collect(workspace, run_id, stop=stop, on_event=on_event, pace=pace, waits=waits)
    run = take_over(workspace, run_id)
    caps = dict(run.caps)
    if max_cost_usd_micros is not None:
        caps["usdMicros"] = max_cost_usd_micros
    if waits:  # a person wants it, armed or not
        caps["byItself"] = False
    workspace.store.update_run(run_id, {"caps": caps})
    return drive(workspace, run_id, stop=stop, on_event=on_event, pace=pace, waits=waits)


def collect(
    workspace: Workspace,
    run_id: int,
    *,
    stop: StopSignal | None = None,
    on_event: Callable[[Event], None] | None = None,
    pace: Pace | None = None,
    waits: bool = True,
) -> RunResult:
    """Fetch the late answers of a run that was held or stopped, and ask nothing new.

    Cells that were not asked stay as they are, and so does the state of the run while there are
    any.

    Raises:
        BusyError: somebody drives it, or another run on its columns.
        NotFound: there is no such run.
    """
    before = get_run(workspace, run_id)
    run = take_over(workspace, run_id, reason=COLLECTING)
    return _drive(
        workspace,
        run,
        own_holder(run),
        stop=stop,
        on_event=on_event,
        pace=pace,
        waits=waits,
        collects_for=before,
    )


def request_stop(workspace: Workspace, run_id: int) -> Run:
    """Ask all processes that work on a run to stop; they see that within a second.

    A run that nobody works on any more is marked as stopped at once; one that has ended stays.

    Raises:
        NotFound: there is no such run.
    """
    run = get_run(workspace, run_id)
    if run.state is not RunState.RUNNING:
        return run
    if is_alive(run):
        return workspace.store.update_run(run_id, {"stopRequested": True})
    workspace.store.release(run_id, reason="held")
    ended = {
        "state": str(RunState.STOPPED),
        "reason": "its process ended",
        "finishedAt": now_iso(),
        "stopRequested": True,
    }
    return workspace.store.update_run(run_id, ended)


def _drive(  # noqa: PLR0913 - what a drive is
    workspace: Workspace,
    run: Run,
    holder: str,
    *,
    stop: StopSignal | None,
    on_event: Callable[[Event], None] | None,
    pace: Pace | None,
    waits: bool,
    collects_for: Run | None = None,
) -> RunResult:
    stop = stop or StopSignal()
    driver = Driver(
        workspace.acting(Right.ENRICH),
        run,
        holder,
        stop=stop,
        on_event=on_event or _ignore,
        pace=pace or pace_of(workspace.config),
        waits=waits,
        collects_for=collects_for,
    )
    try:
        with suited_to_runs():
            result = asyncio.run(driver.drive())
    except BaseExceptionGroup as group:
        raise first_cause(group) from group
    return _pushed(workspace, result, stop)


def _pushed(workspace: Workspace, result: RunResult, stop: StopSignal) -> RunResult:
    """The result with what was pushed to armed tables at the end of the run, by who left it last."""
    if result.state is not RunState.DONE or not result.is_last or workspace.config.is_practice:
        return result
    from leadsync.core.sync.armed_tables import push_after_run  # it knows this package

    ends = push_after_run(workspace, result.unit_id, stop)
    pushed = tuple(end.words for end in ends if end.is_done)
    problems = tuple(end.words for end in ends if not end.is_done)
    return replace(result, pushed=pushed, push_problems=problems) if ends else result


def _ignore(_event: Event) -> None:
    return
