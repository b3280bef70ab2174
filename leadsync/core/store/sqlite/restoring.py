"""Putting the content of one workspace file in the place of another's."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, StoreError
from leadsync.core.models import ACCESS_KINDS
from leadsync.core.store.sqlite.connection import open_connection
from leadsync.core.store.sqlite.copying import copy_into
from leadsync.core.store.sqlite.faults import raise_if_stopped, translated_errors
from leadsync.core.store.sqlite.locking import BUSY_TIMEOUT_S
from leadsync.core.store.sqlite.schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"SQLite format 3\x00"
PAGES_AT_ONCE = 8  # fewer than an empty store has: the first step must not be the last one
_REVISIONS = ("rev", "documentsRev")


def copy_backup(file: Path, target: Path) -> None:
    """Copy an SQLite backup to a new file, at the schema of this LeadSync.

    Raises:
        InputError: it is of another program, of a newer LeadSync, or damaged.
    """
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as backup:
        try:
            _check(backup, file)
        except sqlite3.DatabaseError as error:
            raise_if_stopped(error)
            raise InputError(
                f'"{file}" is damaged: {error}', next_step="restore an earlier backup"
            ) from error
        copy_into(backup, file, target)
    with closing(open_connection(target)) as content:
        # Who was let out since the backup does not come in by it.
        content.execute("DELETE FROM documents WHERE kind IN ('sessions', 'tokens')")


def _check(backup: sqlite3.Connection, file: Path) -> None:
    if backup.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise InputError(
            f'"{file}" is an SQLite file of another program',
            next_step="give a file that leadsync backup wrote",
        )
    version = backup.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise InputError(
            f'"{file}" was written by a newer LeadSync (schema {version}, this one knows'
            f" {len(MIGRATIONS)})",
            next_step="upgrade LeadSync, then restore it",
        )
    damage = backup.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if damage != "ok":
        raise InputError(f'"{file}" is damaged: {damage}', next_step="restore an earlier backup")


def replace_content(path: Path, source: Path, copy: Path) -> None:
    """Give the store at `path` the content of `source`, after its own was written to `copy`.

    Others may have the store open: they see the one content or the other, and what they wrote
    until then is in the copy. A store too damaged to be copied is moved to `copy` as it is.

    Raises:
        StoreError: the store at `path` is not ours, is newer, or its disk is full.
        BusyError: others wrote all the time.
    """
    try:
        with closing(open_connection(path)) as present:
            _replace(present, path, source, copy)
    except StoreError as error:
        if not _is_damage(error.__cause__):
            raise
        copy.unlink(missing_ok=True)
        _move_aside(path, source, copy)


def _replace(present: sqlite3.Connection, path: Path, source: Path, copy: Path) -> None:
    with translated_errors(path), closing(open_connection(source)) as restored:
        _keep_access(present, restored)
        for name in _REVISIONS:  # caches of processes that have the store open must not be right
            sql = "SELECT value FROM meta WHERE key = ?"
            before = present.execute(sql, (name,)).fetchone()[0]
            restored.execute(
                "UPDATE meta SET value = max(value, ?) + 1 WHERE key = ?", (before, name)
            )
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        with closing(open_connection(path)) as reader:

            def keep_copy(status: int, _remaining: int, _total: int) -> None:
                if status != sqlite3.SQLITE_OK:  # not locked yet; without a limit it would go on
                    if time.monotonic() > deadline:
                        raise sqlite3.OperationalError("locked")
                # After the first step nobody else can write, and readers still see the old content.
                elif not copy.exists():
                    copy_into(reader, path, copy)

            restored.backup(present, pages=PAGES_AT_ONCE, progress=keep_copy)


def _keep_access(present: sqlite3.Connection, restored: sqlite3.Connection) -> None:
    """Let who may enter stay as it is; where nobody ever had to log in, users of the backup may."""
    kinds = sorted(ACCESS_KINDS)
    marks = ", ".join("?" * len(kinds))
    documents = f"FROM documents WHERE kind IN ({marks})"
    kept = present.execute(f"SELECT kind, id, body {documents}", kinds).fetchall()
    if not kept:
        return
    restored.execute(f"DELETE {documents}", kinds)
    restored.executemany("INSERT INTO documents VALUES (?, ?, ?)", kept)
    counters = present.execute(
        f"SELECT key, value FROM meta WHERE key IN ({marks})",  # noqa: S608
        [f"seq:{kind}" for kind in kinds],
    )
    restored.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", counters.fetchall())
    tries = present.execute("SELECT name, body FROM shared_state WHERE name = 'logins'").fetchall()
    restored.executemany("INSERT OR REPLACE INTO shared_state VALUES (?, ?)", tries)


def _is_damage(cause: BaseException | None) -> bool:
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.OperationalError
    )


def _move_aside(path: Path, source: Path, copy: Path) -> None:
    """Keep the damaged files under the copy's name and put `source` in their place."""
    os.link(path, copy)
    for end in ("-wal", "-shm"):
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(copy.with_name(copy.name + end))
    source.replace(path)
