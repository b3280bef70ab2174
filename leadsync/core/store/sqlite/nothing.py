"""A store without anything in it, for reading where no store was made yet."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    import sqlite3


class EmptyStore(SqliteStore):
    """Answers as a new store would, takes no write, and leaves no file behind."""

    def __init__(self) -> None:
        """Make it in a folder that goes with it."""
        self._folder = tempfile.TemporaryDirectory(prefix="leadsync-empty-")
        super().__init__(Path(self._folder.name, "leadsync.db"))

    def _read(self) -> sqlite3.Connection:
        connection = super()._read()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def close(self) -> None:
        """Remove it."""
        super().close()
        self._folder.cleanup()
