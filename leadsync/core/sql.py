"""Read-only SQL on a workspace, for people who know it: it may read every table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.access.rights import Right
from leadsync.core.errors import InputError
from leadsync.core.store.opening import SQLITE_PREFIX, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.workspace import Workspace


def query_workspace(
    workspace: Workspace, query: str
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Names and rows of one SELECT; rows are read as they are asked for.

    Raises:
        AccessError: the workspace has users, and who asks is no owner: hashes are in its tables.
        InputError: the workspace is not on SQLite, or the query is no SELECT.
        StoreError: the file cannot be read.
    """
    from leadsync.core.store.sqlite.sql import query_sql

    check_has_sql(workspace.config.store)
    workspace.require(Right.ADMIN, "read the tables themselves")
    return query_sql(sqlite_path(workspace.store.url), query)


def check_has_sql(url: str) -> None:
    """Refuse a store that has no SQL.

    Raises:
        InputError: it is on MongoDB.
    """
    if not url.startswith(SQLITE_PREFIX):
        raise InputError(
            "leadsync sql is for the embedded SQLite store; this workspace is on MongoDB",
            next_step="use mongosh, or leadsync leads list --filter JSON",
        )
