"""A practice store says what it is, wherever its content is taken: none of it is opened as real."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.dump_file import read_dump
from leadsync.core.errors import InputError, StoreError
from leadsync.core.practice.label import is_labelled
from leadsync.core.practice.workspace import enter_practice
from leadsync.core.restoring import restore_backup, restore_workspace
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.workspace import Workspace
from tests.contract.importing import a_csv, importing
from tests.contract.making import a_campaign, some_leads
from tests.practising import practising

if TYPE_CHECKING:
    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store
    from tests.contract.conftest import Opener


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A real workspace of one lead."""
    home = tmp_path / "home"
    home.mkdir()
    with closing(SqliteStore(home / "leadsync.db")) as store:
        some_leads(store, a_campaign(store), [{"email": "ada@lovelace.com"}])
    return home


def of_file(path: Path, home: Path) -> Config:
    """The settings of somebody who names this file with --store."""
    return load_config({"store": f"sqlite:///{path}"}, {"LEADSYNC_HOME": str(home)})


def test_no_copy_of_it_is_opened_or_restored(home: Path) -> None:
    backup, dump, moved = home / "p.backup", home / "p.jsonl", home / "moved.db"
    with practising(home) as workspace:
        place = Path(workspace.store.url.removeprefix("sqlite:///"))
        workspace.store.backup(backup)
        dump.write_text("".join(dump_lines(workspace.store.records())), "utf-8")
    shutil.copy(place, moved)

    for path in (place, moved, backup):
        with pytest.raises(StoreError, match="is a practice copy") as caught:
            Workspace.open(of_file(path, home))
        assert "--practice" in caught.value.next_step
        with pytest.raises(StoreError, match="is a practice copy"):
            enter_practice(of_file(path, home))
    real = home / "leadsync.db"
    before = real.read_bytes()
    for file in (backup, dump):
        with pytest.raises(InputError, match="is of a practice copy"):
            restore_backup(file, f"sqlite:///{real}")
    assert real.read_bytes() == before


def test_it_stays_one_whatever_is_restored_in_it(home: Path) -> None:
    backup, copy, dump = home / "real.backup", home / "p.backup", home / "p.jsonl"
    with closing(SqliteStore(home / "leadsync.db")) as store:
        store.backup(backup)
    with practising(home) as workspace:
        place = Path(workspace.store.url.removeprefix("sqlite:///"))
        dump.write_text("".join(dump_lines(workspace.store.records())), "utf-8")
        workspace.store.backup(copy)
        for file in (dump, copy, backup):
            assert restore_workspace(file, workspace.config).leads == 1
            with pytest.raises(StoreError, match="is a practice copy"):
                Workspace.open(of_file(place, home))


def test_the_invented_people_are_labelled_too(tmp_path: Path) -> None:
    with practising(tmp_path) as workspace:
        assert is_labelled(workspace.store)


def test_a_dump_of_it_is_not_loaded(home: Path, open_store: Opener) -> None:
    dump = home / "p.jsonl"
    with practising(home) as workspace:
        dump.write_text("".join(dump_lines(workspace.store.records())), "utf-8")

    store = open_store()
    with pytest.raises(InputError, match="is of a practice copy"):
        store.load(read_dump(dump))

    assert store.count({}) == 0
    assert not is_labelled(store)


INVENTED = a_csv(
    ("Email", "Pitch", "Website", "Facts"),
    ("grace@practice.example", "(practice) How is hiring going?", "https://x.example/#practice",
     '{"why": "(practice) so"}'),
    ("hedy@real.example", "Best practice", "https://practice.com", "A GP (practice) lead"),
)  # fmt: skip


def test_a_file_with_invented_values_is_imported_with_a_word(store: Store) -> None:
    for dry_run in (True, False):
        report = importing(store, INVENTED, dry_run=dry_run, ignore=("Website",))
        assert report.created == 2
        assert report.warnings == [
            '3 cells look like what practice invents, as "grace@practice.example": not for sending'
        ]


def test_practice_takes_such_a_file_without_a_word(home: Path) -> None:
    with practising(home) as workspace:
        assert importing(workspace.store, INVENTED).warnings == []
