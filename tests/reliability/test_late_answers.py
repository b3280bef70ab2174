"""Answers that come later: what waits is kept, fetched by any process, and paid once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.events import Stopping, Waiting
from leadsync.core.engine.running import StopSignal, collect, drive, resume
from leadsync.core.models import CallState, Reason, RunState
from tests.conftest import ROOT
from tests.reliability.run_making import (
    a_workspace,
    enrich,
    environment,
    filled,
    hasty,
    people,
    plan_of,
    started,
)
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
pytestmark = pytest.mark.timeout(40)


class Jobs:
    """A provider that takes jobs, and has their answers once `ready` is set."""

    def __init__(self) -> None:
        self.jobs: dict[str, list[str]] = {}
        self.ready = threading.Event()
        self.polls = 0
        self.polled = threading.Event()
        self.special: list[Reply] = []

    def __call__(self, request: Request) -> Reply:
        if request.method == "POST":
            number = str(len(self.jobs) + 1)
            self.jobs[number] = request.json["leads"]
            return Reply(201, {"id": number})
        self.polls += 1
        self.polled.set()
        if self.special:
            return self.special.pop(0)
        if not self.ready.is_set():
            return Reply(body={"state": "running"})
        leads = self.jobs[request.path.rpartition("/")[2]]
        texts = {name: f"About {name}" for name in leads if name != "Person 3"}
        return Reply(body={"state": "done", "texts": texts})


@pytest.fixture
def provider() -> Jobs:
    return Jobs()


@pytest.fixture
def server(provider: Jobs) -> Iterator[HttpServer]:
    with HttpServer(provider).running() as running:
        yield running


@pytest.fixture
def workspace(asking_on_each_engine: Workspace) -> Workspace:
    return asking_on_each_engine


def a_late_column(workspace: Workspace, server: HttpServer, **config: Any) -> Column:
    given = {"url": server.url, "late": True, "price": 100, **config}
    return add_column(workspace, ColumnSpec(key="about", label="About", kind="ask", config=given))


def drive_until_waiting(workspace: Workspace, run_id: int, **options: Any) -> Any:
    """Drive, and stop as soon as all that is left waits."""
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()
        if isinstance(event, Stopping):
            told.append(event)

    told: list[Stopping] = []
    result = drive(workspace, run_id, pace=hasty(**options), stop=stop, on_event=on_event)
    left = workspace.store.queue_counts(run_id)
    waiting = sum(number for (_, reason), number in left.items() if reason == "waiting")
    assert [(event.late, event.late_usd_micros) for event in told] == [(waiting, 100 * waiting)]
    return result


def test_a_run_fetches_answers_that_come_later_and_books_what_their_start_cost(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    leads = people(workspace, 5)
    column = a_late_column(workspace, server)
    seen: list[Event] = []

    def on_event(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Waiting):
            provider.ready.set()

    run = started(workspace, "about")
    result = drive(workspace, run.id, pace=hasty(), on_event=on_event)
    assert (result.state, result.left, result.cost_usd_micros) == (RunState.DONE, 0, 500)
    assert result.counts == {Reason.VALUE: 4, Reason.NO_MATCH: 1}
    assert Waiting(run.id, "about", 5) in seen
    tasks = workspace.store.tasks(leads, [column.id])
    assert {task.meta["costUsdMicros"] for task in tasks} == {100}
    assert all(len(task.meta["callIds"]) >= 2 for task in tasks)


def test_one_poll_serves_all_leads_of_one_job(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    people(workspace, 12)
    a_late_column(workspace, server, together=6)
    provider.ready.set()
    result = enrich(workspace, "about")
    assert (result.state, filled(workspace, "about")) == (RunState.DONE, 11)
    assert len(provider.jobs) == 2
    assert provider.polls < filled(workspace, "about")  # a poll serves what waits at that moment


def test_a_stopped_run_leaves_its_cells_waiting_and_a_later_process_fetches_them(
    workspace: Workspace, server: HttpServer, provider: Jobs, tmp_path: Path
) -> None:
    leads = people(workspace, 5)
    column = a_late_column(workspace, server)
    result = drive_until_waiting(workspace, started(workspace, "about").id)
    assert (result.state, result.left, filled(workspace, "about")) == (RunState.STOPPED, 5, 0)
    states = workspace.store.states(leads, [column.id])
    assert {state.reason for state in states.values()} == {Reason.WAITING}
    provider.ready.set()
    with a_workspace(server.url, tmp_path, workspace.config.store) as later:
        result = resume(later, result.run_id, pace=hasty())
    assert (result.state, result.cost_usd_micros, len(provider.jobs)) == (RunState.DONE, 500, 5)
    assert filled(workspace, "about") == 4


def test_cells_that_wait_are_not_asked_by_another_run(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    people(workspace, 4)
    a_late_column(workspace, server)
    first = drive_until_waiting(workspace, started(workspace, "about", limit=3).id)
    (part,) = plan_of(workspace, "about").columns
    assert (part.to_ask, part.skipped["waiting"]) == (1, 3)
    provider.ready.set()
    second = enrich(workspace, "about")
    assert (second.state, second.planned, len(provider.jobs)) == (RunState.DONE, 1, 4)
    assert resume(workspace, first.run_id, pace=hasty()).state is RunState.DONE
    assert (filled(workspace, "about"), len(provider.jobs)) == (3, 4)


def test_what_was_paid_is_fetched_also_when_a_cap_holds_the_column(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    people(workspace, 6)
    a_late_column(workspace, server)
    provider.ready.set()
    result = enrich(workspace, "about", max_cost_usd_micros=200, concurrency=1)
    assert (result.state, result.left, result.cost_usd_micros) == (RunState.HELD, 4, 200)
    assert filled(workspace, "about") == 2


def test_only_late_answers_are_fetched_of_a_run_that_somebody_stopped(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    people(workspace, 6)
    a_late_column(workspace, server)
    run = started(workspace, "about", max_cost_usd_micros=200, concurrency=1)
    held = drive_until_waiting(workspace, run.id)
    assert (held.state, held.left, len(provider.jobs)) == (RunState.STOPPED, 6, 2)
    provider.ready.set()
    result = collect(workspace, run.id, pace=hasty())
    assert (result.state, result.left, filled(workspace, "about")) == (RunState.STOPPED, 4, 2)
    assert (workspace.store.runs()[0].reason, len(provider.jobs)) == (held.reason, 2)


def test_a_job_that_is_lost_at_the_provider_is_started_anew(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    people(workspace, 1)
    a_late_column(workspace, server)
    provider.special = [Reply(body={"state": "expired"})] * 2
    provider.ready.set()
    result = enrich(workspace, "about", pace=hasty())
    assert (result.state, filled(workspace, "about")) == (RunState.DONE, 1)


def test_an_answer_that_is_paid_for_is_not_given_up_for_trouble(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    people(workspace, 1)
    a_late_column(workspace, server)
    provider.special = [Reply(503, {})] * 8
    provider.ready.set()
    result = enrich(workspace, "about")
    assert (result.counts, len(provider.jobs)) == ({Reason.VALUE: 1}, 1)


def test_a_lead_that_changes_while_its_answer_is_awaited_has_a_stale_cell(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    leads = people(workspace, 2)
    column = a_late_column(workspace, server, together=2)
    run = started(workspace, "about")
    drive_until_waiting(workspace, run.id)
    with workspace.store.unit("ada", "title") as unit:
        unit.edit({leads[0]: {"name": "Renamed"}})
    provider.ready.set()
    resume(workspace, run.id, pace=hasty())
    assert [row[0] for row in workspace.store.scan({}, ["about"])] == [
        "About Person 0",
        "About Person 1",
    ]
    states = workspace.store.states(leads, [column.id])
    assert [states[lead, column.id].stale for lead in leads] == [True, False]
    (task,) = workspace.store.tasks(leads[:1], [column.id])
    assert task.meta["inputs"] == {"name": "Person 0"}


def test_a_moment_that_is_past_is_not_polled_without_a_rest(
    workspace: Workspace, server: HttpServer, provider: Jobs
) -> None:
    people(workspace, 2)
    a_late_column(workspace, server, poll_s=-5.0)
    provider.special = [Reply(body={"state": "running"})] * 6
    provider.ready.set()
    began = time.monotonic()
    enrich(workspace, "about")
    assert time.monotonic() - began > 3 * hasty().beat_s  # three rounds of polls for each job


@pytest.mark.slow
def test_a_killed_process_neither_loses_a_job_nor_starts_it_twice(
    workspace: Workspace, server: HttpServer, provider: Jobs, tmp_path: Path
) -> None:
    people(workspace, 60)
    a_late_column(workspace, server)
    url, store = server.url, workspace.config.store
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.limited_driver",
         str(tmp_path), store, url, "about", "8"],
        cwd=ROOT,
        env={**os.environ, **environment(url, tmp_path, store)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(b"\n")
    process.stdin.flush()
    server.wait_for(30)
    process.kill()
    process.communicate()
    (run,) = workspace.store.runs()
    unanswered = [c for c in workspace.store.calls(run_id=run.id) if c.state is CallState.SENT]
    provider.ready.set()
    result = resume(workspace, run.id, pace=hasty())
    assert (result.state, filled(workspace, "about")) == (RunState.DONE, 59)
    assert len(provider.jobs) <= 60 + len(unanswered)
