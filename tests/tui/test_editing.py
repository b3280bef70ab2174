"""Editing: what keys write into the store, and what takes it back."""

from __future__ import annotations

import asyncio
import csv
import json
import threading
from typing import TYPE_CHECKING

import pytest
from textual import events

from leadsync.core.columns.definitions import ColumnSpec, add_column
from leadsync.core.history import list_units
from leadsync.tui.opening import Lanes, make_app
from leadsync.tui.panels.cell_editor import CellEditor
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.text_pane import TextPane
from tests.tui.driven import Driven, driven, on_grid
from tests.tui.holding import LONGEST_S

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


def at(app: Driven, lead: int, key: str) -> None:
    """Put the cursor on a cell."""
    number = app.desk.grid.layout_now.number(key)
    app.desk.grid.jump(row=app.desk.model.place_of(lead), column=number)


@on_grid()
async def test_enter_edits_the_cell_and_goes_down(app: Driven) -> None:
    at(app, 3, "title")
    await app.press("enter")
    await app.type(" II")
    await app.press("enter")
    assert app.cell(3, "title") == "Codebreaker II"
    assert app.here == (4, "title")
    assert "Codebreaker II" in app.lines()[3]


@on_grid()
async def test_keys_typed_ahead_are_text_and_keys_behind_the_end_are_commands(app: Driven) -> None:
    from leadsync.tui.asking import key_event

    at(app, 3, "title")
    for key in ("enter", "d", "d", "u", "enter", "enter", "x", "enter", "k"):
        app.app.post_message(key_event(key))
    await app.until(lambda: app.cell(4, "title") == "CTOx" and not app.desk.query(CellEditor))
    await app.until(lambda: app.here == (4, "title"))
    assert app.cell(3, "title") == "Codebreakerddu"


@on_grid()
async def test_tab_goes_right_and_escape_changes_nothing(app: Driven) -> None:
    at(app, 3, "title")
    await app.press("e", "x", "tab")
    assert app.cell(3, "title") == "Codebreakerx"
    assert app.here == (3, "country")
    await app.press("i", "x", "escape")
    assert app.cell(3, "country") == "GB"


@on_grid()
async def test_text_that_does_not_fit_stays_open_with_the_reason(app: Driven) -> None:
    at(app, 1, "employees")
    await app.press("f2", "x", "enter")
    assert app.cell(1, "employees") == 12
    problem = app.desk.query_one(CellEditor).problem
    assert problem == '"12x" is not a number, which "employees" holds'
    await app.press("backspace", "0", "enter")
    assert app.cell(1, "employees") == 120


@on_grid()
async def test_an_address_of_another_lead_is_refused_with_its_name(app: Driven) -> None:
    at(app, 1, "email")
    await app.press("enter", "ctrl+a", "ctrl+k")
    await app.type("grace@navy.example")
    await app.press("enter")
    assert app.cell(1, "email") == "ada@lovelace.example"
    assert "belongs to lead 2" in app.text()
    await app.press("escape")
    assert not app.desk.query(CellEditor)


@on_grid()
async def test_long_text_takes_new_lines(app: Driven) -> None:
    at(app, 1, "title")
    await app.press("enter", "ctrl+j", "x", "enter")
    assert app.cell(1, "title") == "Head of Engines\nx"
    app.desk.grid.set_layout(app.desk.grid.layout_now.resized(5, 20))
    await app.settle()
    assert "Head of Engines⏎x" in app.lines()[1]


@on_grid()
async def test_a_computed_cell_shows_its_story_instead(app: Driven) -> None:
    add_column(app.desk.workspace, ColumnSpec("shout", "Shout", "template",
                                              config={"template": "{{ name }}!"}))  # fmt: skip
    await app.until(lambda: app.desk.grid.layout_now.number("shout") is not None)
    at(app, 1, "shout")
    await app.press("enter")
    assert isinstance(app.app.screen, TextPane)
    assert "formula: {{ name }}!" in app.app.screen.text


@on_grid()
async def test_marked_rows_are_set_after_a_question(app: Driven) -> None:
    at(app, 1, "country")
    await app.press("space", "space", "g", "e")
    await app.type("FR")
    await app.press("enter")
    assert isinstance(app.app.screen, Question)
    assert app.cell(1, "country") == "GB"
    await app.press("enter")
    assert [app.cell(i, "country") for i in (1, 2, 3)] == ["FR", "FR", "GB"]


