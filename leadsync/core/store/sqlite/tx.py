"""One open unit on SQLite: the writes of `tx_protocol.Tx` inside one transaction."""

from __future__ import annotations

import hashlib
import json
import struct
from array import array
from typing import TYPE_CHECKING, Any

import orjson

from leadsync.core.identity import other_spellings
from leadsync.core.models import Change, Presence, UnitRecord, from_doc, now_iso, to_doc
from leadsync.core.store.sqlite.schema import column_of, sheet_view

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.models import Call, Doc, Value
    from leadsync.core.store.protocol import Row

CHANGES_AT_ONCE = 5000


def key_hash(key: str) -> int:
    """An identity key as a signed 64-bit number: a fifth of the index that text would need."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def key_hashes(keys: Sequence[str]) -> tuple[int, ...]:
    """The hashes of many keys, in their order; a quarter faster than one by one."""
    blake2b = hashlib.blake2b
    digests = b"".join([blake2b(key.encode(), digest_size=8).digest() for key in keys])
    return struct.unpack(f">{len(keys)}q", digests)


def dumps(value: Any) -> str:
    """JSON as it is stored: compact, Unicode as it is; half characters, which no file takes, escaped."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half characters, numbers of more than 64 bits, keys that are no text
        return json.dumps(value, separators=(",", ":"))


def marks(count: int) -> str:
    """`?,?,?` for that many bound values."""
    return ",".join("?" * count)


