"""The start of runs, and who drives them: holders, leases, taking over what a crash left."""

from __future__ import annotations

import os
import socket
import time
import uuid
from typing import TYPE_CHECKING

from leadsync.core.errors import HeldError, InputError
from leadsync.core.models import Run, RunState, now_iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.engine.planning import Plan
    from leadsync.core.workspace import Workspace

LEASE_S = 60.0
CELLS_AT_ONCE = 5000  # a write of 20 ms; others get their turn in between


def start_run(workspace: Workspace, plan: Plan, *, actor: str = "") -> Run:
    """Store a run of this plan with its queue; this process holds it and is to drive it now.

    Raises:
        BusyError: another process fills one of the columns.
        HeldError: a price is not known, so that the cap of the plan cannot be kept.
        InputError: the plan has no column that runs.
    """
    parts = [part for part in plan.columns if part.column.is_running]
    if not parts:
        raise InputError(
            "nothing to run: formulas are always current", next_step="leadsync columns list"
        )
    _check_cap(plan)
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
            },
            holder=new_holder(),
            lease_until=time.time() + LEASE_S,
            started_at=now_iso(),
        ),
        is_alive,
    )
    for chunk in _cells(plan):
        workspace.store.enqueue(run.id, chunk)
        workspace.store.update_run(run.id, {"leaseUntil": time.time() + LEASE_S})
    return run


def take_over(workspace: Workspace, run_id: int) -> Run:
    """Become the holder of a run that is held, stopped, or whose process died.

    Raises:
        BusyError: somebody drives it, or another run on its columns.
        NotFound: there is no such run.
    """
    store = workspace.store
    run = store.take_run(run_id, new_holder(), time.time() + LEASE_S, is_alive)
    store.release(run_id, reason="queued")
    return run


def new_holder() -> str:
    """A name for one drive by this process: `host:pid:token`."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def is_own(run: Run) -> bool:
    """Whether this process holds the run."""
    return run.holder.rpartition(":")[0] == f"{socket.gethostname()}:{os.getpid()}"


def is_alive(run: Run) -> bool:
    """Whether somebody drives a run: its lease stands and, on this machine, its process lives."""
    if run.state is not RunState.RUNNING or run.lease_until < time.time():
        return False
    host, _, rest = run.holder.partition(":")
    pid = rest.partition(":")[0]
    return host != socket.gethostname() or not pid.isdigit() or _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _check_cap(plan: Plan) -> None:
    if plan.max_cost_usd_micros is None or plan.max_usd_micros is not None:
        return
    unknown = [p.name for p in plan.providers if p.max_usd_micros is None]
    raise HeldError(
        f"the price at {', '.join(unknown)} is not known, so the cap cannot be kept",
        next_step="name the model's price in a price file, or run without a cap",
    )


def _cells(plan: Plan) -> Iterator[list[tuple[int, int]]]:
    for part in plan.columns:
        for at in range(0, len(part.leads), CELLS_AT_ONCE):
            yield [(lead, part.column.id) for lead in part.leads[at : at + CELLS_AT_ONCE]]
