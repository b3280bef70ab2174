"""Files that leads were exported to, remembered, so that it can be said which ones hold somebody."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.access.guard import opened
from leadsync.core.access.rights import Right
from leadsync.core.models import from_doc, now_iso, to_doc
from leadsync.core.remembered_files import remember_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

KIND = "exports"
MOST_RANGES = 2000  # of ids; a file of more scattered leads is said to hold anybody


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that leads were exported to.

    Attributes:
        machine: where it was written.
        leads: how many it holds.
        ranges: ids of these, both ends included; empty: nobody has written down which.
    """

    id: int
    path: str
    machine: str
    created_at: str
    leads: int
    ranges: tuple[tuple[int, int], ...] = ()

    def may_hold(self, lead_ids: Iterable[int]) -> bool:
        """Whether any of these leads may be in it."""
        if not self.ranges:
            return True
        return any(first <= i <= last for i in lead_ids for first, last in self.ranges)


def remember_export(workspace: Workspace, path: Path, lead_ids: Collection[int]) -> None:
    """Write down, outside history, where leads went; a store that is only read forgets it."""
    store = opened(workspace.store, Right.EXPORT)
    here, place = socket.gethostname(), str(path.absolute())
    ranges = _ranges(sorted(lead_ids))
    export = ExportedFile(0, place, here, now_iso(), len(lead_ids), ranges)
    remember_file(store, KIND, to_doc(export))


def exports_with(store: Store, lead_ids: Iterable[int]) -> list[ExportedFile]:
    """The files that may hold these leads, the oldest first; of this machine, if they are there."""
    here, wanted = socket.gethostname(), list(lead_ids)
    found = [_read(document) for document in store.documents(KIND)] if wanted else []
    return [
        file
        for file in found
        if file.may_hold(wanted) and (file.machine != here or Path(file.path).exists())
    ]


def _read(document: Doc) -> ExportedFile:
    ranges = tuple((int(first), int(last)) for first, last in document.get("ranges") or ())
    return from_doc(ExportedFile, {**document, "ranges": ranges})


def _ranges(ids: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ids in their order as ranges without gaps; none where there are too many."""
    found: list[tuple[int, int]] = []
    for lead_id in ids:
        if found and found[-1][1] == lead_id - 1:
            found[-1] = (found[-1][0], lead_id)
        elif len(found) == MOST_RANGES:
            return ()
        else:
            found.append((lead_id, lead_id))
    return tuple(found)
