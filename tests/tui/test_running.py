"""Running columns from the grid: the plan first, live counts, stopping, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.engine.stop import StopSignal
from leadsync.tui.command_line import command_line
from leadsync.tui.jobs import Job, job_words
from tests.reliability.run_making import a_workspace, an_ai_column, people, plan_of
from tests.servers.openai_server import OpenAIServer, Reply
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import held_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

LEADS = 24


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture
def running(server: OpenAIServer, tmp_path: Path) -> Iterator[Workspace]:
    """Leads, and a column that an AI writes."""
    with a_workspace(server.url, tmp_path, LEADSYNC_CONCURRENCY="4") as workspace:
        workspace.server = server  # type: ignore[attr-defined]  # for the tests below
        people(workspace, LEADS)
        an_ai_column(workspace)
        yield workspace


def server_of(app: Driven) -> OpenAIServer:
    return app.desk.workspace.server  # type: ignore[attr-defined]


async def on_the_column(app: Driven) -> None:
    await app.press("$")
    assert app.here[1] == "intro"


async def over(app: Driven) -> None:
    await app.until(lambda: bool(app.desk.jobs.jobs) and not app.desk.jobs.running)
    await app.settle()


@on_grid("running")
async def test_running_a_column_shows_its_plan_and_sends_nothing_before_enter(app: Driven) -> None:
    await on_the_column(app)
    await app.press("R")
    screen = app.text()
    assert f"intro: {LEADS} cells to run" in screen
    assert "openai: 24 calls" in screen
    assert "no cap" in screen
    assert len(server_of(app).requests) == 0
    await app.press("escape")
    assert len(server_of(app).requests) == 0
    await app.press("R", "enter")
    await over(app)
    assert len(server_of(app).requests) == LEADS
    assert f"run 1 done: {LEADS} value" in app.text()
    assert app.cell(1, "intro")


@on_grid("running")
async def test_one_cell_runs_by_r_and_marked_leads_together(app: Driven) -> None:
    await on_the_column(app)
    await app.press("r")
    assert "1 cell to run" in app.text()
    await app.press("enter")
    await over(app)
    assert len(server_of(app).requests) == 1
    app.desk.model.marks.add([2, 3, 4])
    await app.press("r")
    assert "3 cells to run" in app.text()
    await app.press("enter")
    await over(app)
    assert len(server_of(app).requests) == 4


@on_grid("running")
async def test_a_range_runs_by_r(app: Driven) -> None:
    await on_the_column(app)
    await app.press("v", "1", "1", "j", "r")
    assert "12 cells to run" in app.text()
    assert "12 leads of the range" in app.text()
    await app.press("enter")
    await over(app)
    assert len(server_of(app).requests) == 12


@on_grid("running")
async def test_a_cap_is_typed_and_kept(app: Driven) -> None:
    await on_the_column(app)
    await app.press("R", "c")
    await app.type("0.000001")
    await app.press("enter")
    assert "cap $0.000001" in app.text()
    await app.press("enter")
    await over(app)
    assert len(server_of(app).requests) == 0
    assert "run 1 held" in app.text()


@on_grid("running")
async def test_ten_can_be_tried_first(app: Driven) -> None:
    await on_the_column(app)
    await app.press("R", "t")
    assert "10 cells to run" in app.text()
    await app.press("enter")
    await over(app)
    assert len(server_of(app).requests) == 10
    await app.press("R")
    assert "14 cells to run" in app.text()


@on_grid("running")
async def test_asking_past_the_cache_takes_the_number_of_cells(app: Driven) -> None:
    await on_the_column(app)
    await app.press("R", "enter")
    await over(app)
    await app.press("g", "r")
    assert f"type {LEADS} to run" in app.text()
    await app.type("7")
    await app.press("enter")
    assert "nothing was started" in app.text()
    await app.press("backspace")
    await app.type(str(LEADS))
    await app.press("enter")
    await over(app)
    assert len(server_of(app).requests) == 2 * LEADS


@on_grid("running")
async def test_stopping_is_one_key_and_the_rest_can_be_resumed(app: Driven) -> None:
    server = server_of(app)
    await on_the_column(app)
    with held_up(server):
        await app.press("R", "enter")
        await app.until(lambda: len(server.requests) > 0)
        await app.press("X")
        await app.until(lambda: app.desk.jobs.jobs[1].stop.is_requested)
    await over(app)
    asked = len(server.requests)
    assert asked < LEADS
    assert f"run 1 stopped: {asked} value" in app.text()
    await app.press("g", "j")
    await app.until(lambda: "stopped" in app.text())
    await app.press("s")
    assert f"{LEADS - asked} cells left of {LEADS}" in app.text()
    assert "they cost $" in app.text()
    assert "no cap" in app.text()
    await app.press("escape")
    assert not app.desk.jobs.running
    assert len(server.requests) == asked
    await app.press("s", "enter")
    await app.until(lambda: len(server.requests) == LEADS)
    await over(app)
    await app.until(lambda: "done" in app.text())


@on_grid("running")
async def test_a_run_that_a_newer_one_continued_says_which_key_asks_the_rest(app: Driven) -> None:
    await on_the_column(app)
    await app.press("R", "c")
    await app.type("0")
    await app.press("enter", "enter")
    await over(app)
    await app.press("r", "enter")
    await over(app)
    await app.press("g", "j", "down", "s")
    said = app.lines()[-1]
    assert "R on Intro asks what run 1 left: it was continued by run 2" in said
    await app.press("escape", "R")
    assert f"{LEADS - 1} cells to run" in app.text()


@on_grid("running")
async def test_causes_of_errors_are_listed_and_run_again(app: Driven) -> None:
    server = server_of(app)
    server.behave = lambda request: (
        Reply(400, {"error": {"message": "no such thing", "code": "context_length_exceeded"}})
        if "Person 3" in request.prompt
        else None
    )
    await on_the_column(app)
    await app.press("R", "enter")
    await over(app)
    await app.press("g", "j", "enter")
    await app.until(lambda: "1 invalid" in app.text() and "as lead" in app.text())
    text = " ".join(app.text().replace("│", " ").split())
    assert "look at one with I, change the column or the lead, then r here runs them" in text
    assert "leadsync why" not in text
    server.behave = lambda _request: None
    await app.press("down", "r")
    assert "1 cell to run" in app.text()
    await app.press("enter")
    await over(app)
    assert app.cell(4, "intro")


@on_grid("running")
async def test_a_plan_says_in_words_which_leads_were_chosen(app: Driven) -> None:
    await on_the_column(app)
    await app.press("r")
    await app.until(lambda: "lead 1, scope all" in app.text())
    await app.press("escape", "space", "j", "space", "r")
    await app.until(lambda: "2 marked leads, scope" in app.text())
    assert "leads where" not in app.text()
    await app.press("t")
    await app.until(lambda: "2 marked leads, 10 at most, scope" in app.text())


@on_grid("running")
async def test_a_column_that_does_not_run_says_so(app: Driven) -> None:
    await app.press("R")
    assert "is no column that runs" in app.text()
    assert command_line(app.desk, "run.column") == "leadsync enrich --column COLUMN"
    await on_the_column(app)
    assert command_line(app.desk, "run.column") == "leadsync enrich --column intro"


@on_grid("running")
async def test_leaving_with_a_run_under_way_asks_and_stops_it_in_order(app: Driven) -> None:
    server = server_of(app)
    await on_the_column(app)
    with held_up(server):
        await app.press("R", "enter")
        await app.until(lambda: len(server.requests) > 0)
        await app.press("ctrl+q")
        assert "Stop and leave" in app.text()
        await app.press("escape")
        assert "Stop and leave" not in app.text()
        assert app.desk.jobs.running
        await app.press("ctrl+q")
        await app.tap("enter")
        await app.until(lambda: app.desk.jobs.jobs[1].stop.is_requested)
    await app.until(lambda: not app.desk.jobs.running)
    (run,) = app.desk.workspace.store.runs()
    assert run.state == "stopped"
    assert run.counts["value"] == len(server.requests)


@on_grid("running")
async def test_a_cell_is_called_again_from_its_story_past_the_cache(app: Driven) -> None:
    server = server_of(app)
    await on_the_column(app)
    await app.press("r", "enter")
    await over(app)
    await app.press("I")
    assert "c: call it again" in app.text()
    await app.press("c")
    assert "asks past the cache: type 1 to run" in app.text()
    assert len(server.requests) == 1
    await app.type("1")
    await app.press("enter")
    await app.until(lambda: len(server.requests) == 2)
    await over(app)


@on_grid("running")
async def test_the_label_of_a_column_says_how_much_of_its_run_is_settled(app: Driven) -> None:
    server = server_of(app)
    await on_the_column(app)
    with held_up(server):
        await app.press("R", "enter")
        await app.until(lambda: "%" in app.lines()[0])
    await over(app)
    assert "%" not in app.lines()[0]


@on_grid("running")
async def test_the_percent_of_a_label_is_the_column_s_own(app: Driven) -> None:
    workspace, server = app.desk.workspace, server_of(app)
    an_ai_column(workspace, "later", prompt="Close after {{ intro }}")
    await app.press("f5")
    await app.press("$")
    server.behave = lambda request: Reply(delay_s=0.2) if "Close" in str(request) else None
    job = app.desk.jobs.start(plan_of(workspace, "intro", "later"))
    intro, later = job.totals
    await app.until(lambda: app.desk.jobs.percents.get(intro) == 100)
    percents = app.desk.jobs.percents
    assert percents[later] < 100
    await app.until(lambda: "100%" in app.lines()[0])
    server.behave = lambda _request: None
    await over(app)
    assert app.desk.jobs.percents == {}


def test_a_run_that_has_told_nothing_yet_says_how_many_cells_it_has() -> None:
    began = [Job(1, "Intro", StopSignal(), {5: 12, 6: 8})]
    assert job_words(began)[0].startswith("running 0/20")


@on_grid("running")
async def test_all_runs_of_the_app_are_stopped_by_two_keys(app: Driven) -> None:
    server = server_of(app)
    await app.press("g", "X")
    assert "nothing runs here" in app.lines()[-1]
    await on_the_column(app)
    with held_up(server):
        await app.press("R", "enter")
        await app.until(lambda: len(server.requests) > 0)
        await app.press("0", "g", "X")
        assert app.desk.jobs.jobs[1].stop.is_requested
    await over(app)
    assert len(server.requests) < LEADS
    assert app.desk.workspace.store.runs()[0].state == "stopped"
