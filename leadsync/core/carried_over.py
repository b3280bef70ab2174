"""What a restored backup takes over from the store in whose place it comes: what is true out there.

People who asked not to be written to have asked it for good, whoever was erased stays so, and files
that hold copies or exports are there, whatever an older backup knows of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core import backups
from leadsync.core.erasure.kept_out import hashes_of, keep_out
from leadsync.core.erasure.tombstones import DOCUMENTS, KIND
from leadsync.core.exporting import exported_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

_FILES = (backups.KIND, exported_files.KIND)


@dataclass(frozen=True, slots=True)
class Lasting:
    """What outlasts a restore.

    Attributes:
        hashes: entries of erased people.
        suppressions: suppressed addresses and domains.
        files: copies and exports, by the kind of their documents.
    """

    hashes: Sequence[Doc] = ()
    suppressions: Sequence[Doc] = ()
    files: Mapping[str, Sequence[Doc]] = field(default_factory=dict[str, "Sequence[Doc]"])


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What was changed in a backup by it.

    Attributes:
        erased: people who were erased since.
        erased_leads: their leads.
        suppressions: entries of the suppression list that the backup did not have.
        left: what of the erased could not be overwritten, a sentence each.
    """

    erased: int = 0
    erased_leads: int = 0
    suppressions: int = 0
    left: tuple[str, ...] = ()


def read_lasting(store: Store) -> Lasting:
    """What of a store outlasts a restore of an older one."""
    entries = store.documents(DOCUMENTS)
    return Lasting(
        hashes=hashes_of(store),
        suppressions=[entry for entry in entries if entry.get("kind") != KIND],
        files={kind: store.documents(kind) for kind in _FILES},
    )


def carry_over(lasting: Lasting, store: Store) -> CarriedOver:
    """Put it into the content of a backup, outside history: undo must not let anybody go."""
    there = {(entry.get("kind"), entry.get("value")) for entry in store.documents(DOCUMENTS)}
    kept = [e for e in lasting.suppressions if (e.get("kind"), e.get("value")) not in there]
    for entry in kept:
        store.save(DOCUMENTS, {**entry, "id": 0})
    for kind, files in lasting.files.items():
        ids = {(file["machine"], file["path"]): file["id"] for file in store.documents(kind)}
        for file in files:
            store.save(kind, {**file, "id": ids.get((file["machine"], file["path"]), 0)})
    erased, leads, left = keep_out(lasting.hashes, store)
    return CarriedOver(erased, leads, len(kept), left)
