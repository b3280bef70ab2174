"""The mouse: everything it does has a key as well."""

from __future__ import annotations

from textual.events import MouseScrollDown, MouseScrollUp

from leadsync.tui.grid.widget import LeadGrid
from leadsync.tui.panels.cell_editor import CellEditor
from leadsync.tui.panels.picker import Picker
from tests.tui.driven import Driven, on_grid


def x_of(app: Driven, key: str) -> int:
    grid = app.desk.grid
    number = grid.layout_now.number(key)
    pieces = grid.layout_now.visible(grid.scroll_offset.x, grid.width_seen)
    return next(piece.x for piece in pieces if piece.number == number) + 1


async def click(app: Driven, x: int, y: int, *, times: int = 1, control: bool = False) -> None:
    await app.pilot.click(LeadGrid, offset=(x, y), times=times, control=control)
    await app.settle()


@on_grid(size=(160, 20))
async def test_a_click_puts_the_cursor_and_a_double_click_edits(app: Driven) -> None:
    await click(app, x_of(app, "title"), 3)
    assert app.here == (3, "title")
    await click(app, x_of(app, "name"), 2, times=2)
    assert app.here == (2, "name")
    assert app.desk.query(CellEditor)


@on_grid(size=(160, 20))
async def test_a_click_in_the_gutter_marks(app: Driven) -> None:
    await click(app, 0, 2)
    await click(app, 1, 4)
    assert list(app.desk.model.marks.ids()) == [2, 4]


@on_grid(size=(160, 20))
async def test_a_click_on_a_label_sorts_and_another_turns_it_round(app: Driven) -> None:
    await click(app, x_of(app, "country"), 0)
    assert list(app.desk.model.ids) == [4, 5, 1, 3, 2]
    await click(app, x_of(app, "country"), 0)
    assert list(app.desk.model.ids) == [2, 1, 3, 5, 4]


@on_grid(size=(160, 20))
async def test_drags_make_ranges_and_change_widths(app: Driven) -> None:
    x = x_of(app, "title")
    await app.pilot.mouse_down(LeadGrid, offset=(x, 1))
    await app.pilot.hover(LeadGrid, offset=(x, 3))
    await app.pilot.mouse_up(LeadGrid, offset=(x, 3))
    await app.settle()
    assert "range of 3 by 1" in app.lines()[-1]
    width = app.desk.grid.field.width  # type: ignore[union-attr]
    border = x - 1 + width
    await app.pilot.mouse_down(LeadGrid, offset=(border, 0))
    await app.pilot.hover(LeadGrid, offset=(border + 4, 0))
    await app.pilot.mouse_up(LeadGrid, offset=(border + 4, 0))
    await app.settle()
    assert app.desk.grid.field.width == width + 4  # type: ignore[union-attr]


@on_grid(size=(160, 20))
async def test_the_menu_offers_what_fits_here(app: Driven) -> None:
    await app.press(".")
    assert isinstance(app.app.screen, Picker)
    await app.type("freeze")
    await app.press("enter")
    assert app.desk.grid.layout_now.frozen == 0


def line_of(app: Driven, words: str) -> int:
    return next(y for y, line in enumerate(app.lines()) if words in line)


@on_grid(size=(80, 5))
async def test_the_wheel_takes_an_open_field_along_with_its_cell(app: Driven) -> None:
    wheel = app.pilot._post_mouse_events
    await app.press("j", "j", "l", "enter")
    await app.type(" of the park")
    assert line_of(app, "of the park") == line_of(app, "alan@bletchley") == 3
    await wheel([MouseScrollDown], LeadGrid, (50, 1))
    await app.settle()
    assert line_of(app, "of the park") == line_of(app, "alan@bletchley") < 3
    for _ in range(3):
        await wheel([MouseScrollUp], LeadGrid, (50, 3))
    await app.settle()
    assert line_of(app, "of the park") == line_of(app, "alan@bletchley") == 3
    await app.press("enter")
    assert app.cell(3, "name") == "Alan Turing of the park"
