"""A consistent copy of a workspace file, for its owner alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, StoreError
from leadsync.core.store.sqlite.faults import translated_errors

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def copy_into(connection: sqlite3.Connection, source: Path, target: Path) -> None:
    """Write what the connection sees of `source` to a new file, while others go on with it.

    Raises:
        InputError: there is a file of that name.
        StoreError: the target cannot be written or its disk is full, or the source is damaged.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise InputError(f'"{target}" is there already', next_step="name a new file") from error
    except OSError as error:
        raise StoreError(
            f'"{target}" cannot be written: {error.strerror}', next_step="name another file"
        ) from error
    try:
        with translated_errors(source, written=target):
            connection.execute("VACUUM INTO ?", (str(target),))
    except BaseException:
        target.unlink()
        raise


def dated_name(path: Path, what: str) -> Path:
    """A name beside `path` that nothing has yet: `leadsync.db.before-upgrade-20260301T090000`."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    name = path.with_name(f"{path.name}.{what}-{stamp}")
    number = 1
    while name.exists():
        number += 1
        name = path.with_name(f"{path.name}.{what}-{stamp}-{number}")
    return name
