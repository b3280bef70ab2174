"""Duplicates: live leads that are one person, and leads that may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from leadsync.core.identity import hint_key, identity_keys
from leadsync.core.models import OWN_FIELDS, WRITABLE_OWN_FIELDS
from leadsync.core.store.derive import READ_SLOTS
from leadsync.core.store.identity_slots import IdentitySlots
from leadsync.core.store.protocol import IDENTITY_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leadsync.core.models import Column, Doc
    from leadsync.core.store.protocol import Row, Store
    from leadsync.core.workspace import Workspace

LEADS_AT_ONCE = 1000
_REASONS = {
    "e": "e-mail",
    "l": "LinkedIn profile",
    "m": "LinkedIn profile",
    "h": "similar e-mail",
    "n": "name and company",
}
_HINTS = ("h", "n")


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Leads that are, or may be, one person.

    Attributes:
        lead_ids: at least two; the first is the one to keep: most filled cells, then oldest.
        reasons: what they share: "e-mail", "LinkedIn profile", or as a hint only "similar
            e-mail" (a +tag, or dots at Gmail) and "name and company".
        is_certain: they share an identity key; hints are for a person to decide.
    """

    lead_ids: tuple[int, ...]
    reasons: tuple[str, ...]
    is_certain: bool


def find_duplicates(
    workspace: Workspace,
    campaign: str | None = None,
    *,
    across: bool = False,
    hints: bool = True,
) -> list[DuplicateGroup]:
    """Groups of live leads that are one person, certain ones first; by their lowest id.

    Reads every lead once; memory grows by about 0.8 kB a lead.

    Args:
        workspace: where to look.
        campaign: only in this one.
        across: a person in two campaigns is a duplicate, too; otherwise campaigns are apart.
        hints: whether leads that only may be one person are looked for.

    Raises:
        NotFound: there is no such campaign.
    """
    store = workspace.store
    doc: Doc = {"campaign": {"$eq": workspace.campaign(campaign).name}} if campaign else {}
    finding = _Finding()
    for lead_id, home, keys in _keys_of_leads(store, doc, hints=hints):
        place = "" if across else home
        for key in keys:
            finding.add(lead_id, place, key)
    certain = finding.certain()
    every = [*certain, *finding.hinted()]
    ranks = _ranks(store, sorted({i for ids, _ in every for i in ids}))
    return [
        DuplicateGroup(
            tuple(sorted(ids, key=lambda i: ranks[i])), tuple(reasons), number < len(certain)
        )
        for number, (ids, reasons) in enumerate(every)
    ]


def order_by_worth(store: Store, lead_ids: Iterable[int]) -> list[int]:
    """Leads with the one to keep first: most filled cells, then oldest."""
    ranks = _ranks(store, sorted(set(lead_ids)))
    return sorted(ranks, key=lambda lead_id: ranks[lead_id])


def _keys_of_leads(store: Store, doc: Doc, *, hints: bool) -> Iterator[tuple[int, str, list[str]]]:
    columns = {column.key: column for column in store.columns()}
    fields = ["email", "linkedin_url", "name", *(k for k in IDENTITY_KEYS if k in columns)]
    slots = [READ_SLOTS[f] if f in READ_SLOTS else columns[f].slot for f in fields]
    identity = IdentitySlots(columns.values())
    rows = store.scan(doc, ["id", "campaign", *fields])
    while batch := list(islice(rows, LEADS_AT_ONCE)):
        keys = identity.keys_of_rows(slots, [row[2:] for row in batch])
        for row, own in zip(batch, keys, strict=True):
            found = [key for key in own if key[0] not in _HINTS]
            if hints:
                found += _hints(row, fields, own)
            yield row[0], row[1], found


def _hints(row: Row, fields: Sequence[str], keys: Sequence[str]) -> list[str]:
    cells = dict(zip(fields, row[2:], strict=True))
    name, company = cells["name"], cells.get("company")
    found = [f"h:{hint_key(key[2:])}" for key in keys if key[0] == "e"]
    if name and company:
        found += identity_keys(None, name=str(name), company=str(company))
    return found


@dataclass(slots=True)
class _Finding:
    """Keys as they are met, and which leads share one."""

    _first: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _same: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    _alike: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])

    def add(self, lead_id: int, place: str, key: str) -> None:
        """Note that a lead has a key."""
        first = self._first.setdefault((place, key), lead_id)
        if first != lead_id:
            pairs = self._alike if key[0] in _HINTS else self._same
            pairs.append((first, lead_id, _REASONS[key[0]]))

    def certain(self) -> list[tuple[list[int], list[str]]]:
        """Groups that share identity keys, with their reasons."""
        return _grouped(self._same)

    def hinted(self) -> list[tuple[list[int], list[str]]]:
        """Groups that are alike, where they are not known to be one already."""
        group_of = {i: number for number, (ids, _) in enumerate(self.certain()) for i in ids}
        return _grouped(
            (a, b, reason)
            for a, b, reason in self._alike
            if a not in group_of or group_of[a] != group_of.get(b)
        )


def _grouped(pairs: Iterable[tuple[int, int, str]]) -> list[tuple[list[int], list[str]]]:
    leader: dict[int, int] = {}

    def lead_of(lead_id: int) -> int:
        while leader.setdefault(lead_id, lead_id) != lead_id:
            leader[lead_id] = leader[leader[lead_id]]
            lead_id = leader[lead_id]
        return lead_id

    every = list(pairs)
    for one, other, _ in every:
        first, second = sorted((lead_of(one), lead_of(other)))
        leader[second] = first
    groups: dict[int, tuple[list[int], list[str]]] = {}
    for lead_id in sorted(leader):
        groups.setdefault(lead_of(lead_id), ([], []))[0].append(lead_id)
    for one, _, reason in every:
        reasons = groups[lead_of(one)][1]
        if reason not in reasons:
            reasons.append(reason)
    return [groups[first] for first in sorted(groups)]


def _ranks(store: Store, lead_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """What leads are sorted by: most filled cells first, then oldest."""
    fields = [*WRITABLE_OWN_FIELDS, *_keys(store.columns())]
    found: dict[int, tuple[int, int]] = {}
    for at in range(0, len(lead_ids), LEADS_AT_ONCE):
        for row in store.rows(lead_ids[at : at + LEADS_AT_ONCE], ["id", *fields]):
            found[row[0]] = (sum(cell is None for cell in row), row[0])
    return found


def _keys(columns: Iterable[Column]) -> list[str]:
    return [column.key for column in columns if column.key not in OWN_FIELDS]
