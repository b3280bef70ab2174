"""One erasure on MongoDB, under the write lock: every step may be done again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import ReplaceOne, UpdateOne

from leadsync.core.models import Column, from_doc
from leadsync.core.store.erasure import change_without, is_erased_entry, remains_of
from leadsync.core.store.identity_slots import IdentitySlots
from leadsync.core.store.mongo.connection import read_meta
from leadsync.core.store.mongo.encoding import pack, unpack
from leadsync.core.store.mongo.keys import note_owners, owners_of
from leadsync.core.store.mongo.lead_documents import LeadUpdate, cell_of
from leadsync.core.store.mongo.records import call_from, call_to, document_from, document_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pymongo.database import Database

    from leadsync.core.store.erased_words import ErasedWords
    from leadsync.core.store.erasure import Erasure

AT_ONCE = 5000
_OF_LEADS = {"history": "changes", "tasks": "tasks", "sent": "sent"}
"""Place -> the collection whose documents have a `leadId`."""

_TEXTS = {
    "tasks": "tasks", "queue": "queue", "labels": "units", "sent": "sent", "": "sharedState",
}  # fmt: skip
_OWN_SLOTS = ("email", "name", "linkedinUrl", "source")


class Eraser:
    """One erasure under the write lock; a rehearsal only counts."""

    def __init__(
        self,
        db: Database[Any],
        erasure: Erasure,
        on_step: Callable[[str], None],
        *,
        rehearsal: bool,
    ) -> None:
        """Take what goes; `on_step` is told each step by name."""
        self._db = db
        self._erasure = erasure
        self._on_step = on_step
        self._rehearsal = rehearsal
        self._counts: Counter[str] = Counter()

    def erase(self) -> Counter[str]:
        """Do it, or count it; how much went, by place."""
        words = self._erasure.everywhere
        for chunk in chunks(self._erasure.lead_ids):  # first, so that nobody claims them now
            self._delete("queue", "queue", {"leadId": {"$in": chunk}})
        self._calls()
        if words is not None:
            self._documents(words)
            self._changes(words)
            for place, collection in _TEXTS.items():
                self._texts(place, collection, words)
            self._cells(words)
            self._told_keys(words)
        for chunk in chunks(self._erasure.lead_ids):
            for place, collection in _OF_LEADS.items():
                self._delete(place, collection, {"leadId": {"$in": chunk}})
                self._on_step(f"erased {collection}")
            self._keys(chunk)
            self._on_step("erased keys")
            self._delete("leads", "leads", {"_id": {"$in": chunk}})
            self._on_step("erased leads")
        if not self._rehearsal:
            self._db["meta"].update_one({"_id": "meta"}, {"$inc": {"rev": 1, "documentsRev": 1}})
        return self._counts

    def _delete(self, place: str, collection: str, which: Mapping[str, Any]) -> None:
        if self._rehearsal:
            self._counts[place] += self._db[collection].count_documents(which)
        else:
            self._counts[place] += self._db[collection].delete_many(which).deleted_count

    def _write(self, place: str, collection: str, requests: Sequence[Any]) -> None:
        if not requests:
            return
        self._counts[place] += len(requests)
        if not self._rehearsal:
            for chunk in chunks(requests):
                self._db[collection].bulk_write(chunk, ordered=False)
        self._on_step(f"erased {collection}")

    def _telling(self, collection: str, words: ErasedWords) -> Iterator[dict[str, Any]]:
        """The documents of a collection that have to be looked at closely: their bytes say so."""
        options: Any = bson.CodecOptions(document_class=RawBSONDocument)
        pieces = [tuple(piece.encode() for piece in entry) for entry in words.marks]
        for document in self._db[collection].with_options(options).find().batch_size(AT_ONCE):
            text = document.raw.lower()
            if any(all(piece in text for piece in entry) for entry in pieces):
                yield _decoded(document.raw)

    def _calls(self) -> None:
        """Empty the calls that were about these leads, and take their part out of shared ones."""
        found: dict[int, Any] = {}
        for chunk in chunks(self._erasure.lead_ids):
            about = self._db["calls"].find({"leadIds": {"$in": chunk}})
            found |= {int(stored["_id"]): stored for stored in about}
        if self._erasure.everywhere is not None:
            telling = self._telling("calls", self._erasure.everywhere)
            found |= {int(stored["_id"]): stored for stored in telling}
        remains = [remains_of(call_from(found[n]), self._erasure) for n in sorted(found)]
        changed = [ReplaceOne({"_id": c.id}, call_to(c)) for c in remains if c is not None]
        self._write("calls", "calls", changed)

    def _changes(self, words: ErasedWords) -> None:
        requests: list[Any] = []
        gone: list[int] = []
        own = frozenset(self._erasure.lead_ids)
        for stored in self._telling("changes", words):
            fields = unpack(stored["fields"])
            hidden = change_without(fields, words)
            if hidden is fields or stored["leadId"] in own:
                continue
            if hidden:
                update = {"$set": {"fields": pack(hidden)}}
                requests.append(UpdateOne({"_id": stored["_id"]}, update))
            else:
                gone.append(stored["_id"])
        self._write("history", "changes", requests)
        for chunk in chunks(gone):
            self._delete("history", "changes", {"_id": {"$in": chunk}})

    def _texts(self, place: str, collection: str, words: ErasedWords) -> None:
        """Hide them in one kind of text about others."""
        requests: list[Any] = []
        for stored in self._telling(collection, words):
            if stored.get("leadId") in self._erasure.lead_ids:
                continue
            rest = {name: item for name, item in unpack(stored).items() if name != "_id"}
            hidden = words.hide_all(rest)
            if hidden is not rest:
                document = {"_id": stored["_id"], **pack(hidden)}
                requests.append(ReplaceOne({"_id": stored["_id"]}, document))
        self._write(place, collection, requests)

    def _documents(self, words: ErasedWords) -> None:
        """Hide them in documents; entries of the suppression list that name them go."""
        for kind in sorted({*read_meta(self._db).get("kinds", []), "runs"}):
            requests: list[Any] = []
            gone: list[int] = []
            for stored in self._telling(kind, words):
                body = document_from(stored)
                hidden = words.hide_all(body)
                if kind == "suppressions" and is_erased_entry(hidden):
                    gone.append(stored["_id"])
                elif hidden is not body:
                    requests.append(ReplaceOne({"_id": stored["_id"]}, document_to(hidden)))
            self._write("documents", kind, requests)
            for chunk in chunks(gone):
                self._delete("suppressions", kind, {"_id": {"$in": chunk}})

    def _cells(self, words: ErasedWords) -> None:
        """Hide them in cells and tags of other leads, whose identity keys follow."""
        own = frozenset(self._erasure.lead_ids)
        columns = [from_doc(Column, document_from(d)) for d in self._db["columns"].find()]
        identity = IdentitySlots(columns)
        requests: list[Any] = []
        keys: list[tuple[int, Sequence[str]]] = []
        for stored in self._telling("leads", words):
            if stored["_id"] in own:
                continue
            update, hidden = _hidden_lead(stored, words)
            if not update.document:
                continue
            slots = list(identity.slots)
            row = [hidden.get(slot, cell_of(stored, slot)) for slot in slots]
            (new,) = identity.keys_of_rows(slots, [row])
            update.put("keys", list(new))
            keys.append((int(stored["_id"]), new))
            requests.append(UpdateOne({"_id": stored["_id"]}, update.document))
        if not self._rehearsal:
            note_owners(self._db, owners_of(keys))
        self._write("cells", "leads", requests)

    def _keys(self, lead_ids: Sequence[int]) -> None:
        """Forget which identity keys these leads had, and keys that nobody has any more."""
        if self._rehearsal:
            return
        which = {"leads": {"$in": list(lead_ids)}}
        self._db["keys"].update_many(which, {"$pull": {"leads": {"$in": list(lead_ids)}}})
        self._db["keys"].delete_many({"leads": []})

    def _told_keys(self, words: ErasedWords) -> None:
        """Forget identity keys that name them; leads that go on have been given others."""
        keys = [d["_id"] for d in self._telling("keys", words) if words.are_in(d["_id"])]
        if not self._rehearsal:
            self._db["keys"].delete_many({"_id": {"$in": keys}})


def _decoded(raw: bytes) -> dict[str, Any]:
    return bson.decode(raw)  # pyright: ignore[reportUnknownMemberType]  # half typed by its authors


def _hidden_lead(
    stored: Mapping[str, Any], words: ErasedWords
) -> tuple[LeadUpdate, dict[str, Any]]:
    """What a lead's document becomes without these words, and the cells that change."""
    update = LeadUpdate()
    slots = [*_OWN_SLOTS, *stored.get("customFields", {})]
    hidden: dict[str, Any] = {}
    for slot in slots:
        cell = cell_of(stored, slot)
        if isinstance(cell, str) and (text := words.hide(cell)) != cell:
            hidden[slot] = text
            update.put_cell(slot, text)
    tags = [words.hide(tag) for tag in stored.get("tags", ())]
    if tags != list(stored.get("tags", ())):
        update.put_tags(tags)
    return update, hidden


def chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Ids or requests as parts that one operation takes."""
    every = list(items)
    return (every[at : at + AT_ONCE] for at in range(0, len(every), AT_ONCE))