class SqliteTx:
    """Writes of one unit. The transaction is opened and closed by the store."""

    def __init__(self, connection: sqlite3.Connection, unit_id: int, rev: int) -> None:
        """Take the connection inside an immediate transaction."""
        self._db = connection
        self.unit_id = unit_id
        self._rev = rev
        self._now = now_iso()
        self._view_is_old = False
        self._task_texts: dict[tuple[int, str], tuple[Doc, str]] = {}

    # leads -------------------------------------------------------------------------------
    def insert_leads(
        self,
        campaign_id: int,
        slots: Sequence[str],
        rows: Sequence[Sequence[Value]],
        keys: Sequence[Sequence[str]],
        tags: Sequence[Sequence[str]],
    ) -> int:
        """Store new live leads with consecutive ids; the first of these ids."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'leads'").fetchone()
        first = (row[0] if row else 0) + 1
        names = "".join(f", {column_of(slot)}" for slot in slots)
        # What all rows share stands in the statement, and SQLite counts the ids: binding six
        # values less a row makes it a fifth faster.
        sql = (
            "INSERT INTO leads (campaign_id, created_at, updated_at, created_unit, rev"  # noqa: S608 - column_of checks
            f"{names}) VALUES ({campaign_id:d}, '{self._now}', '{self._now}', {self.unit_id:d},"
            f" {self._rev:d}{', ?' * len(slots)})"
        )
        self._db.executemany(sql, rows)
        owned = [(key, lead_id) for lead_id, own in enumerate(keys, first) for key in own]
        hashes = key_hashes([key for key, _ in owned])
        hashed = [(h, campaign_id, i) for h, (_, i) in zip(hashes, owned, strict=True)]
        hashed.sort()  # neighbours in the index are written one after another
        self._insert_keys(hashed)
        self._db.executemany(
            "INSERT OR IGNORE INTO lead_tags VALUES (?, ?)",
            ((lead_id, tag) for lead_id, own in enumerate(tags, first) for tag in own),
        )
        return first

    def read(self, lead_ids: Sequence[int], slots: Sequence[str]) -> dict[int, Row]:
        """Values by lead, whatever the lead's presence; unknown ids are left out."""
        names = "".join(f", {column_of(slot)}" for slot in slots)
        found = self._db.execute(
            f"SELECT id{names} FROM leads WHERE id IN ({marks(len(lead_ids))})",  # noqa: S608 - column_of checks
            tuple(lead_ids),
        )
        return {row[0]: row[1:] for row in found}

    def read_facets(self, lead_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The facets (`tag: lock: task:`) that these leads have."""
        facets: dict[int, dict[str, Any]] = {}
        ids = tuple(lead_ids)
        where = f"WHERE lead_id IN ({marks(len(ids))})"
        for lead_id, tag in self._db.execute(f"SELECT lead_id, tag FROM lead_tags {where}", ids):  # noqa: S608
            facets.setdefault(lead_id, {})[f"tag:{tag}"] = 1
        for lead_id, column_id in self._db.execute(
            f"SELECT lead_id, column_id FROM lead_locks {where}",  # noqa: S608
            ids,
        ):
            facets.setdefault(lead_id, {})[f"lock:{column_id}"] = 1
        for lead_id, column_id, body in self._db.execute(
            f"SELECT lead_id, column_id, body FROM tasks {where}",  # noqa: S608
            ids,
        ):
            facets.setdefault(lead_id, {})[f"task:{column_id}"] = json.loads(body)
        return facets

    def lead_ids(self, *, with_task: int = 0) -> array[int]:
        """Ids of all leads, whatever their presence; or of those with a task in that column."""
        if with_task:
            sql = "SELECT lead_id FROM tasks WHERE column_id = ? ORDER BY lead_id"
            return array("q", (row[0] for row in self._db.execute(sql, (with_task,))))
        return array("q", (row[0] for row in self._db.execute("SELECT id FROM leads ORDER BY id")))

    def write(self, values: Mapping[int, Mapping[str, Any]]) -> None:
        """Set slots and facets; keeps `presence`, `updatedAt` and `rev` true."""
        grouped: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        tasks: list[tuple[int, int, Doc, str]] = []
        for lead_id, cells in values.items():
            plain = tuple(slot for slot in cells if ":" not in slot)
            grouped.setdefault(plain, []).append((*(cells[s] for s in plain), lead_id))
            for slot, value in cells.items():
                if value is not None and slot.startswith("task:"):
                    text = dumps(value)
                    tasks.append((lead_id, int(slot[5:]), value, text))
                    self._task_texts[lead_id, slot] = value, text
                elif ":" in slot:
                    self._write_facet(lead_id, slot, value)
        self._insert_tasks(tasks)
        for slots, rows in grouped.items():
            names = "".join(f"{column_of(slot)} = ?, " for slot in slots)
            sql = f"UPDATE leads SET {names} updated_at = ?, rev = ? WHERE id = ?"  # noqa: S608
            stamp = (self._now, self._rev)
            self._db.executemany(sql, ((*row[:-1], *stamp, row[-1]) for row in rows))
            if "deletedAt" in slots:
                self._db.executemany(
                    "UPDATE leads SET presence = deleted_at IS NOT NULL WHERE id = ? AND presence < 2",
                    ((row[-1],) for row in rows),
                )

    def _write_facet(self, lead_id: int, slot: str, value: Any) -> None:
        kind, _, name = slot.partition(":")
        if kind == "task":
            self.write_task(lead_id, int(name), value)
            return
        table, column = {"tag": ("lead_tags", "tag"), "lock": ("lead_locks", "column_id")}[kind]
        key = (lead_id, name if kind == "tag" else int(name))
        if value is None:
            self._db.execute(f"DELETE FROM {table} WHERE lead_id = ? AND {column} = ?", key)  # noqa: S608
        else:
            self._db.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", key)  # noqa: S608

    def write_task(self, lead_id: int, column_id: int, body: Doc | None) -> None:
        """Store a task's document, or forget it (None)."""
        if body is None:
            self._db.execute(
                "DELETE FROM tasks WHERE lead_id = ? AND column_id = ?", (lead_id, column_id)
            )
            return
        self._insert_tasks([(lead_id, column_id, body, dumps(body))])

    def _insert_tasks(self, tasks: Sequence[tuple[int, int, Doc, str]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?, ?)",
            [
                (lead_id, column_id, body["status"], body["reason"], int(body["stale"]), text)
                for lead_id, column_id, body, text in tasks
            ],
        )

    def replace_keys(
        self, lead_id: int, old: tuple[int, Sequence[str]], new: tuple[int, Sequence[str]]
    ) -> None:
        """Exchange a lead's identity keys; each side is (campaign id, keys)."""
        self._db.executemany(
            "DELETE FROM lead_keys WHERE hash = ? AND campaign_id = ? AND lead_id = ?",
            [(key_hash(k), old[0], lead_id) for k in (*old[1], *other_spellings(old[1]))],
        )
        self._insert_keys((key_hash(key), new[0], lead_id) for key in new[1])

    def _insert_keys(self, rows: Iterable[tuple[int, int, int]]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO lead_keys VALUES (?, ?, ?)", rows)

    def set_created_undone(self, first: int, last: int, *, undone: bool) -> None:
        """Hide leads whose creation was taken back, or show them again."""
        presence = f"{Presence.UNDONE:d}" if undone else "(deleted_at IS NOT NULL)"
        self._db.execute(
            f"UPDATE leads SET presence = {presence}, rev = ? WHERE id BETWEEN ? AND ?",  # noqa: S608
            (self._rev, first, last),
        )

    def set_stale(self, cells: Mapping[tuple[int, int], bool]) -> None:
        """Mark tasks (lead, column) as stale or fresh."""
        self._db.executemany(
            "UPDATE tasks SET stale = ?1, body = json_set(body, '$.stale', json(?2))"
            " WHERE lead_id = ?3 AND column_id = ?4",
            [(int(s), "true" if s else "false", lead, col) for (lead, col), s in cells.items()],
        )

    # history -----------------------------------------------------------------------------
    def add_changes(self, changes: Sequence[tuple[int, dict[str, tuple[Any, Any]]]]) -> None:
        """Append history: (lead id, slot -> (before, after)); lead 0 holds documents."""
        self._db.executemany(
            "INSERT INTO changes (unit_id, lead_id, fields) VALUES (?, ?, ?)",
            ((self.unit_id, i, self._history_text(i, fields)) for i, fields in changes),
        )
        self._task_texts.clear()

    def _history_text(self, lead_id: int, fields: Mapping[str, tuple[Any, Any]]) -> str:
        """Changed fields as JSON; a task that was just written is not made into JSON twice."""
        slot = next(iter(fields))
        before, after = fields[slot]
        written, text = self._task_texts.get((lead_id, slot), (None, ""))
        if after is None or written is not after:
            return dumps(fields)
        rest = dumps({name: pair for name, pair in fields.items() if name != slot})
        first = f"{dumps(slot)}:[{dumps(before)},{text}"
        return "{" + first + ("]," + rest[1:] if len(rest) > 2 else "]}")

    def changes(
        self, *, unit_id: int | None = None, lead_ids: Sequence[int] | None = None, after: int = 0
    ) -> list[Change]:
        """History in order of `seq`: of a unit (a page of it) or of leads (all)."""
        if unit_id is not None:
            where, values = (
                f"unit_id = ? AND seq > ? ORDER BY seq LIMIT {CHANGES_AT_ONCE}",
                [
                    unit_id,
                    after,
                ],
            )
        else:
            assert lead_ids is not None
            where, values = f"lead_id IN ({marks(len(lead_ids))}) ORDER BY seq", list(lead_ids)
        return [
            Change(seq, unit, lead, json.loads(fields))
            for seq, unit, lead, fields in self._db.execute(
                f"SELECT seq, unit_id, lead_id, fields FROM changes WHERE {where}",  # noqa: S608
                values,
            )
        ]

    def put_unit(self, record: UnitRecord) -> None:
        """Store the unit's own record."""
        if self._view_is_old:
            self._renew_view()
        self._db.execute(
            "INSERT OR REPLACE INTO units VALUES (?, ?, ?)",
            (record.id, record.undone_by, dumps(to_doc(record))),
        )

    def get_unit(self, unit_id: int) -> UnitRecord | None:
        """A unit's record as this unit sees it."""
        row = self._db.execute("SELECT body FROM units WHERE id = ?", (unit_id,)).fetchone()
        return from_doc(UnitRecord, json.loads(row[0])) if row else None

    def undone_units(self) -> set[int]:
        """Ids of all units that are taken back."""
        return {row[0] for row in self._db.execute("SELECT id FROM units WHERE undone_by > 0")}

    # documents ---------------------------------------------------------------------------
    def put_document(self, kind: str, body: Doc) -> int:
        """Store a document, under a new id where `body` has none or 0; the id."""
        doc_id = int(body.get("id") or 0) or self._next_id(kind)
        self._db.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
            (kind, doc_id, dumps({**body, "id": doc_id})),
        )
        self._documents_changed(kind)
        return doc_id

    def _next_id(self, kind: str) -> int:
        return self._db.execute(
            "INSERT INTO meta VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
            " RETURNING value",
            (f"seq:{kind}",),
        ).fetchone()[0]

    def remove_document(self, kind: str, doc_id: int) -> None:
        """Take a document away; nothing happens where it is not there."""
        self._db.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, doc_id))
        self._documents_changed(kind)

    def get_document(self, kind: str, doc_id: int) -> Doc | None:
        """One document as this unit sees it."""
        row = self._db.execute(
            "SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, doc_id)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def _documents_changed(self, kind: str) -> None:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'documentsRev'")
        if kind == "columns":
            self._view_is_old = True
            if not self.unit_id:
                self._renew_view()

    def _renew_view(self) -> None:
        """Make the view of the columns anew: once a unit, for a file may bring sixty of them."""
        self._db.execute("DROP VIEW IF EXISTS lead_sheet")
        columns = self._db.execute(
            "SELECT json_extract(body, '$.key'), 'c' || id FROM documents"
            " WHERE kind = 'columns' ORDER BY id"
        ).fetchall()
        self._db.execute(sheet_view(columns))
        self._view_is_old = False

    def in_use(self, kind: str, doc_id: int) -> bool:
        """Whether a lead, in the trash or not, has a value in this column or campaign."""
        test = f"campaign_id = {doc_id:d}" if kind == "campaigns" else f"c{doc_id:d} IS NOT NULL"
        sql = f"SELECT 1 FROM leads WHERE presence < 2 AND {test} LIMIT 1"  # noqa: S608 - an integer
        return self._db.execute(sql).fetchone() is not None

    def add_column_slot(self, column_id: int) -> None:
        """Make room for the values of a new column."""
        self._db.execute(f"ALTER TABLE leads ADD COLUMN c{column_id:d} ANY")

    # tasks and calls ---------------------------------------------------------------------
    def dequeue(self, cells: Sequence[tuple[int, int]]) -> None:
        """Forget queued cells (lead, column) that are settled now."""
        self._db.executemany("DELETE FROM queue WHERE lead_id = ? AND column_id = ?", cells)

    def finish_calls(self, calls: Sequence[Call]) -> None:
        """Write down what became of calls that were sent."""
        write_calls(self._db, calls)


def write_calls(connection: sqlite3.Connection, calls: Sequence[Call], *, first: int = 0) -> None:
    """Store calls under the ids they have, or under `first` and those that follow it."""
    ids = range(first, first + len(calls)) if first else [call.id for call in calls]
    connection.executemany(
        "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?)",
        (
            (i, c.run_id, c.request_hash, c.state, int(c.cacheable), dumps(to_doc(c) | {"id": i}))
            for i, c in zip(ids, calls, strict=True)
        ),
    )
