"""Waterfalls whose steps answer later, are stopped or fail halfway: nothing is asked twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.definitions import ColumnChanges, edit_column
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.running import StopSignal, collect, drive, resume
from leadsync.core.engine.step_statistics import step_statistics
from leadsync.core.engine.trace import Verdict
from leadsync.core.engine.worker import work
from leadsync.core.models import Reason, RunState
from leadsync.core.provenance import explain
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import (
    a_workspace,
    enrich,
    filled,
    hasty,
    people,
    started,
)
from tests.reliability.waterfall_making import (
    a_step,
    a_waterfall,
    answer_of,
    calls_needed,
    finds,
    status,
    the_waterfall,
)
from tests.servers.finder_server import Finders
from tests.servers.http_server import HttpServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def finders() -> Finders:
    made = Finders(finds, late=("first",))
    made.status = status
    return made


@pytest.fixture
def server(finders: Finders) -> Iterator[HttpServer]:
    with HttpServer(finders).running() as running:
        yield running


@pytest.fixture
def workspace(asking_on_each_engine: Workspace) -> Workspace:
    return asking_on_each_engine


@pytest.fixture
def sqlite_workspace(server: HttpServer, tmp_path: Path) -> Iterator[Workspace]:
    with kind_echo(), a_workspace(server.url, tmp_path) as opened:
        yield opened


def drive_until_waiting(workspace: Workspace, run_id: int) -> Any:
    """Drive, and stop as soon as all that is left waits."""
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    return drive(workspace, run_id, pace=hasty(), stop=stop, on_event=on_event)


def polls_of(server: HttpServer) -> int:
    return sum(request.method == "GET" for request in server.requests)


def test_leads_go_on_when_the_answer_of_a_step_is_there_in_a_later_process(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    leads = people(workspace, 22)
    the_waterfall(workspace, server.url, late=True, together=11)
    result = drive_until_waiting(workspace, started(workspace, "found").id)
    assert (result.state, result.left) == (RunState.STOPPED, 22)
    finders.ready.set()
    before = polls_of(server)
    with a_workspace(server.url, workspace.config.path.parent, workspace.config.store) as later:
        result = resume(later, result.run_id, pace=hasty())
    assert (result.state, result.left) == (RunState.DONE, 0)
    assert polls_of(server) - before == 2  # one serves all leads of a job
    assert set(finders.paid) == calls_needed(22)
    assert set(finders.paid.values()) == {1}
    values = dict(workspace.store.scan({}, ["id", "found"]))
    assert [values[lead] for lead in leads] == [answer_of(n) for n in range(22)]
    first = explain(workspace, leads[10], "found").trace[0]
    assert first.verdict is Verdict.REJECTED
    assert len(first.bill.call_ids) >= 2  # its start, and its polls
    one, *_ = step_statistics(workspace, "found")
    assert (one.asked, one.hit) == (22, 11)


def test_a_lead_that_changes_meanwhile_gets_the_late_answer_and_later_steps_ask_about_it_as_it_is(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    leads = people(workspace, 2)  # the first step knows the first one only
    column = the_waterfall(workspace, server.url, late=True, together=2)
    run = started(workspace, "found")
    drive_until_waiting(workspace, run.id)
    with workspace.store.unit("ada", "names") as unit:
        unit.edit({leads[0]: {"name": "Person 20"}, leads[1]: {"name": "Person 21"}})
    finders.ready.set()
    result = resume(workspace, run.id, pace=hasty())
    assert result.counts == {Reason.VALUE: 2}
    trace = explain(workspace, leads[0], "found").trace[0]
    assert trace.cells["email"] == "dead-first0@found.example"
    assert [value for (value,) in workspace.store.scan({}, ["found"])] == [
        "third20@found.example",
        "second21@found.example",
    ]
    assert finders.asked["second", "Person 0"] == finders.asked["second", "Person 1"] == 0
    states = workspace.store.states(leads, [column.id])
    assert [states[lead, column.id].stale for lead in leads] == [True, True]


def test_of_a_run_that_somebody_stopped_late_answers_are_fetched_and_no_step_is_asked(
    sqlite_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = sqlite_workspace
    people(workspace, 22)
    the_waterfall(workspace, server.url, late=True, together=11)
    run = started(workspace, "found")
    drive_until_waiting(workspace, run.id)
    finders.ready.set()
    before = Counter(finders.paid)
    result = collect(workspace, run.id, pace=hasty(), waits=False)
    assert result.state is RunState.STOPPED
    assert finders.paid == before
    result = resume(workspace, run.id, pace=hasty())
    assert (result.state, set(finders.paid)) == (RunState.DONE, calls_needed(22))
    assert set(finders.paid.values()) == {1}


def test_a_stop_ends_the_work_that_goes_on_at_the_provider_of_a_step(
    sqlite_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = sqlite_workspace
    people(workspace, 22)
    the_waterfall(workspace, server.url, late=True, together=11)
    drive_until_waiting(workspace, started(workspace, "found").id)
    assert finders.ended == set(finders.jobs)


def test_a_worker_goes_on_with_steps_after_late_answers(
    sqlite_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = sqlite_workspace
    people(workspace, 22)
    the_waterfall(workspace, server.url, late=True, together=11)
    run = started(workspace, "found")
    result = drive(workspace, run.id, pace=hasty(), waits=False)
    assert (result.state, result.left) == (RunState.STOPPED, 22)
    finders.ready.set()
    stop = StopSignal()

    def on_end(_ended: object) -> None:
        if workspace.store.runs()[0].state is RunState.DONE:
            stop.request()

    work(workspace, pace=hasty(), cycle_s=0.02, stop=stop, on_end=on_end)
    assert set(finders.paid) == calls_needed(22)


def test_a_job_that_is_lost_at_its_provider_is_started_anew_and_its_step_alone(
    sqlite_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = sqlite_workspace
    people(workspace, 1)
    finders.late = ("third",)
    expired = [Reply(body={"state": "expired"})] * 2
    finders.behave = lambda request: expired.pop() if request.method == "GET" and expired else None
    finders.finds = lambda source, _lead: (
        {"email": "a@found.example", "score": 1} if source == "third" else None
    )
    finders.ready.set()
    a_waterfall(workspace, a_step(server.url, "first"), a_step(server.url, "third", late=True))
    result = enrich(workspace, "found")
    assert (result.counts, filled(workspace, "found")) == ({Reason.VALUE: 1}, 1)
    assert finders.asked["first", "Person 0"] == 1


def test_a_step_that_is_throttled_is_tried_again_and_not_the_steps_before_it(
    sqlite_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = sqlite_workspace
    (lead,) = people(workspace, 1)
    refusals = [Reply(429, {}, headers={"Retry-After": "0"})] * 3
    finders.late = ()
    finders.behave = lambda request: (
        refusals.pop() if request.path == "/third" and refusals else None
    )
    finders.finds = lambda source, _lead: (
        {"email": "a@found.example", "score": 1} if source == "third" else None
    )
    a_waterfall(
        workspace,
        a_step(server.url, "first", kept=False),
        a_step(server.url, "third"),
    )
    result = enrich(workspace, "found")
    assert result.counts == {Reason.VALUE: 1}
    assert finders.asked["first", "Person 0"] == 1  # though no cache would have answered again
    trace = explain(workspace, lead, "found").trace
    assert [step.verdict for step in trace] == [Verdict.NO_MATCH, Verdict.ACCEPTED]


def test_what_was_paid_is_kept_when_a_later_step_is_held_though_no_cache_has_it(
    sqlite_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = sqlite_workspace
    people(workspace, 1)
    finders.late = ()
    finders.behave = lambda request: (
        Reply(402, {"message": "no credits left"}) if request.path == "/third" else None
    )
    finders.finds = lambda source, _lead: {"email": f"{source}@found.example", "score": 1}
    finders.status = lambda address: "bad" if address.startswith("first") else "deliverable"
    a_waterfall(
        workspace,
        a_step(server.url, "first", kept=False),
        a_step(server.url, "third"),
        accept="verify=deliverable",
    )
    result = enrich(workspace, "found")
    assert (result.state, result.left) == (RunState.HELD, 1)
    finders.behave = lambda _request: None
    result = resume(workspace, result.run_id, pace=hasty())
    assert (result.counts, finders.paid["first", "Person 0"]) == ({Reason.VALUE: 1}, 1)
    assert result.cost_usd_micros == 1000 + 100 + 5000 + 100


def test_a_cap_is_kept_over_all_steps_and_what_waits_goes_on_with_a_higher_one(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    people(workspace, 30)
    finders.late = ()
    the_waterfall(workspace, server.url)
    result = enrich(workspace, "found", max_cost_usd_micros=30_000, concurrency=8)
    assert (result.state, result.reason[:3]) == (RunState.HELD, "cap")
    assert result.cost_usd_micros <= 30_000
    result = resume(workspace, result.run_id, pace=hasty(), max_cost_usd_micros=1_000_000)
    assert (result.state, set(finders.paid)) == (RunState.DONE, calls_needed(30))
    assert set(finders.paid.values()) == {1}


def test_a_lead_whose_step_was_taken_out_meanwhile_begins_again(
    sqlite_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = sqlite_workspace
    people(workspace, 2)
    column = the_waterfall(workspace, server.url, late=True)
    run = started(workspace, "found")
    drive_until_waiting(workspace, run.id)
    steps = [step for step in column.config["steps"] if step["name"] != "first"]
    edit_column(workspace, "found", ColumnChanges(config={"steps": steps}))
    result = resume(workspace, run.id, pace=hasty())
    assert (result.state, result.left) == (RunState.DONE, 0)
    assert finders.asked["second", "Person 0"] == 1
