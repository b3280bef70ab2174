"""Routines at Clay, over a socket: every answer ends in its outcome, and no start is paid twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.failures import list_unknown
from leadsync.core.engine.key_checks import check_key, find_provider
from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.errors import InputError
from leadsync.core.models import CallState, Reason, RunState
from tests.contract.making import a_campaign, some_leads
from tests.contract.making import a_column as a_field
from tests.providers.vendor_specs import (
    check_parameters,
    check_request,
    check_response,
    needs_specs,
    operation_of,
)
from tests.reliability.run_making import (
    a_workspace,
    counted_calls,
    enrich,
    hasty,
    plan_of,
    started,
)
from tests.servers.clay_server import ROUTINE, ClayServer, Reply, complete, error, failed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

SPEC = "clay.json"
COVERED = {
    "GET /me",
    "POST /routines/{routine_id}/run",
    "GET /routines/run/{routine_run_id}/results",
    "POST /routines/{routine_id}/run-batch/upload-url",
    "POST /routines/{routine_id}/run-batch/start",
    "GET /routines/run-batch/{routine_run_id}/results",
}
KEY = "clay-planted-8Wd31pQz7L"
ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
START = f"POST /routines/{ROUTINE}"
LOOK = "GET /routines"
PRICES = "[limits.clay]\nbackoff_s = 0.01\n"


@pytest.fixture
def server() -> Iterator[ClayServer]:
    server = ClayServer()
    with server.running():
        yield server


def opened(
    server: ClayServer, folder: Path, store: str = "", prices: str = PRICES, **more: str
) -> Workspace:
    (folder / "prices.toml").write_text(prices)
    settings = {
        "LEADSYNC_CLAY_BASE_URL": server.url,
        "CLAY_API_KEY": KEY,
        "LEADSYNC_POLL_BASE_S": "0.05",
        "LEADSYNC_PRICES": str(folder / "prices.toml"),
    }
    return a_workspace("", folder, store, **(settings | more))


@pytest.fixture
def workspace(server: ClayServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened(server, tmp_path) as found:
        yield found


@pytest.fixture(params=ENGINES)
def either(
    request: pytest.FixtureRequest, server: ClayServer, tmp_path: Path
) -> Iterator[Workspace]:
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with opened(server, tmp_path, store) as found:
        yield found


def people(workspace: Workspace, number: int) -> list[int]:
    if "title" not in {column.key for column in workspace.store.columns()}:
        a_field(workspace.store, "title")
    inbox = a_campaign(workspace.store)
    rows = [{"email": f"p{n}@x.example", "name": f"Person {n}"} for n in range(number)]
    return some_leads(workspace.store, inbox, rows)


def a_column(workspace: Workspace, **config: Any) -> Column:
    inputs = {"name": "{{ name }}", "title": "{{ title or '' }}"}
    given = {"routine": ROUTINE, "inputs": inputs, "value": "summary", **config}
    return add_column(workspace, ColumnSpec(key="clay", kind="clay", config=given))


def cells(workspace: Workspace) -> list[Any]:
    return [value for (value,) in workspace.store.scan({}, ["clay"])]


# what is asked and read ------------------------------------------------------------------------
def test_leads_go_together_and_their_results_come_back_by_id(
    either: Workspace, server: ClayServer
) -> None:
    server.looks = 2
    leads = people(either, 5)
    column = a_column(either)
    result = enrich(either, "clay")
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 5})
    assert counted_calls(either) == {"clay": 1}
    assert cells(either) == [f"About Person {n}" for n in range(5)]
    (run,) = server.runs
    assert run.items[0] == {"id": f"{column.id}-{leads[0]}", "inputs": {"name": "Person 0"}}


def test_results_are_read_page_by_page(workspace: Workspace, server: ClayServer) -> None:
    people(workspace, 100)
    a_column(workspace)
    looks = server.requests
    server.special[LOOK] = []
    assert enrich(workspace, "clay").counts == {Reason.VALUE: 100}
    assert any("limit=100" in request.path for request in looks)


def test_a_cursor_leads_to_the_next_page(workspace: Workspace, server: ClayServer) -> None:
    leads = people(workspace, 2)
    column = a_column(workspace)
    ids = [f"{column.id}-{lead}" for lead in leads]
    known = {"routine_run_id": "run_1", "status": "complete", "finished": 2, "total": 2}
    first = {**known, "data": [{"id": ids[0], **complete(summary="a")}], "cursor": "abc"}
    second = {**known, "data": [{"id": ids[1], **complete(summary="b")}]}
    server.special[LOOK] = [Reply(body=first), Reply(body=second)]
    assert enrich(workspace, "clay").counts == {Reason.VALUE: 2}
    assert cells(workspace) == ["a", "b"]
    assert "cursor=abc" in server.requests[-1].path


def test_each_item_is_complete_or_failed_by_itself(
    workspace: Workspace, server: ClayServer
) -> None:
    says = {
        "Person 0": complete(summary="fine"),
        "Person 1": failed("no such company"),
        "Person 2": complete(),
    }
    server.routine = lambda inputs: says[inputs["name"]]
    people(workspace, 3)
    a_column(workspace)
    result = enrich(workspace, "clay")
    assert result.counts == {Reason.VALUE: 1, Reason.INVALID: 1, Reason.NO_MATCH: 1}
    assert result.errors[0].detail == "Clay says: no such company"


def test_a_lead_that_is_not_among_the_results_is_an_error(
    workspace: Workspace, server: ClayServer
) -> None:
    body = {"routine_run_id": "r", "status": "complete", "finished": 1, "total": 1, "data": []}
    server.special[LOOK] = [Reply(body=body)]
    people(workspace, 1)
    a_column(workspace)
    assert enrich(workspace, "clay").errors[0].detail == "Clay gave no result for this lead"


def test_outputs_fill_columns(workspace: Workspace, server: ClayServer) -> None:
    people(workspace, 1)
    config = {"routine": ROUTINE, "inputs": {"name": "{{ name }}"}}
    outputs = {"summary": "clay", "score": "clay_score"}
    add_column(workspace, ColumnSpec(key="clay", kind="clay", outputs=outputs, config=config))
    enrich(workspace, "clay")
    assert list(workspace.store.scan({}, ["clay", "clay_score"])) == [("About Person 0", "7")]


def test_a_lead_without_what_an_input_needs_is_left_out_and_named(
    workspace: Workspace, server: ClayServer
) -> None:
    people(workspace, 2)
    with workspace.store.unit("ada", "blank") as unit:
        unit.edit({1: {"name": None}})
    a_column(workspace)
    assert plan_of(workspace, "clay").columns[0].blank == {"name": 1}
    result = enrich(workspace, "clay")
    assert result.counts == {Reason.VALUE: 1}
    assert [len(run.items) for run in server.runs] == [1]


def test_a_column_that_cannot_work_is_refused_when_it_is_saved(workspace: Workspace) -> None:
    for config, words in (
        ({"routine": "no routine"}, "is no id of a routine"),
        ({"inputs": {"x": "{{ nam }}"}}, 'input "x": .*did you mean "name"'),
        ({"inputs": {}}, "inputs"),
        ({"value": "a["}, "is no JMESPath"),
    ):
        with pytest.raises(InputError, match=words):
            a_column(workspace, **config)


# files -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("as_list", [False, True])
def test_more_than_a_hundred_leads_go_as_a_file(
    workspace: Workspace, server: ClayServer, as_list: bool
) -> None:
    server.as_list, server.looks = as_list, 2
    people(workspace, 130)
    a_column(workspace, batch_size=1000)
    assert plan_of(workspace, "clay").providers[0].calls == 1
    result = enrich(workspace, "clay")
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 130})
    assert [(run.is_file, len(run.items)) for run in server.runs] == [(True, 130)]
    assert cells(workspace)[129] == "About Person 129"
    assert counted_calls(workspace) == {"clay": 1}


def test_lines_that_clay_does_not_take_are_errors_and_the_others_are_sent_again(
    either: Workspace, server: ClayServer
) -> None:
    server.faults.names = ["Person 3", "Person 7"]
    people(either, 110)
    a_column(either, batch_size=1000)
    result = enrich(either, "clay")
    assert result.counts == {Reason.VALUE: 108, Reason.INVALID: 2}
    detail = "Clay does not take this lead: inputs.name: is not a name"
    assert [(group.detail, group.count) for group in result.errors] == [(detail, 2)]
    assert (server.charged, [len(run.items) for run in server.runs]) == (108, [110, 108])


def test_a_file_whose_processing_failed_is_an_error(
    workspace: Workspace, server: ClayServer
) -> None:
    server.faults.processing = "out of credits"
    people(workspace, 101)
    a_column(workspace, batch_size=1000)
    result = enrich(workspace, "clay")
    assert result.counts == {Reason.INVALID: 101}
    assert result.errors[0].detail == "Clay could not run the routine: out of credits"


def test_a_storage_that_takes_no_file_is_tried_again(
    workspace: Workspace, server: ClayServer
) -> None:
    server.special["PUT /storage"] = [Reply(503, "<Error>slow down</Error>")]
    server.special["GET /storage"] = [Reply(403, "<Error>expired</Error>")]
    people(workspace, 101)
    a_column(workspace, batch_size=1000)
    assert enrich(workspace, "clay").counts == {Reason.VALUE: 101}
    assert len(server.runs) == 1


def test_a_file_is_not_sent_to_an_address_that_is_not_safe(
    workspace: Workspace, server: ClayServer
) -> None:
    place = {"file_id": "f", "upload_url": "http://storage.example/f"}
    server.special[f"{START}/run-batch/upload-url"] = [Reply(body=place)]
    people(workspace, 101)
    a_column(workspace, batch_size=1000)
    result = enrich(workspace, "clay")
    assert result.counts == {Reason.INVALID: 101}
    assert "not https" in result.errors[0].detail


# errors ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "meaning"),
    [(400, "invalid"), (404, "invalid"), (401, "auth"), (403, "auth"), (402, "exhausted")],
)
def test_each_refusal_of_a_start_has_its_outcome(
    workspace: Workspace, server: ClayServer, status: int, meaning: str
) -> None:
    server.special[START] = [error(status, "so not")]
    people(workspace, 2)
    a_column(workspace)
    result = enrich(workspace, "clay")
    if meaning == "invalid":
        assert result.counts == {Reason.INVALID: 2}
        assert result.errors[0].detail == "clay says: so not"
    else:
        assert (result.state, result.reason) == (RunState.HELD, f"{meaning}: clay says: so not")
    assert server.charged == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_start_that_is_turned_away_is_tried_again(
    workspace: Workspace, server: ClayServer, status: int
) -> None:
    server.special[START] = [error(status)] * 2
    people(workspace, 2)
    a_column(workspace)
    assert enrich(workspace, "clay").counts == {Reason.VALUE: 2}
    assert server.charged == 2


def test_trouble_while_a_run_is_looked_at_loses_nothing(
    workspace: Workspace, server: ClayServer
) -> None:
    server.special[LOOK] = [error(500), error(429), Reply(body="<html>"), Reply(body="[1")]
    people(workspace, 2)
    a_column(workspace)
    assert enrich(workspace, "clay").counts == {Reason.VALUE: 2}
    assert server.charged == 2


def test_a_run_that_clay_does_not_know_any_more_is_an_error(
    workspace: Workspace, server: ClayServer
) -> None:
    server.special[LOOK] = [error(404, "Run not found")]
    people(workspace, 2)
    a_column(workspace)
    assert enrich(workspace, "clay").errors[0].detail == "clay says: Run not found"


# starts whose answer is lost -------------------------------------------------------------------
@pytest.mark.parametrize("how", ["before", "after", "garbled"])
def test_a_lost_start_is_unknown_and_is_sent_again_only_when_somebody_says_so(
    workspace: Workspace, server: ClayServer, how: str
) -> None:
    server.loses = [how]
    people(workspace, 3)
    a_column(workspace)
    result = enrich(workspace, "clay")
    assert result.counts == {Reason.UNKNOWN: 3}
    assert "may run and be billed" in result.errors[0].detail
    assert "run it again" in result.errors[0].detail
    assert len(list_unknown(workspace)) == 3
    runs = len(server.runs)
    assert plan_of(workspace, "clay").cells == 0
    again = enrich(workspace, "clay", scope=Scope.FAILED, reason=Reason.UNKNOWN)
    assert (again.counts, len(server.runs)) == ({Reason.VALUE: 3}, runs + 1)
    plan = plan_of(workspace, "clay", scope=Scope.ALL)
    assert ([part.cached for part in plan.columns], plan.providers) == ([3], ())
    assert enrich(workspace, "clay", scope=Scope.ALL).counts == {Reason.CACHED: 3}
    assert len(server.runs) == runs + 1


def test_what_a_process_that_died_has_started_is_fetched_or_unknown(
    either: Workspace, server: ClayServer
) -> None:
    leads = people(either, 4)
    column = a_column(either, batch_size=2)
    run = started(either, "clay")
    _as_if_sent(either, server, run.id, column, leads[:2], is_answered=True)
    _as_if_sent(either, server, run.id, column, leads[2:3], is_answered=False)
    result = drive(either, run.id, pace=hasty())
    assert result.counts == {Reason.VALUE: 3, Reason.UNKNOWN: 1}
    assert [len(run.items) for run in server.runs] == [2, 1]


def _as_if_sent(
    workspace: Workspace,
    server: ClayServer,
    run_id: int,
    column: Column,
    leads: list[int],
    *,
    is_answered: bool,
) -> None:
    """A start in the journal of which no cell tells."""
    from dataclasses import replace

    from leadsync.core.models import Call, now_iso
    from tests.servers.clay_server import Run

    call = Call(
        0,
        "clay",
        "start routine",
        "h",
        CallState.SENT,
        now_iso(),
        request={"lines": {str(lead): n for n, lead in enumerate(leads, 1)}, "file": False},
        lead_ids=tuple(leads),
        run_id=run_id,
        column_id=column.id,
    )
    (call_id,) = workspace.store.add_calls([call])
    call = replace(call, id=call_id, state=CallState.LOST)
    if is_answered:
        items = [{"id": f"{column.id}-{lead}", "inputs": {"name": "x"}} for lead in leads]
        server.runs.append(Run("run_1", items, is_file=False))
        body = {"routine_run_id": "run_1", "status": "in_progress"}
        call = replace(
            call, state=CallState.ANSWERED, status=202, response={"body": body}, cost_usd_micros=0
        )
    workspace.store.finish_calls([call])


def test_a_later_process_fetches_results(
    either: Workspace, server: ClayServer, tmp_path: Path
) -> None:
    server.looks = 1000
    people(either, 3)
    a_column(either)
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    run = started(either, "clay")
    stopped = drive(either, run.id, pace=hasty(), stop=stop, on_event=on_event)
    assert (stopped.state, stopped.left) == (RunState.STOPPED, 3)
    server.looks = 1
    with opened(server, tmp_path, either.config.store) as later:
        result = resume(later, stopped.run_id, pace=hasty())
    assert (result.counts, len(server.runs)) == ({Reason.VALUE: 3}, 1)


# money and keys --------------------------------------------------------------------------------
def test_without_a_price_plans_speak_in_items(workspace: Workspace) -> None:
    people(workspace, 3)
    a_column(workspace)
    plan = plan_of(workspace, "clay")
    assert (plan.max_usd_micros, plan.providers[0].max_units) == (None, {"item": 3})
    result = enrich(workspace, "clay")
    assert (result.units, result.unpriced_calls) == ({"item": 3}, 1)


def test_with_a_price_of_the_users_own_a_cap_is_kept(server: ClayServer, tmp_path: Path) -> None:
    prices = f"{PRICES}[units.clay]\nitem = 0.02\n"
    with opened(server, tmp_path, prices=prices) as workspace:
        leads = people(workspace, 4)
        column = a_column(workspace, batch_size=2)
        assert plan_of(workspace, "clay").max_usd_micros == 80_000
        result = enrich(workspace, "clay", max_cost_usd_micros=50_000, concurrency=1)
        assert (result.state, result.cost_usd_micros) == (RunState.HELD, 40_000)
        assert server.charged == 2
        (task,) = workspace.store.tasks(leads[:1], [column.id])
        assert task.meta["costUsdMicros"] == 20_000


def test_the_key_check_says_whose_key_it_is(workspace: Workspace, server: ClayServer) -> None:
    report = check_key(find_provider("clay"), workspace.config)
    assert (report.is_accepted, report.detail) == (True, "Ada, workspace w_1")
    server.special["GET /me"] = [error(401, "Invalid API key")]
    report = check_key(find_provider("clay"), workspace.config)
    assert (report.is_accepted, report.detail) == (False, "Invalid API key")


# the vendor's description ----------------------------------------------------------------------
@needs_specs
def test_all_that_is_said_fits_the_vendors_description(
    workspace: Workspace, server: ClayServer
) -> None:
    server.looks = 2
    people(workspace, 3)
    a_column(workspace, batch_size=1000)
    server.routine = lambda inputs: failed("no") if inputs["name"] == "Person 1" else complete(a=1)
    enrich(workspace, "clay")
    people(workspace, 105)
    server.faults.names = ["Person 5"]
    enrich(workspace, "clay")
    people(workspace, 101)
    server.faults.processing = "it broke"
    enrich(workspace, "clay")
    check_key(find_provider("clay"), workspace.config)
    seen = set()
    for said in server.exchanges:
        operation = operation_of(SPEC, said.method, said.path)
        seen.add(operation)
        check_parameters(SPEC, operation, set(said.params))
        if said.body is not None:
            check_request(SPEC, operation, said.body)
        check_response(SPEC, operation, said.status, said.reply)
    assert seen == COVERED
