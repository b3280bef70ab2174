"""The result of a run as the store tells it: of one that ended, waits, or is under way elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.events import FAILURES, RunResult
from leadsync.core.engine.failures import iter_failed
from leadsync.core.engine.journal import count_unpriced, most_of
from leadsync.core.engine.outcomes import HeldWhy
from leadsync.core.engine.remedies import remedy_of_hold
from leadsync.core.engine.tally import SKIPPED, Tally
from leadsync.core.errors import NotFound
from leadsync.core.models import Run, RunState, Task, from_doc

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace


def get_run(workspace: Workspace, run_id: int) -> Run:
    """One run.

    Raises:
        NotFound: there is no such run.
    """
    found = workspace.store.get_document("runs", run_id)
    if found is None:
        raise NotFound("run", run_id, next_step="leadsync runs list")
    return from_doc(Run, found)


def result_of(workspace: Workspace, run_id: int) -> RunResult:
    """What became of a run so far. Reads the failed cells of its columns, and its lost calls.

    Causes of errors are told also of cells that a later run has settled since: history knows them.

    Raises:
        NotFound: there is no such run.
    """
    run = get_run(workspace, run_id)
    store = workspace.store
    tally = Tally()
    columns = [column for column in store.columns() if column.id in run.column_ids]
    for task in iter_failed(store, columns):
        if task.meta.get("runId") == run.id:
            tally.count(task)
    failed = sum(number for reason, number in run.counts.items() if reason in FAILURES)
    if sum(group.count for group in tally.groups) < failed:
        tally = _tally_of_history(store, run)
    paid, unanswered = store.spending(run_id)
    units, unpriced = counted_of(store, run.id)
    left = sum(store.queue_counts(run_id).values())
    skipped = run.counts.get(SKIPPED, 0)
    return RunResult(
        run_id=run.id,
        state=run.state,
        planned=run.planned,
        counts={reason: number for reason, number in run.counts.items() if reason != SKIPPED},
        skipped={SKIPPED: skipped} if skipped else {},
        left=left,
        cost_usd_micros=paid,
        at_most_usd_micros=sum(most_of(call) for call in unanswered),
        unpriced_calls=unpriced,
        unpriced_lost=count_unpriced(unanswered),
        units=units,
        errors=tally.groups,
        reason=run.reason,
        remedy=remedy_of(run) if left else "",
        unit_id=run.unit_id,
    )


def counted_of(store: Store, run_id: int) -> tuple[dict[str, float], int]:
    """What providers counted for a run, and how many of their answers have no known price."""
    units: dict[str, float] = {}
    unpriced = 0
    for cost in store.costs(run_id=run_id):
        if cost.is_answered:
            unpriced += cost.cost_usd_micros is None
            for unit, number in cost.units.items():
                units[unit] = units.get(unit, 0) + number
    return units, unpriced


def _tally_of_history(store: Store, run: Run) -> Tally:
    """What history says of the cells that the run has settled."""
    tally = Tally()
    for change in store.changes(unit_id=run.unit_id):
        for slot, (_, after) in change.fields.items():
            if slot.startswith("task:") and after:
                tally.count(from_doc(Task, after))
    return tally


def remedy_of(run: Run) -> str:
    """What to do about a run that has cells left."""
    if run.state is RunState.STOPPED:
        return remedy_of_hold(HeldWhy.STOPPED, run.id)
    if run.state is RunState.HELD:
        word = run.reason.partition(":")[0]
        why = HeldWhy(word) if word in HeldWhy.__members__.values() else HeldWhy.STOPPED
        return remedy_of_hold(why, run.id, run.reason)
    return ""
