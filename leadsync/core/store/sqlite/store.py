"""The store on one SQLite file: connections by thread, units, history, backup."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import StoreError
from leadsync.core.models import Change, UnitRecord, from_doc, now_iso
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.documents import DocumentReads
from leadsync.core.store.sqlite.compile import register_functions
from leadsync.core.store.sqlite.connection import CACHE_KIB, look_between_steps, open_connection
from leadsync.core.store.sqlite.copying import copy_into
from leadsync.core.store.sqlite.dump import dump_records, has_content, load_records
from leadsync.core.store.sqlite.erasing import Erasing
from leadsync.core.store.sqlite.faults import translated_errors
from leadsync.core.store.sqlite.ledger import SentLedger
from leadsync.core.store.sqlite.locking import begin_write
from leadsync.core.store.sqlite.queue import QueueOperations
from leadsync.core.store.sqlite.reads import LeadReads
from leadsync.core.store.sqlite.shared_state import SharedState
from leadsync.core.store.sqlite.tx import SqliteTx
from leadsync.core.store.unit import Unit

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from leadsync.core.models import Doc
    from leadsync.core.store.reading import Reading
    from leadsync.core.store.sqlite.locking import Waiting


class SqliteStore(DocumentReads, LeadReads, QueueOperations, SentLedger, SharedState, Erasing):
    """`protocol.Store` over one file. Each thread has a connection of its own."""

    def __init__(
        self, path: Path, *, waiting: Waiting | None = None, cache_kib: int = CACHE_KIB
    ) -> None:
        """Open the file, making or migrating it where needed.

        Args:
            path: the file.
            waiting: called once for a write that waits for another process for 2 s.
            cache_kib: memory that the connection of each thread may keep pages of the file in.

        Raises:
            StoreError: it is not ours, is damaged, is newer, or cannot be written.
        """
        super().__init__()
        self.path = path
        self._waiting = waiting
        self._cache_kib = cache_kib
        self.url = f"sqlite:///{path}"
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._read()

    def _read(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = open_connection(self.path, cache_kib=self._cache_kib)
            register_functions(connection)
            look_between_steps(connection, self._is_broken_off)
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    def translated(self) -> AbstractContextManager[None]:
        """Turns errors of SQLite into ours."""
        return translated_errors(self.path, reading=getattr(self._local, "reading", None))

    @contextlib.contextmanager
    def cancellable(self, reading: Reading) -> Generator[None]:
        """Let `reading.cancel()` break off what this thread reads inside the block.

        It interrupts the statement that runs at that moment; the next one ends by being asked.
        """
        with reading.interrupted_by(self._read().interrupt):
            self._local.reading = reading
            try:
                yield
            finally:
                self._local.reading = None

    def _is_broken_off(self) -> bool:
        """Whether nobody waits for what this thread reads; SQLite asks while it works."""
        reading: Reading | None = getattr(self._local, "reading", None)
        return reading is not None and reading.is_cancelled

    @contextlib.contextmanager
    def _write(self) -> Generator[sqlite3.Connection]:
        """One immediate transaction; nested uses join the outer one."""
        db = self._read()
        if db.in_transaction:
            yield db
            return
        with self.translated():
            begin_write(db, self._waiting)
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has rolled back by itself
                    db.execute("ROLLBACK")
                raise

    # units and history -------------------------------------------------------------------
    @contextlib.contextmanager
    def unit(self, actor: str, label: str, *, into: int = 0) -> Generator[Unit]:
        """Open a unit of work; leaving it commits all of it with its history, or nothing."""
        with contextlib.suppress(_NothingDoneError), self._write() as db:
            rev = _bump(db, "rev")
            record = self._unit_record(db, actor, label, into)
            tx = SqliteTx(db, record.id, rev)
            unit = Unit(tx, record, self.columns(), self.formulas)
            yield unit
            if not unit.touched:
                raise _NothingDoneError
            tx.put_unit(unit.record)

    def _unit_record(self, db: sqlite3.Connection, actor: str, label: str, into: int) -> UnitRecord:
        if into:
            row = db.execute("SELECT body FROM units WHERE id = ?", (into,)).fetchone()
            if row:
                return from_doc(UnitRecord, json.loads(row[0]))
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'units'").fetchone()
        return UnitRecord(into or (row[0] if row else 0) + 1, actor, label, now_iso())

    @clear_errors
    def units(self, *, limit: int | None = None) -> list[UnitRecord]:
        """Units, newest first."""
        found = self._read().execute(
            "SELECT body FROM units ORDER BY id DESC LIMIT ?", (-1 if limit is None else limit,)
        )
        return [from_doc(UnitRecord, json.loads(body)) for (body,) in found]

    @clear_errors
    def changes(
        self, *, unit_id: int | None = None, lead_id: int | None = None
    ) -> Iterator[Change]:
        """History of a unit, of a lead, or of that lead in that unit, oldest first."""
        asked = {"unit_id": unit_id, "lead_id": lead_id}
        given = {name: value for name, value in asked.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        for seq, unit, lead, fields in self._read().execute(
            f"SELECT seq, unit_id, lead_id, fields FROM changes WHERE {where} ORDER BY seq",  # noqa: S608
            tuple(given.values()),
        ):
            yield Change(seq, unit, lead, json.loads(fields))

    @clear_errors
    def revision(self) -> int:
        """A number that grows with every commit of any process."""
        return self._meta("rev")

    @clear_errors
    def documents_revision(self) -> Any:
        """A value that differs after any document changed."""
        return self._meta("documentsRev")

    def _meta(self, key: str) -> int:
        return self._read().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0]

    # documents ---------------------------------------------------------------------------
    @clear_errors
    def documents(self, kind: str) -> list[Doc]:
        """All documents of a kind, by id."""
        found = self._read().execute(
            "SELECT body FROM documents WHERE kind = ? ORDER BY id", (kind,)
        )
        return [json.loads(body) for (body,) in found]

    @clear_errors
    def get_document(self, kind: str, doc_id: int) -> Doc | None:
        """One document, or None."""
        return SqliteTx(self._read(), 0, 0).get_document(kind, doc_id)

    def save(self, kind: str, body: Doc) -> int:
        """Store a document outside history (runs, remembered mappings); its id."""
        with self._write() as db:
            return SqliteTx(db, 0, _bump(db, "rev")).put_document(kind, body)

    # the store as a thing ----------------------------------------------------------------
    def backup(self, target: Path) -> None:
        """Write a consistent copy to a new file while others go on working."""
        copy_into(self._read(), self.path, target)

    @clear_errors
    def has_content(self) -> bool:
        """Whether a load would lose something."""
        return has_content(self._read())

    @clear_errors
    def records(self) -> Iterator[tuple[str, Doc]]:
        """Everything, as (collection, document) in a stable order."""
        yield from dump_records(self._read())

    def load(self, records: Iterable[tuple[str, Doc]]) -> int:
        """Fill an empty store with dumped records; how many."""
        with self._write() as db:
            if has_content(db):
                raise StoreError(f'"{self.path}" is not empty', next_step="load into a new store")
            db.execute("DELETE FROM units")  # changes of users; those of the dump take their place
            return load_records(db, records)

    @clear_errors
    def check(self) -> list[str]:
        """What is damaged, one sentence each; reads the whole file."""
        found = [str(row[0]) for row in self._read().execute("PRAGMA quick_check(10)")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()


class _NothingDoneError(Exception):
    """Rolls back the transaction of a unit that changed nothing."""


def _bump(db: sqlite3.Connection, key: str) -> int:
    return db.execute(
        "UPDATE meta SET value = value + 1 WHERE key = ? RETURNING value", (key,)
    ).fetchone()[0]
