"""Connections to the workspace file: opening, checking, migrating, and clear errors."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leadsync.core.errors import BusyError, StoreError
from leadsync.core.store.sqlite.schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

BUSY_TIMEOUT_S = 120  # an import of a million rows holds the write lock for about 30 s
CACHE_KIB = 65_536  # 64 MB: the identity keys of a million leads stay in memory while importing


def open_connection(path: Path, *, writable: bool = True) -> sqlite3.Connection:
    """A connection in autocommit mode, in WAL, with our pragmas.

    Raises:
        StoreError: not our file, damaged, not readable, or written by a newer LeadSync.
    """
    with translated_errors(path):
        if writable:
            _create_private(path)
            connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        else:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro",
                timeout=BUSY_TIMEOUT_S,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            if writable:
                _set_up(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


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


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise StoreError(
            f'"{path}" is an SQLite file of another program',
            next_step="name another file with --store sqlite:///PATH",
        )
    if version > len(MIGRATIONS):
        raise StoreError(
            f'"{path}" was written by a newer LeadSync (schema {version}, this one knows'
            f" {len(MIGRATIONS)})",
            next_step="upgrade LeadSync, or name another store with --store",
        )
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    if version < len(MIGRATIONS):
        connection.execute("PRAGMA journal_mode = WAL")
        _migrate(connection, path, has_data=bool(tables))
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _migrate(connection: sqlite3.Connection, path: Path, *, has_data: bool) -> None:
    if has_data:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        copy = path.with_name(f"{path.name}.before-upgrade-{stamp}")
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have migrated while we waited for the lock.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in MIGRATIONS[version:]:
            for statement in step.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def translated_errors(path: Path) -> Generator[None]:
    """Turn the engine's errors into what happened to which file, and what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise BusyError(
                f'another process has been writing to "{path}" for over {BUSY_TIMEOUT_S} s',
                next_step="wait for it to end, then run this again",
            ) from error
        if "disk is full" in text or "disk I/O" in text:
            raise StoreError(
                f'no room left on the disk of "{path}"; nothing was written',
                next_step="free some room, then run this again",
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError(
                f'"{path}" cannot be opened for writing',
                next_step="check the permissions of the file and its folder",
            ) from error
        if "interrupted" in text:
            raise
        raise StoreError(f'"{path}" answered: {text}', next_step="leadsync doctor") from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise StoreError(
                f'"{path}" is not a LeadSync store', next_step="name another file with --store"
            ) from error
        raise StoreError(
            f'"{path}" is damaged: {error}', next_step="leadsync restore BACKUP"
        ) from error
