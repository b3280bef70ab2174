"""State that processes share while they run, on SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leadsync.core.store.sqlite.tx import dumps

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from leadsync.core.models import Doc


class SharedState:
    """The part of the SQLite store that keeps shared state. Uses the store's `write`."""

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def change_shared(self, name: str, change: Callable[[Doc], Doc]) -> Doc:
        """Change a shared document in one step against all other processes; what it is now."""
        with self._write() as db:
            row: Any = db.execute(
                "SELECT body FROM shared_state WHERE name = ?", (name,)
            ).fetchone()
            changed = change(json.loads(row[0]) if row else {})
            db.execute("INSERT OR REPLACE INTO shared_state VALUES (?, ?)", (name, dumps(changed)))
            return changed
