"""Requests of before that no cell tells of are found, and amended when more is known."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.engine.earlier import EarlierCall, EarlierCalls
from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.store_thread import StoreThread
from leadsync.core.models import Call, CallState, Reason, Run, RunState, Status, Task, now_iso
from leadsync.core.redaction import Redactor
from tests.contract.making import a_campaign, a_column, some_leads

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store


@pytest.fixture
def thread() -> Iterator[StoreThread]:
    thread = StoreThread()
    yield thread
    thread.close()


@pytest.fixture
def column_id(store: Store) -> int:
    return a_column(store, "about", kind="ask").id


@pytest.fixture
def leads(store: Store) -> list[int]:
    return some_leads(store, a_campaign(store), [{"name": "Ada"}, {"name": "Grace"}])


def a_run(store: Store, column_id: int, state: RunState = RunState.RUNNING) -> int:
    planned = Run(0, (column_id,), "", RunState.PLANNED, 2, actor="ada", created_at=now_iso())
    run = store.start_run(planned, lambda _run: False)
    store.update_run(run.id, {"state": str(state)})
    return run.id


def a_call(
    store: Store, run_id: int, column_id: int, leads: list[int], state: CallState, **more: Any
) -> int:
    call = Call(
        id=0,
        provider="asked",
        operation=more.pop("operation", "start"),
        request_hash="h",
        state=CallState.SENT,
        started_at=now_iso(),
        request={"body": {"leads": len(leads)}},
        units={"maxUsdMicros": 500},
        lead_ids=tuple(leads),
        run_id=run_id,
        column_id=column_id,
    )
    (call_id,) = store.add_calls([call])
    if state is not CallState.SENT:
        store.finish_calls([replace(call, id=call_id, state=state, **more)])
    return call_id


def find(
    store: Store, thread: StoreThread, run_id: int, column_id: int, leads: list[int]
) -> list[EarlierCall]:
    earlier = EarlierCalls(store, thread, Redactor(()), run_id=run_id)
    return asyncio.run(earlier.find(column_id, leads, "start"))


ANSWERED: dict[str, Any] = {"status": 201, "response": {"body": {"id": "r1"}}, "cost_usd_micros": 7}


def test_answered_and_lost_requests_about_these_leads_are_found(
    store: Store, thread: StoreThread, column_id: int, leads: list[int]
) -> None:
    run = a_run(store, column_id)
    lost = a_call(store, run, column_id, leads, CallState.LOST)
    answered = a_call(store, run, column_id, leads[:1], CallState.ANSWERED, **ANSWERED)
    a_call(store, run, column_id, leads, CallState.SENT)  # somebody else waits for it
    a_call(store, run, column_id, leads, CallState.ANSWERED, operation="poll", **ANSWERED)
    a_call(store, run, column_id, leads, CallState.ANSWERED, **{**ANSWERED, "status": 429})
    a_call(store, run, column_id, leads, CallState.LOST, cost_usd_micros=0)  # never left
    a_call(store, run, column_id + 1, leads, CallState.LOST)
    found = find(store, thread, run, column_id, leads)
    assert [(call.id, call.answer) for call in found] == [(lost, None), (answered, {"id": "r1"})]
    assert found[0].request == {"body": {"leads": 2}}
    assert [call.id for call in find(store, thread, run, column_id, leads[1:])] == [lost]


def test_a_cell_that_tells_of_an_answer_is_not_found_again_but_of_a_lost_one_it_is(
    store: Store, thread: StoreThread, column_id: int, leads: list[int]
) -> None:
    run = a_run(store, column_id)
    answered = a_call(store, run, column_id, leads[:1], CallState.ANSWERED, **ANSWERED)
    lost = a_call(store, run, column_id, leads[:1], CallState.LOST)
    tell(store, run, column_id, leads[0], lost, answered)
    found = find(store, thread, run, column_id, leads)
    assert [(call.id, call.is_told) for call in found] == [(lost, True)]


def tell(store: Store, run: int, column_id: int, lead_id: int, *call_ids: int) -> None:
    task = Task(
        lead_id=lead_id,
        column_id=column_id,
        status=Status.ERROR,
        reason=Reason.UNKNOWN,
        meta={"runId": run, "callIds": list(call_ids)},
        updated_at=now_iso(),
    )
    with store.unit("ada", "run") as unit:
        unit.settle([task], {})


def test_a_lost_request_is_open_only_until_it_is_asked_again_and_answered(
    store: Store, thread: StoreThread, column_id: int, leads: list[int]
) -> None:
    done = a_run(store, column_id, RunState.DONE)
    lost = a_call(store, done, column_id, leads, CallState.LOST)
    refused = a_call(store, done, column_id, leads, CallState.ANSWERED, status=429)
    tell(store, done, column_id, leads[0], refused)
    run = a_run(store, column_id)
    assert find(store, thread, run, column_id, leads)[0].open_for == {*leads}
    again = a_call(store, done, column_id, leads[:1], CallState.ANSWERED, **ANSWERED)
    tell(store, done, column_id, leads[0], again)
    (found,) = find(store, thread, run, column_id, leads)
    assert (found.id, found.open_for) == (lost, {leads[1]})
    a_call(store, done, column_id, leads, CallState.ANSWERED, cacheable=True, **ANSWERED)
    assert find(store, thread, run, column_id, leads) == []


def test_what_earlier_runs_have_sent_without_an_answer_is_found(
    store: Store, thread: StoreThread, column_id: int, leads: list[int]
) -> None:
    done = a_run(store, column_id, RunState.DONE)
    sent = a_call(store, done, column_id, leads, CallState.SENT)
    a_call(store, done, column_id, leads, CallState.ANSWERED, **ANSWERED)
    stopped = a_run(store, column_id, RunState.STOPPED)
    answered = a_call(store, stopped, column_id, leads, CallState.ANSWERED, **ANSWERED)
    run = a_run(store, column_id)
    found = find(store, thread, run, column_id, leads)
    assert [call.id for call in found] == [sent, answered]
    assert find(store, thread, run, a_column(store, "other", kind="ask").id, leads) == []


def test_what_is_known_later_is_written_down(
    store: Store, thread: StoreThread, column_id: int, leads: list[int]
) -> None:
    run = a_run(store, column_id)
    first = a_call(store, run, column_id, leads, CallState.LOST)
    second = a_call(store, run, column_id, leads, CallState.LOST)
    earlier = EarlierCalls(store, thread, Redactor(()), run_id=run)

    async def amended() -> list[EarlierCall]:
        assert len(await earlier.find(column_id, leads, "start")) == 2
        await earlier.amend(first, Answer(201, {"id": "r9"}, cost_usd_micros=300))
        await earlier.amend(second, None)
        return await earlier.find(column_id, leads, "start")

    assert [(call.id, call.answer) for call in asyncio.run(amended())] == [(first, {"id": "r9"})]
    paid, unanswered = store.spending(run)
    assert (paid, [call.cost_usd_micros for call in unanswered]) == (300, [0])
