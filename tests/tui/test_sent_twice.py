"""Panels whose Ctrl+S comes twice, and panels that end while something lies over them."""

from __future__ import annotations

from pathlib import Path

from leadsync.tui.asking import key_event
from leadsync.tui.panels.export_panel import ExportPanel
from leadsync.tui.panels.import_panel import ImportPanel
from leadsync.tui.panels.progress_panel import ProgressPanel
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.text_pane import TextPane
from tests.contract.importing import a_csv
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import stopped


def folder_of(app: Driven) -> Path:
    return Path(app.desk.workspace.config.state_folder).parent


def send_twice(app: Driven) -> None:
    for _ in range(2):
        app.app.screen.post_message(key_event("ctrl+s"))


async def exporting(app: Driven, path: Path) -> None:
    await app.press("ctrl+s")
    assert isinstance(app.app.screen, ExportPanel)
    await app.fill(str(path))


@on_grid()
async def test_an_export_that_is_sent_twice_is_written_once(app: Driven) -> None:
    path = folder_of(app) / "out.csv"
    await exporting(app, path)
    send_twice(app)
    await app.until(lambda: "5 leads exported" in app.lines()[-1])
    assert app.app.screen is app.desk
    assert len(path.read_text("utf-8").splitlines()) == 6


@on_grid()
async def test_an_import_that_is_sent_twice_is_asked_about_once(app: Driven) -> None:
    path = folder_of(app) / "new.csv"
    path.write_bytes(a_csv(("Email",), ("new@x.example",)))
    await app.press("ctrl+o")
    await app.fill(str(path))
    await app.until(lambda: isinstance(app.app.screen, ImportPanel))
    await app.until(lambda: "delimiter" in app.text())
    send_twice(app)
    await app.until(lambda: isinstance(app.app.screen, Question))
    await app.settle()
    await app.press("enter")
    await app.until(lambda: isinstance(app.app.screen, TextPane))
    await app.press("escape")
    assert app.app.screen is app.desk


@on_grid()
async def test_a_panel_that_ends_under_another_goes_when_that_one_is_closed(app: Driven) -> None:
    path = folder_of(app) / "out.csv"
    await exporting(app, path)
    with stopped(app.desk.lanes.writing):
        await app.tap("ctrl+s")
        assert isinstance(app.app.screen, ProgressPanel)
        app.desk.read("Something else", "that was asked for before")
        await app.rest()
    await app.settle()
    assert isinstance(app.app.screen, TextPane)
    assert path.exists()
    await app.press("escape")
    await app.until(lambda: app.app.screen is app.desk)
