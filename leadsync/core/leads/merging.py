"""Merging leads of one person: one keeps everything, the others go to the trash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.columns.fields import WELL_KNOWN
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.errors import InputError, NotFound
from leadsync.core.importing.merge import ALTERNATES, MergePolicy, merge
from leadsync.core.models import WRITABLE_OWN_FIELDS, Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadsync.core.leads.duplicates import DuplicateGroup
    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store
    from leadsync.core.store.unit import Unit
    from leadsync.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging one group does.

    Attributes:
        lead_id: the lead that stays.
        others: those that go to the trash.
        cells: what it gets from them, by field key.
        tags: the tags that it gets from them.
        sources: field key -> the lead that its new cell comes from.
    """

    lead_id: int
    others: tuple[int, ...]
    cells: dict[str, Value]
    tags: tuple[str, ...]
    sources: dict[str, int]


def merge_leads(workspace: Workspace, lead_id: int, others: Sequence[int]) -> Merged:
    """Merge leads into one, as one unit that undo takes back.

    Leads in the trash may be merged into it, too; they stay there. Its blank cells are filled from the others in their order, their addresses become alternates,
    its tags are those of all. Cells that a person locked stay locked.

    Args:
        workspace: where they live.
        lead_id: the lead that stays, with all it has.
        others: the leads that go to the trash.

    Raises:
        InputError: a lead is named twice, or the one that stays is in the trash.
        NotFound: there is no such lead.
    """
    label = f"merge {_leads(len(others))} into lead {lead_id}"
    with workspace.store.unit(workspace.actor, label) as unit:
        return _merge(workspace.store, unit, lead_id, others)


def merge_all(
    workspace: Workspace, groups: Iterable[DuplicateGroup], *, dry_run: bool = False
) -> list[Merged]:
    """Merge each group into its first lead, all as one unit.

    Args:
        workspace: where they live.
        groups: as `find_duplicates` gives them; leave hints out unless a person has looked.
        dry_run: say what would be done, and do nothing.

    Raises:
        InputError: a lead is in two groups, or one that stays is in the trash by now.
        NotFound: a lead is gone.
    """
    every = list(groups)
    seen: set[int] = set()
    for group in every:
        twice = seen.intersection(group.lead_ids)
        if twice:
            raise InputError(
                f"lead {min(twice)} is in two groups", next_step="merge them one by one"
            )
        seen.update(group.lead_ids)
    if dry_run:
        columns = workspace.store.columns()
        return [
            plan_merge(workspace.store, columns, group.lead_ids[0], group.lead_ids[1:])
            for group in every
        ]
    label = f"merge duplicates of {_leads(len(every))}"
    with workspace.store.unit(workspace.actor, label) as unit:
        return [
            _merge(workspace.store, unit, group.lead_ids[0], group.lead_ids[1:]) for group in every
        ]


def plan_merge(
    store: Store, columns: Sequence[Column], lead_id: int, others: Sequence[int]
) -> Merged:
    """What merging would do.

    Raises: as `merge_leads`.
    """
    ids = [lead_id, *others]
    if len(set(ids)) < len(ids) or not others:
        raise InputError("merging takes two or more different leads")
    fields = [*WRITABLE_OWN_FIELDS, *(c.key for c in columns if c.kind != TEMPLATE)]
    if ALTERNATES not in fields:
        fields.append(ALTERNATES)
    stored = [field for field in fields if field != ALTERNATES or _has(columns, ALTERNATES)]
    found = {row[0]: row for row in store.rows(ids, ["id", "tags", *stored])}
    _check_may_merge(store, ids, found)
    # A missing column of alternates is the last field, and blank.
    padding = (None,) * (len(fields) - len(stored))
    rows = {i: [*row[2:], *padding] for i, row in found.items()}
    cells: dict[str, Value] = {}
    sources: dict[str, int] = {}
    for other in others:
        now = [cells.get(f, v) for f, v in zip(fields, rows[lead_id], strict=True)]
        more = merge(fields, now, rows[other], MergePolicy())
        cells |= more
        sources |= dict.fromkeys(more, other)
    own_tags = found[lead_id][1]
    tags = dict.fromkeys(t for other in others for t in found[other][1] if t not in own_tags)
    return Merged(lead_id, tuple(others), cells, tuple(tags), sources)


def _merge(store: Store, unit: Unit, lead_id: int, others: Sequence[int]) -> Merged:
    columns = store.columns()
    merged = plan_merge(store, columns, lead_id, others)
    if ALTERNATES in merged.cells and not _has(columns, ALTERNATES):
        label, kind = WELL_KNOWN[ALTERNATES]
        unit.add_column(Column(0, ALTERNATES, label, type=kind))
    locked = _hand_written(unit, columns, merged)
    unit.trash(others)
    unit.edit({lead_id: merged.cells})
    unit.tag([lead_id], add=merged.tags)
    for key in locked:
        unit.lock([lead_id], key, locked=True)
    return merged


def _hand_written(unit: Unit, columns: Sequence[Column], merged: Merged) -> list[str]:
    """The cells among the new ones that runs could overwrite and that a person wrote."""
    filled = {key for c in columns if c.is_running for key in (c.key, *c.outputs.values())}
    keys = [key for key in merged.cells if key in filled]
    if not keys:
        return []
    by_hand = unit.hand_written(list(merged.others), keys)
    return [key for key in keys if key in by_hand.get(merged.sources[key], ())]


def _check_may_merge(store: Store, ids: Sequence[int], found: Iterable[int]) -> None:
    there = set(found)
    for lead_id in ids:
        if lead_id not in there:
            raise NotFound("lead", lead_id, next_step="leadsync leads list")
    stays = ids[0]
    if not store.count({"id": stays}):
        raise InputError(
            f"lead {stays} is in the trash", next_step=f"leadsync leads restore {stays}"
        )


def _has(columns: Iterable[Column], key: str) -> bool:
    return any(column.key == key for column in columns)


def _leads(number: int) -> str:
    return f"{number:,} lead{'' if number == 1 else 's'}"
