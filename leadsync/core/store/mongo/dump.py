"""Everything in the store as plain records, and back: the engine's half of dump and load."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne

from leadsync.core.errors import InputError, StoreError
from leadsync.core.models import ACCESS_KINDS, BESIDE_CONTENT, Change, Column, from_doc
from leadsync.core.store.dump_lines import check_no_access, dump_lines
from leadsync.core.store.identity_slots import IdentitySlots
from leadsync.core.store.mongo.commit import state_of
from leadsync.core.store.mongo.connection import read_meta
from leadsync.core.store.mongo.encoding import unpack, unpack_value
from leadsync.core.store.mongo.keys import note_owners, owners_of
from leadsync.core.store.mongo.lead_documents import lead_cells, tag_fields
from leadsync.core.store.mongo.ledger import sent_to
from leadsync.core.store.mongo.numbers import last_number, next_number
from leadsync.core.store.mongo.queue import FREE, resync_states
from leadsync.core.store.mongo.records import (
    cell_id,
    change_from,
    change_to,
    document_from,
    document_to,
    task_from,
    task_to,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pymongo.database import Database

    from leadsync.core.models import Doc

RECORDS_AT_ONCE = 1000
ENGINE_COUNTERS = ("calls", "changes", "leads", "units")
FIRST_KINDS = ("campaigns", "columns")
LOGINS = "logins"  # shared state: counts of wrong passwords
_LEAD_FIELDS = (
    "campaignId", "presence", "deletedAt", "createdAt", "updatedAt", "createdUnit",
    "email", "name", "linkedinUrl", "source",
)  # fmt: skip


def dump_records(db: Database[Any]) -> Iterator[tuple[str, Doc]]:
    """All records in the order and shapes that `Store.records` promises."""
    yield from _dumped_counters(db)
    meta = read_meta(db)
    for kind in sorted(set(meta.get("kinds", [])) - ACCESS_KINDS):
        for stored in db[kind].find().sort("_id"):
            yield "documents", {"kind": kind, "body": document_from(stored)}
    for collection, (order, reader) in _DUMPED.items():
        which: Doc = {}
        if collection == "leads":
            which = {"_id": {"$lte": meta.get("visible", 0)}}
        for stored in db[collection].find(which).sort(order).batch_size(RECORDS_AT_ONCE):
            yield collection, reader(stored)


def write_backup(records: Iterable[tuple[str, Doc]], target: Path) -> None:
    """Write records as a dump, gzipped, to a new file, or no file.

    Raises:
        InputError: there is a file of that name.
        StoreError: it cannot be written.
    """
    try:
        handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise InputError(f'"{target}" is there already', next_step="name a new file") from error
    except OSError as error:
        raise StoreError(
            f'"{target}" cannot be written: {error.strerror}', next_step="name another file"
        ) from error
    try:
        with os.fdopen(handle, "wb") as raw, gzip.open(raw, "wt", encoding="utf-8") as lines:
            lines.writelines(dump_lines(records))
    except BaseException:
        target.unlink()
        raise


def _dumped_counters(db: Database[Any]) -> Iterator[tuple[str, Doc]]:
    counters = {d["_id"]: int(d["value"]) for d in db["counters"].find()}
    kinds = {name for name in counters if name not in (*ENGINE_COUNTERS, "queue", *ACCESS_KINDS)}
    for name in sorted(kinds.union(FIRST_KINDS)):
        yield "counters", {"name": name, "value": counters.get(name, 0)}
    for name in ENGINE_COUNTERS:
        if name in counters:
            yield "counters", {"name": name, "value": counters[name]}


def _dumped_lead(stored: Doc) -> Doc:
    lead = {"id": unpack_value(stored["_id"])}
    lead |= {name: unpack_value(stored[name]) for name in _LEAD_FIELDS if name in stored}
    custom = stored.get("customFields", {})
    lead |= {slot: unpack_value(custom[slot]) for slot in sorted(custom, key=_number)}
    locks = sorted(int(column) for column in stored.get("locked", ()))
    return lead | {"tags": sorted(stored.get("tags", ())), "locks": locks}


def _number(slot: str) -> int:
    return int(slot[1:])


def _dumped_queue(stored: Doc) -> Doc:
    fields = ("runId", "leadId", "columnId", "reason", "attempts", "notBefore")
    entry = {field: unpack_value(stored[field]) for field in fields}
    return entry | {"handle": stored.get("handle", "")}


def _dumped_change(stored: Doc) -> Doc:
    change = change_from(stored)
    return {
        "seq": change.seq, "unitId": change.unit_id, "leadId": change.lead_id,
        "fields": change.fields,
    }  # fmt: skip


def _dumped_sent(stored: Doc) -> Doc:
    return {
        "destination": stored["destination"], "leadId": unpack_value(stored["leadId"]),
        "body": unpack(stored["body"]),
    }  # fmt: skip


_DUMPED: dict[str, tuple[list[tuple[str, int]], Callable[[Doc], Doc]]] = {
    "units": ([("_id", 1)], document_from),
    "leads": ([("_id", 1)], _dumped_lead),
    "tasks": ([("leadId", 1), ("columnId", 1)], task_from),
    "queue": ([("position", 1)], _dumped_queue),
    "calls": ([("_id", 1)], document_from),
    "changes": ([("_id", 1)], _dumped_change),
    "sent": ([("destination", 1), ("leadId", 1)], _dumped_sent),
}
"""Collection -> in what order its documents come, and how they become records."""


def has_content(db: Database[Any]) -> bool:
    """Whether a load would lose something: units, or documents outside history, as of the erased."""
    if db["units"].find_one({"final": {"$ne": True}}, {"_id": 1}):
        return True
    kinds = set(read_meta(db).get("kinds", ())) - BESIDE_CONTENT
    return any(db[kind].find_one({}, {"_id": 1}) for kind in sorted(kinds))


def load_records(
    db: Database[Any], records: Iterable[tuple[str, Doc]], check: Callable[[], None]
) -> int:
    """Store dumped records in an empty database; how many. `check` is called on the way."""
    loader = _Loader(db)
    number = 0
    batch: list[Doc] = []
    kind = ""
    for collection, record in records:
        if collection != kind or len(batch) == RECORDS_AT_ONCE:
            check()
            loader.load(kind, batch)
            kind, batch = collection, []
        batch.append(record)
        number += 1
    loader.load(kind, batch)
    resync_states(db)
    visible = {"visible": last_number(db, "leads")}
    shown = {"$inc": {"rev": 1, "documentsRev": 1}, "$set": visible}
    db["meta"].update_one({"_id": "meta"}, shown)
    return number


def wipe(db: Database[Any]) -> None:
    """Empty a database whose loading failed, but for who may enter it."""
    meta = read_meta(db)
    access = [*sorted(ACCESS_KINDS), LOGINS]  # their counters, and the count of wrong passwords
    own = (
        "counters", "units", "leads", "tasks", "queue", "calls", "changes", "journal", "keys",
        "sharedState", "sent",
    )  # fmt: skip
    for name in {*own, *meta.get("kinds", ())} - ACCESS_KINDS:
        db[name].delete_many({"_id": {"$nin": access}})
    emptied: Doc = {"$set": {"kinds": [], "visible": 0}, "$unset": {"loading": ""}}
    db["meta"].update_one({"_id": "meta"}, emptied)


class _Loader:
    """Puts records back, a batch of one collection at a time; identity keys are made anew."""

    def __init__(self, db: Database[Any]) -> None:
        self._db = db
        self._columns: list[Column] = []

    def load(self, collection: str, batch: list[Doc]) -> None:
        if not batch:
            return
        store = {
            "counters": self._counters, "documents": self._documents, "units": self._units,
            "leads": self._leads, "tasks": self._tasks, "queue": self._queue,
            "calls": self._calls, "changes": self._changes, "sent": self._sent,
        }.get(collection)  # fmt: skip
        if store is None:
            raise InputError(f'the dump holds "{collection}", which this LeadSync does not know')
        store(batch)

    def _insert(self, collection: str, documents: list[Doc]) -> None:
        self._db[collection].insert_many(documents, ordered=False)

    def _counters(self, batch: list[Doc]) -> None:
        self._insert("counters", [{"_id": r["name"], "value": r["value"]} for r in batch])

    def _documents(self, batch: list[Doc]) -> None:
        check_no_access(r["kind"] for r in batch)
        kinds = {"$addToSet": {"kinds": {"$each": sorted({r["kind"] for r in batch})}}}
        self._db["meta"].update_one({"_id": "meta"}, kinds)
        for record in batch:
            self._db[record["kind"]].insert_one(document_to(record["body"]))
            if record["kind"] == "columns":
                self._columns.append(from_doc(Column, record["body"]))

    def _units(self, batch: list[Doc]) -> None:
        self._insert("units", [document_to(record) for record in batch])

    def _leads(self, batch: list[Doc]) -> None:
        identity = IdentitySlots(self._columns)
        documents: list[Doc] = []
        for record in batch:
            cells = {k: v for k, v in record.items() if k not in ("tags", "locks", "id")}
            head = {k: cells.pop(k) for k in _LEAD_FIELDS[:6] if k in cells}
            slots, row = list(cells), list(cells.values())
            document = {"_id": record["id"], **head, "rev": 0, **lead_cells(slots, row)}
            document |= tag_fields(record["tags"])
            if record["locks"]:
                document["locked"] = sorted(record["locks"])
            if keys := identity.keys_of_rows(slots, [row])[0]:
                document["keys"] = list(keys)
            documents.append(document)
        self._insert("leads", documents)
        note_owners(self._db, owners_of((d["_id"], d.get("keys", ())) for d in documents))

    def _tasks(self, batch: list[Doc]) -> None:
        self._insert("tasks", [task_to(task) for task in batch])
        self._db["leads"].bulk_write(
            [
                UpdateOne(
                    {"_id": task["leadId"]},
                    {"$set": {f"states.c{task['columnId']}": state_of(task)}},
                )
                for task in batch
            ],
            ordered=False,
        )

    def _queue(self, batch: list[Doc]) -> None:
        first = next_number(self._db, "queue", len(batch))
        self._insert("queue", [
            {
                "_id": cell_id(record["leadId"], record["columnId"]), "handle": "", **record,
                "position": position, **FREE,
            }
            for position, record in enumerate(batch, first)
        ])  # fmt: skip

    def _calls(self, batch: list[Doc]) -> None:
        self._insert("calls", [document_to(call) for call in batch])

    def _changes(self, batch: list[Doc]) -> None:
        changes = (Change(r["seq"], r["unitId"], r["leadId"], r["fields"]) for r in batch)
        self._insert("changes", [change_to(change) for change in changes])

    def _sent(self, batch: list[Doc]) -> None:
        self._insert("sent", [sent_to(r["destination"], r["leadId"], r["body"]) for r in batch])
