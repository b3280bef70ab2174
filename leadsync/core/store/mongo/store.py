"""The store on one MongoDB database: units under the write lock, history, backup."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import StoreError
from leadsync.core.models import Change, UnitRecord, from_doc
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.documents import DocumentReads
from leadsync.core.store.mongo.calls import CallJournal
from leadsync.core.store.mongo.commit import operations_of
from leadsync.core.store.mongo.connection import (
    open_database,
    read_meta,
    translated_errors,
)
from leadsync.core.store.mongo.dump import (
    dump_records,
    has_content,
    load_records,
    wipe,
    write_backup,
)
from leadsync.core.store.mongo.erasing import Erasing
from leadsync.core.store.mongo.journal import (
    apply_operations,
    forget_journal,
    forget_journals,
    read_journal,
    remove_hidden_leads,
    write_journal,
)
from leadsync.core.store.mongo.keys import note_owners, owners_of
from leadsync.core.store.mongo.ledger import SentLedger
from leadsync.core.store.mongo.lock import Hold, WriteLock
from leadsync.core.store.mongo.migrating import bring_up_to_date, is_behind
from leadsync.core.store.mongo.numbers import last_number
from leadsync.core.store.mongo.queue import QueueOperations, resync_states
from leadsync.core.store.mongo.reads import LeadReads
from leadsync.core.store.mongo.records import change_from, document_from, unit_from
from leadsync.core.store.mongo.shared_state import SharedState
from leadsync.core.store.mongo.tx import MongoTx, no_step
from leadsync.core.store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from leadsync.core.models import Doc
    from leadsync.core.store.reading import Reading


class MongoStore(
    DocumentReads, LeadReads, QueueOperations, CallJournal, SentLedger, SharedState, Erasing
):
    """`protocol.Store` over one database of a MongoDB server, stand-alone or not."""

    def __init__(self, url: str, *, on_step: Callable[[str], None] = no_step) -> None:
        """Connect, and finish or undo what a crashed process left.

        Args:
            url: `mongodb://…/DATABASE`.
            on_step: is told every step of a unit by name; crash tests stop the process there.

        Raises:
            StoreError: the server does not answer, or the database was written by a newer LeadSync.
            AccessError: the server refused the login.
        """
        super().__init__()
        self.client, self.db, self.place = open_database(url)
        self.url = url
        self._on_step = on_step
        self._local = threading.local()
        self._lock = WriteLock(self.db["locks"], self.place)
        try:
            with translated_errors(self.place):
                if self._lock.is_left_open() or is_behind(self.db):
                    with self._exclusive():
                        bring_up_to_date(self.db)
        except BaseException:
            self.client.close()
            raise

    def translated(self) -> AbstractContextManager[None]:
        """Turns errors of the driver into ours."""
        return translated_errors(self.place)

    @contextlib.contextmanager
    def cancellable(self, reading: Reading) -> Generator[None]:
        """Let `reading.cancel()` break off what this thread reads inside the block.

        It is looked at between documents: a driver has no way to take back a question that its
        server is still thinking about.
        """
        reading.check()
        self._local.reading = reading
        try:
            yield
        finally:
            self._local.reading = None

    def watched(self, documents: Iterable[Any]) -> Iterable[Any]:
        """The same documents, for as long as somebody waits for them."""
        reading: Reading | None = getattr(self._local, "reading", None)
        return documents if reading is None else reading.watched(documents)

    @property
    def tx(self) -> MongoTx | None:
        """The unit that this thread has open."""
        return getattr(self._local, "tx", None)

    @contextlib.contextmanager
    def _exclusive(self) -> Generator[Hold]:
        """Hold the write lock; nested uses of one thread share it."""
        held: Hold | None = getattr(self._local, "hold", None)
        if held is not None:
            yield held
            return
        with self._lock.hold(self._recover) as hold:
            self._local.hold = hold
            try:
                yield hold
            finally:
                self._local.hold = None

    def _recover(self, hold: Hold) -> None:
        """Finish the committed unit of a crashed holder, undo the one that was not."""
        if hold.journal:
            apply_operations(self.db, read_journal(self.db, hold.journal), hold, self._on_step)
            hold.applied()
        forget_journals(self.db)
        remove_hidden_leads(self.db, self._meta("visible") + 1)
        if self._meta("loading"):
            wipe(self.db)
        resync_states(self.db)

    # units and history -------------------------------------------------------------------
    @contextlib.contextmanager
    def unit(self, actor: str, label: str, *, into: int = 0) -> Generator[Unit]:
        """Open a unit of work; leaving it commits all of it with its history, or nothing."""
        with self._staging(into) as tx:
            tx.unit_id, record = self._unit_record(actor, label, into, at=tx.now)
            unit = Unit(tx, record, self.columns(), self.formulas)
            yield unit
            if unit.touched:
                tx.put_unit(unit.record)
                tx.staged.counters.setdefault("units", unit.id)

    @contextlib.contextmanager
    def _staging(self, unit_id: int = 0) -> Generator[MongoTx]:
        """An empty unit under the lock, committed at the end unless it stayed empty."""
        with translated_errors(self.place), self._exclusive() as hold:
            assert self.tx is None, "units do not nest"
            tx = MongoTx(
                self.db,
                unit_id,
                self._meta("rev") + 1,
                visible=self._meta("visible"),
                on_step=self._on_step,
            )
            self._local.tx = tx
            try:
                self._on_step("unit opened")
                yield tx
                staged = tx.staged
                if staged.units or staged.documents:
                    self._commit(hold, tx)
                else:
                    self._roll_back(hold, tx)
            except BaseException:
                self._roll_back(hold, tx)
                raise
            finally:
                self._local.tx = None

    def _commit(self, hold: Hold, tx: MongoTx) -> None:
        operations = operations_of(self.db, tx)
        note_owners(self.db, owners_of(tx.staged.keys.items()))
        hold.check()
        write_journal(self.db, hold.token, operations, self._on_step)
        hold.commit(hold.token)
        self._on_step("committed")
        try:
            apply_operations(self.db, operations, hold, self._on_step)
        except StoreError:
            if hold.is_lost:  # who took the lock over has applied it
                return
            raise
        forget_journal(self.db, hold.token)
        hold.applied()
        self._on_step("journal removed")

    def _roll_back(self, hold: Hold, tx: MongoTx) -> None:
        """Undo what is not committed. Where that fails, the next holder of the lock does it."""
        if hold.journal or hold.is_uncertain:
            return
        try:
            for first, last in tx.staged.created:
                remove_hidden_leads(self.db, first, last)
            forget_journal(self.db, hold.token)
        except BaseException:
            hold.leave_open()
            raise

    def _unit_record(self, actor: str, label: str, into: int, *, at: str) -> tuple[int, UnitRecord]:
        if into:
            stored = self.db["units"].find_one({"_id": into})
            if stored:
                return into, from_doc(UnitRecord, unit_from(stored))
        unit_id = into or last_number(self.db, "units") + 1
        return unit_id, UnitRecord(unit_id, actor, label, at)

    @clear_errors
    def units(self, *, limit: int | None = None) -> list[UnitRecord]:
        """Units, newest first."""
        if limit == 0:
            return []
        stored = self.db["units"].find().sort("_id", -1).limit(limit or 0)
        return [from_doc(UnitRecord, unit_from(document)) for document in stored]

    @clear_errors
    def changes(
        self, *, unit_id: int | None = None, lead_id: int | None = None
    ) -> Iterator[Change]:
        """History of a unit, of a lead, or of that lead in that unit, oldest first."""
        asked = {"unitId": unit_id, "leadId": lead_id}
        query = {name: value for name, value in asked.items() if value is not None}
        for stored in self.db["changes"].find(query).sort("_id").batch_size(1000):
            yield change_from(stored)

    @clear_errors
    def revision(self) -> int:
        """A number that grows with every commit of any process."""
        return self._meta("rev")

    @clear_errors
    def documents_revision(self) -> Any:
        """A value that differs after any document changed."""
        tx = self.tx
        own = (tx.mark, tx.staged.documents_written) if tx else ()
        return (self._meta("documentsRev"), *own)

    def visible(self) -> int:
        """The highest id of a lead whose unit is committed."""
        return self._meta("visible")

    def _meta(self, key: str) -> int:
        return int(read_meta(self.db).get(key, 0))

    # documents ---------------------------------------------------------------------------
    @clear_errors
    def documents(self, kind: str) -> list[Doc]:
        """All documents of a kind, by id, as an open unit of this thread sees them."""
        found = {d["_id"]: document_from(d) for d in self.db[kind].find()}
        if self.tx:
            found |= {i: body for (k, i), body in self.tx.staged.documents.items() if k == kind}
        return [body for _, body in sorted(found.items()) if body is not None]

    @clear_errors
    def get_document(self, kind: str, doc_id: int) -> Doc | None:
        """One document, or None."""
        return (self.tx or MongoTx(self.db, 0, 0)).get_document(kind, doc_id)

    def save(self, kind: str, body: Doc) -> int:
        """Store a document outside history (runs, remembered mappings); its id."""
        if self.tx:
            return self.tx.put_document(kind, body)
        with self._staging() as tx:
            return tx.put_document(kind, body)

    # the store as a thing ----------------------------------------------------------------
    @clear_errors
    def backup(self, target: Path) -> None:
        """Write a dump, one `[collection, record]` a line, gzipped, to a new file.

        Others go on reading; units of others wait until it is written.
        """
        with self._exclusive():
            write_backup(self.records(), target)

    @clear_errors
    def has_content(self) -> bool:
        """Whether a load would lose something."""
        return has_content(self.db)

    @clear_errors
    def records(self) -> Iterator[tuple[str, Doc]]:
        """Everything, as (collection, document) in a stable order."""
        yield from dump_records(self.db)

    @clear_errors
    def load(self, records: Iterable[tuple[str, Doc]]) -> int:
        """Fill an empty store with dumped records; how many."""
        with self._exclusive() as hold:
            if self.has_content():
                raise StoreError(f'"{self.place}" is not empty', next_step="load into a new store")
            self.db["meta"].update_one({"_id": "meta"}, {"$set": {"loading": 1}})
            # Changes of users; those of the dump take their place.
            self.db["units"].delete_many({})
            self.db["counters"].delete_many({"_id": "units"})
            try:
                number = load_records(self.db, records, hold.check)
            except BaseException:
                wipe(self.db)
                raise
            self.db["meta"].update_one({"_id": "meta"}, {"$unset": {"loading": ""}})
            return number

    def check(self) -> list[str]:
        """Nothing: a MongoDB server watches over its own files."""
        return []

    @clear_errors
    def replace(self, records: Iterable[tuple[str, Doc]], kept: Path) -> bool:
        """Load records in the place of what is here, which is backed up to `kept` first.

        Returns:
            Whether there was something to keep; else there is no file `kept`.
        """
        with self._exclusive():
            had_units = self.db["units"].find_one({}, {"_id": 1}) is not None
            had_content = had_units or self.has_content()
            if had_content:
                self.backup(kept)
                self.db["meta"].update_one({"_id": "meta"}, {"$set": {"loading": 1}})
                wipe(self.db)
            self.load(records)
            return had_content

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()
