"""Retention: leads that nothing has changed for as long as their campaign keeps them expire.

What counts is the last change of a lead: its import, an edit, an answer of a run. Expired leads go
for good, with their history and what was asked about them; unlike erased people they may be imported
again, and who must not be written to stays on the suppression list.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from leadsync.core.access.guard import opened
from leadsync.core.access.rights import Right
from leadsync.core.campaign_settings import campaign_settings
from leadsync.core.erasure.person import all_keys, names_of, read_leads, words_of
from leadsync.core.errors import BusyError
from leadsync.core.models import iso_of
from leadsync.core.store.erasure import Erasure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leadsync.core.erasure.person import Cells
    from leadsync.core.store.erased_words import ErasedWords
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

LEADS_AT_ONCE = 5000  # each round looks once at all requests and identity keys


@dataclass(frozen=True, slots=True)
class Expiry:
    """What expired, or would, in one campaign.

    Attributes:
        days: how long the campaign keeps its leads.
        before: leads last changed before this moment expire.
        leads: how many did.
        busy: how many were left because a run is asking about some of them; the next time.
        counts: how much went with them, by place.
        left: what could not be overwritten of it, a sentence each.
    """

    campaign: str
    days: int
    before: str
    leads: int
    busy: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    left: tuple[str, ...] = ()


def expire(
    workspace: Workspace, *, now: datetime | None = None, dry_run: bool = False
) -> list[Expiry]:
    """Remove the leads of all campaigns whose time is over; a campaign without a time keeps all.

    Undo does not bring them back. May be called by cron as often as one likes.

    Args:
        workspace: whose campaigns.
        now: the present moment.
        dry_run: nothing is written; leads are counted.

    Raises:
        AccessError: who asks is no owner.
    """
    store = opened(workspace.store, Right.ADMIN, "remove leads for good")
    moment = now or datetime.now(UTC)
    done: list[Expiry] = []
    for campaign in store.campaigns():
        days = campaign_settings(campaign).retention_days
        if days:
            before = iso_of((moment - timedelta(days=days)).timestamp())
            ids = store.unchanged_since(campaign.id, before)
            counts, busy = (Counter[str](), 0) if dry_run else _remove(store, ids, before)
            gone = len(ids) if dry_run else counts["leads"]
            if gone and not dry_run:
                with store.unit(workspace.actor, f"expire in {campaign.name}") as unit:
                    unit.finalise("erased", gone)
            done.append(Expiry(campaign.name, days, before, gone, busy, dict(counts)))
    if any(expiry.leads for expiry in done) and not dry_run:
        left = tuple(store.overwrite_deleted())
        done = [replace(expiry, left=left) if expiry.leads else expiry for expiry in done]
        for expiry in done:
            logger.info("campaign %s: %d leads expired", expiry.campaign, expiry.leads)
    return done


def _remove(store: Store, lead_ids: Sequence[int], before: str) -> tuple[Counter[str], int]:
    """Remove leads that are still as old; how much went, and how many a run is asking about."""
    counts: Counter[str] = Counter()
    busy = 0
    for chunk in _chunks(lead_ids):
        leads = read_leads(store, chunk)
        erasure = Erasure(tuple(chunk), partial(_words, leads), unchanged_since=before)
        try:
            counts.update(store.erase_leads(erasure))
        except BusyError:
            busy += len(chunk)
    return counts, busy


def _words(leads: Mapping[int, Cells], about: Collection[int]) -> ErasedWords:
    """What tells of these leads, in a request that others share."""
    found = [leads[lead_id] for lead_id in about if lead_id in leads]
    keys = {key for cells in found for key in all_keys(cells)}
    return words_of(keys, {name for cells in found for name in names_of(cells)})


def _chunks(lead_ids: Sequence[int]) -> Iterator[list[int]]:
    for at in range(0, len(lead_ids), LEADS_AT_ONCE):
        yield list(lead_ids[at : at + LEADS_AT_ONCE])