@on_grid()
async def test_cells_are_cleared_and_undo_and_redo_say_what(app: Driven) -> None:
    at(app, 1, "title")
    await app.press("delete")
    assert app.cell(1, "title") is None
    await app.press("u")
    assert app.cell(1, "title") == "Head of Engines"
    assert "took back" in app.lines()[-1]
    assert "clear: title" in app.lines()[-1]
    await app.press("ctrl+r")
    assert app.cell(1, "title") is None
    assert "Head of Engines" not in app.text()


@on_grid()
async def test_undo_of_an_import_asks_first(app: Driven) -> None:
    await app.press("u")
    assert isinstance(app.app.screen, Question)
    assert "5 leads added" in app.text()
    await app.press("escape")
    assert len(app.desk.model.ids) == 5
    await app.press("u", "enter")
    await app.until(lambda: len(app.desk.model.ids) == 0)


@on_grid()
async def test_a_range_is_cleared_and_filled_down_after_a_question(app: Driven) -> None:
    at(app, 1, "country")
    await app.press("v", "j", "j", "F", "enter")
    assert [app.cell(i, "country") for i in (1, 2, 3, 4)] == ["GB", "GB", "GB", "DE"]
    at(app, 1, "title")
    await app.press("v", "j", "l", "z", "d", "enter")
    assert [app.cell(i, "title") for i in (1, 2, 3)] == [None, None, "Codebreaker"]
    assert app.cell(2, "country") is None


@on_grid()
async def test_replace_shows_what_it_changes(app: Driven) -> None:
    at(app, 1, "country")
    await app.press("*")
    await app.type("^GB$/United Kingdom/")
    await app.press("enter")
    assert "1: GB → United Kingdom" in app.text()
    await app.press("enter")
    assert [app.cell(i, "country") for i in (1, 2, 3)] == ["United Kingdom", "US", "United Kingdom"]
    assert list_units(app.desk.workspace.store, 1)[0].label == "replace in country"


@on_grid()
async def test_a_copied_block_is_pasted_after_a_look(app: Driven) -> None:
    at(app, 1, "title")
    await app.press("v", "j", "l", "y")
    assert app.desk.copied == "Head of Engines\tGB\nRear Admiral\tUS"
    at(app, 4, "title")
    await app.press("escape", "p")
    assert "Paste 4 cells into 2 leads" in app.text()
    await app.press("enter")
    assert [app.cell(i, "title") for i in (4, 5)] == ["Head of Engines", "Rear Admiral"]
    assert app.cell(5, "country") == "US"
    await app.press("u", "enter")
    assert app.cell(4, "title") == "CTO"


@on_grid()
async def test_cells_that_do_not_fit_are_named_and_nothing_is_pasted(app: Driven) -> None:
    at(app, 4, "employees")
    app.desk.grid.post_message(events.Paste("12\nmany"))
    await app.settle()
    assert 'lead 5, employees: "many" is not a number' in app.text()
    await app.press("escape")
    assert app.cell(4, "employees") == 7


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_block_is_pasted_whatever_ends_its_lines(end: str, filled: Workspace) -> None:
    async def run() -> None:
        async with driven(filled) as app:
            at(app, 4, "title")
            app.desk.grid.post_message(events.Paste(f'CEO\tFR{end}CFO\t"I{end}T"{end}'))
            await app.settle()
            assert "Paste 4 cells into 2 leads" in app.text()
            await app.press("enter")
            assert [app.cell(i, "title") for i in (4, 5)] == ["CEO", "CFO"]
            assert [app.cell(i, "country") for i in (4, 5)] == ["FR", "I\nT"]

    asyncio.run(run())


@on_grid()
async def test_quitting_while_a_cell_is_typed_asks_first(app: Driven) -> None:
    at(app, 3, "title")
    await app.press("enter", "ctrl+c")
    assert "nothing is selected to copy; Ctrl+Q quits" in app.lines()[-1]
    await app.type(" II")
    await app.press("ctrl+q", "ctrl+q")
    assert isinstance(app.app.screen, Question)
    assert "what was typed into title of lead 3 is not stored" in app.text()
    await app.press("escape")
    await app.type("I")
    await app.press("enter")
    assert app.cell(3, "title") == "Codebreaker III"
    await app.press("enter")
    await app.type("!")
    await app.press("ctrl+q")
    await app.tap("enter")
    await app.until(lambda: not app.app.is_running)
    assert app.cell(4, "title") == "CTO"


