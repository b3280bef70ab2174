"""Quiet hints about a lead: the same person in other campaigns, more of a company than its cap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.company_caps import FIRM_FIELDS, beyond_caps, company_caps, firm_of
from leadsync.core.erasure.person import all_keys, read_leads

if TYPE_CHECKING:
    from leadsync.core.models import Campaign
    from leadsync.core.store.protocol import Store


def other_campaigns(store: Store, lead_id: int) -> tuple[str, ...]:
    """Names of the other campaigns in which this person is a live lead, too; a few queries by id.

    Only what two people cannot share counts: addresses and LinkedIn profiles.
    """
    cells = read_leads(store, [lead_id]).get(lead_id)
    keys = all_keys(cells) if cells else set[str]()
    others = [i for i in store.owners_of(sorted(keys)) if i != lead_id] if keys else []
    if not others:
        return ()
    (own,) = store.rows([lead_id], ["campaign"])
    live = store.scan({"id": {"$in": others}}, ["campaign"])
    return tuple(sorted({str(row[0]) for row in live} - {own[0]}))


def over_caps(store: Store, campaign: Campaign) -> frozenset[int]:
    """The live leads of a campaign that are beyond its caps per company and domain.

    Reads every lead of the campaign once where it has caps, else nothing.
    """
    caps = company_caps(campaign)
    if not caps.are_set:
        return frozenset()
    known = store.catalog()
    fields = ["id", *(field for field in FIRM_FIELDS if known.find(field))]
    rows = store.scan({"campaign": {"$eq": campaign.name}}, fields)
    contacts = [(row[0], *firm_of(dict(zip(fields, row, strict=True)))) for row in rows]
    return frozenset(beyond_caps(contacts, caps))
