"""More leads than one statement or message takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.making import a_run, an_ai_column, nobody_is_alive, some_leads

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store

MANY = 33_000  # SQLite binds at most 32,766 values


def test_many_leads_are_trashed_read_and_looked_at_in_one_go(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    ids = some_leads(store, inbox, [{"name": f"n{n}"} for n in range(MANY)])
    run = store.start_run(a_run(pitch), nobody_is_alive)
    assert store.enqueue(run.id, [(i, pitch.id) for i in ids[-100:]]) == 100
    with store.unit("ada", "trash all") as unit:
        assert unit.trash(ids) == MANY
    assert store.count({}) == 0
    assert len(store.rows(ids, ["name"])) == MANY
    assert len(store.states(ids, [pitch.id])) == 100
    assert store.tasks(ids, [pitch.id]) == []
    assert store.calls(call_ids=ids) == []
    assert store.find_answers([f"h{n}" for n in ids]) == {}
    assert store.find_by_keys([f"e:{n}@x.de" for n in ids], None) == {}
