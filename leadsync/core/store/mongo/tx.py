"""One open unit on MongoDB: `tx_protocol.Tx` over what is stored and what is staged."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from leadsync.core.identity import other_spellings
from leadsync.core.models import Change, Presence, UnitRecord, from_doc, now_iso
from leadsync.core.store.mongo.journal import insert_missing
from leadsync.core.store.mongo.keys import note_owners, owners_of, possible_owners
from leadsync.core.store.mongo.lead_documents import cell_of, lead_cells, path_of, tag_fields
from leadsync.core.store.mongo.numbers import last_number, next_number
from leadsync.core.store.mongo.records import (
    cell_id,
    change_from,
    document_from,
    task_from,
    unit_from,
)
from leadsync.core.store.mongo.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pymongo.database import Database

    from leadsync.core.models import Call, Doc, Value
    from leadsync.core.store.protocol import Row

CHANGES_AT_ONCE = 5000
LEADS_AT_ONCE = 1000
DENSE = 4  # a range is read faster than a list of ids, up to that many ids that nobody asked for


def no_step(_step: str) -> None:
    """Nobody wants to know the steps of units."""


class MongoTx:
    """Stages the writes of one unit. The lock is taken, and the unit committed, by the store."""

    def __init__(
        self,
        db: Database[Any],
        unit_id: int,
        rev: int,
        *,
        visible: int = 0,
        on_step: Callable[[str], None] = no_step,
    ) -> None:
        """Begin with nothing staged, under the write lock.

        Args:
            db: the database.
            unit_id: the unit's id.
            rev: the revision that the store has when the unit is committed.
            visible: the highest id of a lead that counts now.
            on_step: is told each step.
        """
        self._db = db
        self.unit_id = unit_id
        self.rev = rev
        self.visible = visible
        self.now = now_iso()
        self.staged = Staged()
        self.mark = object()  # unlike that of every other unit
        self._on_step = on_step

    # leads -------------------------------------------------------------------------------
    def insert_leads(
        self,
        campaign_id: int,
        slots: Sequence[str],
        rows: Sequence[Sequence[Value]],
        keys: Sequence[Sequence[str]],
        tags: Sequence[Sequence[str]],
    ) -> int:
        """Store new leads, hidden until the unit is committed; the first of their ids."""
        first = next_number(self._db, "leads", len(rows))
        self.staged.created.append((first, first + len(rows) - 1))
        head = {
            "campaignId": campaign_id, "presence": int(Presence.LIVE), "createdAt": self.now,
            "updatedAt": self.now, "createdUnit": self.unit_id, "rev": self.rev,
        }  # fmt: skip
        for start in range(0, len(rows), LEADS_AT_ONCE):
            documents: list[dict[str, Any]] = []
            for at in range(start, min(start + LEADS_AT_ONCE, len(rows))):
                document = {"_id": first + at, **head, **lead_cells(slots, rows[at])}
                if keys[at]:
                    document["keys"] = list(keys[at])
                if at < len(tags):
                    document |= tag_fields(tags[at])
                documents.append(document)
            insert_missing(self._db, "leads", documents)
            self._on_step("leads inserted")
        note_owners(self._db, owners_of(enumerate(keys, first)))
        return first

    def read(self, lead_ids: Sequence[int], slots: Sequence[str]) -> dict[int, Row]:
        """Values by lead, whatever the lead's presence; unknown ids are left out."""
        found: dict[int, Row] = {}
        for document in self.lead_documents(lead_ids, [path_of(slot) for slot in slots]):
            found[int(document["_id"])] = tuple(cell_of(document, slot) for slot in slots)
        return found

    def lead_documents(self, lead_ids: Sequence[int], paths: Sequence[str]) -> list[dict[str, Any]]:
        """These parts of leads, in no order, as this unit sees them."""
        fields = {"_id": 1} | dict.fromkeys(paths, 1)
        found = self._db["leads"].find({"_id": {"$in": list(lead_ids)}}, fields)
        return [self.staged.overlay(document) for document in found]

    def read_facets(self, lead_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The facets (`tag: lock: task:`) that these leads have."""
        facets: dict[int, dict[str, Any]] = {}
        cells: list[str] = []
        for document in self.lead_documents(lead_ids, ["tags", "locked", "states"]):
            own = {f"tag:{tag}": 1 for tag in document.get("tags", ())}
            own |= {f"lock:{int(column)}": 1 for column in document.get("locked", ())}
            if own:
                facets[int(document["_id"])] = own
            # Every cell with a task has a state, so the tasks are found by their ids.
            cells += [cell_id(document["_id"], int(s[1:])) for s in document.get("states", {})]
        for stored in self._db["tasks"].find({"_id": {"$in": cells}}) if cells else ():
            task = task_from(stored)
            cell = (task["leadId"], task["columnId"])
            task["stale"] = self.staged.stale.get(cell, task["stale"])
            facets.setdefault(cell[0], {})[f"task:{cell[1]}"] = task
        self._overlay_tasks(lead_ids, facets)
        return facets

    def _overlay_tasks(self, lead_ids: Sequence[int], facets: dict[int, dict[str, Any]]) -> None:
        wanted = set(lead_ids)
        for (lead_id, column_id), task in self.staged.tasks.items():
            if lead_id in wanted:
                own = facets.setdefault(lead_id, {})
                own.pop(f"task:{column_id}", None)
                if task is not None:
                    own[f"task:{column_id}"] = task

    def lead_ids(self, *, with_task: int = 0) -> array[int]:
        """Ids of all leads, whatever their presence; or of those with a task in that column."""
        if not with_task:
            found = self._db["leads"].find({}, {"_id": 1}).sort("_id")
            return array("q", (int(document["_id"]) for document in found))
        query = {f"states.c{with_task}": {"$ne": None}}  # every cell with a task has a state
        ids = {int(document["_id"]) for document in self._db["leads"].find(query, {"_id": 1})}
        ids |= {lead_id for lead_id, column in self.staged.tasks if column == with_task}
        return array("q", sorted(ids))

    def write(self, values: Mapping[int, Mapping[str, Any]]) -> None:
        """Set slots and facets; keeps `presence`, `updatedAt` and `rev` true."""
        for lead_id, cells in values.items():
            self.staged.write(lead_id, cells)

    def replace_keys(
        self, lead_id: int, old: tuple[int, Sequence[str]], new: tuple[int, Sequence[str]]
    ) -> None:
        """Exchange a lead's identity keys. Its campaign is in its document."""
        del old
        self.staged.keys[lead_id] = tuple(new[1])

    def find_by_keys(self, keys: Sequence[str], campaign_id: int | None) -> dict[str, int]:
        """Identity key -> the lead that has it, as this unit sees it."""
        wanted = {key: key for key in keys} | other_spellings(keys)
        owners: dict[str, list[int]] = {}
        staged = self.staged.keys.items()
        changed = [i for i, own in staged if not wanted.keys().isdisjoint(own)]
        for document in possible_owners(self._db, list(wanted), also=changed):
            lead_id = int(document["_id"])
            campaign = self.staged.slots.get(lead_id, {}).get("campaignId", document["campaignId"])
            counts = lead_id <= self.visible or self.staged.is_created(lead_id)
            if counts and campaign_id in (None, campaign) and self.staged.is_live(document):
                changed_keys = self.staged.keys.get(lead_id)
                own = document.get("keys", ()) if changed_keys is None else changed_keys
                for key in wanted.keys() & own:
                    owners.setdefault(wanted[key], []).append(lead_id)
        return {key: min(found) for key, found in owners.items()}

    def set_created_undone(self, first: int, last: int, *, undone: bool) -> None:
        """Hide leads whose creation was taken back, or show them again."""
        self.staged.undone.append((first, last, undone))

    def set_stale(self, cells: Mapping[tuple[int, int], bool]) -> None:
        """Mark tasks (lead, column) as stale or fresh."""
        for cell, stale in cells.items():
            task = self.staged.tasks.get(cell)
            if task is None:
                self.staged.stale[cell] = stale
            else:
                self.staged.tasks[cell] = {**task, "stale": stale}

    # history -----------------------------------------------------------------------------
    def add_changes(self, changes: Sequence[tuple[int, dict[str, tuple[Any, Any]]]]) -> None:
        """Append history: (lead id, slot -> (before, after)); lead 0 holds documents."""
        seq = self._counter("changes")
        for lead_id, fields in changes:
            seq += 1
            self.staged.changes.append(Change(seq, self.unit_id, lead_id, fields))
        self.staged.counters["changes"] = seq

    def changes(
        self, *, unit_id: int | None = None, lead_ids: Sequence[int] | None = None, after: int = 0
    ) -> list[Change]:
        """History in order of `seq`: of a unit (a page of it) or of leads (all)."""
        if unit_id is not None:
            query = {"unitId": unit_id, "_id": {"$gt": after}}
            staged = [c for c in self.staged.changes if c.unit_id == unit_id and c.seq > after]
            return (self._changes(query, limit=CHANGES_AT_ONCE) + staged)[:CHANGES_AT_ONCE]
        wanted = set(lead_ids or ())
        stored = self._changes({"leadId": _among(wanted)})
        staged = [c for c in self.staged.changes if c.lead_id in wanted]
        return [c for c in stored if c.lead_id in wanted] + staged

    def _changes(self, query: dict[str, Any], *, limit: int = 0) -> list[Change]:
        stored = self._db["changes"].find(query).sort("_id").limit(limit).batch_size(1000)
        return [change_from(document) for document in stored]

    def put_unit(self, record: UnitRecord) -> None:
        """Store the unit's own record."""
        self.staged.units[record.id] = record

    def get_unit(self, unit_id: int) -> UnitRecord | None:
        """A unit's record as this unit sees it."""
        if unit_id in self.staged.units:
            return self.staged.units[unit_id]
        stored = self._db["units"].find_one({"_id": unit_id})
        return from_doc(UnitRecord, unit_from(stored)) if stored else None

    def undone_units(self) -> set[int]:
        """Ids of all units that are taken back."""
        stored = self._db["units"].find({"undoneBy": {"$gt": 0}}, {"_id": 1})
        undone = {int(document["_id"]) for document in stored} - self.staged.units.keys()
        return undone | {i for i, record in self.staged.units.items() if record.undone_by}

    # documents ---------------------------------------------------------------------------
    def put_document(self, kind: str, body: Doc) -> int:
        """Store a document, under a new id where `body` has none or 0; the id."""
        doc_id = int(body.get("id") or 0)
        if not doc_id:
            doc_id = self._counter(kind) + 1
            self.staged.counters[kind] = doc_id
        self._stage_document(kind, doc_id, {**body, "id": doc_id})
        return doc_id

    def _stage_document(self, kind: str, doc_id: int, body: Doc | None) -> None:
        self.staged.documents[kind, doc_id] = body
        self.staged.documents_written += 1

    def remove_document(self, kind: str, doc_id: int) -> None:
        """Take a document away; nothing happens where it is not there."""
        self._stage_document(kind, doc_id, None)

    def get_document(self, kind: str, doc_id: int) -> Doc | None:
        """One document as this unit sees it."""
        if (kind, doc_id) in self.staged.documents:
            return self.staged.documents[kind, doc_id]
        stored = self._db[kind].find_one({"_id": doc_id})
        return document_from(stored) if stored else None

    def in_use(self, kind: str, doc_id: int) -> bool:
        """Whether a lead, in the trash or not, has a value in this column or campaign."""
        slot = "campaignId" if kind == "campaigns" else f"c{doc_id:d}"
        wanted = doc_id if kind == "campaigns" else None
        staged = {i: cells[slot] for i, cells in self.staged.slots.items() if slot in cells}
        holding = [
            i for i, value in staged.items() if value is not None and wanted in (None, value)
        ]
        test = {"$eq": doc_id} if kind == "campaigns" else {"$ne": None}
        query: dict[str, Any] = {path_of(slot): test}
        if hidden := [
            {"_id": {"$gte": a, "$lte": b}} for a, b, undone in self.staged.undone if undone
        ]:
            query["$nor"] = hidden
        found = self._db["leads"].find(query, {"presence": 1})
        if any(self._is_there(d) for d in found if int(d["_id"]) not in staged):
            return True
        return any(
            self._is_there(document)
            for document in self._db["leads"].find({"_id": {"$in": holding}}, {"presence": 1})
        )

    def _is_there(self, document: Mapping[str, Any]) -> bool:
        lead_id = int(document["_id"])
        there = document["presence"] <= Presence.TRASH
        for first, last, undone in self.staged.undone:
            if first <= lead_id <= last:
                there = not undone
        return there

    def add_column_slot(self, column_id: int) -> None:
        """Make room for the values of a new column: documents need none."""

    # tasks and calls ---------------------------------------------------------------------
    def dequeue(self, cells: Sequence[tuple[int, int]]) -> None:
        """Forget queued cells (lead, column) that are settled now."""
        self.staged.dequeued.update(cells)

    def finish_calls(self, calls: Sequence[Call]) -> None:
        """Write down what became of calls that were sent."""
        self.staged.calls.extend(calls)

    def _counter(self, name: str) -> int:
        if name in self.staged.counters:
            return self.staged.counters[name]
        return last_number(self._db, name)


def _among(ids: set[int]) -> dict[str, Any]:
    """A condition for at least these ids: a range where they lie close together."""
    first, last = min(ids, default=0), max(ids, default=-1)
    if last - first < DENSE * len(ids):
        return {"$gte": first, "$lte": last}
    return {"$in": list(ids)}
