"""The call journal: sent, answered, found again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from leadsync.core.models import CallState
from tests.contract.making import a_call, a_lead, a_task, an_ai_column, settle_and_fail

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store


def answered(call, **fields):
    return dataclasses.replace(
        call,
        **(
            {"state": CallState.ANSWERED, "status": 200, "response": {"ok": 1}, "cacheable": True}
            | fields
        ),
    )


def test_sent_calls_get_ids_in_order(store: Store) -> None:
    first, second = store.add_calls([a_call("h1"), a_call("h2")])
    (third,) = store.add_calls([a_call("h3")])
    assert first < second < third
    assert [c.request_hash for c in store.calls(call_ids=[third, first])] == ["h1", "h3"]
    assert store.calls(call_ids=[first])[0].state is CallState.SENT


def test_a_call_keeps_all_that_is_known_of_it(store: Store) -> None:
    call = a_call(
        request={"$q": "x", "a.b": {"c": [1, None]}},
        units={"tokens": 12},
        cost_usd_micros=1500,
        lead_ids=(4, 7),
        run_id=3,
    )
    (call_id,) = store.add_calls([call])
    done = answered(
        dataclasses.replace(call, id=call_id),
        response={"items": [{"ü.x": "ö", "": 0}], "big": 2**53 + 1},
        finished_at="2026-03-01T09:00:01.000Z",
    )
    store.finish_calls([done])
    assert store.calls(call_ids=[call_id]) == [done]
    assert store.calls(run_id=3) == [done]
    assert store.calls(run_id=4) == []


def test_an_answer_with_half_a_character_is_kept(store: Store) -> None:
    (call_id,) = store.add_calls([a_call()])
    store.finish_calls([answered(a_call(id=call_id), response={"text": "half \ud800 of it"})])
    (kept,) = store.calls(call_ids=[call_id])
    assert kept.response is not None
    assert str(kept.response["text"]).startswith("half ")


def test_equal_requests_find_the_newest_reusable_answer(store: Store) -> None:
    ids = store.add_calls([a_call("h1"), a_call("h1"), a_call("h2"), a_call("h3")])
    old, new, once, sent = (
        a_call(h, id=i) for h, i in zip(("h1", "h1", "h2", "h3"), ids, strict=True)
    )
    store.finish_calls(
        [answered(old), answered(new, response={"n": 2}), answered(once, cacheable=False)]
    )
    found = store.find_answers(["h1", "h2", "h3", "h4"])
    assert {h: c.id for h, c in found.items()} == {"h1": new.id}
    assert store.find_answers([]) == {}
    assert sent.id in {c.id for c in store.calls(call_ids=ids) if c.state is CallState.SENT}


def test_a_lost_call_answers_nothing(store: Store) -> None:
    (call_id,) = store.add_calls([a_call("h1")])
    store.finish_calls([a_call("h1", id=call_id, state=CallState.LOST)])
    assert store.find_answers(["h1"]) == {}


def test_calls_are_finished_with_the_cells_that_they_filled_or_not_at_all(
    store: Store, inbox: int
) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    (call_id,) = store.add_calls([a_call()])
    done = answered(a_call(id=call_id))
    with pytest.raises(ZeroDivisionError):
        settle_and_fail(store, a_task(pitch, lead), [done])
    assert store.calls(call_ids=[call_id])[0].state is CallState.SENT
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, lead)], {lead: {"pitch": "Hi"}}, [done])
    assert store.calls(call_ids=[call_id]) == [done]


def test_the_spending_of_a_run_is_what_its_answers_cost_beside_calls_without_answer(
    store: Store,
) -> None:
    first, second, other = store.add_calls([a_call("h1"), a_call("h2"), a_call("h3")])
    done = {"state": CallState.ANSWERED, "status": 200, "run_id": 7}
    store.finish_calls(
        [
            a_call("h1", id=first, cost_usd_micros=120, **done),
            a_call("h2", id=second, run_id=7),
            a_call("h3", id=other, cost_usd_micros=5, **(done | {"run_id": 8})),
        ]
    )
    paid, unanswered = store.spending(7)
    assert (paid, [call.id for call in unanswered]) == (120, [second])
    assert store.spending(7, since="2026-03-01T09:00:00.000Z") == (paid, unanswered)
    assert store.spending(7, since="2026-03-02") == (0, [])


def test_what_was_refused_is_told_apart_from_what_nobody_knows(store: Store) -> None:
    ids = store.add_calls([a_call("h1"), a_call("h2")])
    done = {"state": CallState.ANSWERED, "cost_usd_micros": 0}
    store.finish_calls(
        [
            a_call("h1", id=ids[0], status=429, **done),
            a_call("h2", id=ids[1], status=404, cacheable=True, **done),
        ]
    )
    assert [cost.is_refused for cost in store.costs()] == [True, False]


def test_what_asked_for_nothing_new_is_told_apart(store: Store) -> None:
    store.add_calls([a_call("h1"), a_call("h2", is_look=True)])
    assert [cost.is_look for cost in store.costs()] == [False, True]


def test_what_providers_counted_stands_beside_what_calls_have_cost(store: Store) -> None:
    (call_id,) = store.add_calls([a_call(units={"maxUsdMicros": 5})])
    answered = a_call(
        id=call_id, state=CallState.ANSWERED, status=200, units={"credits": 1.5}, run_id=7
    )
    store.finish_calls([answered])
    (cost,) = store.costs()
    assert (cost.units, cost.cost_usd_micros, cost.most_usd_micros) == (
        {"credits": 1.5},
        None,
        None,
    )
