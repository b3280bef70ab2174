"""What an AI client reads of a workspace: its columns, leads, runs, and where a cell came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.assistant.bounds import CELL_CHARS, MOST_ROWS, bounded, cut_text, fitting
from leadsync.core.engine.results import get_run, result_of
from leadsync.core.leads.finding import find_lead
from leadsync.core.models import OWN_FIELDS, RunState
from leadsync.core.provenance import explain
from leadsync.core.selection import select
from leadsync.core.story_text import story_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.models import Doc, Run
    from leadsync.core.workspace import Workspace

FIRST_FIELDS = ("id", "email", "name")
RECENT_RUNS = 20


def describe_workspace(workspace: Workspace) -> Doc:
    """How many leads there are, the campaigns, the columns with what fills them, saved views."""
    store = workspace.store
    return bounded(
        {
            "leads": store.count({}),
            "isPractice": workspace.config.is_practice,
            "campaigns": [c.name for c in store.campaigns() if not c.archived],
            "views": [{"name": view.name, "filter": view.filter} for view in store.views()],
            "fields": list(OWN_FIELDS),
            "columns": [
                {
                    "key": column.key,
                    "label": column.label,
                    "kind": column.kind,
                    "type": str(column.type),
                    "runs": column.is_running,
                    "fills": sorted(column.outputs.values()),
                }
                for column in store.columns()
            ],
        }
    )


def search_leads(
    workspace: Workspace,
    *,
    where: str = "",
    campaign: str = "",
    columns: Sequence[str] = (),
    sort: Sequence[str] = (),
    limit: int = 20,
    offset: int = 0,
) -> Doc:
    """Leads that match, a page of them: ids with the named fields, texts cut.

    Raises:
        InputError: the filter or the order cannot be read, or a field is not there.
        NotFound: no such campaign.
    """
    store = workspace.store
    chosen = select(workspace, where=where, campaign=campaign, sort=sort)
    wanted = max(1, min(limit, MOST_ROWS))
    keys = [store.catalog().resolve(name).key for name in columns]
    keys = list(dict.fromkeys((*FIRST_FIELDS, *keys)))
    ids = store.ids(chosen.filter, chosen.sort, limit=max(0, offset) + wanted)[max(0, offset) :]
    rows = fitting([_row(keys, row) for row in store.rows(ids, keys)])
    total = store.count(chosen.filter)
    after = max(0, offset) + len(rows)
    return {"total": total, "leads": rows, "nextOffset": after if after < total else None}


def count_leads(
    workspace: Workspace, *, where: str = "", campaign: str = "", by: str = "", limit: int = 20
) -> Doc:
    """How many leads match; and how many have each value of a field, the most frequent first.

    Raises:
        InputError: the filter cannot be read, or the field is not there.
        NotFound: no such campaign.
    """
    store = workspace.store
    chosen = select(workspace, where=where, campaign=campaign)
    total = store.count(chosen.filter)
    if not by:
        return {"total": total}
    key = store.catalog().resolve(by).key
    counts = store.value_counts(chosen.filter, key, limit=max(1, min(limit, MOST_ROWS)))
    values = [{"value": _shown(value), "leads": number} for value, number in counts]
    return {"total": total, "by": key, "values": values}


def read_lead(workspace: Workspace, lead: str) -> Doc:
    """All filled fields of one lead, and how its running cells stand.

    Args:
        workspace: whose lead.
        lead: id, e-mail or LinkedIn address.

    Raises:
        NotFound: there is no such lead.
    """
    store = workspace.store
    lead_id = find_lead(workspace, lead)
    columns = store.columns()
    keys = [*OWN_FIELDS, *(column.key for column in columns)]
    (row,) = store.rows([lead_id], keys)
    cells = {k: v for k, v in zip(keys, row, strict=True) if v is not None and v != ()}
    by_id = {column.id: column.key for column in columns}
    states = store.states([lead_id], list(by_id))
    told = {
        by_id[column_id]: " ".join(
            word for word in (state.status, state.reason, state.detail) if word
        )
        for (_, column_id), state in states.items()
    }
    return bounded({"cells": cells, "states": told})


def explain_cell(workspace: Workspace, lead: str, column: str) -> Doc:
    """Where the value of a cell came from: prompt, model, calls, prices, earlier values.

    Raises:
        NotFound: there is no such lead or column.
    """
    story = explain(workspace, find_lead(workspace, lead), column)
    return bounded({"lead": story.lead_id, "column": column, "story": [*story_lines(story)]})


def list_runs(workspace: Workspace, limit: int = RECENT_RUNS) -> Doc:
    """The latest runs, newest first."""
    keys = {column.id: column.key for column in workspace.store.columns()}
    runs = sorted(workspace.store.runs(), key=lambda run: -run.id)[: max(1, min(limit, MOST_ROWS))]
    return bounded({"runs": [_run(run, keys) for run in runs]})


def read_run(workspace: Workspace, run_id: int) -> Doc:
    """What a run did so far: cells by result, cost, causes of errors, what is left.

    One that is held or stopped does not run, and is not over: its rest can be resumed.

    Raises:
        NotFound: there is no such run.
    """
    run = get_run(workspace, run_id)
    told = {"isRunning": run.state is RunState.RUNNING, "isOver": is_over(workspace, run)}
    return bounded({**told, **result_of(workspace, run_id).to_doc()})


def is_over(workspace: Workspace, run: Run) -> bool:
    """Whether nothing of a run is left, so that it can cost no more."""
    return run.state is RunState.DONE and not workspace.store.queue_counts(run.id)


def _run(run: Run, keys: dict[int, str]) -> Doc:
    return {
        "run": run.id,
        "state": str(run.state),
        "columns": [keys.get(column_id, f"removed {column_id}") for column_id in run.column_ids],
        "filter": run.filter,
        "planned": run.planned,
        "counts": dict(run.counts),
        "costUsdMicros": run.cost_usd_micros,
        "actor": run.actor,
        "startedAt": run.started_at,
    }


def _row(keys: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return {key: _shown(value) for key, value in zip(keys, row, strict=True)}


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return cut_text(value, CELL_CHARS)
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value
