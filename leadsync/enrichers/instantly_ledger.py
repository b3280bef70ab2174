"""What the ledger says of the leads of one batch, and what is written there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.gate import SENDING
from leadsync.core.engine.outcomes import Bill, Value
from leadsync.core.models import iso_of
from leadsync.core.sync.hashing import content_hash
from leadsync.enrichers.instantly_config import EMAIL
from leadsync.enrichers.instantly_content import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Job

CREATED, UPDATED, DUPLICATE = "created", "updated", "duplicate"
BLOCKED, INVALID, SKIPPED, GONE = "blocked", "invalid", "skipped", "gone"
NOT_TAKEN = "not taken"


@dataclass(frozen=True, slots=True)
class Item:
    """A lead of a batch, with all that is sent of it."""

    job: Job
    content: Mapping[str, Any]

    @property
    def lead_id(self) -> int:
        """Whose it is."""
        return self.job.lead_id

    @property
    def email(self) -> str:
        """The address as it is sent."""
        return str(self.content[EMAIL])

    @property
    def key(self) -> str:
        """The address as addresses are compared."""
        return self.email.casefold()


class BatchLedger:
    """The entries of one place for the leads of one batch."""

    def __init__(self, place: str, entries: Mapping[int, Mapping[str, Any]], ctx: Context) -> None:
        """Take the entries that were read, and the context that writes new ones."""
        self._place = place
        self._ctx = ctx
        self.entries = dict(entries)

    def is_doubtful(self, item: Item) -> bool:
        """Whether it was sent before and nobody knows what became of it."""
        return self.entries.get(item.lead_id, {}).get("state") == SENDING

    def id_of(self, item: Item) -> str:
        """Its id at Instantly; empty where it has none."""
        return str(self.entries.get(item.lead_id, {}).get("id") or "")

    def fields_of(self, item: Item) -> list[str]:
        """The fields that it was sent with."""
        return list(self.entries.get(item.lead_id, {}).get("fields") or ())

    def began_at(self, item: Item) -> str:
        """When it was sent first without a word of what became of it."""
        return str(self.entries[item.lead_id]["at"])

    async def note_sending(self, items: Sequence[Item]) -> None:
        """Write down that these leads are about to be sent: who dies now leaves a trace.

        The moment of an earlier attempt stays: what is there since then is ours.
        """
        now = iso_of(self._ctx.now())
        await self._keep(
            (item.lead_id, {
                "state": SENDING, "id": None, "email": item.email, "hash": "",
                "at": self.began_at(item) if self.is_doubtful(item) else now,
            })
            for item in items
        )  # fmt: skip

    async def note_not_taken(self, items: Sequence[Item]) -> None:
        """Write down that Instantly has refused these leads: they are sent again when it will."""
        now = iso_of(self._ctx.now())
        await self._keep(
            (item.lead_id, {
                "state": NOT_TAKEN, "id": None, "email": item.email, "hash": "", "at": now,
            })
            for item in items
        )  # fmt: skip

    async def settle(self, found: Sequence[tuple[Item, str, str]], bill: Bill) -> None:
        """Write down what became of leads, (item, state, id at Instantly), and hand it in."""
        now = iso_of(self._ctx.now())
        await self._keep(
            (item.lead_id, {
                "state": state, "id": their_id or None, "email": item.email,
                "hash": content_hash(item.content), "fields": fields_of(item.content), "at": now,
            })
            for item, state, their_id in found
        )  # fmt: skip
        for item, _, _ in found:
            self.hand_in(item, bill)

    def hand_in(self, item: Item, bill: Bill | None = None) -> None:
        """Give the cell what the ledger says of its lead."""
        entry = self.entries[item.lead_id]
        meta = {"sentTo": self._place, "idThere": entry.get("id"), "sentAt": entry.get("at")}
        self._ctx.done(item.job, Value(entry["state"], bill or Bill(), meta))

    async def _keep(self, entries: Iterable[tuple[int, dict[str, Any]]]) -> None:
        new = dict(entries)
        if new:
            await self._ctx.keep_sent(self._place, new)
            self.entries |= new
