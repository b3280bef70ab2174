"""Google Sheets from the grid: compared first, then pushed or pulled; conflicts are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from leadsync.core.config import load_config
from leadsync.core.leads.editing import edit_leads
from leadsync.core.sync.armed_tables import list_armed
from leadsync.core.workspace import Workspace
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.sheet_panel import SheetPanel
from leadsync.tui.panels.text_pane import TextPane
from tests.servers.google_files import ROBOT, sheets_environment
from tests.servers.sheets_server import SheetsServer
from tests.tui.conftest import people
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import stop_while_it_waits
from tests.tui.test_transfer import screen_is, to_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.sheet_grid import Tab

URL = "https://docs.google.com/spreadsheets/d/1q4Leads/edit"


class _Sheets:
    """The server of the test that runs now."""

    server: SheetsServer

    @property
    def tab(self) -> Tab:
        return self.server.files["1q4Leads"].tabs[0]


GOOGLE = _Sheets()


@pytest.fixture
def with_sheets(tmp_path: Path) -> Iterator[Workspace]:
    """Five leads, and Google on this machine."""
    server = GOOGLE.server = SheetsServer()
    server.add_file()
    with server.running():
        env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "ada"}
        config = load_config({}, env | sheets_environment(server, tmp_path))
        with Workspace.open(config) as opened:
            people(opened)
            yield opened


async def begin(app: Driven, action: str, columns: str = "") -> SheetPanel:
    """Open the panel and name the sheet."""
    app.desk.do(action)
    await app.settle()
    panel = app.app.screen
    assert isinstance(panel, SheetPanel)
    line = panel.query_one(Input)
    if line.has_focus:
        line.value = URL
        await app.press("enter")
    if columns:
        await to_line(app, "Columns")
        await app.press("enter")
        line.value = columns
        await app.press("enter")
    return panel


async def push(app: Driven, columns: str = "email, name, title") -> None:
    await begin(app, "files.push_sheets", columns)
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: app.app.screen is app.desk)


@on_grid("with_sheets")
async def test_a_push_shows_what_it_writes_and_then_writes_it(app: Driven) -> None:
    await begin(app, "files.push_sheets", "email, name, title")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    assert 'sheet "Q4 / Sheet1": 5 rows to add' in app.text()
    assert "new columns at the right: email (B), name (C), Title (D)" in app.text()
    assert GOOGLE.server.writes == 0
    await app.press("enter")
    await app.until(lambda: app.app.screen is app.desk)
    assert len(GOOGLE.tab.table()) == 6
    assert "5 rows added" in app.text()
    twin = command_line(app.desk, "files.push_sheets")
    assert twin.startswith(f"leadsync push sheets --to {URL} --columns email,")


@on_grid("with_sheets")
async def test_a_push_of_what_is_there_says_so(app: Driven) -> None:
    await push(app)
    panel = await begin(app, "files.push_sheets", "email, name, title")
    assert panel.draft.address == URL  # it is kept from last time
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, TextPane))
    assert "nothing to write, 5 rows up to date" in app.text()


@on_grid("with_sheets")
async def test_a_pull_lists_conflicts_and_takes_the_rest(app: Driven) -> None:
    await push(app)
    GOOGLE.tab.type("D2", "Countess")
    GOOGLE.tab.type("D3", "Commodore")
    edit_leads(app.desk.workspace, [2], {"title": "Admiral"})
    await begin(app, "files.pull_sheets")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    assert 'D2 title of lead 1: "Head of Engines" → "Countess"' in app.text()
    assert 'D3 title of lead 2: there "Commodore", here "Admiral"' in app.text()
    await app.press("enter")
    await app.until(lambda: app.app.screen is app.desk)
    assert (app.cell(1, "title"), app.cell(2, "title")) == ("Countess", "Admiral")
    assert "1 in conflict; u takes it back" in app.text()
    await app.press("u")
    await app.until(lambda: app.cell(1, "title") == "Head of Engines")


@on_grid("with_sheets")
async def test_a_conflict_is_settled_by_choosing_who_wins(app: Driven) -> None:
    await push(app)
    GOOGLE.tab.type("D3", "Commodore")
    edit_leads(app.desk.workspace, [2], {"title": "Admiral"})
    await begin(app, "files.pull_sheets")
    await to_line(app, "Conflicts")
    await app.press("enter")
    await app.until(lambda: screen_is(app, Picker))
    await app.type("sheet")
    await app.press("enter")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: app.app.screen is app.desk)
    assert app.cell(2, "title") == "Commodore"


@on_grid("with_sheets")
async def test_a_sheet_is_armed_for_later_runs(app: Driven) -> None:
    await begin(app, "files.push_sheets", "email")
    await to_line(app, "After each run")
    await app.press("enter")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: app.app.screen is app.desk)
    (armed,) = list_armed(app.desk.workspace.store)
    assert (armed.ledger, armed.columns) == ("sheets:1q4Leads/Sheet1", ("email",))


@on_grid("with_sheets")
async def test_what_google_refuses_is_said_in_the_panel(app: Driven) -> None:
    GOOGLE.server.denied = True
    panel = await begin(app, "files.push_sheets")
    await app.press("ctrl+s")
    await app.until(lambda: ROBOT in app.text())
    assert app.app.screen is panel
    await app.press("escape")
    assert app.app.screen is app.desk


@on_grid("with_sheets")
async def test_a_comparison_before_a_push_is_stopped_by_escape(app: Driven) -> None:
    panel = await begin(app, "files.push_sheets", "email")
    await stop_while_it_waits(app, "ctrl+s", GOOGLE.server)
    assert app.app.screen is panel
    assert "stopped: nothing was written" in app.text()


@on_grid("with_sheets")
async def test_a_push_that_is_stopped_while_it_compares_writes_nothing(app: Driven) -> None:
    panel = await begin(app, "files.push_sheets", "email")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await stop_while_it_waits(app, "enter", GOOGLE.server)
    assert app.app.screen is panel
    assert "stopped: what was written stands; the next push does the rest" in app.text()
    assert GOOGLE.server.writes == 0


@on_grid("with_sheets")
async def test_a_pull_is_stopped_by_escape_and_takes_nothing(app: Driven) -> None:
    await push(app)
    GOOGLE.tab.type("D2", "Countess")
    panel = await begin(app, "files.pull_sheets")
    await stop_while_it_waits(app, "ctrl+s", GOOGLE.server)
    assert app.app.screen is panel
    assert "stopped: nothing was pulled" in app.text()
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await stop_while_it_waits(app, "enter", GOOGLE.server)
    assert app.app.screen is panel
    assert "stopped: nothing was pulled" in app.text()
    assert app.cell(1, "title") == "Head of Engines"
