"""Failed cells of all runs: grouped by cause, and those that may have been billed, one by one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.journal import count_unpriced, most_of
from leadsync.core.engine.tally import Tally
from leadsync.core.models import CallState, Reason, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadsync.core.engine.events import ErrorGroup
    from leadsync.core.models import Call, Column, Task
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

TASKS_AT_ONCE = 1000
_UNTOLD = "sent without an answer, maybe billed; its cell does not tell of it (any more)"


@dataclass(frozen=True, slots=True)
class ColumnErrors:
    """The causes of errors in one column, the most frequent first."""

    column_key: str
    groups: tuple[ErrorGroup, ...]


@dataclass(frozen=True, slots=True)
class UnknownCell:
    """A cell whose request was sent and never answered: it may have been billed.

    Attributes:
        call_ids: its calls in the journal.
        at_most_usd_micros: what they may have cost together; None where a price is not known.
        at: when the last of them was given up.
    """

    column_key: str
    lead_id: int
    detail: str
    call_ids: tuple[int, ...]
    at_most_usd_micros: int | None
    at: str


def iter_failed(
    store: Store, columns: Sequence[Column], *, reason: Reason | None = None
) -> Iterator[Task]:
    """The failed cells of these columns as they are now; memory does not grow with their number."""
    for column in columns:
        facet, wanted = ("reason", str(reason)) if reason else ("status", "error")
        ids: list[int] = []
        for (lead_id,) in store.scan({f"{column.key}.{facet}": {"$eq": wanted}}, ["id"]):
            ids.append(lead_id)
            if len(ids) == TASKS_AT_ONCE:
                yield from store.tasks(ids, [column.id])
                ids = []
        if ids:
            yield from store.tasks(ids, [column.id])


def list_errors(workspace: Workspace, column_keys: Sequence[str] = ()) -> list[ColumnErrors]:
    """Failed cells grouped by cause, a column at a time; those without failures are left out.

    Raises:
        NotFound: there is no such column.
    """
    found: list[ColumnErrors] = []
    for column in _columns(workspace, column_keys):
        tally = Tally()
        for task in iter_failed(workspace.store, [column]):
            tally.count(task)
        if tally.groups:
            found.append(ColumnErrors(column.key, tally.groups))
    return found


def list_unknown(workspace: Workspace, column_keys: Sequence[str] = ()) -> list[UnknownCell]:
    """Cells that may have been billed without an answer, by column and lead.

    Those that tell of it, and those that do not any more: what their run wrote was taken back.

    Raises:
        NotFound: there is no such column.
    """
    columns = _columns(workspace, column_keys)
    keys = {column.id: column.key for column in columns}
    tasks = list(iter_failed(workspace.store, columns, reason=Reason.UNKNOWN))
    runs = {int(task.meta.get("runId", 0)) for task in tasks}
    lost: dict[tuple[int, int], list[Call]] = defaultdict(list)
    for run_id in sorted(runs):
        for call in workspace.store.spending(run_id)[1]:
            for lead_id in call.lead_ids:
                lost[run_id, lead_id].append(call)
    found: list[UnknownCell] = []
    for task in tasks:
        calls = lost[int(task.meta.get("runId", 0)), task.lead_id]
        found.append(
            UnknownCell(
                column_key=keys[task.column_id],
                lead_id=task.lead_id,
                detail=task.detail,
                call_ids=tuple(call.id for call in calls),
                at_most_usd_micros=None if count_unpriced(calls) else sum(map(most_of, calls)),
                at=task.updated_at,
            )
        )
    return [*found, *_untold(workspace.store, keys)]


def _untold(store: Store, keys: Mapping[int, str]) -> Iterator[UnknownCell]:
    """Live leads of lost calls for these columns that no cell tells of, and that got no answer since.

    Args:
        store: of the workspace.
        keys: of the columns, by their ids.
    """
    runs = [run for run in store.runs() if run.state is not RunState.RUNNING]
    calls = [
        call
        for run in runs
        for call in store.spending(run.id)[1]
        if call.state is CallState.LOST and call.column_id in keys
    ]
    answers = store.find_answers(sorted({call.request_hash for call in calls}))
    open_calls = [
        call
        for call in calls
        if (answer := answers.get(call.request_hash)) is None or answer.id <= call.id
    ]
    settled_by = _settled_by(store, open_calls)
    for call in open_calls:
        most = None if count_unpriced([call]) else most_of(call)
        for lead_id in sorted(call.lead_ids):
            if settled_by.get((lead_id, call.column_id), call.run_id) < call.run_id:
                yield UnknownCell(
                    keys[call.column_id], lead_id, _UNTOLD, (call.id,), most, call.finished_at
                )


def _settled_by(store: Store, calls: Sequence[Call]) -> dict[tuple[int, int], int]:
    """The runs that have settled the cells of live leads in the columns of these calls; 0: none."""
    lead_ids = sorted({lead_id for call in calls for lead_id in call.lead_ids})
    column_ids = sorted({call.column_id for call in calls})
    found: dict[tuple[int, int], int] = {}
    for at in range(0, len(lead_ids), TASKS_AT_ONCE):
        part = lead_ids[at : at + TASKS_AT_ONCE]
        tasks = store.tasks(part, column_ids)
        runs = {(task.lead_id, task.column_id): task.meta.get("runId", 0) for task in tasks}
        for (lead_id,) in store.scan({"id": {"$in": part}}, ["id"]):
            found |= {(lead_id, i): runs.get((lead_id, i), 0) for i in column_ids}
    return found


def _columns(workspace: Workspace, keys: Sequence[str]) -> list[Column]:
    if keys:
        return [workspace.column(key) for key in keys]
    return [column for column in workspace.store.columns() if column.is_running]
