"""Leads that go for good, with all that tells of them, on SQLite.

Rows are deleted with `secure_delete`, which overwrites them; what earlier writes left in free pages
and in the write-ahead log goes with
`overwrite_deleted`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from array import array
from typing import TYPE_CHECKING

from leadsync.core.identity import other_spellings
from leadsync.core.models import Call, from_doc
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.erasure import counted, refuse_asked
from leadsync.core.store.sqlite.eraser import ABOUT, VALUES_AT_ONCE, Eraser, chunks
from leadsync.core.store.sqlite.faults import raise_if_stopped
from leadsync.core.store.sqlite.locking import BUSY_TIMEOUT_S, LOOK_MS
from leadsync.core.store.sqlite.tx import key_hashes, marks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from leadsync.core.models import Doc
    from leadsync.core.store.erasure import Erasure

LOOKS = 15  # 3 s in all: readers of a page are gone by then


class Erasing:
    """The part of the SQLite store that forgets people. Uses the store's `write` and `read`."""

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def _read(self) -> sqlite3.Connection:
        raise NotImplementedError

    @clear_errors
    def owners_of(self, keys: Sequence[str]) -> list[int]:
        """Ids of all leads that have one of these identity keys, in the trash and undone ones too."""
        found: set[int] = set()
        hashes = key_hashes([*keys, *other_spellings(keys)])
        for at in range(0, len(hashes), VALUES_AT_ONCE):
            chunk = hashes[at : at + VALUES_AT_ONCE]
            sql = f"SELECT lead_id FROM lead_keys WHERE hash IN ({marks(len(chunk))})"  # noqa: S608
            found.update(lead_id for (lead_id,) in self._read().execute(sql, chunk))
        return sorted(found)

    @clear_errors
    def calls_about(self, lead_ids: Sequence[int]) -> list[Call]:
        """The calls that were about any of these leads, by id."""
        found = self._read().execute(
            f"SELECT body FROM calls WHERE {ABOUT} ORDER BY id",  # noqa: S608 - our own words
            (json.dumps(list(lead_ids)),),
        )
        return [from_doc(Call, json.loads(body)) for (body,) in found]

    @clear_errors
    def sent_of(self, lead_ids: Sequence[int]) -> list[tuple[str, int, Doc]]:
        """Where these leads were sent: destination, lead, entry of the ledger."""
        found = self._read().execute(
            "SELECT destination, lead_id, body FROM sent WHERE lead_id IN"
            " (SELECT value FROM json_each(?)) ORDER BY lead_id, destination",
            (json.dumps(list(lead_ids)),),
        )
        return [(place, lead_id, json.loads(body)) for place, lead_id, body in found]

    @clear_errors
    def unchanged_since(self, campaign_id: int, before: str) -> array[int]:
        """Ids of a campaign's leads that nothing has changed since then, whatever their presence."""
        sql = "SELECT id FROM leads WHERE campaign_id = ? AND updated_at < ? ORDER BY id"
        return array("q", (row[0] for row in self._read().execute(sql, (campaign_id, before))))

    @clear_errors
    def asking_about(self, lead_ids: Sequence[int]) -> int:
        """The run that is asking about one of these leads now; 0: none."""
        return _asking_about(self._read(), lead_ids)

    def erase_leads(self, erasure: Erasure, *, rehearsal: bool = False) -> dict[str, int]:
        """Remove leads for good with all that tells of them; how much went, by place."""
        self._read().execute("PRAGMA secure_delete = ON")
        counts: dict[str, int] = {}
        try:
            with contextlib.suppress(_RehearsalOverError), self._write() as db:
                erasure = _of_unchanged(db, erasure)
                if not rehearsal:
                    refuse_asked(_asking_about(db, erasure.lead_ids))
                counts = Eraser(db, erasure).erase()
                if rehearsal:
                    raise _RehearsalOverError
        finally:
            self._read().execute("PRAGMA secure_delete = OFF")
        return counted(counts)

    @clear_errors
    def overwrite_deleted(self) -> list[str]:
        """Overwrite what deleted rows have left behind; a sentence for what could not be.

        Whoever asks has removed somebody already, and has more to tell than that: nothing is raised.
        """
        try:
            return self._overwrite(self._read())
        except sqlite3.DatabaseError as error:
            raise_if_stopped(error)
            return [
                f"the file of the store could not be rewritten ({error}): what was deleted may still"
                " be in it; the next erase, or expire that removes a lead, rewrites it"
            ]

    def _overwrite(self, db: sqlite3.Connection) -> list[str]:
        db.execute("VACUUM")
        db.execute(f"PRAGMA busy_timeout = {LOOK_MS}")
        try:
            for _ in range(LOOKS):
                if not db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    return []
        finally:
            db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
        return [
            "another process is reading the store, so that its write-ahead log may still hold what"
            " was erased: end it, then run this again"
        ]


class _RehearsalOverError(Exception):
    """All that was done is taken back."""


def _of_unchanged(db: sqlite3.Connection, erasure: Erasure) -> Erasure:
    """Without leads that were changed after they were found to be old."""
    if not erasure.unchanged_since:
        return erasure
    old: list[int] = []
    for chunk in chunks(erasure.lead_ids):
        sql = f"SELECT id FROM leads WHERE id IN ({marks(len(chunk))}) AND updated_at < ?"  # noqa: S608
        old += [lead_id for (lead_id,) in db.execute(sql, (*chunk, erasure.unchanged_since))]
    return erasure.of(old)


def _asking_about(db: sqlite3.Connection, lead_ids: Sequence[int]) -> int:
    for chunk in chunks(lead_ids):
        row = db.execute(
            f"SELECT run_id FROM queue WHERE lead_id IN ({marks(len(chunk))})"  # noqa: S608
            " AND reason = 'running' AND lease_until > ?",
            (*chunk, time.time()),
        ).fetchone()
        if row:
            return int(row[0])
    return 0
