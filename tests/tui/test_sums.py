"""The status line says what the chosen cells come to."""

from __future__ import annotations

from leadsync.core.leads.editing import edit_leads
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import stopped, written_and_seen


@on_grid()
async def test_numbers_of_a_range_are_counted_and_added(app: Driven) -> None:
    assert "filled" not in app.text()
    await app.press("$", "v", "2", "j")
    assert app.here[1] == "employees"
    await app.until(lambda: "Employees: 2 filled, sum 4,012, mean 2,006" in app.text())
    await app.press("escape")
    assert "filled" not in app.text()


@on_grid()
async def test_marked_leads_are_added_and_added_anew_when_another_process_writes(
    app: Driven,
) -> None:
    await app.press("$", "g", "s")
    await app.until(lambda: "Employees: 4 filled, sum 4,026, mean 1,006.5" in app.text())
    edit_leads(app.desk.workspace, [3], {"employees": "4"})
    await app.until(lambda: "Employees: 5 filled, sum 4,030, mean 806" in app.text())


@on_grid()
async def test_texts_are_only_counted(app: Driven) -> None:
    await app.press("g", "s", "c")
    await app.type("title")
    await app.press("enter")
    await app.until(lambda: "Title: 4 filled" in app.text())
    assert "mean" not in app.text()


@on_grid()
async def test_what_filters_take_for_a_number_is_added(app: Driven) -> None:
    edit_leads(app.desk.workspace, [3], {"employees": "1e3"})
    edit_leads(app.desk.workspace, [4], {"employees": "1.50"})
    await app.press("$", "g", "s")
    words = "Employees: 5 filled, sum 5,020.5, mean 1,004.1"
    await app.until(lambda: words in app.text())


@on_grid()
async def test_a_sum_that_is_being_read_is_not_begun_anew_while_others_write(app: Driven) -> None:
    with stopped(app.desk.lanes.search) as lane:
        await app.tap("$", "v", "2", "j")
        await app.until(lambda: not app.desk.is_position_due)
        lane.stop_again_after_this()
        await written_and_seen(app)
    await app.until(lambda: "Employees: 2 filled, sum 4,012" in app.lines()[-1])
    lane.go_on()
