"""People in the grid: told, erased, found twice, kept for a time; and quiet hints."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.campaign_settings import campaign_settings, set_campaign
from leadsync.core.company_caps import CompanyCaps
from leadsync.core.suppression import SuppressionList
from leadsync.tui.command_line import command_line
from tests.contract.making import a_campaign, a_column, some_leads
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import stopped, written_and_seen

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace

FINDING = (
    "leadsync.core.leads.hints",
    "leadsync.core.identity",
    "leadsync.core.company_caps",
    "leadsync.core.erasure",
)


@pytest.fixture
def twice(filled: Workspace) -> Workspace:
    """Ada in a second campaign, too, where three contacts are of one company."""
    store = filled.store
    a_column(store, "company")
    q4 = a_campaign(store, "Q4")
    rows = [
        {"email": f"{n}@acme.example", "name": n, "company": "Acme"} for n in ("bo", "di", "ed")
    ]
    some_leads(store, q4, [{"email": "ada@lovelace.example", "name": "A", "company": None}, *rows])
    return filled


@pytest.fixture
def often(filled: Workspace) -> Workspace:
    """Ada in fourteen more campaigns: an erasure has more to say than a terminal has lines."""
    for n in range(14):
        campaign = a_campaign(filled.store, f"Q{n}")
        some_leads(filled.store, campaign, [{"email": "ada@lovelace.example", "name": "Ada"}])
    return filled


@pytest.fixture
def crowded(workspace: Workspace) -> Workspace:
    """501 people in two campaigns."""
    for name in ("Q4", "Q5"):
        rows = [{"email": f"p{n}@x.example", "name": f"P{n}"} for n in range(501)]
        some_leads(workspace.store, a_campaign(workspace.store, name), rows)
    return workspace


async def do(app: Driven, title: str) -> None:
    """Call an action from the palette."""
    await app.press("ctrl+p")
    await app.type(title)
    await app.press("enter")


@on_grid()
async def test_all_that_is_held_on_a_person_is_shown(app: Driven) -> None:
    await do(app, "person")  # of what has this word the harmless comes first
    text = app.text()
    assert "ada@lovelace.example: 1 lead" in text
    assert "import leads.csv by ada" in text


@on_grid("twice")
async def test_a_person_is_erased_after_the_address_was_typed(app: Driven) -> None:
    await do(app, "Erase this person")
    assert "would be removed: 2 leads, with all their cells" in app.text()
    assert "lead 6: A <ada@lovelace.example> in Q4" in app.text()
    await app.type("ada@other.example")
    await app.press("enter")
    assert "this is not ada@lovelace.example" in app.text()
    await app.press("escape")
    assert len(app.desk.model.ids) == 9

    await do(app, "Erase this person")
    await app.type("Ada@lovelace.example")
    await app.press("enter")
    assert "removed: 2 leads, with all their cells" in app.text()
    await app.press("escape")
    await app.until(lambda: len(app.desk.model.ids) == 7)
    assert "ada@lovelace.example" not in app.text()
    await app.press("u")
    assert SuppressionList(app.desk.workspace.store).covers("ada@lovelace.example")
    assert app.desk.workspace.store.owners_of(["e:ada@lovelace.example"]) == []


@on_grid("often", size=(80, 24))
async def test_an_erasure_that_says_much_has_its_field_on_a_small_screen(app: Driven) -> None:
    await do(app, "Erase this person")
    text = app.text()
    assert "type ada@lovelace.example and Enter" in text
    assert "PageDown: more" in text
    assert "yours to clean" not in text
    await app.press("pagedown", "pagedown")
    assert "yours to clean" in app.text()
    await app.press("up")
    assert "yours to clean" not in app.text()
    await app.type("ada@other.example")
    await app.press("enter")
    assert "ada@other.example" in app.text()
    assert "this is not ada@lovelace.example" in app.text()
    await app.press("pageup", "pageup")
    assert "lead 1: Ada Lovelace" in app.text()
    await app.press("escape")
    assert len(app.desk.model.ids) == 19


@on_grid()
async def test_the_command_line_names_the_person_or_says_where_one_belongs(app: Driven) -> None:
    assert command_line(app.desk, "people.show") == "leadsync person ada@lovelace.example"
    app.desk.show_changed(where="country:Nowhere")
    await app.settle()
    assert command_line(app.desk, "people.show") == "leadsync person EMAIL"


@on_grid("twice")
async def test_people_in_several_campaigns_are_found_and_shown(app: Driven) -> None:
    await do(app, "Find people who are in several")
    assert "Ada Lovelace: 2 leads in Inbox, Q4" in app.text()
    await app.press("enter")
    assert list(app.desk.model.ids) == [1, 6]


@on_grid("twice")
async def test_people_who_are_found_while_the_trash_is_shown_are_shown_themselves(
    app: Driven,
) -> None:
    app.desk.show_changed(trashed=True)
    await app.settle()
    await do(app, "Find people who are in several")
    await app.press("enter")
    assert list(app.desk.model.ids) == [1, 6]
    assert "trash" not in app.lines()[-1]


@on_grid("crowded")
async def test_more_people_than_the_list_has_are_said_to_be_more(app: Driven) -> None:
    await do(app, "Find people who are in several")
    await app.until(lambda: "501 persons in several leads; the first 500" in app.text())
    assert "P7: 2 leads in Q4, Q5" in app.text()


@on_grid("twice")
async def test_limits_of_a_campaign_are_set_and_leads_expire(app: Driven) -> None:
    workspace = app.desk.workspace
    await do(app, "Say how long this campaign")
    assert "Limits of Inbox" in app.text()
    await app.type("many")
    await app.press("ctrl+s")
    assert '"many" is no number' in app.text()
    await app.press(*["backspace"] * 4)
    await app.type("30")
    await app.press("down")
    await app.type("2")
    await app.press("ctrl+s")
    settings = campaign_settings(workspace.campaign("Inbox"))
    assert (settings.retention_days, settings.caps) == (30, CompanyCaps(2, None))
    assert "kept 30 days, at most 2 per company" in app.lines()[-1]

    await do(app, "Remove for good the leads")
    assert "no lead has been kept for as long" in app.lines()[-1]


@on_grid("twice")
async def test_leads_expire_after_a_question(app: Driven) -> None:
    workspace = app.desk.workspace
    set_campaign(workspace, "Inbox", retention_days=30)
    long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    store: Any = workspace.store  # the engine is SQLite here
    with store._write() as db:
        db.execute("UPDATE leads SET updated_at = ? WHERE id < 3", (long_ago,))
    await do(app, "Remove for good the leads")
    assert '"Inbox", kept 30 days: 2 leads' in app.text()
    await app.press("enter")
    await app.until(lambda: len(app.desk.model.ids) == 7)


# hints ------------------------------------------------------------------------------------
def test_what_finds_hints_is_not_loaded_before_the_first_picture() -> None:
    code = "import sys, leadsync.tui.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "leadsync.tui.hints" in loaded
    assert [name for name in FINDING if name in loaded] == []


@on_grid("twice")
async def test_the_status_line_says_where_else_a_person_is(app: Driven) -> None:
    await app.settle()
    assert "also in Q4" in app.lines()[-1]
    await app.press("j")
    assert "also in" not in app.lines()[-1]


@on_grid("twice")
async def test_the_status_line_says_who_is_over_a_cap(app: Driven) -> None:
    set_campaign(app.desk.workspace, "Q4", max_per_company=2)
    await app.press("G")
    await app.until(lambda: "over the cap of its company" in app.lines()[-1])
    await app.press("k")
    assert "over the cap" not in app.lines()[-1]


@on_grid("twice")
async def test_a_hint_that_is_being_read_is_not_begun_anew_while_others_write(app: Driven) -> None:
    set_campaign(app.desk.workspace, "Q4", max_per_company=2)
    await app.settle()
    with stopped(app.desk.lanes.search) as lane:
        await app.tap("G")
        await app.until(lambda: not app.desk.is_position_due)
        lane.stop_again_after_this()
        await written_and_seen(app)
    await app.until(lambda: "over the cap of its company" in app.lines()[-1])
    lane.go_on()


@on_grid("twice")
async def test_a_filter_does_not_wait_for_hints_which_come_after_it(app: Driven) -> None:
    set_campaign(app.desk.workspace, "Q4", max_per_company=2)
    await app.settle()
    with stopped(app.desk.lanes.search) as lane:
        await app.tap("G")
        await app.until(lambda: not app.desk.is_position_due)
        lane.stop_again_after_this()
        app.desk.show_changed(where="campaign:Q4")
    await app.rest()
    assert "over the cap" not in app.lines()[-1]
    lane.go_on()
    await app.until(lambda: "over the cap of its company" in app.lines()[-1])
    assert "campaign:Q4" in app.lines()[-1]
