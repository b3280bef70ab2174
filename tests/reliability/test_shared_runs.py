"""Runs that several workers share: every cell once, also when one of them is killed.

`LEADSYNC_SOAK=1` gives them 5,000 cells.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.running import join, request_stop, resume
from leadsync.core.models import CallState, RunState
from leadsync.core.sync.armed_tables import arm_table
from leadsync.core.sync.tables import open_table
from tests.contract.making import assert_history_matches_cells
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, filled, people, started
from tests.reliability.worker_processes import ENGINES, end, workers
from tests.servers.google_files import sheets_environment
from tests.servers.http_server import HttpServer, Reply, Request
from tests.servers.sheets_server import SheetsServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.models import Run
    from leadsync.core.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
SHEET = "https://docs.google.com/spreadsheets/d/1q4Leads/edit#gid=0"
CELLS = 5000 if os.environ.get("LEADSYNC_SOAK") else 240


@pytest.fixture
def server() -> Iterator[HttpServer]:
    def about(request: Request) -> Reply:
        return Reply(body={"text": f"About {request.json['leads'][0]}"}, delay_s=0.05)

    with HttpServer(about).running() as running:
        yield running


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "mongo":
        return request.getfixturevalue("mongo_db_url")
    return f"sqlite:///{tmp_path}/leadsync.db"


@pytest.fixture
def workspace(server: HttpServer, tmp_path: Path, store: str) -> Iterator[Workspace]:
    with kind_echo(), a_workspace(server.url, tmp_path, store) as opened:
        yield opened


def an_abandoned_run(workspace: Workspace, server: HttpServer, number: int) -> Run:
    """A run that waits for somebody to work on it."""
    people(workspace, number)
    config = {"url": server.url, "price": 1000}
    add_column(workspace, ColumnSpec(key="about", label="About", kind="ask", config=config))
    run = started(workspace, "about", concurrency=8)
    return workspace.store.update_run(run.id, {"members": {}})


def test_four_workers_share_a_run_and_ask_for_each_lead_once(
    workspace: Workspace, server: HttpServer, tmp_path: Path, store: str
) -> None:
    run = an_abandoned_run(workspace, server, CELLS)
    with workers(4, workspace, tmp_path, store) as processes:
        said = [left for process in processes for left in end(process)]
    (ended,) = workspace.store.runs()
    assert (ended.state, ended.members, ended.counts) == (RunState.DONE, {}, {"value": CELLS})
    assert ended.cost_usd_micros == CELLS * 1000
    assert max(Counter(r.body for r in server.requests).values()) == 1
    assert filled(workspace, "about") == len(server.requests) == CELLS
    calls = workspace.store.calls(run_id=run.id)
    assert len({call.holder for call in calls}) == 4
    assert {(result["runId"], result["state"]) for result in said} == {(run.id, "done")}
    assert_history_matches_cells(workspace.store)
    assert len([u for u in workspace.store.units() if u.label.startswith("enrich")]) == 1


@pytest.mark.parametrize("is_alone", [True, False])
def test_who_leaves_a_run_last_pushes_to_armed_sheets(
    server: HttpServer, tmp_path: Path, store: str, is_alone: bool
) -> None:
    sheets = SheetsServer()
    sheets.add_file()
    with sheets.running(), kind_echo():
        more = sheets_environment(sheets, tmp_path)
        with a_workspace(server.url, tmp_path, store, **more) as workspace:
            run = an_abandoned_run(workspace, server, 3)
            table = open_table(workspace.config, "sheets", SHEET)
            arm_table(workspace, table, "sheets", SHEET, columns=("email", "about"))
            if not is_alone:
                others = {"elsewhere:1:x": time.time() + 600}
                workspace.store.update_run(run.id, {"members": others})
            result = (resume if is_alone else join)(workspace, run.id)
    assert (result.state, result.left) == (RunState.DONE, 0)
    assert (len(result.pushed), bool(sheets.writes)) == (is_alone, is_alone)


def test_what_a_killed_worker_had_in_hand_is_done_by_the_others(
    workspace: Workspace, server: HttpServer, tmp_path: Path, store: str
) -> None:
    number = 300
    run = an_abandoned_run(workspace, server, number)
    with workers(2, workspace, tmp_path, store) as (first, second):
        server.wait_for(60)
        first.kill()
        first.communicate()
        (seen,) = workspace.store.runs()
        died = next((h for h in seen.members if f":{first.pid}:" in h), "")
        end(second)
    (ended,) = workspace.store.runs()
    calls = workspace.store.calls(run_id=run.id)
    lost = [call for call in calls if call.state is CallState.LOST]
    assert (ended.state, ended.members) == (RunState.DONE, {})
    assert {call.holder for call in lost} <= {died}
    assert not [call for call in calls if call.state is CallState.SENT]
    assert len(server.requests) <= number + len(lost)
    assert filled(workspace, "about") == sum(ended.counts.values()) == number
    assert_history_matches_cells(workspace.store)


def test_a_stop_stops_all_workers_and_no_request_leaves_after_it(
    workspace: Workspace, server: HttpServer, tmp_path: Path, store: str
) -> None:
    number = 600
    run = an_abandoned_run(workspace, server, number)
    with workers(2, workspace, tmp_path, store) as processes:
        server.wait_for(60)
        request_stop(workspace, run.id)
        began = time.monotonic()
        said = [left for process in processes for left in end(process)]
        assert time.monotonic() - began < 10
    asked = len(server.requests)
    (stopped,) = workspace.store.runs()
    assert (stopped.state, stopped.members, stopped.stop_requested) == (RunState.STOPPED, {}, True)
    assert {result["runId"] for result in said} == {run.id}
    assert filled(workspace, "about") == sum(stopped.counts.values()) == asked < number
    left = workspace.store.queue_counts(run.id)
    assert {reason for _, reason in left} == {"held"}
    assert sum(left.values()) == number - asked
