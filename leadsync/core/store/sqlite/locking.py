"""The wait for the one write lock of a workspace file, which Ctrl-C ends."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Waiting = Callable[[], None]

BUSY_TIMEOUT_S = 120  # an import of a million rows holds the write lock for about 30 s
NOTICE_AFTER_S = 2
LOOK_MS = 200  # SQLite waits deaf to signals: this long at once


def begin_write(
    connection: sqlite3.Connection,
    waiting: Waiting | None = None,
    *,
    wait_s: float = BUSY_TIMEOUT_S,
) -> None:
    """Begin a transaction that may write, after those of others.

    Args:
        connection: in autocommit mode.
        waiting: called once, when it has waited for 2 s.
        wait_s: how long to wait at most.

    Raises:
        sqlite3.OperationalError: others wrote all the time.
    """
    began = time.monotonic()
    connection.execute(f"PRAGMA busy_timeout = {LOOK_MS}")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                waited = time.monotonic() - began
                if "locked" not in str(error) or waited > wait_s:
                    raise
                if waiting and waited > NOTICE_AFTER_S:
                    waiting()
                    waiting = None
            else:
                return
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
