"""Instantly from the grid: looked at first, then pushed as a run; what became of leads comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from leadsync.core.config import load_config
from leadsync.core.suppression import list_suppressions
from leadsync.core.workspace import Workspace
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.outreach_panel import OutreachPanel
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.text_pane import TextPane
from tests.providers.pushing import leads, settings_for
from tests.servers.instantly_campaigns import CAMPAIGN, CampaignServer
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import stop_while_it_waits
from tests.tui.test_transfer import screen_is, to_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Instantly:
    """The server of the test that runs now."""

    server: CampaignServer


THERE = _Instantly()


@pytest.fixture
def with_instantly(tmp_path: Path) -> Iterator[Workspace]:
    """Three leads, one of them never verified, and Instantly on this machine."""
    server = THERE.server = CampaignServer()
    with server.running():
        env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "ada"}
        with Workspace.open(load_config({}, env | settings_for(server.url))) as opened:
            leads(
                opened,
                {"email": "ada@a.example"},
                {"email": "bob@a.example"},
                {"email": "new@a.example", "verify": None, "verify_reason": None},
            )
            yield opened


async def begin(app: Driven, action: str) -> OutreachPanel:
    """Open the panel and name the campaign."""
    app.desk.do(action)
    await app.settle()
    panel = app.app.screen
    assert isinstance(panel, OutreachPanel)
    line = panel.query_one(Input)
    if line.has_focus:
        line.value = "Fall outreach"
        await app.press("enter")
    return panel


def has_ended(app: Driven) -> bool:
    return bool(app.desk.jobs.jobs) and not app.desk.jobs.running


async def push(app: Driven) -> None:
    await begin(app, "files.push_instantly")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: has_ended(app))
    await app.settle()


@on_grid("with_instantly")
async def test_a_push_shows_who_is_sent_and_who_stays_and_then_sends(app: Driven) -> None:
    await begin(app, "files.push_instantly")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    shown = app.text()
    assert '3 leads to "Fall outreach" (active) at instantly' in shown
    assert "2 to add, 0 to change" in shown
    assert "1 stays here: not verified" in shown
    assert THERE.server.additions == 0
    await app.press("enter")
    await app.until(lambda: has_ended(app))
    await app.settle()
    assert sorted(THERE.server.taken) == ["ada@a.example", "bob@a.example"]
    assert "2 created" in app.text()
    assert command_line(app.desk, "files.push_instantly") == (
        f"leadsync push instantly --to {CAMPAIGN} --campaign NAME"
    )


@on_grid("with_instantly")
async def test_more_verdicts_may_be_allowed_in_the_panel(app: Driven) -> None:
    panel = await begin(app, "files.push_instantly")
    await to_line(app, "More verdicts")
    await app.press("enter")
    panel.query_one(Input).value = "unverified"
    await app.press("enter")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    assert "3 to add" in app.text()
    await app.press("escape")
    assert THERE.server.additions == 0


@on_grid("with_instantly")
async def test_a_second_push_says_that_there_is_nothing_to_send(app: Driven) -> None:
    await push(app)
    panel = await begin(app, "files.push_instantly")
    assert panel.draft.to == CAMPAIGN  # it is kept from last time
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, TextPane))
    assert "2 there as they are here" in app.text()


@on_grid("with_instantly")
async def test_a_campaign_that_is_not_there_is_told_in_the_panel(app: Driven) -> None:
    panel = await begin(app, "files.push_instantly")
    await to_line(app, "Campaign")
    await app.press("enter")
    panel.query_one(Input).value = "Spring"
    await app.press("enter")
    await app.press("ctrl+s")
    await app.until(lambda: 'called "Spring"' in app.text())
    assert app.app.screen is panel


@on_grid("with_instantly")
async def test_a_pull_brings_back_what_became_of_leads(app: Driven) -> None:
    await push(app)
    THERE.server.lead("ada@a.example").update({"status": 3, "email_reply_count": 1})
    THERE.server.lead("bob@a.example")["status"] = -1
    await begin(app, "files.pull_instantly")
    await app.press("ctrl+s")
    await app.until(lambda: app.app.screen is app.desk)
    await app.settle()
    assert "2 changed" in app.text()
    store = app.desk.workspace.store
    assert store.count(app.desk.workspace.filter("instantly_status:completed")) == 1
    assert [entry.value for entry in list_suppressions(store)] == ["bob@a.example"]
    assert command_line(app.desk, "files.pull_instantly").startswith("leadsync pull instantly")


@on_grid("with_instantly")
async def test_what_is_stopped_by_escape_says_what_was_not_done(app: Driven) -> None:
    panel = await begin(app, "files.push_instantly")
    await stop_while_it_waits(app, "ctrl+s", THERE.server)
    assert app.app.screen is panel
    assert "stopped: nothing was sent" in app.text()
    await app.press("escape")
    panel = await begin(app, "files.pull_instantly")
    await stop_while_it_waits(app, "ctrl+s", THERE.server)
    assert app.app.screen is panel
    assert "stopped: nothing was pulled" in app.text()
