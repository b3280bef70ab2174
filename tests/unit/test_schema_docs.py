"""docs/schema.md says what is really in the store."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core import models
from leadsync.core.access import records
from leadsync.core.access.rights import Role
from leadsync.core.inbound.hooks import Hook
from leadsync.core.models import to_doc
from leadsync.core.store.mongo.journal import Operation, write_journal
from leadsync.core.store.mongo.store import MongoStore
from leadsync.core.store.sqlite.schema import APPLICATION_ID
from leadsync.core.store.sqlite.store import SqliteStore
from tests.conftest import ROOT
from tests.contract.making import a_call, a_run
from tests.contract.test_dump import fill

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "schema.md").read_text()
OURS_TO_SQLITE = ("sqlite_sequence",)
RECORDS: list[Any] = [
    models.Campaign(0, "", ""),
    models.Column(0, "", ""),
    models.View(0, ""),
    models.Task(0, 0, models.Status.SUCCESS, models.Reason.VALUE),
    a_run(),
    a_call(),
    models.UnitRecord(0, "", "", ""),
    Hook(0, ""),
    records.User(0, "", Role.OWNER, "", ""),
    records.Session(0, 0, "", "", ""),
    records.Token(0, 0, "", (), "", "", ""),
]
SAME_AS_DOCUMENTS = {"tasks": "Task", "units": "UnitRecord", "calls": "Call"}


def chapter(title: str) -> str:
    return re.split(r"^## ", PAGE.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[
        0
    ]


def sections(title: str) -> dict[str, str]:
    parts = re.split(r"^### ", chapter(title), flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: part for part in parts}


def names(section: str) -> list[str]:
    """What stands in backticks in the first cells of its table."""
    cells = re.findall(r"^\| (`.*?`.*?) \|", section, flags=re.MULTILINE)
    return [name for cell in cells for name in re.findall("`([^`]+)`", cell)]


def indexes(section: str) -> set[str]:
    line = re.search(r"[Ii]ndexes: (.*)", section)
    return set(re.findall("`([^`]+)`", line[1])) if line else set()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_each_document_is_described_field_by_field(record: object) -> None:
    assert names(sections("Documents")[type(record).__name__]) == list(to_doc(record))


def test_the_tables_of_a_file_are_described_column_by_column(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "leadsync.db")) as store:
        fill(store)
    described = {table: names(text) for table, text in sections("SQLite").items()}
    with closing(sqlite3.connect(tmp_path / "leadsync.db")) as file:
        tables = file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        real = {
            table: [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            for (table,) in tables
            if table not in OURS_TO_SQLITE
        }
    assert described == real


def test_the_view_is_there_from_the_start_and_as_described(tmp_path: Path) -> None:
    promised = re.search("`(id campaign .*?)`", chapter("Looking into it"))
    assert promised
    path = tmp_path / "leadsync.db"
    with closing(SqliteStore(path)) as store:
        with closing(sqlite3.connect(path)) as file:
            at_first = [row[1] for row in file.execute("PRAGMA table_info(lead_sheet)")]
        fill(store)
        with closing(sqlite3.connect(path)) as file:
            filled = [row[1] for row in file.execute("PRAGMA table_info(lead_sheet)")]
    assert at_first == promised[1].split()
    assert filled == [*at_first, "note", "pitch"]


def test_the_mark_of_our_files_is_described() -> None:
    assert f"0x{APPLICATION_ID:X}" in chapter("SQLite")


@pytest.mark.mongo
def test_the_collections_of_a_database_are_described_field_by_field(mongo_db_url: str) -> None:
    described = {
        title.removesuffix(" in MongoDB"): text for title, text in sections("MongoDB").items()
    }
    with closing(MongoStore(mongo_db_url)) as store:
        fill(store)
        with store.unit("ada", "more") as unit:
            unit.edit({1: {"linkedin_url": "https://www.linkedin.com/in/ada", "source": "apollo"}})
        write_journal(store.db, "unit-x", [Operation("leads", "drop", {})], lambda _: None)
        for collection in store.db.list_collection_names():
            documents = store.db[collection].find()
            real = {name for document in documents for name in document}
            text = described.get(collection, "")
            if collection in SAME_AS_DOCUMENTS:
                record = sections("Documents")[SAME_AS_DOCUMENTS[collection]]
                promised = {"_id", *names(record)} - {"id"}
            else:
                promised = set(names(text))
            if promised:
                assert real == promised, collection
            found = set(store.db[collection].index_information()) - {"_id_"}
            assert found == indexes(text), collection
        kinds = re.search("are the collections `(.*?)`", chapter("MongoDB"))
        assert kinds
        assert set(store.db.list_collection_names()) <= {*described, *kinds[1].split()}
