"""Lead files are found by their names, here and below; the folder used last is kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leadsync.core.importing.lead_files import (
    find_lead_files,
    list_folder,
    recent_folder,
    remember_folder,
)

if TYPE_CHECKING:
    from pathlib import Path


def a_file(path: Path, changed: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"Email\n")
    os.utime(path, (changed, changed))
    return path


def test_lead_files_here_and_below_are_found_newest_first(tmp_path: Path) -> None:
    old = a_file(tmp_path / "old.csv", 1)
    new = a_file(tmp_path / "crm" / "New.XLSX", 2)
    for other in (".hidden/x.csv", "readme.md", "a/b/c/d/deep.csv"):
        a_file(tmp_path / other)
    assert [entry.path for entry in find_lead_files(tmp_path)] == [new, old]


def test_a_folder_lists_its_folders_then_its_lead_files(tmp_path: Path) -> None:
    for name in ("b.csv", "a.tsv", "sub/c.csv", "photo.png"):
        a_file(tmp_path / name)
    assert [entry.path.name for entry in list_folder(tmp_path)] == ["sub", "a.tsv", "b.csv"]
    assert list_folder(tmp_path / "nowhere") == []


def test_the_folder_of_the_last_import_is_kept_while_it_is_there(tmp_path: Path) -> None:
    state, folder = tmp_path / "state", tmp_path / "leads"
    folder.mkdir()
    assert recent_folder(state) is None
    remember_folder(state, folder)
    assert recent_folder(state) == folder
    folder.rmdir()
    assert recent_folder(state) is None
