"""Lead files on disk, to choose from: those of a folder and below it, and the folder used last."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = (
    ".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".ods", ".json", ".jsonl", ".ndjson", ".gz",
)  # fmt: skip
"""How names of files end that are offered. What a file is, its content says."""

DEEPEST = 3  # folders below
MOST_LOOKED_AT = 20_000  # entries; a home folder has many
MOST_FOUND = 500
_RECENT = "recent_import_folder"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder that may be chosen.

    Attributes:
        size: in bytes; 0 for a folder.
        changed: when it was changed last, in seconds since 1970.
    """

    path: Path
    is_folder: bool = False
    size: int = 0
    changed: float = 0.0


def find_lead_files(folder: Path) -> list[Entry]:
    """Lead files of a folder and below it, those that were changed last first.

    Hidden folders are left out, and so is what lies deep, or behind very many other files.
    """
    found: list[Entry] = []
    looked_at = 0
    waiting = [(folder, 0)]
    while waiting and looked_at < MOST_LOOKED_AT:
        here, depth = waiting.pop(0)
        for entry in _entries(here):
            looked_at += 1
            if not entry.is_folder:
                found.append(entry)
            elif depth < DEEPEST:
                waiting.append((entry.path, depth + 1))
    return sorted(found, key=lambda entry: -entry.changed)[:MOST_FOUND]


def list_folder(folder: Path) -> list[Entry]:
    """Folders and lead files of a folder, by name; none where it cannot be read."""
    return sorted(_entries(folder), key=lambda e: (not e.is_folder, e.path.name.casefold()))


def recent_folder(state_folder: Path) -> Path | None:
    """The folder that a file was chosen from last, if it is still there."""
    try:
        folder = Path((state_folder / _RECENT).read_text("utf-8"))
    except (OSError, UnicodeError):
        return None
    return folder if folder.is_dir() else None


def remember_folder(state_folder: Path, folder: Path) -> None:
    """Keep the folder of a file that was chosen; a state folder that is full is no obstacle."""
    try:
        state_folder.mkdir(parents=True, exist_ok=True)
        (state_folder / _RECENT).write_text(str(folder.resolve()), "utf-8")
    except (OSError, UnicodeError):
        return


def _entries(folder: Path) -> Iterator[Entry]:
    """What may be chosen in a folder; what cannot be looked at is left out."""
    try:
        with os.scandir(folder) as listed:
            entries = [entry for entry in listed if not entry.name.startswith(".")]
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        try:
            if entry.is_dir():
                yield Entry(path, is_folder=True)
            elif entry.name.casefold().endswith(ENDINGS):
                stat = entry.stat()
                yield Entry(path, size=stat.st_size, changed=stat.st_mtime)
        except OSError:
            continue
