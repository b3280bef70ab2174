"""Leads that go for good, with all that tells of them, on MongoDB.

Everything is done under the write lock, in steps that may be done again: what a crash leaves is done
by the next erasure of the same person. The leads themselves go last, so that it finds them.
"""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING, Any

from leadsync.core.identity import other_spellings
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.erasure import counted, refuse_asked
from leadsync.core.store.mongo.connection import read_meta
from leadsync.core.store.mongo.encoding import unpack
from leadsync.core.store.mongo.eraser import Eraser, chunks
from leadsync.core.store.mongo.keys import possible_owners
from leadsync.core.store.mongo.records import call_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from pymongo.database import Database

    from leadsync.core.models import Call, Doc
    from leadsync.core.store.erasure import Erasure
    from leadsync.core.store.mongo.lock import Hold

_SERVERS_OWN = (
    "MongoDB keeps deleted records in its files until it needs the room, and in the oplog of a"
    " replica set: its compact command and its settings are in your server's hands"
)


class Erasing:
    """The part of the MongoDB store that forgets people."""

    db: Database[Any]
    _on_step: Callable[[str], None]

    def _exclusive(self) -> AbstractContextManager[Hold]:
        raise NotImplementedError

    @clear_errors
    def owners_of(self, keys: Sequence[str]) -> list[int]:
        """Ids of all leads that have one of these identity keys, in the trash and undone ones too."""
        wanted = {*keys, *other_spellings(keys)}
        visible = int(read_meta(self.db).get("visible", 0))
        found = possible_owners(self.db, list(wanted))
        if not found:  # perhaps a crash has left leads whose keys are forgotten already
            found = list(self.db["leads"].find({"keys": {"$in": list(wanted)}}, {"keys": 1}))
        return sorted(
            int(document["_id"])
            for document in found
            if document["_id"] <= visible and not wanted.isdisjoint(document.get("keys", ()))
        )

    @clear_errors
    def calls_about(self, lead_ids: Sequence[int]) -> list[Call]:
        """The calls that were about any of these leads, by id."""
        found = self.db["calls"].find({"leadIds": {"$in": list(lead_ids)}}).sort("_id")
        return [call_from(stored) for stored in found]

    @clear_errors
    def sent_of(self, lead_ids: Sequence[int]) -> list[tuple[str, int, Doc]]:
        """Where these leads were sent: destination, lead, entry of the ledger."""
        found = self.db["sent"].find({"leadId": {"$in": list(lead_ids)}}).sort("_id")
        return [(d["destination"], int(d["leadId"]), unpack(d["body"])) for d in found]

    @clear_errors
    def unchanged_since(self, campaign_id: int, before: str) -> array[int]:
        """Ids of a campaign's leads that nothing has changed since then, whatever their presence."""
        which = {"campaignId": campaign_id, "updatedAt": {"$lt": before}, **self._there()}
        found = self.db["leads"].find(which, {"_id": 1}).sort("_id")
        return array("q", (int(document["_id"]) for document in found))

    def _there(self) -> dict[str, Any]:
        """A condition that leaves out leads of a unit that is not committed."""
        return {"_id": {"$lte": int(read_meta(self.db).get("visible", 0))}}

    @clear_errors
    def asking_about(self, lead_ids: Sequence[int]) -> int:
        """The run that is asking about one of these leads now; 0: none."""
        return _asking_about(self.db, lead_ids)

    @clear_errors
    def erase_leads(self, erasure: Erasure, *, rehearsal: bool = False) -> dict[str, int]:
        """Remove leads for good with all that tells of them; how much went, by place."""
        with self._exclusive() as hold:
            erasure = _of_unchanged(self.db, erasure)
            if not rehearsal:
                refuse_asked(_asking_about(self.db, erasure.lead_ids))
            hold.check()
            eraser = Eraser(self.db, erasure, self._on_step, rehearsal=rehearsal)
            return counted(eraser.erase())

    @clear_errors
    def overwrite_deleted(self) -> list[str]:
        """Say what of deleted records the server may still have in its files."""
        return [_SERVERS_OWN]


def _of_unchanged(db: Database[Any], erasure: Erasure) -> Erasure:
    """Without leads that were changed after they were found to be old."""
    if not erasure.unchanged_since:
        return erasure
    old: list[int] = []
    for chunk in chunks(erasure.lead_ids):
        which = {"_id": {"$in": chunk}, "updatedAt": {"$lt": erasure.unchanged_since}}
        old += [int(document["_id"]) for document in db["leads"].find(which, {"_id": 1})]
    return erasure.of(old)


def _asking_about(db: Database[Any], lead_ids: Sequence[int]) -> int:
    for chunk in chunks(lead_ids):
        claimed = {
            "leadId": {"$in": chunk}, "reason": "running", "leaseUntil": {"$gt": time.time()},
        }  # fmt: skip
        if found := db["queue"].find_one(claimed):
            return int(found["runId"])
    return 0
