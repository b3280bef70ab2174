"""The start of runs, and taking over those that were held, stopped or left by a crash."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from leadsync.core.engine.members import (
    GETTING_READY,
    LEASE_S,
    is_alive,
    mark_lost,
    new_holder,
)
from leadsync.core.engine.recount import true_counts
from leadsync.core.engine.results import get_run
from leadsync.core.engine.sending import require_push, require_push_of_run
from leadsync.core.errors import HeldError, InputError
from leadsync.core.models import Doc, Run, RunState, now_iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.engine.plan import Plan
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

CELLS_AT_ONCE = 5000  # a write of 20 ms; others get their turn in between


def start_run(workspace: Workspace, plan: Plan, *, actor: str = "", by_itself: bool = False) -> Run:
    """Store a run of this plan with its queue; this process holds it and is to drive it now.

    A run that began `by_itself`, as its columns are armed, is gone on with only while they are.

    Raises:
        AccessError: a column of it hands leads over, and who is there may not push.
        BusyError: another process fills one of the columns.
        HeldError: a price is not known, so that the cap of the plan cannot be kept.
        InputError: the plan has no column that runs.
    """
    parts = [part for part in plan.columns if part.column.is_running]
    if not parts:
        raise InputError(
            "nothing to run: formulas are always current", next_step="leadsync columns list"
        )
    require_push(workspace.store, (part.column for part in parts))
    _check_cap(plan)
    holder = new_holder()
    run = workspace.store.start_run(
        Run(
            id=0,
            column_ids=tuple(part.column.id for part in parts),
            filter=plan.filter_text,
            state=RunState.PLANNED,
            planned=plan.cells,
            actor=actor or workspace.actor,
            created_at=now_iso(),
            estimate=plan.to_doc(),
            caps={
                "usdMicros": plan.max_cost_usd_micros,
                "concurrency": plan.concurrency,
                "noCache": plan.no_cache,
                "byItself": by_itself,
            },
            members={holder: time.time() + LEASE_S},
            reason=GETTING_READY,
            started_at=now_iso(),
        ),
        is_alive,
    )
    for chunk in _cells(plan):
        workspace.store.enqueue(run.id, chunk)
        workspace.store.update_run(run.id, {"members": {holder: time.time() + LEASE_S}})
    return workspace.store.update_run(run.id, {"reason": ""})


def is_wanted(store: Store, run: Run) -> bool:
    """Whether a run may go on: one that a worker began by itself only while its columns are armed."""
    if not run.caps.get("byItself"):
        return True
    armed = {column.id for column in store.columns() if column.armed}
    return armed.issuperset(run.column_ids)


def take_over(workspace: Workspace, run_id: int, *, reason: str = "") -> Run:
    """Become the only member of a run that is held, stopped, or whose processes died.

    Calls that were sent without an answer are lost then, and counts are made true. Others may
    join it, unless it gets a reason.

    Raises:
        AccessError: a column of it hands leads over, and who is there may not push.
        BusyError: somebody works on it, or another run on its columns.
        NotFound: there is no such run.
    """
    store = workspace.store
    require_push_of_run(store, get_run(workspace, run_id))
    until = time.time() + LEASE_S
    run = store.take_run(run_id, new_holder(), until, is_alive, reason=GETTING_READY)
    mark_lost(store, run_id)
    store.release(run_id, reason="queued")
    paid, _ = store.spending(run_id)
    true: Doc = {"counts": dict(true_counts(store, run)), "costUsdMicros": paid, "reason": reason}
    if any(unit.id == run.unit_id and unit.undone_by for unit in store.units()):
        true["unitId"] = 0  # what comes now is a unit that stands
    return store.update_run(run_id, true)


def check_has_cells(workspace: Workspace, run: Run) -> None:
    """Let a run be gone on with that has given way to a newer one, if it waits for answers.

    Raises:
        InputError: it has no cells any more.
    """
    if workspace.store.queue_counts(run.id):
        return
    keys = [c.key for c in workspace.store.columns() if c.id in run.column_ids]
    again = " ".join(f"--column {key}" for key in keys)
    raise InputError(
        f"run {run.id} has no cells any more: {run.reason}",
        next_step=f"leadsync enrich {again} asks those that are still to be asked",
    )


def _check_cap(plan: Plan) -> None:
    if plan.max_cost_usd_micros is None or plan.max_usd_micros is not None:
        return
    unknown = [p.place for p in plan.providers if p.max_usd_micros is None]
    raise HeldError(
        f"the price at {', '.join(unknown)} is not known, so the cap cannot be kept",
        next_step="name the price in a price file or in the column, or run without a cap",
    )


def _cells(plan: Plan) -> Iterator[list[tuple[int, int]]]:
    for part in plan.columns:
        for at in range(0, len(part.leads), CELLS_AT_ONCE):
            yield [(lead, part.column.id) for lead in part.leads[at : at + CELLS_AT_ONCE]]
