"""Read-only SQL over the workspace file, for people who know it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError
from leadsync.core.store.sqlite.compile import register_functions
from leadsync.core.store.sqlite.connection import open_connection
from leadsync.core.store.sqlite.faults import raise_if_stopped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_PRAGMA,  # the connection is read-only; `PRAGMA table_info` is how people look
    }
)


def query_sql(path: Path, sql: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Names and rows of one SELECT; rows are read as they are asked for.

    Raises:
        InputError: it is no SELECT, is not SQL, or names what is not there.
        StoreError: the file cannot be read.
    """
    connection = open_connection(path, writable=False)
    register_functions(connection)
    connection.set_authorizer(_allow_reads)
    try:
        cursor = connection.execute(sql)
    except (sqlite3.DatabaseError, sqlite3.ProgrammingError, sqlite3.Warning) as error:
        connection.close()
        raise_if_stopped(error)
        raise _explained(error) from error
    names = [column[0] for column in cursor.description or ()]
    return names, _rows(connection, cursor)


def _rows(connection: sqlite3.Connection, cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    try:
        yield from cursor
    except sqlite3.DatabaseError as error:
        raise_if_stopped(error)
        raise _explained(error) from error
    finally:
        connection.close()


def _allow_reads(action: int, *_names: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _explained(error: Exception) -> InputError:
    text = str(error)
    if "not authorized" in text or "readonly" in text:
        return InputError(
            "only SELECT is possible here; nothing was changed",
            next_step="change leads with leadsync leads edit, which can be undone",
        )
    return InputError(
        f"SQL: {text}",
        next_step="leadsync sql 'SELECT * FROM lead_sheet LIMIT 5'; tables are in docs/schema.md",
    )
