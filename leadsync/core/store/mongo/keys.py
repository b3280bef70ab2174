"""Who may own an identity key: `keys {_id: key, leads: [lead id]}`, a look-up by id alone.

An entry says who has had the key. Whether a lead has it still is in the lead's own document, so
that entries are only ever added to, and what an undone or crashed unit left does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from leadsync.core.store.mongo.journal import DUPLICATE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pymongo.database import Database

KEYS_AT_ONCE = 2000
_FIELDS = {"keys": 1, "campaignId": 1, "presence": 1}


def owners_of(keys: Iterable[tuple[int, Sequence[str]]]) -> dict[str, list[int]]:
    """Key -> leads, from leads with their keys."""
    owners: dict[str, list[int]] = {}
    for lead_id, own in keys:
        for key in own:
            owners.setdefault(key, []).append(lead_id)
    return owners


def note_owners(db: Database[dict[str, Any]], owners: Mapping[str, Sequence[int]]) -> None:
    """Write down that these leads may own these keys. May be done again."""
    every = list(owners)
    for start in range(0, len(every), KEYS_AT_ONCE):
        chunk = every[start : start + KEYS_AT_ONCE]
        # Most keys of an import are new: plain inserts are four times as fast as upserts.
        known = _insert(db, [{"_id": key, "leads": list(owners[key])} for key in chunk])
        if known:
            db["keys"].bulk_write(
                [
                    UpdateOne({"_id": key}, {"$addToSet": {"leads": {"$each": list(owners[key])}}})
                    for key in known
                ],
                ordered=False,
            )


def _insert(db: Database[dict[str, Any]], entries: list[dict[str, Any]]) -> list[str]:
    """Insert new entries; the keys that have one already."""
    try:
        db["keys"].insert_many(entries, ordered=False)
    except BulkWriteError as error:
        errors: list[dict[str, Any]] = (error.details or {}).get("writeErrors", [])
        if not errors or any(e.get("code") != DUPLICATE_KEY for e in errors):
            raise
        return [entries[int(e["index"])]["_id"] for e in errors]
    return []


def possible_owners(
    db: Database[dict[str, Any]], keys: Sequence[str], *, also: Iterable[int] = ()
) -> list[dict[str, Any]]:
    """`_id keys campaignId presence` of the leads that may own any of these keys, by id."""
    ids = set(also)
    for start in range(0, len(keys), KEYS_AT_ONCE):
        chunk = list(keys[start : start + KEYS_AT_ONCE])
        for entry in db["keys"].find({"_id": {"$in": chunk}}):
            ids.update(int(lead_id) for lead_id in entry["leads"])
    found: list[dict[str, Any]] = []
    every = sorted(ids)
    for start in range(0, len(every), KEYS_AT_ONCE):
        chunk = every[start : start + KEYS_AT_ONCE]
        found += db["leads"].find({"_id": {"$in": chunk}}, _FIELDS)
    return sorted(found, key=lambda document: document["_id"])
