"""Small builders of what tests of pushes need: a workspace, verified leads, a push to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.engine.running import drive
from leadsync.core.models import ColumnType
from leadsync.core.sync.pushing import PushWish, prepare_push, start_push
from tests.contract.making import a_campaign, a_column, some_leads
from tests.reliability.run_making import a_workspace, hasty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leadsync.core.engine.events import RunResult
    from leadsync.core.sync.pushing import Push
    from leadsync.core.workspace import Workspace
    from tests.servers.instantly_campaigns import CampaignServer

KEY = "instantly-planted-4hJ29dKs8Q"
COLUMNS = ("first_name", "company", "company_domain", "pitch", "verify", "verify_reason")


def settings_for(url: str) -> dict[str, str]:
    return {"LEADSYNC_INSTANTLY_BASE_URL": url, "INSTANTLY_API_KEY": KEY}


def opened(server: CampaignServer, folder: Path, store: str = "", **more: str) -> Workspace:
    return a_workspace("", folder, store, **(settings_for(server.url) | more))


def leads(workspace: Workspace, *rows: dict[str, Any], campaign: str = "Q4") -> list[int]:
    """Leads of a campaign, deliverable and with all that the sequences need unless a row differs."""
    there = {column.key for column in workspace.store.columns()}
    for key in COLUMNS:
        if key not in there:
            kind = ColumnType.LONG_TEXT if key == "pitch" else ColumnType.TEXT
            a_column(workspace.store, key, type=kind)
    campaigns = {c.name: c.id for c in workspace.store.campaigns()}
    home = campaigns.get(campaign) or a_campaign(workspace.store, campaign)
    usual = {"first_name": "Ada", "company": None, "company_domain": None, "pitch": "Hello.",
             "verify": "deliverable", "verify_reason": "mailbox_exists"}  # fmt: skip
    return some_leads(workspace.store, home, [{"email": None, **usual, **row} for row in rows])


def addressed(*emails: str) -> list[dict[str, Any]]:
    return [{"email": email} for email in emails]


def preview(workspace: Workspace, to: str = "Fall outreach", **wish: Any) -> Push:
    return prepare_push(workspace, PushWish("instantly", wish.pop("campaign", "Q4"), to, **wish))


def push(workspace: Workspace, to: str = "Fall outreach", **wish: Any) -> RunResult:
    """Prepare, start and drive to the end."""
    run = start_push(workspace, preview(workspace, to, **wish))
    return drive(workspace, run.id, pace=hasty())


def states(workspace: Workspace, column: str = "instantly") -> dict[str, str]:
    """The cell of each lead, by address."""
    return dict(workspace.store.scan({}, ["email", column]))


def edit(workspace: Workspace, lead_ids: Sequence[int], **cells: Any) -> None:
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit(dict.fromkeys(lead_ids, cells), by_hand=True)
