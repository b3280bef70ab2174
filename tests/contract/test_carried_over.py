"""A restored backup is older than the world: what has happened out there since is not forgotten."""

from __future__ import annotations

import contextlib
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadsync.core.backups import back_up, list_backups
from leadsync.core.erasure.erasing import erase
from leadsync.core.exporting.exported_files import exports_with, remember_export
from leadsync.core.restoring import plan_restore, restore_workspace
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.suppression import SuppressionList, list_suppressions, release, suppress
from leadsync.core.workspace import Workspace
from tests.contract.importing import a_csv, importing
from tests.contract.making import snapshot
from tests.entering import token_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

HEADER = ("Email", "Name")
ANNA, BOB, CARL = (("anna@acme.com", "Anna Schmidt"), ("bob@acme.com", "Bob Stone"),
                   ("carl@acme.com", "Carl Weber"))  # fmt: skip


@pytest.fixture
def config(store: Store, tmp_path: Path) -> Config:
    """The settings of an owner of the store."""
    from leadsync.core.config import load_config

    variables = {
        "LEADSYNC_HOME": str(tmp_path / "home"),
        "USER": "ada",
        "LEADSYNC_STORE": store.url,
    }
    return load_config({}, variables | token_for(store.url))


@pytest.fixture
def now(store: Store, config: Config) -> Iterator[Workspace]:
    """Three leads, of whom one is in a second campaign, too."""
    importing(store, a_csv(HEADER, ANNA, BOB, CARL))
    importing(store, a_csv(HEADER, ANNA), campaign="Q4")
    with contextlib.closing(Workspace(store, config)) as workspace:
        yield workspace


def test_who_was_suppressed_since_stays_suppressed(now: Workspace, tmp_path: Path) -> None:
    suppress(now, ["bob@acme.com", "old@acme.com"], reason="unsubscribed", source="instantly")
    backup = tmp_path / "past.backup"
    now.store.backup(backup)
    release(now, ["old@acme.com"])
    suppress(now, ["carl@acme.com", "rival.example"], reason="bounced", source="instantly")

    assert plan_restore(backup, now.config).suppressions == 2
    done = restore_workspace(backup, now.config)

    assert (done.leads, done.suppressions) == (4, 2)
    covers = SuppressionList(now.store).covers
    people = ("bob@acme.com", "carl@acme.com", "x@rival.example", "old@acme.com")
    assert [covers(email) for email in people] == [True] * 4
    (carl,) = [entry for entry in list_suppressions(now.store) if entry.value == "carl@acme.com"]
    assert (carl.reason, carl.source, bool(carl.created_at)) == ("bounced", "instantly", True)
    assert restore_workspace(backup, now.config).suppressions == 2  # the backup has them no more
    assert len(list_suppressions(now.store)) == 4
    suppress(now, ["new@acme.com"])
    assert len(list_suppressions(now.store)) == 5


def test_backups_that_are_there_are_named_by_an_erasure_afterwards(
    now: Workspace, tmp_path: Path
) -> None:
    first, second, moved = (tmp_path / name for name in ("1.backup", "2.backup", "moved.backup"))
    back_up(now, first)
    back_up(now, second)
    shutil.copy(first, moved)
    restore_workspace(moved, now.config)
    held = {backup.path for backup in list_backups(now.store)}
    assert {str(first), str(second), str(moved)} < held
    (kept,) = held - {str(first), str(second), str(moved)}
    assert ".before-restore-" in kept
    restore_workspace(first, now.config)
    assert held < {backup.path for backup in list_backups(now.store)}
    named = [backup.path for backup in erase(now, ANNA[0]).backups]
    assert len(named) == len(set(named)) == 5


def test_a_dump_that_was_restored_from_is_named(now: Workspace, tmp_path: Path) -> None:
    dump = tmp_path / "past.jsonl"
    dump.write_text("".join(dump_lines(now.store.records())), "utf-8")
    restore_workspace(dump, now.config)
    assert str(dump) in [backup.path for backup in erase(now, ANNA[0]).backups]


def test_files_that_leads_were_exported_to_since_are_named(now: Workspace, tmp_path: Path) -> None:
    backup, sheet = tmp_path / "past.backup", tmp_path / "out.csv"
    now.store.backup(backup)
    sheet.write_text("anna@acme.com\n", "utf-8")
    remember_export(now, sheet, now.store.ids({}))
    restore_workspace(backup, now.config)
    assert [file.path for file in exports_with(now.store, [1])] == [str(sheet)]


def test_a_plan_says_what_a_restore_will_do(now: Workspace, tmp_path: Path) -> None:
    backup = tmp_path / "past.backup"
    now.store.backup(backup)
    erase(now, ANNA[0])
    before = snapshot(now.store)
    plan = plan_restore(backup, now.config)
    assert (plan.leads, plan.erased, plan.erased_leads, plan.kept) == (2, 1, 2, None)
    assert snapshot(now.store) == before
    done = restore_workspace(backup, now.config)
    assert (done.leads, done.erased, done.erased_leads) == (2, 1, 2)
    assert now.store.count({}) == 2


def test_an_erased_address_that_only_the_list_of_a_backup_has_goes_too(
    now: Workspace, tmp_path: Path
) -> None:
    suppress(now, ["dora@acme.com", "bob@acme.com"])
    backup = tmp_path / "past.backup"
    now.store.backup(backup)
    erase(now, "dora@acme.com")
    restore_workspace(backup, now.config)
    assert SuppressionList(now.store).covers("dora@acme.com")
    values = [entry.value for entry in list_suppressions(now.store) if entry.kind == "email"]
    assert values == ["bob@acme.com"]


def test_nothing_is_carried_into_a_store_that_is_not_there_yet(
    now: Workspace, tmp_path: Path
) -> None:
    from leadsync.core.config import load_config

    suppress(now, ["bob@acme.com"])
    backup = tmp_path / "past.backup"
    now.store.backup(backup)
    path = tmp_path / "new" / "leadsync.db"
    variables = {"LEADSYNC_HOME": str(tmp_path / "home"), "LEADSYNC_STORE": f"sqlite:///{path}"}
    done = restore_workspace(backup, load_config({}, variables))
    assert (done.leads, done.suppressions, done.kept) == (4, 0, None)
    with closing(SqliteStore(path)) as store:
        assert [copy.path for copy in list_backups(store)] == [str(backup)]
