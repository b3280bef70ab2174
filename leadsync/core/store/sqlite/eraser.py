"""One erasure on SQLite, inside an open transaction."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from leadsync.core.models import Call, Column, from_doc
from leadsync.core.store.erasure import change_without, is_erased_entry, remains_of
from leadsync.core.store.identity_slots import IdentitySlots
from leadsync.core.store.sqlite.tx import SqliteTx, dumps, marks, write_calls

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from leadsync.core.store.erased_words import ErasedWords
    from leadsync.core.store.erasure import Erasure

VALUES_AT_ONCE = 5000  # bound values per statement; SQLite takes 32,766
LEADS_AT_ONCE = 1000

ABOUT = (
    "EXISTS (SELECT 1 FROM json_each(calls.body, '$.leadIds') WHERE value IN"
    " (SELECT value FROM json_each(?)))"
)
_OF_LEADS = {
    "history": "changes", "tasks": "tasks", "queue": "queue", "sent": "sent", "": "lead_tags",
    " ": "lead_locks", "  ": "lead_keys",
}  # fmt: skip
"""Place -> the table whose rows belong to leads; blank where they are not counted."""

_TEXTS = {
    "history": ("changes", "fields", "seq"),
    "tasks": ("tasks", "body", "lead_id, column_id"),
    "queue": ("queue", "handle", "position"),
    "labels": ("units", "body", "id"),
    "documents": ("documents", "body", "kind, id"),
    "sent": ("sent", "body", "destination, lead_id"),
    "": ("shared_state", "body", "name"),
}
"""Place -> where text of others stands: table, column, key."""


class Eraser:
    """One erasure inside an open transaction."""

    def __init__(self, db: sqlite3.Connection, erasure: Erasure) -> None:
        """Take what goes."""
        self._db = db
        self._erasure = erasure
        self._counts: Counter[str] = Counter()

    def erase(self) -> Counter[str]:
        """Do it; how much went, by place."""
        self._calls()
        for chunk in chunks(self._erasure.lead_ids):
            which = f"lead_id IN ({marks(len(chunk))})"
            for place, table in _OF_LEADS.items():
                self._delete(place, f"{table} WHERE {which}", chunk)
            self._delete("leads", f"leads WHERE id IN ({marks(len(chunk))})", chunk)
        if self._erasure.everywhere is not None:
            self._suppressions(self._erasure.everywhere)
            self._cells(self._erasure.everywhere)
            self._tags(self._erasure.everywhere)
            for place in _TEXTS:
                self._texts(place, self._erasure.everywhere)
        for name in ("rev", "documentsRev"):
            self._db.execute("UPDATE meta SET value = value + 1 WHERE key = ?", (name,))
        return self._counts

    def _delete(self, place: str, which: str, values: Sequence[int]) -> None:
        self._counts[place] += self._db.execute(f"DELETE FROM {which}", values).rowcount  # noqa: S608

    def _calls(self) -> None:
        """Empty the calls that were about these leads, and take their part out of shared ones."""
        ids = json.dumps(self._erasure.lead_ids)
        where, values = _telling(self._erasure.everywhere, "body")
        for body in self._bodies(f"calls WHERE {ABOUT} OR {where}", [ids, *values]):
            stays = remains_of(from_doc(Call, json.loads(body)), self._erasure)
            if stays is not None:
                write_calls(self._db, [stays])
                self._counts["calls"] += 1

    def _bodies(self, which: str, values: Sequence[Any]) -> list[str]:
        sql = f"SELECT body FROM {which} ORDER BY id"  # noqa: S608 - our own words
        return [body for (body,) in self._db.execute(sql, values)]

    def _suppressions(self, words: ErasedWords) -> None:
        """Take entries off the list that name the address: its hash stands there now."""
        documents = "documents WHERE kind = 'suppressions'"
        for body in self._bodies(documents, ()):
            document = json.loads(body)
            if is_erased_entry(words.hide_all(document)):
                self._delete("suppressions", f"{documents} AND id = ?", [document["id"]])

    def _texts(self, place: str, words: ErasedWords) -> None:
        """Hide them in one kind of text about others."""
        table, column, key = _TEXTS[place]
        where, values = _telling(words, column)
        for text, *which in self._db.execute(
            f"SELECT {column}, {key} FROM {table} WHERE {where}",  # noqa: S608 - our own words
            values,
        ).fetchall():
            if not text:
                continue
            value = json.loads(text)
            hidden = change_without(value, words) if table == "changes" else words.hide_all(value)
            if hidden is value:
                continue
            test = f"{table} WHERE {' AND '.join(f'{name} = ?' for name in key.split(', '))}"
            if hidden:
                which_row = test.removeprefix(table)
                sql = f"UPDATE {table} SET {column} = ?{which_row}"  # noqa: S608 - our own words
                self._db.execute(sql, (dumps(hidden), *which))
                self._counts[place] += 1
            else:
                self._delete(place, test, which)

    def _tags(self, words: ErasedWords) -> None:
        """Hide them in tags of other leads."""
        where, values = _telling(words, "tag")
        sql = f"SELECT DISTINCT tag FROM lead_tags WHERE {where}"  # noqa: S608 - our own words
        for (tag,) in self._db.execute(sql, values).fetchall():
            if (hidden := words.hide(tag)) != tag:
                changed = "UPDATE OR REPLACE lead_tags SET tag = ? WHERE tag = ?"
                self._counts["cells"] += self._db.execute(changed, (hidden, tag)).rowcount

    def _cells(self, words: ErasedWords) -> None:
        """Hide them in the cells of other leads, whose identity keys follow."""
        names = [
            name for _, name, *_ in self._db.execute("PRAGMA table_info(leads)")
            if name in ("email", "name", "linkedin_url", "source") or name[1:].isdigit()
        ]  # fmt: skip
        every = " || char(10) || ".join(f"coalesce({name}, '')" for name in names)
        where, values = _telling(words, every)
        found = self._db.execute(
            f"SELECT id, {', '.join(names)} FROM leads WHERE {where}",  # noqa: S608
            values,
        ).fetchall()
        changed: dict[int, dict[str, str]] = {}
        for lead_id, *cells in found:
            texts = {n: c for n, c in zip(names, cells, strict=True) if isinstance(c, str)}
            hidden = {name: words.hide(cell) for name, cell in texts.items()}
            if other := {
                name: hidden[name] for name, cell in texts.items() if hidden[name] != cell
            }:
                changed[lead_id] = other
        self._change_cells(changed)
        self._counts["cells"] += sum(map(len, changed.values()))

    def _change_cells(self, changed: dict[int, dict[str, str]]) -> None:
        documents = self._bodies("documents WHERE kind = 'columns'", ())
        identity = IdentitySlots([from_doc(Column, json.loads(body)) for body in documents])
        tx = SqliteTx(self._db, 0, 0)
        for ids in chunks(list(changed), LEADS_AT_ONCE):
            before = identity.keys(tx, ids)
            for lead_id in ids:
                cells = changed[lead_id]
                names = ", ".join(f"{name} = ?" for name in cells)
                sql = f"UPDATE leads SET {names} WHERE id = ?"  # noqa: S608 - columns of ours
                self._db.execute(sql, (*cells.values(), lead_id))
            after = identity.keys(tx, ids)
            for lead_id, old in before.items():
                tx.replace_keys(lead_id, old, after[lead_id])


def _telling(words: ErasedWords | None, text: str) -> tuple[str, list[str]]:
    """SQL that is true for texts that have to be looked at closely, with its values."""
    if words is None or not words.marks:
        return "0", []
    if not all(words.marks):
        return "1", []
    tests = " OR ".join(
        f"({' AND '.join([f'instr(lower({text}), ?) > 0'] * len(pieces))})"
        for pieces in words.marks
    )
    return f"({tests})", [piece for pieces in words.marks for piece in pieces]


def chunks(ids: Sequence[int], number: int = VALUES_AT_ONCE) -> Iterator[Sequence[int]]:
    """Ids as parts that one statement takes."""
    for at in range(0, len(ids), number):
        yield ids[at : at + number]
