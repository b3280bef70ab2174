"""Undo laws: units taken back in any order end in the earlier state; in part, in a replay."""

from __future__ import annotations

import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadsync.core.models import Column, Reason, Status
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import FullName, a_task, assert_history_matches_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadsync.core.store.protocol import Store

UNITS = 10
# Each of these writes the same whatever was there before, so that doing it again is well defined.
PLAIN = (
    "create", "edit", "bulk edit", "trash", "restore", "tag", "move", "column", "settle", "fail",
)  # fmt: skip
WILD = (*PLAIN, "by hand", "clear")


def recipes(kinds: Sequence[str]) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    """Units to do: (kind, which lead, how many more)."""
    unit = st.tuples(st.sampled_from(kinds), st.integers(0, 999), st.integers(0, 3))
    return st.lists(unit, min_size=UNITS, max_size=UNITS)


orders = st.permutations(range(UNITS))
State = dict[str, Any]


@dataclass
class Step:
    """One unit with all it needs, so that it can be done again elsewhere."""

    kind: str
    number: int
    leads: Sequence[int]
    names: dict[int, Any]

    @property
    def label(self) -> str:
        return f"{self.kind} {self.number}"


def set_up(store: Store) -> None:
    store.set_formulas(FullName)
    with store.unit("ada", "set up") as unit:
        for name in ("Inbox", "Q4"):
            unit.put("campaigns", {"name": name, "createdAt": "", "settings": {}})
        unit.add_column(Column(0, "company", "Company"))
        unit.add_column(Column(0, "email_alt", "Other addresses"))
        unit.add_column(Column(0, "pitch", "Pitch", kind="ai", inputs=("name",)))
        unit.add_column(
            Column(0, "full", "Full", kind="template", inputs=("name", "company")),
        )
    with store.unit("ada", "first leads") as unit:
        rows = [[f"p{n}@x.de", f"Name {n}", f"Company {n}"] for n in range(4)]
        unit.add_leads(1, ["email", "name", "company"], rows)


def plan(store: Store, kind: str, seed: int, number: int, index: int) -> Step:
    """Choose the leads of a step so that it changes something on all of them."""
    trashed = list(store.ids({}, trashed=True))
    there = {"restore": trashed, "trash": list(store.ids({}))}.get(
        kind, sorted([*store.ids({}), *trashed])
    )
    if kind in ("settle", "fail"):
        states = store.states(there, [3])
        there = [i for i in there if not ((i, 3) in states and states[i, 3].locked)]
    if kind == "move":
        to = ("Inbox", "Q4")[index % 2]
        rows = store.rows(there, ["campaign"])
        there = [i for i, row in zip(there, rows, strict=True) if row[0] != to]
    start = seed % max(len(there), 1)
    chosen = there if kind == "bulk edit" else there[start : start + number + 1]
    names = {i: row[0] for i, row in zip(chosen, store.rows(chosen, ["name"]), strict=True)}
    return Step(kind, index, chosen, names)


def do(store: Store, step: Step) -> int:
    """Do a step as one unit; the unit's id."""
    n, leads = step.number, step.leads
    with store.unit("ada", step.label) as unit:
        if step.kind == "create":
            rows = [[f"new{n}.{k}@x.de", f"New {n}", None] for k in range(2)]
            unit.add_leads(1, ["email", "name", "company"], rows, tags=[[f"made{n}"]] * 2)
        elif step.kind == "edit":
            edits = {"email": f"e{n}@x.de", "company": f"C{n}", "email_alt": f"alt{n}@x.de"}
            unit.edit(dict.fromkeys(leads, edits))
        elif step.kind == "bulk edit":
            unit.edit({i: {"name": f"bulk {n}", "source": f"s{n}"} for i in leads})
        elif step.kind == "by hand":
            unit.edit({i: {"pitch": f"mine {n}"} for i in leads}, by_hand=True)
        elif step.kind == "clear":
            unit.edit({i: {"pitch": None} for i in leads}, by_hand=True)
        elif step.kind == "trash":
            unit.trash(leads)
        elif step.kind == "restore":
            unit.restore(leads)
        elif step.kind == "tag":
            unit.tag(leads, add=[f"t{n}"])
        elif step.kind == "move":
            unit.move(leads, 1 + n % 2)
        elif step.kind == "column":
            column = unit.add_column(Column(0, f"extra{n}", "Extra"))
            unit.edit({i: {column.key: n} for i in leads})
        else:
            settle(store, unit, step)
        return unit.id


