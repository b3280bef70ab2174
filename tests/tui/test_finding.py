"""Finding leads: search, filters, views, campaigns, counts, palette, help."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import Input

from leadsync.core.views import parse_columns, save_view
from leadsync.tui.action_table import ACTIONS, shown_keys
from leadsync.tui.actions.find import completion
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.text_pane import TextPane
from tests.cli.conftest import Cli
from tests.contract.making import a_campaign, some_leads
from tests.tui.driven import Driven, on_grid
from tests.tui.test_editing import at

if TYPE_CHECKING:
    from leadsync.core.models import View


@on_grid()
async def test_search_goes_to_hits_and_to_their_cells(app: Driven) -> None:
    await app.press("/")
    await app.type("nunez")
    await app.press("enter")
    assert app.here == (5, "name")
    assert "1 of 1 hit" in app.lines()[-1]
    await app.press("/")
    await app.type("country:GB")
    await app.press("enter")
    assert app.here[0] == 1
    await app.press("n")
    assert app.here[0] == 3
    await app.press("n")
    assert app.here[0] == 1
    await app.press("N")
    assert app.here[0] == 3


@on_grid()
async def test_a_filter_keeps_the_cursor_on_its_lead_and_is_taken_back(app: Driven) -> None:
    at(app, 3, "title")
    await app.press("f")
    await app.type("country:GB")
    await app.press("enter")
    assert list(app.desk.model.ids) == [1, 3]
    assert app.here == (3, "title")
    assert "country:GB" in app.lines()[-1]
    await app.press("g", "f")
    assert len(app.desk.model.ids) == 5


@on_grid()
async def test_escape_ends_a_filter_and_leaves_the_campaign(app: Driven) -> None:
    a_campaign(app.desk.workspace.store, "Q4")
    app.desk.show_changed(campaign="Inbox", where="country:GB")
    await app.settle()
    await app.press("v", "escape")
    assert app.desk.model.look.where == "country:GB"
    await app.press("escape")
    assert len(app.desk.model.ids) == 5
    assert app.desk.model.look.campaign == "Inbox"


@on_grid()
async def test_all_leads_are_those_of_all_campaigns(app: Driven) -> None:
    store = app.desk.workspace.store
    some_leads(store, a_campaign(store, "Q4"), [{"email": "mary@q4.example", "name": "Mary"}])
    app.desk.show_changed(campaign="Q4")
    await app.settle()
    assert len(app.desk.model.ids) == 1
    await app.press("g", "f")
    assert len(app.desk.model.ids) == 6


@on_grid()
async def test_a_column_with_a_new_label_is_found_by_label_and_by_key(app: Driven) -> None:
    at(app, 1, "employees")
    await app.press("^", "ctrl+a", "ctrl+k")
    await app.type("Headcount")
    await app.press("enter")
    for name in ("employees", "headc"):
        await app.press("0", "c")
        await app.type(name)
        await app.press("enter")
        assert app.here == (1, "employees")


@on_grid()
async def test_the_first_steps_do_not_say_of_a_full_workspace_that_it_is_empty(
    app: Driven,
) -> None:
    app.desk.do("files.welcome")
    await app.settle()
    assert "First steps" in app.text()
    assert "There are no leads yet" not in app.text()


@on_grid()
async def test_a_wrong_filter_says_why_and_stays_to_be_mended(app: Driven) -> None:
    await app.press("f")
    await app.type("contry:GB")
    await app.press("enter")
    assert 'no field "contry"; did you mean "country"?' in app.lines()[-1]
    assert len(app.desk.model.ids) == 5
    await app.press("escape")
    assert app.desk.focused is app.desk.grid


@on_grid()
async def test_filters_by_cell_and_by_pattern_add_up(app: Driven) -> None:
    at(app, 4, "employees")
    await app.press("=")
    assert list(app.desk.model.ids) == [4, 5]
    at(app, 4, "email")
    await app.press("&")
    await app.type("^zo")
    await app.press("enter")
    assert list(app.desk.model.ids) == [5]
    at(app, 5, "title")
    await app.press("g", "f", "=")
    assert list(app.desk.model.ids) == [5]
    assert "title:empty" in app.lines()[-1]


@on_grid()
async def test_filters_are_completed_by_fields_and_by_values_on_the_screen(app: Driven) -> None:
    complete = completion(app.desk)
    assert complete("cou") == "country:"
    assert complete("-tag:x cou") == "-tag:x country:"
    assert complete("country:g") == "country:GB"
    assert complete("title:head") == 'title:"Head of Engines"'
    assert complete("nothing:x") is None


@on_grid()
async def test_a_view_keeps_filter_order_and_columns(app: Driven) -> None:
    at(app, 1, "country")
    await app.press("=", "]")
    at(app, 1, "tags")
    await app.press("-", "z", "w")
    await app.type("British")
    await app.press("enter")
    view = app.desk.workspace.view("British")
    assert (view.filter, view.sort) == ("country=GB", ("-country",))
    assert "tags" not in view.shown
    await app.press("g", "T")
    assert len(app.desk.model.ids) == 5
    await app.press("g", "t")
    assert list(app.desk.model.ids) == [1, 3]
    assert "view British" in app.lines()[-1]
    assert "Tags" not in app.lines()[0]


@on_grid()
async def test_a_view_keeps_widths_frozen_and_hidden_columns(app: Driven) -> None:
    at(app, 1, "name")
    await app.press("9", ">", "!", "L")
    at(app, 1, "country")
    await app.press("3", "<", "-", "z", "w")
    await app.type("Wide")
    await app.press("enter")
    saved = {c.key: (c.width, c.frozen, c.hidden) for c in app.desk.workspace.view("Wide").columns}
    assert list(saved)[:3] == ["email", "linkedin_url", "name"]
    assert saved["name"] == (29, False, False)
    assert saved["email"] == (0, True, False)
    assert saved["country"] == (7, False, True)
    before = app.desk.grid.layout_now
    await app.press("g", "f")
    assert app.desk.grid.layout_now != before
    await app.press("g", "t")
    assert app.desk.grid.layout_now == before
    await app.press("g", "-")
    await app.type("country")
    await app.press("enter")
    assert app.desk.grid.field
    assert (app.desk.grid.field.key, app.desk.grid.field.width) == ("country", 7)


@on_grid()
async def test_the_command_line_of_a_view_makes_the_same_view(app: Driven) -> None:
    at(app, 1, "name")
    await app.press("9", ">")
    at(app, 1, "country")
    await app.press("-")
    line = command_line(app.desk, "find.save_view")
    assert "--columns email,name:29,linkedin_url," in line
    assert line.endswith("--frozen 1 --hidden country")


def views_but_numbers(app: Driven) -> list[View]:
    return [replace(view, id=0) for view in app.desk.workspace.store.views()]


@on_grid()
async def test_a_view_that_is_narrowed_and_saved_keeps_what_it_had(app: Driven) -> None:
    workspace = app.desk.workspace
    save_view(workspace, "British", where="country:GB or country:US", campaign="Inbox",
              sort=["-name"], columns=parse_columns(["name", "country"]))  # fmt: skip
    await app.press("w")
    await app.type("british")
    await app.press("enter")
    app.desk.show_changed(where="employees>5")
    await app.settle()
    assert list(app.desk.model.ids) == [2, 1]
    line = command_line(app.desk, "find.save_view")
    app.desk.do("find.save_view")
    await app.settle()
    await app.press("enter")
    (by_grid,) = views_but_numbers(app)
    assert (by_grid.campaign_id, by_grid.sort) == (workspace.campaign("Inbox").id, ("-name",))
    assert by_grid.filter == "(country:GB or country:US) employees>5"
    Cli(workspace.config.path.parent.parent).ok(*shlex.split(line)[1:])
    assert views_but_numbers(app) == [by_grid]
    await app.settle()
    assert list(app.desk.model.ids) == [2, 1]


@on_grid()
async def test_views_and_campaigns_are_chosen_by_typing(app: Driven) -> None:
    save_view(
        app.desk.workspace,
        "Americans",
        where="country:US",
        columns=parse_columns(["name", "title"]),
    )
    a_campaign(app.desk.workspace.store, "Q4")
    await app.press("w")
    await app.type("amer")
    await app.press("enter")
    assert list(app.desk.model.ids) == [2]
    await app.press("w", "enter", "W")
    assert "Q4" in app.text()
    await app.type("q4")
    await app.press("enter")
    assert list(app.desk.model.ids) == []
    assert "campaign Q4" in app.lines()[-1]


@on_grid()
async def test_values_are_counted_and_filter(app: Driven) -> None:
    at(app, 1, "country")
    await app.press("#")
    assert "Country: 4 values" in app.text()
    assert "40%" in app.text()
    await app.press("enter")
    assert list(app.desk.model.ids) == [1, 3]


@on_grid()
async def test_columns_are_found_by_name(app: Driven) -> None:
    await app.press("c")
    await app.type("empl")
    await app.press("enter")
    assert app.here == (1, "employees")


@on_grid()
async def test_the_palette_does_actions_and_copies_their_commands(app: Driven) -> None:
    await app.press("ctrl+p")
    assert isinstance(app.app.screen, Picker)
    await app.type("mark all")
    await app.press("enter")
    assert app.desk.model.marks.count == 5
    await app.press("escape", ":")
    await app.type("came from")
    await app.press("ctrl+y")
    assert app.app.clipboard == "leadsync why 1 email"
    assert "leadsync why 1 email" in app.lines()[-1]


@on_grid()
async def test_commands_name_the_leads_that_are_meant(app: Driven) -> None:
    app.desk.model.marks.add([2, 4])
    assert command_line(app.desk, "lead.trash") == "leadsync leads rm 2 4"
    assert command_line(app.desk, "go.down") == ""


@on_grid()
async def test_help_names_every_key(app: Driven) -> None:
    await app.press("?")
    assert isinstance(app.app.screen, TextPane)
    shown = app.app.screen.text
    missing = [keys for a in ACTIONS for keys in a.keys if shown_keys(keys) not in shown]
    assert missing == []
    await app.press("q")
    assert app.app.screen is app.desk


@on_grid()
async def test_unknown_keys_say_so(app: Driven) -> None:
    await app.press("Q")
    assert "Q does nothing here" in app.lines()[-1]


@on_grid()
async def test_a_search_that_takes_minutes_ends_when_something_else_is_wanted(app: Driven) -> None:
    store = app.desk.workspace.store
    some_leads(store, 1, [{"name": "ä" * 5000, "country": "FR"} for _ in range(3000)])
    await app.press("f5")
    minutes = " or ".join(f"nobody{n}" for n in range(300))
    await app.press("/")
    app.app.screen.query(Input).last().value = minutes
    await app.tap("enter")
    assert app.desk.found.text == minutes  # it is under way in its lane
    await app.tap("f")
    await app.fill("country:GB")
    assert list(app.desk.model.ids) == [1, 3]
    assert "matches" not in app.lines()[-1]


@on_grid()
async def test_escape_ends_a_search(app: Driven) -> None:
    store = app.desk.workspace.store
    some_leads(store, 1, [{"name": "ä" * 5000, "country": "FR"} for _ in range(3000)])
    await app.press("f5")
    await app.press("/")
    app.app.screen.query(Input).last().value = " or ".join(f"nobody{n}" for n in range(300))
    await app.tap("enter", "escape")
    await app.settle()
    assert "matches" not in app.lines()[-1]
