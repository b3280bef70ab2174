"""Connections to the workspace file, and clear errors of SQLite."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from leadsync.core.errors import BusyError, StoreError
from leadsync.core.store.sqlite.migrating import bring_up_to_date

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
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    bring_up_to_date(connection, path)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


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
