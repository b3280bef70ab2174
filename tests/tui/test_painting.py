"""What reaches behind Textual's surface to paint less: it paints the same as Textual would."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea

from leadsync.tui.grid.scroll_bar import move_bar
from leadsync.tui.painting import LineCompositor
from leadsync.tui.panels.cell_editor import CellEditor
from tests.contract.making import some_leads
from tests.tui.driven import Driven, on_grid
from tests.tui.terminal import Terminal
from tests.tui.test_editing import at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = (60, 14)


def painted(
    app: Driven, by: type[Compositor], crop: Region, is_painted: Callable[[int], bool]
) -> dict[int, str]:
    """The lines that a compositor paints of a part of the desk, as text; beside it all is free."""
    compositor = app.desk._compositor
    assert isinstance(compositor, LineCompositor)
    chops = by._render_chops(compositor, crop, is_painted)
    return {
        y: Strip.join([piece for piece in chops[y].values() if piece]).crop(crop.x, crop.right).text
        for y in crop.line_range
        if is_painted(y)
    }


@on_grid(size=SIZE)
async def test_any_part_of_the_screen_is_painted_as_textual_paints_it(app: Driven) -> None:
    some_leads(app.desk.workspace.store, 1, [{"name": f"Zed {n}"} for n in range(40)])
    await app.press("f5")
    at(app, 3, "name")
    await app.press("enter")  # a field over the grid
    whole = Region(0, 0, *SIZE)
    for crop in (whole, Region(0, 3, 60, 2), Region(10, 0, 20, 14), Region(0, 13, 60, 1)):
        for is_painted in (lambda _y: True, lambda y: y in (0, 3, 4, 13)):
            ours = painted(app, LineCompositor, crop, is_painted)
            assert ours == painted(app, Compositor, crop, is_painted)
    assert "Alan" in painted(app, LineCompositor, whole, lambda y: y == 3)[3]


@on_grid(size=SIZE)
async def test_a_field_that_has_lost_its_styles_and_still_has_its_place_is_not_painted(
    app: Driven,
) -> None:
    at(app, 3, "name")
    await app.press("enter")
    field = app.desk.query_one(TextArea)
    app.desk.close_field(app.desk.query_one(CellEditor))
    while field.is_attached:
        await asyncio.sleep(0)
    app.desk.refresh()
    app.desk._on_timer_update()  # the clock ticks just now
    await app.settle()
    assert "Alan Turing" in app.text()


@on_grid(size=SIZE)
async def test_a_step_of_a_long_list_leaves_the_scroll_bar_alone(app: Driven) -> None:
    some_leads(app.desk.workspace.store, 1, [{"name": f"Zed {n}"} for n in range(2000)])
    await app.press("f5")
    bar = app.desk.grid.vertical_scrollbar
    bar._exchange_repaint_regions()
    move_bar(bar, 1)
    assert bar.position == 1
    assert not bar._repaint_regions
    move_bar(bar, 1000)
    assert bar._repaint_regions


def test_what_was_painted_line_by_line_is_the_whole_picture(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = "".join(f"p{n}@x.example,Person {n},{n % 7}\n" for n in range(300))
    path.write_text(f"Email,Name,Team\n{rows}", "utf-8")
    with closing(Terminal(tmp_path, "import", str(path))) as terminal:
        assert terminal.ended() == 0
    with closing(Terminal(tmp_path, size=(80, 20))) as terminal:
        terminal.shows("/ 300")
        terminal.press("30jlll15kv3jlhG5kgg 2j  \x1b[6~\x1b[6~4k/person 12\r")
        terminal.shows("of person 12")
        terminal.press("n!$0")
        terminal.shows("2 of")
        step_by_step = settled(terminal)
        terminal.process.setwinsize(20, 81)
        terminal.screen.resize(20, 81)
        settled(terminal)
        terminal.process.setwinsize(20, 80)
        terminal.screen.resize(20, 80)
        assert settled(terminal) == step_by_step


def settled(terminal: Terminal) -> list[str]:
    """The screen when nothing is drawn any more."""
    while terminal.read(0.5):
        pass
    return [*terminal.screen.display]
