"""Runs and the queue of their cells, on MongoDB.

Cells enter and leave the queue under the write lock. Claims need no lock: a claim is one
conditional update, marked with a token of its own.
"""

from __future__ import annotations

import dataclasses
import uuid
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument, UpdateOne

from leadsync.core.errors import NotFound
from leadsync.core.models import QueuedCell, Run, RunState, Task, from_doc, to_doc
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.mongo.commit import state_of, stored_tasks
from leadsync.core.store.mongo.encoding import pack
from leadsync.core.store.mongo.journal import insert_missing
from leadsync.core.store.mongo.lead_documents import LeadUpdate
from leadsync.core.store.mongo.numbers import next_number
from leadsync.core.store.mongo.records import (
    cell_id,
    document_from,
    document_to,
)
from leadsync.core.store.succession import busy, continued_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pymongo.database import Database

    from leadsync.core.models import DeferredCell, Doc
    from leadsync.core.store.mongo.lock import Hold

    Cell = tuple[int, int]

CELLS_AT_ONCE = 1000
FREE = {"holder": "", "leaseUntil": 0.0, "claim": ""}
LATE: dict[str, Any] = {"handle": {"$gt": ""}}
"""Entries whose answer comes later."""
UNASKED: dict[str, Any] = {"handle": {"$in": ["", None]}}
"""The others; those of an older LeadSync have no handle."""


