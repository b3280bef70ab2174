"""What SQLite's errors mean: which file it is about, and what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from leadsync.core.errors import BusyError, LeadSyncError, StoreError
from leadsync.core.store.sqlite.locking import BUSY_TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from leadsync.core.store.reading import Reading

# Readers need a small file beside the store, too, and it cannot grow where a disk is full.
_NO_ROOM_TO_READ = "SQLITE_IOERR_SHMSIZE"

# A signal's handler runs in our functions or in the progress handler, and SQLite says only that
# they failed. They are total: nothing else ends them.
_STOPPED = ("interrupted", "user-defined function raised exception")


@contextlib.contextmanager
def translated_errors(
    path: Path, *, written: Path | None = None, reading: Reading | None = None
) -> Generator[None]:
    """Turn the engine's errors into what happened to which file, and what to do.

    Args:
        path: the file that is read.
        written: the file that is written, where it is another one.
        reading: what is being read, where it can be broken off.

    Raises:
        ReadCancelledError: the read was broken off.
        KeyboardInterrupt: Ctrl-C ended a query.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if reading is not None and str(error) in _STOPPED:
            reading.check()
        raise_if_stopped(error)
        raise _operational(error, written or path) from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise StoreError(
                f'"{path}" is not a LeadSync store', next_step="name another file with --store"
            ) from error
        raise StoreError(
            f'"{path}" is damaged: {error}', next_step="leadsync restore BACKUP"
        ) from error


def raise_if_stopped(error: Exception) -> None:
    """Go on with Ctrl-C where it is what ended a query."""
    if str(error) in _STOPPED:
        raise KeyboardInterrupt from error


def _operational(error: sqlite3.OperationalError, path: Path) -> LeadSyncError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return BusyError(
            f'another process has been writing to "{path}" for over {BUSY_TIMEOUT_S} s',
            next_step="wait for it to end, then run this again",
        )
    if "disk is full" in text or error.sqlite_errorname == _NO_ROOM_TO_READ:
        return StoreError(
            f'no room left on the disk of "{path}"; nothing was written',
            next_step="free some room, then run this again",
        )
    if "readonly" in text or "unable to open" in text:
        return StoreError(
            f'"{path}" cannot be opened for writing',
            next_step="check the permissions of the file and its folder",
        )
    if "I/O error" in text:
        return StoreError(
            f'the disk of "{path}" answered: {text}',
            next_step="look whether it is there, has room and is sound; then run this again",
        )
    return StoreError(f'"{path}" answered: {text}', next_step="leadsync doctor")
