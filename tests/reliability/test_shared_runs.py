"""Runs that several workers share: every cell once, also when one of them is killed.

`LEADSYNC_SOAK=1` gives them 5,000 cells.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.models import CallState, RunState
from tests.conftest import ROOT
from tests.contract.making import assert_history_matches_cells
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, environment, filled, people, started
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.models import Run
    from leadsync.core.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
CELLS = 5000 if os.environ.get("LEADSYNC_SOAK") else 600
ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]


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


@contextmanager
def workers(
    number: int, workspace: Workspace, folder: Path, store: str
) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are about to work, all at once."""
    url = workspace.config.provider_setting("OPENAI_BASE_URL") or ""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.worker_driver", str(folder), store, url],
            cwd=ROOT,
            env={**os.environ, **environment(url, folder, store)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdin
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def an_abandoned_run(workspace: Workspace, server: HttpServer, number: int) -> Run:
    """A run that waits for somebody to work on it."""
    people(workspace, number)
    config = {"url": server.url, "price": 1000}
    add_column(workspace, ColumnSpec(key="about", label="About", kind="ask", config=config))
    run = started(workspace, "about", concurrency=8)
    return workspace.store.update_run(run.id, {"members": {}})


def end(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Ask a worker to end when it has left a run; what it says of that."""
    assert process.stdout
    said = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    more, _ = process.communicate(timeout=30)
    assert (process.returncode, more) == (0, "")
    return said


def test_four_workers_share_a_run_and_ask_for_each_lead_once(
    workspace: Workspace, server: HttpServer, tmp_path: Path, store: str
) -> None:
    run = an_abandoned_run(workspace, server, CELLS)
    with workers(4, workspace, tmp_path, store) as processes:
        said = [end(process) for process in processes]
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
