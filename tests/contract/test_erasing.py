"""Leads erased for good: nothing of them is left, and nothing of others is touched."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.errors import BusyError
from leadsync.core.models import CallState, DeferredCell
from leadsync.core.store.erased_words import HIDDEN, ErasedWords
from leadsync.core.store.erasure import Erasure
from tests.contract.making import (
    a_call,
    a_column,
    a_moment_after_now,
    a_run,
    a_task,
    an_ai_column,
    assert_history_matches_cells,
    cell,
    nobody_is_alive,
    snapshot,
    some_leads,
)
from tests.contract.raw_store import raw_content

if TYPE_CHECKING:
    from leadsync.core.models import Column
    from leadsync.core.store.protocol import Store

ANNA = ErasedWords(["anna@acme.com"], ["Anna Schmidt"], ["in/anna-schmidt"])
TRACES = (b"anna@acme.com", b"anna schmidt", b"anna-schmidt", b"anna%40acme")
PEOPLE = [
    {"email": "anna@acme.com", "name": "Anna Schmidt", "linkedin_url": "linkedin.com/in/anna-schmidt",
     "notes": "met at the fair"},
    {"email": "bob@acme.com", "name": "Bob", "linkedin_url": None,
     "notes": "reports to Anna Schmidt <Anna@Acme.com>"},
    {"email": "joanna@acme.com", "name": "Joanna Weber", "linkedin_url": None, "notes": None},
]  # fmt: skip


@pytest.fixture
def pitch(store: Store) -> Column:
    a_column(store, "notes")
    return an_ai_column(store, inputs=("name", "email"))


@pytest.fixture
def leads(store: Store, inbox: int, pitch: Column) -> list[int]:
    """Anna, Bob and Joanna, with a past: edits, an answer, calls, a ledger, a cell in the queue."""
    anna, bob, joanna = some_leads(store, inbox, PEOPLE, tags=[["vip"], ["met-anna"], []])
    with store.unit("ada", "edit anna@acme.com") as unit:
        unit.edit({anna: {"notes": "likes tea"}, bob: {"notes": PEOPLE[1]["notes"]}}, by_hand=True)
        unit.put("suppressions", {"kind": "email", "value": "anna@acme.com", "createdAt": "2026"})
        unit.put("views", {"name": "Anna Schmidt", "filter": "email:anna@acme.com"})
    own = a_call("a", request={"to": "anna@acme.com"}, lead_ids=(anna,), cost_usd_micros=9)
    shared = a_call(
        "s",
        request={"items": [{"e": "anna@acme.com"}, {"e": "bob@acme.com"}]},
        lead_ids=(anna, bob),
        cost_usd_micros=8,
    )
    others = a_call("o", request={"url": "https://x/?q=anna%40acme.com"}, lead_ids=(bob,))
    calls = [
        dataclasses.replace(c, id=i, state=CallState.ANSWERED, response={"body": c.request}, cacheable=True)
        for c, i in zip([own, shared, others], store.add_calls([own, shared, others]), strict=True)
    ]  # fmt: skip
    with store.unit("run 1", "enrich") as unit:
        inputs = {"name": "Anna Schmidt", "email": "anna@acme.com"}
        tasks = [
            a_task(pitch, anna, inputs, meta={"inputs": inputs}),
            a_task(pitch, bob, meta={"inputs": {"boss": "Anna Schmidt"}}),
        ]
        unit.settle(tasks, {anna: {"pitch": "Hi Anna"}, bob: {"pitch": "Hi Bob"}}, calls)
    store.keep_sent("instantly:c1", {anna: {"id": "x1"}, joanna: {"id": "x2"}})
    run = store.start_run(a_run(pitch, filter="email:anna@acme.com"), nobody_is_alive)
    store.enqueue(run.id, [(anna, pitch.id), (joanna, pitch.id)])
    handle = json.dumps({"handle": {"colleague": "Anna Schmidt"}})
    store.defer([DeferredCell(joanna, pitch.id, handle, 0, 1)])
    return [anna, bob, joanna]


def erasure(*lead_ids: int, everywhere: bool = True) -> Erasure:
    return Erasure(lead_ids, lambda _about: ANNA, ANNA if everywhere else None)


def test_nothing_of_them_is_left_anywhere(store: Store, leads: list[int]) -> None:
    counts = store.erase_leads(erasure(leads[0]))
    store.overwrite_deleted()
    content = raw_content(store).replace(b"joanna@acme.com", b"")
    assert [trace for trace in TRACES if trace in content] == []
    assert b"likes tea" not in content
    assert b"hi anna" not in content
    assert counts["leads"] == 1
    assert counts["sent"] == counts["queue"] - 1 == counts["suppressions"] == 1
    assert counts["calls"] == 3


def test_others_keep_what_they_have(store: Store, leads: list[int], pitch: Column) -> None:
    anna, bob, joanna = leads
    store.erase_leads(erasure(anna))
    assert list(store.ids({})) == [bob, joanna]
    assert cell(store, bob, "notes") == f"reports to {HIDDEN} <{HIDDEN}>"
    assert cell(store, bob, "pitch") == "Hi Bob"
    assert cell(store, joanna, "email") == "joanna@acme.com"
    assert store.find_by_keys(["e:joanna@acme.com", "e:bob@acme.com", "e:anna@acme.com"], None) == {
        "e:joanna@acme.com": joanna,
        "e:bob@acme.com": bob,
    }
    assert store.sent("instantly:c1") == {joanna: {"id": "x2"}}
    (task,) = store.tasks([anna, bob], [pitch.id])
    assert task.meta["inputs"] == {"boss": HIDDEN}
    assert store.queue_counts(store.runs()[0].id) == {(pitch.id, "waiting"): 1}
    assert_history_matches_cells(store)


def test_calls_keep_their_price_and_answer_nobody_any_more(store: Store, leads: list[int]) -> None:
    store.erase_leads(erasure(leads[0]))
    own, shared, others = store.calls(call_ids=[1, 2, 3])
    assert (own.request, own.response, own.cost_usd_micros) == ({}, {"erased": True}, 9)
    assert shared.request == {"items": [{"e": HIDDEN}, {"e": "bob@acme.com"}]}
    assert shared.cost_usd_micros == 8
    assert others.request == {"url": f"https://x/?q={HIDDEN}"}
    assert store.find_answers(["a", "s", "o"]) == {}
    assert [c.lead_ids for c in store.costs()] == [(leads[0],), (leads[0], leads[1]), (leads[1],)]


def test_undo_and_redo_of_the_past_bring_nobody_back(store: Store, leads: list[int]) -> None:
    store.erase_leads(erasure(leads[0]))
    before = snapshot_without_units(store)
    for unit in [u.id for u in store.units()]:
        with store.unit("ada", "undo") as undoing:
            undoing.undo(unit)
        assert list(store.ids({}, trashed=True)) == []
        with store.unit("ada", "redo") as redoing:
            redoing.undo(undoing.id)
    assert snapshot_without_units(store) == before
    store.overwrite_deleted()
    assert b"anna@acme.com" not in raw_content(store).replace(b"joanna@acme.com", b"")
    assert store.documents("suppressions") == []


def test_doing_it_again_changes_nothing(store: Store, leads: list[int]) -> None:
    store.erase_leads(erasure(leads[0]))
    before = snapshot(store)
    assert store.erase_leads(erasure(leads[0])) == {}
    assert snapshot(store) == before


def test_a_rehearsal_counts_and_changes_nothing(store: Store, leads: list[int]) -> None:
    before = list(store.records())
    counts = store.erase_leads(erasure(leads[0]), rehearsal=True)
    assert list(store.records()) == before
    assert counts == store.erase_leads(erasure(leads[0]))


def test_without_words_for_everywhere_others_may_still_speak_of_them(
    store: Store, leads: list[int]
) -> None:
    anna, bob, _ = leads
    counts = store.erase_leads(erasure(anna, everywhere=False))
    assert cell(store, bob, "notes") == PEOPLE[1]["notes"]
    assert len(store.documents("suppressions")) == 1
    assert counts["leads"] == 1
    assert "documents" not in counts
    assert store.calls(call_ids=[2])[0].request == {"items": [{"e": HIDDEN}, {"e": "bob@acme.com"}]}


def test_who_is_being_asked_about_is_left_alone(
    store: Store, leads: list[int], pitch: Column
) -> None:
    anna = leads[0]
    run = store.runs()[0]
    claim: dict[str, Any] = {"limit": 5, "holder": "h", "now": time.time()}
    store.claim(run.id, pitch.id, lease_until=time.time() + 60, **claim)
    before = list(store.records())
    with pytest.raises(BusyError, match=f"run {run.id} is asking about this person now"):
        store.erase_leads(erasure(anna))
    assert list(store.records()) == before


def test_an_answer_that_comes_too_late_brings_nobody_back(
    store: Store, leads: list[int], pitch: Column
) -> None:
    anna = leads[0]
    store.erase_leads(erasure(anna))
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, anna, meta={"m": "anna@acme.com"})], {anna: {"pitch": "Hi"}})
    store.overwrite_deleted()
    assert b"anna@acme.com" not in raw_content(store).replace(b"joanna@acme.com", b"")
    assert store.tasks([anna], [pitch.id]) == []


def test_leads_in_the_trash_and_undone_ones_are_found(store: Store, inbox: int) -> None:
    ids = [some_leads(store, inbox, [{"email": "anna@acme.com"}])[0] for _ in range(3)]
    with store.unit("ada", "remove") as unit:
        unit.trash([ids[0]])
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units()[1].id)
    assert store.owners_of(["e:anna@acme.com", "e:nobody@acme.com"]) == ids
    store.erase_leads(erasure(*ids))
    assert store.owners_of(["e:anna@acme.com"]) == []
    assert [kind for kind, _ in store.records() if kind in ("leads", "changes")] == ["changes"]


def test_what_is_known_of_somebody_is_found_by_lead(store: Store, leads: list[int]) -> None:
    anna, bob, _ = leads
    assert [c.id for c in store.calls_about([anna])] == [1, 2]
    assert [c.id for c in store.calls_about([bob])] == [2, 3]
    assert store.sent_of([anna, bob]) == [("instantly:c1", anna, {"id": "x1"})]


def test_leads_that_nothing_has_changed_are_found(store: Store, leads: list[int]) -> None:
    inbox = store.campaigns()[0].id
    assert list(store.unchanged_since(inbox, "2020-01-01")) == []
    assert list(store.unchanged_since(inbox, "2999-01-01")) == leads
    assert list(store.unchanged_since(inbox + 1, "2999-01-01")) == []


def test_leads_that_were_changed_after_a_moment_stay_as_they_are(
    store: Store, leads: list[int], pitch: Column
) -> None:
    anna, bob, joanna = leads
    moment = a_moment_after_now()
    with store.unit("ada", "edit") as unit:
        unit.edit({anna: {"notes": "is back"}})
    before = list(store.records())
    old = dataclasses.replace(erasure(anna, everywhere=False), unchanged_since=moment)
    assert "leads" not in store.erase_leads(old)
    assert list(store.records()) == before
    both = dataclasses.replace(erasure(anna, bob, everywhere=False), unchanged_since=moment)
    rehearsed = store.erase_leads(both, rehearsal=True)
    assert store.erase_leads(both) == rehearsed
    assert rehearsed["leads"] == 1
    assert list(store.ids({})) == [anna, joanna]
    assert [task.lead_id for task in store.tasks([anna, bob], [pitch.id])] == [anna]
    assert [entry[1] for entry in store.sent_of([anna])] == [anna]


def test_a_revision_tells_others_that_leads_are_gone(store: Store, leads: list[int]) -> None:
    before = store.revision()
    store.erase_leads(erasure(leads[0]))
    assert store.revision() > before


def snapshot_without_units(store: Store) -> list[str]:
    kept = ("leads", "tasks", "documents", "sent", "queue")
    lines = snapshot(store).splitlines()
    return [line for line in lines if json.loads(line)[0] in kept]
