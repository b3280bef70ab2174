"""Reading leads from MongoDB: ids, rows, counts, streams, states."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from leadsync.core.identity import other_spellings
from leadsync.core.models import CellState, Presence, Reason, Status
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.mongo.commit import stored_tasks
from leadsync.core.store.mongo.compile import compile_filter, sort_key
from leadsync.core.store.mongo.encoding import unpack_value
from leadsync.core.store.mongo.keys import possible_owners
from leadsync.core.store.mongo.lead_documents import cell_of, path_of
from leadsync.core.store.mongo.records import cell_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pymongo.database import Database

    from leadsync.core.models import Campaign, Doc, Sort
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.store.mongo.tx import MongoTx
    from leadsync.core.store.protocol import Row

LEADS_AT_ONCE = 1000

_OWN_SLOTS = {
    "id": "_id",
    "email": "email",
    "name": "name",
    "linkedin_url": "linkedinUrl",
    "source": "source",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "campaign": "campaignId",
    "tags": "tags",
}


class LeadReads:
    """The part of the MongoDB store that reads leads."""

    db: Database[Any]

    @property
    def tx(self) -> MongoTx | None:
        """The unit that this thread has open."""
        raise NotImplementedError

    def watched(self, documents: Iterable[Any]) -> Iterable[Any]:
        """The same documents, for as long as somebody waits for them."""
        raise NotImplementedError

    def catalog(self) -> Catalog:
        """The fields that filters and sorts may name now."""
        raise NotImplementedError

    def campaigns(self) -> list[Campaign]:
        """All campaigns by id."""
        raise NotImplementedError

    def visible(self) -> int:
        """The highest id of a lead whose unit is committed."""
        raise NotImplementedError

    def _query(self, filter_doc: Doc, *, trashed: bool) -> dict[str, Any]:
        campaigns = {campaign.name: campaign.id for campaign in self.campaigns()}
        condition = compile_filter(filter_doc, self.catalog(), campaigns)
        own: dict[str, Any] = {"presence": int(trashed), "_id": {"$lte": self.visible()}}
        return {"$and": [own, condition]} if condition else own

    @clear_errors
    def ids(
        self,
        filter_doc: Doc,
        sort: Sequence[Sort] = (),
        *,
        limit: int | None = None,
        trashed: bool = False,
    ) -> array[int]:
        """Ids of the leads that match, in order; by id where no order is asked for."""
        return self._ids(self._query(filter_doc, trashed=trashed), sort, limit)

    def _ids(self, query: dict[str, Any], sort: Sequence[Sort], limit: int | None) -> array[int]:
        if limit == 0:
            return array("q")
        if not sort:
            found = self.db["leads"].find(query, {"_id": 1}).sort("_id").limit(limit or 0)
            return array("q", (document["_id"] for document in self.watched(found)))
        slots, finish = self._selected([item.field for item in sort])
        found = self.db["leads"].find(query, _projection(slots)).sort("_id")
        found = found.batch_size(10 * LEADS_AT_ONCE)
        keyed = [(int(d["_id"]), finish(d)) for d in self.watched(found)]
        # Least key first: sorting is stable, so that the first key decides at last.
        for at in range(len(sort) - 1, -1, -1):
            descending = sort[at].descending
            filled = [pair for pair in keyed if pair[1][at] not in (None, (), "")]
            blank = [pair for pair in keyed if pair[1][at] in (None, (), "")]
            filled.sort(key=lambda pair, at=at: sort_key(pair[1][at]), reverse=descending)
            keyed = filled + blank
        return array("q", (lead_id for lead_id, _ in keyed[:limit]))

    @clear_errors
    def count(self, filter_doc: Doc, *, trashed: bool = False) -> int:
        """How many leads match."""
        return self.db["leads"].count_documents(self._query(filter_doc, trashed=trashed))

    @clear_errors
    def rows(self, lead_ids: Sequence[int], fields: Sequence[str]) -> list[Row]:
        """Fields of these leads, in the order of the ids, trashed ones included."""
        slots, finish = self._selected(fields)
        found: dict[int, Row] = {}
        for start in range(0, len(lead_ids), LEADS_AT_ONCE):
            chunk = list(lead_ids[start : start + LEADS_AT_ONCE])
            for document in self._documents(chunk, slots):
                found[document["_id"]] = finish(document)
        return [found[lead_id] for lead_id in lead_ids if lead_id in found]

    def _documents(self, lead_ids: list[int], slots: Sequence[str]) -> Iterator[dict[str, Any]]:
        tx, visible = self.tx, self.visible()
        # By id alone and nothing beside: every server answers that from its index.
        for document in self.db["leads"].find({"_id": {"$in": lead_ids}}, _projection(slots)):
            own = tx is not None and tx.staged.is_created(document["_id"])
            if own or (document["_id"] <= visible and document["presence"] <= Presence.TRASH):
                yield tx.staged.overlay(document) if tx else document

    @clear_errors
    def scan(
        self,
        filter_doc: Doc,
        fields: Sequence[str],
        sort: Sequence[Sort] = (),
        *,
        trashed: bool = False,
    ) -> Iterator[Row]:
        """Stream fields of all leads that match; memory does not grow with their number."""
        query = self._query(filter_doc, trashed=trashed)
        slots, finish = self._selected(fields)
        if not sort:
            found = self.db["leads"].find(query, _projection(slots)).sort("_id")
            yield from map(finish, self.watched(found.batch_size(LEADS_AT_ONCE)))
            return
        ordered = self._ids(query, sort, None)
        for start in range(0, len(ordered), LEADS_AT_ONCE):
            yield from self.rows(ordered[start : start + LEADS_AT_ONCE], fields)

    @clear_errors
    def value_counts(self, filter_doc: Doc, field: str, *, limit: int) -> list[tuple[Any, int]]:
        """The most frequent values of a field (None: blank) with their counts."""
        if limit < 1:
            return []
        (slot,), _ = self._selected([field])
        path = "_id" if slot == "_id" else path_of(slot) if slot != "tags" else "tags"
        groups: list[dict[str, Any]] = [{"$match": self._query(filter_doc, trashed=False)}]
        if slot == "tags":
            groups.append({"$unwind": "$tags"})
        found = self.db["leads"].aggregate(
            [
                *groups,
                {"$group": {"_id": {"$ifNull": [f"${path}", None]}, "number": {"$sum": 1}}},
                {"$sort": {"number": -1, "_id": 1}},
                {"$limit": limit},
            ]
        )
        counts = [(unpack_value(group["_id"]), int(group["number"])) for group in found]
        if slot != "campaignId":
            return counts
        by_id = {campaign.id: campaign.name for campaign in self.campaigns()}
        return [(by_id.get(value), number) for value, number in counts]

    def _selected(
        self, fields: Sequence[str]
    ) -> tuple[list[str], Callable[[Mapping[str, Any]], Row]]:
        """Slots of the fields, and how to make a row of a document."""
        catalog = self.catalog()
        slots: list[str] = []
        for field in fields:
            reference = catalog.resolve(field)
            slots.append(reference.column.slot if reference.column else _OWN_SLOTS[reference.key])
        names: dict[int, str] = {}
        if "campaignId" in slots:
            names = {campaign.id: campaign.name for campaign in self.campaigns()}

        def finish(document: Mapping[str, Any]) -> Row:
            return tuple(_cell(document, slot, names) for slot in slots)

        return slots, finish

    @clear_errors
    def states(
        self, lead_ids: Sequence[int], column_ids: Sequence[int]
    ) -> dict[tuple[int, int], CellState]:
        """States of running cells, by (lead, column); cells without any are left out."""
        states: dict[tuple[int, int], CellState] = {}
        for start in range(0, len(lead_ids), LEADS_AT_ONCE):
            states |= self._states(lead_ids[start : start + LEADS_AT_ONCE], column_ids)
        return states

    def _states(
        self, lead_ids: Sequence[int], column_ids: Sequence[int]
    ) -> dict[tuple[int, int], CellState]:
        wanted = set(column_ids)
        locked: set[tuple[int, int]] = set()
        cells: set[tuple[int, int]] = set()
        fields = {"locked": 1, "states": 1}
        for document in self.db["leads"].find({"_id": {"$in": list(lead_ids)}}, fields):
            lead_id = int(document["_id"])
            locked |= {(lead_id, int(c)) for c in document.get("locked", ()) if c in wanted}
            with_state = {int(slot[1:]) for slot in document.get("states", {})}
            cells |= {(lead_id, column) for column in with_state & wanted}
        states: dict[tuple[int, int], CellState] = {}
        for cell, task in stored_tasks(self.db, list(cells)).items():
            states[cell] = CellState(
                Status(task["status"]), Reason(task["reason"]), bool(task["stale"]),
                cell in locked, task.get("detail", ""),
            )  # fmt: skip
        for cell, reason in self._queued(cells).items():
            state = states.get(cell, CellState(locked=cell in locked))
            states[cell] = state.queued(Reason(reason))
        for cell in locked:
            states.setdefault(cell, CellState(locked=True))
        return states

    def _queued(self, cells: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
        ids = [cell_id(*cell) for cell in cells]
        found = self.db["queue"].find({"_id": {"$in": ids}}) if ids else ()
        return {(int(d["leadId"]), int(d["columnId"])): d["reason"] for d in found}

    @clear_errors
    def find_by_keys(self, keys: Sequence[str], campaign_id: int | None) -> dict[str, int]:
        """Identity key -> the live lead that has it (the oldest), in one or in any campaign.

        Inside an open unit of this thread its new and changed leads are found, too.
        """
        if self.tx:
            return self.tx.find_by_keys(keys, campaign_id)
        wanted, visible = {key: key for key in keys} | other_spellings(keys), self.visible()
        found: dict[str, int] = {}
        for document in possible_owners(self.db, list(wanted)):
            live = document["presence"] == Presence.LIVE and document["_id"] <= visible
            if live and campaign_id in (None, document["campaignId"]):
                for key in wanted.keys() & document.get("keys", ()):
                    found.setdefault(wanted[key], int(document["_id"]))
        return found


def _projection(slots: Sequence[str]) -> dict[str, int]:
    paths = (slot if slot in ("_id", "tags") else path_of(slot) for slot in slots)
    return {"_id": 1, "presence": 1} | dict.fromkeys(paths, 1)


def _cell(document: Mapping[str, Any], slot: str, campaigns: Mapping[int, str]) -> Any:
    if slot == "tags":
        return tuple(document.get("tags", ()))
    if slot == "campaignId":
        return campaigns.get(document["campaignId"], "")
    return unpack_value(document["_id"]) if slot == "_id" else cell_of(document, slot)