class QueueOperations:
    """The part of the MongoDB store that runs need."""

    db: Database[Any]

    def _exclusive(self) -> AbstractContextManager[Hold]:
        raise NotImplementedError

    @clear_errors
    def tasks(self, lead_ids: Sequence[int], column_ids: Sequence[int]) -> list[Task]:
        """Settled tasks of these cells."""
        cells = [(lead, column) for lead in lead_ids for column in column_ids]
        return [from_doc(Task, task) for task in stored_tasks(self.db, cells).values()]

    # runs --------------------------------------------------------------------------------
    @clear_errors
    def start_run(self, run: Run, is_alive: Callable[[Run], bool]) -> Run:
        """Store a new RUNNING run, atomically against others on the same columns."""
        with self._exclusive():
            others = [o for o in self._runs() if set(o.column_ids) & set(run.column_ids)]
            for other in others:
                if is_alive(other):
                    raise busy(other)
            run_id = next_number(self.db, "runs")
            stored = dataclasses.replace(run, id=run_id, state=RunState.RUNNING)
            for other in others:
                left = self._drop_cells(
                    {"runId": other.id, "columnId": {"$in": run.column_ids}, **UNASKED}
                )
                if left or other.state is RunState.RUNNING:
                    note = continued_by(stored.id, other, left)
                    changed = {"state": str(RunState.STOPPED), "reason": note}
                    self.db["runs"].update_one({"_id": other.id}, {"$set": changed})
            self.db["runs"].replace_one({"_id": run_id}, document_to(to_doc(stored)), upsert=True)
            self.db["meta"].update_one({"_id": "meta"}, {"$addToSet": {"kinds": "runs"}})
            return stored

    @clear_errors
    def take_run(
        self,
        run_id: int,
        holder: str,
        lease_until: float,
        is_alive: Callable[[Run], bool],
        *,
        reason: str = "",
    ) -> Run:
        """Become the only member of a run that nobody drives; it is RUNNING afterwards."""
        with self._exclusive():
            runs = self._runs()
            run = next((r for r in runs if r.id == run_id), None)
            if run is None:
                raise _no_run(run_id)
            for other in runs:
                if set(other.column_ids) & set(run.column_ids) and is_alive(other):
                    raise busy(other)
            taken = {
                "state": str(RunState.RUNNING), "members": {holder: lease_until},
                "stopRequested": False, "reason": reason,
            }  # fmt: skip
            return self._set_run(run_id, taken)

    @clear_errors
    def update_run(self, run_id: int, changes: Doc) -> Run:
        """Set fields of a run (stored names) atomically; the run as it is now."""
        return self._set_run(run_id, changes)

    @clear_errors
    def change_run(self, run_id: int, change: Callable[[Run], Doc]) -> Run:
        """Set fields that depend on what the run holds, in one step; the run as it is now."""
        while True:
            stored = self.db["runs"].find_one({"_id": run_id})
            if stored is None:
                raise _no_run(run_id)
            run = from_doc(Run, document_from(stored))
            changes = pack(change(run))
            if not changes:
                return run
            same = {name: stored.get(name) for name in (*_DEPENDED_ON, *changes)}
            changed = self.db["runs"].find_one_and_update(
                {"_id": run_id, **same}, {"$set": changes}, return_document=ReturnDocument.AFTER
            )
            if changed is not None:  # else another process was faster: look again
                return from_doc(Run, document_from(changed))

    def _set_run(self, run_id: int, changes: Doc) -> Run:
        stored = self.db["runs"].find_one_and_update(
            {"_id": run_id}, {"$set": pack(changes)}, return_document=ReturnDocument.AFTER
        )
        if stored is None:
            raise _no_run(run_id)
        return from_doc(Run, document_from(stored))

    def _runs(self) -> list[Run]:
        return [from_doc(Run, document_from(d)) for d in self.db["runs"].find().sort("_id")]

    # queue -------------------------------------------------------------------------------
    @clear_errors
    def enqueue(self, run_id: int, cells: Iterable[Cell]) -> int:
        """Queue cells (lead, column) of a run in order; those queued already are left out."""
        number = 0
        with self._exclusive() as hold:
            for chunk in _chunks(cells):
                hold.check()
                first = next_number(self.db, "queue", len(chunk))
                token = uuid.uuid4().hex
                entries = [
                    {
                        "_id": cell_id(*cell), "runId": run_id, "leadId": cell[0],
                        "columnId": cell[1], "position": position, "reason": "queued",
                        "attempts": 0, "notBefore": 0.0, "handle": "", **FREE, "queuedBy": token,
                    }
                    for position, cell in enumerate(dict.fromkeys(chunk), first)
                ]  # fmt: skip
                insert_missing(self.db, "queue", entries)
                ids = [entry["_id"] for entry in entries]
                stored = self.db["queue"].find({"_id": {"$in": ids}}, _QUEUE_FIELDS)
                queued = [entry for entry in stored if entry["queuedBy"] == token]
                _show_pending(self.db, queued)
                number += len(queued)
        return number

    @clear_errors
    def claim(
        self,
        run_id: int,
        column_id: int,
        *,
        limit: int,
        holder: str,
        lease_until: float,
        now: float,
        late: bool = False,
    ) -> list[QueuedCell]:
        """Take due cells for this process, in order; empty: nothing is due now."""
        if limit < 1:
            return []
        mine = {"runId": run_id, "columnId": column_id, **(LATE if late else UNASKED)}
        reasons = ["waiting"] if late else ["queued", "held"]
        # Two questions and not one with $or: an index answers each in order and stops at the limit.
        free = {**mine, "reason": {"$in": reasons}, "notBefore": {"$lte": now}}
        left = {**mine, "reason": "running", "leaseUntil": {"$lt": now}}
        while True:
            found = [
                document
                for due in (free, left)
                for document in self.db["queue"]
                .find(due, {"position": 1})
                .sort("position")
                .limit(limit)
            ]
            found = sorted(found, key=itemgetter("position"))[:limit]
            if not found:
                return []
            ids = [document["_id"] for document in found]
            place = {"$gte": found[0]["position"], "$lte": found[-1]["position"]}
            token = uuid.uuid4().hex
            taken = {
                "reason": "running", "holder": holder, "leaseUntil": lease_until, "claim": token,
            }  # fmt: skip
            still_due = {"position": place, "$or": [free, left], "_id": {"$in": ids}}
            self.db["queue"].update_many(still_due, {"$set": taken})
            claimed = self.db["queue"].find({"_id": {"$in": ids}})
            mine = [document for document in claimed if document["claim"] == token]
            if mine:  # else others were faster: look again
                self._show_reason(column_id, [d["leadId"] for d in mine], "running")
                cells = (
                    QueuedCell(
                        run_id, int(d["leadId"]), column_id, d["attempts"], int(d["position"]),
                        d.get("handle", ""),
                    )
                    for d in mine
                )  # fmt: skip
                return sorted(cells, key=lambda cell: cell.position)

    @clear_errors
    def requeue(self, cells: Sequence[Cell], *, not_before: float, attempts: int) -> None:
        """Put claimed cells back, not to be claimed before `not_before` (epoch seconds)."""
        back = {"reason": "queued", "notBefore": not_before, "attempts": attempts, **FREE}
        self.db["queue"].update_many(
            {"_id": {"$in": [cell_id(*cell) for cell in cells]}}, {"$set": back}
        )
        for column_id in {column for _, column in cells}:
            leads = [lead for lead, column in cells if column == column_id]
            self._show_reason(column_id, leads, "queued")

    @clear_errors
    def defer(self, cells: Sequence[DeferredCell]) -> None:
        """Put claimed cells back, each with the handle of its late answer, or without."""
        for chunk in _chunks(cells):
            updates: list[UpdateOne] = []
            for cell in chunk:
                back = {
                    "reason": "waiting" if cell.handle else "queued", "handle": cell.handle,
                    "notBefore": cell.not_before, "attempts": cell.attempts, **FREE,
                }  # fmt: skip
                updates.append(
                    UpdateOne({"_id": cell_id(cell.lead_id, cell.column_id)}, {"$set": back})
                )
            self.db["queue"].bulk_write(updates, ordered=False)
            for column_id in {cell.column_id for cell in chunk}:
                for is_late, reason in ((True, "waiting"), (False, "queued")):
                    leads = [
                        c.lead_id
                        for c in chunk
                        if c.column_id == column_id and bool(c.handle) is is_late
                    ]
                    self._show_reason(column_id, leads, reason)

    @clear_errors
    def release(self, run_id: int, *, reason: str, holder: str | None = None) -> int:
        """Give back cells of a run, as `queued` or `held`; how many."""
        mine = {"runId": run_id} | ({} if holder is None else {"holder": holder})
        number = 0
        with self._exclusive():
            for chunk in _chunks(list(self.db["queue"].find(mine, {"handle": 1}))):
                for is_late, word in ((False, reason), (True, "waiting")):
                    ids = [d["_id"] for d in chunk if bool(d.get("handle")) is is_late]
                    released = {"_id": {"$in": ids}, **mine}
                    self.db["queue"].update_many(released, {"$set": {"reason": word, **FREE}})
                number += len(chunk)
                here = {"_id": {"$in": [d["_id"] for d in chunk]}}
                _show_pending(self.db, list(self.db["queue"].find(here, _QUEUE_FIELDS)))
        return number

    @clear_errors
    def drop_queue(self, run_id: int) -> int:
        """Forget the cells that a run has not settled; how many."""
        with self._exclusive():
            return self._drop_cells({"runId": run_id})

    @clear_errors
    def drop_cells(self, cells: Sequence[Cell]) -> None:
        """Forget queued cells (lead, column) that need no answer any more."""
        with self._exclusive():
            for chunk in _chunks(cell_id(*cell) for cell in cells):
                self._drop_cells({"_id": {"$in": chunk}})

    def _drop_cells(self, which: dict[str, Any]) -> int:
        number = 0
        for chunk in _chunks(list(self.db["queue"].find(which, {"leadId": 1, "columnId": 1}))):
            cells = [(int(d["leadId"]), int(d["columnId"])) for d in chunk]
            _show_settled(self.db, cells)
            ids = [document["_id"] for document in chunk]
            number += self.db["queue"].delete_many({"_id": {"$in": ids}}).deleted_count
        return number

    @clear_errors
    def queue_counts(self, run_id: int) -> dict[tuple[int, str], int]:
        """Cells left by (column, reason)."""
        key = {"column": "$columnId", "reason": "$reason"}
        groups = self.db["queue"].aggregate(
            [{"$match": {"runId": run_id}}, {"$group": {"_id": key, "number": {"$sum": 1}}}]
        )
        return {(int(g["_id"]["column"]), g["_id"]["reason"]): int(g["number"]) for g in groups}

    @clear_errors
    def next_due(self, run_id: int, column_id: int, *, late_only: bool = False) -> float | None:
        """When the next unclaimed cell may be claimed; None where none is left."""
        moments: list[float] = []
        mine = {"runId": run_id, "columnId": column_id}
        unclaimed = ("waiting",) if late_only else ("queued", "held", "waiting")
        for reason in (*unclaimed, "running"):
            field = "leaseUntil" if reason == "running" else "notBefore"
            asked = {**mine, "reason": reason, **(LATE if late_only else {})}
            found = self.db["queue"].find(asked, {field: 1}).sort(field).limit(1)
            moments += [float(document[field]) for document in found]
        return min(moments, default=None)

    def _show_reason(self, column_id: int, lead_ids: Sequence[int], reason: str) -> None:
        state = f"states.c{column_id}"
        pending = {f"{state}.status": "pending"}
        for chunk in _chunks(lead_ids):
            self.db["leads"].update_many(
                {"_id": {"$gte": min(chunk), "$lte": max(chunk), "$in": chunk}, **pending},
                {"$set": {f"{state}.reason": reason}},
            )


