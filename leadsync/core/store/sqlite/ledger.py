"""What was sent to destinations outside, lead by lead, on SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.sqlite.tx import dumps, marks

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from leadsync.core.models import Doc

VALUES_AT_ONCE = 5000  # bound values per statement; SQLite takes 32,766


class SentLedger:
    """The part of the SQLite store that keeps what was sent. Uses the store's `write` and `read`."""

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def _read(self) -> sqlite3.Connection:
        raise NotImplementedError

    @clear_errors
    def sent(self, destination: str, lead_ids: Sequence[int] | None = None) -> dict[int, Doc]:
        """What was sent to a destination, by lead: of all leads, or of these."""
        asked = "SELECT lead_id, body FROM sent WHERE destination = ?"
        if lead_ids is None:
            rows = self._read().execute(f"{asked} ORDER BY lead_id", (destination,))
            return {lead_id: json.loads(body) for lead_id, body in rows}
        found: dict[int, Doc] = {}
        for chunk in _chunks(lead_ids):
            rows = self._read().execute(
                f"{asked} AND lead_id IN ({marks(len(chunk))})", (destination, *chunk)
            )
            found |= {lead_id: json.loads(body) for lead_id, body in rows}
        return found

    def keep_sent(self, destination: str, entries: Mapping[int, Doc]) -> None:
        """Write down what was sent, in place of what was there, on the disk before it returns."""
        self._read().execute("PRAGMA synchronous = FULL")
        try:
            with self._write() as db:
                db.executemany(
                    "INSERT OR REPLACE INTO sent (destination, lead_id, body) VALUES (?, ?, ?)",
                    ((destination, lead_id, dumps(body)) for lead_id, body in entries.items()),
                )
        finally:
            self._read().execute("PRAGMA synchronous = NORMAL")


def _chunks(lead_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(lead_ids), VALUES_AT_ONCE):
        yield lead_ids[at : at + VALUES_AT_ONCE]
