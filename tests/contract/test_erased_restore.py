"""A backup from before an erasure, put in the place of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.erasure.erasing import erase
from leadsync.core.restoring import restore_backup
from leadsync.core.suppression import SuppressionList
from tests.contract.importing import a_csv, importing, sheet
from tests.contract.making import a_workspace, cell
from tests.contract.raw_store import raw_content

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import Opener


def test_it_does_not_bring_erased_people_back(open_store: Opener, tmp_path: Path) -> None:
    workspace = a_workspace(open_store(), tmp_path)
    header = ("Email", "Name", "LinkedIn URL")
    anna = ("anna@acme.com", "Anna Schmidt", "https://linkedin.com/in/anna-s")
    importing(workspace.store, a_csv(header, anna, ("bob@acme.com", "Bob Stone", "")))
    importing(workspace.store, a_csv(header, ("", "Anna S", anna[2])), campaign="Q4")
    backup = tmp_path / "before.backup"
    workspace.store.backup(backup)
    erase(workspace, "anna@acme.com")
    url = workspace.store.url
    workspace.store.close()

    done = restore_backup(backup, url)

    assert (done.leads, done.erased) == (1, 1)
    store = open_store()
    assert sheet(store, "email") == [("bob@acme.com",)]
    entries = SuppressionList(store)
    assert entries.covers("anna@acme.com")
    assert entries.covers_profile(anna[2])
    if hasattr(store, "path"):
        assert done.kept is not None
        done.kept.unlink()
        assert b"anna" not in raw_content(store)


def test_others_of_the_same_name_keep_it(open_store: Opener, tmp_path: Path) -> None:
    workspace = a_workspace(open_store(), tmp_path)
    header = ("Email", "First Name", "Last Name", "Name", "Notes")
    rows = [
        ("john@smithco.example", "John", "Smith", "John Smith", "met at the fair"),
        ("john.smith@otherco.example", "John", "Smith", "John Smith", "asked John Smith"),
    ]
    importing(workspace.store, a_csv(header, *rows))
    importing(workspace.store, a_csv(header, rows[0]), campaign="Q4")
    backup = tmp_path / "before.backup"
    workspace.store.backup(backup)
    assert erase(workspace, "john@smithco.example").namesakes == ("John Smith",)
    url = workspace.store.url
    workspace.store.close()

    restore_backup(backup, url)

    store = open_store()
    assert sheet(store, "email", "name") == [("john.smith@otherco.example", "John Smith")]
    assert cell(store, 2, "notes") == "asked John Smith"
