"""Marked rows and ranges."""

from __future__ import annotations

import tracemalloc
from array import array

from tests.tui.driven import Driven, on_grid

MANY = 100_000  # leads


def marked(app: Driven) -> list[int]:
    return list(app.desk.model.marks.ids())


@on_grid()
async def test_space_marks_and_goes_on_and_the_gutter_shows_it(app: Driven) -> None:
    await app.press("space", "j", "space")
    assert marked(app) == [1, 3]
    assert app.here == (4, "email")
    assert app.lines()[1].startswith("●")
    assert "2 marked" in app.lines()[-1]
    await app.press("g", "g", "space")
    assert marked(app) == [3]


@on_grid()
async def test_rows_are_marked_by_value_by_pattern_all_and_the_other_way_round(app: Driven) -> None:
    app.desk.grid.jump(column=app.desk.grid.layout_now.number("country"))
    await app.press(",")
    assert marked(app) == [1, 3]
    await app.press("|")
    await app.type("^D")
    await app.press("enter")
    assert marked(app) == [1, 3, 4]
    await app.press("\\")
    await app.type("GB")
    await app.press("enter")
    assert marked(app) == [4]
    await app.press("g", "i")
    assert marked(app) == [1, 2, 3, 5]
    await app.press("g", "u")
    assert marked(app) == []
    await app.press("g", "s")
    assert marked(app) == [1, 2, 3, 4, 5]
    await app.press("escape")
    assert marked(app) == []


@on_grid()
async def test_only_marked_rows_are_shown_and_all_again(app: Driven) -> None:
    await app.press("j", "space", "space", '"')
    assert list(app.desk.model.ids) == [2, 3]
    assert "only marked" in app.lines()[-1]
    await app.press('"')
    assert list(app.desk.model.ids) == [1, 2, 3, 4, 5]


@on_grid()
async def test_ranges_grow_from_where_they_began(app: Driven) -> None:
    await app.press("v", "j", "l")
    assert "range of 2 by 2" in app.lines()[-1]
    await app.press("V")
    assert "range of 2 by 8" in app.lines()[-1]
    await app.press("escape", "shift+down", "shift+down", "shift+right")
    assert "range of 3 by 2" in app.lines()[-1]
    await app.press("shift+up", "shift+left")
    assert "range of 2 by 1" in app.lines()[-1]


@on_grid()
async def test_what_is_done_to_all_that_is_shown_is_about_the_marked_leads_alone(
    app: Driven,
) -> None:
    store = app.desk.workspace.store
    await app.press("space", "space", '"')
    assert store.ids(app.desk.model.selection().filter) == app.desk.model.ids
    await app.press('"', "g", "g", "j", "space", "G", "space", '"')
    assert [*app.desk.model.ids] == [1, 5]
    assert store.ids(app.desk.model.selection().filter) == app.desk.model.ids


@on_grid()
async def test_a_range_goes_before_marks(app: Driven) -> None:
    await app.press("space", "j", "v", "j", "d", "d")
    assert "Remove 2 leads" in app.text()
    await app.press("enter")
    await app.until(lambda: list(app.desk.model.ids) == [1, 2, 5])
    assert marked(app) == [1]


@on_grid()
async def test_a_marked_lead_that_is_not_the_cursors_is_asked_about(app: Driven) -> None:
    await app.press("space", "f")
    await app.fill("country:US")
    await app.press("d", "d")
    assert "1 marked lead, not shown here" in app.text()
    await app.press("escape", "escape", "m")
    assert list(app.desk.model.ids) == [2]
    await app.press("escape")
    app.desk.model.marks.clear()
    app.desk.model.marks.add([2])
    await app.press("d", "d")
    await app.until(lambda: list(app.desk.model.ids) == [])


@on_grid()
async def test_marks_are_counted_for_a_question_and_not_gathered(app: Driven) -> None:
    await app.press("space", "d", "d", "escape")
    model = app.desk.model
    model.ids = array("q", range(1, MANY + 1))
    model.marks.add(range(1, MANY + 2))
    tracemalloc.start()
    try:
        app.desk.do("lead.trash")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    await app.settle()
    assert f"{MANY + 1:,} marked leads, 1 of them not shown here" in app.text()
    assert peak < 30 * MANY  # bytes; an id takes 8 in an array, 28 alone, and 40 more in a set
