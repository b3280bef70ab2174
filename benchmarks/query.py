"""Questions to a store of 1,000,000 leads x 20 columns, beside SQL written by hand.

The peer is a table of the same cells in plain SQLite, asked with LIKE and NOCASE: it knows
neither accents nor types, keeps no history and no tags, so a ratio near 1 is what is wanted. Each
side runs in a process of its own, which tells its memory.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.lead_data import iter_rows
from benchmarks.measure import compare, run, timed
from leadsync.core.models import Column, ColumnType, Sort
from leadsync.core.query.parse import parse_filter
from leadsync.core.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

    Questions = dict[str, Callable[[], object]]

ROWS = 1_000_000
CHUNK = 10_000
PEER = "plain SQL"
KEYS = (
    "email", "first_name", "last_name", "title", "company", "website", "industry", "employees",
    "revenue", "city", "state", "country", "linkedin_url", "phone", "department", "seniority",
    "technologies", "keywords", "last_contacted", "notes",
)  # fmt: skip
NUMBERS = ("employees", "revenue")
HEADS = 'title~"head of"'
NARROW = f"{HEADS} country:Germany employees>=50"
SQL_HEADS = "title LIKE '%head of%'"
SQL_NARROW = f"{SQL_HEADS} AND country = 'Germany' COLLATE NOCASE AND employees >= 50"
BY_COMPANY = "ORDER BY company COLLATE NOCASE"
PAGE = 50


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours, peers = Path(folder, "leadsync.db"), Path(folder, "plain.db")
        print(f"{rows} leads x {len(KEYS)} columns")
        took, filling = ask("fill-ours", ours, rows)
        peer_took, peer_filling = ask("fill-peer", peers, rows)
        compare("fill, with keys and history", took, peer_took, peer_name=PEER)
        compare("  peak of memory", filling, peer_filling, peer_name=PEER, unit="MiB")
        answers, memory = ask("ours", ours)
        peer_answers, peer_memory = ask("peer", peers)
        for what, (seconds, found) in answers.items():
            peer_seconds, peer_found = peer_answers[what]
            compare(what, seconds, peer_seconds, peer_name=PEER)
            if found != peer_found:
                print(f"  found {found}, the peer {peer_found}")
        compare("peak of memory of all questions", memory, peer_memory, peer_name=PEER, unit="MiB")


def ask(act: str, path: Path, rows: int = 0) -> tuple[Any, float]:
    """What a process of one side prints for an act, and its peak of memory."""
    ran = run([sys.executable, "-m", "benchmarks.query", act, path, str(rows)])
    return json.loads(ran.stdout), ran.peak_mib


def fill_store(path: Path, rows: int) -> None:
    with closing(SqliteStore(path)) as store, store.unit("bench", "fill") as unit:
        inbox = unit.put("campaigns", {"name": "Inbox", "createdAt": "", "settings": {}})
        for key in KEYS:
            if key not in ("email", "linkedin_url"):
                kind = ColumnType.NUMBER if key in NUMBERS else ColumnType.TEXT
                unit.add_column(Column(0, key, key, type=kind))
        for chunk in batched_rows(rows):
            unit.add_leads(inbox, KEYS, chunk)


def fill_table(path: Path, rows: int) -> None:
    names = ", ".join(f"{key} {'INTEGER' if key in NUMBERS else 'TEXT'}" for key in KEYS)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"CREATE TABLE leads (id INTEGER PRIMARY KEY, {names})")
        insert = f"INSERT INTO leads ({', '.join(KEYS)}) VALUES ({', '.join('?' * len(KEYS))})"
        for chunk in batched_rows(rows):
            db.executemany(insert, chunk)
        db.execute("CREATE INDEX leads_by_email ON leads (email)")


def batched_rows(rows: int) -> Iterator[list[list[Any]]]:
    numbers = {KEYS.index(key) for key in NUMBERS}
    generated = iter_rows(rows)
    while chunk := list(islice(generated, CHUNK)):
        yield [[int(c) if n in numbers else c or None for n, c in enumerate(row)] for row in chunk]


def questions_to_store(store: Store) -> Questions:
    company = [Sort("company")]
    email = store.rows([1], ["email"])[0][0]

    def doc(text: str) -> Doc:
        return parse_filter(text, store.catalog())

    def page(text: str, sort: list[Sort]) -> int:
        return len(store.rows(store.ids(doc(text), sort, limit=PAGE), KEYS))

    return {
        "count of all": lambda: store.count({}),
        "count of a filter on one column": lambda: store.count(doc(HEADS)),
        "filter on 3 columns, sort, first 50 rows": lambda: page(NARROW, company),
        "sort of all, first 50 rows": lambda: page("", company),
        "sort of all by number, descending, first 50 rows": lambda: page(
            "", [Sort("employees", descending=True)]
        ),
        "ids of all, by id": lambda: len(store.ids({})),
        "ids of all, sorted by an unindexed column": lambda: len(store.ids({}, company)),
        "ids of one e-mail address, filter": lambda: len(store.ids(doc(f"email:{email}"))),
        "lead of one e-mail address, identity key": lambda: len(
            store.find_by_keys([f"e:{email}"], None)
        ),
        "count of a word in any of the 20 columns": lambda: store.count(doc("zoë")),
        "values of a column with counts": lambda: len(store.value_counts({}, "country", limit=100)),
        "stream of all rows": lambda: sum(1 for _ in store.scan({}, KEYS)),
    }


def questions_to_table(db: sqlite3.Connection) -> Questions:
    names = ", ".join(KEYS)
    email = db.execute("SELECT email FROM leads WHERE id = 1").fetchone()[0]
    anywhere = " OR ".join(f"{key} LIKE '%zoë%'" for key in KEYS)

    def rows(sql: str, *values: object) -> int:
        return len(db.execute(f"SELECT {sql}", values).fetchall())

    def one(sql: str, *values: object) -> int:
        return db.execute(f"SELECT {sql}", values).fetchone()[0]

    return {
        "count of all": lambda: one("count(*) FROM leads"),
        "count of a filter on one column": lambda: one(f"count(*) FROM leads WHERE {SQL_HEADS}"),
        "filter on 3 columns, sort, first 50 rows": lambda: rows(
            f"id, {names} FROM leads WHERE {SQL_NARROW} {BY_COMPANY} LIMIT {PAGE}"
        ),
        "sort of all, first 50 rows": lambda: rows(
            f"id, {names} FROM leads {BY_COMPANY} LIMIT {PAGE}"
        ),
        "sort of all by number, descending, first 50 rows": lambda: rows(
            f"id, {names} FROM leads ORDER BY employees DESC LIMIT {PAGE}"
        ),
        "ids of all, by id": lambda: rows("id FROM leads ORDER BY id"),
        "ids of all, sorted by an unindexed column": lambda: rows(f"id FROM leads {BY_COMPANY}"),
        "ids of one e-mail address, filter": lambda: rows(
            "id FROM leads WHERE email = ? COLLATE NOCASE", email
        ),
        "lead of one e-mail address, identity key": lambda: rows(
            "id FROM leads WHERE email = ?", email
        ),
        "count of a word in any of the 20 columns": lambda: one(
            f"count(*) FROM leads WHERE {anywhere}"
        ),
        "values of a column with counts": lambda: rows(
            "country, count(*) FROM leads GROUP BY country"
        ),
        "stream of all rows": lambda: sum(1 for _ in db.execute(f"SELECT {names} FROM leads")),
    }


def act(name: str, path: Path, rows: int) -> Any:
    """One side's act in this process: seconds to fill, or seconds and finds by question."""
    match name:
        case "fill-ours":
            return timed(lambda: fill_store(path, rows), rounds=1)[0]
        case "fill-peer":
            return timed(lambda: fill_table(path, rows), rounds=1)[0]
        case "ours":
            with closing(SqliteStore(path)) as store:
                return {what: timed(work) for what, work in questions_to_store(store).items()}
        case _:
            with closing(sqlite3.connect(path)) as db:
                return {what: timed(work) for what, work in questions_to_table(db).items()}


if __name__ == "__main__":
    print(json.dumps(act(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
