"""Undo of what people do: units of every operation taken back in any order, to the exact cells."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leadsync.core.campaigns import add_campaign, rename_campaign
from leadsync.core.columns.definitions import (
    ColumnChanges,
    ColumnSpec,
    add_column,
    edit_column,
    remove_column,
)
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.history import redo, undo
from leadsync.core.leads.editing import (
    add_lead,
    edit_leads,
    move_leads,
    restore_leads,
    tag_leads,
    trash_leads,
)
from leadsync.core.leads.merging import merge_leads
from leadsync.core.models import ColumnType
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import a_task, a_workspace
from tests.plugin.installed import kind_echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadsync.core.workspace import Workspace

UNITS = 10
KINDS = (
    "add", "edit", "bulk edit", "by hand", "trash", "restore", "tag", "move", "merge", "add column",
    "edit formula", "edit prompt", "retype", "becomes formula", "remove column", "settle", "campaign",
)  # fmt: skip
Recipe = list[tuple[str, int, int]]
recipes = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 999), st.integers(1, 3)),
    min_size=UNITS,
    max_size=UNITS,
)
orders = st.permutations(range(UNITS))
State = dict[str, Any]


def set_up(workspace: Workspace) -> None:
    for name in ("Inbox", "Q4"):
        add_campaign(workspace, name)
    for key in ("company", "email_alt", "size", "note", "spare"):
        add_column(workspace, ColumnSpec(key))
    formula = {"template": "{{ name or email }} at {{ company }}"}
    add_column(workspace, ColumnSpec("full", kind="template", config=formula))
    formula = {"template": "{{ full }}, {{ size or 'small' }}"}
    add_column(workspace, ColumnSpec("line", kind="template", config=formula))
    add_column(workspace, ColumnSpec("pitch", kind="echo", config={"prompt": "Hi {{ full }}"}))
    for n in range(5):
        cells = {"email": f"p{n}@x.de", "name": f"N{n}", "company": f"C{n}", "size": f"{n}"}
        add_lead(workspace, "Inbox", cells)


def do(workspace: Workspace, step: tuple[str, int, int], n: int) -> None:
    """Do one operation; one that the state does not allow does nothing."""
    kind, seed, number = step
    trashed = kind == "restore"
    ids = list(workspace.store.ids({}, trashed=trashed))
    start = seed % max(len(ids), 1)
    chosen = (ids[start:] + ids[:start])[:number]
    acts: dict[str, Callable[[], object]] = {
        "add": lambda: add_lead(workspace, "Q4", {"email": f"new{n}@x.de", "company": f"D{n}"}),
        "edit": lambda: edit_leads(workspace, chosen[:1], {"email": f"e{n}@x.de", "name": ""}),
        "bulk edit": lambda: edit_leads(workspace, ids, {"company": f"bulk {n}", "size": f"{n}"}),
        "by hand": lambda: edit_leads(workspace, chosen, {"pitch": f"mine {n}" if n % 3 else ""}),
        "trash": lambda: trash_leads(workspace, chosen),
        "restore": lambda: restore_leads(workspace, chosen),
        "tag": lambda: tag_leads(workspace, chosen, add=[f"t{n % 3}"], drop=[f"t{(n + 1) % 3}"]),
        "move": lambda: move_leads(workspace, chosen, ("Inbox", "Q4")[n % 2]),
        "merge": lambda: merge_leads(workspace, *(chosen[:1] or [0]), chosen[1:]),
        "add column": lambda: add_column(
            workspace,
            ColumnSpec(f"extra{n}", kind="template", config={"template": f"{n}: {{{{ line }}}}"}),
        ),
        "edit formula": lambda: edit_column(
            workspace, "full", ColumnChanges(config={"template": f"{{{{ email }}}} {n}"})
        ),
        "edit prompt": lambda: edit_column(
            workspace, "pitch", ColumnChanges(config={"prompt": f"{n} {{{{ name or email }}}}"})
        ),
        "retype": lambda: edit_column(
            workspace, "size", ColumnChanges(type=(ColumnType.NUMBER, ColumnType.TEXT)[n % 2])
        ),
        "becomes formula": lambda: edit_column(
            workspace, "note", ColumnChanges(kind="template", config={"template": f"note {n}"})
        ),
        "remove column": lambda: remove_column(workspace, ("spare", "line", "note")[n % 3]),
        "settle": lambda: settle(workspace, chosen, n),
        "campaign": lambda: rename_campaign(workspace, ("Inbox", "Q4")[n % 2], f"Renamed {n}"),
    }
    with contextlib.suppress(LeadSyncError):
        acts[kind]()


def settle(workspace: Workspace, leads: Sequence[int], n: int) -> None:
    pitch = workspace.column("pitch")
    inputs = [key for key in pitch.inputs if workspace.store.catalog().find(key)]
    with workspace.store.unit("run", f"enrich {n}") as unit:
        tasks = [
            a_task(pitch, i, dict(zip(inputs, row, strict=True)), attempts=n)
            for i, row in zip(leads, workspace.store.rows(leads, inputs), strict=True)
        ]
        unit.settle(tasks, {i: {"pitch": f"AI {n}"} for i in leads})


def state_of(workspace: Workspace) -> State:
    """All that a user can see: definitions, cells, tags, places, states."""
    store = workspace.store
    columns = store.columns()
    fields = ["email", "name", "source", "campaign", "tags", *(c.key for c in columns)]
    running = [c.id for c in columns if c.is_running]
    state: State = {"columns": columns, "campaigns": store.campaigns()}
    for trashed in (False, True):
        ids = list(store.ids({}, trashed=trashed))
        states = store.states(ids, running) if running else {}
        for lead_id, row in zip(ids, store.rows(ids, fields), strict=True):
            own = {c: s for (i, c), s in states.items() if i == lead_id}
            state[str(lead_id)] = (trashed, dict(zip(fields, row, strict=True)), own)
            keys = [f"e:{row[0]}"]
            state[f"keys {lead_id} {trashed}"] = store.find_by_keys(keys, None)
    return state


def check(new_workspace: Callable[[], Any], recipe: Recipe, order: Sequence[int]) -> None:
    with kind_echo(), new_workspace() as workspace:
        set_up(workspace)
        before = state_of(workspace)
        done: list[int] = []
        for n, step in enumerate(recipe):
            last = workspace.store.units(limit=1)[0].id
            do(workspace, step, n)
            done += [unit.id for unit in workspace.store.units(limit=1) if unit.id != last]
        after = state_of(workspace)
        wanted = [done[n] for n in order if n < len(done)]
        toggle_all(workspace, wanted, undo)
        assert state_of(workspace) == before
        toggle_all(workspace, wanted[::-1], redo)
        assert state_of(workspace) == after


def toggle_all(
    workspace: Workspace, units: Sequence[int], act: Callable[[Workspace, int], object]
) -> None:
    """Undo or redo all; one that is refused until another is done waits for it."""
    waiting = list(units)
    while waiting:
        refused: list[int] = []
        for unit_id in waiting:
            try:
                act(workspace, unit_id)
            except InputError:
                refused.append(unit_id)
        assert len(refused) < len(waiting), refused
        waiting = refused


@contextmanager
def a_sqlite_workspace() -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "leadsync.db")
        yield a_workspace(store, Path(folder))
        store.close()


def steps(*kinds: str) -> Recipe:
    return [(kind, 0, 2) for kind in (*kinds, *("tag",) * (UNITS - len(kinds)))]


@settings(max_examples=60, deadline=None)
@given(recipe=recipes, order=orders)
@example(steps("edit formula", "becomes formula", "remove column", "bulk edit"), list(range(UNITS)))
@example(steps("settle", "edit prompt", "by hand", "edit formula", "edit"), list(range(UNITS)))
@example(steps("merge", "retype", "bulk edit", "restore", "add", "merge"), list(range(UNITS))[::-1])
def test_operations_undone_in_any_order_end_in_the_earlier_cells(
    recipe: Recipe, order: list[int]
) -> None:
    check(a_sqlite_workspace, recipe, order)


@pytest.mark.mongo
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(recipe=recipes, order=orders)
def test_operations_undone_in_any_order_on_mongodb(
    mongo_db_url: str, recipe: Recipe, order: list[int]
) -> None:
    @contextmanager
    def a_mongo_workspace() -> Iterator[Workspace]:
        from leadsync.core.store.mongo.store import MongoStore

        store = MongoStore(f"{mongo_db_url}_{uuid.uuid4().hex[:8]}")
        with tempfile.TemporaryDirectory() as folder:
            yield a_workspace(store, Path(folder))
        store.client.drop_database(store.db.name)
        store.close()

    check(a_mongo_workspace, recipe, order)
