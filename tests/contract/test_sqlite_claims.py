"""Questions to the queue of a file are answered by indexes, however many cells are left."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import a_campaign, a_run, an_ai_column, nobody_is_alive, some_leads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadsync.core.models import Run

CELLS = 200


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "leadsync.db")) as opened:
        yield opened


@pytest.fixture
def run(store: SqliteStore) -> Run:
    """A run with all leads in its queue."""
    column = an_ai_column(store)
    leads = some_leads(store, a_campaign(store), [{"name": f"n{n}"} for n in range(CELLS)])
    started = store.start_run(a_run(column, planned=CELLS), nobody_is_alive)
    store.enqueue(started.id, [(lead, column.id) for lead in leads])
    return started


def plans_of(store: SqliteStore, ask: Callable[[], object]) -> list[str]:
    """How SQLite answers the statements about the queue that `ask` makes."""
    db, asked = store._read(), list[str]()
    db.set_trace_callback(asked.append)
    ask()
    db.set_trace_callback(None)
    about = [
        text for text in asked if text.startswith(("UPDATE queue", "SELECT")) and "queue" in text
    ]
    assert about
    return [row[3] for text in about for row in db.execute(f"EXPLAIN QUERY PLAN {text}")]


def assert_reads_in_order(plan: list[str]) -> None:
    """Each part finds its cells in an index, in the order that it wants: nothing sorts them all."""
    assert not any(step.startswith("SCAN queue") for step in plan)
    parts = [n for n, step in enumerate(plan) if "INDEX queue_by" in step]
    assert len(parts) >= 2
    for part in parts:
        is_sorted = "TEMP B-TREE" in plan[part + 1]
        ends_early = "lease_until<?" in plan[part]  # the few whose process died
        assert ends_early or not is_sorted, plan


@pytest.mark.parametrize("late", [False, True])
def test_a_claim_reads_no_more_than_it_takes(store: SqliteStore, run: Run, late: bool) -> None:
    plan = plans_of(
        store,
        lambda: store.claim(
            run.id, run.column_ids[0], limit=10, holder="a", lease_until=2.0, now=1.0, late=late
        ),
    )
    assert_reads_in_order(plan)


@pytest.mark.parametrize("late_only", [False, True])
def test_the_next_due_cell_is_found_without_looking_at_all(
    store: SqliteStore, run: Run, late_only: bool
) -> None:
    plan = plans_of(store, lambda: store.next_due(run.id, run.column_ids[0], late_only=late_only))
    assert_reads_in_order(plan)
