"""What a unit has staged, as the operations of its journal.

Order: tasks and leads with all that belongs to them, leads whose creation is undone or redone,
documents, history, calls, queue, counters, and last, in one write, the new leads become visible
and the revision grows: nobody who has seen the new revision can have read the old cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.models import Presence
from leadsync.core.store.mongo.journal import Operation, set_undone
from leadsync.core.store.mongo.lead_documents import LeadUpdate
from leadsync.core.store.mongo.records import (
    call_to,
    cell_id,
    change_to,
    document_to,
    task_from,
    task_to,
    unit_to,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pymongo.database import Database

    from leadsync.core.models import Doc
    from leadsync.core.store.mongo.staged import Cell, Staged
    from leadsync.core.store.mongo.tx import MongoTx

IDS_AT_ONCE = 1000


def operations_of(db: Database[Any], tx: MongoTx) -> list[Operation]:
    """Everything that a unit has staged, ready to be written down and applied."""
    staged = tx.staged
    return [
        *_tasks(staged),
        *_leads(db, tx),
        *_orphans(tx),
        *(o for a, b, undone in staged.undone for o in set_undone(a, b, tx.rev, undone=undone)),
        *_documents(staged),
        *(Operation("changes", "add", change_to(change)) for change in staged.changes),
        *(Operation("calls", "put", call_to(call)) for call in staged.calls),
        *_dequeued(staged),
        *(Operation("units", "put", unit_to(record)) for record in staged.units.values()),
        *_counters(staged),
        _revision(tx),
    ]


def _tasks(staged: Staged) -> Iterator[Operation]:
    for cell, task in staged.tasks.items():
        if task is None:
            yield Operation("tasks", "drop", {"_id": cell_id(*cell)})
    for task in staged.tasks.values():
        if task is not None:
            yield Operation("tasks", "put", task_to(task))
    for cell, stale in staged.stale.items():
        yield Operation("tasks", "set", {"_id": cell_id(*cell)}, {"$set": {"stale": stale}})


# leads -----------------------------------------------------------------------------------
def _leads(db: Database[Any], tx: MongoTx) -> Iterator[Operation]:
    updates: dict[int, LeadUpdate] = {}
    _put_cells(tx, updates)
    _put_tags_and_locks(db, tx.staged, updates)
    _put_presence(db, tx.staged, updates)
    for lead_id, keys in tx.staged.keys.items():
        updates.setdefault(lead_id, LeadUpdate()).put("keys", list(keys))
    _put_states(db, tx.staged, updates)
    for lead_id, update in updates.items():
        if update.document:
            yield Operation("leads", "set", {"_id": lead_id}, update.document)


def _put_cells(tx: MongoTx, updates: dict[int, LeadUpdate]) -> None:
    for lead_id, cells in tx.staged.slots.items():
        update = updates[lead_id] = LeadUpdate()
        for slot, value in cells.items():
            update.put_cell(slot, value)
        update.put("updatedAt", tx.now)
        update.put("rev", tx.rev)


def _orphans(tx: MongoTx) -> Iterator[Operation]:
    """Remove what a process that had lost the lock may have inserted between our new leads."""
    before = tx.visible
    for first, last in tx.staged.created:
        if first > before + 1:
            yield Operation("leads", "drop", {"_id": {"$gt": before, "$lt": first}})
        before = last


def _put_presence(db: Database[Any], staged: Staged, updates: dict[int, LeadUpdate]) -> None:
    ids = [i for i, cells in staged.slots.items() if "deletedAt" in cells]
    for chunk in _chunks(ids):
        for document in db["leads"].find({"_id": {"$in": chunk}}, {"presence": 1}):
            if document["presence"] <= Presence.TRASH:
                trashed = staged.slots[document["_id"]]["deletedAt"] is not None
                updates[document["_id"]].put("presence", int(trashed))


def _put_tags_and_locks(db: Database[Any], staged: Staged, updates: dict[int, LeadUpdate]) -> None:
    ids = [*staged.tags, *(i for i in staged.locks if i not in staged.tags)]
    for chunk in _chunks(ids):
        for document in db["leads"].find({"_id": {"$in": chunk}}, {"tags": 1, "locked": 1}):
            lead_id = int(document["_id"])
            seen = staged.overlay(document)
            update = updates.setdefault(lead_id, LeadUpdate())
            if lead_id in staged.tags:
                update.put_tags(seen["tags"])
            if lead_id in staged.locks:
                update.put("locked", seen["locked"])


# states ----------------------------------------------------------------------------------
def _put_states(db: Database[Any], staged: Staged, updates: dict[int, LeadUpdate]) -> None:
    cells = list({*staged.tasks, *staged.stale, *staged.dequeued})
    if not cells:
        return
    queued = {
        document["_id"]
        for chunk in _chunks([cell_id(*cell) for cell in cells if cell not in staged.dequeued])
        for document in db["queue"].find({"_id": {"$in": chunk}}, {"_id": 1})
    }
    stored = stored_tasks(db, [cell for cell in cells if cell not in staged.tasks])
    for cell in cells:
        task = staged.tasks.get(cell, stored.get(cell))
        if task and cell in staged.stale:
            task = {**task, "stale": staged.stale[cell]}
        update = updates.setdefault(cell[0], LeadUpdate())
        if cell_id(*cell) in queued:  # it stays pending; the queue says how
            update.put(f"states.c{cell[1]}.stale", bool(task and task["stale"]))
        else:
            update.put(f"states.c{cell[1]}", state_of(task))


def stored_tasks(db: Database[Any], cells: Sequence[Cell]) -> dict[Cell, Doc]:
    """The tasks of these cells that are stored."""
    found: dict[Cell, Doc] = {}
    for chunk in _chunks([cell_id(*cell) for cell in cells]):
        for stored in db["tasks"].find({"_id": {"$in": chunk}}):
            task = task_from(stored)
            found[task["leadId"], task["columnId"]] = task
    return found


def state_of(task: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a lead's `states` says of a settled cell; None where there is no task."""
    if task is None:
        return None
    return {"status": task["status"], "reason": task["reason"], "stale": bool(task["stale"])}


# the rest --------------------------------------------------------------------------------
def _documents(staged: Staged) -> Iterator[Operation]:
    for (kind, doc_id), body in staged.documents.items():
        if body is None:
            yield Operation(kind, "drop", {"_id": doc_id})
        else:
            yield Operation(kind, "put", document_to(body))


def _dequeued(staged: Staged) -> Iterator[Operation]:
    for chunk in _chunks([cell_id(*cell) for cell in staged.dequeued]):
        yield Operation("queue", "drop", {"_id": {"$in": chunk}})


def _counters(staged: Staged) -> Iterator[Operation]:
    for name, value in staged.counters.items():
        yield Operation("counters", "raise", {"_id": name}, {"$max": {"value": value}})


def _revision(tx: MongoTx) -> Operation:
    update: dict[str, Any] = {"$max": {"rev": tx.rev}}
    if tx.staged.created:
        update["$max"]["visible"] = tx.staged.created[-1][1]
    if kinds := sorted({kind for kind, _ in tx.staged.documents}):
        update["$max"]["documentsRev"] = tx.rev
        update["$addToSet"] = {"kinds": {"$each": kinds}}
    return Operation("meta", "set", {"_id": "meta"}, update)


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(items)
    return (every[at : at + IDS_AT_ONCE] for at in range(0, len(every), IDS_AT_ONCE))
