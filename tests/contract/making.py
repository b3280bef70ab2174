"""Small builders of what contract tests need: a workspace, leads, columns, runs, calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.models import (
    Call,
    CallState,
    Column,
    ColumnType,
    Reason,
    Run,
    RunState,
    Status,
    Task,
    now_iso,
)
from leadsync.core.store.derive import input_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

TIMES = frozenset({"createdAt", "updatedAt", "deletedAt", "at"})
NOW = "2026-03-01T09:00:00.000Z"


def a_workspace(store: Store, home: Path) -> Workspace:
    """An open store as a workspace of ada's."""
    from leadsync.core.config import load_config
    from leadsync.core.workspace import Workspace

    return Workspace(store, load_config({}, {"LEADSYNC_HOME": str(home), "USER": "ada"}))


def a_moment_after_now() -> str:
    """A later moment than of all that was written so far, and no later than of what is next."""
    began = now_iso()
    while (moment := now_iso()) == began:
        pass
    return moment


def a_campaign(store: Store, name: str = "Inbox") -> int:
    with store.unit("ada", f"add campaign {name}") as unit:
        return unit.put(
            "campaigns", {"name": name, "createdAt": NOW, "settings": {}, "archived": False}
        )


def a_column(store: Store, key: str, **definition: Any) -> Column:
    with store.unit("ada", f"add column {key}") as unit:
        return unit.add_column(Column(0, key, key.title(), **definition))


def an_ai_column(store: Store, key: str = "pitch", inputs: Sequence[str] = ("name",)) -> Column:
    return a_column(store, key, kind="ai", type=ColumnType.LONG_TEXT, inputs=tuple(inputs))


def some_leads(
    store: Store,
    campaign_id: int,
    rows: Sequence[Mapping[str, Value]],
    *,
    tags: Sequence[Sequence[str]] = (),
    label: str = "import leads.csv",
) -> list[int]:
    """Leads from dicts; all have the fields of the first."""
    fields = list(rows[0])
    with store.unit("ada", label) as unit:
        ids = unit.add_leads(
            campaign_id, fields, [[r.get(f) for f in fields] for r in rows], tags=tags
        )
    return list(ids)


def a_lead(store: Store, campaign_id: int, **cells: Value) -> int:
    return some_leads(store, campaign_id, [cells or {"email": "ada@example.com"}])[0]


def cell(store: Store, lead_id: int, key: str) -> Any:
    return store.rows([lead_id], [key])[0][0]


def a_task(
    column: Column, lead_id: int, inputs: Mapping[str, Value] | None = None, **fields: Any
) -> Task:
    """A settled success of `column`, made from these input cells."""
    made_from = input_hash(column, inputs) if inputs is not None else ""
    settled: dict[str, Any] = {
        "status": Status.SUCCESS,
        "reason": Reason.VALUE,
        "input_hash": made_from,
        "updated_at": NOW,
    }
    return Task(lead_id, column.id, **(settled | fields))


def a_run(*columns: Column, **fields: Any) -> Run:
    """A run that is not stored yet."""
    started: dict[str, Any] = {
        "id": 0,
        "column_ids": tuple(column.id for column in columns),
        "filter": "",
        "state": RunState.PLANNED,
        "planned": 0,
        "actor": "ada",
        "created_at": NOW,
        "members": {"host.example:1:a": 1e12},
    }
    return Run(**(started | fields))


def nobody_is_alive(_run: Run) -> bool:
    return False


def runs_are_alive(run: Run) -> bool:
    return run.state is RunState.RUNNING


def a_call(request_hash: str = "h1", **fields: Any) -> Call:
    sent: dict[str, Any] = {
        "id": 0,
        "provider": "hunter",
        "operation": "verify",
        "request_hash": request_hash,
        "state": CallState.SENT,
        "started_at": NOW,
        "request": {"email": "ada@example.com"},
    }
    return Call(**(sent | fields))


@dataclass
class FullName:
    """A formula `full` = name and company, as the workspace would give it to units."""

    columns: Sequence[Column] = field(default_factory=list)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"name", "company"})

    @property
    def writes(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.key == "full")

    def compute(self, values: Mapping[str, Value]) -> dict[str, Value]:
        parts = [str(values[key]) for key in ("name", "company") if values.get(key)]
        return {"full": " at ".join(parts) or None}


def settle_and_fail(store: Store, task: Task, calls: Sequence[Call]) -> None:
    """A unit that settles a cell as "Hi" with its calls, and then breaks."""
    with store.unit("run 1", "enrich") as unit:
        unit.settle([task], {task.lead_id: {"pitch": "Hi"}}, calls)
        raise ZeroDivisionError


def assert_history_matches_cells(store: Store) -> None:
    """Each cell that history knows holds what the latest standing unit wrote."""
    undone = {u.id for u in store.units() if u.undone_by}
    computed = {c.slot for c in store.columns() if c.kind == "template"}
    history = [c for u in store.units() for c in store.changes(unit_id=u.id)]
    expected: dict[tuple[int, str], Any] = {}
    for change in sorted(history, key=lambda c: c.seq):
        for slot, (before, after) in change.fields.items():
            expected.setdefault((change.lead_id, slot), before)
            if change.unit_id not in undone:
                expected[change.lead_id, slot] = after
    leads = {doc["id"]: doc for kind, doc in store.records() if kind == "leads"}
    tasks = {(d["leadId"], d["columnId"]): d for kind, d in store.records() if kind == "tasks"}
    for (lead_id, slot), value in expected.items():
        kind, _, name = slot.partition(":")
        if kind == "tag":
            assert (name in leads[lead_id]["tags"]) == bool(value), (lead_id, slot)
        elif kind == "lock":
            assert (int(name) in leads[lead_id]["locks"]) == bool(value), (lead_id, slot)
        elif kind == "task":
            found = tasks.get((lead_id, int(name)))
            assert _fresh(found) == _fresh(value), (lead_id, slot)
        elif kind != "doc" and slot not in computed:
            assert leads[lead_id].get(slot) == value, (lead_id, slot)


def _fresh(task: dict[str, Any] | None) -> dict[str, Any] | None:
    return task and {**task, "stale": False}


def snapshot(store: Store) -> str:
    """Everything but times, counters and calls, as text that equal stores share."""
    return "\n".join(
        json.dumps([kind, _timeless(doc)], sort_keys=True)
        for kind, doc in store.records()
        if kind not in ("counters", "calls")
    )


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in TIMES}
    return [_timeless(v) for v in value] if isinstance(value, (list, tuple)) else value
