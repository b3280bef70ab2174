"""The worker: what it does by itself, and what it leaves to people."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.arming import arm, disarm
from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.events import Progress, RunResult
from leadsync.core.engine.running import drive, request_stop, resume
from leadsync.core.engine.stop import StopSignal
from leadsync.core.engine.worker import work
from leadsync.core.errors import InputError
from leadsync.core.models import RunState
from tests.contract.making import a_lead
from tests.reliability.run_making import enrich, filled, hasty, people, started
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadsync.core.engine.events import Event
    from leadsync.core.engine.worker import Worked
    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
pytestmark = pytest.mark.timeout(60)
PRICE = 1000


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(lambda _request: Reply(body={"text": "Hello"})).running() as running:
        yield running


@pytest.fixture
def workspace(asking_on_each_engine: Workspace) -> Workspace:
    return asking_on_each_engine


def a_paid_column(workspace: Workspace, server: HttpServer, **config: Any) -> None:
    given = {"url": server.url, "price": PRICE, **config}
    add_column(workspace, ColumnSpec(key="about", label="About", kind="ask", config=given))


def work_once(workspace: Workspace) -> Worked:
    return work(workspace, once=True, pace=hasty())


def test_only_armed_columns_are_filled_and_only_with_a_daily_cap(
    workspace: Workspace, server: HttpServer
) -> None:
    people(workspace, 3)
    a_paid_column(workspace, server)
    assert work_once(workspace).results == []
    with pytest.raises(InputError, match="daily cap"):
        arm(workspace, "about")
    assert arm(workspace, "about", usd_micros_per_day=100 * PRICE).armed
    (result,) = work_once(workspace).results
    assert (result.state, filled(workspace, "about")) == (RunState.DONE, 3)
    assert work_once(workspace).results == []
    a_lead(workspace.store, 1, name="New", email="new@x.example")
    disarm(workspace, "about")
    assert work_once(workspace).results == []
    assert len(server.requests) == 3


def test_the_daily_cap_holds_an_armed_column_and_it_rests(
    workspace: Workspace, server: HttpServer
) -> None:
    people(workspace, 5)
    a_paid_column(workspace, server)
    arm(workspace, "about", usd_micros_per_day=2 * PRICE)
    (result,) = work_once(workspace).results
    assert (result.state, len(server.requests)) == (RunState.HELD, 2)
    again = work_once(workspace)
    assert again.results == []
    assert len(again.problems) == 1
    assert again.problems[0].startswith("about rests: run 1 is held: cap: ")
    assert len(workspace.store.runs()) == 1


def test_failed_cells_are_not_asked_again_by_a_worker(
    workspace: Workspace, server: HttpServer
) -> None:
    server.script = lambda _request: Reply(400, {"message": "no such person"})
    people(workspace, 3)
    a_paid_column(workspace, server)
    arm(workspace, "about", usd_micros_per_day=100 * PRICE)
    (result,) = work_once(workspace).results
    assert result.failed == 3
    assert work_once(workspace).results == []
    assert len(server.requests) == 3


def test_a_run_whose_process_died_is_gone_on_with(workspace: Workspace, server: HttpServer) -> None:
    people(workspace, 3)
    a_paid_column(workspace, server)
    run = started(workspace, "about")
    workspace.store.update_run(run.id, {"members": {"elsewhere:1:x": 0.0}})
    (result,) = work_once(workspace).results
    assert (result.run_id, result.state, filled(workspace, "about")) == (run.id, RunState.DONE, 3)


def left_by_a_worker(workspace: Workspace, server: HttpServer) -> RunResult:
    """What a run came to whose only member, a worker, was asked to end."""
    server.script = lambda _request: Reply(body={"text": "Hello"}, delay_s=0.05)
    stop, ended = StopSignal(), list[RunResult | str]()

    def ask_to_stop() -> None:
        server.wait_for(5)
        stop.request()

    thread = threading.Thread(target=ask_to_stop)
    thread.start()
    work(workspace, stop=stop, on_end=ended.append, pace=hasty())
    thread.join()
    (result,) = ended
    assert isinstance(result, RunResult)
    assert (result.state, result.left > 0) == (RunState.STOPPED, True)
    return result


def test_a_run_whose_last_worker_ended_is_gone_on_with(
    workspace: Workspace, server: HttpServer
) -> None:
    people(workspace, 30)
    a_paid_column(workspace, server)
    run = started(workspace, "about")
    workspace.store.update_run(run.id, {"members": {}})
    assert left_by_a_worker(workspace, server).run_id == run.id
    (result,) = work_once(workspace).results
    assert (result.run_id, result.state, filled(workspace, "about")) == (run.id, RunState.DONE, 30)
    assert len(server.requests) == 30


def test_a_run_that_a_worker_began_by_itself_rests_once_its_column_is_disarmed(
    workspace: Workspace, server: HttpServer
) -> None:
    people(workspace, 30)
    a_paid_column(workspace, server)
    arm(workspace, "about", usd_micros_per_day=100 * PRICE)
    run_id = left_by_a_worker(workspace, server).run_id
    disarm(workspace, "about")
    asked = len(server.requests)
    assert work_once(workspace).results == []
    died = {"state": str(RunState.RUNNING), "members": {"elsewhere:1:x": 0.0}}
    workspace.store.update_run(run_id, died)
    assert work_once(workspace).results == []
    assert len(server.requests) == asked
    arm(workspace, "about")
    assert work_once(workspace).results[0].run_id == run_id
    assert filled(workspace, "about") == 30


def paid_while_it_ran(
    workspace: Workspace, server: HttpServer, act: Callable[[], object]
) -> RunResult:
    """What a run of a worker came to whose fifth request let `act` happen."""

    def script(request: Request) -> Reply:
        if request.number == 5:
            act()
        return Reply(body={"text": "Hello", "cost": PRICE}, delay_s=0.05)

    server.script = script
    people(workspace, 60)
    a_paid_column(workspace, server)
    arm(workspace, "about", usd_micros_per_day=100 * PRICE)
    (result,) = work(workspace, once=True, pace=hasty()).results
    return result


def test_a_run_rests_when_its_column_is_disarmed_and_a_person_may_go_on(
    workspace: Workspace, server: HttpServer
) -> None:
    result = paid_while_it_ran(workspace, server, lambda: disarm(workspace, "about"))
    assert result.state is RunState.STOPPED
    assert 5 <= len(server.requests) < 60
    assert workspace.store.runs()[0].reason == "its column was disarmed"
    assert work_once(workspace).results == []
    assert resume(workspace, result.run_id, pace=hasty()).state is RunState.DONE
    assert len(server.requests) == filled(workspace, "about") == 60


def test_a_run_keeps_to_a_daily_cap_that_is_lowered_meanwhile(
    workspace: Workspace, server: HttpServer
) -> None:
    def lower() -> None:
        arm(workspace, "about", usd_micros_per_day=12 * PRICE)

    result = paid_while_it_ran(workspace, server, lower)
    assert result.state is RunState.HELD
    assert 5 <= len(server.requests) < 60


def test_a_run_keeps_to_the_first_daily_cap_that_its_column_gets_meanwhile(
    workspace: Workspace, server: HttpServer
) -> None:
    is_capped, is_followed = threading.Event(), threading.Event()
    beats: list[Event] = []

    def script(request: Request) -> Reply:
        if request.number == 5:
            arm(workspace, "about", usd_micros_per_day=12 * PRICE)
            is_capped.set()
        if request.number >= 5:
            is_followed.wait(20)
        return Reply(body={"text": "Hello", "cost": PRICE})

    def on_event(event: Event) -> None:
        if isinstance(event, Progress) and is_capped.is_set():
            beats.append(event)
        if len(beats) == 2:  # one whole beat lies between them
            is_followed.set()

    server.script = script
    people(workspace, 30)
    a_paid_column(workspace, server)
    run = started(workspace, "about", concurrency=1)
    result = drive(workspace, run.id, pace=hasty(), on_event=on_event)
    assert (result.state, len(server.requests)) == (RunState.HELD, 11)  # in flight counts twice
    assert 'the daily cap of "about"' in result.reason


def test_a_column_that_a_person_has_stopped_rests(workspace: Workspace, server: HttpServer) -> None:
    people(workspace, 3)
    a_paid_column(workspace, server)
    run = started(workspace, "about")
    workspace.store.update_run(run.id, {"members": {"elsewhere:1:x": 0.0}})
    assert request_stop(workspace, run.id).state is RunState.STOPPED
    arm(workspace, "about", usd_micros_per_day=100 * PRICE)
    rests = work_once(workspace)
    assert (rests.results, rests.problems) == ([], [])
    assert rests.notes == ["about rests: run 1 was stopped; to do the rest: leadsync runs resume 1"]
    assert server.requests == []
    enrich(workspace, "about")
    assert filled(workspace, "about") == 3


def test_a_worker_leaves_answers_that_come_later_and_fetches_them_in_time(
    workspace: Workspace, server: HttpServer
) -> None:
    counted: Counter[str] = Counter()
    ready = threading.Event()

    def script(request: Request) -> Reply:
        counted[request.method] += 1
        if request.method == "POST":
            return Reply(201, {"id": counted["POST"]})
        texts = {f"Person {n}": "Hello" for n in range(3)}
        return Reply(body={"state": "done" if ready.is_set() else "running", "texts": texts})

    server.script = script
    people(workspace, 3)
    a_paid_column(workspace, server, late=True)
    arm(workspace, "about", usd_micros_per_day=100 * PRICE)
    states: list[RunState] = []
    while filled(workspace, "about") < 3:
        worked = work_once(workspace)
        states += [result.state for result in worked.results]
        if worked.results and worked.results[-1].left:
            assert "3 wait for an answer that comes later; the next look" in worked.notes[0]
        if counted["GET"] >= 3:
            ready.set()
    assert states[0] is RunState.STOPPED
    assert (filled(workspace, "about"), counted["POST"]) == (3, 3)
    assert [run.state for run in workspace.store.runs()] == [RunState.DONE]


def test_a_worker_ends_when_it_is_asked_to(workspace: Workspace, server: HttpServer) -> None:
    people(workspace, 30)
    a_paid_column(workspace, server)
    arm(workspace, "about", usd_micros_per_day=100 * PRICE)
    left_by_a_worker(workspace, server)
    assert work_once(workspace).results[-1].state is RunState.DONE
    assert filled(workspace, "about") == 30


def test_leads_that_come_while_a_column_is_filled_are_filled_next(
    workspace: Workspace, server: HttpServer
) -> None:
    def script(_request: Request) -> Reply:
        if not came.is_set():
            came.set()
            a_lead(workspace.store, 1, name="New", email="new@x.example")
        return Reply(body={"text": "Hello"})

    def take(result: RunResult | str) -> None:
        ended.append(result)
        if filled(workspace, "about") == 3:
            stop.request()

    came, stop, ended = threading.Event(), StopSignal(), list[RunResult | str]()
    server.script = script
    people(workspace, 2)
    a_paid_column(workspace, server)
    arm(workspace, "about", usd_micros_per_day=100 * PRICE)
    work(workspace, stop=stop, on_end=take, pace=hasty(), cycle_s=0.05)
    assert (len(ended), len(server.requests)) == (2, 3)
