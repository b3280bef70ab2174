"""What was sent to places outside: kept lead by lead, on both engines, in no history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.making import a_campaign, a_lead, cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.store.protocol import Store

HERE, THERE = "instantly:c-1", "sheets:a.b/$Tab"


def test_what_was_sent_is_found_by_destination_and_lead(store: Store) -> None:
    store.keep_sent(HERE, {1: {"hash": "a"}, 2: {"hash": "b", "id": None}})
    store.keep_sent(THERE, {1: {"hash": "c", "fields.x": {"$y": [1, 2.5, "é"]}}})
    assert store.sent(HERE) == {1: {"hash": "a"}, 2: {"hash": "b", "id": None}}
    assert store.sent(THERE) == {1: {"hash": "c", "fields.x": {"$y": [1, 2.5, "é"]}}}
    assert store.sent(HERE, [2, 3]) == {2: {"hash": "b", "id": None}}
    assert store.sent(HERE, []) == {}
    assert store.sent("instantly:other") == {}


def test_what_is_sent_again_takes_the_place_of_what_was(store: Store) -> None:
    store.keep_sent(HERE, {1: {"hash": "a", "outcome": "created"}, 2: {"hash": "b"}})
    store.keep_sent(HERE, {1: {"hash": "z"}})
    store.keep_sent(HERE, {})
    assert store.sent(HERE) == {1: {"hash": "z"}, 2: {"hash": "b"}}


def test_many_entries_are_kept(store: Store) -> None:
    many = {lead_id: {"n": lead_id} for lead_id in range(1, 12_001)}
    store.keep_sent(HERE, many)
    assert store.sent(HERE) == many
    assert store.sent(HERE, list(many)) == many


def test_another_process_sees_what_was_sent(open_store: Callable[[], Store]) -> None:
    first, second = open_store(), open_store()
    first.keep_sent(HERE, {7: {"hash": "a"}})
    assert second.sent(HERE) == {7: {"hash": "a"}}


def test_undo_takes_back_a_lead_and_not_what_was_sent(store: Store) -> None:
    lead = a_lead(store, a_campaign(store), email="ada@example.com")
    store.keep_sent(HERE, {lead: {"hash": "a"}})
    before = [unit.id for unit in store.units()]
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units(limit=1)[0].id)
    assert before == [unit.id for unit in store.units()][1:]
    assert store.sent(HERE) == {lead: {"hash": "a"}}
    with store.unit("ada", "redo") as unit:
        unit.undo(store.units(limit=1)[0].id)
    assert cell(store, lead, "email") == "ada@example.com"
