"""Campaigns: the named sets that leads live in."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import DEFAULT_CAMPAIGN, Campaign, from_doc, now_iso, to_doc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.models import Doc
    from leadsync.core.store.unit import Unit
    from leadsync.core.workspace import Workspace

MAX_NAME_CHARACTERS = 200
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class CampaignCount:
    """A campaign with the number of its live leads."""

    campaign: Campaign
    leads: int


def list_campaigns(workspace: Workspace, *, archived: bool = False) -> list[CampaignCount]:
    """All campaigns by id with their live leads; one query, whatever their number.

    Args:
        workspace: where to look.
        archived: whether archived ones are listed, too.
    """
    counts = dict(workspace.store.value_counts({}, "campaign", limit=MANY))
    return [
        CampaignCount(campaign, counts.get(campaign.name, 0))
        for campaign in workspace.store.campaigns()
        if archived or not campaign.archived
    ]


def add_campaign(workspace: Workspace, name: str) -> Campaign:
    """Make a campaign.

    Raises:
        InputError: the name is taken, empty or too long.
    """
    with workspace.store.unit(workspace.actor, f"add campaign {name.strip()}") as unit:
        return ensure_campaign(unit, (), _checked(workspace, name))


def rename_campaign(workspace: Workspace, name: str, new_name: str) -> Campaign:
    """Give a campaign another name; its leads stay in it.

    Raises:
        InputError: the new name is taken, empty or too long.
        NotFound: there is no campaign `name`.
    """
    campaign = workspace.campaign(name)
    label = f"rename campaign {campaign.name} to {new_name.strip()}"
    with workspace.store.unit(workspace.actor, label) as unit:
        renamed = replace(campaign, name=_checked(workspace, new_name, but=campaign.id))
        unit.put("campaigns", to_doc(renamed))
    return renamed


def archive_campaign(workspace: Workspace, name: str) -> Campaign:
    """Leave a campaign out of lists; its leads stay as they are.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = workspace.campaign(name)
    return _store(workspace, replace(campaign, archived=True), f"archive campaign {campaign.name}")


def unarchive_campaign(workspace: Workspace, name: str) -> Campaign:
    """Take a campaign back into lists.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = workspace.campaign(name)
    label = f"unarchive campaign {campaign.name}"
    return _store(workspace, replace(campaign, archived=False), label)


def archived_note(campaign: Campaign) -> str:
    """What to say where leads go into an archived campaign; "" for others."""
    if not campaign.archived:
        return ""
    back = shlex.join(["leadsync", "campaigns", "archive", campaign.name, "--undo"])
    return f'campaign "{campaign.name}" is archived; to have it back in lists: {back}'


def ensure_campaign(
    unit: Unit, campaigns: Iterable[Campaign], name: str = DEFAULT_CAMPAIGN
) -> Campaign:
    """The campaign of that name, whatever its case, made inside `unit` where there is none.

    Args:
        unit: the unit that it is made in.
        campaigns: those that are there.
        name: what a person typed.

    Raises:
        InputError: the name is empty, too long, or has characters that cannot be seen.
    """
    wanted = check_campaign_name(name)
    known = find_campaign(campaigns, wanted)
    if known:
        return known
    body = new_campaign(wanted)
    return from_doc(Campaign, {**body, "id": unit.put("campaigns", body)})


def find_campaign(campaigns: Iterable[Campaign], name: str) -> Campaign | None:
    """The campaign of that name, whatever its case."""
    wanted = name.strip().casefold()
    return next((c for c in campaigns if c.name.casefold() == wanted), None)


def new_campaign(name: str) -> Doc:
    """The document of a campaign that is not stored yet."""
    return {
        "name": name or DEFAULT_CAMPAIGN,
        "createdAt": now_iso(),
        "settings": {},
        "archived": False,
    }


def _store(workspace: Workspace, campaign: Campaign, label: str) -> Campaign:
    with workspace.store.unit(workspace.actor, label) as unit:
        unit.put("campaigns", to_doc(campaign))
    return campaign


def _checked(workspace: Workspace, name: str, *, but: int = 0) -> str:
    title = check_campaign_name(name)
    for campaign in workspace.store.campaigns():
        if campaign.name.casefold() == title.casefold() and campaign.id != but:
            raise InputError(
                f'there is a campaign "{campaign.name}" already', next_step="choose another name"
            )
    return title


def check_campaign_name(name: str) -> str:
    """The name as a campaign may have it, without surrounding space.

    Raises:
        InputError: it is empty, too long, or has characters that cannot be seen. An empty one
            is often a variable that is not set, so that it does not mean Inbox.
    """
    title = name.strip()
    if not title:
        raise InputError(
            "the campaign has no name",
            next_step=f'name it; "{DEFAULT_CAMPAIGN}" is where leads go when none is named',
        )
    if len(title) > MAX_NAME_CHARACTERS or not title.isprintable():
        raise InputError(
            f"a campaign's name has at most {MAX_NAME_CHARACTERS} characters, all of them visible",
            next_step="choose a shorter or plainer name",
        )
    return title
