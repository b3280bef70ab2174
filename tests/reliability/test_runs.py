"""Runs as a whole, against a real server: what is asked, what is filled, what is paid."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.engine.cells import Scope
from leadsync.core.engine.events import Progress, Stopping
from leadsync.core.engine.results import get_run, result_of
from leadsync.core.engine.running import StopSignal, drive, request_stop, resume
from leadsync.core.errors import BusyError, Exit, HeldError, InputError
from leadsync.core.history import undo
from leadsync.core.models import Reason, RunState
from tests.reliability.run_making import (
    WRITTEN,
    a_workspace,
    an_ai_column,
    an_outreach_column,
    enrich,
    filled,
    hasty,
    people,
    plan_of,
    started,
)
from tests.servers.openai_server import (
    OpenAIServer,
    Reply,
    Request,
    error,
    text_reply,
    usual_answer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.workspace import Workspace


@pytest.fixture
def workspace(server: OpenAIServer, tmp_path: Path) -> Iterator[Workspace]:
    with a_workspace(server.url, tmp_path) as opened:
        yield opened


# what is asked ---------------------------------------------------------------------------
def test_a_thousand_leads_take_a_thousand_calls_for_four_thousand_cells(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 1000)
    an_outreach_column(workspace)
    result = enrich(workspace, "outreach", concurrency=16)
    assert (result.state, result.exit_code) == (RunState.DONE, Exit.DONE)
    assert len(server.requests) == 1000
    assert filled(workspace, *WRITTEN) == 4000
    again = enrich(workspace, "outreach")
    assert (again.planned, again.exit_code, len(server.requests)) == (0, Exit.DONE, 1000)


def test_an_edited_title_makes_its_cells_stale_and_the_next_run_asks_once(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    leads = people(workspace, 12)
    column = an_outreach_column(workspace)
    enrich(workspace, "outreach")
    before = workspace.store.rows([leads[3]], WRITTEN)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({leads[3]: {"title": "Chief of Staff"}}, by_hand=True)
    stale = [c for c, s in workspace.store.states(leads, [column.id]).items() if s.stale]
    assert stale == [(leads[3], column.id)]
    assert plan_of(workspace, "outreach").to_ask == 1
    enrich(workspace, "outreach")
    assert len(server.requests) == 13
    assert workspace.store.rows([leads[3]], WRITTEN) != before
    assert plan_of(workspace, "outreach").cells == 0


def test_undo_takes_the_entire_run_back(on_each_engine: Workspace) -> None:
    workspace = on_each_engine
    people(workspace, 30)
    an_ai_column(workspace)
    result = enrich(workspace, "intro", pace=hasty(settle_cells=7))
    assert filled(workspace, "intro") == 30
    with workspace.store.unit("ada", "undo") as unit:
        unit.undo(result.unit_id)
    assert filled(workspace, "intro") == 0


def test_answers_that_were_paid_serve_equal_requests_for_nothing(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 10)
    an_ai_column(workspace)
    result = enrich(workspace, "intro")
    with workspace.store.unit("ada", "undo") as unit:
        unit.undo(result.unit_id)
    plan = plan_of(workspace, "intro")
    assert (plan.cells, plan.to_ask, plan.max_usd_micros) == (10, 0, 0)
    again = enrich(workspace, "intro")
    assert again.counts == {Reason.CACHED: 10}
    assert (again.cost_usd_micros, len(server.requests), filled(workspace, "intro")) == (0, 10, 10)


def test_identical_requests_in_flight_are_one(server: OpenAIServer, workspace: Workspace) -> None:
    people(workspace, 20)
    an_ai_column(workspace, prompt="Say hello to a stranger.")
    server.behave = lambda _request: Reply(delay_s=0.05)
    result = enrich(workspace, "intro")
    assert (len(server.requests), filled(workspace, "intro")) == (1, 20)
    assert result.counts == {Reason.VALUE: 1, Reason.CACHED: 19}


def test_locked_suppressed_blank_and_unmatched_leads_are_not_asked(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    leads = people(workspace, 8)
    column = an_ai_column(workspace)
    with workspace.store.unit("ada", "set up") as unit:
        unit.edit({leads[0]: {"intro": "Mine"}}, by_hand=True)
        unit.edit({leads[1]: {"title": None}})
        unit.put("suppressions", {"kind": "email", "value": "P2@company2.example"})
        unit.put("suppressions", {"kind": "domain", "value": "company3.example"})
        unit.trash([leads[4]])
        unit.add_column(column_with(column, condition='-company:"Company 5"'))
    plan = plan_of(workspace, "intro")
    (part,) = plan.columns
    assert part.to_doc() | {"note": ""} == {
        "key": "intro",
        "label": "Intro",
        "kind": "ai",
        "run": 2,
        "cached": 0,
        "fresh": 0,
        "failed": 0,
        "outside": 0,
        "locked": 1,
        "suppressed": 2,
        "condition": 1,
        "filled": 0,
        "waiting": 0,
        "blank": {"title": 1},
        "leftOut": {},
        "sends": {},
        "verdicts": {},
        "stale": {},
        "kept": 0,
        "replaced": 0,
        "usdPerDayMicros": None,
        "note": "",
    }
    assert list(part.leads) == [leads[6], leads[7]]
    enrich(workspace, "intro")
    assert len(server.requests) == 2
    assert workspace.store.rows([leads[0]], ["intro"]) == [("Mine",)]


def column_with(column: Any, **changes: Any) -> Any:
    import dataclasses

    return dataclasses.replace(column, **changes)


def test_what_changed_after_the_plan_is_seen_before_money_is_spent(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    leads = people(workspace, 5)
    an_ai_column(workspace)
    run = started(workspace, "intro")
    with workspace.store.unit("ada", "meanwhile") as unit:
        unit.edit({leads[0]: {"intro": "Mine"}}, by_hand=True)
        unit.edit({leads[1]: {"title": None}})
        unit.trash([leads[2]])
    result = drive(workspace, run.id, pace=hasty())
    assert result.skipped == {"locked": 1, "title is blank": 1, "gone": 1}
    assert (result.exit_code, len(server.requests), result.left) == (Exit.DONE, 2, 0)


def test_a_column_that_reads_another_one_of_the_run_runs_after_it(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    people(workspace, 4)
    an_ai_column(workspace, "intro")
    an_ai_column(workspace, "reply", prompt="Answer: {{ intro }}")
    plan = plan_of(workspace, "reply", "intro")
    assert [(p.column.key, p.to_ask) for p in plan.columns] == [("intro", 4), ("reply", 4)]
    enrich(workspace, "reply", "intro")
    asked = ["Answer" in request.prompt for request in server.requests]
    assert asked == [False] * 4 + [True] * 4
    assert filled(workspace, "intro", "reply") == 8


def test_scopes_choose_among_empty_stale_and_failed_cells(
    server: OpenAIServer, workspace: Workspace
) -> None:
    leads = people(workspace, 4)
    an_ai_column(workspace)
    server.behave = lambda r: error(400, message="no") if "Person 1," in r.prompt else None
    assert enrich(workspace, "intro", limit=3).exit_code is Exit.PARTLY
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({leads[2]: {"title": "CEO"}})
    chosen = {
        scope: list(plan_of(workspace, "intro", scope=scope).columns[0].leads) for scope in Scope
    }
    assert chosen == {
        Scope.EMPTY: [leads[3]],
        Scope.STALE: [leads[2]],
        Scope.FAILED: [leads[1]],
        Scope.DEFAULT: leads[1:],
        Scope.ALL: leads,
    }


def test_cells_that_a_held_run_left_are_what_they_were_before_it(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    leads = people(workspace, 6)
    an_ai_column(workspace, max_output_tokens=100)
    server.behave = lambda r: error(400, message="no") if "Person 1," in r.prompt else None
    enrich(workspace, "intro", limit=5)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({leads[2]: {"title": "CEO"}})
    held = enrich(workspace, "intro", scope=Scope.ALL, no_cache=True, max_cost_usd_micros=0)
    assert (held.state, held.left) == (RunState.HELD, 6)
    chosen = {
        scope: list(plan_of(workspace, "intro", scope=scope).columns[0].leads)
        for scope in (Scope.EMPTY, Scope.STALE, Scope.FAILED, Scope.DEFAULT)
    }
    assert chosen == {
        Scope.EMPTY: [leads[5]],
        Scope.STALE: [leads[2]],
        Scope.FAILED: [leads[1]],
        Scope.DEFAULT: [leads[1], leads[2], leads[5]],
    }


def test_formulas_never_need_a_run_and_hand_typed_columns_are_refused(
    workspace: Workspace,
) -> None:
    from leadsync.core.columns.definitions import ColumnSpec, add_column

    people(workspace, 1)
    spec = ColumnSpec(key="full", kind="template", config={"template": "{{ name }}"})
    add_column(workspace, spec)
    plan = plan_of(workspace, "full")
    assert (plan.cells, plan.columns[0].note) == (0, "a formula is always current: nothing to run")
    with pytest.raises(InputError, match="typed by hand"):
        plan_of(workspace, "title")


# what goes wrong -------------------------------------------------------------------------
def test_a_server_that_fails_a_third_of_the_time_still_gets_every_cell_filled(
    server: OpenAIServer, workspace: Workspace
) -> None:
    tries: Counter[str] = Counter()

    def troubled(request: Request) -> Reply | None:
        """Three in ten fail, one in a hundred is cut; nobody six times, which would be an error."""
        tries[request.key] += 1
        chance = random.Random(f"{request.key}{tries[request.key]}").random()
        if chance > 0.99:
            return Reply(cut=40)
        if chance > 0.3 or tries[request.key] > 5:
            return None
        return error(429, "rate_limit_exceeded") if chance > 0.15 else error(500)

    server.behave = troubled
    people(workspace, 300)
    an_ai_column(workspace)
    result = enrich(workspace, "intro", concurrency=16)
    assert (result.exit_code, filled(workspace, "intro")) == (Exit.DONE, 300)
    assert len(server.answered) == 300


def test_a_lost_answer_is_sent_again_once_and_both_calls_stand_in_the_journal(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    people(workspace, 1)
    an_ai_column(workspace)
    server.behave = lambda request: Reply(cut=60) if request.number == 1 else None
    result = enrich(workspace, "intro")
    first, second = workspace.store.calls(run_id=result.run_id)
    assert (first.state, first.cost_usd_micros, second.state) == ("lost", None, "answered")
    assert first.units["maxUsdMicros"] == result.at_most_usd_micros > 0
    assert filled(workspace, "intro") == 1


def test_an_answer_lost_twice_is_unknown_and_not_sent_a_third_time(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_ai_column(workspace)
    server.behave = lambda _request: Reply(cut=60)
    result = enrich(workspace, "intro")
    assert (result.counts, len(server.requests)) == ({Reason.UNKNOWN: 1}, 2)
    assert "maybe billed" in result.errors[0].detail
    assert plan_of(workspace, "intro").cells == 0
    assert plan_of(workspace, "intro", scope=Scope.FAILED).cells == 1


def test_exhausted_credits_hold_the_column_and_resume_does_exactly_the_rest(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    people(workspace, 40)
    an_ai_column(workspace)
    server.behave = lambda r: error(429, "insufficient_quota") if r.number > 10 else None
    result = enrich(workspace, "intro", concurrency=4)
    assert (result.state, result.exit_code) == (RunState.HELD, Exit.HELD)
    assert len(server.requests) <= 10 + 4
    assert filled(workspace, "intro") == 10
    assert "top up" in result.remedy
    assert workspace.store.queue_counts(result.run_id) == {
        (workspace.column("intro").id, "held"): 30
    }
    asked = len(server.requests)
    server.behave = lambda _request: None
    rest = resume(workspace, result.run_id, pace=hasty())
    assert (rest.state, rest.counts) == (RunState.DONE, {Reason.VALUE: 40})
    assert len(server.requests) == asked + 30


def test_a_cap_is_never_passed_and_holds_the_rest(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 60)
    an_ai_column(workspace, max_output_tokens=100)
    one = plan_of(workspace, "intro", limit=1).max_usd_micros
    assert one is not None
    result = enrich(workspace, "intro", concurrency=32, max_cost_usd_micros=4 * one)
    assert result.exit_code is Exit.HELD
    assert 0 < result.cost_usd_micros <= 4 * one
    assert 4 <= len(server.requests) < 60
    assert "raise the cap" in result.remedy


def test_a_cap_holds_with_64_in_flight_whatever_each_answer_costs(
    server: OpenAIServer, workspace: Workspace
) -> None:
    limit, charged = 400, []

    def dear(request: Request) -> Reply:
        """Charges for anything up to the limit; some answers come late, some never."""
        chance = random.Random(request.key)
        body = usual_answer(request.body)
        tokens = {
            "prompt_tokens": len(str(request.body["messages"])) // 3,
            "completion_tokens": chance.randint(0, limit),
        }
        body["usage"] = tokens
        charged.append(tokens["prompt_tokens"] * 0.125 + tokens["completion_tokens"] * 0.5)
        cut = 30 if chance.random() < 0.1 else None
        return Reply(body=body, delay_s=chance.uniform(0, 0.02), cut=cut)

    server.behave = dear
    people(workspace, 150)
    an_ai_column(workspace, max_output_tokens=limit)
    cap = 8_000
    result = enrich(workspace, "intro", concurrency=64, max_cost_usd_micros=cap)
    assert result.exit_code is Exit.HELD
    assert sum(charged) <= result.cost_usd_micros + result.at_most_usd_micros <= cap
    assert result.cost_usd_micros > cap / 2


def test_a_daily_cap_of_a_column_counts_all_its_runs_of_the_day(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    people(workspace, 60)
    column = an_ai_column(workspace, max_output_tokens=100)
    one = plan_of(workspace, "intro", limit=1).max_usd_micros
    assert one is not None
    with workspace.store.unit("ada", "cap") as unit:
        unit.add_column(column_with(column, caps={"usd_per_day": 3 * one}))
    first = enrich(workspace, "intro", concurrency=8)
    second = enrich(workspace, "intro", concurrency=8)
    assert (first.exit_code, second.exit_code) == (Exit.HELD, Exit.HELD)
    assert 'the daily cap of "intro"' in second.reason
    assert 0 < first.cost_usd_micros + second.cost_usd_micros <= 3 * one
    assert len(server.requests) == filled(workspace, "intro")


def test_a_new_cap_on_resume_replaces_the_old_one(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 20)
    an_ai_column(workspace, max_output_tokens=100)
    one = plan_of(workspace, "intro", limit=1).max_usd_micros
    held = enrich(workspace, "intro", max_cost_usd_micros=one)
    assert (held.exit_code, held.left > 0) == (Exit.HELD, True)
    rest = resume(workspace, held.run_id, pace=hasty(), max_cost_usd_micros=1_000_000)
    assert (rest.exit_code, filled(workspace, "intro")) == (Exit.DONE, 20)


def test_a_run_that_a_newer_one_has_continued_is_never_called_done(
    on_each_engine: Workspace,
) -> None:
    workspace = on_each_engine
    people(workspace, 5)
    an_ai_column(workspace)
    held = enrich(workspace, "intro", max_cost_usd_micros=0)
    newer = enrich(workspace, "intro", limit=2)
    with pytest.raises(InputError, match="it left 5 unasked") as refused:
        resume(workspace, held.run_id, pace=hasty())
    assert f"continued by run {newer.run_id}" in refused.value.message
    assert "leadsync enrich --column intro" in refused.value.next_step
    assert result_of(workspace, held.run_id).state is RunState.STOPPED
    assert plan_of(workspace, "intro").cells == 3


def test_a_cap_is_not_promised_where_a_price_is_unknown(workspace: Workspace) -> None:
    people(workspace, 1)
    an_ai_column(workspace, model="llama-of-my-own")
    assert plan_of(workspace, "intro").max_usd_micros is None
    with pytest.raises(HeldError, match="not known"):
        started(workspace, "intro", max_cost_usd_micros=1_000_000)


def test_a_missing_key_holds_the_run_before_anything_is_sent(
    server: OpenAIServer, tmp_path: Path
) -> None:
    more = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "http://ai.example/v1"}
    with a_workspace(server.url, tmp_path, **more) as workspace:
        people(workspace, 3)
        an_ai_column(workspace)
        result = enrich(workspace, "intro")
    assert (result.exit_code, result.left, server.requests) == (Exit.HELD, 3, [])
    assert 'the key "OPENAI_API_KEY" is not set' in result.reason


def test_failed_checks_are_errors_that_cost_and_keep_their_answer(
    server: OpenAIServer, workspace: Workspace
) -> None:
    leads = people(workspace, 2)
    column = an_ai_column(workspace, max_words=3)
    server.behave = lambda _request: text_reply("Far more words than are allowed here")
    result = enrich(workspace, "intro")
    (group,) = result.errors
    assert (group.reason, group.detail, group.count) == ("invalid", "more than 3 words", 2)
    assert result.exit_code is Exit.PARTLY
    (task,) = workspace.store.tasks(leads[:1], [column.id])
    (call,) = workspace.store.calls(call_ids=task.meta["callIds"])
    assert "Far more words" in str(call.response)
    assert filled(workspace, "intro") == 0
    assert enrich(workspace, "intro", scope=Scope.FAILED).planned == 2
    assert len(server.requests) == 4


# stopping and processes ------------------------------------------------------------------
def test_after_a_stop_no_request_leaves_and_resume_does_the_rest(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    people(workspace, 60)
    an_ai_column(workspace)
    server.behave = lambda _request: Reply(delay_s=0.05)
    run = started(workspace, "intro", concurrency=6)
    stop, late = StopSignal(), []

    def listen(event: Event) -> None:
        if isinstance(event, Progress) and event.settled >= 12:
            stop.request() if not stop.is_requested else None
        elif isinstance(event, Stopping):
            # What was handed to the network is in flight, and may still be on its way.
            late.append(len(server.requests) + event.in_flight)
            assert event.in_flight <= 6

    result = drive(workspace, run.id, stop=stop, on_event=listen, pace=hasty())
    assert (result.state, result.exit_code) == (RunState.STOPPED, Exit.STOPPED)
    assert len(server.requests) <= late[0]
    assert result.left == 60 - filled(workspace, "intro") > 0
    assert len(server.answered) == filled(workspace, "intro")
    rest = resume(workspace, run.id, pace=hasty())
    assert (rest.exit_code, len(server.requests), rest.left) == (Exit.DONE, 60, 0)
    assert rest.units == result_of(workspace, run.id).units
    assert rest.units["inputTokens"] > result.units["inputTokens"] > 0


def test_a_second_stop_leaves_at_once_and_the_journal_stays_true(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 10)
    an_ai_column(workspace)
    server.behave = lambda _request: Reply(delay_s=20)
    run = started(workspace, "intro", concurrency=3)
    stop = StopSignal()

    def twice() -> None:
        server.wait_for(3)
        stop.request()
        stop.request()

    asking = threading.Thread(target=twice)
    asking.start()
    began = time.monotonic()
    result = drive(workspace, run.id, stop=stop, pace=hasty())
    asking.join()
    assert time.monotonic() - began < 10
    assert (result.exit_code, result.left, result.at_most_usd_micros > 0) == (130, 10, True)
    states = [call.state for call in workspace.store.calls(run_id=run.id)]
    assert states == ["lost"] * 3


def test_another_process_can_ask_a_run_to_stop(server: OpenAIServer, workspace: Workspace) -> None:
    people(workspace, 40)
    an_ai_column(workspace)
    server.behave = lambda _request: Reply(delay_s=0.05)
    run = started(workspace, "intro", concurrency=2)

    def from_elsewhere() -> None:
        server.wait_for(4)
        request_stop(workspace, run.id)

    asking = threading.Thread(target=from_elsewhere)
    asking.start()
    result = drive(workspace, run.id, pace=hasty())
    asking.join()
    assert result.exit_code is Exit.STOPPED
    assert 0 < result.left < 40


def test_a_column_that_somebody_fills_is_busy(server: OpenAIServer, workspace: Workspace) -> None:
    people(workspace, 3)
    an_ai_column(workspace)
    plan = plan_of(workspace, "intro")
    run = started(workspace, "intro")
    with pytest.raises(BusyError, match=f"run {run.id} is filling") as busy:
        started(workspace, "intro")
    assert busy.value.exit_code is Exit.BUSY
    assert plan.cells == drive(workspace, run.id, pace=hasty()).counts[Reason.VALUE]


def test_what_a_run_writes_is_taken_back_after_it_and_not_while_it_goes_on(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 12)
    an_ai_column(workspace)
    gate = threading.Event()

    def behave(request: Request) -> Reply:
        if request.number > 4:
            gate.wait(20)
        return Reply()

    server.behave = behave
    run = started(workspace, "intro", concurrency=2)
    driving = threading.Thread(target=lambda: drive(workspace, run.id, pace=hasty()))
    driving.start()
    server.wait_for(5)
    while not (unit_id := get_run(workspace, run.id).unit_id):
        pass
    try:
        with pytest.raises(BusyError, match=f"run {run.id} is writing this still"):
            undo(workspace, unit_id)
    finally:
        gate.set()
        driving.join()
    undo(workspace, unit_id)
    assert workspace.store.count({"intro": {"$exists": True}}) == 0


def test_a_column_that_a_run_reads_is_not_taken_back_under_it(workspace: Workspace) -> None:
    people(workspace, 2)
    made = next(unit for unit in workspace.store.units() if unit.label == "add column title")
    an_ai_column(workspace)
    run = started(workspace, "intro")
    with pytest.raises(BusyError, match=f'run {run.id} needs the column "title"'):
        undo(workspace, made.id)
    assert drive(workspace, run.id, pace=hasty()).state is RunState.DONE


def test_a_run_that_was_taken_back_goes_on_in_a_unit_that_stands(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 6)
    an_ai_column(workspace)
    stop = StopSignal()

    def behave(request: Request) -> Reply:
        if request.number == 3:
            stop.request()
        return Reply()

    server.behave = behave
    run = started(workspace, "intro", concurrency=1)
    drive(workspace, run.id, pace=hasty(), stop=stop)
    first = get_run(workspace, run.id).unit_id
    undo(workspace, first)
    resume(workspace, run.id, pace=hasty())
    second = get_run(workspace, run.id).unit_id
    rest = filled(workspace, "intro")
    assert second not in (0, first)
    assert 0 < rest < 6
    undo(workspace, second)
    assert filled(workspace, "intro") == 0


def test_slow_down_halves_the_requests_in_flight(
    server: OpenAIServer, workspace: Workspace
) -> None:
    def choosy(request: Request) -> Reply:
        return error(503, delay_s=0.02) if request.number <= 8 else Reply(delay_s=0.02)

    server.behave = choosy
    people(workspace, 30)
    an_ai_column(workspace)
    result = enrich(workspace, "intro", concurrency=8)
    assert (result.exit_code, filled(workspace, "intro")) == (Exit.DONE, 30)


def test_retry_after_is_kept_to(server: OpenAIServer, workspace: Workspace) -> None:
    def choosy(request: Request) -> Reply | None:
        return error(429, headers={"Retry-After": "0.4"}) if request.number == 1 else None

    server.behave = choosy
    people(workspace, 5)
    an_ai_column(workspace)
    enrich(workspace, "intro", concurrency=1)
    first, second = server.requests[:2]
    assert second.at - first.at >= 0.4


def test_a_run_that_broke_off_is_stopped_and_can_be_resumed(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 30)
    an_ai_column(workspace)
    server.behave = lambda _request: Reply(delay_s=0.02)
    run = started(workspace, "intro", concurrency=4)

    def break_off(event: Event) -> None:
        if isinstance(event, Progress) and event.settled:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        drive(workspace, run.id, on_event=break_off, pace=hasty())
    (left,) = workspace.store.runs()
    assert (left.state, left.reason) == (RunState.STOPPED, "it broke off")
    rest = resume(workspace, run.id, pace=hasty())
    assert (rest.exit_code, rest.left, filled(workspace, "intro")) == (Exit.DONE, 0, 30)
    assert len(server.requests) <= 30 + 4


def test_an_output_written_by_hand_is_kept_when_the_others_are_written_anew(
    server: OpenAIServer, on_each_engine: Workspace
) -> None:
    workspace = on_each_engine
    (lead,) = people(workspace, 1)
    an_outreach_column(workspace)
    enrich(workspace, "outreach")
    before = workspace.store.rows([lead], WRITTEN)[0]
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead: {"cta": "Mine", "title": "CEO"}}, by_hand=True)
    enrich(workspace, "cta")
    after = workspace.store.rows([lead], WRITTEN)[0]
    assert after[2] == "Mine"
    assert all(new != old for new, old in zip(after, before, strict=True))
    assert len(server.requests) == 2


def test_an_output_cleared_by_hand_is_asked_for_again(
    server: OpenAIServer, workspace: Workspace
) -> None:
    (lead,) = people(workspace, 1)
    an_outreach_column(workspace)
    enrich(workspace, "outreach")
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead: {"cta": None}}, by_hand=True)
    assert plan_of(workspace, "outreach").cells == 1
    result = enrich(workspace, "outreach")
    assert (result.counts, filled(workspace, *WRITTEN)) == ({Reason.CACHED: 1}, 4)


def test_a_plan_of_many_leads_prices_a_few_and_counts_all(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 5000)
    an_ai_column(workspace)
    plan = plan_of(workspace, "intro")
    (provider,) = plan.providers
    assert (plan.cells, provider.calls, plan.priced_cells) == (5000, 5000, 2000)
    assert 0 < plan.min_usd_micros < (plan.max_usd_micros or 0)
    assert server.requests == []


def test_a_run_that_is_stopped_before_it_began_sends_nothing(
    server: OpenAIServer, workspace: Workspace
) -> None:
    people(workspace, 3)
    an_ai_column(workspace)
    run = started(workspace, "intro")
    stop = StopSignal()
    stop.request()
    result = drive(workspace, run.id, stop=stop, pace=hasty())
    assert (result.exit_code, result.left, server.requests) == (Exit.STOPPED, 3, [])
    assert workspace.store.calls(run_id=run.id) == []
