"""Runs and the queue of their cells: who holds what, claims, leases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import BusyError, NotFound
from leadsync.core.models import CellState, Column, DeferredCell, Reason, RunState, Status
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import (
    a_run,
    a_task,
    an_ai_column,
    nobody_is_alive,
    runs_are_alive,
    settle_and_fail,
    some_leads,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.models import Doc, Run
    from leadsync.core.store.protocol import Store

NOW = 1000.0


@pytest.fixture
def pitch(store: Store) -> Column:
    return an_ai_column(store)


@pytest.fixture
def leads(store: Store, inbox: int) -> list[int]:
    return some_leads(store, inbox, [{"name": f"n{n}"} for n in range(5)])


@pytest.fixture
def run(store: Store, pitch: Column, leads: list[int]) -> Run:
    """A run with all leads in its queue."""
    started = store.start_run(a_run(pitch, planned=5), nobody_is_alive)
    assert store.enqueue(started.id, [(i, pitch.id) for i in leads]) == 5
    return started


def claim(store: Store, run: Run, *, limit: int = 10, holder: str = "a", now: float = NOW):
    cells = store.claim(
        run.id, run.column_ids[0], limit=limit, holder=holder, lease_until=now + 30, now=now
    )
    return [cell.lead_id for cell in cells]


# runs --------------------------------------------------------------------------------------
def test_a_started_run_is_stored_as_running(store: Store, pitch: Column) -> None:
    run = store.start_run(a_run(pitch, filter="tag:hot", planned=3), nobody_is_alive)
    assert run.state is RunState.RUNNING
    assert store.runs() == [run]
    assert run.id == 1


def test_a_run_that_is_alive_holds_its_columns(store: Store, pitch: Column) -> None:
    other = an_ai_column(store, "cta")
    first = store.start_run(a_run(pitch), runs_are_alive)
    with pytest.raises(BusyError, match=f"run {first.id}"):
        store.start_run(a_run(other, pitch), runs_are_alive)
    assert store.start_run(a_run(other), runs_are_alive).id == 2


def test_a_new_run_drops_the_cells_that_a_dead_one_left(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    second = store.start_run(a_run(pitch), nobody_is_alive)
    assert store.queue_counts(run.id) == {}
    assert store.states(leads, [pitch.id]) == {}
    assert store.enqueue(second.id, [(i, pitch.id) for i in leads]) == 5
    dead = next(r for r in store.runs() if r.id == run.id)
    assert dead.state is RunState.STOPPED
    assert str(second.id) in dead.reason


def test_a_run_that_nobody_drives_can_be_taken(store: Store, run: Run) -> None:
    store.update_run(run.id, {"state": "held", "reason": "no credits", "stopRequested": True})
    taken = store.take_run(run.id, "host:2:b", 5000.0, runs_are_alive)
    assert (taken.state, taken.members) == (RunState.RUNNING, {"host:2:b": 5000.0})
    assert (taken.stop_requested, taken.reason) == (False, "")
    with pytest.raises(BusyError):
        store.take_run(run.id, "host:3:c", 5000.0, runs_are_alive)


def test_an_unknown_run_cannot_be_taken_or_updated(store: Store) -> None:
    with pytest.raises(NotFound):
        store.take_run(7, "host:2:b", 5000.0, nobody_is_alive)
    with pytest.raises(NotFound):
        store.update_run(7, {"reason": "x"})


def test_update_run_sets_only_the_fields_named(store: Store, run: Run) -> None:
    changed = store.update_run(run.id, {"counts": {"value": 2, "no_match": 1}, "costUsdMicros": 7})
    assert (changed.counts, changed.cost_usd_micros, changed.planned) == (
        {"value": 2, "no_match": 1}, 7, 5,
    )  # fmt: skip
    assert store.runs() == [changed]


def test_updates_of_a_run_from_many_threads_are_all_kept(store: Store, run: Run) -> None:
    fields = ["reason", "finishedAt", "startedAt", "filter"]
    threads = [threading.Thread(target=store.update_run, args=(run.id, {f: "x"})) for f in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = store.runs()[0]
    assert (now.reason, now.finished_at, now.started_at, now.filter) == ("x", "x", "x", "x")


# queue -------------------------------------------------------------------------------------
def test_queued_cells_are_seen_as_pending(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    assert store.queue_counts(run.id) == {(pitch.id, "queued"): 5}
    states = store.states(leads, [pitch.id])
    assert states == {(i, pitch.id): CellState(Status.PENDING, Reason.QUEUED) for i in leads}


def test_a_cell_is_queued_once(store: Store, run: Run, pitch: Column, leads: list[int]) -> None:
    other = store.start_run(a_run(an_ai_column(store, "cta")), nobody_is_alive)
    assert store.enqueue(run.id, [(leads[0], pitch.id)]) == 0
    assert store.enqueue(other.id, [(leads[0], pitch.id), (leads[0], other.column_ids[0])]) == 1


def test_cells_are_claimed_once_in_order(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    assert claim(store, run, limit=2) == leads[:2]
    assert claim(store, run, limit=2, holder="b") == leads[2:4]
    assert claim(store, run) == leads[4:]
    assert claim(store, run) == []
    assert store.states(leads[:1], [pitch.id])[leads[0], pitch.id].reason is Reason.RUNNING
    assert store.queue_counts(run.id) == {(pitch.id, "running"): 5}


def test_claims_say_the_run_the_attempts_and_the_position(store: Store, run: Run) -> None:
    first, second = store.claim(
        run.id, run.column_ids[0], limit=2, holder="a", lease_until=NOW + 30, now=NOW
    )
    assert (first.run_id, first.column_id, first.attempts) == (run.id, run.column_ids[0], 0)
    assert first.position < second.position


def test_an_expired_lease_is_taken_over(store: Store, run: Run, leads: list[int]) -> None:
    assert claim(store, run) == leads
    assert claim(store, run, now=NOW + 29) == []
    assert claim(store, run, now=NOW + 31) == leads


def test_a_requeued_cell_waits_until_it_is_due(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    claim(store, run)
    store.requeue([(leads[0], pitch.id)], not_before=NOW + 10, attempts=2)
    assert store.next_due(run.id, pitch.id) == NOW + 10
    assert claim(store, run, now=NOW + 9) == []
    (cell,) = store.claim(run.id, pitch.id, limit=5, holder="a", lease_until=NOW + 40, now=NOW + 10)
    assert (cell.lead_id, cell.attempts) == (leads[0], 2)


def test_next_due_is_none_when_nothing_is_left(store: Store, run: Run, pitch: Column) -> None:
    assert store.next_due(run.id, pitch.id) == 0
    claim(store, run)
    assert store.next_due(run.id, pitch.id) == NOW + 30
    assert store.drop_queue(run.id) == 5
    assert store.next_due(run.id, pitch.id) is None


def test_a_stopped_run_gives_its_cells_back_as_held(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    claim(store, run, limit=2)
    assert store.release(run.id, reason="held") == 5
    assert store.queue_counts(run.id) == {(pitch.id, "held"): 5}
    assert store.states(leads[:1], [pitch.id])[leads[0], pitch.id].reason is Reason.HELD
    assert claim(store, run, limit=2) == leads[:2]


def test_settled_cells_leave_the_queue_and_others_stay(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    claim(store, run)
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, leads[0])], {leads[0]: {"pitch": "Hi"}})
    assert store.queue_counts(run.id) == {(pitch.id, "running"): 4}
    states = store.states(leads[:2], [pitch.id])
    assert states[leads[0], pitch.id].status is Status.SUCCESS
    assert states[leads[1], pitch.id].status is Status.PENDING


def test_a_dropped_cell_shows_its_earlier_task_again(
    store: Store, pitch: Column, leads: list[int]
) -> None:
    with store.unit("run 0", "enrich") as unit:
        unit.settle([a_task(pitch, leads[0], {"name": "n0"})], {leads[0]: {"pitch": "Hi"}})
    before = store.states(leads, [pitch.id])
    run = store.start_run(a_run(pitch), nobody_is_alive)
    store.enqueue(run.id, [(leads[0], pitch.id)])
    queued = store.states(leads, [pitch.id])[leads[0], pitch.id]
    assert queued.status is Status.PENDING
    assert queued.settled == (Status.SUCCESS, Reason.VALUE)
    assert store.drop_queue(run.id) == 1
    assert store.states(leads, [pitch.id]) == before


def test_a_failing_settle_leaves_the_cell_in_the_queue(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    with pytest.raises(ZeroDivisionError):
        settle_and_fail(store, a_task(pitch, leads[0]), [])
    assert store.queue_counts(run.id) == {(pitch.id, "queued"): 5}
    assert store.tasks(leads, [pitch.id]) == []


def test_workers_that_claim_at_the_same_time_never_get_the_same_cell(
    store: Store, inbox: int, pitch: Column
) -> None:
    ids = some_leads(store, inbox, [{"name": f"n{n}"} for n in range(120)])
    run = store.start_run(a_run(pitch), nobody_is_alive)
    store.enqueue(run.id, [(i, pitch.id) for i in ids])
    claimed: list[int] = []

    def work(holder: str) -> None:
        while cells := claim(store, run, limit=7, holder=holder):
            claimed.extend(cells)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == ids


def test_queue_states_are_seen_by_filters(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    claim(store, run, limit=2)
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, leads[0])], {leads[0]: {"pitch": "Hi"}})
        failed = a_task(pitch, leads[1], status=Status.ERROR, reason=Reason.REFUSED)
        unit.settle([failed], {})
    assert _matching(store, "pitch.status:success") == leads[:1]
    assert _matching(store, "pitch.status:error") == leads[1:2]
    assert _matching(store, "pitch.status:pending") == leads[2:]
    store.drop_queue(run.id)
    assert _matching(store, "pitch.status:pending") == []


def _matching(store: Store, text: str) -> list[int]:
    from leadsync.core.query.parse import parse_filter

    return list(store.ids(parse_filter(text, store.catalog())))


def test_dropped_cells_are_not_claimed_and_leave_the_others(
    store: Store, pitch: Column, leads: list[int]
) -> None:
    run = store.start_run(a_run(pitch), nobody_is_alive)
    store.enqueue(run.id, [(lead, pitch.id) for lead in leads[:2]])
    store.drop_cells([(leads[0], pitch.id)])
    assert store.queue_counts(run.id) == {(pitch.id, "queued"): 1}
    assert store.states(leads[:1], [pitch.id]) == {}


# late answers ------------------------------------------------------------------------------
def a_waiting_cell(run: Run, lead_id: int, handle: str = '{"job": 1}', at: float = NOW + 10):
    return DeferredCell(lead_id, run.column_ids[0], handle, at, 1)


def late(store: Store, run: Run, now: float) -> list[tuple[int, str, int]]:
    cells = store.claim(
        run.id, run.column_ids[0], limit=9, holder="a", lease_until=now + 30, now=now, late=True
    )
    return [(cell.lead_id, cell.handle, cell.attempts) for cell in cells]


def test_a_cell_whose_answer_comes_later_waits_with_its_handle(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    claim(store, run)
    store.defer([a_waiting_cell(run, lead) for lead in leads[:2]])
    assert store.queue_counts(run.id) == {(pitch.id, "waiting"): 2, (pitch.id, "running"): 3}
    assert store.states(leads[:1], [pitch.id])[leads[0], pitch.id].reason is Reason.WAITING
    assert store.next_due(run.id, pitch.id, late_only=True) == NOW + 10
    assert late(store, run, NOW + 9) == []
    assert claim(store, run, now=NOW + 11) == []
    assert late(store, run, NOW + 11) == [(lead, '{"job": 1}', 1) for lead in leads[:2]]
    assert _matching(store, "pitch.status:pending") == leads


def test_waiting_cells_wait_on_when_their_run_stops_and_when_another_one_begins(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    claim(store, run)
    store.defer([a_waiting_cell(run, leads[0]), a_waiting_cell(run, leads[1])])
    late(store, run, NOW + 20)
    store.release(run.id, reason="held")
    assert store.queue_counts(run.id) == {(pitch.id, "waiting"): 2, (pitch.id, "held"): 3}
    second = store.start_run(a_run(pitch), nobody_is_alive)
    assert store.queue_counts(run.id) == {(pitch.id, "waiting"): 2}
    assert store.enqueue(second.id, [(lead, pitch.id) for lead in leads]) == 3


def test_a_cell_that_is_asked_anew_forgets_its_handle(
    store: Store, run: Run, pitch: Column, leads: list[int]
) -> None:
    claim(store, run)
    store.defer([a_waiting_cell(run, leads[0])])
    store.defer([a_waiting_cell(run, leads[0], handle="", at=0.0)])
    assert store.queue_counts(run.id)[pitch.id, "queued"] == 1
    assert late(store, run, NOW + 20) == []
    assert claim(store, run) == leads[:1]


def test_waiting_cells_are_dumped_and_loaded(
    store: Store, run: Run, leads: list[int], tmp_path: Path
) -> None:
    claim(store, run)
    store.defer([a_waiting_cell(run, leads[0])])
    other = SqliteStore(tmp_path / "other.db")
    other.load(store.records())
    assert [r for r in other.records() if r[0] == "queue"] == [
        r for r in store.records() if r[0] == "queue"
    ]
    assert late(other, run, NOW + 20) == [(leads[0], '{"job": 1}', 1)]
    other.close()


# shared state ------------------------------------------------------------------------------
def test_no_change_of_shared_state_is_lost_between_threads(store: Store) -> None:
    def count(doc: Doc) -> Doc:
        return {"number": doc.get("number", 0) + 1}

    def work() -> None:
        for _ in range(25):
            store.change_shared("pace:x", count)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.change_shared("pace:x", lambda doc: doc) == {"number": 100}
    assert store.change_shared("pace:y", lambda doc: doc) == {}
    assert "pace:x" not in str(list(store.records()))
