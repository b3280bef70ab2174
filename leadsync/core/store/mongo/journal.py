"""The journal: a unit as a list of operations that may be done twice.

A unit's operations are first written to the collection `journal`, in pieces that a document can
hold; then the write lock names the journal (`Hold.commit`: the one atomic step); then they are
applied and the pieces removed. New leads are inserted at once; reads show them when `meta.visible`,
the highest id that counts, has passed them: the last operation of the journal. Whoever takes the lock over from a crashed holder applies the
journal that the lock names and forgets any other. Every operation sets absolute values, so that
applying a journal again changes nothing.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import bson
from pymongo import DeleteMany, ReplaceOne, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError

from leadsync.core.models import Presence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pymongo.database import Database

    from leadsync.core.store.mongo.lock import Hold

PIECE_BYTES = 12_000_000  # a document takes 16 MB
OPERATIONS_AT_ONCE = 1000
DUPLICATE_KEY = 11000


class Operation(NamedTuple):
    """One idempotent write.

    Attributes:
        verb: `put` a document (`what`), `add` it unless it is there, `drop` all that match `what`,
            `set` one (`what` filter, `how` update), `set_all`, `raise`: like set, made if missing.
    """

    collection: str
    verb: str
    what: dict[str, Any]
    how: dict[str, Any] | None = None


def write_journal(
    db: Database[Any], name: str, operations: Sequence[Operation], on_step: Callable[[str], None]
) -> None:
    """Write a unit's operations down under a name, in as many pieces as they need."""
    for number, piece in enumerate(_pieces(operations)):
        db["journal"].insert_one(
            {"_id": f"{name}/{number:06}", "journal": name, "data": bson.Binary(piece)}
        )
        on_step("journal written")


def _pieces(operations: Sequence[Operation]) -> Iterator[bytes]:
    encoded = bytearray()
    for start in range(0, len(operations), OPERATIONS_AT_ONCE):
        part = operations[start : start + OPERATIONS_AT_ONCE]
        for piece in _encoded(part):
            if encoded and len(encoded) + len(piece) > PIECE_BYTES:
                yield bytes(encoded)
                encoded.clear()
            encoded += piece
    if encoded:
        yield bytes(encoded)


def _encoded(operations: Sequence[Operation]) -> Iterator[bytes]:
    """Operations as BSON documents, each below the size of a piece where that is possible."""
    piece = bson.encode({"operations": [list(operation) for operation in operations]})
    if len(piece) <= PIECE_BYTES or len(operations) == 1:
        yield piece
        return
    half = len(operations) // 2
    yield from _encoded(operations[:half])
    yield from _encoded(operations[half:])


def read_journal(db: Database[Any], name: str) -> Iterator[Operation]:
    """The operations of a journal, in order."""
    for piece in db["journal"].find({"journal": name}).sort("_id").batch_size(1):
        for part in bson.decode_iter(piece["data"]):
            for operation in part["operations"]:
                yield Operation(*operation)


def forget_journal(db: Database[Any], name: str) -> None:
    """Remove the pieces of one unit."""
    db["journal"].delete_many({"journal": name})


def forget_journals(db: Database[Any]) -> None:
    """Remove all pieces. Only the holder of the write lock may."""
    db["journal"].delete_many({})


def apply_operations(
    db: Database[Any],
    operations: Iterable[Operation],
    hold: Hold,
    on_step: Callable[[str], None],
) -> None:
    """Do them, in order, in bulk; again where some are done already."""
    for (collection, verb), group in groupby(operations, key=lambda o: (o.collection, o.verb)):
        batch: list[Operation] = []
        for operation in group:
            batch.append(operation)
            if len(batch) == OPERATIONS_AT_ONCE:
                _apply_batch(db, collection, verb, batch, hold)
                batch = []
                on_step(f"applied {collection}")
        if batch:
            _apply_batch(db, collection, verb, batch, hold)
            on_step(f"applied {collection}")


def _apply_batch(
    db: Database[Any], collection: str, verb: str, batch: Sequence[Operation], hold: Hold
) -> None:
    hold.check()
    if verb == "add":
        insert_missing(db, collection, [operation.what for operation in batch])
        return
    requests = [_REQUESTS[verb](operation) for operation in batch]
    db[collection].bulk_write(requests, ordered=verb == "set_all")


def insert_missing(db: Database[Any], collection: str, documents: Sequence[dict[str, Any]]) -> None:
    """Insert documents; those whose id is there already are left as they are."""
    try:
        db[collection].insert_many(documents, ordered=False)
    except BulkWriteError as error:
        errors: list[dict[str, Any]] = (error.details or {}).get("writeErrors", [])
        if not errors or any(e.get("code") != DUPLICATE_KEY for e in errors):
            raise


def remove_hidden_leads(db: Database[Any], first: int, last: int | None = None) -> None:
    """Remove new leads of a unit that is not committed, or all (by the holder of the lock)."""
    ids = {"$gte": first} if last is None else {"$gte": first, "$lte": last}
    db["leads"].delete_many({"_id": ids})


def set_undone(first: int, last: int, rev: int, *, undone: bool) -> list[Operation]:
    """Hide leads whose creation is taken back, or show them as live or trashed again."""
    leads = {"_id": {"$gte": first, "$lte": last}}
    if undone:
        return [Operation("leads", "set_all", leads, _presence(Presence.UNDONE, rev))]
    trashed = {**leads, "deletedAt": {"$ne": None}}
    return [
        Operation("leads", "set_all", {**leads, "deletedAt": None}, _presence(Presence.LIVE, rev)),
        Operation("leads", "set_all", trashed, _presence(Presence.TRASH, rev)),
    ]


def _presence(presence: Presence, rev: int) -> dict[str, Any]:
    return {"$set": {"presence": int(presence), "rev": rev}}


_REQUESTS: dict[str, Callable[[Operation], Any]] = {
    "put": lambda o: ReplaceOne({"_id": o.what["_id"]}, o.what, upsert=True),
    "drop": lambda o: DeleteMany(o.what),
    "set": lambda o: UpdateOne(o.what, o.how or {}),
    "set_all": lambda o: UpdateMany(o.what, o.how or {}),
    "raise": lambda o: UpdateOne(o.what, o.how or {}, upsert=True),
}