def settle(store: Store, unit: Any, step: Step) -> None:
    pitch = next(c for c in store.columns() if c.key == "pitch")
    if step.kind == "settle":
        tasks = [
            a_task(pitch, i, {"name": step.names[i]}, attempts=step.number) for i in step.leads
        ]
        unit.settle(tasks, {i: {"pitch": f"AI {step.number}"} for i in step.leads})
    else:
        failed = {"status": Status.ERROR, "reason": Reason.REFUSED, "attempts": step.number}
        unit.settle([a_task(pitch, i, **failed) for i in step.leads], {})


def undo(store: Store, unit_id: int) -> int:
    with store.unit("ada", "undo") as unit:
        unit.undo(unit_id)
        return unit.id


def state_of(store: Store) -> State:
    """All that a user can see of the leads."""
    columns = store.columns()
    usual = [c.key for c in columns if not c.key.startswith("extra")]
    extra = ["id", *(c.key for c in columns if c.key.startswith("extra"))]
    fields = ["email", "name", "source", "campaign", "tags", *usual]
    state: State = {}
    for trashed in (False, True):
        ids = list(store.ids({}, trashed=trashed))
        cells = store.states(ids, [3])
        rows = zip(ids, store.rows(ids, fields), store.rows(ids, extra), strict=True)
        for i, row, more in rows:
            filled = {key: v for key, v in zip(extra, more, strict=True) if v is not None}
            state[str(i)] = (trashed, row, filled, cells.get((i, 3)))
        emails = [row[0] for row in store.rows(ids, ["email"])]
        state[f"keys {trashed}"] = store.find_by_keys([f"e:{e}" for e in emails], None)
    return state


def replay(store: Store, program: Sequence[Step], standing: set[int]) -> None:
    """Do the units that stand; of the others only what gives out ids."""
    for step in program:
        if step.number in standing:
            do(store, step)
        elif step.kind == "create":
            undo(store, do(store, step))
        elif step.kind == "column":
            do(store, Step("column", step.number, [], {}))


def check(
    new_store: Callable[[], Any],
    recipe: Sequence[tuple[str, int, int]],
    order: Sequence[int],
    cut: int,
) -> None:
    with new_store() as store, new_store() as other:
        set_up(store)
        set_up(other)
        columns_before, before = store.columns(), state_of(store)
        program: list[Step] = []
        for index, (kind, seed, number) in enumerate(recipe):
            step = plan(store, kind, seed, number, index)
            do(store, step)
            program.append(step)
        columns_after, after = store.columns(), state_of(store)
        done = {unit.label: unit.id for unit in store.units()}

        def toggle(numbers: Sequence[int]) -> None:
            for number in numbers:
                label = program[number].label
                if label in done:  # a step that found nothing to do is no unit
                    undo(store, done[label])

        toggle(order[:cut])
        assert_history_matches_cells(store)
        if {step.kind for step in program} <= set(PLAIN):
            replay(other, program, set(order[cut:]))
            assert state_of(store) == state_of(other)

        toggle(order[cut:])
        assert state_of(store) == before
        assert store.columns() == columns_before

        toggle(order[::-1])
        assert state_of(store) == after
        assert store.columns() == columns_after


@contextmanager
def a_sqlite_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "leadsync.db")
        yield store
        store.close()


@settings(max_examples=60, deadline=None)
@given(recipe=recipes(PLAIN), order=orders, cut=st.integers(0, UNITS))
def test_units_undone_in_any_order_leave_a_replay_of_the_others(
    recipe: list[tuple[str, int, int]], order: list[int], cut: int
) -> None:
    check(a_sqlite_store, recipe, order, cut)


@settings(max_examples=60, deadline=None)
@given(recipe=recipes(WILD), order=orders, cut=st.integers(0, UNITS))
def test_units_undone_in_any_order_end_in_the_earlier_state(
    recipe: list[tuple[str, int, int]], order: list[int], cut: int
) -> None:
    check(a_sqlite_store, recipe, order, cut)


@pytest.mark.mongo
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(recipe=st.one_of(recipes(PLAIN), recipes(WILD)), order=orders, cut=st.integers(0, UNITS))
def test_units_undone_in_any_order_on_mongodb(
    mongo_db_url: str, recipe: list[tuple[str, int, int]], order: list[int], cut: int
) -> None:
    @contextmanager
    def a_mongo_store() -> Iterator[Store]:
        from leadsync.core.store.mongo.store import MongoStore

        store = MongoStore(f"{mongo_db_url}_{uuid.uuid4().hex[:8]}")
        yield store
        store.client.drop_database(store.db.name)
        store.close()

    check(a_mongo_store, recipe, order, cut)
