"""Files and databases of older LeadSyncs: copied, brought up to date, or left as they are."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import ConnectionFailure

from leadsync.core.errors import StoreError
from leadsync.core.store.mongo.migrating import STEPS, bring_up_to_date, schema_of
from leadsync.core.store.mongo.store import MongoStore
from leadsync.core.store.sqlite import migrating as sqlite_migrating
from leadsync.core.store.sqlite.schema import MIGRATIONS
from leadsync.core.store.sqlite.store import SqliteStore
from tests.conftest import ROOT
from tests.contract.making import a_campaign, a_lead, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from pymongo.database import Database

NEXT_STEP = "ALTER TABLE leads ADD COLUMN score INTEGER;\nUPDATE leads SET score = 7;\n"
BROKEN_STEP = "ALTER TABLE leads ADD COLUMN score INTEGER;\nUPDATE nowhere SET score = 7;\n"


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A file with a lead, of a LeadSync that knows no step after ours."""
    path = tmp_path / "leadsync.db"
    with closing(SqliteStore(path)) as store:
        a_lead(store, a_campaign(store), email="ada@example.com")
    return path


def upgrade(path: Path, *steps: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as connection:
        sqlite_migrating.bring_up_to_date(connection, path, (*MIGRATIONS, *steps))


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.before-upgrade-*"))


def test_an_older_file_gets_the_missing_steps_and_keeps_its_leads(old_file: Path) -> None:
    upgrade(old_file, NEXT_STEP)
    assert ask(old_file, "SELECT email, score FROM leads") == [("ada@example.com", 7)]
    assert ask(old_file, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]


def test_the_file_as_it_was_is_kept_for_the_owner_alone_and_still_opens(old_file: Path) -> None:
    with closing(SqliteStore(old_file)) as store:
        before = snapshot(store)
    upgrade(old_file, NEXT_STEP)
    (copy,) = copies(old_file)
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(SqliteStore(copy)) as store:
        assert snapshot(store) == before


def test_a_file_that_is_up_to_date_is_not_copied(old_file: Path) -> None:
    upgrade(old_file)
    assert copies(old_file) == []


def test_a_step_that_fails_leaves_the_file_as_it_was(old_file: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        upgrade(old_file, BROKEN_STEP)
    with closing(SqliteStore(old_file)) as store:
        assert store.count({}) == 1
    assert "score" not in [row[1] for row in ask(old_file, "PRAGMA table_info(leads)")]


def test_an_upgrade_killed_in_the_middle_leaves_the_file_as_it_was(old_file: Path) -> None:
    program = (
        "import os, signal, sqlite3, sys\n"
        "from pathlib import Path\n"
        "from leadsync.core.store.sqlite.migrating import bring_up_to_date, MIGRATIONS\n"
        "path = Path(sys.argv[1])\n"
        "connection = sqlite3.connect(path, isolation_level=None)\n"
        "connection.create_function('die', 0, lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        f"bring_up_to_date(connection, path, (*MIGRATIONS, {NEXT_STEP + 'SELECT die()'!r}))\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, old_file], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    with closing(SqliteStore(old_file)) as store:
        assert store.count({}) == 1
    upgrade(old_file, NEXT_STEP)
    assert ask(old_file, "SELECT score FROM leads") == [(7,)]


def test_of_several_that_upgrade_at_once_one_does(old_file: Path) -> None:
    threads = [threading.Thread(target=upgrade, args=(old_file, NEXT_STEP)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ask(old_file, "SELECT score FROM leads") == [(7,)]
    assert len(copies(old_file)) == 1


def test_this_leadsync_refuses_a_file_that_a_newer_one_upgraded(old_file: Path) -> None:
    upgrade(old_file, NEXT_STEP)
    with pytest.raises(StoreError, match="newer LeadSync"):
        SqliteStore(old_file)


@pytest.mark.mongo
def test_an_older_database_is_brought_up_to_date_when_it_is_opened(mongo_db_url: str) -> None:
    with closing(MongoStore(mongo_db_url)) as store:
        a_lead(store, a_campaign(store), email="ada@example.com")
        store.db["meta"].update_one({"_id": "meta"}, {"$set": {"schema": 0}})
        store.db["calls"].drop_index("requestHash_1")
        before = snapshot(store)
    with closing(MongoStore(mongo_db_url)) as store:
        assert snapshot(store) == before
        assert schema_of(store.db) == len(STEPS)
        assert "requestHash_1" in store.db["calls"].index_information()


@pytest.mark.mongo
def test_steps_of_a_database_that_broke_off_go_on_where_they_were(mongo_db_url: str) -> None:
    done: list[str] = []

    def breaks(_database: Database[Any]) -> None:
        done.append("breaks")
        if done.count("breaks") == 1:
            raise ConnectionFailure("cut")

    steps = (*STEPS, lambda _: done.append("first"), breaks, lambda _: done.append("last"))
    with closing(MongoStore(mongo_db_url)) as store:
        with pytest.raises(ConnectionFailure):
            bring_up_to_date(store.db, steps)
        assert schema_of(store.db) == len(STEPS) + 1
        bring_up_to_date(store.db, steps)
        assert done == ["first", "breaks", "breaks", "last"]
        assert schema_of(store.db) == len(steps)
