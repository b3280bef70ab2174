"""The dossier of a person: everything that is held on them, and where each datum came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.access.guard import opened
from leadsync.core.access.rights import Right
from leadsync.core.erasure.person import find_namesakes, find_person
from leadsync.core.erasure.tombstones import DOCUMENTS, Tombstones
from leadsync.core.exporting.exported_files import exports_with
from leadsync.core.history import lead_history
from leadsync.core.host_names import as_punycode
from leadsync.core.models import OWN_FIELDS, from_doc, to_doc
from leadsync.core.provenance import explain
from leadsync.core.store.erasure import Erasure
from leadsync.core.suppression import Suppression, list_suppressions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.erasure.person import Person
    from leadsync.core.exporting.exported_files import ExportedFile
    from leadsync.core.history import HistoryLine
    from leadsync.core.models import Call, Doc, Value
    from leadsync.core.provenance import Story
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

_NOT_TOLD = frozenset({"id", "campaign", "created_at", "updated_at"})  # history tells of them
_MENTIONS = ("cells", "labels", "documents")


@dataclass(frozen=True, slots=True)
class HeldCell:
    """One datum, and where it came from.

    Attributes:
        origin: `import`, `hook`, `pull`, `hand`, `run` or `formula`.
        label: what wrote it, in the words of history: `import apollo.csv`.
        source: of a run: the provider, or the address that was asked.
        cost_usd_micros: of a run; None: not known.
    """

    field: str
    value: Value
    origin: str
    at: str
    actor: str = ""
    label: str = ""
    source: str = ""
    model: str = ""
    run_id: int = 0
    cost_usd_micros: int | None = None


@dataclass(frozen=True, slots=True)
class HeldLead:
    """What is held of a person in one campaign."""

    id: int
    campaign: str
    cells: tuple[HeldCell, ...]
    history: tuple[HistoryLine, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that is held on a person.

    Attributes:
        asked: the address or profile that was asked for.
        erased: when they were erased; empty: they were not.
        calls: requests to providers that were about them, with what was said.
        sent: where they were sent: destination, lead, entry of the ledger.
        exports: files that they were exported to.
        suppressions: entries of the suppression list that cover them.
        mentions: how often others' cells, labels of history and documents name them.
        related: leads that share an alternate address only.
    """

    asked: str
    erased: str
    leads: tuple[HeldLead, ...]
    calls: tuple[Call, ...]
    sent: tuple[tuple[str, int, Doc], ...]
    exports: tuple[ExportedFile, ...]
    suppressions: tuple[Suppression, ...]
    mentions: dict[str, int]
    related: tuple[int, ...]

    def to_doc(self) -> Doc:
        """The dossier as JSON."""
        return {
            "asked": self.asked,
            "erased": self.erased,
            "leads": [
                {
                    "id": lead.id,
                    "campaign": lead.campaign,
                    "cells": [to_doc(cell) for cell in lead.cells],
                    "history": [to_doc(line) for line in lead.history],
                }
                for lead in self.leads
            ],
            "calls": [to_doc(call) for call in self.calls],
            "sent": [{"destination": d, "leadId": i, "entry": entry} for d, i, entry in self.sent],
            "exports": [to_doc(file) for file in self.exports],
            "suppressions": [to_doc(entry) for entry in self.suppressions],
            "mentions": self.mentions,
            "related": list(self.related),
        }


def find_dossier(workspace: Workspace, text: str) -> Dossier:
    """Everything that is held on a person; a few queries a cell.

    Args:
        workspace: where to look.
        text: their e-mail address, or their LinkedIn profile.

    Raises:
        AccessError: who asks may not read.
        InputError: the text is neither.
    """
    store = opened(workspace.store, Right.READ)
    person = find_person(store, text)
    stones = Tombstones(store.documents(DOCUMENTS))
    return Dossier(
        asked=person.asked,
        erased=min((at for key in person.keys if (at := stones.since(key))), default=""),
        leads=tuple(_held(workspace, lead_id) for lead_id in person.lead_ids),
        calls=tuple(store.calls_about(person.lead_ids)),
        sent=tuple(store.sent_of(person.lead_ids)),
        exports=tuple(exports_with(store, person.lead_ids)),
        suppressions=tuple(_covering(store, person)),
        mentions=_mentions(store, person),
        related=person.related,
    )


def _held(workspace: Workspace, lead_id: int) -> HeldLead:
    keys = [key for key in OWN_FIELDS if key not in _NOT_TOLD]
    keys += [column.key for column in workspace.store.columns()]
    (row,) = workspace.store.rows([lead_id], ["campaign", *keys])
    cells = [
        _cell(explain(workspace, lead_id, key))
        for key, value in zip(keys, row[1:], strict=True)
        if value not in (None, (), "")
    ]
    return HeldLead(lead_id, str(row[0]), tuple(cells), tuple(lead_history(workspace, lead_id)))


def _cell(story: Story) -> HeldCell:
    moment = story.moments[0] if story.moments else None
    providers = dict.fromkeys(call.provider for call in story.calls)
    value: Any = story.value
    return HeldCell(
        field=story.column_key,
        value=value,
        origin=story.origin,
        at=story.at,
        actor=moment.actor if moment else "",
        label=moment.label if moment else "",
        source=", ".join(providers) or story.source,
        model=story.model,
        run_id=story.run_id,
        cost_usd_micros=story.cost_usd_micros,
    )


def _covering(store: Store, person: Person) -> Sequence[Suppression]:
    """The entries that are about one of their addresses, or its domain."""
    addresses = [key[2:] for key in person.keys if key.startswith("e:")]
    domains = {address.rpartition("@")[2] for address in addresses}
    values = {*addresses, *domains}
    values |= {".".join(d.split(".")[n:]) for d in domains for n in range(1, d.count("."))}
    found = [entry for entry in list_suppressions(store) if as_punycode(entry.value) in values]
    hashes = [
        from_doc(Suppression, document)
        for document in store.documents(DOCUMENTS)
        if any(map(Tombstones([document]).since, person.keys))
    ]
    return [*found, *hashes]


def _mentions(store: Store, person: Person) -> dict[str, int]:
    """How often others name them: what an erasure would hide."""
    if not store.units(limit=1):
        return {}
    own = person.words()
    everywhere = person.words(without=find_namesakes(store, person))
    erasure = Erasure(person.lead_ids, lambda _about: own, everywhere)
    counts = store.erase_leads(erasure, rehearsal=True)
    return {place: counts[place] for place in _MENTIONS if place in counts}
