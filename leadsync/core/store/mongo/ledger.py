"""What was sent to destinations outside, lead by lead, on MongoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import ReplaceOne, WriteConcern

from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.mongo.encoding import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pymongo.database import Database

    from leadsync.core.models import Doc

LEADS_AT_ONCE = 5000


class SentLedger:
    """The part of the MongoDB store that keeps what was sent."""

    db: Database[Any]

    @clear_errors
    def sent(self, destination: str, lead_ids: Sequence[int] | None = None) -> dict[int, Doc]:
        """What was sent to a destination, by lead: of all leads, or of these."""
        asked: list[Doc] = [{}]
        if lead_ids is not None:
            asked = [{"leadId": {"$in": chunk}} for chunk in _chunks(lead_ids)]
        found: dict[int, Doc] = {}
        for which in asked:
            stored = self.db["sent"].find({"destination": destination, **which}).sort("leadId")
            for document in stored.batch_size(1000):
                found[int(document["leadId"])] = unpack(document["body"])
        return found

    @clear_errors
    def keep_sent(self, destination: str, entries: Mapping[int, Doc]) -> None:
        """Write down what was sent, in place of what was there, on the disk before it returns."""
        if entries:
            durable = self.db["sent"].with_options(write_concern=WriteConcern(j=True))
            documents = [sent_to(destination, *entry) for entry in entries.items()]
            durable.bulk_write(
                [ReplaceOne({"_id": stored["_id"]}, stored, upsert=True) for stored in documents],
                ordered=False,
            )


def sent_to(destination: str, lead_id: int, body: Doc) -> Doc:
    """An entry of the ledger as it is stored."""
    return {
        "_id": f"{lead_id}:{destination}", "destination": destination, "leadId": lead_id,
        "body": pack(body),
    }  # fmt: skip


def _chunks(lead_ids: Sequence[int]) -> Iterator[list[int]]:
    for at in range(0, len(lead_ids), LEADS_AT_ONCE):
        yield list(lead_ids[at : at + LEADS_AT_ONCE])
