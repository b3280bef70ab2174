"""Columns on the screen: order, widths, places; and the story of a cell."""

from __future__ import annotations

from leadsync.core.leads.editing import edit_leads
from leadsync.tui.actions.app import THEMES
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.text_pane import TextPane
from tests.tui.driven import Driven, on_grid
from tests.tui.test_editing import at


def keys(app: Driven) -> list[str]:
    return [field.key for field in app.desk.grid.layout_now.fields]


@on_grid()
async def test_sorting_by_one_and_by_more_columns_keeps_the_lead(app: Driven) -> None:
    at(app, 3, "country")
    await app.press("[")
    assert list(app.desk.model.ids) == [4, 5, 1, 3, 2]
    assert app.here == (3, "country")
    assert "Country ▲" in app.lines()[0]
    at(app, 3, "name")
    await app.press("z", "]")
    assert "Name ▼2" in app.lines()[0]
    assert list(app.desk.model.ids) == [4, 5, 3, 1, 2]
    at(app, 3, "employees")
    await app.press("]")
    assert list(app.desk.model.ids) == [2, 1, 4, 5, 3]
    await app.press("z", "[", "S")
    assert "employees" in app.text()
    await app.press("ctrl+a", "ctrl+k")
    await app.type("-name")
    await app.press("enter")
    assert list(app.desk.model.ids) == [5, 4, 2, 3, 1]


@on_grid()
async def test_sorting_numbers_in_a_column_of_text_says_how_they_become_numbers(
    app: Driven,
) -> None:
    edit_leads(app.desk.workspace, [1, 2], {"title": "9"})
    edit_leads(app.desk.workspace, [3], {"title": "10"})
    edit_leads(app.desk.workspace, [4], {"title": ""})
    await app.settle()
    at(app, 1, "title")
    await app.press("[")
    said = "Title is text, and 10 stands before 9: C makes it a number"
    assert said in app.lines()[-1]
    edit_leads(app.desk.workspace, [4], {"title": "CTO"})
    await app.settle()
    await app.press("]")
    assert said not in app.lines()[-1]
    at(app, 1, "employees")
    await app.press("[")
    assert "is text" not in app.lines()[-1]


@on_grid()
async def test_widths_places_and_hidden_columns(app: Driven) -> None:
    at(app, 1, "title")
    width = app.desk.grid.field.width  # type: ignore[union-attr]
    await app.press(">", ">", "<")
    assert app.desk.grid.field.width == width + 2  # type: ignore[union-attr]
    await app.press("_")
    assert app.desk.grid.field.width == len("Head of Engines")  # type: ignore[union-attr]
    await app.press("g", "_", "H")
    assert keys(app).index("title") == keys(app).index("country") - 2
    assert app.here == (1, "title")
    await app.press("L", "-")
    assert "title" not in keys(app)
    await app.press("g", "-")
    await app.type("title")
    await app.press("enter")
    assert app.here == (1, "title")


@on_grid(size=(60, 20))
async def test_frozen_columns_stay_when_others_scroll(app: Driven) -> None:
    await app.press("$")
    assert app.lines()[0].split()[0] == "E-mail"
    assert "Employees" in app.lines()[0]
    await app.press("0", "!", "$")
    assert app.lines()[0].split()[0] != "E-mail"
    await app.press("z", "h")
    assert app.here == (1, "employees")
    await app.press("z", "l")


@on_grid(size=(80, 24))
async def test_columns_that_leave_no_room_for_others_are_not_frozen(app: Driven) -> None:
    await app.press("$", "!")
    assert app.desk.grid.layout_now.frozen == 1
    assert "too wide to freeze up to here: - hides a column, < narrows it" in app.lines()[-1]
    assert "Employees" in app.lines()[0]
    await app.press("0", "l", "!")
    assert app.desk.grid.layout_now.frozen == 2


@on_grid()
async def test_every_choice_of_colours_can_be_shown(app: Driven) -> None:
    for words in THEMES:
        app.desk.do("app.theme")
        await app.settle()
        await app.type(words)
        await app.press("enter")
        assert app.app.theme == THEMES[words]
        assert "ada@lovelace.example" in app.text()


@on_grid(size=(70, 20))
async def test_no_column_is_cut_at_the_left_edge(app: Driven) -> None:
    for _ in range(7):
        await app.press("l")
        grid = app.desk.grid
        pieces = grid.layout_now.visible(grid.scroll_offset.x, grid.width_seen)
        assert [piece.number for piece in pieces if piece.skip] == []


@on_grid()
async def test_peek_shows_all_of_a_long_cell(app: Driven) -> None:
    edit_leads(app.desk.workspace, [1], {"title": "word " * 100 + "end"})
    at(app, 1, "title")
    await app.press("K")
    assert isinstance(app.app.screen, TextPane)
    assert "end" in app.text()


@on_grid()
async def test_the_inspector_tells_the_story_and_brings_values_back(app: Driven) -> None:
    edit_leads(app.desk.workspace, [1], {"title": "Countess"})
    at(app, 1, "title")
    await app.press("I")
    assert "from: hand" in app.text()
    await app.press("b")
    assert isinstance(app.app.screen, Picker)
    await app.press("enter")
    assert app.cell(1, "title") == "Head of Engines"


@on_grid()
async def test_history_takes_any_unit_back(app: Driven) -> None:
    edit_leads(app.desk.workspace, [1], {"title": "Countess"})
    edit_leads(app.desk.workspace, [2], {"title": "Captain"})
    await app.press("g", "h", "down", "enter", "enter")
    assert app.cell(1, "title") == "Head of Engines"
    assert app.cell(2, "title") == "Captain"


@on_grid()
async def test_the_lead_opens_with_all_its_fields(app: Driven) -> None:
    await app.press("o")
    assert isinstance(app.app.screen, TextPane)
    assert "employees" in app.app.screen.text
    assert "created_at" in app.app.screen.text