@on_grid()
async def test_a_cell_that_was_not_typed_in_does_not_keep_the_app(app: Driven) -> None:
    at(app, 3, "title")
    await app.press("enter")
    await app.tap("ctrl+q")
    await app.until(lambda: not app.app.is_running)


@on_grid()
async def test_lines_that_have_no_lead_are_said_before_the_one_that_has(app: Driven) -> None:
    at(app, 5, "title")
    app.desk.grid.post_message(events.Paste("CEO\nCTO\nCFO"))
    await app.settle()
    assert "2 cells stand beyond the last row or column and are left out." in app.text()
    assert app.cell(5, "title") is None
    await app.press("enter")
    assert app.cell(5, "title") == "CEO"


@on_grid()
async def test_cells_on_columns_that_cannot_be_typed_are_said_to_be_that(app: Driven) -> None:
    spec = ColumnSpec(
        key="whole", label="Whole", kind="template", config={"template": "{{ name }}"}
    )
    add_column(app.desk.workspace, spec)
    await app.until(lambda: app.desk.grid.layout_now.number("whole") is not None)
    at(app, 4, "employees")
    app.desk.grid.post_message(events.Paste("1\tx\ty\n2\tx\ty\n3\tx\ty"))
    await app.settle()
    assert "2 cells of Whole cannot be typed and are left out." in app.text()
    assert "5 cells stand beyond the last row or column and are left out." in app.text()
    await app.press("escape")
    at(app, 4, "whole")
    app.desk.grid.post_message(events.Paste("x\ny"))
    await app.settle()
    assert "2 cells of Whole cannot be typed" in app.text()


@on_grid()
async def test_a_large_cell_is_pasted_whether_or_not_anything_was_imported_before(
    app: Driven,
) -> None:
    at(app, 4, "title")
    csv.field_size_limit(131_072)  # as it stands in a process that has imported nothing
    app.desk.grid.post_message(events.Paste("x" * 200_000 + "\tGB"))
    await app.until(lambda: "Paste 2 cells into 1 lead" in app.text())
    await app.press("enter")
    assert app.cell(4, "title") == "x" * 200_000
    assert app.cell(4, "country") == "GB"


@on_grid()
async def test_a_stray_quote_swallows_no_cell_of_a_paste(app: Driven) -> None:
    at(app, 4, "title")
    app.desk.grid.post_message(events.Paste('"Chief\tFR\nCFO\tIT'))
    await app.until(lambda: "Paste 4 cells into 2 leads" in app.text())
    await app.press("enter")
    assert [app.cell(i, "title") for i in (4, 5)] == ["Chief", "CFO"]
    assert [app.cell(i, "country") for i in (4, 5)] == ["FR", "IT"]


@on_grid()
async def test_a_lead_is_added_by_a_form_that_says_what_is_wrong(app: Driven) -> None:
    await app.press("a")
    await app.type("grace@navy.example")
    await app.press("ctrl+s")
    assert isinstance(app.app.screen, Form)
    assert "belongs to lead 2" in app.text()
    await app.press("ctrl+a", "ctrl+k")
    await app.type("kurt@vienna.example")
    await app.press("enter")
    await app.type("Kurt")
    await app.press("ctrl+s")
    await app.until(lambda: len(app.desk.model.ids) == 6)
    assert app.cell(6, "name") == "Kurt"


@on_grid()
async def test_who_is_suppressed_and_typed_in_is_told_so(app: Driven) -> None:
    from leadsync.core.suppression import suppress

    suppress(app.desk.workspace, ["vienna.example"])
    await app.press("a")
    await app.type("kurt@vienna.example")
    await app.press("ctrl+s")
    await app.until(lambda: len(app.desk.model.ids) == 6)
    assert "lead 6 added to Inbox but is suppressed; u takes it back" in app.lines()[-1]


@on_grid()
async def test_leads_go_to_the_trash_and_come_back(app: Driven) -> None:
    at(app, 2, "email")
    await app.press("d", "d")
    await app.until(lambda: list(app.desk.model.ids) == [1, 3, 4, 5])
    await app.press("g", "z")
    assert list(app.desk.model.ids) == [2]
    assert "trash" in app.lines()[-1]
    await app.press("z", "r")
    await app.until(lambda: len(app.desk.model.ids) == 0)
    await app.press("g", "z")
    assert list(app.desk.model.ids) == [1, 2, 3, 4, 5]


