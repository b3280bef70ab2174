"""What others do to a cell, its column or its lead while it is being typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Static

from leadsync.core.columns.definitions import remove_column
from leadsync.core.errors import StoreError
from leadsync.core.history import list_units, undo
from leadsync.core.leads.editing import edit_leads, restore_leads, trash_leads
from leadsync.tui.cell_typing import look_at, open_editor
from leadsync.tui.panels.cell_editor import CellEditor
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import stopped

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


def workspace_of(app: Driven) -> Workspace:
    return app.desk.workspace


async def typing(app: Driven, lead: int, key: str, text: str) -> None:
    """Begin to type into a cell."""
    app.desk.grid.jump(
        row=app.desk.model.place_of(lead), column=app.desk.grid.layout_now.number(key)
    )
    await app.press("enter")
    await app.type(text)


def the_line_of(app: Driven, text: str) -> int:
    return next(n for n, line in enumerate(app.lines()) if text in line)


@on_grid()
async def test_a_cell_that_somebody_changed_is_asked_about(app: Driven) -> None:
    await typing(app, 3, "title", "!")
    edit_leads(workspace_of(app), [3], {"title": "Logician"})
    await app.press("enter")
    assert app.cell(3, "title") == "Logician"
    said = 'changed meanwhile to "Logician"; Enter again stores yours, Esc keeps theirs'
    assert said in app.text()
    await app.type("!")
    assert said in app.text()
    await app.press("enter")
    assert app.cell(3, "title") == "Codebreaker!!"
    assert app.here == (4, "title")


@on_grid()
async def test_escape_keeps_what_somebody_else_wrote(app: Driven) -> None:
    await typing(app, 3, "title", "!")
    edit_leads(workspace_of(app), [3], {"title": ""})
    await app.press("tab")
    assert "cleared meanwhile; Enter again stores yours, Esc keeps theirs" in app.text()
    await app.press("escape")
    assert app.cell(3, "title") is None
    assert not app.desk.query(CellEditor)


@on_grid()
async def test_each_change_is_asked_about(app: Driven) -> None:
    await typing(app, 3, "title", "!")
    edit_leads(workspace_of(app), [3], {"title": "Logician"})
    await app.press("enter")
    edit_leads(workspace_of(app), [3], {"title": "Founder"})
    await app.press("enter")
    assert 'changed meanwhile to "Founder"' in app.text()
    assert app.cell(3, "title") == "Founder"


@on_grid()
async def test_a_cell_in_which_nothing_was_typed_leaves_what_others_wrote(app: Driven) -> None:
    await typing(app, 3, "title", "")
    edit_leads(workspace_of(app), [3], {"title": "Logician"})
    await app.press("enter")
    assert app.cell(3, "title") == "Logician"
    assert app.here == (4, "title")


@on_grid()
async def test_a_cell_whose_column_was_removed_keeps_its_text_and_says_so(app: Driven) -> None:
    await typing(app, 3, "title", "!")
    remove_column(workspace_of(app), "title")
    await app.until(lambda: "title of lead 3 is not shown here now" in app.text())
    await app.until(lambda: the_line_of(app, "Codebreaker!") > 20)
    await app.press("enter")
    assert 'column "title" was removed meanwhile' in app.text()
    assert "Codebreaker!" in app.text()
    assert workspace_of(app).store.columns()[0].key != "title"
    undo(workspace_of(app))
    await app.until(lambda: app.desk.grid.layout_now.number("title") is not None)
    await app.press("enter")
    assert app.cell(3, "title") == "Codebreaker!"


@on_grid()
async def test_a_lead_that_went_to_the_trash_is_not_written(app: Driven) -> None:
    await typing(app, 3, "title", "!")
    trash_leads(workspace_of(app), [3])
    await app.until(lambda: "title of lead 3 is not shown here now" in app.text())
    await app.until(lambda: the_line_of(app, "Codebreaker!") > 20)
    await app.press("enter")
    assert "lead 3 is in the trash" in app.text()
    assert app.cell(3, "title") == "Codebreaker"
    restore_leads(workspace_of(app), [3])
    await app.until(lambda: the_line_of(app, "Codebreaker!") == 3)
    assert "is not shown here now" not in app.text()
    await app.press("enter")
    assert app.cell(3, "title") == "Codebreaker!"


@on_grid()
async def test_cells_in_the_trash_can_be_typed_by_who_looks_at_it(app: Driven) -> None:
    trash_leads(workspace_of(app), [3])
    await app.press("g", "z")
    await typing(app, 3, "title", "!")
    await app.press("enter")
    assert app.cell(3, "title") == "Codebreaker!"


@on_grid()
async def test_a_paste_makes_no_column_anew(app: Driven) -> None:
    number = app.desk.grid.layout_now.number("title")
    app.desk.grid.jump(row=3, column=number)
    app.desk.grid.post_message(events.Paste("CEO\tFR"))
    await app.until(lambda: "Paste 2 cells" in app.text())
    remove_column(workspace_of(app), "title")
    await app.press("enter")
    assert 'column "title" was removed meanwhile' in app.lines()[-1]
    assert list_units(workspace_of(app).store, 1)[0].label == "remove column title"


@on_grid()
async def test_a_complaint_is_read_whole_at_the_bottom_of_the_screen(app: Driven) -> None:
    await app.pilot.resize_terminal(80, 7)
    await app.until(lambda: app.desk.grid.size.height == 6)
    await typing(app, 5, "email", " x")
    await app.press("enter")
    assert "is no e-mail address" in app.text()
    edit_leads(workspace_of(app), [5], {"email": "zoe.nunez@a-rather-long-name.example"})
    await app.press("backspace", "backspace", "x", "enter")
    assert "Enter again stores yours, Esc keeps theirs" in " ".join(app.text().split())
    assert "zoe@cafe.examplex" in app.text()


@on_grid(size=(40, 12))
async def test_the_screen_goes_with_the_cursor_where_its_column_was_removed(app: Driven) -> None:
    await app.press("$")
    last = app.here[1]
    assert last == "employees"
    remove_column(workspace_of(app), last)
    await app.until(lambda: app.desk.grid.layout_now.number(last) is None)
    await app.until(lambda: "Country" in app.lines()[0])
    assert app.here == (1, "country")
    grid = app.desk.grid
    assert grid.cell_region(0, grid.cursor.column) is not None


@on_grid()
async def test_rows_that_are_read_while_their_column_is_removed_come_without_it(
    app: Driven,
) -> None:
    window, ids = app.desk.grid.window, list(app.desk.model.ids)
    with stopped(app.desk.lanes.window):
        window.read_again(ids)
        remove_column(workspace_of(app), "title")
    await app.settle()
    assert "Ada Lovelace" in app.text()
    await app.until(lambda: app.desk.grid.layout_now.number("title") is None)
    await app.press("j")
    assert app.here[0] == 2


@on_grid()
async def test_what_a_lane_cannot_do_is_said_and_ends_nothing(app: Driven) -> None:
    def fail() -> None:
        raise StoreError("the server is away")

    app.desk.lanes.search.ask("", fail)
    await app.until(lambda: "the server is away" in app.lines()[-1])
    await app.press("j")
    assert app.here[0] == 2


@on_grid()
async def test_why_a_text_was_not_stored_stands_under_it_from_the_beginning(app: Driven) -> None:
    seen = look_at(app.desk, 3, "title")
    assert seen
    open_editor(app.desk, seen, "Logician", note="changed meanwhile")
    editor = app.desk.query_one(CellEditor)
    while not editor.is_mounted:
        await app.rest()
    assert editor.query_one(Static).display
    await app.settle()
    assert "changed meanwhile" in app.text()