_DEPENDED_ON = ("members", "state", "stopRequested", "reason")
"""Fields of a run that say whether a change of it still holds."""
_QUEUE_FIELDS = {"leadId": 1, "columnId": 1, "reason": 1, "queuedBy": 1}


def _no_run(run_id: int) -> NotFound:
    return NotFound("run", run_id, next_step="leadsync runs list")


def resync_states(db: Database[Any]) -> None:
    """Make the leads' states say again what the queue says, after a crash between the two."""
    for chunk in _chunks(db["queue"].find({}, _QUEUE_FIELDS)):
        _show_pending(db, chunk)


def _show_pending(db: Database[Any], queued: Sequence[dict[str, Any]]) -> None:
    updates: list[UpdateOne] = []
    for entry in queued:
        state = f"states.c{int(entry['columnId'])}"
        shown = {f"{state}.status": "pending", f"{state}.reason": entry["reason"]}
        updates.append(UpdateOne({"_id": entry["leadId"]}, {"$set": shown}))
    if updates:
        db["leads"].bulk_write(updates, ordered=False)


def _show_settled(db: Database[Any], cells: Sequence[Cell]) -> None:
    tasks = stored_tasks(db, cells)
    updates: list[UpdateOne] = []
    for cell in cells:
        update = LeadUpdate()
        update.put(f"states.c{cell[1]}", state_of(tasks.get(cell)))
        updates.append(UpdateOne({"_id": cell[0]}, update.document))
    if updates:
        db["leads"].bulk_write(updates, ordered=False)


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == CELLS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
