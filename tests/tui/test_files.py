"""The first start, importing and exporting."""

from __future__ import annotations

from pathlib import Path

from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from tests.tui.driven import Driven, on_grid


@on_grid("workspace")
async def test_an_empty_workspace_offers_three_ways_to_begin(app: Driven) -> None:
    assert isinstance(app.app.screen, Picker)
    for words in ("Import a file", "sample", "Add a lead"):
        assert words in app.text()
    await app.type("sample")
    await app.press("enter")
    await app.until(lambda: isinstance(app.app.screen, Question))
    assert "rows into Inbox" in app.text()
    assert len(app.desk.model.ids) == 0
    await app.press("enter")
    await app.until(lambda: len(app.desk.model.ids) > 5)
    assert "created" in app.lines()[-1]


@on_grid()
async def test_a_file_is_looked_at_imported_and_taken_back(app: Driven) -> None:
    folder = Path(app.desk.workspace.config.state_folder).parent
    path = folder / "new.csv"
    path.write_text("Email,Shoe size\nkurt@vienna.example,42\nada@lovelace.example,38\n", "utf-8")
    await app.press("ctrl+o")
    await app.fill(str(path))
    await app.until(lambda: isinstance(app.app.screen, Question))
    assert "shoe_size (new)" in app.text()
    assert "1 created" in app.text()
    await app.press("enter")
    await app.until(lambda: len(app.desk.model.ids) == 6)
    await app.until(lambda: app.desk.grid.layout_now.number("shoe_size") is not None)
    assert app.cell(1, "shoe_size") == "38"
    await app.press("u", "enter")
    await app.until(lambda: len(app.desk.model.ids) == 5)


@on_grid()
async def test_a_file_that_is_not_there_is_said(app: Driven) -> None:
    await app.press("ctrl+o")
    await app.type("nowhere.csv")
    await app.press("enter")
    await app.until(lambda: 'there is no file "nowhere.csv"' in app.lines()[-1])


@on_grid()
async def test_what_is_shown_is_exported(app: Driven) -> None:
    path = Path(app.desk.workspace.config.state_folder).parent / "out.csv"
    path.write_text("old")
    app.desk.grid.jump(column=app.desk.grid.layout_now.number("country"))
    await app.press("=", "ctrl+s")
    await app.fill(str(path))
    assert isinstance(app.app.screen, Question)
    await app.press("enter")
    await app.until(lambda: "2 leads exported" in app.lines()[-1])
    assert "alan@bletchley.example" in path.read_text("utf-8")
    assert "grace@navy.example" not in path.read_text("utf-8")
