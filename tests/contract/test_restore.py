"""Backups come back, on the engine they are of and on the other; what was there is kept."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.dump_file import read_dump
from leadsync.core.errors import BusyError, InputError, StoreError
from leadsync.core.restoring import plan_restore, restore_backup
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.opening import open_store
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import (
    a_campaign,
    a_column,
    a_lead,
    a_run,
    an_ai_column,
    assert_history_matches_cells,
    cell,
    nobody_is_alive,
    snapshot,
    some_leads,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadsync.core.store.protocol import Store


@pytest.fixture
def url(store: Store) -> str:
    """The address of the store, which holds a lead and will be restored into."""
    a_lead(store, a_campaign(store, "Now"), name="Of now")
    return store.url


@pytest.fixture
def past(tmp_path: Path) -> Iterator[SqliteStore]:
    """Another store, whose content is to come back."""
    with closing(SqliteStore(tmp_path / "past.db")) as other:
        inbox = a_campaign(other)
        a_column(other, "note")
        rows = [{"name": f"Of then {n}", "note": f"n{n}"} for n in range(300)]
        ids = some_leads(other, inbox, rows, tags=[["vip"]])
        with other.unit("ada", "edit") as unit:
            unit.edit({ids[0]: {"note": "edited"}})
        yield other


def a_dump(store: Store, path: Path) -> Path:
    path.write_text("".join(dump_lines(store.records())), "utf-8")
    return path


def test_nothing_is_restored_while_a_run_is_under_way(
    store: Store, url: str, past: SqliteStore, tmp_path: Path
) -> None:
    dump = a_dump(past, tmp_path / "then.jsonl")
    column = an_ai_column(store)
    run = store.start_run(a_run(column), nobody_is_alive)
    with pytest.raises(BusyError, match=f"run {run.id} is under way; nothing was restored"):
        restore_backup(dump, url)
    store.update_run(run.id, {"members": {}})
    assert restore_backup(dump, url).leads == 300


def test_a_backup_of_this_engine_takes_the_place_of_the_store(
    store: Store, url: str, past: SqliteStore, tmp_path: Path
) -> None:
    before = snapshot(store)
    backup = tmp_path / "now.backup"
    store.backup(backup)
    with store.unit("ada", "a mistake") as unit:
        unit.trash(store.ids({}))
    restored = restore_backup(backup, url)
    assert restored.leads == 1
    with closing(open_store(url)) as again:
        assert snapshot(again) == before
        assert_history_matches_cells(again)


def test_a_file_backup_is_restored_into_any_engine(
    store: Store, url: str, past: SqliteStore, tmp_path: Path
) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    assert restore_backup(backup, url).leads == 300
    with closing(open_store(url)) as again:
        assert snapshot(again) == snapshot(past)
        assert a_lead(again, 1, name="next") == 301


@pytest.mark.mongo
def test_a_database_backup_is_restored_into_a_file(
    mongo_db_url: str, past: SqliteStore, tmp_path: Path
) -> None:
    backup = tmp_path / "team.backup"
    with closing(open_store(mongo_db_url)) as team:
        team.load(past.records())
        team.backup(backup)
    restore_backup(backup, f"sqlite:///{tmp_path}/new/leadsync.db")
    with closing(SqliteStore(tmp_path / "new" / "leadsync.db")) as store:
        assert snapshot(store) == snapshot(past)


def test_a_dump_is_a_backup_too(store: Store, url: str, past: SqliteStore, tmp_path: Path) -> None:
    assert restore_backup(a_dump(past, tmp_path / "past.jsonl"), url).leads == 300
    with closing(open_store(url)) as again:
        assert snapshot(again) == snapshot(past)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda lines: lines[:-1], 'its last line, "end", is not'),
        (lambda lines: lines[: len(lines) // 2], 'its last line, "end", is not'),
        (lambda lines: [*lines[:40], *lines[41:]], r"\d+ of its \d+ records are there"),
        (lambda lines: [*lines, lines[0]], "behind its end"),
    ],
    ids=["no end", "cut in half", "a line is gone", "more than one"],
)
def test_a_dump_that_is_not_whole_is_neither_restored_nor_loaded(
    store: Store,
    url: str,
    past: SqliteStore,
    tmp_path: Path,
    change: Callable[[list[str]], list[str]],
    missing: str,
) -> None:
    before = snapshot(store)
    dump = a_dump(past, tmp_path / "past.jsonl")
    dump.write_text("".join(change(dump.read_text("utf-8").splitlines(keepends=True))), "utf-8")
    with pytest.raises(InputError, match=missing):
        restore_backup(dump, url)
    assert snapshot(store) == before
    with closing(SqliteStore(tmp_path / "empty.db")) as empty:
        with pytest.raises(InputError, match=missing):
            empty.load(read_dump(dump))
        assert empty.units() == []


def test_what_the_store_held_is_kept_private_and_can_be_restored_in_turn(
    store: Store, url: str, past: SqliteStore, tmp_path: Path
) -> None:
    before = snapshot(store)
    backup = tmp_path / "past.backup"
    past.backup(backup)
    kept = restore_backup(backup, url).kept
    assert kept is not None
    assert ".before-restore-" in kept.name
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    restore_backup(kept, url)
    with closing(open_store(url)) as again:
        assert snapshot(again) == before


def test_who_has_the_store_open_sees_the_restored_leads_and_columns(
    store: Store, url: str, past: SqliteStore, tmp_path: Path
) -> None:
    assert store.columns() == []
    backup = tmp_path / "past.backup"
    past.backup(backup)
    revision = store.revision()
    restore_backup(backup, url)
    assert store.revision() > revision
    assert [column.key for column in store.columns()] == ["note"]
    assert cell(store, 1, "note") == "edited"
    store.close()


def test_a_write_that_was_under_way_is_in_the_kept_file(past: SqliteStore, tmp_path: Path) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    path = tmp_path / "now" / "leadsync.db"
    kept: list[Path | None] = []
    with closing(SqliteStore(path)) as now:
        inbox = a_campaign(now)
        thread = threading.Thread(
            target=lambda: kept.append(restore_backup(backup, f"sqlite:///{path}").kept)
        )
        with now.unit("ada", "import") as unit:
            unit.add_leads(inbox, ["name"], [["Just in time"]])
            thread.start()
            moment = threading.Event()
            while not list(path.parent.glob(".leadsync-restore-*/content.db")):
                moment.wait(0.01)
        thread.join()
    assert kept[0] is not None
    with closing(SqliteStore(kept[0])) as before:
        assert cell(before, 1, "name") == "Just in time"
    with closing(SqliteStore(path)) as now:
        assert snapshot(now) == snapshot(past)


def test_a_store_that_is_not_there_yet_is_made(past: SqliteStore, tmp_path: Path) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    path = tmp_path / "deep" / "leadsync.db"
    assert restore_backup(backup, f"sqlite:///{path}").kept is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(SqliteStore(path)) as store:
        assert store.count({}) == 300
    assert [p.name for p in path.parent.iterdir()] == ["leadsync.db"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("leads.csv", b"email,name\na@x.de,Ada\n", "no record of a dump"),
        ("cut.backup", b"SQLite format 3\x00" + b"\xff" * 5000, "damaged"),
        ("half.jsonl", b'["documents", {"kind": "campaigns", "bo', "no record of a dump"),
        ("empty.backup", b"", "empty"),
    ],
)
def test_what_is_no_backup_leaves_the_store_as_it_is(
    store: Store, url: str, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    before = snapshot(store)
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        restore_backup(file, url)
    assert name in caught.value.message
    assert snapshot(store) == before
    assert list(tmp_path.glob("*before-restore*")) == []


def test_a_missing_file_is_said_so(store: Store, url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        restore_backup(tmp_path / "gone.backup", url)


def test_a_damaged_page_in_a_backup_is_found_before_the_store_is_touched(
    past: SqliteStore, tmp_path: Path
) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    size = backup.stat().st_size
    with backup.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))
    target = tmp_path / "now.db"
    with closing(SqliteStore(target)) as now:
        a_lead(now, a_campaign(now), name="Of now")
    with pytest.raises(InputError, match="damaged"):
        restore_backup(backup, f"sqlite:///{target}")
    with closing(SqliteStore(target)) as now:
        assert cell(now, 1, "name") == "Of now"


def test_a_backup_of_a_newer_leadsync_is_refused(past: SqliteStore, tmp_path: Path) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    with closing(sqlite3.connect(backup)) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(InputError, match="newer LeadSync"):
        restore_backup(backup, f"sqlite:///{tmp_path}/new.db")


def test_a_file_of_another_program_is_never_replaced(past: SqliteStore, tmp_path: Path) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    other = tmp_path / "bookmarks.db"
    with closing(sqlite3.connect(other)) as bookmarks:
        bookmarks.execute("CREATE TABLE bookmarks (url TEXT)")
        bookmarks.commit()
    before = other.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        restore_backup(backup, f"sqlite:///{other}")
    assert other.read_bytes() == before


def test_a_disk_that_is_full_is_not_told_as_a_damaged_backup(
    past: SqliteStore, tmp_path: Path
) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    script = f"""
import resource, signal
from pathlib import Path
from leadsync.core.errors import StoreError
from leadsync.core.restoring import plan_restore, restore_backup
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    restore_backup(Path({str(backup)!r}), "sqlite:///{tmp_path}/new.db")
except StoreError as error:
    print(error.message)
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "content.db" in run.stdout
    assert "past.backup" not in run.stdout
    assert [p.name for p in tmp_path.glob("new.db*")] == []


@pytest.mark.parametrize("start", [0, 0.25])
def test_a_damaged_store_is_moved_aside_and_the_backup_takes_its_place(
    past: SqliteStore, tmp_path: Path, start: float
) -> None:
    backup = tmp_path / "past.backup"
    past.backup(backup)
    path = tmp_path / "leadsync.db"
    path.write_bytes(backup.read_bytes())
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(int(size * start))
        file.write(b"\xff" * (size // 2))
    damaged = path.read_bytes()
    told_before = plan_restore(backup, load_config({}, {"LEADSYNC_HOME": str(tmp_path)})).left
    done = restore_backup(backup, f"sqlite:///{path}")
    assert done.left == told_before
    kept = done.kept
    assert kept is not None
    unknown = "who was suppressed or erased since the backup could not be read"
    # Of the store that is damaged at its end the list could be read.
    assert [unknown in sentence for sentence in done.left] == ([] if start else [True])
    assert kept.read_bytes()[size // 2 :] == damaged[size // 2 :]
    with closing(SqliteStore(path)) as store:
        assert snapshot(store) == snapshot(past)
