"""Everything in the store as plain records, and back: the engine's half of dump and load."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError
from leadsync.core.models import ACCESS_KINDS, BESIDE_CONTENT, Call, Column, from_doc
from leadsync.core.store.dump_lines import check_no_access
from leadsync.core.store.identity_slots import IdentitySlots
from leadsync.core.store.sqlite.schema import SLOT_COLUMNS, column_of
from leadsync.core.store.sqlite.tx import SqliteTx, dumps, key_hash, write_calls

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from leadsync.core.models import Doc

_QUEUE = {
    "runId": "run_id", "leadId": "lead_id", "columnId": "column_id", "reason": "reason",
    "attempts": "attempts", "notBefore": "not_before", "handle": "handle",
}  # fmt: skip


def dump_records(db: sqlite3.Connection) -> Iterator[tuple[str, Doc]]:
    """All records in the order and shapes that `Store.records` promises."""
    for key, value in db.execute("SELECT key, value FROM meta WHERE key LIKE 'seq:%' ORDER BY key"):
        if (name := key.removeprefix("seq:")) not in ACCESS_KINDS:
            yield "counters", {"name": name, "value": value}
    for name, value in db.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name"):
        if name in ("leads", "units", "calls", "changes"):
            yield "counters", {"name": name, "value": value}
    for kind, body in db.execute("SELECT kind, body FROM documents ORDER BY kind, id"):
        if kind not in ACCESS_KINDS:
            yield "documents", {"kind": kind, "body": json.loads(body)}
    yield from _bodies(db, "units", "id")
    yield from _leads(db)
    yield from _bodies(db, "tasks", "lead_id, column_id")
    for row in db.execute(f"SELECT {', '.join(_QUEUE.values())} FROM queue ORDER BY position"):  # noqa: S608
        yield "queue", dict(zip(_QUEUE, row, strict=True))
    yield from _bodies(db, "calls", "id")
    for seq, unit_id, lead_id, fields in db.execute(
        "SELECT seq, unit_id, lead_id, fields FROM changes ORDER BY seq"
    ):
        record = {"seq": seq, "unitId": unit_id, "leadId": lead_id, "fields": json.loads(fields)}
        yield "changes", record
    for destination, lead_id, body in db.execute(
        "SELECT destination, lead_id, body FROM sent ORDER BY destination, lead_id"
    ):
        entry = {"destination": destination, "leadId": lead_id, "body": json.loads(body)}
        yield "sent", entry


def _bodies(db: sqlite3.Connection, table: str, order: str) -> Iterator[tuple[str, Doc]]:
    for (body,) in db.execute(f"SELECT body FROM {table} ORDER BY {order}"):  # noqa: S608 - our names
        yield table, json.loads(body)


def _leads(db: sqlite3.Connection) -> Iterator[tuple[str, Doc]]:
    slots = {column: slot for slot, column in SLOT_COLUMNS.items()} | {
        "created_unit": "createdUnit"
    }
    cursor = db.execute(
        "SELECT *, (SELECT json_group_array(tag) FROM lead_tags WHERE lead_id = leads.id) AS tags,"
        " (SELECT json_group_array(column_id) FROM lead_locks WHERE lead_id = leads.id) AS locks"
        " FROM leads ORDER BY id"
    )
    names = [slots.get(item[0], item[0]) for item in cursor.description]
    for row in cursor:
        lead = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        del lead["rev"]
        yield "leads", lead | {"tags": json.loads(row[-2]), "locks": json.loads(row[-1])}


def has_content(db: sqlite3.Connection) -> bool:
    """Whether a load would lose something: units, or documents outside history, as of the erased."""
    marks = ", ".join("?" * len(BESIDE_CONTENT))
    units = "SELECT 1 FROM units WHERE json_extract(body, '$.final') IS NOT 1 LIMIT 1"
    documents = f"SELECT 1 FROM documents WHERE kind NOT IN ({marks}) LIMIT 1"  # noqa: S608
    kinds = sorted(BESIDE_CONTENT)
    return bool(db.execute(units).fetchone() or db.execute(documents, kinds).fetchone())


def load_records(db: sqlite3.Connection, records: Iterable[tuple[str, Doc]]) -> int:
    """Store dumped records in an empty file, inside an open transaction; how many."""
    loader = _Loader(db)
    number = 0
    for collection, record in records:
        number += 1
        loader.load(collection, record)
    return number


class _Loader:
    """Puts records back, table by table; identity keys are computed anew."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._tx = SqliteTx(db, 0, 0)
        self._columns: list[Column] = []

    def load(self, collection: str, record: Doc) -> None:
        store = {
            "counters": self._counter, "documents": self._document, "units": self._unit,
            "leads": self._lead, "tasks": self._task, "queue": self._queue,
            "calls": self._call, "changes": self._change, "sent": self._sent,
        }.get(collection)  # fmt: skip
        if store is None:
            raise InputError(f'the dump holds "{collection}", which this LeadSync does not know')
        store(record)

    def _counter(self, record: Doc) -> None:
        name, value = record["name"], record["value"]
        if name in ("leads", "units", "calls", "changes"):
            self._db.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            self._db.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, value))
            return
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"seq:{name}", value))
        if name == "columns":  # removed columns keep their slots, for undo
            for column_id in range(1, int(value) + 1):
                self._tx.add_column_slot(column_id)

    def _document(self, record: Doc) -> None:
        check_no_access([record["kind"]])
        self._tx.put_document(record["kind"], record["body"])
        if record["kind"] == "columns":
            self._columns.append(from_doc(Column, record["body"]))

    def _unit(self, record: Doc) -> None:
        self._db.execute(
            "INSERT INTO units VALUES (?, ?, ?)", (record["id"], record["undoneBy"], dumps(record))
        )

    def _lead(self, record: Doc) -> None:
        cells = {k: v for k, v in record.items() if k not in ("tags", "locks", "id", "createdUnit")}
        names = ["id", "created_unit", "rev", *(column_of(slot) for slot in cells)]
        values: list[Any] = [record["id"], record["createdUnit"], 0, *cells.values()]
        self._db.execute(
            f"INSERT INTO leads ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",  # noqa: S608
            values,
        )
        for tag in record["tags"]:
            self._db.execute("INSERT INTO lead_tags VALUES (?, ?)", (record["id"], tag))
        for column_id in record["locks"]:
            self._db.execute("INSERT INTO lead_locks VALUES (?, ?)", (record["id"], column_id))
        identity = IdentitySlots(self._columns)
        (keys,) = identity.keys_of_rows(list(cells), [list(cells.values())])
        for key in keys:
            row = (key_hash(key), record["campaignId"], record["id"])
            self._db.execute("INSERT OR IGNORE INTO lead_keys VALUES (?, ?, ?)", row)

    def _task(self, record: Doc) -> None:
        self._tx.write_task(record["leadId"], record["columnId"], record)

    def _queue(self, record: Doc) -> None:
        names = ", ".join(_QUEUE[name] for name in record)
        self._db.execute(
            f"INSERT INTO queue ({names}) VALUES ({', '.join('?' * len(record))})",  # noqa: S608
            list(record.values()),
        )

    def _call(self, record: Doc) -> None:
        write_calls(self._db, [from_doc(Call, record)])

    def _change(self, record: Doc) -> None:
        self._db.execute(
            "INSERT INTO changes VALUES (?, ?, ?, ?)",
            (record["seq"], record["unitId"], record["leadId"], dumps(record["fields"])),
        )

    def _sent(self, record: Doc) -> None:
        self._db.execute(
            "INSERT INTO sent (destination, lead_id, body) VALUES (?, ?, ?)",
            (record["destination"], record["leadId"], dumps(record["body"])),
        )
