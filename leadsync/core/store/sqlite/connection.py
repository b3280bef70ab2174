"""Connections to the workspace file."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from leadsync.core.errors import StoreError
from leadsync.core.store.sqlite.faults import translated_errors
from leadsync.core.store.sqlite.locking import BUSY_TIMEOUT_S
from leadsync.core.store.sqlite.migrating import bring_up_to_date, check_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CACHE_KIB = 65_536  # 64 MB: the identity keys of a million leads stay in memory while importing
STEPS_BETWEEN_LOOKS = 100_000  # of SQLite's machine: about 2 ms


def look_between_steps(connection: sqlite3.Connection, is_over: Callable[[], bool]) -> None:
    """Ask every few milliseconds of a query whether it is to end; Ctrl-C ends it as before."""
    connection.set_progress_handler(is_over, STEPS_BETWEEN_LOOKS)


def open_connection(
    path: Path, *, writable: bool = True, cache_kib: int = CACHE_KIB
) -> sqlite3.Connection:
    """A connection in autocommit mode, in WAL, with our pragmas; Ctrl-C ends its queries.

    A file that this user may not write is opened for reading.

    Raises:
        StoreError: not our file, damaged, not readable, or written by a newer LeadSync.
        KeyboardInterrupt: the user does not want to wait for another process.
    """
    with translated_errors(path):
        if path.exists() and not path.is_file():
            raise StoreError(f'"{path}" is no file', next_step="name another file with --store")
        if writable:
            _create_private(path)
        if not writable or not os.access(path, os.W_OK):
            connection = _open_for_reading(path)
            check_version(connection, path)
            return _interruptible(connection)
        connection = _interruptible(_connect(path))
        try:
            _set_up(connection, path, cache_kib)
        except BaseException:
            connection.close()
            raise
    return connection


def _connect(database: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(
        database,
        timeout=BUSY_TIMEOUT_S,
        uri=isinstance(database, str),
        isolation_level=None,
        check_same_thread=False,
    )


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Where the folder may not be written either, SQLite reads only what it is told not to change."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = _connect(address)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(f"{path.name}-wal").exists():
            raise
        return _connect(f"{address}&immutable=1")
    except BaseException:
        connection.close()
        raise
    return connection


def _interruptible(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.set_progress_handler(_go_on, STEPS_BETWEEN_LOOKS)
    return connection


def _go_on() -> int:
    """Python runs the handlers of signals before it runs this."""
    return 0


def _create_private(path: Path) -> None:
    """Make the file and its folder for the owner alone, without a moment of wider access."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f'the store "{path}" cannot be made: {error.strerror}',
            next_step="check the permissions of the folder, or name another with --store",
        ) from error


def _set_up(connection: sqlite3.Connection, path: Path, cache_kib: int) -> None:
    connection.execute(f"PRAGMA cache_size = -{cache_kib:d}")
    bring_up_to_date(connection, path)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