@on_grid()
async def test_several_leads_are_tagged_and_moved_after_a_question(app: Driven) -> None:
    from tests.contract.making import a_campaign

    a_campaign(app.desk.workspace.store, "Q4")
    at(app, 1, "name")
    await app.press("space", "space", "T")
    await app.type("vip")
    await app.press("enter", "enter")
    assert app.cell(2, "tags") == ("vip",)
    await app.press("m")
    await app.type("q4")
    await app.press("enter", "enter")
    assert [app.cell(i, "campaign") for i in (1, 2, 3)] == ["Q4", "Q4", "Inbox"]


@on_grid()
async def test_another_processes_changes_arrive_and_cursor_marks_and_edit_stay(
    app: Driven,
) -> None:
    from leadsync.core.leads.editing import add_lead, edit_leads, trash_leads

    workspace = app.desk.workspace
    at(app, 3, "title")
    app.desk.model.marks.add([4])
    await app.press("enter", "x")
    trash_leads(workspace, [1])
    edit_leads(workspace, [4], {"title": "Chief"})
    add_lead(workspace, "Inbox", {"email": "new@one.example"})
    await app.until(lambda: list(app.desk.model.ids) == [2, 3, 4, 5, 6])
    await app.until(lambda: "Chief" in app.text())
    assert app.here == (3, "title")
    assert 4 in app.desk.model.marks
    await app.press("enter")
    assert app.cell(3, "title") == "Codebreakerx"


def test_what_is_written_while_the_grid_opens_is_seen(filled: Workspace) -> None:
    from leadsync.core.leads.editing import edit_leads

    async def run() -> None:
        lanes = Lanes()
        opening = make_app(filled, lanes, ascii_only=False)
        done = lanes.window.ask("", lambda: None)
        assert done.wait(LONGEST_S)  # the first rows are read
        edit_leads(filled, [1], {"name": "Countess"})
        try:
            async with opening.run_test(size=(120, 30)) as pilot:
                app = Driven(opening, pilot)
                await app.until(lambda: "Countess" in app.text())
        finally:
            lanes.close()

    asyncio.run(run())


@on_grid()
async def test_undo_right_behind_an_edit_takes_back_that_edit(app: Driven) -> None:
    at(app, 1, "title")
    await app.press("enter")
    await app.type("!")
    await app.press("enter")
    gate = threading.Event()
    app.desk.lanes.writing.ask("", gate.wait)  # the store is busy: what comes now waits behind it
    await app.tap("enter", "X", "enter", "u")
    gate.set()
    await app.settle()
    assert app.cell(1, "title") == "Head of Engines!"
    assert app.cell(2, "title") == "Rear Admiral"
    assert [unit.undone_by > 0 for unit in list_units(app.desk.workspace.store)][:3] == [
        False, True, False,
    ]  # fmt: skip


@on_grid()
async def test_cells_are_copied_with_labels_and_in_a_form_that_is_chosen(app: Driven) -> None:
    at(app, 1, "title")
    await app.press("v", "j", "l", "Y")
    assert app.desk.copied == "Title\tCountry\nHead of Engines\tGB\nRear Admiral\tUS"
    assert "4 cells copied" in app.lines()[-1]
    wanted = {
        "csv": "Title,Country\nHead of Engines,GB\nRear Admiral,US",
        "ids": "id:1 or id:2",
    }
    for form, text in wanted.items():
        await app.press("g", "y")
        await app.type(form)
        await app.press("enter")
        assert app.desk.copied.strip().replace("\r", "") == text
    await app.press("g", "y")
    await app.type("json")
    await app.press("enter")
    assert json.loads(app.desk.copied) == [
        {"title": "Head of Engines", "country": "GB"},
        {"title": "Rear Admiral", "country": "US"},
    ]


@on_grid()
async def test_leads_are_moved_to_a_campaign_that_is_made(app: Driven) -> None:
    await app.press("m")
    await app.type("Winter")
    assert "New campaign: Winter" in app.text()
    await app.press("enter")
    assert app.cell(1, "campaign") == "Winter"
    assert "1 lead moved to Winter" in app.text()
    await app.press("j", "m")
    await app.type("inbox")
    assert "New campaign" not in app.text()
