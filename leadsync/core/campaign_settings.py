"""Settings of a campaign: how long its leads are kept, how many contacts of one company."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.company_caps import CompanyCaps, company_caps
from leadsync.core.errors import InputError
from leadsync.core.models import to_doc
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from leadsync.core.models import Campaign, Doc
    from leadsync.core.workspace import Workspace

MOST_DAYS = 36_500
MOST_CONTACTS = 1_000_000


@dataclass(frozen=True, slots=True)
class CampaignSettings:
    """What a campaign says of its leads.

    Attributes:
        retention_days: leads that nothing has changed for so long expire; None: never.
        caps: of contacts per company and domain, at push.
    """

    retention_days: int | None = None
    caps: CompanyCaps = field(default_factory=CompanyCaps)


def campaign_settings(campaign: Campaign) -> CampaignSettings:
    """The settings of a campaign."""
    return CampaignSettings(campaign.settings.get("retentionDays"), company_caps(campaign))


def retention_of(document: Doc | None) -> int | None:
    """For how many days a campaign, as it is stored, keeps its leads; None: for ever."""
    return (document or {}).get("settings", {}).get("retentionDays")


def set_campaign(
    workspace: Workspace,
    name: str,
    *,
    retention_days: int | None = None,
    max_per_company: int | None = None,
    max_per_domain: int | None = None,
) -> Campaign:
    """Change settings of a campaign, as one unit; what is None stays, 0 takes a limit away.

    Raises:
        AccessError: who asks is no owner, and leads would be kept for another time, after which
            they go for good.
        InputError: a number is negative or too great.
        NotFound: there is no such campaign.
    """
    campaign = workspace.campaign(name)
    settings: Doc = dict(campaign.settings)
    caps: Doc = dict(settings.get("caps") or {})
    _put(settings, "retentionDays", retention_days, MOST_DAYS, "days")
    _put(caps, "perCompany", max_per_company, MOST_CONTACTS, "contacts")
    _put(caps, "perDomain", max_per_domain, MOST_CONTACTS, "contacts")
    settings.pop("caps", None)
    changed = replace(campaign, settings={**settings, "caps": caps} if caps else settings)
    if retention_of(to_doc(changed)) != retention_of(to_doc(campaign)):
        workspace.require(Right.ADMIN, "say how long leads are kept")
        if caps == campaign.settings.get("caps", {}):
            workspace = workspace.acting(Right.ADMIN)
    if changed != campaign:
        with workspace.store.unit(workspace.actor, f"set campaign {campaign.name}") as unit:
            unit.put("campaigns", to_doc(changed))
    return changed


def settings_in_words(campaign: Campaign) -> str:
    """What is set, for people: `kept 365 days, at most 3 per company`; empty: nothing is."""
    found = campaign_settings(campaign)
    words: list[str] = []
    if found.retention_days:
        words.append(f"kept {plural(found.retention_days, 'day')}")
    for most, what in ((found.caps.per_company, "company"), (found.caps.per_domain, "domain")):
        if most is not None:
            words.append(f"at most {most:,} per {what}")
    return ", ".join(words)


def _put(place: Doc, name: str, number: int | None, most: int, what: str) -> None:
    if number is None:
        return
    if not 0 <= number <= most:
        raise InputError(
            f"{number:,} {what} cannot be set",
            next_step=f"a number from 1 to {most:,}; 0: no limit",
        )
    if number:
        place[name] = number
    else:
        place.pop(name, None)
