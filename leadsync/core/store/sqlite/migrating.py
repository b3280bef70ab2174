"""Bringing a workspace file up to the schema of this LeadSync, after a copy of it was made."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from leadsync.core.errors import StoreError
from leadsync.core.store.sqlite.copying import copy_into, dated_name
from leadsync.core.store.sqlite.locking import begin_write
from leadsync.core.store.sqlite.schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)


def bring_up_to_date(
    connection: sqlite3.Connection, path: Path, steps: Sequence[str] = MIGRATIONS
) -> None:
    """Run the steps that the file has not seen, all or none of them.

    A file that holds something is first copied to `PATH.before-upgrade-<time>`. Other processes
    wait with their writes meanwhile; of several that upgrade at once, one does.

    Args:
        connection: in autocommit mode.
        path: its file.
        steps: step n brings the schema from n to n + 1; statements end with `;` and a new line.

    Raises:
        StoreError: the file is of another program, or a newer LeadSync wrote it.
    """
    version = _known_version(connection, path, steps)
    connection.execute("PRAGMA journal_mode = WAL")  # a backup put in place by hand has another
    if version < len(steps):
        _upgrade(connection, path, steps)


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that cannot be read as it is.

    Raises:
        StoreError: it is of another program, a newer LeadSync wrote it, or it would have to be
            upgraded first.
    """
    if _known_version(connection, path, MIGRATIONS) < len(MIGRATIONS):
        raise StoreError(
            f'"{path}" was written by an older LeadSync and cannot be upgraded: it is read-only',
            next_step="check the permissions of the file",
        )


def _known_version(connection: sqlite3.Connection, path: Path, steps: Sequence[str]) -> int:
    if _schema(connection) and _number(connection, "application_id") != APPLICATION_ID:
        raise StoreError(
            f'"{path}" is an SQLite file of another program',
            next_step="name another file with --store sqlite:///PATH",
        )
    version = _number(connection, "user_version")
    if version > len(steps):
        raise StoreError(
            f'"{path}" was written by a newer LeadSync (schema {version}, this one knows'
            f" {len(steps)})",
            next_step="upgrade LeadSync, or name another store with --store",
        )
    return version


def _upgrade(connection: sqlite3.Connection, path: Path, steps: Sequence[str]) -> None:
    begin_write(connection)
    try:
        # Another process may have done it while this one waited for the lock.
        version = _number(connection, "user_version")
        if 0 < version < len(steps):
            _keep_copy(path)
        for step in steps[version:]:
            for statement in step.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _keep_copy(path: Path) -> None:
    """Copy the file as it was committed last; the writing connection itself cannot do it."""
    copy = dated_name(path, "before-upgrade")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        copy_into(reader, path, copy)
    logger.info("the store was copied to %s before its upgrade", copy)


def _schema(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]
