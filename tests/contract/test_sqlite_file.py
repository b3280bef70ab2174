"""Opening a store in a file: private, ours, whole, not newer; else one clear error."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leadsync.core.campaign_settings import set_campaign
from leadsync.core.erasure.erased_text import advice_lines, expiry_lines
from leadsync.core.erasure.erasing import erase
from leadsync.core.erasure.retention import expire
from leadsync.core.errors import StoreError
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.full_disk import no_file_beyond
from tests.contract.making import a_campaign, a_column, a_workspace, some_leads

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_file_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "leadsync.db"
    with closing(SqliteStore(path)):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_text_file_is_not_a_store(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("email,name\n" * 1000)
    with pytest.raises(StoreError, match="not a LeadSync store"):
        SqliteStore(path)


def test_a_file_of_a_newer_leadsync_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leadsync.db"
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer LeadSync"):
        SqliteStore(path)


def test_a_backup_put_in_place_by_hand_is_read_while_others_write(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "past.db")) as past:
        a_campaign(past)
        past.backup(tmp_path / "leadsync.db")
    with (
        closing(SqliteStore(tmp_path / "leadsync.db")) as store,
        closing(SqliteStore(tmp_path / "leadsync.db")) as other,
        store.unit("ada", "import") as unit,
    ):
        unit.add_leads(1, ["name"], [["Ada"]])
        assert other.count({}) == 0


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        SqliteStore(tmp_path)


def test_a_damaged_page_is_a_clear_error_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "leadsync.db"
    with closing(SqliteStore(path)) as store:
        rows = [{"name": f"Person {n} " + "x" * 200} for n in range(3000)]
        ids = some_leads(store, a_campaign(store), rows)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 4)
        file.write(b"\xff" * (size // 2))
    with closing(SqliteStore(path)) as store, pytest.raises(StoreError, match="damaged"):
        list(store.scan({}, ["name"]))
    with closing(SqliteStore(path)) as store, pytest.raises(StoreError, match="damaged"):
        store.rows(ids, ["name"])


def test_a_store_on_a_full_disk_says_so_to_who_only_reads(tmp_path: Path) -> None:
    path = tmp_path / "leadsync.db"
    SqliteStore(path).close()
    with (
        no_file_beyond(4096),
        pytest.raises(StoreError, match=r'no room left on the disk of ".*leadsync\.db"') as told,
        closing(SqliteStore(path)) as store,
    ):
        store.count({})
    assert told.value.next_step.startswith("free some room")


def test_who_was_erased_is_told_although_the_file_cannot_be_rewritten(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "leadsync.db")) as store:
        a_column(store, "note")
        some_leads(store, a_campaign(store, "Q3"), [{"email": "bob@acme.com"}])
        texts = [f"{n} " * 3000 for n in range(300)]
        rows = [{"email": f"n{n}@acme.com", "note": text} for n, text in enumerate(texts)]
        some_leads(store, a_campaign(store, "Q4"), rows)
        store.overwrite_deleted()
        workspace = a_workspace(store, tmp_path)
        with no_file_beyond(600_000):
            done = erase(workspace, "n1@acme.com")
            set_campaign(workspace, "Q3", retention_days=30)
            (expiry,) = expire(workspace, now=datetime.now(UTC) + timedelta(days=31))
        assert done.counts["leads"] == 1
        assert "the file of the store could not be rewritten" in "\n".join(advice_lines(done))
        assert expiry.leads == 1
        assert "could not be rewritten" in "\n".join(expiry_lines([expiry], dry_run=False))
        assert erase(workspace, "n1@acme.com").left == ()
