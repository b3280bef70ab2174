"""Processes that drive runs: killed at random moments, two at once, and what they leave behind.

`LEADSYNC_SOAK=1` kills thirty times on each engine.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from leadsync.core.models import CallState, RunState
from tests.conftest import ROOT
from tests.contract.making import assert_history_matches_cells
from tests.reliability.run_making import (
    KEY,
    a_workspace,
    an_ai_column,
    enrich,
    environment,
    filled,
    people,
)
from tests.servers.openai_server import OpenAIServer, Reply, Request, error

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.workspace import Workspace

KILLS = 30 if os.environ.get("LEADSYNC_SOAK") else 3
LEADS = 150


def a_process(folder: Path, store: str, url: str, *words: str) -> subprocess.Popen[str]:
    """A driver; its log goes to `log.txt` in the folder."""
    command = [
        sys.executable,
        "-m",
        "tests.reliability.run_driver",
        str(folder),
        store,
        url,
        *words,
    ]
    with (folder / "log.txt").open("w") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment(url, folder, store)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


@pytest.mark.slow
@pytest.mark.timeout(120 + 30 * KILLS)
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_killed_runs_are_resumed_without_paying_twice(
    engine: str, request: pytest.FixtureRequest, server: OpenAIServer, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    store = store or f"sqlite:///{tmp_path}/leadsync.db"
    chance = random.Random(11)
    with a_workspace(server.url, tmp_path, store) as workspace:
        people(workspace, LEADS)
        an_ai_column(workspace)
        server.behave = lambda _request: Reply(delay_s=0.02)
        unanswered, words = 0, ("start",)
        for _ in range(KILLS):
            process = a_process(tmp_path, store, server.url, *words)
            server.wait_for(len(server.requests) + chance.randint(1, LEADS // KILLS), 60)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            (run,) = workspace.store.runs()
            words = ("resume", str(run.id))
            calls = workspace.store.calls(run_id=run.id)
            unanswered += sum(call.state is CallState.SENT for call in calls)
            assert_no_double_settle(workspace)
        last = a_process(tmp_path, store, server.url, *words)
        out, _ = last.communicate(timeout=60)
        assert last.returncode == 0, out
        (run,) = workspace.store.runs()
        assert (run.state, sum(run.counts.values())) == (RunState.DONE, LEADS)
        assert set(run.counts) <= {"value", "cached"}
        assert filled(workspace, "intro") == LEADS
        assert len(server.requests) - LEADS <= unanswered
        assert_history_matches_cells(workspace.store)
        assert len([u for u in workspace.store.units() if u.label.startswith("enrich")]) == 1


def assert_no_double_settle(workspace: Workspace) -> None:
    """A cell is either settled or queued, never both."""
    column = workspace.column("intro")
    ids = list(workspace.store.ids({}))
    settled = {task.lead_id for task in workspace.store.tasks(ids, [column.id])}
    (run,) = workspace.store.runs()
    queued = sum(workspace.store.queue_counts(run.id).values())
    assert len(settled) + queued == LEADS
    assert filled(workspace, "intro") == len(settled)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_two_processes_on_one_column_ask_for_each_lead_once(
    engine: str, request: pytest.FixtureRequest, server: OpenAIServer, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    store = store or f"sqlite:///{tmp_path}/leadsync.db"
    with a_workspace(server.url, tmp_path, store) as workspace:
        people(workspace, 60)
        an_ai_column(workspace)
        go_on = threading.Event()

        def wait(_request: Request) -> Reply:
            return Reply(delay_s=0.01 if go_on.is_set() else 1.0)

        server.behave = wait
        first = a_process(tmp_path, store, server.url, "start")
        server.wait_for(1)
        second = a_process(tmp_path, store, server.url, "start")
        said, _ = second.communicate(timeout=60)
        go_on.set()
        first.communicate(timeout=60)
        assert (first.returncode, second.returncode) == (0, 6)
        assert "is filling this column already" in said
        assert max(Counter(r.key for r in server.requests).values()) == 1
        assert filled(workspace, "intro") == len(server.requests) == 60


def test_a_run_whose_process_died_gives_way_to_a_new_one(
    server: OpenAIServer, tmp_path: Path
) -> None:
    with a_workspace(server.url, tmp_path) as workspace:
        people(workspace, 40)
        an_ai_column(workspace)
        server.behave = lambda _request: Reply(delay_s=0.05)
        process = a_process(tmp_path, "", server.url, "start")
        server.wait_for(20)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        result = enrich(workspace, "intro")
        assert (result.exit_code, filled(workspace, "intro")) == (0, 40)
        assert len(server.requests) <= 40 + 8
        first, second = workspace.store.runs()
        assert first.state is RunState.STOPPED
        assert first.reason.startswith(f"continued by run {second.id}; it left ")


def test_a_key_is_nowhere_in_the_store_the_logs_or_the_output(
    server: OpenAIServer, tmp_path: Path
) -> None:
    def echo(request: Request) -> Reply | None:
        """A server that says the key back in errors, headers and texts."""
        if request.number == 1:
            return error(400, message=f"bad key {KEY} for {request.headers['authorization']}")
        if request.number == 2:
            return Reply(200, f'{{"broken {KEY}', headers={"x-key": KEY})
        if request.number == 3:
            return error(401, message=f"Incorrect API key provided: {KEY}")
        return None

    server.behave = echo
    with a_workspace(server.url, tmp_path) as workspace:
        people(workspace, 6)
        an_ai_column(workspace)
    log = tmp_path / "log.txt"
    process = a_process(tmp_path, "", server.url, "start")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 5
    assert KEY not in out
    assert "[key hidden]" in out
    files = [path for path in tmp_path.iterdir() if path.is_file() and path != log]
    assert any(path.suffix == ".db" for path in files)
    assert all(KEY.encode() not in path.read_bytes() for path in files)
    assert "run 1" in log.read_text()
    assert KEY not in log.read_text()
