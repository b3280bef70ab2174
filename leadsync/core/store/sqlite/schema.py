"""Tables of the embedded store, and the steps that bring older files up to date.

The meaning of each table is in docs/schema.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

APPLICATION_ID = 0x4C53594E  # "LSYN": tells our files from other people's SQLite files

SLOT_COLUMNS = {
    "email": "email",
    "name": "name",
    "linkedinUrl": "linkedin_url",
    "source": "source",
    "campaignId": "campaign_id",
    "deletedAt": "deleted_at",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "presence": "presence",
}
"""Slot -> column of `leads`, for those that every lead has. Others are `c<number>`."""


def column_of(slot: str) -> str:
    """The SQL column of a slot; never anything that a user typed."""
    if slot in SLOT_COLUMNS:
        return SLOT_COLUMNS[slot]
    assert re.fullmatch("c[0-9]+", slot), slot
    return slot


def sheet_view(columns: Sequence[tuple[str, str]]) -> str:
    """SQL of the view `lead_sheet`: leads with human column names, for SQL clients.

    Args:
        columns: (key, slot); keys are checked names (`a-z0-9_`), so they need no escaping
            beyond the quotes.
    """
    named = "".join(f', l.{column_of(slot)} AS "{key}"' for key, slot in columns)
    return (
        "CREATE VIEW lead_sheet AS SELECT l.id, (SELECT json_extract(d.body, '$.name') FROM"  # noqa: S608 - keys are checked names
        " documents d WHERE d.kind = 'campaigns' AND d.id = l.campaign_id) AS campaign,"
        " l.email, l.name, l.linkedin_url, l.source, l.created_at, l.updated_at"
        f"{named} FROM leads l WHERE l.presence = 0"
    )


_TABLES = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('rev', 0), ('documentsRev', 0), ('seq:columns', 0),
        ('seq:campaigns', 0);
    CREATE TABLE documents (
        kind TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE leads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        campaign_id INTEGER NOT NULL,
        email TEXT, name TEXT, linkedin_url TEXT, source TEXT,
        presence INTEGER NOT NULL DEFAULT 0,
        deleted_at TEXT,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        created_unit INTEGER NOT NULL, rev INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE lead_keys (
        hash INTEGER NOT NULL, campaign_id INTEGER NOT NULL, lead_id INTEGER NOT NULL,
        PRIMARY KEY (hash, campaign_id, lead_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lead_tags (
        lead_id INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (lead_id, tag)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lead_locks (
        lead_id INTEGER NOT NULL, column_id INTEGER NOT NULL, PRIMARY KEY (lead_id, column_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tasks (
        lead_id INTEGER NOT NULL, column_id INTEGER NOT NULL,
        status TEXT NOT NULL, reason TEXT NOT NULL, stale INTEGER NOT NULL DEFAULT 0,
        body TEXT NOT NULL, PRIMARY KEY (lead_id, column_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE queue (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id INTEGER NOT NULL, lead_id INTEGER NOT NULL, column_id INTEGER NOT NULL,
        reason TEXT NOT NULL DEFAULT 'queued', attempts INTEGER NOT NULL DEFAULT 0,
        not_before REAL NOT NULL DEFAULT 0, holder TEXT NOT NULL DEFAULT '',
        lease_until REAL NOT NULL DEFAULT 0,
        UNIQUE (lead_id, column_id)
    ) STRICT;
    CREATE INDEX queue_by_run ON queue (run_id, column_id, reason, not_before);
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id INTEGER NOT NULL, request_hash TEXT NOT NULL, state TEXT NOT NULL,
        cacheable INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX calls_by_hash ON calls (request_hash);
    CREATE INDEX calls_by_run ON calls (run_id);
    CREATE TABLE units (
        id INTEGER PRIMARY KEY AUTOINCREMENT, undone_by INTEGER NOT NULL DEFAULT 0,
        body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE changes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, unit_id INTEGER NOT NULL,
        lead_id INTEGER NOT NULL, fields TEXT NOT NULL
    ) STRICT;
    CREATE INDEX changes_by_lead ON changes (lead_id, seq);
    CREATE INDEX changes_by_unit ON changes (unit_id, seq);
"""

_LATE_ANSWERS = """
    ALTER TABLE queue ADD COLUMN handle TEXT NOT NULL DEFAULT '';
"""
_SHARED_STATE = """
    CREATE TABLE shared_state (
        name TEXT PRIMARY KEY, body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
"""

_LONG_QUEUES = """
    DROP INDEX queue_by_run;
    CREATE INDEX queue_by_run ON queue (run_id, column_id, reason);
    CREATE INDEX queue_by_due ON queue (run_id, column_id, reason, not_before)
        WHERE not_before > 0;
    CREATE INDEX queue_by_lease ON queue (run_id, column_id, lease_until)
        WHERE reason = 'running';
"""

_SENT = """
    CREATE TABLE sent (
        destination TEXT NOT NULL, lead_id INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (destination, lead_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sent_by_lead ON sent (lead_id);
"""

MIGRATIONS: tuple[str, ...] = (
    "".join((_TABLES, sheet_view([]))),
    "".join((_LATE_ANSWERS, _SHARED_STATE)),
    _LONG_QUEUES,
    _SENT,
)
"""Append only: step n brings `PRAGMA user_version` from n to n + 1."""
