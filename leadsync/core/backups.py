"""Backups: made, and remembered, so that an erasure can say which ones still hold somebody."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.access.guard import opened
from leadsync.core.access.rights import Right
from leadsync.core.models import from_doc, iso_of, to_doc
from leadsync.core.remembered_files import remember_file
from leadsync.core.store.opening import SQLITE_PREFIX, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

KIND = "backups"
KEPT_COPIES = "before-*"  # copies that an upgrade or a restore has made beside the file


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the store in a file.

    Attributes:
        id: 0 for one that nobody asked for: a copy made before an upgrade or a restore.
        machine: where the file was written.
    """

    id: int
    path: str
    machine: str
    created_at: str


def back_up(workspace: Workspace, file: Path) -> None:
    """Write a copy of the store to a new file, and remember where.

    Raises:
        AccessError: who asks is no owner.
        InputError: there is a file of that name.
        StoreError: it cannot be written.
    """
    store = opened(workspace.store, Right.ADMIN, "make backups")
    store.backup(file)
    remember(store, file)


def remember(store: Store, file: Path) -> None:
    """Write down, outside history, that a file holds a copy of the store.

    A store that is only read can be backed up, too; it does not remember it.
    """
    backup = Backup(0, str(file.absolute()), socket.gethostname(), _written_at(file))
    remember_file(store, KIND, to_doc(backup))


def list_backups(store: Store) -> list[Backup]:
    """The backups that may still be there, the oldest first: those of other machines, too.

    Of this machine only files that are there.
    """
    here = socket.gethostname()
    known = [from_doc(Backup, document) for document in store.documents(KIND)]
    there = [b for b in known if b.machine != here or Path(b.path).exists()]
    paths = {backup.path for backup in there}
    there += [b for b in _kept_copies(store.url, here) if b.path not in paths]
    return sorted(there, key=lambda backup: (backup.created_at, backup.id))


def _kept_copies(url: str, machine: str) -> Iterator[Backup]:
    if not url.startswith(SQLITE_PREFIX):
        return
    path = sqlite_path(url)
    for copy in sorted(path.parent.glob(f"{path.name}.{KEPT_COPIES}")):
        if copy.suffix in ("-wal", "-shm") or not copy.is_file():
            continue
        yield Backup(0, str(copy.absolute()), machine, _written_at(copy))


def _written_at(file: Path) -> str:
    return iso_of(file.stat().st_mtime)
