"""Adding leads to a campaign at Instantly, and finding out what became of each.

The answer names those that were created and counts the rest by reason, without saying who is who;
so the rest is looked for. Where no answer came, all are looked for before any is sent again.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.outcomes import Bill, Held, HeldWhy, Refused, Retry, RetryWhy, Unknown
from leadsync.enrichers.answer_fields import list_at, number_at, table_at, text_at
from leadsync.enrichers.instantly import API
from leadsync.enrichers.instantly_leads import add_ask, find_leads, free_ask, look, table_of
from leadsync.enrichers.instantly_ledger import (
    BLOCKED,
    CREATED,
    DUPLICATE,
    INVALID,
    SKIPPED,
    Item,
)
from leadsync.enrichers.provider_api import bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Answer, Context
    from leadsync.enrichers.instantly_config import InstantlyConfig
    from leadsync.enrichers.instantly_ledger import BatchLedger

SKEW_S = 120
"""How far Instantly's clock may be from ours, where the time tells whose a lead is."""
_LOST = "instantly gave no answer; what it had taken was found, the rest is sent again"
_NO_ROOM = "instantly says: no uploads are left in the plan"
_NO_REASON = "instantly did not take this lead and does not say why"


class Adding:
    """The addition of leads of one batch."""

    def __init__(self, config: InstantlyConfig, ledger: BatchLedger, ctx: Context) -> None:
        """Take the column's config, the ledger of the batch and its context."""
        self._config = config
        self._ledger = ledger
        self._ctx = ctx

    async def add(self, items: Sequence[Item]) -> None:
        """Send those leads that are not there yet, and hand in what became of all.

        Raises:
            CallFailed: Instantly took none of those that have no outcome yet.
        """
        doubtful = [item for item in items if self._ledger.is_doubtful(item)]
        settled = await self._take_found(doubtful, Bill()) if doubtful else set[int]()
        left = [item for item in items if item.lead_id not in settled]
        if not left:
            return
        await self._ledger.note_sending(left)
        ask = add_ask([item.content for item in left], self._config, self._ctx)
        jobs = [item.job for item in left]
        try:
            answer = await API.call(jobs, self._ctx, ask)
        except CallFailed as failure:
            if not isinstance(failure.outcome, Unknown):
                raise
            await self._after_loss(left, _LOST)
            return
        if answer.status >= 500 or answer.status == 408:  # it may have done the work all the same
            await self._after_loss(left, f"instantly answers with {answer.status}")
            return
        if answer.status >= 300:  # it took none; of those sent before nobody knows still
            await self._ledger.note_not_taken([item for item in left if item not in doubtful])
        await self._read(answer, left, doubtful)

    async def _after_loss(self, items: Sequence[Item], why: str) -> None:
        settled = await self._take_found(items, Bill())
        for item in items:
            if item.lead_id not in settled:
                self._ctx.done(item.job, Retry(RetryWhy.TRANSIENT, why))

    async def _take_found(self, items: Sequence[Item], bill: Bill) -> set[int]:
        """Hand in those leads that are in the campaign by now; their ids."""
        there = await self._find(items)
        found = [
            (i, self._whose(i, there[i.key]), _id(there[i.key])) for i in items if i.key in there
        ]
        await self._ledger.settle(found, bill)
        return {item.lead_id for item, _, _ in found}

    def _whose(self, item: Item, lead: Mapping[str, Any]) -> str:
        """Whether a lead that is there came with what we have sent, or was there before."""
        made, began = text_at(lead, "timestamp_created"), self._ledger.began_at(item)
        if made is None:
            return DUPLICATE
        late_s = (_moment(made) - _moment(began)).total_seconds()
        return CREATED if late_s >= -SKEW_S else DUPLICATE

    async def _find(self, items: Sequence[Item]) -> Mapping[str, Mapping[str, Any]]:
        emails = list(dict.fromkeys(item.email for item in items))
        jobs = [item.job for item in items]
        return await find_leads(emails, jobs, self._ctx, campaign=self._config.campaign)

    # the answer ------------------------------------------------------------------------------
    async def _read(self, answer: Answer, items: Sequence[Item], doubtful: Sequence[Item]) -> None:
        table, bill = table_of(answer), bill_of(answer)
        created = _created(table, items)
        await self._ledger.settle(
            [(i, CREATED, created[i.lead_id]) for i in items if i.lead_id in created], bill
        )
        rest = [item for item in items if item.lead_id not in created]
        if not rest:
            return
        # A lead that was sent before without an answer may be what we have added then.
        again = [item for item in rest if item in doubtful]
        settled = await self._take_found(again, bill) if again else set[int]()
        rest = [item for item in rest if item.lead_id not in settled]
        there: Mapping[str, Mapping[str, Any]] = await self._find(rest) if rest else {}
        await self._ledger.settle(
            [(i, DUPLICATE, _id(there[i.key])) for i in rest if i.key in there], bill
        )
        rest = [item for item in rest if item.key not in there]
        await self._settle_rest(table, rest, bill)

    async def _settle_rest(
        self, table: Mapping[str, Any], rest: Sequence[Item], bill: Bill
    ) -> None:
        """Those that are not in the campaign, by the reasons that the answer counts."""
        counts = {
            state: int(number_at(table, name) or 0)
            for state, name in (
                (BLOCKED, "in_blocklist"), (SKIPPED, "skipped_count"),
                (INVALID, "invalid_email_count"),
            )
        }  # fmt: skip
        reasons = [state for state, number in counts.items() if number]
        found: dict[int, str] = {}
        if len(reasons) == 1 and counts[reasons[0]] >= len(rest):
            found = {item.lead_id: reasons[0] for item in rest}
        elif reasons:
            found = await self._tell_apart(rest, reasons)
        await self._ledger.settle(
            [(i, found[i.lead_id], "") for i in rest if i.lead_id in found], bill
        )
        left = [item for item in rest if item.lead_id not in found]
        await self._ledger.note_not_taken(left)
        is_full = number_at(table, "remaining_in_plan") == 0
        for item in left:
            refused = Refused(_NO_REASON, bill)
            self._ctx.done(item.job, Held(HeldWhy.EXHAUSTED, _NO_ROOM) if is_full else refused)

    async def _tell_apart(self, rest: Sequence[Item], reasons: Sequence[str]) -> dict[int, str]:
        """Which reason is whose: by the block list, by the workspace; what is left is invalid."""
        found: dict[int, str] = {}
        if BLOCKED in reasons:
            for item in rest:
                if await self._is_blocked(item):
                    found[item.lead_id] = BLOCKED
        left = [item for item in rest if item.lead_id not in found]
        if SKIPPED in reasons and left:
            jobs = [item.job for item in left]
            anywhere = await find_leads([item.email for item in left], jobs, self._ctx)
            found |= {item.lead_id: SKIPPED for item in left if item.key in anywhere}
        if INVALID in reasons:
            found |= {item.lead_id: INVALID for item in left if item.lead_id not in found}
        return found

    async def _is_blocked(self, item: Item) -> bool:
        """Whether Instantly's block list covers an address; one look a domain and address."""
        domain = item.key.rpartition("@")[2]
        for value in (domain, item.key):
            known = self._ctx.shared("instantly block list", dict[str, bool])
            if value not in known:
                ask = free_ask(
                    "look at block list", "/api/v2/block-lists-entries", self._ctx,
                    search=value, limit="100",
                )  # fmt: skip
                entries = list_at(await look(ask, [item.job], self._ctx), "items")
                blocked = {(text_at(table_at(e), "bl_value") or "").casefold() for e in entries}
                known[value] = value in {word.removeprefix("@") for word in blocked}
            if known[value]:
                return True
        return False


def _created(table: Mapping[str, Any], items: Sequence[Item]) -> dict[int, str]:
    """Ids at Instantly of the leads that were created, by our ids."""
    found: dict[int, str] = {}
    by_key = {item.key: item for item in items}
    for entry in list_at(table, "created_leads"):
        their_id, email = text_at(entry, "id"), text_at(entry, "email")
        place = number_at(entry, "index")
        item = by_key.get(email.casefold()) if email else None
        if item is None and place is not None and 0 <= int(place) < len(items):
            item = items[int(place)]
        if item is not None and their_id:
            found[item.lead_id] = their_id
    return found


def _id(lead: Mapping[str, Any]) -> str:
    return text_at(lead, "id") or ""


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else datetime.fromisoformat(f"{text}+00:00")
